"""Sealing, blind indexes and where the key comes from."""

from __future__ import annotations

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import OperatorError
from storage.errors import Damaged, WrongKey
from storage.secrets import Keyring, make_token, secret_key, token_hash

OLD, NEW = "o" * 40, "n" * 40


@given(st.binary(), st.text(min_size=1))
def test_what_is_sealed_opens_again(plain: bytes, purpose: str) -> None:
    ring = Keyring([OLD])
    assert ring.open(ring.seal(plain, purpose), purpose) == plain


def test_the_same_words_never_look_the_same() -> None:
    ring = Keyring([OLD])
    assert ring.seal(b"words", "a.b") != ring.seal(b"words", "a.b")


def test_a_value_is_bound_to_its_column() -> None:
    ring = Keyring([OLD])
    with pytest.raises(Damaged):
        ring.open(ring.seal(b"words", "residents.name"), "residents.email")


@given(st.integers(min_value=4))
def test_an_altered_value_is_noticed(at: int) -> None:
    ring = Keyring([OLD])
    sealed = bytearray(ring.seal(b"words", "a.b"))
    sealed[4 + at % (len(sealed) - 4)] ^= 1
    with pytest.raises(Damaged):
        ring.open(bytes(sealed), "a.b")
    with pytest.raises((Damaged, WrongKey)):
        ring.open(bytes(sealed)[: at % len(sealed)], "a.b")


def test_newest_key_seals_and_older_ones_open() -> None:
    old, both, new = Keyring([OLD]), Keyring([NEW, OLD]), Keyring([NEW])
    assert both.open(old.seal(b"words", "a.b"), "a.b") == b"words"
    assert new.open(both.seal(b"words", "a.b"), "a.b") == b"words"
    with pytest.raises(WrongKey, match="IDELABB_SECRET_KEY does not fit"):
        new.open(old.seal(b"words", "a.b"), "a.b")


def test_index_is_the_same_for_the_same_parts_only() -> None:
    ring = Keyring([OLD])
    indexes = {
        ring.index("address", "telegram", "4711"),
        ring.index("address", "telegram4", "711"),
        ring.index("address", "4711", "telegram"),
        ring.index("file", "telegram", "4711"),
        Keyring([NEW]).index("address", "telegram", "4711"),
    }
    assert len(indexes) == 5
    assert ring.index("address", "telegram", "4711") in indexes
    assert Keyring([NEW, OLD]).indexes("address", "telegram", "4711") == [
        Keyring([NEW]).index("address", "telegram", "4711"),
        ring.index("address", "telegram", "4711"),
    ]


def test_marks_and_derived_keys_differ_by_use() -> None:
    ring = Keyring([OLD])
    assert ring.mark("4711") == Keyring([OLD]).mark("4711") != ring.mark("4712")
    assert len(ring.mark("4711")) == 12
    assert len({ring.derive("webhook"), ring.derive("cookie"), Keyring([NEW]).derive("webhook")}) == 3


def test_tokens_are_long_and_their_hash_needs_no_key() -> None:
    tokens = {make_token() for _ in range(100)}
    assert len(tokens) == 100 and {len(token) for token in tokens} == {22}
    # Links sent out long ago depend on it.
    assert token_hash("token").hex() == "5cf9964423db60b300f1af805216a0a53eeea0e92879dcbf729d9b1263dd10b9"


def test_configured_keys_come_first_and_must_be_long(tmp_path: Path) -> None:
    assert secret_key("sqlite+aiosqlite:///x", [f" {NEW} ", OLD, ""], tmp_path) == [NEW, OLD]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OperatorError, match="a key of 5 characters, not 32 or more"):
        secret_key("sqlite+aiosqlite:///x", ["short"], tmp_path)


def test_postgresql_needs_a_configured_key(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="IDELABB_SECRET_KEY is not set"):
        secret_key("postgresql+asyncpg://h/d", [], tmp_path)


def test_embedded_key_is_made_once_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    keys = secret_key("sqlite+aiosqlite:///x", [])
    assert secret_key("sqlite+aiosqlite:///x", []) == keys
    assert len(keys[0]) >= 32
    (file,) = (tmp_path / "idelabb").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_unwritable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="secret_key cannot be read or made"):
        secret_key("sqlite+aiosqlite:///x", [], tmp_path / "file")


def test_empty_key_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("\n")
    with pytest.raises(OperatorError, match="secret_key holds no key"):
        secret_key("sqlite+aiosqlite:///x", [], tmp_path)


def test_starts_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    for n in range(20):
        together = threading.Barrier(8)

        def start(folder: Path = tmp_path / str(n), together: threading.Barrier = together) -> list[str]:
            together.wait()
            return secret_key("sqlite+aiosqlite:///x", [], folder)

        with ThreadPoolExecutor(8) as pool:
            keys = [started.result() for started in [pool.submit(start) for _ in range(8)]]
        assert len({key for (key,) in keys}) == 1
