"""Is every catalogue whole and usable? What `python run_bot.py check-locales` and the tests ask.

Errors fail the build: sentences that were not extracted, placeholders or tags that differ, a wrong plural rule, gaps
in what a catalogue promises, wrong script, untrue review status, Swedish that is too hard. Warnings name what is
behind.
"""

from __future__ import annotations

import gettext
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TextIO

from babel.messages.catalog import Catalog, Message

from bot.i18n import extract, readability
from bot.i18n.catalogues import CatalogueError, is_wordless
from bot.i18n.editing import Key, is_behind, po_path, sentences
from bot.i18n.locales import LOCALES_DIR, SOURCE, Locale, existing, locale
from bot.i18n.markup import BadTemplate, literal, template
from bot.i18n.pofiles import (
    REVIEW,
    STATUSES,
    PoFile,
    entries,
    forms,
    ids,
    is_emergency,
    is_translated,
    key,
    read,
    review_of,
)

REQUIRED = ("sv", "sv-simple", "en", "ar")
"""Languages that are whole in domain `messages` whatever their catalogue promises."""

LIX_LIMITS = {"sv": 40, "sv-simple": 27}
"""The highest average LIX of a catalogue."""

MAX_SENTENCE_WORDS = 12
"""The longest sentence of Easy Swedish."""

