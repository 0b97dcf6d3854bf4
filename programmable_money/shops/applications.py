# SPDX-License-Identifier: EUPL-1.2
"""A shop applies in a browser: the form, what is wrong with it, the shop's account, the browser as its first employee.

Anybody may apply, in anybody's name. What is filled in is what somebody says; the sponsor's employees find out whether
it is true before they agree, by a way that does not come from the form.

Invariants:

- Every field that is wrong is named at once, with the rule, and nothing is kept until none is.
- The browser's key is registered in the transaction that keeps the application: a form that is sent twice, or by two
  processes at once, applies once.
- A shop's account is made here, for this application; nobody chooses it.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from programmable_money.messages import address_of
from programmable_money.settlement.payment_file import BankAccount, SettlementError
from programmable_money.shops.browsers.model import PairedBrowser, PairedTill
from programmable_money.shops.desk import KeyFolder
from programmable_money.shops.model import (
    Application,
    KeyKind,
    ShopError,
    ShopKey,
    ShopRefusal,
    check_contact,
    check_label,
)
from programmable_money.shops.service import ShopRegister

__all__ = ["ApplicationForm", "Applications", "FieldProblem", "FormError"]

_SOME_NAME = "Stuiver"
"""Stands for the name while the account alone is looked at."""


class FieldProblem(StrEnum):
    """What is wrong with a field."""

    NAME = "name"
    NAME_OF_CHAIN = "name_of_chain"
    IBAN = "iban"
    BIC_NEEDED = "bic_needed"
    BIC = "bic"
    CATEGORY = "category"
    CONTACT = "contact"
    CHAIN_UNSAID = "chain_unsaid"
    CHAIN_STORE = "chain_store"

    @property
    def field(self) -> str:
        """Of the form."""
        return {"name_of_chain": "name", "bic_needed": "bic", "chain_unsaid": "chain", "chain_store": "chain"}.get(
            self.value, self.value
        )


class FormError(ShopError):
    """Fields are wrong; nothing was kept.

    Args:
        problems: by field, in the order of the form.
    """

    def __init__(self, problems: Mapping[str, FieldProblem]) -> None:
        super().__init__(ShopRefusal.BAD_VALUE, ", ".join(problems), "must be filled in as the form says")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """What somebody filled in, as it was typed.

    Attributes:
        bic: empty where the IBAN implies it.
        chain: ``yes`` or ``no``: whether the shop is one of a chain.
    """

    name: str = ""
    iban: str = ""
    bic: str = ""
    category: str = ""
    contact: str = ""
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Applications:
    """The door for new shops of one programme.

    Args:
        register: takes the applications.
        keys: keeps the shops' own keys.
        clock: the present, aware UTC.
    """

    register: ShopRegister
    keys: KeyFolder
    clock: Callable[[], datetime]

    def apply(self, unverified: ApplicationForm, private_key: bytes, label: str) -> PairedTill:
        """Take an application, and make the browser that sends it the shop's first employee.

        Args:
            private_key: of the browser, 32 octets.
            label: what the employee is called on statements.
        Raises:
            FormError: fields are wrong.
            ShopError: ``key_taken``: this browser applied before; ``too_many_open``.
        """
        self.check(unverified)
        check_label(label)
        account = self.keys.keep(secrets.token_bytes(32))
        try:
            application = Application.from_form(
                account=account,
                name=unverified.name.strip(),
                iban=unverified.iban,
                bic=unverified.bic.strip(),
                category=unverified.category,
                contact=unverified.contact.strip(),
                is_chain_store=unverified.chain == "yes",
            )
            at = self.clock().replace(microsecond=0)
            key = ShopKey(address_of(private_key), account, KeyKind.EMPLOYEE, label, at)
            self.register.apply(application, employee=key)
        except BaseException:
            self.keys.forget(account)
            raise
        return PairedBrowser(private_key, key)

    def check(self, unverified: ApplicationForm) -> None:
        """Look at every field; FormError names all that are wrong."""
        found = (
            self._name(unverified.name.strip()),
            _bank(unverified.iban, unverified.bic.strip()),
            self._category(unverified.category),
            _contact(unverified.contact.strip()),
            self._chain(unverified.chain),
        )
        problems = {problem.field: problem for problem in found if problem is not None}
        if problems:
            raise FormError(problems)

    def _name(self, name: str) -> FieldProblem | None:
        try:
            BankAccount.check_name(name, field="name")
        except SettlementError:
            return FieldProblem.NAME
        return FieldProblem.NAME_OF_CHAIN if self.register.policy.lists(name) else None

    def _category(self, category: str) -> FieldProblem | None:
        known = {one.id for one in self.register.rulebook.spending.categories}
        return None if category in known else FieldProblem.CATEGORY

    def _chain(self, chain: str) -> FieldProblem | None:
        if chain not in {"yes", "no"}:
            return FieldProblem.CHAIN_UNSAID
        return FieldProblem.CHAIN_STORE if chain == "yes" and self.register.policy.excludes_chains else None


def _bank(iban: str, bic: str) -> FieldProblem | None:
    try:
        BankAccount.from_text(_SOME_NAME, iban, bic, field="shop")
    except SettlementError as error:
        if error.field.endswith("iban"):
            return FieldProblem.IBAN
        return FieldProblem.BIC if bic else FieldProblem.BIC_NEEDED
    return None


def _contact(contact: str) -> FieldProblem | None:
    try:
        check_contact(contact)
    except ShopError:
        return FieldProblem.CONTACT
    return None
