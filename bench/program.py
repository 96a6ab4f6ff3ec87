"""The program as a process of its own, started as an operator starts it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bench.databases import KEYS
from tests.bot_api import BotApi

ROOT = Path(__file__).parents[1]
STARTED = b"Id\xc3\xa9labbet: "
START_S = 300.0
STOP_S = 60.0


class Ended(Exception):
    """The process ended by itself, or did not start in time."""


def settings(api: BotApi, database: str, mode: str, folder: Path, port: int) -> dict[str, str]:
    """The environment of the program under test: pacing is off, everything else is as by default."""
    given = {
        "DATABASE_URL": database,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "SECRET_KEY": ",".join(KEYS),
        "TELEGRAM_API_URL": api.url,
        "TELEGRAM_MODE": mode,
        "TELEGRAM_RATE": "0",
        "TELEGRAM_TOKEN": api.token,
    }
    if mode == "webhook":
        given["WEBHOOK_URL"] = f"http://127.0.0.1:{port}/telegram/webhook"
    return {f"IDELABB_{name}": value for name, value in given.items()}


def free_port() -> int:
    """A port nobody listens on, below those that the system gives to outgoing connections while the program is dead."""
    for _attempt in range(200):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("no port between 20000 and 32000 is free")


class Process:
    """One run of a program that says on standard output when it is up. Its log is added to a file."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path, started: bytes) -> None:
        self._arguments, self._log, self._started = arguments, log, started
        kept = {name: value for name, value in os.environ.items() if not name.startswith("IDELABB_")}
        self._environment = kept | dict(environment)
        self._process: asyncio.subprocess.Process | None = None
        self.spawned_at = 0.0

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def spawn(self) -> None:
        with self._log.open("ab") as log:
            self.spawned_at = time.monotonic()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *self._arguments, cwd=ROOT, env=self._environment,
                stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip

    async def up(self) -> float:
        """Wait until it is up; how many seconds that took."""
        assert self._process is not None and self._process.stdout is not None
        try:
            async with asyncio.timeout(START_S):
                while line := await self._process.stdout.readline():
                    if line.startswith(self._started):
                        return time.monotonic() - self.spawned_at
        except TimeoutError:
            self._process.kill()
        raise Ended(f"the process did not come up (status {await self._process.wait()}): {self.log_tail()}")

    async def kill(self) -> None:
        """kill -9.

        Raises:
            Ended: It had ended before.
        """
        assert self._process is not None
        if self._process.returncode is not None:
            raise Ended(f"the process ended by itself (status {self._process.returncode}): {self.log_tail()}")
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """Ask it to stop, and wait; its exit status, -9 when it had to be killed."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_S)
            except TimeoutError:
                self._process.kill()
        return await self._process.wait()

    def log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def program(api: BotApi, database: str, mode: str, folder: Path, port: int) -> Process:
    """`python run_bot.py` with an environment of its own."""
    return Process(["run_bot.py"], settings(api, database, mode, folder, port), folder / "program.log", STARTED)
