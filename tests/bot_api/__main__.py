"""`python -m tests.bot_api --port 8081 --control`: the stand-in as its own process, until it is terminated."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from tests.bot_api.server import BotApi


async def serve(port: int, seed: int, token: str | None, control: bool) -> None:
    async with BotApi(seed, port=port, control=control) as api:
        if token:
            api.default_bot = api.bot(token=token)
        print(json.dumps({"url": api.url, "token": api.token}), flush=True)
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await stopped.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bot_api", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the address is printed as JSON")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--token", help="token of the first bot; made from the seed when left out")
    parser.add_argument("--control", action="store_true", help="answer under /control/")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.seed, given.token, given.control))
