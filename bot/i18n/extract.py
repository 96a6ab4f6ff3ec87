"""Find every sentence that wants translating: in the code and templates (babel.cfg), and in the packs.

The result is a template catalogue, made in memory whenever it is needed; no messages.pot is kept, since it would only
repeat what the code says and change with every commit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.frontend import parse_mapping_cfg
from babel.util import pathmatch

from bot.i18n.markup import BadTemplate, template

KEYWORDS = {"_": None, "n_": (1, 2), "p_": ((1, "c"), 2)}
"""Our markers, as `-k _ -k n_:1,2 -k p_:1c,2` would say."""

COMMENT_TAGS = ("TRANSLATORS:",)

PackText = tuple[str, str] | tuple[str, str, str]
"""A sentence of a municipality's pack (Swedish), a comment that says what it is, and the file it stands in."""


def messages(root: Path) -> Catalog:
    """The template of domain `messages`: every marked sentence under `root`, in the order of files and lines.

    Raises:
        OSError: babel.cfg or a source file cannot be read.
    """
    catalog = Catalog(charset="utf-8")
    for path, method, options in sources(root):
        name = path.relative_to(root).as_posix()
        found = extract_from_file(method, path, KEYWORDS, COMMENT_TAGS, options, strip_comment_tags=True)
        for line, message, comments, context in found:
            catalog.add(message, None, [(name, line)], auto_comments=_tidy(comments), context=context)
    return catalog


def sources(root: Path) -> Iterator[tuple[Path, str, dict[str, str]]]:
    """The files that babel.cfg names, each with Babel's method and options for it."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        mapping, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    for path in sorted((root / "bot").rglob("*")):
        name = path.relative_to(root).as_posix()
        for pattern, method in mapping:
            if path.is_file() and pathmatch(pattern, name):
                yield path, method, options.get(pattern, {})
                break


def content(texts: Iterable[PackText]) -> Catalog:
    """The template of domain `content` from the packs' texts; the same sentence twice is one entry."""
    catalog = Catalog(charset="utf-8")
    for sentence, comment, *file in texts:
        if sentence.strip():
            places = [(each, 1) for each in file]
            catalog.add(sentence, None, places, auto_comments=_tidy([comment] if comment else []))
    for message in catalog:
        message.flags.discard("python-format")  # a price of "100 % av kostnaden" is not a format
        message.flags.discard("python-brace-format")
    return catalog


def _tidy(comments: Iterable[str]) -> list[str]:
    """A comment of several lines as one, so that it survives being written and read."""
    words = " ".join(" ".join(comments).split())
    return [words] if words else []


@dataclass(frozen=True, slots=True)
class Misuse:
    """A marker that cannot work: where, the sentence as far as it can be read, what is wrong and what to do."""

    path: str
    line: int
    message: str
    reason: str
    remedy: str


def misuses(root: Path) -> Iterator[Misuse]:
    """Calls of the markers in Python that extraction would miss or that can never be rendered."""
    for path, method, _ in sources(root):
        if method != "python":
            continue
        name = path.relative_to(root).as_posix()
        tree = ast.parse(path.read_text("utf-8"), filename=name)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                yield from _misuse(node, node.func.id, name)


_SENTENCES = {"_": (0,), "n_": (0, 1), "p_": (0, 1)}


def _misuse(call: ast.Call, marker: str, path: str) -> Iterator[Misuse]:
    words: list[str] = []
    for index in _SENTENCES[marker]:
        argument = call.args[index] if index < len(call.args) else None
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            yield Misuse(
                path,
                call.lineno,
                ast.unparse(call)[:60],
                f"{marker}() holds no plain sentence here",
                "write the whole sentence as a string and put what changes into {named} values",
            )
            return
        words.append(argument.value)
    given: set[str | None] = {keyword.arg for keyword in call.keywords} | ({"count"} if marker == "n_" else set())
    later = None in given or not call.keywords  # values that are put in later: only rendering can tell
    for sentence in words[1:] if marker == "p_" else words:
        try:
            names = template(sentence).names
        except BadTemplate as error:
            yield Misuse(path, call.lineno, sentence, str(error), "change the sentence in the code")
            continue
        if not later and (missing := sorted(names - given)):
            yield Misuse(
                path,
                call.lineno,
                sentence,
                f"no value is given for {', '.join(missing)}",
                f"add {missing[0]}=… to the call",
            )
