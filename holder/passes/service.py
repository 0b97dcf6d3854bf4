# SPDX-License-Identifier: EUPL-1.2
"""What a citizen does with a pass: activate it, fetch the pass credential, look at offers, use one at a till.

Invariants:
    * Whatever leaves is in the consent log on disk before it leaves, as everywhere in the wallet.
    * Looking at offers tells nobody anything: a pass's description is the same for everybody.
    * A number is written down as shown before its proof leaves, and is shown again only when the citizen says so.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from holder.claims import PlannedClaim, plan_claim
from holder.consent import ConsentEntry, ConsentOutcome, DisclosedClaim
from holder.eligibility import Held
from holder.model import Catalogue
from holder.passes.model import HeldPass, ShownUse
from holder.passes.refusals import PassRefusal, PassRefusedError
from holder.passes.using import PlannedUse, nullifier_of, pass_terms, plan_use, right_pass
from holder.passes.view import DescribedOffer, PassView
from holder.recovery import Recovery
from holder.refusals import IssuanceRefusedError
from holder.store import WalletStore
from holder.wording import PASS_ACCOUNT_PROOF, Language
from programmable_money.messages import ZERO_ADDRESS, Address, Scope, address_of
from programmable_money.messages.pass_offers import PassOffer
from programmable_money.messages.passes import (
    ActivationMessage,
    OfferUseMessage,
    PassRequest,
    SignedPassRequest,
)
from ssi.claim.registry_key import registry_key, registry_key_id
from ssi.claim.terms import ClaimTerms
from ssi.credential.issuance import HeldCredential, Issuance
from ssi.credential.pinning import IssuanceRequest
from ssi.credential.types import CredentialType
from ssi.errors import Reason
from ssi.rulebook.model import Rulebook

__all__ = ["MOST_DESK_KEYS", "AskedPass", "ListedOffer", "PassHolder"]

MOST_DESK_KEYS: Final = 3
"""Keys of a desk that count at once: the running one, its successor, and one that is being retired. A use shows under
which key its pass was issued, so a desk with a key for each citizen would know them all at every till."""


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """An offer as the wallet shows it.

    Attributes:
        left: how often this pass can still use it.
        places: how often all together still can; None for as often as they come.
        why_not: why it cannot be used now; None if it can be.
    """

    number: int
    offer: PassOffer
    left: int
    places: int | None
    why_not: PassRefusal | None


@dataclass(frozen=True, slots=True)
class AskedPass:
    """A request for a pass credential, for the desk: the account, its signature, and the 288 octets."""

    account: Address
    request: bytes
    signed: SignedPassRequest


@dataclass(frozen=True, slots=True)
class _Checked:
    """A pass that follows its rulebook."""

    rulebook: Rulebook
    use: ClaimTerms
    pass_type: CredentialType


class PassHolder:
    """The passes of one open wallet. Get it with ``Wallet.passes``."""

    def __init__(
        self,
        store: WalletStore,
        catalogue: Catalogue,
        recovery: Recovery,
        credentials: Callable[[], Sequence[Held]],
        ask: Callable[[str, bytes, CredentialType, datetime], IssuanceRequest],
        keep: Callable[[Issuance, bytes, datetime], HeldCredential],
        language: Language,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._recovery = recovery
        self._credentials = credentials
        self._ask = ask
        self._keep = keep
        self._language = language

    @property
    def held(self) -> tuple[HeldPass, ...]:
        """The passes that were activated, oldest first."""
        return self._store.contents.passes

    def account(self, view: PassView) -> Address:
        """The pass account: one for each pass and period, the same for one recovery phrase for ever."""
        return address_of(self._key(view.scope))

    # ---- activating ----

    def plan_activation(self, view: PassView, *, now: datetime) -> PlannedClaim:
        """Check a pass and prepare its activation, for the citizen to decide on.

        Raises:
            OverAskingError: the pass asks for more than its rulebook, or the rulebook would have something disclosed.
            As ``plan_claim``.
        """
        self.check(view)
        return plan_claim(view.activation, self._catalogue, self._credentials(), self._recovery, now=_utc(now))

    def activate(self, plan: PlannedClaim, *, now: datetime) -> ActivationMessage:
        """The citizen says yes: prove, write the consent log, and hand over the message for a relayer.

        Activating again gives another proof of the same pseudonym for the same account, for when a message was lost.
        """
        proved = plan.prove()
        message = proved.message
        if message.disclosed:
            raise RuntimeError("an activation discloses nothing")
        entry = plan.consent(ConsentOutcome.UNKNOWN, at=_utc(now), language=self._language, nullifier=proved.nullifier)
        scope = replace(plan.programme.scope, slot=None)
        contents = self._store.contents
        if not any(known.scope == scope for known in contents.passes):
            contents = contents.with_pass(HeldPass(scope, plan.account))
        self._store.save(contents.with_consent(entry))
        return ActivationMessage(message.domain, message.key_id, message.account, message.as_of, message.proof)

    def restore(self, view: PassView) -> HeldPass:
        """Know a pass again that this recovery phrase activated before; ``learn`` then finds its uses."""
        self.check(view)
        known = self._find(view.scope)
        if known is None:
            known = HeldPass(view.scope, self.account(view))
            self._store.save(self._store.contents.with_pass(known))
        return known

    # ---- the pass credential ----

    def request(self, view: PassView, desk: str, nonce: bytes, *, now: datetime) -> AskedPass:
        """Ask the desk for the pass credential (pass.md 2.2), signed with the pass account.

        Args:
            desk: its DID.
            nonce: as it gave for this account, 32 octets.
        Raises:
            PassRefusedError: ``not_activated``.
            UnknownValidatorError: not a DID.
        """
        checked, known = self.check(view), self._activated(view)
        request = self._ask(desk, nonce, checked.pass_type, _utc(now)).to_octets()
        signed = SignedPassRequest.sign(view.domain, PassRequest.of(nonce, request), self._key(view.scope))
        entry = ConsentEntry(
            at=_utc(now),
            recipient=desk,
            disclosed=(DisclosedClaim("account", known.account),),
            proven=(self._language.of(PASS_ACCOUNT_PROOF),),
            scope=view.activation.scope.context_id.hex(),
            outcome=ConsentOutcome.UNKNOWN,
        )
        self._store.save(self._store.contents.with_consent(entry))
        return AskedPass(known.account, request, signed)

    def accept(self, view: PassView, unverified: Issuance, public_key: bytes, *, now: datetime) -> HeldCredential:
        """Verify the desk's answer and keep it.

        Args:
            public_key: the desk's, 96 octets; the pass must list it.
        Raises:
            IssuanceRefusedError: not a key of this pass's desk, or as ``Wallet.accept_credential``; nothing is kept.
        """
        checked = self.check(view)
        key_id = registry_key_id(checked.pass_type.type_id, public_key)
        if view.desk_keys.get(key_id) != registry_key(public_key):
            raise IssuanceRefusedError(Reason.INVALID_PUBLIC_KEY)
        return self._keep(unverified, public_key, _utc(now))

    # ---- offers ----

    def check(self, view: PassView) -> _Checked:
        """The pass's rulebook and terms, after comparing the pass with them.

        Raises:
            UnknownRulebookError: the wallet has not read the rulebook.
            OverAskingError: the pass asks for more, or would have something disclosed.
            PlantedStatementError: the pass asks for something else.
            PassRefusedError: ``too_many_keys``.
        """
        if len(view.desk_keys) > MOST_DESK_KEYS:
            raise PassRefusedError(PassRefusal.TOO_MANY_KEYS)
        rulebook, period = self._catalogue.rulebook(view.scope.rulebook_hash), view.scope.period
        rules = rulebook.pass_use.rules
        types = {
            "activation": self._catalogue.type_of(rulebook),
            "use": self._catalogue.type(rules.type_name, rules.type_version),
        }
        activation, use = pass_terms(rulebook, types, period)
        view.activation.check_terms(activation, types["activation"])
        replace(view.activation, terms=view.use).check_terms(use, types["use"])
        return _Checked(rulebook, use, types["use"])

    def offers(self, view: PassView, *, now: datetime) -> tuple[ListedOffer, ...]:
        """All offers with what is left of them, those that can be used now first; none without a right text.

        Asks nobody, tells nobody. Errors as ``check``.
        """
        rulebook, known = self.check(view).rulebook, self._find(view.scope)
        listed = []
        for described in view.offers:
            offer = described.offer(rulebook)
            if offer is None:
                continue
            shown = frozenset[int]() if known is None else known.numbers(described.number)
            left = offer.uses_per_pass - len(shown)
            places = max(0, offer.total - described.used) if offer.total else None
            why_not = _why_not(described, offer, _utc(now)) or (None if left > 0 else PassRefusal.USED_UP)
            listed.append(ListedOffer(described.number, offer, left, places, why_not))
        return tuple(sorted(listed, key=lambda item: item.why_not is not None))

    # ---- at the till ----

    def plan_use(
        self, view: PassView, offer: int, merchant: Address, price: int, *, now: datetime, again: bool = False
    ) -> PlannedUse:
        """Prepare the use of an offer, for the citizen to decide on.

        Args:
            offer: the number that the till shows.
            merchant: the shop that shows it.
            price: cents, before the reduction.
            again: show the last use of this offer at this shop and price once more, because it did not arrive.
        Raises:
            PassRefusedError: with the reason.
            NotEligibleError: the pass credential does not hold today.
            UnknownRulebookError, OverAskingError, PlantedStatementError: as ``check``.
        """
        moment, checked, known = _utc(now), self.check(view), self._activated(view)
        described, document = self._offer(view, offer, checked.rulebook)
        why_not = _why_not(described, document, moment)
        if why_not is not None:
            raise PassRefusedError(why_not)
        if document.merchant not in {ZERO_ADDRESS, merchant}:
            raise PassRefusedError(PassRefusal.OTHER_SHOP)
        quote = document.quote(price)
        if quote is None:
            raise PassRefusedError(PassRefusal.WRONG_PRICE)
        held = right_pass(view, checked.rulebook, checked.pass_type, self._credentials(), now=moment)
        number = _last_shown(known, offer, merchant, price) if again else _next_number(known, offer, document)
        return plan_use(
            view,
            checked.rulebook,
            checked.use,
            held,
            document,
            (offer, number),
            merchant,
            quote,
            is_repeat=number in known.numbers(offer),
            now=moment,
        )

    def use(self, plan: PlannedUse, *, now: datetime) -> OfferUseMessage:
        """The citizen says yes: prove, write the use and the consent log, and hand over the message for the till."""
        message = plan.prove()
        entry = plan.consent(ConsentOutcome.UNKNOWN, at=_utc(now), language=self._language, nullifier=message.nullifier)
        shown = ShownUse(plan.offer_number, plan.number, plan.merchant, plan.quote.price, _utc(now))
        known = self._activated(plan.view).with_use(shown)
        self._store.save(self._store.contents.with_pass(known).with_consent(entry))
        return message

    def decline(self, plan: PlannedUse, *, now: datetime) -> None:
        """The citizen says no: nothing leaves but an entry into the consent log."""
        entry = plan.consent(ConsentOutcome.DECLINED, at=_utc(now), language=self._language)
        self._store.save(self._store.contents.with_consent(entry))

    def learn(self, view: PassView, nullifiers: Collection[bytes], *, now: datetime) -> HeldPass:
        """Look up the own uses in the list of all that the pass has taken; asks nobody about a single one.

        Args:
            nullifiers: the whole list, 32 octets each.
        Raises:
            PassRefusedError: ``not_activated``, ``no_pass``.
            NotEligibleError: as ``plan_use``.
        """
        checked, known, taken = self.check(view), self._activated(view), frozenset(nullifiers)
        held = right_pass(view, checked.rulebook, checked.pass_type, self._credentials(), now=_utc(now))
        for described in view.offers:
            offer = described.offer(checked.rulebook)
            for number in range(0 if offer is None else offer.uses_per_pass):
                if nullifier_of(view, checked.use, held, described.number, number) in taken:
                    known = known.with_counted(described.number, number, _utc(now))
        self._store.save(self._store.contents.with_pass(known))
        return known

    # ---- inside ----

    def _key(self, scope: Scope) -> bytes:
        return self._recovery.payment_key(scope.in_slot(0).context_id)

    def _find(self, scope: Scope) -> HeldPass | None:
        return next((known for known in self.held if known.scope == scope), None)

    def _activated(self, view: PassView) -> HeldPass:
        known = self._find(view.scope)
        if known is None:
            raise PassRefusedError(PassRefusal.NOT_ACTIVATED)
        return known

    def _offer(self, view: PassView, number: int, rulebook: Rulebook) -> tuple[DescribedOffer, PassOffer]:
        described = view.find_offer(number)
        if described is None:
            raise PassRefusedError(PassRefusal.UNKNOWN_OFFER)
        offer = described.offer(rulebook)
        if offer is None:
            raise PassRefusedError(PassRefusal.OTHER_TEXT)
        return described, offer


def _why_not(described: DescribedOffer, offer: PassOffer, now: datetime) -> PassRefusal | None:
    """Why nobody can use the offer now, in the contract's order."""
    if described.is_withdrawn:
        return PassRefusal.WITHDRAWN
    closed = offer.why_not(now)
    if closed is not None:
        return PassRefusal(closed.value)
    return PassRefusal.EXHAUSTED if offer.total and described.used >= offer.total else None


def _next_number(known: HeldPass, number: int, offer: PassOffer) -> int:
    """The first use that was not shown."""
    for candidate in range(offer.uses_per_pass):
        if candidate not in known.numbers(number):
            return candidate
    raise PassRefusedError(PassRefusal.USED_UP)


def _last_shown(known: HeldPass, number: int, merchant: Address, price: int) -> int:
    """The last use that was shown to this shop at this price and that the chain does not have."""
    for use in reversed(known.uses):
        if (use.offer, use.merchant, use.price) == (number, merchant, price) and not use.is_counted:
            return use.number
    raise PassRefusedError(PassRefusal.NOTHING_TO_REPEAT)


def _utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("a time is an aware datetime")
    return now.astimezone(UTC)
