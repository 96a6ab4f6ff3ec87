"""Keep the catalogues in step with the sentences, and let translators work from and into a simple JSON file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message

from bot.i18n import extract
from bot.i18n.catalogues import CatalogueError, compile_all, is_wordless
from bot.i18n.locales import LOCALES_DIR, existing, locale
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
    new_header,
    one_line,
    read,
    set_swedish,
    swedish_of,
    write,
)

Key = tuple[str | None, str]

EXAMPLES = {"one": "1", "zero": "0", "two": "2", "few": "3–10, or 2–4 in Slavic languages", "many": "5, 11, 25"}


def po_path(directory: Path, tag: str, domain: str = "messages") -> Path:
    """Where a language's catalogue lies."""
    return directory / locale(tag).folder / "LC_MESSAGES" / f"{domain}.po"


def update(
    directory: Path = LOCALES_DIR,
    root: Path = LOCALES_DIR.parent,
    content: Iterable[extract.PackText] | None = None,
    *,
    drop_obsolete: bool = False,
) -> list[Path]:
    """Bring every catalogue in step with the code (and with the packs' texts, when they are handed in), and compile.

    Translations, headers and translators' comments stay. A sentence that is gone is kept as obsolete, and comes back
    with it; nothing is guessed from similar sentences. Returns the files that changed.

    Raises:
        CatalogueError: A catalogue cannot be read; nothing has been written then.
    """
    templates = {"messages": extract.messages(root)}
    if content is not None:
        templates["content"] = extract.content(content)
    changed: list[PoFile] = []
    for domain, template in templates.items():
        swedish: dict[Key, str] = {}
        for tag in sorted(existing(directory), key=lambda tag: tag != "sv"):  # Swedish first: the others quote it
            path = po_path(directory, tag, domain)
            before = read(path) if path.exists() else new_file(path, tag)
            catalog = merged(before.catalog, template, tag, drop_obsolete=drop_obsolete)
            if tag == "sv" and domain == "messages":
                swedish = sentences(catalog)
            if quotes_swedish(tag, domain):
                for message in entries(catalog):
                    if swedish_of(message) is None or not is_translated(message):
                        set_swedish(message, swedish.get(key(message)))
            changed.append(replace(before, header=new_header(locale(tag), before.header), catalog=catalog))
    written = [file.path for file in changed if write(file)]
    compile_all(directory)
    return written


def new_file(path: Path, tag: str) -> PoFile:
    """An empty catalogue, not yet written."""
    row = locale(tag)
    notes = (f"{row.english_name} ({row.own_name}) catalogue of Idélabbet.",)
    return PoFile(path, notes, new_header(row), _empty(tag))


def _empty(tag: str) -> Catalog:
    catalog = Catalog(charset="utf-8")
    catalog.mime_headers = [("Plural-Forms", locale(tag).plural_forms)]
    return catalog


def merged(before: Catalog, template: Catalog, tag: str, *, drop_obsolete: bool = False) -> Catalog:
    """The template's entries with the translations that `before` has for them, current or obsolete."""
    old: dict[Key, Message] = {key(message): message for message in before.obsolete.values()}
    old |= {key(message): message for message in entries(before)}
    after = _empty(tag)
    for message in entries(template):
        was = old.pop(key(message), None)
        comments = list(message.auto_comments)
        string: Any = _blank(message, tag)
        user_comments: list[str] = []
        flags = set(message.flags)
        if was is not None:
            user_comments = list(was.user_comments)
            if len(ids(was)) == len(ids(message)):
                string = was.string if len(forms(was)) == len(_as_forms(string)) else string
                flags |= {"fuzzy"} if was.fuzzy else set()
            if quoted := swedish_of(was):
                comments.append(f"sv: {quoted}")
        after.add(message.id, string, message.locations, flags, comments, user_comments, context=message.context)
    if not drop_obsolete:
        for was in old.values():
            if any(forms(was)):
                after.obsolete[f"{was.context or ''}\x04{ids(was)[0]}"] = was
    return after


def _blank(message: Message, tag: str) -> str | tuple[str, ...]:
    return "" if isinstance(message.id, str) else ("",) * locale(tag).nplurals


