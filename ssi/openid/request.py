# SPDX-License-Identifier: EUPL-1.2
"""Authorization requests: what a verifier asks of a wallet (OpenID4VP 1.0 section 5, RFC 9101).

Invariants:
    * The answer goes by ``direct_post`` or ``direct_post.jwt``, so there is a ``response_uri`` and no ``redirect_uri``.
    * Every transaction refers to credentials that the query asks for, with a binding to their holder.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from ssi.base64url import decode_base64url
from ssi.credential.document import DocumentError, Node
from ssi.openid.client_id import ClientId, ClientIdPrefix, client_id
from ssi.openid.dcql import DcqlQuery
from ssi.openid.encryption import algorithm_names, jwk_set
from ssi.openid.errors import ErrorCode, OpenIdError
from ssi.openid.reading import (
    LONGEST_TEXT,
    LONGEST_URL,
    find,
    known_members,
    parse_form,
    parse_message,
    present_members,
    unique_strings,
    web_url,
)

__all__ = [
    "REQUEST_ENDPOINT",
    "AuthorizationRequest",
    "ClientMetadata",
    "ResponseMode",
    "TransactionData",
    "request_error_code",
    "require_transaction_types",
]

REQUEST_ENDPOINT: Final = "openid4vp://"
"""The address of a wallet that has published none (OpenID4VP 13.1.2)."""
_URL_SAFE: Final = re.compile(r"[A-Za-z0-9._~-]+")
_MOST_TRANSACTIONS: Final = 20
_LONGEST_TRANSACTION: Final = 1 << 16
_JSON_PARAMETERS: Final = ("dcql_query", "client_metadata", "transaction_data")
_DEFAULT_ENC: Final = "A128GCM"


class ResponseMode(StrEnum):
    """How the answer is sent."""

    DIRECT_POST = "direct_post"
    DIRECT_POST_JWT = "direct_post.jwt"


@dataclass(frozen=True, slots=True)
class ClientMetadata:
    """What the verifier says about itself; only its keys and formats have consequences, its name is its own word."""

    vp_formats_supported: Mapping[str, object] = field(default_factory=dict, hash=False)
    jwks: tuple[Mapping[str, object], ...] = field(default=(), hash=False)
    enc_values: tuple[str, ...] = (_DEFAULT_ENC,)
    client_name: str | None = None
    logo_uri: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "vp_formats_supported", MappingProxyType(dict(self.vp_formats_supported)))

    @classmethod
    def from_node(cls, node: Node) -> "ClientMetadata":
        """Read ``client_metadata``."""
        names = ("vp_formats_supported", "jwks", "encrypted_response_enc_values_supported", "client_name", "logo_uri")
        members = known_members(node, (), names)
        formats = members["vp_formats_supported"].entries() if "vp_formats_supported" in members else {}
        return cls(
            {name: member.value for name, member in formats.items()},
            find(members, "jwks", jwk_set) or (),
            find(members, "encrypted_response_enc_values_supported", algorithm_names) or (_DEFAULT_ENC,),
            find(members, "client_name", lambda member: member.text(longest=200)),
            find(members, "logo_uri", lambda member: member.text(longest=LONGEST_URL)),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members(
            {
                "vp_formats_supported": dict(self.vp_formats_supported) or None,
                "jwks": {"keys": [dict(jwk) for jwk in self.jwks]} if self.jwks else None,
                "encrypted_response_enc_values_supported": None
                if self.enc_values == (_DEFAULT_ENC,)
                else list(self.enc_values),
                "client_name": self.client_name,
                "logo_uri": self.logo_uri,
            }
        )


@dataclass(frozen=True, slots=True)
class TransactionData:
    """A transaction that the citizen is asked to approve with a presentation."""

    text: str
    """As in the request: what the presentation is bound to."""
    type: str
    credential_ids: tuple[str, ...]
    """The ids of the credential queries of which one approves it."""
    members: Mapping[str, object] = field(hash=False)
    """Everything that it says."""

    @classmethod
    def from_node(cls, node: Node) -> "TransactionData":
        """Read one item of ``transaction_data``."""
        text = node.text(longest=_LONGEST_TRANSACTION)
        try:
            content = parse_message(decode_base64url(text)).value
        except (ValueError, DocumentError):
            content = None
        if not isinstance(content, Mapping):
            node.refuse("must be a JSON object in base64url")
        members = known_members(Node(content, node.path), ("type", "credential_ids"))
        return cls(
            text,
            members["type"].text(longest=200),
            unique_strings(members["credential_ids"], most=50),
            MappingProxyType(dict(content)),
        )


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request, from a token or a link; nothing about its sender is known before ``ssi.openid.signed_request``."""

    client_id: ClientId
    response_mode: ResponseMode
    response_uri: str
    nonce: str = field(repr=False)
    dcql_query: DcqlQuery
    state: str | None = field(default=None, repr=False)
    client_metadata: ClientMetadata | None = None
    transaction_data: tuple[TransactionData, ...] = ()
    wallet_nonce: str | None = field(default=None, repr=False)

    @classmethod
    def from_node(cls, node: Node) -> "AuthorizationRequest":
        """Read the claims of a request object; DocumentError names the parameter and the rule."""
        members = known_members(
            node,
            ("client_id", "response_type", "response_mode", "nonce", "dcql_query"),
            ("response_uri", "state", "client_metadata", "transaction_data", "wallet_nonce", "redirect_uri", "scope"),
        )
        members["response_type"].choice(("vp_token",))
        for name in ("redirect_uri", "scope"):
            if name in members:
                members[name].refuse("must not stand beside response_uri and dcql_query")
        client, query = client_id(members["client_id"]), DcqlQuery.from_node(members["dcql_query"])
        if "response_uri" not in members:
            if client.prefix is not ClientIdPrefix.REDIRECT_URI:
                raise DocumentError("$.response_uri", "is missing")
            members["response_uri"] = Node(client.value, "$.client_id")  # OpenID4VP 5.9.3
        return cls(
            client_id=client,
            response_mode=ResponseMode(members["response_mode"].choice(tuple(ResponseMode))),
            response_uri=web_url(members["response_uri"]),
            nonce=members["nonce"].text(_URL_SAFE),
            dcql_query=query,
            state=find(members, "state", lambda member: member.text(_URL_SAFE, longest=LONGEST_TEXT)),
            client_metadata=find(members, "client_metadata", ClientMetadata.from_node),
            transaction_data=find(members, "transaction_data", lambda member: _transactions(member, query)) or (),
            wallet_nonce=find(members, "wallet_nonce", lambda member: member.text()),
        )

    @classmethod
    def from_form(cls, unverified_pairs: Iterable[tuple[str, str]]) -> "AuthorizationRequest":
        """Read the parameters of a link, where objects are JSON in a text."""
        form = parse_form(unverified_pairs)
        values: dict[str, object] = {}
        for name, member in form.entries().items():
            values[name] = member.value
            if name in _JSON_PARAMETERS:
                try:
                    values[name] = parse_message(member.text(longest=1 << 18).encode("utf-8", errors="replace")).value
                except DocumentError as error:
                    member.refuse(error.rule)
        return cls.from_node(Node(values))

    def to_json(self) -> dict[str, object]:
        """The claims that ``from_node`` reads."""
        return present_members(
            {
                "client_id": str(self.client_id),
                "response_type": "vp_token",
                "response_mode": self.response_mode.value,
                "response_uri": self.response_uri,
                "nonce": self.nonce,
                "state": self.state,
                "dcql_query": self.dcql_query.to_json(),
                "client_metadata": self.client_metadata.to_json() if self.client_metadata else None,
                "transaction_data": [transaction.text for transaction in self.transaction_data],
                "wallet_nonce": self.wallet_nonce,
            }
        )

    def link(self, endpoint: str = REQUEST_ENDPOINT) -> str:
        """The request by value, unsigned: for a client of prefix ``redirect_uri``."""
        pairs = (
            (name, value if isinstance(value, str) else json.dumps(value, separators=(",", ":")))
            for name, value in self.to_json().items()
        )
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    def transactions_of(self, query_id: str) -> tuple[str, ...]:
        """The texts of the transactions that a presentation for this credential query may approve, in order."""
        return tuple(one.text for one in self.transaction_data if query_id in one.credential_ids)


def require_transaction_types(request: AuthorizationRequest, known: Iterable[str]) -> None:
    """Refuse a request with a transaction that a wallet cannot show (OpenID4VP 5.1).

    Raises:
        OpenIdError: ``invalid_transaction_data``.
    """
    types = frozenset(known)
    if any(transaction.type not in types for transaction in request.transaction_data):
        raise OpenIdError(ErrorCode.INVALID_TRANSACTION_DATA, "a type of transaction that this wallet does not know")


def request_error_code(error: DocumentError) -> ErrorCode:
    """What a wallet answers to a request of the wrong shape (OpenID4VP 8.5)."""
    if error.path.startswith("$.transaction_data"):
        return ErrorCode.INVALID_TRANSACTION_DATA
    return ErrorCode.INVALID_REQUEST


def _transactions(node: Node, query: DcqlQuery) -> tuple[TransactionData, ...]:
    bound = {credential.id for credential in query.credentials if credential.require_holder_binding}
    found = []
    for item in node.items(1, _MOST_TRANSACTIONS):
        transaction = TransactionData.from_node(item)
        if not bound.issuperset(transaction.credential_ids):
            item.refuse("must name credentials that are asked for with a binding to their holder")
        found.append(transaction)
    return tuple(found)
