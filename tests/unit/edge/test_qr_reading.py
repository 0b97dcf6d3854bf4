# SPDX-License-Identifier: EUPL-1.2
"""Codes in pictures: what a camera makes is read, what an attacker makes is refused before it is unpacked."""

import io
import struct
import zlib

import pytest
from PIL import Image

from edge.qr_reading import MOST_PIXELS, PictureError, PictureRefusal, read_qr
from tests.flows.pictures import frame, png_bomb

TEXT = "https://till.example/asked/abcdefghijklmnop"


def refusal(picture: bytes) -> PictureRefusal:
    with pytest.raises(PictureError) as caught:
        read_qr(picture)
    return caught.value.reason


def saved(kind: str, image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(*, width: int, height: int, content: bytes) -> bytes:
    """A grey PNG that says any size."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", content) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("turned", [0, 17, 90, 180, 275])
def test_a_code_is_read_whichever_way_the_telephone_is_held(kind: str, turned: int) -> None:
    assert read_qr(frame(TEXT, kind=kind, turned=turned, blur=0.8)) == TEXT


def test_a_code_in_white_on_black_is_read_too() -> None:
    picture = Image.open(io.BytesIO(frame(TEXT, kind="PNG"))).convert("L")
    assert read_qr(saved("PNG", picture.point(lambda shade: 255 - shade))) == TEXT


def test_the_same_code_twice_is_one_and_two_codes_are_refused() -> None:
    size = (1280, 480)
    assert read_qr(frame(TEXT, TEXT, size=size)) == TEXT
    assert refusal(frame(TEXT, TEXT + "?", size=size)) is PictureRefusal.SEVERAL_CODES


@pytest.mark.parametrize("picture", [frame(), frame(TEXT, share=0.02), saved("PNG", Image.new("L", (1, 1)))])
def test_a_picture_without_a_code_that_can_be_read_has_none(picture: bytes) -> None:
    assert refusal(picture) is PictureRefusal.NO_CODE


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"hello", id="text"),
        pytest.param(frame(TEXT)[:2_000], id="JPEG that breaks off"),
        pytest.param(frame(TEXT, kind="PNG")[:2_000], id="PNG that breaks off"),
        pytest.param(saved("GIF", Image.new("L", (100, 100))), id="GIF"),
        pytest.param(saved("TIFF", Image.new("L", (100, 100))), id="TIFF"),
        pytest.param(saved("BMP", Image.new("L", (100, 100))), id="BMP"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", id="PostScript"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'/>", id="SVG"),
        pytest.param(png(width=100, height=100, content=b"no zlib"), id="PNG with broken content"),
        pytest.param(png(width=0, height=100, content=b""), id="PNG without width"),
    ],
)
def test_what_is_no_picture_is_refused(picture: bytes) -> None:
    assert refusal(picture) is PictureRefusal.NOT_A_PICTURE


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(png_bomb(), id="a bomb of black pixels"),
        pytest.param(png(width=(1 << 31) - 1, height=(1 << 31) - 1, content=b""), id="a size that no memory has"),
        pytest.param(png(width=MOST_PIXELS + 21, height=1, content=b""), id="one long row"),
        pytest.param(saved("JPEG", Image.new("L", (2_100, 2_000)))[:700], id="JPEG"),
    ],
)
def test_a_picture_that_says_that_it_is_huge_is_refused_before_it_is_unpacked(picture: bytes) -> None:
    """All but the first would be no picture at all, had anything behind the header been looked at."""
    assert refusal(picture) is PictureRefusal.TOO_MANY_PIXELS


def test_text_chunks_that_unpack_without_end_are_refused() -> None:
    packed = zlib.compress(bytes(8_000_000))
    picture = frame(TEXT, kind="PNG")
    planted = picture[:33] + chunk(b"zTXt", b"Comment\x00\x00" + packed) + picture[33:]
    assert refusal(planted) is PictureRefusal.NOT_A_PICTURE
