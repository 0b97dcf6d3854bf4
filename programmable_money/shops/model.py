# SPDX-License-Identifier: EUPL-1.2
"""Shops as the sponsor knows them: applications, approvals for each programme, keys of tills and employees. Pure.

Invariants:

- The contract knows one account for a shop. Tills and employees have keys of their own, which the contract does not
  know; the shop's desk signs with the shop's account only for a key in force.
- A till's key can take payments for its own shop and cancel one within a minute. An employee's key can also give money
  back. Neither can pay anybody else, change a bank account or add a key.
- A shop's name and contact are never on the chain.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from programmable_money.messages import Address
from programmable_money.model import MoneyError
from programmable_money.settlement.payment_file import BankAccount

__all__ = [
    "CANCEL_WITHIN",
    "MOST_APPLICATIONS",
    "TAKES_PART",
    "Application",
    "Approval",
    "ApprovalState",
    "KeyKind",
    "Shop",
    "ShopError",
    "ShopKey",
    "ShopPolicy",
    "ShopRefusal",
    "check_contact",
    "check_label",
]

CANCEL_WITHIN: Final = timedelta(minutes=1)
"""How long after the charge a till may cancel a payment by itself."""
MOST_APPLICATIONS: Final = 500
"""Applications for one programme that nobody has looked at: a flood of them fills no list and no disk."""
_CONTACT: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}|\+?[0-9][0-9 -]{5,20}")
_LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .-]{0,39}")
_WORD: Final = re.compile(r"[a-z0-9]+")


class ShopRefusal(StrEnum):
    """Why something is not done for a shop."""

    BAD_VALUE = "bad_value"
    UNKNOWN_SHOP = "unknown_shop"
    ACCOUNT_TAKEN = "account_taken"
    CATEGORY_NOT_ALLOWED = "category_not_allowed"
    CHAIN_STORE = "chain_store"
    NOT_APPLIED = "not_applied"
    WRONG_STATE = "wrong_state"
    SAME_EMPLOYEE = "same_employee"
    UNKNOWN_EMPLOYEE = "unknown_employee"
    KEY_TAKEN = "key_taken"
    KEY_NOT_IN_FORCE = "key_not_in_force"
    OTHER_SHOP = "other_shop"
    ORDER_EXPIRED = "order_expired"
    SUSPENDED = "suspended"
    NOT_FOR_A_TILL = "not_for_a_till"
    CANCEL_TOO_LATE = "cancel_too_late"
    UNKNOWN_CHARGE = "unknown_charge"
    TOO_MANY_OPEN = "too_many_open"
    FORM_TOO_OLD = "form_too_old"


class ShopError(MoneyError):
    """It is not done, and nothing changed.

    Args:
        reason: which rule.
        field: what it is about, where one value is wrong.
        rule: what that must be.
    """

    def __init__(self, reason: ShopRefusal, field: str = "", rule: str = "") -> None:
        super().__init__(f"{reason.value}{f': {field} {rule}'.rstrip() if field else ''}")
        self.reason = reason
        self.field = field
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Application:
    """What a shop asks for.

    Attributes:
        account: address of the shop's account; its key is kept by the shop's desk.
        bank: where its money goes; the name on it is the shop's.
        category: id of a category of the rulebook, such as ``toys``.
        contact: an email address or a telephone number.
        is_chain_store: what the shop says of itself.
    """

    account: Address
    bank: BankAccount
    category: str
    contact: str
    is_chain_store: bool

    @classmethod
    def from_form(
        cls, *, account: Address, name: str, iban: str, category: str, contact: str, is_chain_store: bool, bic: str = ""
    ) -> Self:
        """Check what was filled in.

        Raises:
            SettlementError: the name, IBAN or BIC; ``field`` says which.
            ShopError: ``bad_value``: the contact.
        """
        bank = BankAccount.from_text(name, iban, bic, field="shop")
        check_contact(contact)
        return cls(account, bank, category, contact, is_chain_store)


@dataclass(frozen=True, slots=True)
class ShopPolicy:
    """What the sponsor asks of shops in one programme.

    Attributes:
        excludes_chains: whether chain stores are refused.
        chains: their names, as the sponsor lists them.
        four_eyes: whether two employees must agree to a shop.
    """

    excludes_chains: bool = False
    chains: frozenset[str] = frozenset()
    four_eyes: bool = True

    @classmethod
    def from_list(cls, text: str, *, four_eyes: bool = True) -> Self:
        """Chain stores are excluded, by a list with a name on each line; lines with # are passed over."""
        lines = (line.strip() for line in text.splitlines())
        return cls(True, frozenset(line for line in lines if line and not line.startswith("#")), four_eyes)

    def check(self, application: Application) -> None:
        """Refuse a chain store where that is the rule: ShopError ``chain_store``.

        A name counts as listed when a chain's words stand in it, side by side: "Hema Leek" is Hema, "Schema" is not.
        """
        if not self.excludes_chains:
            return
        if application.is_chain_store or self.lists(application.bank.name):
            raise ShopError(ShopRefusal.CHAIN_STORE)

    def lists(self, name: str) -> bool:
        """Whether a shop's name is that of a chain store that is refused."""
        words = _words(name)
        return self.excludes_chains and any(_stands_in(_words(chain), words) for chain in self.chains)


