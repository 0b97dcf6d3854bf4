# SPDX-License-Identifier: EUPL-1.2
"""What travels between a validator and the wallet, as JSON documents; the wallet's side of it.

Octets are base64url without padding. Every member is required and no other is read.

    session    format, validator, nonce, credential_types, expires_at     validator to wallet
    request    format, validator, nonce, credential_type, request         wallet to validator
    issuance   format, validator, nonce, credential, entropy              validator to wallet; personal

Invariant: nothing read here is verified; ``Wallet.accept_credential`` does that.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from ssi.bbs.suite import SCALAR_BYTES
from ssi.credential.document import Node, parse_document
from ssi.credential.issuance import Issuance
from ssi.credential.jwp import MAX_CHARACTERS
from ssi.credential.pinning import IssuanceRequest

__all__ = ["Session", "issuance_from_json", "request_to_json"]

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_MAX_TYPES: Final = 100


@dataclass(frozen=True, slots=True)
class Session:
    """A validator's permission to ask for one credential, once.

    Attributes:
        validator: the DID that the request is made for.
        nonce: 16 to 64 octets.
        credential_types: identifiers of the types that can be asked for.
        expires_at: aware.
    """

    validator: str
    nonce: bytes
    credential_types: tuple[str, ...]
    expires_at: datetime

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read a session; DocumentError names the member and the rule."""
        names = ("validator", "nonce", "credential_types", "expires_at")
        members = _members(unverified, "stuiver/session/v1", names)
        try:
            expires_at = datetime.fromisoformat(members["expires_at"].text())
        except ValueError:
            members["expires_at"].refuse("must be a moment that exists")
        if expires_at.tzinfo is None:
            members["expires_at"].refuse("must say its time zone")
        types = tuple(item.text() for item in members["credential_types"].items(1, _MAX_TYPES))
        return cls(members["validator"].text(), _octets(members["nonce"], 16, 64), types, expires_at)


def request_to_json(validator: str, nonce: bytes, vct: str, request: IssuanceRequest) -> bytes:
    """The wallet's request for a credential of the type ``vct``, for the validator."""
    content = {
        "format": "stuiver/issuance-request/v1",
        "validator": validator,
        "nonce": _text(nonce),
        "credential_type": vct,
        "request": _text(request.to_octets()),
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def issuance_from_json(unverified: bytes) -> Issuance:
    """Read what a validator issued; DocumentError names the member and the rule."""
    members = _members(unverified, "stuiver/issuance/v1", ("validator", "nonce", "credential", "entropy"))
    members["validator"].text()
    _octets(members["nonce"], 16, 64)
    entropy = int.from_bytes(_octets(members["entropy"], SCALAR_BYTES, SCALAR_BYTES), "big")
    return Issuance(members["credential"].text(longest=MAX_CHARACTERS), entropy)


def _members(unverified: bytes, document_format: str, names: tuple[str, ...]) -> dict[str, Node]:
    members = parse_document(unverified).members(("format", *names))
    members["format"].choice((document_format,))
    return members


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _octets(node: Node, least: int, most: int) -> bytes:
    text = node.text(_BASE64URL)
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        octets = b""
    if _text(octets) != text or not least <= len(octets) <= most:
        node.refuse(f"must be {least} to {most} octets in base64url without padding")
    return octets
