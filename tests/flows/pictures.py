# SPDX-License-Identifier: EUPL-1.2
"""Pictures as cameras make them: a code somewhere in the frame, a little turned, out of focus, in poor light."""

import io

import segno
from PIL import Image, ImageFilter

__all__ = ["frame", "picture_of", "png_bomb"]

_GREY = 105


def picture_of(text: str, *, error: str = "m") -> Image.Image:
    """A QR code with its white border."""
    out = io.BytesIO()
    segno.make_qr(text, error=error, boost_error=False).save(out, kind="png", border=4, scale=8)
    return Image.open(out).convert("L")


def frame(
    *texts: str,
    size: tuple[int, int] = (640, 480),
    share: float = 0.5,
    turned: float = 0.0,
    blur: float = 0.0,
    kind: str = "JPEG",
    error: str = "m",
) -> bytes:
    """A frame of a camera.

    Args:
        texts: of the codes in it, side by side.
        share: side of a code's picture, as a share of the frame's shorter side.
        turned: degrees.
        blur: pixels.
        kind: JPEG or PNG.
        error: the codes' level of error correction.
    """
    made, side = Image.new("L", size, _GREY), int(min(size) * share)
    for place, text in enumerate(texts, 1):
        code = picture_of(text, error=error).resize((side, side), Image.Resampling.LANCZOS)
        made.paste(code, (size[0] * place // (len(texts) + 1) - side // 2, (size[1] - side) // 2))
    made = made.rotate(turned, resample=Image.Resampling.BICUBIC, fillcolor=_GREY)
    out = io.BytesIO()
    made.filter(ImageFilter.GaussianBlur(blur)).convert("RGB").save(out, kind, quality=80)
    return out.getvalue()


def png_bomb() -> bytes:
    """Half a megabyte at most that says, and holds, hundreds of millions of pixels."""
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG", optimize=False)
    return out.getvalue()
