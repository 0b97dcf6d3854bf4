# SPDX-License-Identifier: EUPL-1.2
"""Where a path leads in the claims of an SD-JWT.

Sources: OpenID for Verifiable Presentations 1.0 section 7 (claims path pointers); draft-ietf-oauth-sd-jwt-vc, "Claim
Path", which says the same.
"""

from collections.abc import Sequence
from typing import Final

from ssi.errors import Reason, VerificationError
from ssi.sd_jwt.unpack import Path, Unpacked

__all__ = ["ClaimPath", "select_issued", "select_visible"]

ClaimPath = Sequence[str | int | None]
"""Names of members, positions in arrays, and None for every element of an array."""
_HIDDEN: Final = object()
"""Stands for an element that is not disclosed: nothing is known of what is in it."""


def select_visible(unpacked: Unpacked, path: ClaimPath) -> list[Path]:
    """The places that a path leads to, where its positions count the elements that are visible.

    Returns:
        Places as ``unpacked.disclosed`` has them: their positions count every element that was issued.
    Raises:
        VerificationError: ``QUERY_NOT_MET`` for a name in what is no object, or a position in what is no array.
    """
    return _select(unpacked, path, hidden=False)


def select_issued(unpacked: Unpacked, path: ClaimPath) -> list[Path]:
    """The same where positions count every element that was issued; a place may be that of a hidden element."""
    return _select(unpacked, path, hidden=True)


def _select(unpacked: Unpacked, path: ClaimPath, *, hidden: bool) -> list[Path]:
    reached: list[tuple[Path, object]] = [((), unpacked.claims)]
    for step in path:
        following: list[tuple[Path, object]] = []
        for place, value in reached:
            if value is _HIDDEN:
                continue
            if isinstance(step, str):
                if not isinstance(value, dict):
                    raise VerificationError(Reason.QUERY_NOT_MET, "a name leads into what is no object")
                if step in value:
                    following.append(((*place, step), value[step]))
                continue
            if not isinstance(value, list):
                raise VerificationError(Reason.QUERY_NOT_MET, "a position leads into what is no array")
            elements = _elements(unpacked, place, value, hidden=hidden)
            following += elements if step is None else elements[step : step + 1] if step >= 0 else []
        reached = following
    return [place for place, _ in reached]


def _elements(unpacked: Unpacked, place: Path, visible: Sequence[object], *, hidden: bool) -> list[tuple[Path, object]]:
    """The elements of an array with their issued places, the hidden ones among them if asked for."""
    values = list(reversed(visible))
    elements: list[tuple[Path, object]] = []
    position = 0
    while values or (*place, position) in unpacked.hidden:
        path = (*place, position)
        if path not in unpacked.hidden:
            elements.append((path, values.pop()))
        elif hidden:
            elements.append((path, _HIDDEN))
        position += 1
    return elements
