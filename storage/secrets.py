"""Sealed columns, blind indexes and tokens: everything that needs IDELABB_SECRET_KEY.

Every purpose has a subkey of its own (HKDF-SHA256), so that no sealed value fits another column and no index tells
anything about another. A sealed value is

    key id (4 bytes) | nonce (12 bytes, random) | AES-256-GCM and its 16 bytes of tag, bound to the purpose

Sources: RFC 5869 (HKDF), NIST SP 800-38D (GCM; random nonces: at most 2^32 values to a subkey).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from bot.errors import OperatorError
from storage.errors import Damaged, WrongKey

MIN_KEY_CHARS = 32
_ID_BYTES = 4
_NONCE_BYTES = 12


class Keyring:
    """One or more secret keys, newest first. The newest seals; all of them open."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("a keyring needs at least one key")
        self._masters = [key.encode() for key in keys]
        self._ids = [_derive(master, "id")[:_ID_BYTES] for master in self._masters]
        self._ciphers: dict[tuple[bytes, str], AESGCM] = {}
        self._subkeys: dict[tuple[int, str], bytes] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyring) and self._masters == other._masters

    def __hash__(self) -> int:
        return hash(tuple(self._ids))

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Encrypt with the newest key. The same bytes look different each time."""
        key_id, nonce = self._ids[0], os.urandom(_NONCE_BYTES)
        return key_id + nonce + self._cipher(key_id, purpose).encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """The plain bytes again.

        Raises:
            WrongKey: No key in the ring made it.
            Damaged: It was altered, or sealed for another purpose.
        """
        key_id = sealed[:_ID_BYTES]
        if key_id not in self._ids:
            raise WrongKey
        nonce = sealed[_ID_BYTES : _ID_BYTES + _NONCE_BYTES]
        try:
            return self._cipher(key_id, purpose).decrypt(nonce, sealed[_ID_BYTES + _NONCE_BYTES :], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"a sealed value of {purpose} does not open") from error

    @property
    def newest_id(self) -> bytes:
        """What every value begins with that the newest key sealed; `rotation` seals the others anew."""
        return self._ids[0]

    def index(self, purpose: str, *parts: str | bytes) -> bytes:
        """16 bytes that stand for `parts` in an index without telling them. The same parts give the same bytes."""
        return self._index(0, purpose, parts)

    def indexes(self, purpose: str, *parts: str | bytes) -> list[bytes]:
        """`index` under every key, newest first: what to look for while rows of an older key may be left."""
        return [self._index(at, purpose, parts) for at in range(len(self._masters))]

    def derive(self, purpose: str) -> bytes:
        """32 bytes for another use ("webhook", "cookie"), of the newest key."""
        return self._subkey(0, purpose)

    def mark(self, *parts: str | bytes) -> str:
        """12 hexadecimal digits that stand for an id in a log line."""
        return self._index(0, "log", parts).hex()[:12]

    def _index(self, at: int, purpose: str, parts: Sequence[str | bytes]) -> bytes:
        name = "log" if purpose == "log" else f"index:{purpose}"
        mac = hmac.new(self._subkey(at, name), digestmod=hashlib.sha256)
        for part in parts:  # the length before each part: ("a", "bc") is not ("ab", "c")
            data = part.encode() if isinstance(part, str) else part
            mac.update(len(data).to_bytes(8, "big") + data)
        return mac.digest()[:16]

    def _cipher(self, key_id: bytes, purpose: str) -> AESGCM:
        cipher = self._ciphers.get((key_id, purpose))
        if cipher is None:
            cipher = AESGCM(self._subkey(self._ids.index(key_id), f"column:{purpose}"))
            self._ciphers[key_id, purpose] = cipher
        return cipher

    def _subkey(self, at: int, name: str) -> bytes:
        subkey = self._subkeys.get((at, name))
        if subkey is None:
            subkey = self._subkeys[at, name] = _derive(self._masters[at], name)
        return subkey


def _derive(master: bytes, name: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"idelabb/1", info=name.encode()).derive(master)


# --- tokens -----------------------------------------------------------------------------------------------------------


def make_token() -> str:
    """128 random bits as 22 characters that may stand in an address."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> bytes:
    """What is stored for a token, 32 bytes.

    Not keyed, on purpose: 128 random bits cannot be guessed back from their hash, and a keyed one could not be made
    anew when the secret key changes, so that every link sent out would die with the old key.
    """
    return hashlib.sha256(b"idelabb token\0" + token.encode()).digest()


# --- the keyring of this process --------------------------------------------------------------------------------------

_keyring: Keyring | None = None
_uses = 0


