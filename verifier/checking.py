# SPDX-License-Identifier: EUPL-1.2
"""The one place where a wallet's answer is verified: format by format, then against the query as a whole.

OpenID4VP 1.0, section 8.6:

    (1) the answer is to one of the policy's queries, one presentation for each credential;
    (2) each presentation is authentic, in time, of a trusted issuer, not revoked, and bound to its holder, to this
        verifier, to this request and to what the citizen confirms;
    (3) it shows what was asked for, and nothing else;
    (4) together they satisfy the query;
    (5) they are of one person: several are claim proofs with one pseudonym.

Invariants:
    * The only module that makes a ``VerifiedAnswer``.
    * A claim that was not asked for is refused (``over_disclosure``) or, where its issuer shows it to everybody, left
      out here: nothing after this module can see it.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from ssi.credential.claim_kinds import ClaimKind, ClaimValueError, payload_of
from ssi.credential.days import date_of
from ssi.credential.document import DocumentError
from ssi.credential.types import CredentialType
from ssi.errors import Reason, VerificationError
from ssi.openid.dcql import ClaimsPath, DcqlQuery, select
from ssi.openid.dcql_check import Presented, check_response
from ssi.presentation import AnyPseudonym, Binding, ClaimRequest, verify_claim_presentation
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.vc import IssuerTrust, StatusChecks, verify_presentation
from verifier.policy.asked import PROOF_FORMAT, AskedProof, AskedSdJwt, Query
from verifier.policy.conditions import Fact
from verifier.policy.deciding import Facts, Shown
from verifier.policy.model import Policy

__all__ = ["Asked", "Checker", "ProofKeys", "UnverifiedToken", "VerifiedAnswer"]

UnverifiedToken = Mapping[str, Sequence[str | Mapping[str, object]]]
"""A ``vp_token``: presentations by the id of the credential query."""


class ProofKeys(Protocol):
    """Says whose BBS keys count; ``ssi.trust.TrustList`` is one."""

    def bbs_keys(self, credential_type: CredentialType, now: datetime) -> Sequence[bytes]:
        """The public keys (96 octets each) of validators that may issue this type now."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of one request, as it was sent.

    Attributes:
        query: what the policy asks.
        dcql: the same as the document that was sent.
        client_id, nonce, response_uri: of the request.
        transaction_data: the texts of the request; the citizen confirms each with one of the credentials.
        asked_at: when the request was made; no presentation is older.
    """

    policy: Policy
    query: Query
    dcql: DcqlQuery
    client_id: str
    nonce: str
    response_uri: str
    transaction_data: tuple[str, ...]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class VerifiedAnswer:
    """What an answer establishes: facts that were asked for, and the pseudonym if there is one (96 octets)."""

    query: Query
    facts: Facts = field(repr=False)
    pseudonym: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Checker:
    """Verifies answers.

    Args:
        types: the published credential types.
        trust: who may issue SD-JWT VCs.
        proof_keys: whose BBS credentials count.
        status: whether an SD-JWT VC was revoked.
    """

    types: tuple[CredentialType, ...]
    trust: IssuerTrust
    proof_keys: ProofKeys
    status: StatusChecks

    def keys_of(self, vct: str, now: datetime) -> Sequence[bytes]:
        """The BBS keys that count for a type now; none for a type that is not published."""
        kind = self._find_type(vct)
        return () if kind is None else self.proof_keys.bbs_keys(kind, now)

    def can_be_proved(self, query: Query, now: datetime) -> bool:
        """Whether there is a validator to trust for every claim proof of a query; false while that is unknown."""
        try:
            proofs = (asked for asked in query.credentials if isinstance(asked, AskedProof))
            return all(self.keys_of(asked.vct, now) for asked in proofs)
        except VerificationError:
            return False

    def check(self, asked: Asked, unverified: UnverifiedToken, now: datetime) -> VerifiedAnswer:
        """Verify an answer.

        Args:
            asked: the query that it answers; its credentials have ids that no other query of the policy has.
            unverified: the presentations as received.
            now: the time.
        Raises:
            VerificationError: ``reason`` names the first check that failed.
        """
        shown: dict[str, Shown] = {}
        presented: dict[str, tuple[Presented, ...]] = {}
        pseudonyms: set[bytes | None] = set()
        for id_, unverified_presentations in unverified.items():
            credential = _credential(asked.query, id_)  # (1)
            if len(unverified_presentations) != 1:
                raise VerificationError(Reason.QUERY_NOT_MET, "one presentation for each credential")
            unverified_one = unverified_presentations[0]
            if isinstance(credential, AskedSdJwt):
                shown[id_], seen = self._sd_jwt(asked, credential, unverified_one, now)
                pseudonym = None
            else:
                shown[id_], seen, pseudonym = self._proof(asked, credential, unverified_one, now)
            pseudonyms.add(pseudonym)
            presented[id_] = (seen,)
        check_response(asked.dcql, presented)  # (3), (4)
        pseudonym = _pseudonym_of_all(pseudonyms, len(presented))  # (5)
        return VerifiedAnswer(asked.query, shown, pseudonym)

    def _sd_jwt(
        self, asked: Asked, credential: AskedSdJwt, unverified: object, now: datetime
    ) -> tuple[Shown, Presented]:
        if not isinstance(unverified, str):
            raise VerificationError(Reason.MALFORMED, "an SD-JWT is text")
        verified = verify_presentation(  # (2)
            UnverifiedSdJwt.parse(unverified),
            vcts=credential.vcts,
            audience=asked.client_id,
            nonce=asked.nonce,
            now=now,
            trust=self.trust,
            status=self.status,
            max_age=now - asked.asked_at + timedelta(minutes=1),
            transaction_data=asked.transaction_data,
        )
        vct = next(name for name in credential.vcts if name in verified.types)
        kind = self._find_type(vct)
        values: dict[tuple[str, ...], Fact] = {}
        for path in credential.paths:
            found = select(verified.claims, path)
            if len(found) == 1:
                values[path] = _fact(kind, path, found[0][1])
        seen = Presented(credential.format, vct, verified.claims, verified.disclosed, holder_bound=True)
        return Shown(values), seen

    def _proof(
        self, asked: Asked, credential: AskedProof, unverified: object, now: datetime
    ) -> tuple[Shown, Presented, bytes]:
        kind = self._find_type(credential.vct)
        if kind is None:
            raise VerificationError(Reason.WRONG_CREDENTIAL_TYPE)
        sent = asked.dcql.credential(credential.id)
        if not sent.meta["keys"]:
            raise VerificationError(Reason.UNKNOWN_ISSUER, "no validator is trusted for this type now")
        try:
            request = ClaimRequest.from_meta(sent.meta, self.types)
        except DocumentError as error:
            raise RuntimeError("a policy that passed the lint asks for what cannot be proved") from error
        binding = Binding(asked.client_id, asked.nonce, asked.response_uri, asked.transaction_data)
        verified = verify_claim_presentation(unverified, request, binding, now=now, pseudonyms=AnyPseudonym())  # (2)
        values: dict[tuple[str, ...], Fact] = {}
        for name, value in (*credential.constants.items(), *verified.disclosed.items()):
            is_day = kind.claim(name).kind is ClaimKind.DATE
            values[(name,)] = date_of(value) if is_day and isinstance(value, int) else value
        seen = Presented(PROOF_FORMAT, credential.vct, dict(verified.disclosed), frozenset(), holder_bound=True)
        proven = frozenset(predicate.id for predicate in credential.predicates)
        return Shown(values, proven), seen, verified.pseudonym

    def _find_type(self, vct: str) -> CredentialType | None:
        return next((kind for kind in self.types if kind.vct == vct), None)


def _credential(query: Query, id_: str) -> AskedSdJwt | AskedProof:
    try:
        return query.credential(id_)
    except KeyError:
        raise VerificationError(Reason.OVER_DISCLOSURE, "a credential that was not asked for") from None


def _pseudonym_of_all(pseudonyms: Set[bytes | None], presented: int) -> bytes | None:
    """(5) The one pseudonym of all proofs; two SD-JWT VCs show nothing that they have in common."""
    if presented > 1 and (None in pseudonyms or len(pseudonyms) > 1):
        raise VerificationError(Reason.QUERY_NOT_MET, "the credentials are not shown to be of one person")
    return next(iter(pseudonyms), None)


def _fact(kind: CredentialType | None, path: ClaimsPath, value: object) -> Fact:
    """The value of a shown claim: of its published kind, or any plain value of a type that somebody else published."""
    if not isinstance(value, str | int):
        raise VerificationError(Reason.MALFORMED, "a claim that rules look at is a text, a whole number or a boolean")
    name = path[0] if len(path) == 1 else None
    if kind is None or not isinstance(name, str) or not kind.has_claim(name):
        return value
    definition = kind.claim(name)
    fact: Fact = value
    try:
        if definition.kind is ClaimKind.DATE and isinstance(value, str):
            fact = date.fromisoformat(value)
        payload_of(definition, fact)
    except (ClaimValueError, ValueError):
        raise VerificationError(Reason.MALFORMED, "a claim is not of the kind that its type says") from None
    return fact
