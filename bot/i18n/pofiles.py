"""Gettext `.po` files: read, write and compile them the way Babel's own commands do not.

Babel drops every header it does not know, writes dates that change at each run, gives wrong plural rules to some
languages (and none to those it does not know), and fills a missing plural form with English. So header and compiled
entries are made here, from the table; Babel parses and prints the entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, denormalize, read_po, write_po

from bot.i18n.catalogues import CatalogueError
from bot.i18n.locales import BY_FOLDER, Locale

STATUSES = ("machine-drafted", "human-reviewed", "native-reviewed")
"""What X-Review-Status may say, weakest first. Only a person who has read the catalogue raises it."""

SWEDISH = "sv: "
"""Begins the extracted comment that keeps the Swedish sentence an entry was translated from."""

EMERGENCY_SOURCES = ("bot/rules/emergency.py",)
"""Where the emergency texts are. Unless native-reviewed they are shown below the Swedish and English ones."""

REVIEW = "review: "
"""Begins an emergency entry's own translator comment about its review status."""

_WIDE = 1_000_000  # no wrapping: one entry, one line, so that a changed comma is a one-line diff
_HEADER = re.compile(r'^msgid ""\nmsgstr ((?:"(?:[^"\\]|\\.)*"\n?)+)', re.MULTILINE)


@dataclass(frozen=True)
class PoFile:
    """One catalogue on disk. `notes` are the comment lines at its head, `header` its fields in order."""

    path: Path
    notes: tuple[str, ...]
    header: dict[str, str]
    catalog: Catalog

    @property
    def locale(self) -> Locale:
        return BY_FOLDER[self.path.parents[1].name]

    @property
    def domain(self) -> str:
        return self.path.stem


def read(path: Path) -> PoFile:
    """Read a catalogue.

    Raises:
        CatalogueError: The file is missing, not UTF-8 or not a catalogue.
    """
    try:
        raw = path.read_text("utf-8")
        header = _HEADER.search(raw)
        catalog = read_po(BytesIO(raw.encode()), abort_invalid=True, charset="utf-8")
    except (OSError, UnicodeDecodeError, PoFileError, ValueError) as error:
        raise CatalogueError(path, f"cannot be read ({error})", "repair the file by hand") from None
    if not header:
        raise CatalogueError(path, "has no header", 'begin it with an entry whose msgid is ""')
    fields = dict(
        (name.strip(), value.strip())
        for name, colon, value in (line.partition(":") for line in denormalize(header[1]).splitlines())
        if colon
    )
    head = (line for line in raw[: header.start()].splitlines() if line.startswith("#") and not line.startswith("#,"))
    notes = tuple(line[1:].removeprefix(" ") for line in head)
    return PoFile(path, notes, fields, catalog)


def new_header(row: Locale, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """The header of a language's catalogue: plural rule and codes from the table, the rest as it was.

    X-Promises says which entries are promised to be translated: "all", or patterns of the source files they come from.
    """
    kept = dict(before or {})
    header = {
        "Project-Id-Version": "Idélabbet",
        "Language": row.folder,
        "Plural-Forms": row.plural_forms,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "X-Promises": kept.get("X-Promises", "all"),
        "X-Review-Status": kept.get("X-Review-Status", STATUSES[0]),
        "X-Reviewer": kept.get("X-Reviewer", ""),
        "X-Review-Date": kept.get("X-Review-Date", ""),
    }
    dated = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "X-Generator")
    return header | {name: value for name, value in kept.items() if name not in header and name not in dated}


def write(file: PoFile) -> bool:
    """Write a catalogue, the same bytes for the same entries; whether the file changed."""
    out = StringIO()
    out.writelines(f"# {line}".rstrip() + "\n" for line in file.notes)
    out.write('msgid ""\nmsgstr ""\n')
    out.writelines(f'"{name}: {value}'.rstrip() + '\\n"\n' for name, value in file.header.items())
    out.write("\n")
    body = BytesIO()
    write_po(body, file.catalog, width=_WIDE, omit_header=True, sort_by_file=True, include_lineno=False)
    words = out.getvalue() + body.getvalue().decode().rstrip("\n") + "\n"
    words = words.rstrip("\n") + "\n"
    if file.path.exists() and file.path.read_text("utf-8") == words:
        return False
    file.path.parent.mkdir(parents=True, exist_ok=True)
    halfway = file.path.with_suffix(".po.new")
    halfway.write_text(words, "utf-8")
    halfway.replace(file.path)
    return True


def entries(catalog: Catalog) -> Iterator[Message]:
    """The catalogue's messages without its header."""
    return (message for message in catalog if message.id)


def key(message: Message) -> tuple[str | None, str]:
    """What tells an entry from the others, as gettext sees it: context and singular."""
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def ids(message: Message) -> tuple[str, ...]:
    """Singular and, where there is one, plural."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def forms(message: Message) -> tuple[str, ...]:
    """The translation's forms: one, or one per plural form."""
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string or "",)


def is_translated(message: Message) -> bool:
    """Is every form there, and meant to be shown?"""
    return all(forms(message)) and not message.fuzzy


def is_emergency(message: Message) -> bool:
    """Is it a text for somebody in danger: of a file in EMERGENCY_SOURCES, or in the context "emergency"?"""
    return message.context == "emergency" or any(where in EMERGENCY_SOURCES for where, _ in message.locations)


def review_of(message: Message) -> str | None:
    """The review status written beside an emergency entry."""
    lines = (line.removeprefix(REVIEW).split() for line in message.user_comments if line.startswith(REVIEW))
    return next((words[0].rstrip(",") for words in lines if words), None)


def swedish_of(message: Message) -> str | None:
    """The Swedish sentence the entry says it was translated from."""
    return next((line.removeprefix(SWEDISH) for line in message.auto_comments if line.startswith(SWEDISH)), None)


def set_swedish(message: Message, sentence: str | None) -> None:
    """Write, change or (None) remove the entry's Swedish sentence."""
    kept = [line for line in message.auto_comments if not line.startswith(SWEDISH)]
    message.auto_comments = [*kept, SWEDISH + sentence] if sentence else kept


def one_line(message: Message) -> str:
    """A translation as a comment line can hold it: forms between bars, line breaks as `\\n`, spaces as one."""
    return " ".join(" | ".join(forms(message)).replace("\n", "\\n").split())


def emergency_status(catalog: Catalog) -> str:
    """The weakest review status among the emergency entries."""
    found = [review_of(message) for message in entries(catalog) if is_emergency(message)]
    known = [STATUSES.index(status) if status in STATUSES else 0 for status in found]
    return STATUSES[min(known, default=0)]


class _Compiled(Catalog):
    """The entries of a `.mo`, under a header that Babel would not write."""

    def __init__(self, header: Mapping[str, str], messages: list[Message]) -> None:
        super().__init__(charset="utf-8")
        lines = "".join(f"{name}: {value}\n" for name, value in header.items())
        self._all = [Message("", lines), *messages]

    def __iter__(self) -> Iterator[Message]:
        return iter(self._all)


def compiled(path: Path, extra: Mapping[str, str]) -> Catalog:
    """What goes into a catalogue's `.mo`: complete entries only, and the header with review status and `extra`.

    Raises:
        CatalogueError: As `read` does.
    """
    file = read(path)
    header = {**file.header, "X-Emergency-Status": emergency_status(file.catalog), **extra}
    return _Compiled(header, [message for message in entries(file.catalog) if is_translated(message)])
