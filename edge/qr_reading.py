# SPDX-License-Identifier: EUPL-1.2
"""The QR code in a picture that somebody sends: a frame of a camera, or a photograph.

A picture is what strangers' files always were: the first octets promise a few kilobytes, and unpacking makes gigabytes.
So its size is bounded before it is decoded, in octets and then in the pixels that its header says, and two formats are
read: JPEG, which cameras make, and PNG, which screens make.

Invariants:
    * Nothing is kept, written or logged, of the picture or of the code in it.
    * A picture with two different codes is refused: whoever holds it must say which one is meant.
"""

import io
import warnings
from enum import StrEnum
from typing import Final

from PIL import Image

__all__ = ["MOST_PIXELS", "PictureError", "PictureRefusal", "read_qr"]

MOST_PIXELS: Final = 4_000_000
"""Largest picture: width times height. A code that fills a tenth of it is read; a page sends far smaller ones."""
_SMALLEST: Final = 21
"""Pixels on a side: the smallest QR code has so many modules."""


class PictureRefusal(StrEnum):
    """Why no code was read."""

    NOT_A_PICTURE = "not_a_picture"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_CODE = "no_code"
    SEVERAL_CODES = "several_codes"


class PictureError(Exception):
    """No code was read.

    Args:
        reason: which rule the picture breaks.
    """

    def __init__(self, reason: PictureRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


def read_qr(unverified: bytes) -> str:
    """The text of the one QR code in a picture.

    Args:
        unverified: JPEG or PNG, as received; whoever received it bounded its length.
    Raises:
        PictureError: with the reason.
    """
    # Here, because a command that reads no picture would print at its end what the library's bindings left behind.
    import zxingcpp  # noqa: PLC0415

    found = zxingcpp.read_barcodes(_grey(unverified), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    texts = {code.text for code in found if code.text}
    if not texts:
        raise PictureError(PictureRefusal.NO_CODE)
    if len(texts) > 1:
        raise PictureError(PictureRefusal.SEVERAL_CODES)
    return texts.pop()


def _grey(unverified: bytes) -> Image.Image:
    """The picture in shades of grey; its header is read first, and nothing behind it if that says too much."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(unverified), formats=("JPEG", "PNG")) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    raise PictureError(PictureRefusal.TOO_MANY_PIXELS)
                if min(width, height) < _SMALLEST:
                    raise PictureError(PictureRefusal.NO_CODE)
                picture.draft("L", picture.size)
                return picture.convert("L")
    except Image.DecompressionBombError:
        raise PictureError(PictureRefusal.TOO_MANY_PIXELS) from None
    except (OSError, SyntaxError, ValueError):
        raise PictureError(PictureRefusal.NOT_A_PICTURE) from None
