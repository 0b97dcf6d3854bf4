# SPDX-License-Identifier: EUPL-1.2
"""Answers to a verifier, plain and encrypted (OpenID4VP 1.0 section 8).

Invariants:
    * An answer is addressed by ``state`` and the request it is sent for; what is in it is not verified here.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from ssi.credential.document import DocumentError, Node
from ssi.jose.jwe import ALGORITHM, ENCRYPTIONS, encrypt
from ssi.openid.errors import ErrorResponse
from ssi.openid.reading import (
    LONGEST_MESSAGE,
    LONGEST_TEXT,
    LONGEST_TOKEN,
    LONGEST_URL,
    find,
    known_members,
    parse_form,
    parse_message,
    present_members,
)
from ssi.openid.request import AuthorizationRequest

__all__ = [
    "AuthorizationResponse",
    "DirectPostAnswer",
    "EncryptedResponse",
    "Presentation",
    "VpToken",
    "encrypt_response",
    "encryption_key",
    "response_from_form",
]

Presentation = str | Mapping[str, object]
VpToken = Mapping[str, tuple[Presentation, ...]]
"""Presentations by the id of the credential query that they answer."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_MOST: Final = 50
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """The presentations, not verified. Personal."""

    vp_token: VpToken = field(repr=False, hash=False)
    state: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vp_token", MappingProxyType(dict(self.vp_token)))

    @classmethod
    def from_node(cls, node: Node) -> "AuthorizationResponse":
        """Read the parameters, with the vp_token as an object."""
        members = known_members(node, ("vp_token",), ("state",))
        entries = members["vp_token"].entries(_ID)
        if not 1 <= len(entries) <= _MOST:
            members["vp_token"].refuse(f"must have 1 to {_MOST} members")
        token = {
            name: tuple(_presentation(item) for item in presentations.items(1, _MOST))
            for name, presentations in entries.items()
        }
        return cls(token, find(members, "state", lambda member: member.text(longest=LONGEST_TEXT)))

    @classmethod
    def from_json(cls, unverified: bytes) -> "AuthorizationResponse":
        """Read the decrypted payload of a ``direct_post.jwt``."""
        return cls.from_node(parse_message(unverified))

    def to_json(self) -> dict[str, object]:
        """The payload that ``from_json`` reads."""
        token = {
            name: [item if isinstance(item, str) else dict(item) for item in presentations]
            for name, presentations in self.vp_token.items()
        }
        return present_members({"vp_token": token, "state": self.state})

    def to_form(self) -> dict[str, str]:
        """The parameters of a ``direct_post``."""
        return {
            name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for name, value in self.to_json().items()
        }


@dataclass(frozen=True, slots=True)
class EncryptedResponse:
    """An answer that the verifier's key for this request decrypts."""

    unverified_jwe: str = field(repr=False)
    state: str | None = field(default=None, repr=False)
    """Beside the encrypted part, where a wallet repeats it."""

    def to_form(self) -> dict[str, str]:
        """The parameters of a ``direct_post.jwt``."""
        return {
            name: str(value)
            for name, value in present_members({"response": self.unverified_jwe, "state": self.state}).items()
        }


def response_from_form(
    unverified_pairs: Iterable[tuple[str, str]],
) -> AuthorizationResponse | EncryptedResponse | ErrorResponse:
    """Read what a wallet posts to a ``response_uri``.

    Raises:
        DocumentError: not exactly one of ``vp_token``, ``response`` and ``error``, or a wrong shape.
    """
    form = parse_form(unverified_pairs)
    members = known_members(form, (), ("vp_token", "response", "error", "state"))
    if len(members.keys() - {"state"}) != 1:
        raise DocumentError("$", "must have exactly one of vp_token, response and error")
    state = find(members, "state", lambda member: member.text(longest=LONGEST_TEXT))
    if "error" in members:
        return ErrorResponse.from_node(form)
    if "response" in members:
        return EncryptedResponse(members["response"].text(longest=LONGEST_MESSAGE), state)
    token = parse_message(members["vp_token"].text(longest=LONGEST_MESSAGE).encode("utf-8", errors="replace"))
    return AuthorizationResponse.from_node(Node(present_members({"vp_token": token.value, "state": state})))


def encryption_key(request: AuthorizationRequest) -> tuple[Mapping[str, object], str]:
    """The verifier's key and the content encryption that an answer to this request is encrypted with.

    Raises:
        DocumentError: the request has no key or no content encryption that is supported here.
    """
    metadata = request.client_metadata
    keys = metadata.jwks if metadata else ()
    usable = [
        jwk
        for jwk in keys
        if jwk.get("alg") == ALGORITHM and jwk.get("crv") == "P-256" and jwk.get("use", "enc") == "enc"
    ]
    if not usable:
        raise DocumentError("$.client_metadata.jwks", f"must have a P-256 key for {ALGORITHM}")
    # the stronger one first (HAIP 1.0 section 5)
    for name in reversed(ENCRYPTIONS):
        if metadata is not None and name in metadata.enc_values:
            return usable[0], name
    path = "$.client_metadata.encrypted_response_enc_values_supported"
    raise DocumentError(path, f"must have one of {', '.join(ENCRYPTIONS)}")


def encrypt_response(response: AuthorizationResponse, request: AuthorizationRequest) -> EncryptedResponse:
    """Encrypt an answer to the key of its request.

    Raises:
        DocumentError: as ``encryption_key``.
        VerificationError: ``INVALID_PUBLIC_KEY`` or ``WRONG_ALGORITHM`` for a key that is none.
    """
    jwk, enc = encryption_key(request)
    payload = json.dumps(response.to_json(), separators=(",", ":")).encode()
    return EncryptedResponse(encrypt(payload, jwk, enc))


@dataclass(frozen=True, slots=True)
class DirectPostAnswer:
    """What the verifier answers to an accepted post."""

    redirect_uri: str | None = field(repr=False)
    """Where the wallet sends the citizen's browser, with a fresh random value in it; None on another device."""
    receipt: str | None = field(default=None, repr=False)
    """Ours: the verifier's signed receipt of its decision, a JWT, for the citizen to keep."""

    @classmethod
    def from_json(cls, unverified: bytes) -> "DirectPostAnswer":
        """Read the body of the answer."""
        members = known_members(parse_message(unverified), (), ("redirect_uri", "receipt"))
        return cls(
            find(members, "redirect_uri", lambda member: member.text(_URI, longest=LONGEST_URL)),
            find(members, "receipt", lambda member: member.text(longest=LONGEST_TOKEN)),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_json`` reads."""
        return present_members({"redirect_uri": self.redirect_uri, "receipt": self.receipt})


def _presentation(node: Node) -> Presentation:
    if isinstance(node.value, str):
        return node.text(longest=LONGEST_TOKEN)
    return MappingProxyType({name: member.value for name, member in node.entries().items()})