def _as_forms(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else string


def quotes_swedish(tag: str, domain: str) -> bool:
    """Do this catalogue's entries keep the Swedish sentence they were made from?"""
    return domain == "messages" and tag not in ("sv", "en")


def sentences(swedish: Catalog) -> dict[Key, str]:
    """Today's Swedish sentence of every translated entry, as a comment line holds it."""
    return {key(message): one_line(message) for message in entries(swedish) if is_translated(message)}


def short_key(message: Message) -> str:
    """Ten characters that name an entry in translators' JSON files."""
    context, sentence = key(message)
    return hashlib.sha256(f"{context or ''}\x04{sentence}".encode()).hexdigest()[:10]


def untranslated(directory: Path, tag: str, domain: str = "messages", *, behind: bool = False) -> list[dict[str, Any]]:
    """What a translator has left to do, as plain JSON values; with `behind` also what Swedish has moved on from.

    Raises:
        CatalogueError: The catalogue cannot be read.
    """
    today = _swedish(directory, domain)
    found = []
    for message in entries(read(po_path(directory, tag, domain)).catalog):
        late = is_behind(message, today)
        if (is_translated(message) and not (behind and late)) or all(map(is_wordless, ids(message))):
            continue
        entry: dict[str, Any] = {"key": short_key(message)}
        if message.context:
            entry["msgctxt"] = message.context
        entry["msgid"] = ids(message)[0]
        if len(ids(message)) == 2:
            categories = locale(tag).categories
            entry["msgid_plural"] = ids(message)[1]
            entry["forms"] = {name: EXAMPLES.get(name, "all other numbers") for name in categories}
        comments = [line for line in message.auto_comments if not line.startswith("sv: ")]
        if comments:
            entry["comments"] = comments
        if tag != "sv" and (sentence := today.get(key(message))):
            entry["sv"] = sentence
        if any(forms(message)):
            entry["now"] = list(forms(message)) if len(ids(message)) == 2 else forms(message)[0]
        found.append(entry)
    return found


def _swedish(directory: Path, domain: str) -> dict[Key, str]:
    path = po_path(directory, "sv", domain)
    return sentences(read(path).catalog) if path.exists() else {}


def is_behind(message: Message, today: Mapping[Key, str]) -> bool:
    """Was the entry translated from another Swedish sentence than today's?"""
    quoted, now = swedish_of(message), today.get(key(message))
    return is_translated(message) and quoted is not None and now is not None and quoted != now


def fill(directory: Path, tag: str, translations: object, domain: str = "messages") -> tuple[int, list[str]]:
    """Write translations into a catalogue and compile it: how many went in, and why the others were refused.

    `translations` is what a translator's JSON holds: an object from key (as `untranslated` prints it) or msgid to the
    words, or a list of entries with "key" or "msgid" (and "msgctxt") and "msgstr". The words are a string; for a plural
    a list in the order of "forms", or an object from form to string. A catalogue that a person has reviewed is
    machine-drafted again afterwards, and emergency entries are marked so one by one.

    Raises:
        CatalogueError: The catalogue cannot be read.
        ValueError: `translations` has neither shape.
    """
    from bot.i18n.check import faults  # check imports this module

    path = po_path(directory, tag, domain)
    file = read(path)
    by_name: dict[str, list[Message]] = {}
    for message in entries(file.catalog):
        for name in {short_key(message), ids(message)[0]}:
            by_name.setdefault(name, []).append(message)
    today = _swedish(directory, domain)
    refused: list[str] = []
    done = 0
    for name, context, words in _pairs(translations):
        hits = by_name.get(name, [])
        if context is not None:
            hits = [message for message in hits if message.context == context]
        if len(hits) != 1:
            refused.append(f"{name!r}: " + ("no such entry" if not hits else "several entries; use the key"))
            continue
        message = hits[0]
        try:
            string = _string(words, message, tag)
        except ValueError as error:
            refused.append(f"{ids(message)[0]!r}: {error}")
            continue
        reasons = [fault.reason for fault in faults(message, _as_forms(string), locale(tag), domain)]
        if reasons:
            refused.append(f"{ids(message)[0]!r}: " + "; ".join(reasons))
            continue
        message.string = string
        message.flags.discard("fuzzy")
        if is_emergency(message):
            kept = [line for line in message.user_comments if not line.startswith(REVIEW)]
            message.user_comments = [*kept, REVIEW + STATUSES[0]]
        if quotes_swedish(tag, domain):
            set_swedish(message, today.get(key(message)))
        done += 1
    if done:
        header = dict(file.header)
        if header.get("X-Review-Status", STATUSES[0]) != STATUSES[0]:
            header |= {"X-Review-Status": STATUSES[0], "X-Reviewer": "", "X-Review-Date": ""}
        write(replace(file, header=header))
        compile_all(directory)
    return done, refused


def _pairs(translations: object) -> list[tuple[str, str | None, object]]:
    if isinstance(translations, dict):
        return [(str(name), None, words) for name, words in translations.items()]
    if not isinstance(translations, list) or not all(isinstance(entry, dict) for entry in translations):
        raise ValueError('expected an object {"key": "words"} or a list of entries as `untranslated` prints them')
    pairs: list[tuple[str, str | None, object]] = []
    for entry in translations:
        if "msgstr" in entry:
            name = entry.get("key") or entry.get("msgid") or ""
            pairs.append((str(name), None if "key" in entry else entry.get("msgctxt"), entry["msgstr"]))
    return pairs


def _string(words: object, message: Message, tag: str) -> str | tuple[str, ...]:
    """A translation in the shape the entry needs. Raises ValueError saying what shape that is."""
    if isinstance(message.id, str):
        if not isinstance(words, str) or not words.strip():
            raise ValueError("expected one string that is not empty")
        return words
    categories = locale(tag).categories
    if isinstance(words, dict) and set(words) == set(categories):
        words = [words[name] for name in categories]
    if isinstance(words, str) and len(categories) == 1:
        words = [words]
    whole = isinstance(words, list) and len(words) == len(categories)
    if not isinstance(words, list) or not whole or not all(isinstance(form, str) and form.strip() for form in words):
        raise ValueError(f"expected {len(categories)} strings that are not empty: {', '.join(categories)}")
    return tuple(words)


def start(directory: Path, tag: str, root: Path = LOCALES_DIR.parent) -> Path:
    """Make the catalogue of a language of the table that has none yet, filled with today's sentences.

    Raises:
        CatalogueError: It exists.
    """
    path = po_path(directory, tag)
    if path.exists():
        raise CatalogueError(path, "exists", "use it as it is")
    file = new_file(path, tag)
    write(file)
    update(directory, root)
    return path
