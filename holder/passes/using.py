# SPDX-License-Identifier: EUPL-1.2
"""Planning the use of an offer and proving it (pass.md section 3): for one shop and one price.

Invariants:
    * The proof is made for the wallet's own statement, and only when the contract has the same, or has none yet.
    * Offer, number, shop and price are fixed before anything is proved; the citizen decides on them.
    * What leaves names no account and no person; ``shown`` is all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from holder.consent import ConsentEntry, ConsentOutcome, DisclosedClaim
from holder.eligibility import Held
from holder.passes.refusals import PassRefusal, PassRefusedError
from holder.passes.view import PassView
from holder.programme import AcceptedKey, check_statement
from holder.refusals import NotEligibleError, OverAskingError
from holder.wording import OWN_PASS, UNLINKED_USE, VALIDATOR_NOT_ACCEPTED, Language
from programmable_money.messages import Address
from programmable_money.messages.pass_offers import PassOffer, Quote
from programmable_money.messages.passes import OfferUseMessage, use_recipient, use_slot
from ssi.bbs.suite import multiply
from ssi.claim.encoding import encode_xy
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.registry_key import registry_key_id
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms
from ssi.credential.days import date_of, day_number
from ssi.credential.types import CredentialType
from ssi.keccak import keccak256
from ssi.rulebook.model import Rulebook
from ssi.rulebook.qualification import Denial, denials
from ssi.rulebook.terms import compile_rules

__all__ = ["PlannedUse", "nullifier_of", "pass_terms", "plan_use", "right_pass"]


@dataclass(frozen=True, slots=True)
class PlannedUse:
    """A use that would be accepted, for the citizen to decide on. Build it with ``plan_use``.

    Attributes:
        quote: who pays what; the citizen pays ``quote.citizen`` at the till.
        merchant: the shop that shows the offer.
        is_repeat: whether it was shown before: whoever saw both can tell that they are one pass's.
    """

    rulebook: Rulebook
    offer: PassOffer = field(repr=False)
    offer_number: int
    number: int = field(repr=False)
    quote: Quote = field(repr=False)
    merchant: Address = field(repr=False)
    is_repeat: bool
    view: PassView = field(repr=False)
    key: AcceptedKey = field(repr=False)
    prepared: PreparedClaim = field(repr=False)
    validator: str = field(repr=False)

    def prove(self) -> OfferUseMessage:
        """Make the proof and verify it (claim.md 6.1 to 6.6)."""
        proof, verified = self.prepared.prove_verified()
        return OfferUseMessage(
            self.view.domain,
            self.offer_number,
            self.number,
            self.key.key_id,
            self.merchant,
            self.quote.price,
            verified.claim.as_of,
            proof,
        )

    def shown(self, language: Language) -> tuple[DisclosedClaim, ...]:
        """Everything that the shop, and so everybody, sees."""
        return (
            DisclosedClaim("offer", language.of(self.offer.title)),
            DisclosedClaim("shop", self.merchant),
            DisclosedClaim("price_cents", self.quote.price),
            DisclosedClaim("use", self.number + 1),
            DisclosedClaim("as_of", date_of(self.prepared.claim.as_of).isoformat()),
            DisclosedClaim("validator", self.validator),
        )

    def proven(self, language: Language) -> tuple[str, ...]:
        """What is proved about what stays hidden, in words."""
        rules = self.rulebook.pass_use.rules.predicates
        return (language.of(OWN_PASS), *(language.of(rule.text) for rule in rules), language.of(UNLINKED_USE))

    def consent(
        self, outcome: ConsentOutcome, *, at: datetime, language: Language, nullifier: bytes | None = None
    ) -> ConsentEntry:
        """The entry for the consent log; a declined one shows and proves nothing."""
        pseudonym = () if nullifier is None else (DisclosedClaim("nullifier", nullifier.hex()),)
        left = nullifier is not None
        return ConsentEntry(
            at=at.astimezone(UTC),
            recipient=f"{language.of(self.rulebook.title)} {self.view.scope.period}, {self.merchant}",
            disclosed=(*self.shown(language), *pseudonym) if left else (),
            proven=self.proven(language) if left else (),
            scope=self.view.scope.in_slot(use_slot(self.offer_number, self.number)).context_id.hex(),
            outcome=outcome,
        )


def pass_terms(rulebook: Rulebook, types: Mapping[str, CredentialType], period: int) -> tuple[ClaimTerms, ClaimTerms]:
    """What an activation and a use ask, compiled from the rulebook.

    Args:
        types: the credential types of ``activation`` and ``use``.
    Raises:
        OverAskingError: the rulebook would have something disclosed, which no pass may.
    """
    activation = compile_rules(rulebook.rules, types["activation"], rulebook.period, period)
    use = compile_rules(rulebook.pass_use.rules, types["use"], rulebook.period, period)
    for terms, credential_type in ((activation, types["activation"]), (use, types["use"])):
        if terms.disclosed:
            names = tuple(credential_type.claims[claim.position].name for claim in terms.disclosed)
            raise OverAskingError(names, 0)
    return activation, use


def right_pass(
    view: PassView,
    rulebook: Rulebook,
    credential_type: CredentialType,
    credentials: Sequence[Held],
    *,
    now: datetime,
) -> Held:
    """The pass credential that holds today; the newest one.

    Raises:
        PassRefusedError: ``no_pass``: there is none of this type.
        NotEligibleError: there is, but none that this pass takes; with the reasons of the newest.
    """
    fitting = [held for held in credentials if held.type == credential_type]
    if not fitting:
        raise PassRefusedError(PassRefusal.NO_PASS)
    against: tuple[Denial, ...] | None = None
    for held in reversed(fitting):
        if _key_id(held) not in view.desk_keys:
            continue
        found = denials(
            held.credential.credential.values,
            rulebook.pass_use.rules,
            credential_type,
            rulebook.period,
            period=view.scope.period,
            as_of=now.astimezone(UTC).date(),
        )
        if not found:
            return held
        against = against or found
    raise NotEligibleError(against or (VALIDATOR_NOT_ACCEPTED,))


def plan_use(
    view: PassView,
    rulebook: Rulebook,
    terms: ClaimTerms,
    held: Held,
    offer: PassOffer,
    place: tuple[int, int],
    merchant: Address,
    quote: Quote,
    *,
    is_repeat: bool,
    now: datetime,
) -> PlannedUse:
    """Prepare one use.

    Args:
        terms: of a use, compiled from the rulebook.
        held: the pass credential.
        place: the numbers of the offer and of the use.
        now: aware; the proof is of this day in UTC.
    Raises:
        PlantedStatementError: the contract keeps another statement than the wallet computes.
        NotEligibleError: the pass does not take the credential's key.
    """
    slot = use_slot(*place)
    statement = Statement.of(terms, held.credential.public_key, view.scope.in_slot(slot).context_id)
    key = view.find_key(_key_id(held), slot, statement.S)
    if key is None:
        raise NotEligibleError((VALIDATOR_NOT_ACCEPTED,))
    check_statement(key, statement)
    claim = Claim(use_recipient(merchant, quote.price), day_number(now.astimezone(UTC).date()), ())
    return PlannedUse(
        rulebook=rulebook,
        offer=offer,
        offer_number=place[0],
        number=place[1],
        quote=quote,
        merchant=merchant,
        is_repeat=is_repeat,
        view=view,
        key=key,
        prepared=PreparedClaim.of(statement, claim, held.credential.witness),
        validator=held.validator,
    )


def nullifier_of(view: PassView, terms: ClaimTerms, held: Held, offer: int, number: int) -> bytes:
    """(claim.md 2.2) What the contract would remember this use by, 32 octets. Not for telling anybody."""
    context_id = view.scope.in_slot(use_slot(offer, number)).context_id
    statement = Statement.of(terms, held.credential.public_key, context_id)
    return keccak256(encode_xy(multiply(statement.op, held.credential.witness.scalars[-1])))


def _key_id(held: Held) -> bytes:
    return registry_key_id(held.type.type_id, held.credential.public_key)