class ApprovalState(StrEnum):
    """A shop in one programme."""

    APPLIED = "applied"
    PROPOSED = "proposed"
    """One employee agreed; a second must, where the policy says so."""
    AGREED = "agreed"
    """All who must agree did; to be written on the chain."""
    APPROVED = "approved"
    REFUSED = "refused"
    SUSPENDED = "suspended"


TAKES_PART: Final = frozenset({ApprovalState.APPROVED, ApprovalState.SUSPENDED})
"""States of a shop that takes part, or did: it may be owed something, and can give money back."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A shop's place in one programme.

    Attributes:
        proposed_by, agreed_by: employees.
        note: why it was refused or suspended.
    """

    fund: Address
    state: ApprovalState
    proposed_by: str = ""
    agreed_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop with its programmes."""

    account: Address
    bank: BankAccount
    category: str
    contact: str
    is_chain_store: bool
    approvals: tuple[Approval, ...]

    def approval(self, fund: Address) -> Approval | None:
        """Its place in a programme; None if it never asked."""
        return next((approval for approval in self.approvals if approval.fund == fund), None)


class KeyKind(StrEnum):
    """What a key may ask for."""

    TILL = "till"
    EMPLOYEE = "employee"


@dataclass(frozen=True, slots=True)
class ShopKey:
    """A key of a till or of an employee.

    Attributes:
        key: address of the key.
        label: what the shop calls it, such as ``till 2``; shown on its statements.
    """

    key: Address
    shop: Address
    kind: KeyKind
    label: str
    registered_at: datetime
    revoked_at: datetime | None = None

    @property
    def is_in_force(self) -> bool:
        """Whether the desk signs for it."""
        return self.revoked_at is None


def check_contact(contact: str) -> None:
    """Refuse what nobody can be reached by: ShopError ``bad_value``."""
    if _CONTACT.fullmatch(contact) is None or not contact.isprintable():
        raise ShopError(ShopRefusal.BAD_VALUE, "contact", "must be an email address or a telephone number")


def check_label(label: str) -> None:
    """Refuse a label that cannot stand on a statement: ShopError ``bad_value``."""
    if _LABEL.fullmatch(label) is None:
        raise ShopError(ShopRefusal.BAD_VALUE, "label", "must be 1 to 40 letters, digits, spaces, dots, minus signs")


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _WORD.findall(plain.replace("'", ""))


def _stands_in(words: list[str], name: list[str]) -> bool:
    return bool(words) and any(name[at : at + len(words)] == words for at in range(len(name)))
