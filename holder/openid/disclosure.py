# SPDX-License-Identifier: EUPL-1.2
"""What a verifier would see: found before anything is shown, for the citizen to decide on.

Invariants:
    * The fewest claims that answer the request are chosen, each copy is one that nobody has seen.
    * A request for too much is refused with a reason; only a claim that the citizen names themselves is an exception.
    * Nothing leaves the wallet here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from holder.consent import ConsentEntry, ConsentOutcome, DisclosedClaim
from holder.eligibility import Held as HeldProvable
from holder.openid.errors import (
    Excess,
    ExcessiveRequestError,
    ExcessReason,
    NoCopyLeftError,
    NotHeldError,
    RequestRefusedError,
)
from holder.openid.model import CopiedCredential, CredentialCopy
from holder.openid.offers import COPIED, PROVABLE
from holder.service import Wallet
from holder.wording import OWN_CREDENTIAL, SAME_VISITOR, Language
from ssi.credential.document import Node, Wording
from ssi.credential.types import CredentialType
from ssi.errors import SsiError, VerificationError
from ssi.openid.dcql import ClaimsPath, CredentialQuery, select
from ssi.openid.dcql_match import Choice, Held, match
from ssi.openid.request import require_transaction_types
from ssi.openid.signed_request import VerifiedAuthorizationRequest
from ssi.presentation import ClaimRequest, describe, qualifies
from ssi.rulebook.forbidden import forbidden_subject
from ssi.rulebook.model import PredicateRule
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.vc import verify_issued
from ssi.trust import TrustList

__all__ = ["APPLICATION", "CopyDisclosure", "Disclosure", "ProofDisclosure", "ShownClaim", "plan_disclosure"]

APPLICATION: Final = "urn:stuiver:transaction:application:1"
"""The kind of transaction that the wallet can show: an application, with its text in Dutch and English."""
_NEVER_SHOWN: Final = frozenset(
    {"nationality", "origin", "ethnicity", "religion", "sexual orientation", "political or union membership"}
)
"""Of the subjects that no rulebook may decide on, those that no verifier is shown (GDPR article 9, and origin)."""
_TODAY: Final = Wording("de dag van vandaag", "the day of today")


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A claim that the verifier would see.

    Attributes:
        title: what it is, for the citizen; the claim's name where the type is not known.
        is_confirmed: whether the verifier named the value, and gets a yes: no value that it did not have.
    """

    path: ClaimsPath
    title: Wording
    value: object = field(repr=False)
    is_confirmed: bool = False

    @property
    def is_yes_or_no(self) -> bool:
        """Whether the verifier learns no more than a yes or a no."""
        return self.is_confirmed or isinstance(self.value, bool)

    @property
    def name(self) -> str:
        """The path as text, such as ``address.city``."""
        return ".".join("*" if part is None else str(part) for part in self.path)


@dataclass(frozen=True, slots=True)
class CopyDisclosure:
    """One copy of a credential, with the claims that would be shown of it."""

    query_id: str
    credential: CopiedCredential
    copy: CredentialCopy = field(repr=False)
    shown: tuple[ShownClaim, ...]


