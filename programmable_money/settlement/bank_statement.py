# SPDX-License-Identifier: EUPL-1.2
"""A bank's account statement (ISO 20022 camt.053, versions 02 and 08), read strictly. Pure.

There are libraries; the one that fits best (camt053) is young and brings a web framework, a template engine and pinned
versions of thirty packages. What is needed here is one reader that refuses what it does not understand.

Invariants:

- Only booked entries count. Opening balance plus entries is the closing balance, to the cent, or the file is refused.
- Each entry has the bank's own reference. It is the entry's identity, so that no statement, imported twice or
  overlapping with another, counts anything twice.
- The parts of an entry add up to it. Nothing is rounded; the currency is the euro.
"""

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from programmable_money.model import Amount, MoneyError
from programmable_money.settlement.bounded_xml import XmlError, parse_xml

__all__ = ["BankEntry", "BankStatement", "Direction", "StatementError", "read_statements"]

_VERSIONS: Final = tuple(f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{number}" for number in ("02", "08"))
_AMOUNT: Final = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2})0{0,3})?")
_MAX_ENTRIES: Final = 50_000
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = "CLBD"


class StatementError(MoneyError):
    """A statement cannot be relied on.

    Args:
        place: which part, such as ``statement 1, entry 3, amount``.
        rule: what it must be.
    """

    def __init__(self, place: str, rule: str) -> None:
        super().__init__(f"{place}: {rule}")
        self.place = place
        self.rule = rule


class Direction(StrEnum):
    """Which way money went, seen from the municipality's account."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class BankEntry:
    """A booked entry, or one part of an entry that the bank booked for several payments together.

    Attributes:
        key: identity of it at this bank: day, the bank's own reference, direction, number of the part.
        amount: above zero.
        is_return: an earlier payment comes back, or the bank corrects its own entry.
        end_to_end: the payment's own reference; empty if there is none.
        payment_batch: the group of a payment file that was booked as one sum; empty otherwise.
        reason: why it came back, a code such as AC04 (account closed); empty if the bank says nothing.
        remittance: what the payer wrote.
    """

    key: str
    booked_on: date
    amount: Amount
    direction: Direction
    is_return: bool
    end_to_end: str
    payment_batch: str
    reason: str
    remittance: str

    @property
    def signed(self) -> Amount:
        """Above zero when it came in."""
        return self.amount if self.direction is Direction.IN else -self.amount


@dataclass(frozen=True, slots=True)
class BankStatement:
    """One statement of one account.

    Attributes:
        id: the bank's; unique for the account.
        from_day, to_day: days of the opening and the closing balance.
    """

    id: str
    iban: str
    from_day: date
    to_day: date
    opening: Amount
    closing: Amount
    entries: tuple[BankEntry, ...]

    @property
    def digest(self) -> str:
        """Of everything that counts in it: two statements of one id must have the same."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def read_statements(unverified: bytes) -> tuple[BankStatement, ...]:
    """Read a camt.053 document.

    Raises:
        StatementError: it is none, or breaks a rule of this module.
    """
    try:
        root = parse_xml(unverified)
    except XmlError as error:
        raise StatementError("file", str(error)) from None
    namespace, _, name = root.tag.removeprefix("{").partition("}")
    if namespace not in _VERSIONS or name != "Document":
        raise StatementError("file", "must be a camt.053 document of version 001.02 or 001.08")
    prefix = "{" + namespace + "}"
    for element in root.iter():
        if not element.tag.startswith(prefix):
            raise StatementError("file", "must have elements of camt.053 only")
        element.tag = element.tag.removeprefix(prefix)
    statements = tuple(
        _Reader(f"statement {number}").statement(element)
        for number, element in enumerate(root.iterfind("BkToCstmrStmt/Stmt"), start=1)
    )
    if not statements:
        raise StatementError("file", "must have a statement")
    return statements


