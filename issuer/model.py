# SPDX-License-Identifier: EUPL-1.2
"""What a validator knows: households, pins, sessions. All of it frozen; ``repr`` shows no personal value.

Invariants:
    * Times are aware UTC. Days are UTC days.
    * Money is integer cents per month.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, NewType

from issuer.errors import SettingsError
from ssi.did import DidError
from ssi.did.document import split_did

__all__ = [
    "MUNICIPALITY",
    "UNPINNED",
    "CredentialRecord",
    "Household",
    "PersonId",
    "Pin",
    "Recovery",
    "Session",
    "Validator",
]

PersonId = NewType("PersonId", str)
"""The validator's own reference for a person, the same for ever: entropy and with it all pseudonyms hang on it."""

MUNICIPALITY: Final = re.compile(r"GM[0-9]{4}")
"""A municipality's CBS code."""


@dataclass(frozen=True, slots=True)
class Validator:
    """The party that issues.

    Args:
        did: its DID, under which wallets make requests.
        name: how it is called, for people.
        municipalities: CBS codes of the municipalities whose residents it attests.
    Raises:
        SettingsError: not a DID, no name, or not CBS codes.
    """

    did: str
    name: str
    municipalities: frozenset[str]

    def __post_init__(self) -> None:
        try:
            split_did(self.did)
        except DidError:
            raise SettingsError("did", "must be a DID, such as did:web:desk.example") from None
        if not 1 <= len(self.name.strip()) <= 200:
            raise SettingsError("name", "must have 1 to 200 characters")
        if not self.municipalities or not all(MUNICIPALITY.fullmatch(code) for code in self.municipalities):
            raise SettingsError("municipality", "must be a CBS code: GM and four digits, such as GM1969")


@dataclass(frozen=True, slots=True)
class Household:
    """A record: one person, for their household. Made from a checked line of a household file."""

    person: PersonId = field(repr=False)
    name: str = field(repr=False)
    birth_date: date = field(repr=False)
    address: str = field(repr=False)
    kind: str = field(repr=False)
    """A kind of household of the rulebook's norm table."""
    income_cents: int = field(repr=False)
    """Net per month, holiday pay included."""
    norm_cents: int = field(repr=False)
    """The norm that the rulebook's table gives for ``kind``."""
    children: int = field(repr=False)
    municipality: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pin:
    """Which wallet a record belongs to (issuance.md 3.2 and 3.3).

    Attributes:
        issuance_pseudonym: 48 octets, or None when the record belongs to no wallet.
        recovered_at: the value for credentials; None when never recovered.
        is_recovering: whether a recovery removed the pin and no wallet has taken its place yet.
        valid_until: the last day on which any credential issued for the record is valid; None when none was issued.
    """

    issuance_pseudonym: bytes | None = field(repr=False)
    recovered_at: date | None
    is_recovering: bool
    valid_until: date | None

    def with_credential(self, exp: date) -> "Pin":
        """After issuing a credential that is valid up to and including ``exp``."""
        return replace(self, valid_until=exp if self.valid_until is None else max(exp, self.valid_until))


UNPINNED: Final = Pin(None, None, is_recovering=False, valid_until=None)
"""A record that no wallet has ever asked for."""


@dataclass(frozen=True, slots=True)
class Session:
    """Permission for one person to ask for one credential, once."""

    person: PersonId = field(repr=False)
    nonce: bytes
    """32 octets; goes into the request's proof."""
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CredentialRecord:
    """That a credential was issued: never its claims."""

    person: PersonId = field(repr=False)
    vct: str
    key_id: bytes
    """32 octets; the name of the signing key in the trust registry."""
    issued_at: datetime
    exp: date


@dataclass(frozen=True, slots=True)
class Recovery:
    """That an employee removed a pin, and why."""

    person: PersonId = field(repr=False)
    employee: str
    reason: str = field(repr=False)
    recovered_at: datetime
