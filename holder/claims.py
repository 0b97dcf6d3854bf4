# SPDX-License-Identifier: EUPL-1.2
"""Planning a claim and proving it (claim.md section 6), with everything recomputed from what the wallet trusts.

What it trusts: rulebooks that it has read, the key under which its credential was verified, and the scope that the
citizen means. A ``PlannedClaim`` says what will be shown and proved before anything is; the citizen decides on it.

Invariants:
    * A proof is made for the wallet's own statement, and only when the fund's agrees with it.
    * The account is the scope's own: one fresh account for each programme and period, from the recovery phrase.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from holder.consent import ConsentEntry, ConsentOutcome, DisclosedClaim
from holder.eligibility import Held, assess
from holder.model import Catalogue
from holder.programme import AcceptedKey, ProgrammeView, check_statement
from holder.recovery import Recovery
from holder.refusals import NotEligibleError, ProgrammeFormatError
from holder.wording import OWN_CREDENTIAL, SAME_CLAIMER, Language
from programmable_money.messages import Address, ClaimMessage, address_of
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.statement import Statement
from ssi.credential.days import date_of, day_number
from ssi.rulebook.model import Rulebook
from ssi.rulebook.qualification import Denied
from ssi.rulebook.terms import terms

__all__ = ["PlannedClaim", "ProvedClaim", "plan_claim"]


@dataclass(frozen=True, slots=True)
class ProvedClaim:
    """A claim whose proof was verified by the wallet itself, and not yet sent.

    Attributes:
        message: for the relayer.
        nullifier: under which the fund will remember the pseudonym, 32 octets.
    """

    message: ClaimMessage
    nullifier: bytes


@dataclass(frozen=True, slots=True)
class PlannedClaim:
    """A claim that would be accepted, for the citizen to decide on. Build it with ``plan_claim``.

    Attributes:
        amount_cents: what the fund is to credit.
        account: the payment account that will be credited.
        validator: whose credential it is.
    """

    programme: ProgrammeView
    rulebook: Rulebook
    amount_cents: int
    account: Address = field(repr=False)
    validator: str = field(repr=False)
    key: AcceptedKey = field(repr=False)
    prepared: PreparedClaim = field(repr=False)
    shown: tuple[DisclosedClaim, ...] = field(repr=False)

    def prove(self) -> ProvedClaim:
        """Make the proof and verify it (6.1 to 6.6)."""
        proof, verified = self.prepared.prove_verified()
        domain, key, claim = self.programme.domain, self.key.key_id, verified.claim
        message = ClaimMessage(domain, key, self.account, claim.as_of, claim.disclosed, proof)
        return ProvedClaim(message, verified.nullifier)

    def consent(
        self, outcome: ConsentOutcome, *, at: datetime, language: Language, nullifier: bytes | None = None
    ) -> ConsentEntry:
        """The entry for the consent log: everything that the fund, and so everybody, learns.

        Args:
            at: when the citizen decided; aware.
            nullifier: once it is known.
        """
        pseudonym = () if nullifier is None else (DisclosedClaim("nullifier", nullifier.hex()),)
        scope = self.programme.scope
        return ConsentEntry(
            at=at.astimezone(UTC),
            recipient=f"{language.of(self.rulebook.title)} {scope.period}, {scope.fund}",
            disclosed=(*self.shown, *pseudonym),
            proven=self.proven(language),
            scope=scope.context_id.hex(),
            outcome=outcome,
        )

    def proven(self, language: Language) -> tuple[str, ...]:
        """What is proved about what stays hidden, in words."""
        rules = tuple(language.of(predicate.text) for predicate in self.rulebook.rules.predicates)
        return (language.of(OWN_CREDENTIAL), *rules, language.of(SAME_CLAIMER))


def plan_claim(
    programme: ProgrammeView, catalogue: Catalogue, credentials: Sequence[Held], recovery: Recovery, *, now: datetime
) -> PlannedClaim:
    """Check a programme against its rulebook, and prepare a claim with the credential that serves best.

    Args:
        programme: as received.
        catalogue: the documents that the wallet knows.
        credentials: the wallet's.
        recovery: gives the payment account.
        now: aware; the claim is of this day in UTC.
    Raises:
        UnknownRulebookError: the wallet has not read the programme's rulebook.
        OverAskingError: the fund asks for more than its rulebook says.
        PlantedStatementError: the fund's terms, scope or statement are not what the wallet computes.
        NotEligibleError: the claim would be refused; with all reasons.
        ProgrammeFormatError: there is no such period.
    """
    scope = programme.scope
    rulebook = catalogue.rulebook(scope.rulebook_hash)
    credential_type = catalogue.type_of(rulebook)
    try:
        compiled = terms(rulebook, credential_type, scope.period)
    except ValueError as error:
        raise ProgrammeFormatError("$.period", "must be a year from 2000 to 2200") from error
    programme.check_terms(compiled, credential_type)
    keys = [(held, programme.find_key(held.type.type_id, held.credential.public_key)) for held in credentials]
    accepted = [held for held, key in keys if key is not None]
    found = assess(rulebook, credential_type, scope.period, credentials, now=now, accepted=accepted)
    if isinstance(found.decision, Denied):
        raise NotEligibleError(found.decision.reasons)
    key = next(key for held, key in keys if held is found.held)
    if found.held is None or key is None:
        raise RuntimeError("an allowed claim has a credential and an accepted key")
    held = found.held.credential
    statement = Statement.of(compiled, held.public_key, scope.context_id)
    check_statement(key, statement)
    account = address_of(recovery.payment_key(scope.context_id))
    as_of = day_number(now.astimezone(UTC).date())
    disclosed = tuple(held.witness.scalars[claim.position] for claim in compiled.disclosed)
    claim = Claim(bytes.fromhex(account[2:]), as_of, disclosed)
    positions = [constant.position for constant in compiled.constants]
    positions += [shown.position for shown in compiled.disclosed]
    values = held.credential.values
    names = [credential_type.claims[position].name for position in sorted(positions)]
    return PlannedClaim(
        programme=programme,
        rulebook=rulebook,
        amount_cents=found.decision.amount_cents,
        account=account,
        validator=found.held.validator,
        key=key,
        prepared=PreparedClaim.of(statement, claim, held.witness),
        shown=(
            *(DisclosedClaim(name, _plain(values[name])) for name in names),
            DisclosedClaim("validator", found.held.validator),
            DisclosedClaim("as_of", date_of(as_of).isoformat()),
            DisclosedClaim("account", account),
        ),
    )


def _plain(value: object) -> str | int | None:
    """A credential claim's value as the consent log writes it: a date in ISO 8601."""
    return value if value is None or isinstance(value, int | str) else str(value)
