"""Text as Telegram reads it: cleaning, the HTML parse mode, lengths in UTF-16 units.

The error texts and the order of checks follow the public server (tdlib/telegram-bot-api and tdlib/td).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.bot_api.errors import bad_request
from tests.bot_api.schema import Warn

MAX_TEXT, MAX_CAPTION, MAX_SOURCE_BYTES, MAX_ENTITIES = 4096, 1024, 1 << 15, 100

Entity = dict[str, Any]

_CONTROL = {code: " " for code in range(32) if chr(code) not in "\r\n"}
_REMOVED = {ord("\r"): None} | dict.fromkeys(range(0x2028, 0x202F)) | dict.fromkeys((0x333, 0x33F, 0x30A))
_CLEANED = str.maketrans(_CONTROL | _REMOVED)
_MARKS = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
_INVISIBLE = re.compile(
    "[\\s\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc\U000e0000-\U000e007f]*"
)
_SPACES = " \n"


def utf16(text: str) -> int:
    """Length in UTF-16 code units, the unit of all offsets."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """What remains of a text on the way to the other side (td, clean_input_string); one unit for one unit or none."""
    if text.isascii() and text.isprintable():
        return text
    return _MARKS.sub(lambda run: "\u200c" * len(run[0]), text.translate(_CLEANED))


def is_empty(text: str) -> bool:
    """Whether there is nothing to see."""
    return _INVISIBLE.fullmatch(text) is not None


_TAGS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("span", "tg-spoiler"), "spoiler"),
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_STOP = re.compile("[<&]")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(
    r"&(?:#(?P<number>[0-9]{1,7})|#[xX](?P<hex>[0-9a-fA-F]{1,6})|(?P<name>lt|gt|amp|quot))(?![a-zA-Z0-9]);?"
)
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)\s*(=)?\s*(?:"([^"]*)"|'([^']*)'|([a-zA-Z0-9.-]+)(?=[\s>]))?""")


def _character(found: re.Match[str]) -> str:
    if name := found["name"]:
        return _NAMED[name]
    code = int(found["number"] or 0) or int(found["hex"] or "0", 16)
    return chr(code) if 0 < code <= 0x10FFFF else found[0]


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    expandable: bool = False