_MAX = re.compile(r"\b(?:max|at most) (\d+)\b")
_PLACEHOLDER = re.compile(r"\{\w+\}")
_TAG = re.compile(r"</?b>")
_INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SCRIPTS = {
    "Latn": "LATIN", "Arab": "ARABIC", "Cyrl": "CYRILLIC", "Ethi": "ETHIOPIC", "Hebr": "HEBREW", "Thai": "THAI",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a translation, and what to do about it."""

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault with its place. `level` is "error" or "warning"; `tag` is None when the fault lies in the code."""

    file: str
    line: int
    msgid: str
    reason: str
    remedy: str
    level: str = "error"
    tag: str | None = None

    def __str__(self) -> str:
        words = " ".join(self.msgid.split())
        quoted = f" “{words if len(words) <= 70 else words[:69] + '…'}”" if words else ""
        return f"{self.file}:{self.line}: {self.level}:{quoted} {self.reason}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a catalogue is translated."""

    tag: str
    domain: str
    translated: int
    entries: int
    status: str


# One translation


def faults(message: Message, translated: tuple[str, ...], row: Locale, domain: str = "messages") -> list[Fault]:
    """What is wrong with these forms as a translation of the entry into the language; empty when they can be used."""
    wanted = 1 if isinstance(message.id, str) else row.nplurals
    if len(translated) != wanted:
        return [Fault(f"has {len(translated)} forms where {wanted} belong", "run `make catalogues`, translate anew")]
    found: dict[Fault, None] = {}
    for index, words in enumerate(translated):
        category = row.categories[index] if len(translated) > 1 else None
        for fault in _faults(message, words, index if category else None, row, domain):
            where = f"form “{category}”: " if category else ""
            found[Fault(where + fault.reason, fault.remedy)] = None
    return list(found)


def _faults(message: Message, words: str, form: int | None, row: Locale, domain: str) -> Iterator[Fault]:
    parse = literal if domain == "content" else template
    try:
        theirs = parse(words)
        ours = [parse(sentence) for sentence in ids(message)]
    except BadTemplate as error:
        yield Fault(str(error), "correct the sentence")
        return
    expected = ours[-1].names
    optional = {"count"} if form is not None and form in _exact_forms(row.tag) else set()
    there = theirs.names
    if domain == "content":  # a pack's text may hold any braces; those around a name are filled in
        expected, there = (
            frozenset(each[1:-1] for each in _PLACEHOLDER.findall(text)) for text in (ids(message)[-1], words)
        )
    if missing := sorted(expected - there - optional):
        yield Fault(f"{_braced(missing)} is missing", "put it where it belongs in the sentence")
    if unknown := sorted(there - expected):
        yield Fault(f"{_braced(unknown)} is unknown", f"use {_braced(sorted(expected)) or 'no placeholder'}")
    if all(sorted(theirs.tags) != sorted(source.tags) for source in ours):
        yield Fault("the tags differ from the source's", f"use {' '.join(ours[-1].tags) or 'no tags'}")
    if _INVISIBLE.search(words):
        yield Fault("it holds control or direction characters", "remove them; the program sets directions itself")
    if words != words.strip():
        yield Fault("it begins or ends with a space or line break", "remove it")
    if any(not each.isascii() and each.isdecimal() for each in words):
        yield Fault("it holds digits of another script", "write 0-9, which every language here uses")
    if row.offered:
        yield from _language_faults(message, words, row, domain)
    if (limit := max_length(message)) and len(_bare(words)) > limit:
        yield Fault(f"it is {len(_bare(words))} characters long, at most {limit} fit", "say it in fewer words")


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def _language_faults(message: Message, words: str, row: Locale, domain: str) -> Iterator[Fault]:
    is_copy = words in ids(message)
    length = len(_bare(words).split())
    if is_copy and length > 3 and row.tag.partition("-")[0] != SOURCE[domain]:
        yield Fault("it is a copy of its source", "translate it, or leave it empty to fall back")
    letters = [each for each in _bare(words) if each.isalpha()]
    of_script = sum(script_of(each) == row.script for each in letters)
    if row.script == "Latn":
        if len(letters) > 3 and of_script * 2 < len(letters):
            yield Fault("it is mostly in another script than Latin", "check that the line is in the right catalogue")
    elif letters and not of_script and not (is_copy and length <= 2):
        yield Fault(f"it has no {_SCRIPTS[row.script].title()} letter", "write it in the language's own script")


@cache
def script_of(letter: str) -> str | None:
    """The four-letter code of the script a letter belongs to, among those of our languages."""
    name = unicodedata.name(letter, "")
    return next((code for code, first in _SCRIPTS.items() if name.startswith(first)), None)


@cache
def _exact_forms(tag: str) -> frozenset[int]:
    """The plural forms that serve a single number, where its digits may be left out ("one hour")."""
    rule = gettext.c2py(locale(tag).plural)
    chosen = [rule(number) for number in range(1_001)]
    return frozenset(form for form in set(chosen) if chosen.count(form) == 1)


def max_length(message: Message) -> int | None:
    """The limit that the comment to translators gives, as in "a button, max 30"."""
    found = _MAX.search(" ".join(message.auto_comments))
    return int(found[1]) if found else None


def _bare(words: str) -> str:
    return _PLACEHOLDER.sub("", _TAG.sub("", words))


# All catalogues


def check(
    directory: Path = LOCALES_DIR,
    root: Path = LOCALES_DIR.parent,
    content: Iterable[extract.PackText] | None = None,
) -> list[Finding]:
    """Every fault of the catalogues in `directory` against the code under `root` and the packs' texts.

    Raises:
        CatalogueError: A catalogue cannot be read.
    """
    found = [Finding(each.path, each.line, each.message, each.reason, each.remedy) for each in extract.misuses(root)]
    here = existing(directory)
    for tag in REQUIRED:
        if tag not in here:
            path = po_path(directory, tag)
            found.append(
                Finding(
                    _name(path, root),
                    1,
                    "",
                    f"there is no catalogue for {tag}",
                    f"run `python -m bot.i18n start {tag}`",
                    tag=tag,
                )
            )
    templates = {"messages": extract.messages(root)}
    if content is not None:
        templates["content"] = extract.content(content)
    for domain, source in templates.items():
        swedish = po_path(directory, "sv", domain)
        today = sentences(read(swedish).catalog) if swedish.exists() else {}
        for tag in here:
            path = po_path(directory, tag, domain)
            if path.exists():
                found += _check_file(read(path), tag, source, today, _name(path, root))
    return found


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _check_file(file: PoFile, tag: str, source: Catalog, today: dict[Key, str], name: str) -> Iterator[Finding]:
    def finding(message: Message | None, reason: str, remedy: str, level: str = "error") -> Finding:
        line = message.lineno or 1 if message else 1
        return Finding(name, line, ids(message)[0] if message else "", reason, remedy, level, tag)

    for fault in _header_faults(file):
        yield finding(None, fault.reason, fault.remedy)
    wanted = {key(message): message for message in entries(source)}
    here = {key(message): message for message in entries(file.catalog)}
    for each, message in wanted.items():
        if each not in here:
            yield Finding(name, 1, ids(message)[0], "is not in the catalogue", "run `make catalogues`", tag=tag)
        elif ids(here[each]) != ids(message):
            yield finding(here[each], "has another plural in the code", "run `make catalogues`")
    for each, message in here.items():
        if each not in wanted:
            yield finding(message, "is no longer in the code", "run `make catalogues`")
    for message in entries(file.catalog):
        if is_translated(message):
            for fault in faults(message, forms(message), file.locale, file.domain):
                yield finding(message, fault.reason, fault.remedy)
            if is_behind(message, today) and tag not in ("sv", SOURCE[file.domain]):
                yield finding(
                    message,
                    f"is behind: in Swedish it now says “{today[key(message)]}”",
                    "translate it anew, or delete its `#. sv:` line if it still fits, and run `make catalogues`",
                    "warning",
                )
            for fault in _review_faults(message) if file.locale.offered else ():
                yield finding(message, fault.reason, fault.remedy)
        elif tag != SOURCE[file.domain] and is_promised(message, file, tag):
            reason = "is marked fuzzy" if message.fuzzy else "is not translated"
            yield finding(message, reason, f"run `python -m bot.i18n untranslated {tag}`")
    if file.domain == "messages" and tag in LIX_LIMITS:
        yield from _too_hard(file, tag, name)


def is_promised(message: Message, file: PoFile, tag: str) -> bool:
    """Does the catalogue promise this entry? By its header X-Promises: "all", or patterns of source files."""
    if all(is_wordless(sentence) for sentence in ids(message)):
        return False
    if file.domain == "messages" and tag in REQUIRED:
        return True
    promises = file.header.get("X-Promises", "all").split()
    return "all" in promises or any(fnmatch(where, each) for where, _ in message.locations for each in promises)


def _header_faults(file: PoFile) -> Iterator[Fault]:
    rule = file.header.get("Plural-Forms", "")
    if "".join(rule.split()) != "".join(file.locale.plural_forms.split()):
        yield Fault(f'has the plural rule "{rule}"', f'write "{file.locale.plural_forms}" (as `make catalogues` does)')
    status = file.header.get("X-Review-Status", "")
    signed = [file.header.get(name, "") for name in ("X-Reviewer", "X-Review-Date")]
    if status not in STATUSES:
        yield Fault(f'has X-Review-Status "{status}"', f"write one of {', '.join(STATUSES)}")
    elif status == STATUSES[0] and any(signed):
        remedy = "raise X-Review-Status, or empty X-Reviewer and X-Review-Date"
        yield Fault("names a reviewer of a machine draft", remedy)
    elif status != STATUSES[0] and not all(signed):
        remedy = "write the person who read it into X-Reviewer and the day into X-Review-Date"
        yield Fault(f"is {status} by nobody", remedy)


def _review_faults(message: Message) -> Iterator[Fault]:
    if not is_emergency(message):
        return
    status = review_of(message)
    if status is None or status not in STATUSES:
        yield Fault("is an emergency text without a review status", f"write `# {REVIEW}{STATUSES[0]}` above it")
    elif status != STATUSES[0] and not _is_signed(message):
        yield Fault(f"is {status} by nobody", f"write `# {REVIEW}{status}, <who>, <year-month-day>`")


def _is_signed(message: Message) -> bool:
    line = next(line for line in message.user_comments if line.startswith(REVIEW))
    return re.fullmatch(r"[\w-]+, .+, \d{4}-\d\d-\d\d", line.removeprefix(REVIEW).strip()) is not None


def _too_hard(file: PoFile, tag: str, name: str) -> Iterator[Finding]:
    texts = [form for message in entries(file.catalog) if is_translated(message) for form in forms(message)]
    mean = readability.average(texts)
    if mean is not None and mean > LIX_LIMITS[tag]:
        yield Finding(
            name,
            1,
            "",
            f"has the average LIX {mean:.1f}, at most {LIX_LIMITS[tag]} is wanted",
            "shorten sentences, split long words",
            tag=tag,
        )
    if tag != "sv-simple":
        return
    for message in entries(file.catalog):
        for sentence in (part for form in forms(message) for part in readability.sentences(form)):
            if (count := len(readability.words(sentence))) > MAX_SENTENCE_WORDS:
                yield Finding(
                    name,
                    message.lineno or 1,
                    ids(message)[0],
                    f"has a sentence of {count} words, at most {MAX_SENTENCE_WORDS} are easy",
                    "make two of it",
                    tag=tag,
                )


def shares(directory: Path = LOCALES_DIR) -> list[Share]:
    """How far each catalogue has come; the source languages count as whole."""
    found = []
    for tag in existing(directory):
        for path in sorted(po_path(directory, tag).parent.glob("*.po")):
            file = read(path)
            every = list(entries(file.catalog))
            whole = tag == SOURCE.get(file.domain)
            done = sum(whole or is_translated(each) or all(map(is_wordless, ids(each))) for each in every)
            status = file.header.get("X-Review-Status", "")
            found.append(Share(tag, file.domain, done, len(every), status))
    return found


def report(
    directory: Path = LOCALES_DIR,
    root: Path = LOCALES_DIR.parent,
    content: Iterable[extract.PackText] | None = None,
    out: TextIO | None = None,
) -> int:
    """Print shares and findings; the exit status: 0 all well, 1 errors, 2 a catalogue cannot be read."""
    out = out or sys.stdout
    try:
        found = check(directory, root, content)
        for share in shares(directory):
            percent = 100 * share.translated // share.entries if share.entries else 100
            print(f"{share.tag:<10} {share.domain:<9} {percent:>3} % of {share.entries}, {share.status}", file=out)
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 2
    for finding in found:
        print(finding, file=out)
    errors = sum(finding.level == "error" for finding in found)
    print(f"{errors} errors, {len(found) - errors} warnings", file=out)
    return 1 if errors else 0
