"""Answers that are a photo or a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.flows.model import Input, Known, Problem, Read, Reading
from bot.flows.read.typed import Control, Kind, as_text, clean
from bot.i18n import Text, _

MAX_BYTES = 20 * 1024 * 1024
"""The largest file a bot may fetch. Source: Telegram Bot API, getFile."""


@dataclass(frozen=True, slots=True)
class OneFile(Kind):
    """A file of one of `kinds`: {"kind", "ref", "name", "mime", "size"}.

    A form cannot name a file by its fields, since they could name somebody else's: the file comes as `Input.file`, and
    fields alone keep the file that is there already, handed in as the draft.
    """

    kind = "file"
    kinds: tuple[str, ...] = ("photo", "document")

    def read(self, input: Input, known: Known, draft: Any = None) -> Reading:
        sent = input.file
        if sent is None:
            return Kind.read(self, input, known, draft)
        if sent.kind not in self.kinds:
            return Problem(
                _("Thank you. Here I need a photo or a file. What you sent is kept in our conversation."),
                self.help(known),
            )
        if sent.size > MAX_BYTES:
            return Problem(
                _(
                    "That file is too large for me, the limit is {most} megabytes. A smaller photo or a PDF may work.",
                    most=20,
                ),
                _(
                    "It is still larger than {most} megabytes. You can skip this, and show it to a coach later.",
                    most=20,
                ),
            )
        value = {"kind": sent.kind, "ref": sent.ref, "name": clean(sent.name), "mime": sent.mime, "size": sent.size}
        return Read(value, _("Thank you, I have it."))

    def said(self, words: str, known: Known, draft: Any) -> Reading:
        return Problem(_("Please send a photo or a file here. If you have none, you can skip this."), self.help(known))

    def filled(self, fields: Mapping[str, str], known: Known, draft: Any) -> Reading:
        return Read(draft) if isinstance(draft, dict) and "ref" in draft else self.said("", known, draft)

    def help(self, known: Known) -> Text:
        return _("Press the paper clip beside the text field and choose a photo or a file.")

    def show(self, value: Any, known: Known) -> Text:
        if value.get("name"):
            return as_text(str(value["name"]))
        return _("A photo") if value.get("kind") == "photo" else _("A file")

    def form_values(self, value: Any) -> dict[str, str]:
        return {}

    def controls(self, known: Known, value: Any = None) -> tuple[Control, ...]:
        return (Control("value", input_type="file", required=value is None),)


def file(kinds: tuple[str, ...] = ("photo", "document")) -> OneFile:
    """A photo or a file of at most 20 MB."""
    return OneFile(kinds)