class _HtmlReader:
    """One pass over the source; `text` grows and entities close as their end tags come."""

    def __init__(self, source: str, warn: Warn) -> None:
        self.source = source
        self.warn = warn
        self.parts: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        source, at = self.source, 0
        while found := _STOP.search(source, at):
            self._take(source[at : found.start()])
            at = found.start()
            if source[at] == "&":
                character = _CHARACTER.match(source, at)
                if character is None:
                    self.warn(f"HTML: '&' that is no known character reference in {source[at : at + 12]!r}")
                self._take(_character(character) if character else "&")
                at = character.end() if character else at + 1
            elif source.startswith("/", at + 1):
                at = self._end(at)
            else:
                at = self._start(at)
        self._take(source[at:])
        if self.open:
            raise _error(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.parts), self.entities

    def _take(self, text: str) -> None:
        if text:
            self.parts.append(text)
            self.offset += utf16(text)

    def _at(self, position: int) -> str:
        return f"at byte offset {len(self.source[:position].encode())}"

    def _start(self, begin: int) -> int:
        source = self.source
        name_end = begin + 1
        while name_end < len(source) and source[name_end] != ">" and not source[name_end].isspace():
            name_end += 1
        if name_end == len(source):
            raise _error(f"Unclosed start tag {self._at(begin)}")
        tag = source[begin + 1 : name_end].lower()
        if tag not in _TAGS:
            raise _error(f'Unsupported start tag "{tag}" {self._at(begin)}')
        opened = _Open(tag, "", self.offset)
        at = self._attributes(opened, begin, name_end)
        if tag == "span" and opened.argument != "spoiler":
            raise _error(f'Tag "span" must have class "tg-spoiler" {self._at(begin)}')
        outside = {outer.tag for outer in self.open}
        if outside & {"pre", "code"} and (tag, outside) not in (("code", {"pre"}), ("pre", {"code"})):
            self.warn(f"HTML: <{tag}> inside pre or code is dropped by Telegram")
        if tag == "blockquote" and "blockquote" in outside:
            self.warn("HTML: a blockquote can't hold a blockquote")
        self.open.append(opened)
        return at

    def _attributes(self, opened: _Open, begin: int, at: int) -> int:
        """Read attributes up to and with ">"."""
        source, tag = self.source, opened.tag
        while True:
            while at < len(source) and source[at].isspace():
                at += 1
            if at == len(source):
                raise _error(f'Unclosed start tag "{tag}" {self._at(begin)}')
            if source[at] == ">":
                return at + 1
            found = _ATTRIBUTE.match(source, at)
            if found is None:
                raise _error(f'Empty attribute name in the tag "{tag}" {self._at(begin)}')
            name, equals, double, single, token = found.groups()
            value = next((value for value in (double, single, token) if value is not None), None)
            if tag == "blockquote" and name == "expandable" and not equals:
                opened.expandable, at = True, found.start(1) + len(name)
                continue
            if not equals:
                raise _error(f'Expected equal sign in declaration of an attribute of the tag "{tag}" {self._at(begin)}')
            if value is None:
                if source[found.end() : found.end() + 1] in ("", '"', "'"):
                    raise _error(f"Unclosed start tag {self._at(begin)}")
                raise _error(f"Unexpected end of name token {self._at(found.end())}")
            at = found.end()
            value = _CHARACTER.sub(_character, value)
            if (tag, name) in (("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "unix")):
                opened.argument = value
            elif (tag, name) == ("code", "class"):
                opened.argument = value.removeprefix("language-")
            elif (tag, name) == ("span", "class"):
                opened.argument = value.removeprefix("tg-") if value.startswith("tg-") else ""
            elif (tag, name) == ("blockquote", "expandable"):
                opened.expandable = True
            elif (tag, name) != ("tg-time", "format"):
                self.warn(f"HTML: attribute {name!r} of <{tag}> is ignored by Telegram")

    def _end(self, begin: int) -> int:
        if not self.open:
            raise _error(f"Unexpected end tag {self._at(begin)}")
        close = self.source.find(">", begin)
        name = (self.source[begin + 2 : close] if close >= 0 else self.source[begin + 2 :]).rstrip().lower()
        if close < 0 or re.search(r"\s", name):
            raise _error(f"Unclosed end tag {self._at(begin)}")
        opened = self.open.pop()
        if name and name != opened.tag:
            raise _error(f'Unmatched end tag {self._at(begin)}, expected "</{opened.tag}>", found "</{name}>"')
        if self.offset > opened.offset:
            self._close(opened)
        return close + 1

    def _close(self, opened: _Open) -> None:
        kind = _TAGS[opened.tag]
        entity: Entity = {"type": kind, "offset": opened.offset, "length": self.offset - opened.offset}
        if kind == "text_link":
            if not re.match(r"(?i)(https?://|tg://|ton://|mailto:|tel:)?[^\s/?#]+[.:@][^\s]+$|tg://", opened.argument):
                self.warn(f"HTML: the link {opened.argument!r} is dropped by Telegram")
                return
            entity["url"] = opened.argument
        elif kind == "custom_emoji":
            if not opened.argument.isdecimal():
                raise bad_request("invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = opened.argument
        elif kind == "date_time":
            if not opened.argument.isdecimal():
                raise bad_request("invalid date-time format specified")
            entity["unix_time"] = int(opened.argument)
        elif kind == "blockquote" and opened.expandable:
            entity["type"] = "expandable_blockquote"
        elif kind in ("code", "pre"):
            last = self.entities[-1] if self.entities else entity
            same = last["type"] in ("code", "pre") and last["offset"] == opened.offset
            if last is not entity and same and last["length"] == entity["length"]:
                last["type"] = "pre"
                if opened.argument:
                    last["language"] = opened.argument
                return
            if opened.argument:
                entity["language"] = opened.argument
        self.entities.append(entity)


def _error(text: str) -> Exception:
    return bad_request(f"can't parse entities: {text}")


def parse_html(source: str, warn: Warn) -> tuple[str, list[Entity]]:
    """Text and entities of the parse mode HTML.

    Raises ApiError 400 with the server's words. What Telegram would silently drop is a warning.
    """
    if "<" not in source and "&" not in source:
        return source, []
    return _HtmlReader(source, warn).read()


_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/@])/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?(?![\w/]))"
    r"|(?P<url>https?://[^\s<>\"]+[^\s<>\".,!?;:)])"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<mention>(?<![\w/])@[A-Za-z]\w{3,31})"
)


