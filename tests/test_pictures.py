"""Pictures are known by their first bytes, and refused where a phone could not show them."""

from __future__ import annotations

import struct
import zlib

import pytest

from bot.i18n import plain, render
from bot.pictures import PICTURE_BYTES_MAX, looked_at, size_of, without_notes


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


# --- without notes --------------------------------------------------------------------------------------------------------

HOME = b"59.3312 N 17.6834 E"


def segment(kind: int, said: bytes) -> bytes:
    return bytes((0xFF, kind)) + struct.pack(">H", len(said) + 2) + said


def exif(order: str, turned: int) -> bytes:
    """A camera's notes: which way is up, and where it was."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, 2)
    entries = struct.pack(f"{order}HHIHHHHII", 0x0112, 3, 1, turned, 0, 0x8825, 4, 1, 38)
    return b"Exif\0\0" + head + entries + bytes(4) + HOME


def taken(order: str, turned: int) -> bytes:
    """A JPEG from a phone, in two scans, with a preview behind it."""
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\0\x34\xff\xd0\x56"
    return (
        b"\xff\xd8" + segment(0xE0, b"JFIF\0" + bytes(9)) + segment(0xE1, exif(order, turned))
        + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + HOME) + segment(0xE2, b"ICC_PROFILE\0colours")
        + segment(0xE2, b"MPF\0" + HOME) + segment(0xED, HOME) + segment(0xFE, HOME)
        + segment(0xC2, struct.pack(">BHHB", 8, 480, 640, 0)) + scan + segment(0xC4, b"\xff\xd9") + scan + b"\xff\xd9"
        + b"\xff\xd8" + HOME
    )  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("turned", [1, 6])
def test_a_jpeg_keeps_which_way_is_up_and_no_other_note(order: str, turned: int) -> None:
    bare = without_notes(taken(order, turned))
    assert bare is not None and HOME not in bare and size_of(bare) == ("image/jpeg", 640, 480)
    assert bare.endswith(b"\x12\xff\0\x34\xff\xd0\x56\xff\xd9") and bare.count(b"\x12\xff\0\x34") == 2
    assert b"ICC_PROFILE\0colours" in bare and b"JFIF" in bare
    assert (b"Exif" in bare) == (turned == 6)
    assert without_notes(bare) == bare, "what is bare stays as it is"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_a_png_keeps_no_note() -> None:
    notes = [chunk(name, HOME) for name in (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME")]
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0))
    end = chunk(b"IDAT", zlib.compress(bytes(6))) + chunk(b"IEND", b"")
    assert without_notes(head + b"".join(notes) + end + HOME) == head + end


def test_a_webp_keeps_no_note() -> None:
    def riff(*chunks: tuple[bytes, bytes]) -> bytes:
        said = b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks)
        return b"RIFF" + struct.pack("<I", len(said) + 4) + b"WEBP" + said

    extended = lambda flags: (b"VP8X", bytes((flags, 0, 0, 0)) + small(640) + small(480))  # noqa: E731
    drawn = (b"VP8 ", b"drawn")
    bare = without_notes(riff(extended(0x1C), drawn, (b"EXIF", HOME), (b"XMP ", HOME)) + HOME)
    assert bare == riff(extended(0x10), drawn)


@pytest.mark.parametrize(
    "content", [png(640, 480), jpeg(640, 480), webp(b"VP8X", bytes(4) + small(640) + small(480)), b"GIF89a"]
)
def test_what_ends_too_soon_is_not_kept(content: bytes) -> None:
    assert without_notes(content) is None
