# SPDX-License-Identifier: EUPL-1.2
"""Choosing what would answer a request, before the citizen decides on it.

Invariants:
    * The fewest claims that answer the request are chosen; each copy is one that nobody has seen.
    * A request for too much is refused with a reason; only a claim that the citizen names themselves is an exception.
    * Nothing leaves the wallet here.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from holder.eligibility import Held as HeldProvable
from holder.openid.disclosure import CopyDisclosure, Disclosure, ProofDisclosure, ShownClaim
from holder.openid.errors import ExcessiveRequestError, NoCopyLeftError, NotHeldError, RequestRefusedError
from holder.openid.model import CopiedCredential
from holder.openid.offers import COPIED, PROVABLE
from holder.openid.over_asking import excesses_of
from holder.service import Wallet
from holder.wording import Language
from ssi.credential.document import Node, Wording
from ssi.credential.types import CredentialType
from ssi.errors import SsiError, VerificationError
from ssi.openid.dcql import ClaimsPath, CredentialQuery
from ssi.openid.dcql_match import Choice, Held, match
from ssi.openid.request import require_transaction_types
from ssi.openid.signed_request import VerifiedAuthorizationRequest
from ssi.presentation import ClaimRequest, describe, qualifies
from ssi.rulebook.claim_rules import PredicateRule
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import choose_disclosures
from ssi.sd_jwt.vc import verify_issued
from ssi.trust import TrustList

__all__ = ["APPLICATION", "plan_disclosure"]

APPLICATION: Final = "urn:stuiver:transaction:application:1"
"""The kind of transaction that the wallet can show: an application, with its text in Dutch and English."""
_REGISTERED: Final = frozenset(
    {"iss", "iat", "exp", "nbf", "vct", "vct#integrity", "aka_vcts", "cnf", "status", "_sd", "_sd_alg", "aud", "jti"}
)
"""What every credential says of itself; the rest of what is open says something of its holder."""
_TODAY: Final = Wording("de dag van vandaag", "the day of today")


def plan_disclosure(
    wallet: Wallet,
    verified: VerifiedAuthorizationRequest,
    trust: TrustList,
    *,
    now: datetime,
    allowed: Collection[str],
    known: Collection[str],
) -> Disclosure:
    """Choose what would answer a request.

    Args:
        verified: the request.
        trust: who may issue what; a credential that no longer counts is not offered.
        now: aware, UTC.
        allowed: names of claims that the citizen agrees to show in full although a proof would do.
        known: client identifiers of verifiers that the citizen knows, besides those that somebody vouches for.
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
    copies = _copies([choice for choice in chosen if choice.held.format == COPIED], copied, types)
    proofs = tuple(
        _proof(choice, provable[choice.held.id], types) for choice in chosen if choice.held.format == PROVABLE
    )
    is_known = verified.client.is_identified or str(verified.client.client_id) in known
    plan = Disclosure(verified, is_known, copies, proofs, _transactions(verified))
    excesses = excesses_of(plan, provable.values(), as_of)
    excesses = tuple(excess for excess in excesses if not (excess.claim in allowed and excess.may_be_allowed))
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


def _copies(
    choices: Sequence[Choice], copied: Mapping[str, _Readable], types: Sequence[CredentialType]
) -> tuple[CopyDisclosure, ...]:
    """A copy for each choice, none of them twice, with everything that leaves with it."""
    made: list[CopyDisclosure] = []
    for choice in choices:
        credential = copied[choice.held.id].credential
        taken = [part.copy for part in made]
        copy = next((copy for copy in credential.unused if copy not in taken), None)
        if copy is None:
            raise NoCopyLeftError
        leaves = choose_disclosures(UnverifiedSdJwt.parse(copy.text), choice.paths).claims
        shown = tuple(
            ShownClaim(path, _title(credential.vct, path, types), value)
            for name, claim in leaves.items()
            if name not in _REGISTERED
            for path, value in _leaves((name,), claim)
        )
        made.append(CopyDisclosure(choice.query.id, credential, copy, tuple(choice.paths), shown))
    return tuple(made)


def _leaves(path: ClaimsPath, value: object) -> Iterator[tuple[ClaimsPath, object]]:
    """The values inside a claim, each with its place."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves((*path, name), inner)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves((*path, index), inner)
    else:
        yield path, value


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


def _title(vct: str, path: ClaimsPath, types: Sequence[CredentialType]) -> Wording:
    name = ".".join("*" if part is None else str(part) for part in path)
    for known in types:
        if known.vct == vct and known.has_claim(name):
            return known.claim(name).title
    return Wording(name, name)
