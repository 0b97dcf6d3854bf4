# SPDX-License-Identifier: EUPL-1.2
"""What a citizen qualifies for, over all rulebooks and credentials. Nothing leaves the wallet: nobody learns of it.

Invariants:
    * A policy's no is a value, ``Denied``, with every reason; an ``Allowed`` claim is one that can be proved.
    * Only verified credentials take part: ``Held`` has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from holder.model import Catalogue, StoredCredential
from holder.refusals import ProgrammeFormatError
from holder.wording import NO_CREDENTIAL, OUTSIDE_PERIOD, VALIDATOR_NOT_ACCEPTED
from ssi.credential.issuance import HeldCredential
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook
from ssi.rulebook.qualification import Allowed, Denial, Denied, qualify

__all__ = ["Held", "Qualification", "assess", "qualifications"]


@dataclass(frozen=True, slots=True)
class Held:
    """A credential of this wallet, verified, with what is stored of it."""

    stored: StoredCredential
    credential: HeldCredential

    @property
    def validator(self) -> str:
        """The DID of the validator that was asked for it."""
        return self.stored.issuance.validator

    @property
    def type(self) -> CredentialType:
        """Its type."""
        return self.credential.credential.type


@dataclass(frozen=True, slots=True)
class Qualification:
    """What one programme gives the citizen in one period.

    Attributes:
        decision: ``Allowed`` with the cents, or ``Denied`` with all reasons.
        held: the credential it was decided with; None when there is none to decide with.
    """

    rulebook: Rulebook
    period: int
    decision: Allowed | Denied
    held: Held | None


def qualifications(catalogue: Catalogue, credentials: Sequence[Held], *, now: datetime) -> tuple[Qualification, ...]:
    """Decide for every rulebook in its running period; what the citizen has a right to comes first.

    Args:
        catalogue: the rulebooks that the wallet knows.
        credentials: the wallet's.
        now: aware.
    """
    result = []
    for rulebook in catalogue.rulebooks:
        period = now.astimezone(ZoneInfo(rulebook.period.time_zone)).year
        result.append(assess(rulebook, catalogue.type_of(rulebook), period, credentials, now=now))
    return tuple(sorted(result, key=lambda found: isinstance(found.decision, Denied)))


def assess(
    rulebook: Rulebook,
    credential_type: CredentialType,
    period: int,
    credentials: Sequence[Held],
    *,
    now: datetime,
    accepted: Sequence[Held] | None = None,
) -> Qualification:
    """Decide for one rulebook and period, with the credential that serves best.

    The largest amount wins, then the newest credential; when none is allowed, the one with the fewest reasons against.

    Args:
        credentials: the wallet's, oldest first; those of other types are passed over.
        now: aware; the day of the claim is the one of UTC.
        accepted: those whose validator's key a fund accepts; None when no fund was looked at.
    Raises:
        ProgrammeFormatError: there is no such period.
    """
    fitting = [held for held in credentials if held.type == credential_type]
    usable = fitting if accepted is None else [held for held in fitting if held in accepted]
    try:
        is_open = rulebook.period.bounds(period).is_open(now)
    except ValueError as error:
        raise ProgrammeFormatError("$.period", "must be a year from 2000 to 2200") from error
    best: Qualification | None = None
    for held in usable:
        values = held.credential.credential.values
        decision = qualify(values, rulebook, credential_type, period=period, as_of=now.astimezone(UTC).date())
        found = Qualification(rulebook, period, decision, held)
        if best is None or _rank(found) >= _rank(best):
            best = found
    reasons: list[Denial] = [] if is_open else [OUTSIDE_PERIOD]
    if best is None:
        reasons.append(VALIDATOR_NOT_ACCEPTED if fitting else NO_CREDENTIAL)
        return Qualification(rulebook, period, Denied(tuple(reasons)), None)
    if reasons:
        against = best.decision.reasons if isinstance(best.decision, Denied) else ()
        return Qualification(rulebook, period, Denied((*reasons, *against)), best.held)
    return best


def _rank(qualification: Qualification) -> tuple[int, int]:
    decision = qualification.decision
    return (1, decision.amount_cents) if isinstance(decision, Allowed) else (0, -len(decision.reasons))
