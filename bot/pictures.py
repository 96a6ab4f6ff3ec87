"""What kind of picture some bytes are and how large it would be when drawn, read from its first bytes. Nothing is decoded.

Sources: PNG 3rd edition 11.2.1 (IHDR); ITU-T T.81 B.2.2 (frame header); RFC 9649 (WebP); Telegram Bot API, sendPhoto: width
and height together at most 10,000, one at most twenty times the other.
"""

from __future__ import annotations

import struct
from typing import Final

from bot.i18n import Text, _

PICTURE_BYTES_MAX: Final = 5 * 1024 * 1024
SIDES_MAX: Final = 10_000
RATIO_MAX: Final = 20

_HEAD_MAX: Final = 1024 * 1024
"""What stands before a JPEG's frame (the camera's own, colours) is looked through so far and no further."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


def looked_at(content: bytes) -> tuple[str, Text | None]:
    """The type of a picture that may be sent, or "" and why it may not."""
    if len(content) > PICTURE_BYTES_MAX:
        return "", _("The picture is larger than 5 MB. Choose a smaller one.")
    found = size_of(content)
    if found is None:
        return "", _("That is no picture that can be sent. Choose one of the kinds JPEG, PNG or WebP.")
    mime, width, height = found
    if not width or not height or width + height > SIDES_MAX or max(width, height) > RATIO_MAX * min(width, height):
        return "", _(
            "The picture is too large or too narrow to be shown on phones. Choose another, or make it smaller."
        )
    return mime, None


def size_of(content: bytes) -> tuple[str, int, int] | None:
    """Type, width and height in pixels of a JPEG, PNG or WebP; None for everything else, and for what is cut short."""
    try:
        if content.startswith(_PNG) and content[12:16] == b"IHDR":
            width, height = struct.unpack_from(">II", content, 16)
            return "image/png", width, height
        if content.startswith(b"\xff\xd8"):
            return _jpeg(content[:_HEAD_MAX])
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError):
        pass
    return None


def _jpeg(content: bytes) -> tuple[str, int, int] | None:
    at = 2
    while content[at] == 0xFF:
        kind = content[at + 1]
        if kind == 0xFF:  # filling
            at += 1
        elif kind in _ALONE:
            at += 2
        elif kind in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return "image/jpeg", width, height
        else:
            at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    return None


def _webp(content: bytes) -> tuple[str, int, int] | None:
    match content[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", content, 26)
            return "image/webp", width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (packed,) = struct.unpack_from("<I", content, 21)
            return "image/webp", (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8X" if len(content) >= 30:
            width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
            return "image/webp", width, height
    return None
