"""The Telegram channel over the Bot API stand-in: a strict server, people who write, and the real parts between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.handlers.telegram.outgoing import Outgoing
from bot.handlers.telegram.pace import Pace
from bot.handlers.telegram.transport import Transport
from bot.i18n import catalogues
from bot.telegram_store import Claimed
from tests.bot_api import BotApi, Person
from tests.telegram.parts import body, claimed, make_document


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    catalogues.compile_all()


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(seed=1) as api:
        yield api
        assert api.warnings == []


@pytest.fixture
async def transport(api: BotApi) -> AsyncIterator[Transport]:
    async with Transport(api.token, api.url) as transport:
        yield transport


@pytest.fixture
def outgoing(transport: Transport) -> Outgoing:
    return Outgoing(transport, Pace(0, lambda: 0.0), make_document)


@pytest.fixture
def amina(api: BotApi) -> Person:
    return api.user(id=1001, first_name="Amina", language_code="en", started=True)


Deliver = Callable[..., Claimed]


@pytest.fixture
def delivery(amina: Person) -> Iterator[Deliver]:
    """Make a claimed delivery to Amina: `delivery(html="Hello", op="edit", previous="7")`."""

    def make(previous: str | None = None, op: str = "send", given: Any = None, **parts: Any) -> Claimed:
        made = claimed(str(amina.id), op, body(**parts) if given is None else given)
        return replace(made, previous_external_id=previous)

    yield make