def found_entities(text: str) -> list[Entity]:
    """Commands, addresses and mentions Telegram marks by itself."""
    if "/" not in text and "@" not in text:
        return []
    return [
        {"type": found.lastgroup, "offset": utf16(text[: found.start()]), "length": utf16(found[0])}
        for found in _FOUND.finditer(text)
    ]


def formatted(
    source: str, parse_mode: str | None, given: list[Entity] | None, max_length: int, warn: Warn
) -> tuple[str, list[Entity]]:
    """A bot's text, parsed, cleaned, trimmed and measured. `max_length` tells texts from captions.

    Raises ApiError 400. The length is counted in UTF-16 units, the strictest reading of the documentation.
    """
    if len(source) * 3 > MAX_SOURCE_BYTES and len(source.encode()) > MAX_SOURCE_BYTES:
        raise bad_request("text is too long")
    entities: list[Entity] = [dict(entity) for entity in given or ()]
    text = source
    mode = (parse_mode or "").lower()
    if mode == "html":
        text, entities = parse_html(source, warn)
    elif mode in ("markdown", "markdownv2"):
        warn(f"the stand-in does not read parse_mode {parse_mode}: the source is shown as it is")
    elif mode not in ("", "none"):
        raise bad_request("unsupported parse_mode")
    cleaned = clean(text)
    if entities and len(cleaned) != len(text):
        _shift(entities, text, cleaned_offsets(text))
    text, entities = _trim(cleaned, entities)
    if len(text) > max_length // 2 and utf16(text) > max_length:
        raise bad_request("message caption is too long" if max_length == MAX_CAPTION else "message is too long")
    if is_empty(text):
        text, entities = "", []
    if len(entities) > MAX_ENTITIES:
        warn(f"{len(entities)} entities: Telegram keeps {MAX_ENTITIES}")
    entities += [found for found in found_entities(text) if not any(_overlap(found, entity) for entity in entities)]
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return text, entities[:MAX_ENTITIES]


def cleaned_offsets(text: str) -> list[int]:
    """For each UTF-16 position of a text (and its end) the position after cleaning."""
    positions, kept = [], 0
    for character in text:
        units = 2 if ord(character) > 0xFFFF else 1
        removed = _CLEANED.get(ord(character), "") is None
        for unit in range(units):
            positions.append(kept + (0 if removed else unit))
        kept += 0 if removed else units
    return [*positions, kept]


def _shift(entities: list[Entity], text: str, positions: list[int]) -> None:
    for entity in entities:
        begin = positions[min(entity["offset"], len(positions) - 1)]
        end = positions[min(entity["offset"] + entity["length"], len(positions) - 1)]
        entity["offset"], entity["length"] = begin, end - begin


def _trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Take spaces and line feeds from both ends, and shorten the entities that reached there."""
    right = text.rstrip(_SPACES)
    trimmed = right.lstrip(_SPACES)
    if len(trimmed) == len(text):
        return text, entities
    removed, length = len(right) - len(trimmed), utf16(trimmed)
    kept = []
    for entity in entities:
        begin = max(entity["offset"] - removed, 0)
        end = min(entity["offset"] + entity["length"] - removed, length)
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    return trimmed, kept


def _overlap(one: Entity, other: Entity) -> bool:
    one_at, other_at = int(one["offset"]), int(other["offset"])
    return one_at < other_at + int(other["length"]) and other_at < one_at + int(one["length"])
