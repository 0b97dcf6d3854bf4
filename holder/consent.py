# SPDX-License-Identifier: EUPL-1.2
"""The consent log: what the citizen showed or proved, to whom, and how it ended. Pure data.

It is kept inside the encrypted wallet and nowhere else, because it holds disclosed values. Entries are only ever added.

Invariants:
    * ``ConsentLog.append`` returns a longer log that begins with the old one; nothing removes or changes an entry.
    * Times are aware and in UTC. Values are JSON strings, integers, booleans or null; never fractions.
    * ``repr`` shows claim names, not their values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from holder.errors import ConsentFormatError

__all__ = ["ClaimValue", "ConsentEntry", "ConsentLog", "ConsentOutcome", "DisclosedClaim"]

ClaimValue = str | int | bool | None
"""What a disclosed claim can be."""


class ConsentOutcome(StrEnum):
    """How a request ended."""

    DECLINED = "declined"
    """The citizen said no; nothing left the wallet."""
    ACCEPTED = "accepted"
    """It was sent, and accepted."""
    REFUSED = "refused"
    """It was sent, and refused by who received it."""
    UNKNOWN = "unknown"
    """It was sent, and no answer came."""


@dataclass(frozen=True, slots=True)
class DisclosedClaim:
    """A claim whose value was shown.

    Args:
        name: the claim's name.
        value: the value that was shown.
    """

    name: str
    value: ClaimValue = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """One request and what became of it.

    Args:
        at: when the citizen decided; aware, UTC.
        recipient: to whom, as the citizen was shown it, such as a programme's or a verifier's name.
        disclosed: the claims whose values were shown.
        proven: the statements that were proven about hidden claims, as the citizen was shown them.
        scope: what the pseudonym was for, as hexadecimal or text; empty if there was none.
        outcome: how it ended.
    Raises:
        ValueError: if ``at`` is not in UTC.
    """

    at: datetime
    recipient: str
    disclosed: tuple[DisclosedClaim, ...]
    proven: tuple[str, ...]
    scope: str
    outcome: ConsentOutcome

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError("the time of a consent is aware and in UTC")

    def to_json(self) -> dict[str, Any]:
        """The entry as a JSON object."""
        return {
            "at": self.at.astimezone(UTC).isoformat(),
            "recipient": self.recipient,
            "disclosed": [{"name": claim.name, "value": claim.value} for claim in self.disclosed],
            "proven": list(self.proven),
            "scope": self.scope,
            "outcome": self.outcome.value,
        }

    @classmethod
    def from_json(cls, unverified: object) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            ConsentFormatError: with the member that is wrong.
        """
        entry = _members(unverified, "entry", {"at", "recipient", "disclosed", "proven", "scope", "outcome"})
        outcome = _text(entry, "outcome")
        if outcome not in set(ConsentOutcome):
            raise ConsentFormatError("outcome")
        return cls(
            at=_time(entry),
            recipient=_text(entry, "recipient"),
            disclosed=tuple(_disclosed(claim) for claim in _items(entry, "disclosed")),
            proven=tuple(_text({"proven": statement}, "proven") for statement in _items(entry, "proven")),
            scope=_text(entry, "scope"),
            outcome=ConsentOutcome(outcome),
        )


@dataclass(frozen=True, slots=True)
class ConsentLog:
    """All consents of a wallet, oldest first.

    Args:
        entries: in the order they were given.
    """

    entries: tuple[ConsentEntry, ...] = ()

    def append(self, entry: ConsentEntry) -> Self:
        """A log with one more entry."""
        return type(self)((*self.entries, entry))

    def is_continuation_of(self, earlier: "ConsentLog") -> bool:
        """True if this log begins with every entry of the earlier one, unchanged."""
        return self.entries[: len(earlier.entries)] == earlier.entries

    def to_json(self) -> list[dict[str, Any]]:
        """The log as a JSON array."""
        return [entry.to_json() for entry in self.entries]

    @classmethod
    def from_json(cls, unverified: object) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            ConsentFormatError: with the member that is wrong.
        """
        if not isinstance(unverified, list):
            raise ConsentFormatError("log")
        return cls(tuple(ConsentEntry.from_json(entry) for entry in unverified))


def _disclosed(unverified: object) -> DisclosedClaim:
    claim = _members(unverified, "disclosed", {"name", "value"})
    value = claim["value"]
    if not (value is None or isinstance(value, str | int)):
        raise ConsentFormatError("value")
    return DisclosedClaim(_text(claim, "name"), value)


def _members(unverified: object, what: str, expected: set[str]) -> Mapping[str, Any]:
    if not isinstance(unverified, Mapping):
        raise ConsentFormatError(what)
    wrong = sorted(expected ^ unverified.keys())
    if wrong:  # an unknown member's name may itself be personal; a missing one's is ours
        raise ConsentFormatError(wrong[0] if wrong[0] in expected else what)
    return unverified


def _items(members: Mapping[str, Any], name: str) -> list[Any]:
    value = members[name]
    if not isinstance(value, list):
        raise ConsentFormatError(name)
    return value


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise ConsentFormatError(name)
    return value


def _time(entry: Mapping[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(_text(entry, "at"))
    except ValueError:
        raise ConsentFormatError("at") from None
    if at.utcoffset() != timedelta(0):
        raise ConsentFormatError("at")
    return at
