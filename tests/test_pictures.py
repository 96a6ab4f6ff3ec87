"""Pictures are known by their first bytes, and refused where a phone could not show them."""

from __future__ import annotations

import struct

import pytest

from bot.i18n import plain, render
from bot.pictures import PICTURE_BYTES_MAX, looked_at, size_of


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


def jpeg(width: int, height: int, frame: int = 0xC0) -> bytes:
    """With a camera's own part, filling and a restart mark before the frame."""
    camera = b"\xff\xe1" + struct.pack(">H", 8) + b"Exif\0\0"
    return b"\xff\xd8" + camera + b"\xff\xff\xd0" + bytes((0xFF, frame)) + struct.pack(">HBHH", 17, 8, height, width)


def webp(kind: bytes, data: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + struct.pack("<I", len(data)) + data


def small(number: int) -> bytes:
    return (number - 1).to_bytes(3, "little")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (png(640, 480), ("image/png", 640, 480)),
        (jpeg(640, 480), ("image/jpeg", 640, 480)),
        (jpeg(640, 480, 0xC2), ("image/jpeg", 640, 480)),
        (webp(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 640 | 0x4000, 480)), ("image/webp", 640, 480)),
        (webp(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 479 << 14)), ("image/webp", 640, 480)),
        (webp(b"VP8X", bytes(4) + small(640) + small(480)), ("image/webp", 640, 480)),
        (b"GIF89a" + bytes(20), None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"", None),
        (b"\xff\xd8", None),
        (b"\xff\xd8\xff\xe1\x00\x00", None),
    ],
)  # fmt: skip
def test_the_size_is_read_from_the_first_bytes(content: bytes, found: tuple[str, int, int] | None) -> None:
    assert size_of(content) == found


@pytest.mark.parametrize("whole", [png(640, 480), jpeg(640, 480), webp(b"VP8X", bytes(4) + small(640) + small(480))])
def test_what_is_cut_short_is_no_picture(whole: bytes) -> None:
    assert [size_of(whole[:at]) for at in range(len(whole)) if size_of(whole[:at]) not in (None, size_of(whole))] == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (png(5000, 5000), None),
        (png(5001, 5000), "too large or too narrow"),
        (png(2000, 99), "too large or too narrow"),
        (png(0, 10), "too large or too narrow"),
        (png(10, 10) + bytes(PICTURE_BYTES_MAX), "larger than 5 MB"),
        (b"%PDF-1.7", "no picture that can be sent"),
    ],
)
def test_what_a_phone_cannot_show_is_refused(content: bytes, why: str | None) -> None:
    mime, problem = looked_at(content)
    if why is None:
        assert (mime, problem) == ("image/png", None)
    else:
        assert mime == "" and problem is not None and why in plain(render(problem, "en"))
