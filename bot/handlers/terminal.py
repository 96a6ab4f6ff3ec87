"""Talk in the terminal: the same conversation, turns and database as everywhere."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable

from bot.flows.model import Input, Press
from bot.i18n import plain
from bot.turn import Turns
from bot.update import Update
from bot.wording import Body


class Terminal:
    """One person at the keyboard. Buttons are shown in brackets: type their words, or # and their number."""

    def __init__(
        self, turns: Turns, municipality: str, locale: str, write: Callable[[str], object] = sys.stdout.write
    ) -> None:
        self.turns, self.municipality, self.locale, self.write = turns, municipality, locale, write
        self.address = uuid.uuid4().hex
        self.buttons: list[tuple[int, str]] = []

    async def begin(self, flow: str | None) -> None:
        await self._take(Input(command="start", argument=flow or ""))

    async def say(self, line: str) -> None:
        """Take one line that was typed."""
        number = line[1:].strip() if line.startswith("#") else ""
        if line.startswith("/"):
            command, _space, argument = line[1:].partition(" ")
            await self._take(Input(command=command, argument=argument.strip()))
        elif number.isdecimal() and 1 <= int(number) <= len(self.buttons):
            await self._take(Input(press=Press(*self.buttons[int(number) - 1])))
        else:
            await self._take(Input(text=line))

    async def _take(self, input: Input) -> None:
        update = Update(
            id=f"terminal:{uuid.uuid4().hex}",
            municipality=self.municipality,
            channel="terminal",
            address=self.address,
            input=input,
            locale_hint=self.locale,
        )
        outcome = await self.turns.take(update)
        if outcome.toast:
            self.write(f"{outcome.toast}\n\n")
        for body in outcome.said:
            self._show(body)

    def _show(self, body: Body) -> None:
        if card := body.get("card"):
            self.write(f"── {plain(card['title'])}\n")
            for label, value in card["rows"]:
                self.write(f"   {label}: {plain(value)}\n")
            self.write("\n")
        if "progress" in body:
            self.write(f"({body['progress']['words']})\n")
        if "html" in body:
            self.write(plain(body["html"], addresses=True) + "\n")
        if choices := [*body.get("choices", []), *body.get("moves", [])]:
            self.buttons = [(body.get("serial") or 0, choice["id"]) for choice in choices]
            ticks = ("✓ " if each.get("chosen") else "" for each in choices)
            shown = (
                f"[#{number} {tick}{each['label']}]"
                for number, (tick, each) in enumerate(zip(ticks, choices, strict=True), 1)
            )
            self.write(" ".join(shown) + "\n")
        if "attachment" in body:
            self.write(f"({plain(body['attachment']['caption'])})\n")
        self.write("\n")
