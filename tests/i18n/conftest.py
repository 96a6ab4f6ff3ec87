"""Catalogues of their own for these tests, so that a new translation never breaks one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from bot.i18n import catalogues
from bot.i18n.editing import new_file, po_path
from bot.i18n.locales import locale
from bot.i18n.pofiles import write

Words = dict[str | tuple[str, ...], str | tuple[str, ...]]
WriteCatalogue = Callable[..., Path]


@pytest.fixture
def write_catalogue(tmp_path: Path) -> WriteCatalogue:
    """Write one language's catalogue into a temporary directory: `{"msgid": "msgstr"}`; plurals are tuples."""

    def write_it(
        tag: str, words: Words, *, context: str | None = None, domain: str = "messages",
        comments: tuple[str, ...] = (), user_comments: tuple[str, ...] = (), header: dict[str, str] | None = None,
    ) -> Path:  # fmt: skip
        path = po_path(tmp_path / "locales", tag, domain)
        file = new_file(path, tag)
        catalog: Catalog = file.catalog
        for message, translation in words.items():
            catalog.add(message, translation, context=context, auto_comments=comments, user_comments=user_comments)
        write(replace(file, header=file.header | (header or {})))
        assert locale(tag).folder == path.parents[1].name
        return path

    return write_it


@pytest.fixture(autouse=True)
def _forget_catalogues() -> Iterator[None]:
    before = catalogues._current
    yield
    catalogues.use(before)
