"""The translations: compiled once at setup, loaded once at start, asked for every text.

Each folder under locales/ holds `messages.po` (the program's texts) and perhaps `content.po` (the packs' texts). The
compiled `.mo` beside it is not committed: `compile_all` makes it and writes into it a hash of the `.po` it came from,
so that a stale one is noticed even where a checkout or a container layer has changed the files' dates.

`python -m bot.i18n --help` is the translators' tool; see `bot.i18n.__main__`.
"""

from __future__ import annotations

import gettext
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from bot.i18n.locales import BY_FOLDER, LOCALES_DIR, chain, existing, locale
from bot.i18n.text import Text

_REMEDY = "run `make catalogues` (or `make setup`)"


class CatalogueError(Exception):
    """A catalogue that cannot be used; the words name file, trouble and remedy. The program must not start."""

    def __init__(self, path: Path, trouble: str, remedy: str = _REMEDY) -> None:
        super().__init__(f"{path} {trouble}: {remedy}")
        self.path = path


class _Nothing(gettext.NullTranslations):
    """Ends every look-up with an empty string, so that a missing translation can be told from one like its source."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""

    def pgettext(self, context: str, message: str) -> str:
        return ""

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return ""


class Catalogues:
    """All translations of one directory, read only.

    With `strict`, a text that cannot be shown as meant raises `bot.i18n.render.Unrenderable`; without, it is logged and
    shown in the next best way. Tests are strict, the running program is not.
    """

    def __init__(self, translations: dict[tuple[str, str], gettext.GNUTranslations], *, strict: bool) -> None:
        self._translations = translations
        self.strict = strict

    def own(self, text: Text, tag: str) -> str | None:
        """The catalogue's wording in exactly this language, or None."""
        if not text.message:
            return ""  # gettext would answer with the catalogue's header
        found = ""
        if translations := self._translations.get((tag, text.domain)):
            if text.plural is None or text.count is None:
                if text.context is None:
                    found = translations.gettext(text.message)
                else:
                    found = translations.pgettext(text.context, text.message)
            elif text.context is None:
                found = translations.ngettext(text.message, text.plural, text.count)
            else:
                found = translations.npgettext(text.context, text.message, text.plural, text.count)
        return found or None

    def candidates(self, text: Text, tag: str) -> Iterator[tuple[str, str]]:
        """What the text can be in, best first: words and the language they are really in. The source ends it."""
        if is_wordless(text.message):
            yield source(text), tag
            return
        tags = chain(tag, text.domain)
        for each in tags:
            if (words := self.own(text, each)) is not None:
                yield words, each
        yield source(text), tags[-1]

    def lang_of(self, text: Text, tag: str) -> str:
        """The language a reader of `tag` really gets this text in."""
        return next(self.candidates(text, tag))[1]

    def review_status(self, tag: str, domain: str = "messages", *, emergency: bool = False) -> str:
        """`machine-drafted`, `human-reviewed` or `native-reviewed`; the emergency texts have a status of their own."""
        translations = self._translations.get((tag, domain))
        key = "X-Emergency-Status" if emergency else "X-Review-Status"
        return (translations.info().get(key.lower()) if translations else None) or "machine-drafted"

    def tags(self) -> list[str]:
        """The languages that are here, in the table's order."""
        here = {tag for tag, _ in self._translations}
        return [row.tag for row in BY_FOLDER.values() if row.tag in here]


def source(text: Text) -> str:
    """The sentence as the program (English) or the pack (Swedish) has it; both have the plural rule `n != 1`."""
    return text.message if text.plural is None or text.count == 1 else text.plural


@lru_cache(maxsize=32_768)
def is_wordless(sentence: str) -> bool:
    """Is there nothing to translate, as in "{title}: {place}"? Such a text belongs to every language."""
    return not any(each.isalpha() for each in re.sub(r"\{\w+\}|</?b>", "", sentence))


def load(directory: Path = LOCALES_DIR, *, strict: bool = True) -> Catalogues:
    """Read every compiled catalogue of a directory.

    Raises:
        CatalogueError: There is none, one is not compiled or is older than its `.po`, or its plural rule is wrong.
    """
    translations: dict[tuple[str, str], gettext.GNUTranslations] = {}
    for tag in existing(directory):
        for po in sorted((directory / locale(tag).folder / "LC_MESSAGES").glob("*.po")):
            translations[tag, po.stem] = _read(po, tag)
    if not translations:
        raise CatalogueError(directory, "holds no catalogues", "check the path; the project's own are in locales/")
    return Catalogues(translations, strict=strict)


def _read(po: Path, tag: str) -> gettext.GNUTranslations:
    mo = po.with_suffix(".mo")
    try:
        with mo.open("rb") as file:
            translations = gettext.GNUTranslations(file)
    except FileNotFoundError:
        raise CatalogueError(mo, "is missing") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise CatalogueError(mo, f"cannot be read ({error})") from None
    translations.add_fallback(_Nothing())
    if translations.info().get("x-source") != _hash(po):
        raise CatalogueError(mo, "is older than its .po file")
    found = translations.info().get("plural-forms", "")
    if _squeezed(found) != _squeezed(locale(tag).plural_forms):
        raise CatalogueError(
            po, f'has the plural rule "{found}"', f'write "Plural-Forms: {locale(tag).plural_forms}" and {_REMEDY}'
        )
    return translations


def _hash(po: Path) -> str:
    return hashlib.sha256(po.read_bytes()).hexdigest()


def _squeezed(rule: str) -> str:
    """A Plural-Forms header without the spaces and brackets that tools put differently."""
    return "".join(rule.split()).rstrip(";").replace("plural=(", "plural=").rstrip(")")


def compile_all(directory: Path = LOCALES_DIR) -> list[Path]:
    """Make the `.mo` files that are missing or older than their `.po`; the paths written.

    Entries marked fuzzy and plural entries with an empty form are left out (Babel would fill such a form with English).

    Raises:
        CatalogueError: A `.po` file cannot be read.
    """
    return [
        mo
        for tag in existing(directory)
        for po in sorted((directory / locale(tag).folder / "LC_MESSAGES").glob("*.po"))
        if (mo := _compile(po, tag))
    ]


def _compile(po: Path, tag: str) -> Path | None:
    mo = po.with_suffix(".mo")
    try:
        _read(po, tag)
        return None
    except CatalogueError:
        pass
    from babel.messages.mofile import write_mo  # only setup and translators need it

    from bot.i18n.pofiles import compiled

    stamp = _hash(po)
    catalog = compiled(po, {"X-Source": stamp})
    halfway = mo.with_name(f"{mo.name}.{os.getpid()}.new")
    with halfway.open("wb") as out:
        write_mo(out, catalog)
    halfway.replace(mo)
    return mo


_current: Catalogues | None = None


def use(catalogues: Catalogues | None) -> None:
    """Make these the catalogues of this process; None goes back to reading the project's own when first asked."""
    global _current
    _current = catalogues


def current() -> Catalogues:
    """The catalogues of this process.

    Raises:
        CatalogueError: As `load` does, on the first call of a process that has not called `use`.
    """
    global _current
    if _current is None:
        _current = load()
    return _current


@contextmanager
def using(directory: Path, *, strict: bool = True) -> Iterator[Catalogues]:
    """Compile and use another directory's catalogues for a while; for tests and pseudo-locales."""
    before = _current
    compile_all(directory)
    use(load(directory, strict=strict))
    try:
        yield current()
    finally:
        use(before)