@dataclass(frozen=True, slots=True)
class ProofDisclosure:
    """A proof, with what it would show and what it would prove without showing."""

    query_id: str
    held: HeldProvable = field(repr=False)
    request: ClaimRequest
    shown: tuple[ShownClaim, ...]
    proven: tuple[Wording, ...]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Everything that one request would be answered with."""

    verified: VerifiedAuthorizationRequest
    copies: tuple[CopyDisclosure, ...]
    proofs: tuple[ProofDisclosure, ...]
    transactions: tuple[Wording, ...]
    """What the citizen approves with it, in the verifier's words."""

    @property
    def parts(self) -> tuple[CopyDisclosure | ProofDisclosure, ...]:
        """Everything that is shown or proved, copies first."""
        return (*self.copies, *self.proofs)

    @property
    def recipient(self) -> str:
        """To whom: the verifier's name as far as it is known, and its identifier."""
        client = self.verified.client
        return f"{client.names[0]} ({client.client_id})" if client.names else str(client.client_id)

    def consent(self, outcome: ConsentOutcome, *, at: datetime, language: Language) -> ConsentEntry:
        """The entry for the consent log."""
        shown = [claim for part in self.parts for claim in part.shown]
        own = (OWN_CREDENTIAL, SAME_VISITOR)
        proven = [text for part in self.proofs for text in (*own, *part.proven)]
        return ConsentEntry(
            at=at,
            recipient=self.recipient,
            disclosed=tuple(DisclosedClaim(claim.name, _plain(claim.value)) for claim in shown),
            proven=tuple(language.of(text) for text in proven),
            scope=" ".join(part.request.scope for part in self.proofs),
            outcome=outcome,
        )


def plan_disclosure(
    wallet: Wallet, verified: VerifiedAuthorizationRequest, trust: TrustList, *, now: datetime, allowed: Collection[str]
) -> Disclosure:
    """Choose what would answer a request.

    Args:
        verified: the request.
        trust: who may issue what; a credential that no longer counts is not offered.
        now: aware, UTC.
        allowed: names of claims that the citizen agrees to show in full although a proof would do.
    Raises:
        NotHeldError: the wallet has nothing that answers it.
        NoCopyLeftError: it has, and every copy was shown.
        ExcessiveRequestError: it asks for too much.
    """
    copied = _readable(wallet, trust, now)
    provable = {f"proof {index}": held for index, held in enumerate(wallet.credentials)}
    types = wallet.catalogue.types
    as_of = now.date()

    def can_prove(query: CredentialQuery, held: Held) -> bool:
        try:
            request = ClaimRequest.from_meta(query.meta, types)
            return qualifies(provable[held.id].credential, request, as_of)
        except SsiError:
            return False

    helds = [
        Held(id=name, format=COPIED, vct=found.credential.vct, claims=found.claims) for name, found in copied.items()
    ]
    helds += [Held(id=name, format=PROVABLE, vct=held.type.vct, claims={}) for name, held in provable.items()]
    try:
        chosen = match(verified.request.dcql_query, helds, qualifies=can_prove).chosen
    except VerificationError as error:
        raise NotHeldError from error
    copies = tuple(_copy(choice, copied[choice.held.id], types) for choice in chosen if choice.held.format == COPIED)
    proofs = tuple(
        _proof(choice, provable[choice.held.id], types) for choice in chosen if choice.held.format == PROVABLE
    )
    plan = Disclosure(verified, copies, proofs, _transactions(verified))
    excesses = _excesses(plan, provable.values())
    excesses = tuple(excess for excess in excesses if not (excess.claim in allowed and _may_allow(excess)))
    if excesses:
        raise ExcessiveRequestError(excesses)
    return plan


@dataclass(frozen=True, slots=True)
class _Readable:
    """A copied credential that still counts, and what it says."""

    credential: CopiedCredential
    claims: dict[str, object] = field(repr=False)


def _readable(wallet: Wallet, trust: TrustList, now: datetime) -> dict[str, _Readable]:
    found = {}
    for index, credential in enumerate(wallet.copied):
        copy = next(iter((*credential.unused, *credential.copies)), None)
        if copy is None:
            continue
        holder = wallet.document_key(copy.key_index).public_key
        try:
            issued = verify_issued(
                UnverifiedSdJwt.parse(copy.text), vcts={credential.vct}, holder_key=holder, now=now, trust=trust
            )
        except VerificationError:
            continue  # expired, or its issuer counts no more: it is as if it were not there
        found[f"copy {index}"] = _Readable(credential, dict(issued.claims))
    return found


