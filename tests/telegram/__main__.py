"""The channel as a process of its own, to be killed: `python -m tests.telegram API_URL TOKEN DATABASE_URL MODE [GROUP]`."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from tests.telegram.parts import running


@dataclass(frozen=True)
class Elsewhere:
    """A stand-in that serves from another process."""

    url: str
    token: str


async def main(url: str, token: str, database: str, mode: str, *groups: str) -> None:
    async with running(Elsewhere(url, token), database, mode=mode, groups=tuple(map(int, groups))):
        print("running", flush=True)
        await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
