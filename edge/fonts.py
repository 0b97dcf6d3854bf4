# SPDX-License-Identifier: EUPL-1.2
"""The typeface of printed pages: Noto Sans, from the package ``fontpkg-noto-sans`` (SIL Open Font Licence 1.1).

The fonts that every PDF reader has know no letter outside Latin-1, and names do: Łukasz, Özgür, Nguyễn. Noto Sans has
every letter of the European alphabets, Greek and Cyrillic included. Its file is variable and large, so a
document gets a cut of the characters that it needs, once regular and once bold.

Invariant: a character that the font does not have is refused, never printed as an empty box.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

__all__ = ["WEIGHTS", "cut", "is_printable"]

WEIGHTS: Final = {"": 400, "B": 700}
"""The weight of each style."""
_FONT: Final = "NotoSans[wdth,wght].ttf"
_WIDTH: Final = 100
_USUAL: Final = frozenset([*range(0x20, 0x7F), *range(0xA0, 0x180)])
"""Always in the cut, so that one cut does for most documents: the letters of western and central Europe."""
_FEATURES: Final = ("ccmp", "kern", "mark", "mkmk")


def is_printable(text: str) -> bool:
    """Whether it can print every character of a text."""
    return all(ord(character) in _characters() for character in unicodedata.normalize("NFC", text))


def cut(texts: Iterable[str], folder: Path) -> dict[str, Path]:
    """Font files with the characters of some texts, one for each style, in a folder."""
    characters = _USUAL | {ord(character) for text in texts for character in text}
    made = {}
    for style, weight in WEIGHTS.items():
        made[style] = folder / f"noto-sans-{weight}.ttf"
        made[style].write_bytes(_cut(frozenset(characters & _characters()), weight))
    return made


@lru_cache(maxsize=16)
def _cut(characters: frozenset[int], weight: int) -> bytes:
    # For printing only: these take long to load.
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped] # noqa: PLC0415
    from fontTools.varLib.instancer import instantiateVariableFont  # type: ignore[import-untyped] # noqa: PLC0415

    options = Options()
    options.layout_features = list(_FEATURES)
    options.hinting = False
    options.notdef_outline = True
    with TTFont(BytesIO(_octets()), lazy=True) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        with instantiateVariableFont(font, {"wght": weight, "wdth": _WIDTH}) as still:
            out = BytesIO()
            still.save(out)
    return out.getvalue()


@cache
def _octets() -> bytes:
    with as_file(files("fontpkg_noto_sans") / "files" / _FONT) as path:
        return path.read_bytes()


@cache
def _characters() -> frozenset[int]:
    with TTFont(BytesIO(_octets()), lazy=True) as font:
        return frozenset(font.getBestCmap())
