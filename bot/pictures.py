"""What kind of picture some bytes are and how large it would be when drawn, and the same picture without what the camera or a
program has noted in it. Nothing is decoded.

Sources: PNG 3rd edition 5.3 (chunks), 11.2.1 (IHDR); ITU-T T.81 B.1.1, B.2.2 (markers, frame header); RFC 9649 (WebP); CIPA
DC-008 (Exif), 4.6.4 (orientation); Telegram Bot API, sendPhoto: width and height together at most 10,000, one at most twenty
times the other.
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
_SCAN, _END = 0xDA, 0xD9
_APP0, _APP1, _APP2, _APP14, _COMMENT = 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_EXIF: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112
_PNG_NOTES: Final = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_NOTES: Final = frozenset({b"EXIF", b"XMP "})
_WEBP_FLAGS: Final = 0x08 | 0x04
"""The bits of a VP8X chunk that say that there is Exif, and XMP."""
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


NO_PICTURE: Final = _("That is no picture that can be sent. Choose one of the kinds JPEG, PNG or WebP.")


def looked_at(content: bytes) -> tuple[str, Text | None]:
    """The type of a picture that may be sent, or "" and why it may not."""
    if len(content) > PICTURE_BYTES_MAX:
        return "", _("The picture is larger than 5 MB. Choose a smaller one.")
    found = size_of(content)
    if found is None:
        return "", NO_PICTURE
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


def without_notes(content: bytes) -> bytes | None:
    """The same picture without what is noted in it: where and when it was taken, with what, by whom, and previews of it. Which
    way is up stays in a JPEG, which is turned by it. None: it is cut short, or no picture that can be sent."""
    try:
        match size_of(content):
            case ("image/jpeg", _width, _height):
                return _bare_jpeg(content)
            case ("image/png", _width, _height):
                return _bare_png(content)
            case ("image/webp", _width, _height):
                return _bare_webp(content)
    except (struct.error, IndexError, ValueError):
        pass
    return None


def _bare_jpeg(content: bytes) -> bytes:
    kept, at = [content[:2]], 2
    while True:
        begins = content.index(b"\xff", at)
        kept.append(content[at:begins])  # of a scan; between other segments there is nothing
        kind = content[begins + 1]
        if kind == 0xFF:
            at = begins + 1
        elif kind == 0 or kind in _ALONE:
            kept.append(content[begins : begins + 2])
            at = begins + 2
        elif kind == _END:
            return b"".join((*kept, b"\xff\xd9"))
        else:
            at = begins + 2 + struct.unpack_from(">H", content, begins + 2)[0]
            kept.append(_kept_segment(kind, content[begins:at]))


def _kept_segment(kind: int, segment: bytes) -> bytes:
    """A segment of a JPEG with its marker; of the camera's notes only which way is up."""
    said = segment[4:]
    if kind == _APP1 and said.startswith(_EXIF):
        turned = _orientation(said[len(_EXIF) :])
        if turned in range(2, 9):
            note = _EXIF + b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)
            return struct.pack(">BBH", 0xFF, _APP1, len(note) + 2) + note
        return b""
    colours = kind == _APP2 and said.startswith(b"ICC_PROFILE\0")
    drawn_by = kind < _APP0 or kind in (_APP0, _APP14) or (kind > 0xEF and kind != _COMMENT)
    return segment if colours or drawn_by else b""


def _orientation(tiff: bytes) -> int:
    """Which way is up, 1 to 8; 0 where it is not said."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 0
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        for number in range(min(count, 200)):
            tag, _type, _count, value = struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * number)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:
        pass
    return 0


def _bare_png(content: bytes) -> bytes:
    kept, at = [content[:8]], 8
    while True:
        length, name = struct.unpack_from(">I4s", content, at)
        chunk = content[at : at + 12 + length]
        if len(chunk) != 12 + length:
            raise ValueError
        if name not in _PNG_NOTES:
            kept.append(chunk)
        at += len(chunk)
        if name == b"IEND":
            return b"".join(kept)


def _bare_webp(content: bytes) -> bytes:
    kept, at = [], 12
    end = min(len(content), 8 + struct.unpack_from("<I", content, 4)[0])
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", content, at)
        chunk = content[at : at + 8 + length + length % 2]
        if len(chunk) < 8 + length:
            raise ValueError
        if name == b"VP8X":
            chunk = chunk[:8] + bytes((chunk[8] & ~_WEBP_FLAGS,)) + chunk[9:]
        if name not in _WEBP_NOTES:
            kept.append(chunk)
        at += 8 + length + length % 2
    if not kept:
        raise ValueError
    said = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(said)) + said
