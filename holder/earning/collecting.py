# SPDX-License-Identifier: EUPL-1.2
"""Planning a collection and proving it (tasks.md section 3): one part of an award into one slot.

Invariants:
    * The proof is made for the wallet's own statement, and only when the board has the same, or has none yet.
    * Rate, slot, account and total are fixed before anything is proved; the citizen decides on them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from holder.consent import ConsentEntry, ConsentOutcome, DisclosedClaim
from holder.earning.board import BoardView
from holder.earning.model import Earned, Work
from holder.earning.packing import Fill
from holder.eligibility import Held
from holder.programme import AcceptedKey, check_statement
from holder.refusals import NotEligibleError
from holder.wording import NO_CREDENTIAL, OWN_CREDENTIAL, VALIDATOR_NOT_ACCEPTED, Language
from programmable_money.messages import Address
from programmable_money.messages.tasks import Collection, CollectionMessage
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.registry_key import registry_key_id
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms
from ssi.credential.days import date_of, day_number
from ssi.credential.types import CredentialType
from ssi.rulebook.handout import Rate
from ssi.rulebook.model import Rulebook
from ssi.rulebook.qualification import Denial, denials
from ssi.rulebook.terms import compile_rules

__all__ = ["PlannedCollection", "RightRate", "plan_collection", "rate_terms", "right_rate"]


@dataclass(frozen=True, slots=True)
class RightRate:
    """The rate that a citizen proves today, and with which credential.

    Attributes:
        number: of the terms: 0 for the adult rate, 1 for the young one.
    """

    number: int
    rate: Rate
    terms: ClaimTerms
    held: Held = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlannedCollection:
    """A collection that would be accepted, for the citizen to decide on. Build it with ``plan_collection``.

    Attributes:
        earned: the line that it adds to the earnings book.
    """

    view: BoardView = field(repr=False)
    rulebook: Rulebook = field(repr=False)
    earned: Earned
    key: AcceptedKey = field(repr=False)
    prepared: PreparedClaim = field(repr=False)
    collection: Collection = field(repr=False)
    right: RightRate = field(repr=False)

    def prove(self, task_key: bytes) -> tuple[CollectionMessage, bytes]:
        """Make the proof, verify it (claim.md 6), and sign; the message and the pseudonym's nullifier."""
        proof, verified = self.prepared.prove_verified()
        message = CollectionMessage.sign(
            self.view.domain,
            self.collection,
            task_key,
            terms=self.right.number,
            key_id=self.key.key_id,
            as_of=verified.claim.as_of,
            proof=proof,
        )
        message.check()
        return message, verified.nullifier

    def consent(
        self, outcome: ConsentOutcome, *, at: datetime, language: Language, nullifier: bytes | None = None
    ) -> ConsentEntry:
        """The entry for the consent log: everything that the board, and so everybody, learns."""
        pseudonym = () if nullifier is None else (DisclosedClaim("nullifier", nullifier.hex()),)
        return ConsentEntry(
            at=at.astimezone(UTC),
            recipient=f"{language.of(self.rulebook.title)} {self.view.scope.period}, {self.view.scope.fund}",
            disclosed=(*self.shown, *pseudonym),
            proven=(language.of(OWN_CREDENTIAL), *self.proven(language)),
            scope=self.earned.scope.context_id.hex(),
            outcome=outcome,
        )

    @property
    def shown(self) -> tuple[DisclosedClaim, ...]:
        """What everybody will see of it."""
        said, held = self.collection, self.right.held
        values = held.credential.credential.values
        constants = (rule.claim for rule in self.right.rate.rules.constants)
        return (
            *(DisclosedClaim(name, _plain(values[name])) for name in constants),
            DisclosedClaim("validator", held.validator),
            DisclosedClaim("as_of", date_of(self.prepared.claim.as_of).isoformat()),
            DisclosedClaim("task_account", said.task_account),
            DisclosedClaim("account", said.account),
            DisclosedClaim("slot", self.earned.slot),
            DisclosedClaim("amount_cents", self.earned.cents),
        )

    def proven(self, language: Language) -> tuple[str, ...]:
        """What is proved about what stays hidden, in words."""
        return tuple(language.of(predicate.text) for predicate in self.right.rate.rules.predicates)


def rate_terms(rulebook: Rulebook, credential_type: CredentialType, period: int) -> tuple[ClaimTerms, ClaimTerms]:
    """What both rates ask, by the number of the board's terms."""
    adult, young = rulebook.earnings.rates
    return (
        compile_rules(adult.rules, credential_type, rulebook.period, period),
        compile_rules(young.rules, credential_type, rulebook.period, period),
    )


def right_rate(
    view: BoardView,
    rulebook: Rulebook,
    credential_type: CredentialType,
    credentials: Sequence[Held],
    *,
    now: datetime,
) -> RightRate:
    """The rate that one of the citizen's credentials proves today; the newest one that does.

    Raises:
        NotEligibleError: none does; with the reasons of the newest for the rate that it comes nearest to.
    """
    fitting = [held for held in credentials if held.type == credential_type]
    usable = [held for held in fitting if _key_id(held) in view.keys]
    if not usable:
        raise NotEligibleError((VALIDATOR_NOT_ACCEPTED if fitting else NO_CREDENTIAL,))
    terms = rate_terms(rulebook, credential_type, view.scope.period)
    against: tuple[Denial, ...] = ()
    for held in reversed(usable):
        for number, rate in enumerate(rulebook.earnings.rates):
            found = denials(
                held.credential.credential.values,
                rate.rules,
                credential_type,
                rulebook.period,
                period=view.scope.period,
                as_of=now.astimezone(UTC).date(),
            )
            if not found:
                return RightRate(number, rate, terms[number], held)
            if not against or len(found) < len(against):
                against = found
    raise NotEligibleError(against)


def plan_collection(
    view: BoardView,
    rulebook: Rulebook,
    right: RightRate,
    work: Work,
    fill: Fill,
    account: Address,
    *,
    total: int,
    now: datetime,
) -> PlannedCollection:
    """Prepare one collection.

    Args:
        fill: slot, seconds and cents.
        account: the slot's payment account.
        total: seconds of the award that are collected after this one.
        now: aware; the proof is of this day in UTC.
    Raises:
        PlantedStatementError: the board keeps another statement than the wallet computes.
        NotEligibleError: the board does not accept the credential's key.
    """
    year = now.astimezone(UTC).year
    scope = view.scope.in_slot(year * 256 + fill.slot)
    held = right.held.credential
    statement = Statement.of(right.terms, held.public_key, scope.context_id)
    key = view.find_key(_key_id(right.held), year * 256 + fill.slot, right.number, statement.S)
    if key is None:
        raise NotEligibleError((VALIDATOR_NOT_ACCEPTED,))
    check_statement(key, statement)
    collection = Collection(work.account, account, year * 256 + fill.slot, total)
    claim = Claim(collection.recipient, day_number(now.astimezone(UTC).date()), ())
    earned = Earned(
        scope=scope,
        task=work.task,
        title=work.title,
        task_account=work.account,
        account=account,
        terms=right.number,
        total=total,
        seconds=fill.seconds,
        cents=fill.cents,
        cents_per_hour=right.rate.cents_per_hour,
        at=now.astimezone(UTC),
    )
    prepared = PreparedClaim.of(statement, claim, held.witness)
    return PlannedCollection(view, rulebook, earned, key, prepared, collection, right)


def _key_id(held: Held) -> bytes:
    return registry_key_id(held.type.type_id, held.credential.public_key)


def _plain(value: object) -> str | int | None:
    return value if value is None or isinstance(value, int | str) else str(value)