def _copy(choice: Choice, readable: _Readable, types: Sequence[CredentialType]) -> CopyDisclosure:
    copy = next(iter(readable.credential.unused), None)
    if copy is None:
        raise NoCopyLeftError
    shown = []
    for path in choice.paths:
        for concrete, value in select(readable.claims, path):
            shown.append(ShownClaim(concrete, _title(readable.credential.vct, concrete, types), value))
    return CopyDisclosure(choice.query.id, readable.credential, copy, tuple(shown))


def _proof(choice: Choice, held: HeldProvable, types: Sequence[CredentialType]) -> ProofDisclosure:
    request = ClaimRequest.from_meta(choice.query.meta, types)
    would = describe(held.credential, request)
    values = [(name, value, True) for name, value in would.constants.items()]
    values += [(name, value, False) for name, value in would.disclosed.items()]
    shown = tuple(
        ShownClaim((name,), _title(held.type.vct, (name,), types), value, is_confirmed)
        for name, value, is_confirmed in values
    )
    proven = tuple(_proven(rule, held.type) for rule in request.predicates)
    return ProofDisclosure(choice.query.id, held, request, shown, proven)


def _proven(rule: PredicateRule, credential_type: CredentialType) -> Wording:
    """A proof in the verifier's words and as the sum that it really is."""
    said = []
    for language in Language:
        parts = [f"{factor:+d} × {language.of(credential_type.claim(name).title)}" for name, factor in rule.sum]
        if rule.per_as_of:
            parts.append(f"{rule.per_as_of:+d} × {language.of(_TODAY)}")
        if rule.plus:
            parts.append(f"{rule.plus:+d}")
        said.append(f"{language.of(rule.text)} [{' '.join(parts)} ≥ 0]")
    return Wording(*said)


def _transactions(verified: VerifiedAuthorizationRequest) -> tuple[Wording, ...]:
    """What is to be approved; a kind of transaction that the wallet cannot show is refused (OpenID4VP 1.0, 5.1)."""
    try:
        require_transaction_types(verified.request, (APPLICATION,))
        nodes = [
            Node(item.members.get("text"), "$.transaction_data.text") for item in verified.request.transaction_data
        ]
        return tuple(node.wording() for node in nodes)
    except SsiError as error:
        raise RequestRefusedError(str(error)) from error


def _excesses(plan: Disclosure, provable: Collection[HeldProvable]) -> tuple[Excess, ...]:
    """Every claim that the request could do without, with the gravest reason."""
    found = []
    for part in plan.parts:
        for claim in part.shown:
            names = (claim.name, claim.title.nl, claim.title.en)
            if any(forbidden_subject(name) in _NEVER_SHOWN for name in names):
                found.append(Excess(claim.name, ExcessReason.FORBIDDEN_SUBJECT))
            elif not plan.verified.client.is_authenticated and not claim.is_yes_or_no:
                found.append(Excess(claim.name, ExcessReason.UNKNOWN_VERIFIER))
            elif isinstance(part, CopyDisclosure) and _could_prove(part, claim, provable):
                found.append(Excess(claim.name, ExcessReason.EXACT_VALUE))
    return tuple(found)


def _could_prove(part: CopyDisclosure, claim: ShownClaim, provable: Collection[HeldProvable]) -> bool:
    """Whether the wallet holds a credential of the type that proves statements about this number or date."""
    for held in provable:
        if held.type.vct == part.credential.vct and held.type.has_claim(claim.name):
            return held.type.claim(claim.name).kind.is_numeric
    return False


def _may_allow(excess: Excess) -> bool:
    """A number or date is the citizen's to show; a forbidden subject and a stranger stay refused."""
    return excess.reason is ExcessReason.EXACT_VALUE


def _title(vct: str, path: ClaimsPath, types: Sequence[CredentialType]) -> Wording:
    name = ".".join("*" if part is None else str(part) for part in path)
    for known in types:
        if known.vct == vct and known.has_claim(name):
            return known.claim(name).title
    return Wording(name, name)


def _plain(value: object) -> str | int | bool | None:
    return value if value is None or isinstance(value, str | int | bool) else str(value)
