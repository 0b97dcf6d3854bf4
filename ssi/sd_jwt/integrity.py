# SPDX-License-Identifier: EUPL-1.2
"""Hashes that say which document is meant: ``vct#integrity`` and its like.

Sources: W3C Subresource Integrity, section 3, for the text; draft-ietf-oauth-sd-jwt-vc, "Integrity of Referenced
Documents", for the check: the strongest function that is known decides, and one equal digest is enough.
"""

import base64
import binascii
import hashlib
import re
from typing import Final

from ssi.sd_jwt.type_errors import TypeMetadataError, TypeProblem

__all__ = ["check_integrity", "integrity_of"]

_STRONGEST_FIRST: Final = ("sha512", "sha384", "sha256")
_LONGEST: Final = 2000
_EXPRESSION: Final = re.compile(r"([a-z0-9]+)-([A-Za-z0-9+/_-]+={0,2})(?:\?[\x21-\x7e]*)?")


def integrity_of(octets: bytes) -> str:
    """The integrity metadata of a document: ``sha256-`` and its digest in base64."""
    return "sha256-" + base64.b64encode(hashlib.sha256(octets).digest()).decode("ascii")


def check_integrity(octets: bytes, unverified_integrity: object) -> None:
    """Check that a document is the one that is meant.

    Args:
        octets: the document.
        unverified_integrity: hash expressions with blanks between them.
    Raises:
        TypeMetadataError: ``BAD_INTEGRITY`` if there is no hash that can be checked, ``WRONG_INTEGRITY`` if none of
            the strongest kind is the document's.
    """
    if not isinstance(unverified_integrity, str) or len(unverified_integrity) > _LONGEST:
        raise TypeMetadataError(TypeProblem.BAD_INTEGRITY)
    digests: dict[str, list[bytes]] = {}
    for text in unverified_integrity.split():
        found = _EXPRESSION.fullmatch(text)
        if found is None:
            raise TypeMetadataError(TypeProblem.BAD_INTEGRITY)
        digests.setdefault(found[1], []).append(_digest(found[2]))
    function = next((name for name in _STRONGEST_FIRST if name in digests), None)
    if function is None:
        raise TypeMetadataError(TypeProblem.BAD_INTEGRITY)
    if hashlib.new(function, octets).digest() not in digests[function]:
        raise TypeMetadataError(TypeProblem.WRONG_INTEGRITY)


def _digest(text: str) -> bytes:
    """Both alphabets of base64 occur, and padding may lack (SRI section 3.1 takes them from CSP)."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        raise TypeMetadataError(TypeProblem.BAD_INTEGRITY) from None
