"""What a person sees of a chat or topic now, and ways to wait for the bot."""

# ruff: noqa: ASYNC109 - `timeout` reads best in a test, and the error shows the screen

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.bot_api.world import Chat, Json, Message

WAIT_S = 5.0


class Place:
    """A private chat, a group, or one topic of it (`thread_id`; 0 is General, None is the whole chat)."""

    def __init__(self, chat: Chat, thread_id: int | None = None) -> None:
        self.chat = chat
        self.thread_id = thread_id
        self._heard_id = 0

    @property
    def id(self) -> int:
        return self.chat.id

    def _holds(self, message: Message) -> bool:
        return self.thread_id is None or (message.thread_id or 0) == self.thread_id

    @property
    def messages(self) -> list[Message]:
        """Everything on the screen, oldest first; deleted messages are gone."""
        return [message for message in self.chat.shown() if self._holds(message)]

    @property
    def from_bot(self) -> list[Message]:
        return [message for message in self.messages if message.from_bot and not message.is_service]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    @property
    def last(self) -> Message:
        """The newest message. Raises LookupError when there is none."""
        if not self.messages:
            raise LookupError("the chat is empty")
        return self.messages[-1]

    @property
    def keyboard(self) -> list[list[str]]:
        """Labels of the reply keyboard that is open now."""
        return [[button["text"] for button in row] for row in (self.chat.keyboard or {}).get("keyboard", [])]

    @property
    def actions(self) -> list[str]:
        """The chat actions ("typing") shown so far in this place."""
        return [
            action["action"]
            for action in self.chat.actions
            if self.thread_id is None or (action["thread_id"] or 0) == self.thread_id
        ]

    async def until(self, what: Callable[[], Any], timeout: float = WAIT_S, waiting_for: str = "that") -> Any:
        """Wait until `what()` is true and hand it back.

        Raises TimeoutError with what stands on the screen.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        while not (found := what()):
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self.chat.change(), max(left, 0))
            except TimeoutError:
                shown = "\n".join(transcript(self)[-12:]) or "(nothing)"
                raise TimeoutError(f"waited {timeout:g} s for {waiting_for}; on the screen:\n{shown}") from None
        return found

    def _unheard(self) -> Message | None:
        return next((message for message in self.from_bot if message.id > self._heard_id), None)

    async def hears(self, timeout: float = WAIT_S) -> Message:
        """The bot's next new message here, each one once."""
        message: Message = await self.until(self._unheard, timeout, "a message of the bot")
        self._heard_id = message.id
        return message

    async def hears_many(self, count: int, timeout: float = WAIT_S) -> list[Message]:
        return [await self.hears(timeout) for _ in range(count)]

    async def hears_nothing(self, for_s: float = 0.3) -> None:
        """Fail when the bot says something within this time."""
        try:
            message = await self.hears(for_s)
        except TimeoutError:
            return
        raise AssertionError(f"the bot said {message.text!r}")

    def hush(self) -> None:
        """Count everything so far as heard."""
        self._heard_id = max(self.chat.messages, default=0)

    async def sees(self, text: str, timeout: float = WAIT_S) -> Message:
        """Wait until some message of the bot on the screen, new or edited, holds these words."""

        def found() -> Message | None:
            return next((message for message in reversed(self.from_bot) if text in message.text), None)

        message: Message = await self.until(found, timeout, f"the words {text!r}")
        return message


def transcript(place: Place) -> list[str]:
    """The screen as lines `name> text [button]`; further lines of a text are indented."""
    lines = []
    for message in place.messages:
        name = "bot" if message.from_bot else message.sender.first_name
        words = message.text or _described(message)
        if message.text and message.kind not in ("text", "caption"):
            words = f"({message.kind}) {words}"
        edited = " (edited)" if message.edited else ""
        lines.append(f"{name}> {words}{edited}".replace("\n", "\n    "))
        lines += ["    " + " ".join(f"[{label}]" for label in row) for row in message.buttons]
    return lines


def _described(message: Message) -> str:
    value: Json | Any = message.content.get(message.kind)
    if isinstance(value, dict):
        inside = value.get("name") or value.get("file_name") or value.get("phone_number") or value.get("emoji")
        if inside:
            return f"({message.kind}: {inside})"
    return f"({message.kind})"
