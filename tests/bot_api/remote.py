"""The stand-in as its own process, held from a test: it lives on while the bot is killed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[2]


class RemoteBotApi:
    """Calls to the control addresses. Raises RuntimeError with the words of a refusal."""

    def __init__(self, url: str, token: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.token = token
        self.base_url = f"{url}/bot"
        self.base_file_url = f"{url}/file/bot"
        self._session = session

    async def do(self, path: str, **given: Any) -> Any:
        """`await api.do("user/1001/says", text="Hej")`."""
        async with self._session.post(f"{self.url}/control/{path}", json=given) as answer:
            result = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"/control/{path}: {result['error']}")
            return result


@asynccontextmanager
async def spawned(*arguments: str) -> AsyncIterator[RemoteBotApi]:
    """Run `python -m tests.bot_api --control` until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot_api", "--control", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        started = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        async with aiohttp.ClientSession() as session:
            yield RemoteBotApi(started["url"], started["token"], session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