@dataclass(frozen=True, slots=True)
class _Reader:
    place: str

    def statement(self, element: ET.Element) -> BankStatement:
        if element.findtext("StmtPgntn/LastPgInd", "true") != "true" or element.findtext("StmtPgntn/PgNb", "1") != "1":
            raise StatementError(self.place, "must be whole; this one is cut into pages")
        opening, from_day = self._balance(element, *_OPENING)
        closing, to_day = self._balance(element, _CLOSING)
        found = element.findall("Ntry")
        if len(found) > _MAX_ENTRIES:
            raise StatementError(self.place, f"must have at most {_MAX_ENTRIES} entries")
        entries = tuple(
            entry
            for number, item in enumerate(found, start=1)
            for entry in _Reader(f"{self.place}, entry {number}").entry(item)
        )
        if opening + sum((entry.signed for entry in entries), Amount(0)) != closing:
            raise StatementError(f"{self.place}, closing balance", "must be the opening balance plus all entries")
        if len({entry.key for entry in entries}) != len(entries):
            raise StatementError(self.place, "no two entries may have the same reference of the bank on one day")
        iban = self.required(element, "Acct/Id/IBAN")
        return BankStatement(self.required(element, "Id"), iban, from_day, to_day, opening, closing, entries)

    def entry(self, element: ET.Element) -> Iterator[BankEntry]:
        if (_text(element, "Sts/Cd") or _text(element, "Sts")) != "BOOK":
            return
        total = self.amount(element)
        booked_on = self.day(element, "BookgDt")
        direction, reversal = self._direction(element), element.findtext("RvslInd", "false") == "true"
        parts = element.findall("NtryDtls/TxDtls")
        own = _text(element, "AcctSvcrRef")
        if not own and len(parts) == 1:
            own = _text(parts[0], "Refs/AcctSvcrRef")
        if not own:
            raise StatementError(f"{self.place}, AcctSvcrRef", "must be there: it tells entries apart")
        start = f"{booked_on}/{own}/{direction.value}"
        if not parts:
            group = _text(element, "NtryDtls/Btch/PmtInfId")
            yield BankEntry(f"{start}/0", booked_on, total, direction, reversal, "", group, "", "")
            return
        amounts = [self._part(part, total, alone=len(parts) == 1) for part in parts]
        if sum(amounts, Amount(0)) != total:
            raise StatementError(f"{self.place}, amount", "must be the sum of its details")
        for number, (part, amount) in enumerate(zip(parts, amounts, strict=True)):
            reason = _text(part, "RtrInf/Rsn/Cd")
            yield BankEntry(
                key=f"{start}/{number}",
                booked_on=booked_on,
                amount=amount,
                direction=direction,
                is_return=reversal or part.find("RtrInf") is not None,
                end_to_end=_text(part, "Refs/EndToEndId").replace("NOTPROVIDED", ""),
                payment_batch=_text(element, "NtryDtls/Btch/PmtInfId"),
                reason=reason,
                remittance=" ".join((item.text or "").strip() for item in part.iterfind("RmtInf/Ustrd"))[:140],
            )

    def _part(self, part: ET.Element, total: Amount, *, alone: bool) -> Amount:
        holders = (part, part.find("AmtDtls/TxAmt"))
        given = next((holder for holder in holders if holder is not None and holder.find("Amt") is not None), None)
        if given is None and not alone:
            raise StatementError(f"{self.place}, amount", "must be given in each of its details")
        return total if given is None else self.amount(given)

    def _balance(self, element: ET.Element, *codes: str) -> tuple[Amount, date]:
        found = [item for item in element.iterfind("Bal") if _text(item, "Tp/CdOrPrtry/Cd") in codes]
        if len(found) != 1:
            raise StatementError(f"{self.place}, balances", f"must have one balance {' or '.join(codes)}")
        amount = self.amount(found[0], least=0)
        signed = amount if self._direction(found[0]) is Direction.IN else -amount
        return signed, self.day(found[0], "Dt")

    def _direction(self, element: ET.Element) -> Direction:
        code = self.required(element, "CdtDbtInd")
        if code not in ("CRDT", "DBIT"):
            raise StatementError(f"{self.place}, CdtDbtInd", "must be CRDT or DBIT")
        return Direction.IN if code == "CRDT" else Direction.OUT

    def amount(self, element: ET.Element, *, least: int = 1) -> Amount:
        holder = element.find("Amt")
        match = None if holder is None else _AMOUNT.fullmatch(holder.text or "")
        if holder is None or match is None or holder.get("Ccy") != "EUR":
            raise StatementError(f"{self.place}, amount", "must be in whole cents of EUR")
        cents = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
        if cents < least:
            raise StatementError(f"{self.place}, amount", "must be above zero")
        return Amount(cents)

    def day(self, element: ET.Element, path: str) -> date:
        text = _text(element, f"{path}/Dt") or _text(element, f"{path}/DtTm")
        try:
            return datetime.fromisoformat(text).date()
        except ValueError:
            raise StatementError(f"{self.place}, {path}", "must be a date") from None

    def required(self, element: ET.Element, path: str) -> str:
        text = _text(element, path)
        if not text or len(text) > 140:
            raise StatementError(f"{self.place}, {path}", "must be there, with at most 140 characters")
        return text


def _text(element: ET.Element, path: str) -> str:
    return element.findtext(path, "").strip()
