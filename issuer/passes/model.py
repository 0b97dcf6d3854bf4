# SPDX-License-Identifier: EUPL-1.2
"""What the desk of a pass knows: pass accounts, sessions, and whom it asks about them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NewType, Protocol, Self

from issuer.errors import SettingsError
from ssi.credential.types import ClaimValue
from ssi.rulebook.model import Rulebook

__all__ = ["CLAIMS", "OpenPassAccounts", "PassAccount", "PassAccounts", "PassSession", "PassTerms"]

CLAIMS: Final = frozenset({"exp", "recovered_at", "programme", "period"})
"""What a pass credential says (pass.md 2.2), and nothing of its holder."""

PassAccount = NewType("PassAccount", str)
"""An account that an activation was made for, 42 characters with their checksum: the record of a pass credential."""


class PassAccounts(Protocol):
    """What the pass's contract says of accounts; ``AccountsUnknownError`` when nobody can tell."""

    def find_activated(self, unverified_account: str) -> str | None:
        """The account in its one form, with its checksum, if its holder has activated a pass.

        An account can be written in two ways; as two records it would get two passes.
        """

    def has_signed(self, account: str, nonce: bytes, request: bytes, signature: bytes) -> bool:
        """Whether the account signed this request under this nonce, for this pass."""


OpenPassAccounts = Callable[[str, str, Rulebook, int], PassAccounts]
"""Makes them from the address of a node and that of the pass's contract, for a rulebook and a year; ValueError in words
when the contract is no pass of these. The composition root has one: no chain is imported here."""


@dataclass(frozen=True, slots=True)
class PassTerms:
    """What stands in every credential of one pass.

    Attributes:
        programme: the rulebook's constant for the claim of this name.
        period: the year.
        exp: the last day of the period.
    """

    programme: str
    period: int
    exp: date

    @classmethod
    def of(cls, rulebook: Rulebook, period: int) -> Self:
        """What a rulebook's uses ask, for a year.

        Raises:
            DocumentError: it is no rulebook of a pass.
            SettingsError: it asks for something else than the name of the programme.
        """
        constants = {rule.claim: rule.value for rule in rulebook.pass_use.rules.constants}
        programme = constants.pop("programme", None)
        if not isinstance(programme, str) or constants:
            raise SettingsError("rulebook", "must ask of a use the programme's name and no other constant")
        return cls(programme, period, date(period, 12, 31))

    @property
    def values(self) -> dict[str, ClaimValue]:
        """The claims by name; nobody's wallet is ever replaced here, so ``recovered_at`` is never."""
        return {"exp": self.exp, "recovered_at": 0, "programme": self.programme, "period": self.period}


@dataclass(frozen=True, slots=True)
class PassSession:
    """A challenge for one account, to be signed once."""

    account: PassAccount = field(repr=False)
    nonce: bytes
    """32 octets."""
    expires_at: datetime
    used_at: datetime | None = None
