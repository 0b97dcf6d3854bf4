# SPDX-License-Identifier: EUPL-1.2
"""What a pass is opened with."""

from dataclasses import dataclass

from programmable_money.messages import Address
from programmable_money.model import Amount
from programmable_money.passes.rules import pass_rules_of
from programmable_money.rules import RulesTuple
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["PassOpening"]


@dataclass(frozen=True, slots=True)
class PassOpening:
    """What a pass is opened with.

    Attributes:
        types: the credential types of an activation and of a use.
        period: the year.
        validators: accounts whose credentials count for an activation.
        desk: account of the desk that issues pass credentials.
        budget: minted against the deposit and paid in; nothing if zero.
        deposit: the bank's reference of the deposit, as text (``reference_octets``).
    """

    rulebook: Rulebook
    types: tuple[CredentialType, ...]
    period: int
    validators: tuple[Address, ...]
    desk: Address
    budget: Amount
    deposit: str

    @property
    def rules(self) -> RulesTuple:
        """The structure that the contract is opened with; errors as ``pass_rules_of``."""
        return pass_rules_of(self.rulebook, self.types, self.period, self.validators, self.desk)
