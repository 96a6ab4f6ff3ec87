"""Every test here reads the catalogues of `samples`, not the project's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.i18n.catalogues import using
from tests.documents.samples import write_catalogues


@pytest.fixture(scope="session")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locales")
    write_catalogues(folder)
    return folder


@pytest.fixture(autouse=True)
def catalogues(_folder: Path) -> Iterator[None]:
    with using(_folder):
        yield
