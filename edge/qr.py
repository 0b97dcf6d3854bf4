# SPDX-License-Identifier: EUPL-1.2
"""A link or a permit as a picture that a phone reads: a QR code for a page, or for a terminal.

In a page it is inline SVG, which is shown without loading anything; in a terminal it is half blocks.

Dark on white in both colour schemes, with the quiet zone that ISO/IEC 18004 asks for. A page puts the link beside it,
for who cannot scan.
"""

from typing import Final

import segno
from markupsafe import Markup, escape

__all__ = ["MAX_TEXT", "qr_svg", "qr_text"]

MAX_TEXT: Final = 1_200
"""Longest text, octets of UTF-8: a code that a phone reads from a screen."""
_QUIET: Final = 4
"""Modules of white on each side."""
_HALVES: Final = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
_BLACK_ON_WHITE: Final = "\x1b[38;5;16;48;5;231m"
_AS_BEFORE: Final = "\x1b[0m"


def qr_svg(text: str, *, label: str) -> Markup:
    """A QR code.

    Args:
        text: what a phone reads.
        label: what the picture is for, for who hears the page.
    Raises:
        ValueError: the text is too long, or empty.
    """
    code = _code(text)
    size = len(code.matrix) + 2 * _QUIET
    dark = "".join(
        f"M{column + _QUIET} {row + _QUIET}h1v1h-1z"
        for row, modules in enumerate(code.matrix)
        for column, module in enumerate(modules)
        if module
    )
    return Markup(  # noqa: S704 (all but the label is made here, and that is escaped)
        f'<svg class="qr" role="img" aria-label="{escape(label)}" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path fill="#000" d="{dark}"/></svg>'
    )


def qr_text(text: str) -> str:
    """A QR code for a terminal, black on white whatever the terminal's own colours, with its quiet zone.

    Each line of characters is two rows of modules. The colours are of the fixed part of the 256: the first sixteen are
    what a person chose. ValueError as ``qr_svg``.
    """
    rows = [bytes(row) for row in _code(text).matrix_iter(border=_QUIET)]
    rows.append(bytes(len(rows)))  # a code has an odd number of rows
    lines = (
        "".join(_HALVES[upper, lower] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )
    return "\n".join(f"{_BLACK_ON_WHITE}{line}{_AS_BEFORE}" for line in lines)


def _code(text: str) -> segno.QRCode:
    if not 1 <= len(text.encode()) <= MAX_TEXT:
        raise ValueError("a QR code holds 1 to 1200 octets")
    return segno.make_qr(text, error="m" if len(text) <= 400 else "l", boost_error=False)