def install(keyring: Keyring) -> None:
    """Make `keyring` the one that sealed columns use; called by `Database.open`.

    One for the process, because a column type sees neither the connection nor the database it works for: it is made
    when the module is read. All open databases of a process therefore share their keys.

    Raises RuntimeError when a database with other keys is open.
    """
    global _keyring, _uses
    if _uses and _keyring != keyring:
        raise RuntimeError("a database with other secret keys is open in this process; close it first")
    _keyring, _uses = keyring, _uses + 1


def uninstall() -> None:
    """One database less; called by `Database.close`. The keyring stays until another is installed."""
    global _uses
    _uses -= 1


def keyring() -> Keyring:
    """The keyring of the open database. Raises RuntimeError before the first `Database.open`."""
    if _keyring is None:
        raise RuntimeError("no database is open, so there are no keys yet")
    return _keyring


class Sealed(TypeDecorator[Any]):
    """A column whose bytes only this program can read. Not to be compared or sorted in SQL."""

    impl = LargeBinary
    cache_ok = True
    kind: ClassVar[str]

    def __init__(self, purpose: str) -> None:
        """`purpose` is "<table>.<column>": never to be changed, since the stored bytes are bound to it."""
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring().seal(self._pack(value), self.purpose)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self._unpack(keyring().open(value, self.purpose))

    @abstractmethod
    def _pack(self, value: Any) -> bytes:
        """The value as bytes, before they are sealed."""

    @abstractmethod
    def _unpack(self, plain: bytes) -> Any:
        """The value that `_pack` made these bytes of."""


class EncryptedText(Sealed):
    """Sealed words."""

    cache_ok = True

    def _pack(self, value: str) -> bytes:
        return value.encode("utf-8", "surrogatepass")

    def _unpack(self, plain: bytes) -> str:
        return plain.decode("utf-8", "surrogatepass")


_JSON_ONLY = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS


class EncryptedJson(Sealed):
    """Sealed JSON. None is no value at all, not JSON's null."""

    cache_ok = True

    def _pack(self, value: Any) -> bytes:
        try:
            return orjson.dumps(value, option=_JSON_ONLY)
        except TypeError:  # half a surrogate pair, as people may send, or keys that are numbers
            return json.dumps(value, separators=(",", ":")).encode()

    def _unpack(self, plain: bytes) -> Any:
        return json.loads(plain)  # also what the line above wrote


class EncryptedBytes(Sealed):
    """Sealed bytes as they are."""

    cache_ok = True

    def _pack(self, value: bytes) -> bytes:
        return value

    def _unpack(self, plain: bytes) -> bytes:
        return plain


# --- where the key comes from -----------------------------------------------------------------------------------------


_MAKE_ONE = 'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'


def secret_key(url: str, configured: Sequence[str], config_dir: Path | None = None) -> list[str]:
    """The keys to open the database at `url` with, newest first.

    `configured` is what IDELABB_SECRET_KEY holds. Without it the embedded SQLite database has a key of its own, made
    once in the user's configuration folder (`config_dir`, by default idelabb/ in XDG_CONFIG_HOME or ~/.config): outside
    the data folder, so that a copy of the data alone tells nothing. Several processes may ask at once: one key for all.

    Raises:
        OperatorError: PostgreSQL without IDELABB_SECRET_KEY, a key that is too short, or a folder not to be written.
    """
    keys = [key.strip() for key in configured if key.strip()]
    for key in keys:
        if len(key) < MIN_KEY_CHARS:
            raise OperatorError(
                f"IDELABB_SECRET_KEY holds a key of {len(key)} characters, not {MIN_KEY_CHARS} or more. {_MAKE_ONE}"
            )
    if keys:
        return keys
    if not url.startswith("sqlite"):
        raise OperatorError(
            f"IDELABB_SECRET_KEY is not set; with PostgreSQL it must be, the same for every process. {_MAKE_ONE}"
        )
    folder = config_dir or Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "idelabb"
    try:
        key = _read_or_make(folder)
    except OSError as error:
        raise OperatorError(
            f"The secret key's file {folder / 'secret_key'} cannot be read or made ({error.strerror}); make the folder "
            "writable for this user, or set IDELABB_SECRET_KEY"
        ) from error
    if len(key) < MIN_KEY_CHARS:
        raise OperatorError(
            f"The secret key's file {folder / 'secret_key'} holds no key; put the one from your backup there, "
            "or, when no database was made with it, delete the file"
        )
    return [key]


def _read_or_make(folder: Path) -> str:
    file = folder / "secret_key"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _whole_file(folder, secrets.token_urlsafe(32)) as draft, contextlib.suppress(FileExistsError):
            os.link(draft, file)  # whole or not at all, and only the first process wins
    return file.read_text().strip()


@contextlib.contextmanager
def _whole_file(folder: Path, words: str) -> Iterator[Path]:
    draft = folder / f".secret_key.{secrets.token_hex(8)}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(words + "\n")
            out.flush()
            os.fsync(out.fileno())
        yield draft
    finally:
        draft.unlink()
