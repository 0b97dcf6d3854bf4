# SPDX-License-Identifier: EUPL-1.2
"""What goes to a wallet: the name that the verifier goes by, the request object, the link.

Everything but the ephemeral key and the nonces follows from the stored request, the policy and the settings, so that a
request can be fetched more than once and is the same each time; the answer is checked against the very same document.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ssi.base64url import encode_base64url
from ssi.credential.document import Node
from ssi.did import did_jwk_from
from ssi.did.document import DidDocument, KeyEncoding, Relationship, VerificationMethod
from ssi.did.suites import CONTEXT_DID, CONTEXT_JWS_2020, JSON_WEB_KEY_2020
from ssi.jose.jwe import ENCRYPTIONS, EphemeralKey
from ssi.jose.jws import Signer
from ssi.openid.client_id import ClientId, ClientIdPrefix, x509_hash_client_id
from ssi.openid.dcql import DcqlQuery
from ssi.openid.haip import request_violations
from ssi.openid.request import AuthorizationRequest, ClientMetadata, ResponseMode, TransactionData
from ssi.openid.signed_request import RequestReference, RequestUriMethod, did_header, sign_request, x5c_header
from verifier.certificates import CertificateChain
from verifier.checking import Asked, Checker
from verifier.errors import NoTrustedKeyError, SettingsError
from verifier.model import PresentationRequest, RequestId
from verifier.policy.asked import PROOF_FORMAT, SD_JWT_FORMAT, Query
from verifier.policy.asking import dcql_query
from verifier.policy.model import Policy
from verifier.settings import ClientName, VerifierSettings

__all__ = ["TRANSACTION_TYPE", "Asker", "choose_query"]

TRANSACTION_TYPE: Final = "urn:stuiver:transaction:application:1"
"""A citizen applies for something: ``text`` (nl, en) is what they confirm, ``reference`` names this application."""
_STANDARD: Final = frozenset({SD_JWT_FORMAT})
_FORMATS: Final[Mapping[str, Mapping[str, object]]] = {
    SD_JWT_FORMAT: {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]},
    PROOF_FORMAT: {"proof_alg_values": ["BBS-STUIVER-1"]},
}


def choose_query(queries: Sequence[Query], formats: Collection[str] | None) -> Query:
    """Which query is sent: the first that the wallet can answer, or else simply the first.

    Args:
        queries: those of a policy that can be asked, best first; at least one.
        formats: what the wallet says it can present; None when it did not say, then standard formats are better.
    """
    known = _STANDARD if formats is None else frozenset(formats)
    return next((query for query in queries if query.formats <= known), queries[0])


@dataclass(frozen=True, slots=True)
class Asker:
    """Makes requests.

    Args:
        settings: the verifier's.
        signer: the request key.
        chain: its certificate.
        checker: knows the keys that are trusted at a moment.
    Raises:
        SettingsError: HAIP is asked for with a certificate that signed itself.
    """

    settings: VerifierSettings
    signer: Signer = field(repr=False)
    chain: CertificateChain
    checker: Checker

    def __post_init__(self) -> None:
        """Check what HAIP asks of the certificate."""
        if self.settings.haip and self.chain.is_self_signed:
            raise SettingsError("certificate", "must be one that an authority gave: HAIP accepts no self-signed one")

    @property
    def did(self) -> str:
        """The verifier's DID: of the settings, or the did:jwk of the request key."""
        return self.settings.did or did_jwk_from(self.signer.public_key)

    @property
    def key_url(self) -> str:
        """The DID URL of the request key."""
        return f"{self.did}#{'0' if self.settings.did is None else 'request'}"

    def did_document(self) -> DidDocument | None:
        """What is published for a did:web; None when the DID says its key itself."""
        if self.settings.did is None:
            return None
        key = self.signer.public_key
        method = VerificationMethod(self.key_url, JSON_WEB_KEY_2020, self.did, key, KeyEncoding.JWK, key.to_jwk())
        uses = dict.fromkeys((Relationship.AUTHENTICATION, Relationship.ASSERTION_METHOD), (method.id,))
        return DidDocument(self.did, (CONTEXT_DID, CONTEXT_JWS_2020), (method,), uses)

    def response_uri(self, request: RequestId) -> str:
        """Where the answer to a request goes."""
        return f"{self.settings.public_url}/requests/{request}/response"

    def client_id(self, request: RequestId) -> ClientId:
        """The name that the verifier goes by in a request."""
        if self.settings.client is ClientName.X509_HASH:
            return x509_hash_client_id(self.chain.leaf)
        if self.settings.client is ClientName.DECENTRALIZED_IDENTIFIER:
            return ClientId(ClientIdPrefix.DECENTRALIZED_IDENTIFIER, self.did)
        return ClientId(ClientIdPrefix.REDIRECT_URI, self.response_uri(request))

    def is_allowed(self, query: Query) -> bool:
        """Whether the settings let it be asked: under HAIP only what is all in the formats of the standards."""
        return query.formats <= _STANDARD or not self.settings.haip

    def choose(
        self, request: PresentationRequest, policy: Policy, formats: Collection[str] | None, now: datetime
    ) -> Query:
        """Which of the policy's queries this wallet gets: the one chosen at the start, or as ``choose_query``.

        Raises:
            NoTrustedKeyError: no validator is trusted for what could be asked.
        """
        named = [query for query in policy.queries if request.query in (None, query.id) and self.is_allowed(query)]
        queries = [query for query in named if self.checker.can_be_proved(query, now)]
        if not queries:
            raise NoTrustedKeyError
        return choose_query(queries, formats)

    def asked(self, request: PresentationRequest, policy: Policy, query: Query, now: datetime) -> Asked:
        """What is asked with one of the policy's queries; the keys are those that are trusted now."""
        day = request.created_at.astimezone(policy.zone).date()
        document = dcql_query(policy, query, today=day, keys=lambda vct: self.checker.keys_of(vct, now))
        return Asked(
            policy=policy,
            query=query,
            dcql=DcqlQuery.from_json(json.dumps(document).encode()),
            client_id=str(self.client_id(request.id)),
            nonce=request.nonce,
            response_uri=self.response_uri(request.id),
            transaction_data=_transaction_data(request, policy, query),
            asked_at=request.created_at,
        )

    def request_object(
        self, request: PresentationRequest, asked: Asked, wallet_nonce: str | None, now: datetime
    ) -> str:
        """The signed request object (RFC 9101, OpenID4VP 1.0 section 5)."""
        by_did = self.settings.client is ClientName.DECENTRALIZED_IDENTIFIER
        header = did_header(self.key_url) if by_did else x5c_header(self.chain.texts)
        document = self._request(request, asked, wallet_nonce)
        if self.settings.haip and request_violations(document, signed_by_reference=True):
            raise RuntimeError("a request breaks the profile that the settings hold to")
        return sign_request(document, self.signer, issued_at=now, expires_at=request.expires_at, header=header)

    def link(self, request: PresentationRequest, asked: Asked) -> str:
        """What a wallet is opened with: a reference, or all of it where requests are not signed."""
        if self.settings.client is ClientName.REDIRECT_URI:
            return self._request(request, asked, None).link(self.settings.wallet_url)
        uri = f"{self.settings.public_url}/requests/{request.id}/object"
        return RequestReference(self.client_id(request.id), uri, RequestUriMethod.POST).link(self.settings.wallet_url)

    def _request(self, request: PresentationRequest, asked: Asked, wallet_nonce: str | None) -> AuthorizationRequest:
        encrypted = request.response_key is not None
        keys: tuple[Mapping[str, object], ...] = (
            (EphemeralKey.from_secret(request.response_key).public_jwk(),) if request.response_key else ()
        )
        return AuthorizationRequest(
            client_id=self.client_id(request.id),
            response_mode=ResponseMode.DIRECT_POST_JWT if encrypted else ResponseMode.DIRECT_POST,
            response_uri=asked.response_uri,
            nonce=request.nonce,
            dcql_query=asked.dcql,
            state=request.state,
            client_metadata=ClientMetadata(
                jwks=keys,
                enc_values=ENCRYPTIONS,
                vp_formats_supported={name: _FORMATS[name] for name in sorted(asked.query.formats)},
                client_name=self.settings.name.nl,
            ),
            transaction_data=tuple(TransactionData.from_node(Node(text)) for text in asked.transaction_data),
            wallet_nonce=wallet_nonce,
        )


def _transaction_data(request: PresentationRequest, policy: Policy, query: Query) -> tuple[str, ...]:
    if policy.transaction is None:
        return ()
    document = {
        "type": TRANSACTION_TYPE,
        "credential_ids": [credential.id for credential in query.credentials],
        "transaction_data_hashes_alg": ["sha-256"],
        "text": {"nl": policy.transaction.nl, "en": policy.transaction.en},
        "reference": request.id,
    }
    return (encode_base64url(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()),)
