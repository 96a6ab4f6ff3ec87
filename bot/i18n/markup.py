"""The light markup of our texts: `<b>…</b>`, links, line breaks, bidi isolates; nothing else.

A message of a catalogue is plain text in which only `<b>` and `</b>` are markup and `{name}` is a placeholder. The
result is the subset of HTML that Telegram and every browser read alike: tags `b` and `a`, entities &lt; &gt; &amp;
&quot;.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

FSI, PDI, RLM = "\u2068", "\u2069", "\u200f"
NBSP = "\u00a0"

_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001eeff]")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85\x0b\x0c]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TAG = re.compile(r"<[^<>]*>")
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_BOLD = re.compile(r"&lt;(/?)b&gt;")
_ENTITY = re.compile(r"&(?:#\w+|[A-Za-z]\w*);")
_FORMATTER = Formatter()


class BadTemplate(ValueError):
    """A message whose placeholders or tags cannot be read; the words say what is wrong and what to write instead."""


@dataclass(frozen=True, slots=True)
class Template:
    """A message taken apart: escaped literal words, each followed by a placeholder's name or by nothing."""

    parts: tuple[tuple[str, str | None], ...]
    names: frozenset[str]
    tags: tuple[str, ...]


@lru_cache(maxsize=32_768)
def template(message: str) -> Template:
    """Take a catalogue message apart.

    Raises:
        BadTemplate: Stray braces, a placeholder that is not a plain name, tags other than a closed `<b>`, entities.
    """
    try:
        pieces = list(_FORMATTER.parse(message))
    except ValueError as error:
        raise BadTemplate(f"{error}; write a brace that is meant as a brace twice") from None
    parts: list[tuple[str, str | None]] = []
    for words, name, spec, conversion in pieces:
        if name is not None and (spec or conversion or not name.isidentifier()):
            raise BadTemplate(f"placeholder {{{name}}} must be a name in braces and nothing else")
        parts.append((_BOLD.sub(r"<\1b>", escape(words)), name))
    names = frozenset(name for _, name in parts if name is not None)
    return Template(tuple(parts), names, _checked_tags(message))


@lru_cache(maxsize=4_096)
def literal(message: str) -> Template:
    """A text without placeholders, whatever braces and signs it holds: a municipality's own text.

    Raises:
        BadTemplate: A `<b>` that is not closed, or the other way round.
    """
    tags = tuple(re.findall("</?b>", message))
    _check_pairs(tags)
    return Template(((_BOLD.sub(r"<\1b>", escape(message)), None),), frozenset(), tags)


def _checked_tags(message: str) -> tuple[str, ...]:
    if entity := _ENTITY.search(message):
        raise BadTemplate(f"{entity.group()} would be shown as it stands; write the character itself")
    tags = tuple(re.findall(r"</?\w+[^<>]*>", message))
    if other := [tag for tag in tags if tag not in ("<b>", "</b>")]:
        raise BadTemplate(f"{other[0]} is not allowed; only <b>…</b> is")
    _check_pairs(tags)
    return tags


def _check_pairs(tags: tuple[str, ...]) -> None:
    if tags != ("<b>", "</b>") * (len(tags) // 2):
        raise BadTemplate("<b> is not closed, or stands inside another; write <b>…</b>, one after the other")


def clean(words: str) -> str:
    """Somebody's words without control characters, bidi controls and lone surrogates; line ends become `\\n`."""
    if words.isprintable():
        return words
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", words).replace("\t", " "))


def escape(words: str) -> str:
    """Words made safe between tags and inside double-quoted attributes, with the four entities Telegram knows."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def has_rtl(words: str) -> bool:
    """Does it hold a letter that is written from right to left?"""
    return not words.isascii() and _RTL.search(words) is not None


def isolate(words: str) -> str:
    """Words that keep their own direction whatever stands around them: each line between U+2068 and U+2069."""
    if "\n" not in words:
        return f"{FSI}{words}{PDI}" if words else ""
    return "\n".join(f"{FSI}{line}{PDI}" if line else "" for line in words.split("\n"))


def plain(markup: str, *, addresses: bool = False, marks: bool = True) -> str:
    """Rendered markup as plain words.

    `addresses` adds each link's address after its words, for channels that cannot link; `marks=False` also removes
    the invisible direction marks, for logs and CSV.
    """
    if addresses:
        markup = _LINK.sub(_words_and_address, markup)
    words = html.unescape(_TAG.sub("", markup))
    return words if marks else _MARKS.sub("", words)


def _words_and_address(link: re.Match[str]) -> str:
    address, words = link.groups()
    if plain(words, marks=False) == html.unescape(address):
        return words
    return f"{words}: {isolate(address) if has_rtl(words) else address}"


def rtl_lines(markup: str, dir: str = "rtl") -> str:
    """A right-to-left text whose every line begins with a right-to-left character, U+200F where no letter does.

    Telegram's apps take each line's direction from its first letter. `dir` is that of the language the text really
    came out in (`lang_of`); left-to-right text comes back as it is.
    """
    if dir != "rtl":
        return markup
    return "\n".join(line if not line or _begins_rtl(line) else RLM + line for line in markup.split("\n"))


def _begins_rtl(line: str) -> bool:
    first = _TAG.sub("", line)[:1]
    return first != "" and unicodedata.bidirectional(first) in ("R", "AL")


def unbalanced(markup: str) -> Iterator[str]:
    """Lines whose isolates do not come in pairs; for tests."""
    for line in markup.split("\n"):
        depth = 0
        for character in line:
            depth += (character == FSI) - (character == PDI)
            if depth < 0:
                break
        if depth:
            yield line
