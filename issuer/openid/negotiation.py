# SPDX-License-Identifier: EUPL-1.2
"""Which of several media types an ``Accept`` header wants (RFC 9110 section 12.5.1)."""

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["choose_media_type"]

_QUALITY: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_MOST: Final = 50


def choose_media_type(accept: str | None, offered: Sequence[str]) -> str | None:
    """The offered type that is wanted most; of those wanted alike the first. None when none is acceptable.

    Args:
        accept: the header's value; None is as ``*/*``.
        offered: in the order of our preference.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = [_range(part) for part in accept.split(",")[:_MOST]]
    wanted = [(max((_fits(media_range, kind) for media_range in ranges), default=(0, 0.0)), kind) for kind in offered]
    best = max(quality for (_, quality), _ in wanted)
    return next((kind for (_, quality), kind in wanted if quality == best), None) if best > 0 else None


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (item.strip().lower() for item in part.split(";"))
    found = next((match for item in parameters if (match := _QUALITY.fullmatch(item))), None)
    return name, 1.0 if found is None else float(found[1])


def _fits(media_range: tuple[str, float], kind: str) -> tuple[int, float]:
    """How exactly a range names a type, and how much it is wanted; the most exact range counts."""
    name, quality = media_range
    if name == kind:
        return 3, quality
    if name == f"{kind.partition('/')[0]}/*":
        return 2, quality
    return (1, quality) if name == "*/*" else (0, 0.0)
