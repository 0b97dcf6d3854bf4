# SPDX-License-Identifier: EUPL-1.2
"""Settlement by bank: what the chain burnt becomes a SEPA credit transfer file (pain.001.001.09). Pure.

The chain knows shops as accounts. Their names and bank accounts are in the sponsor's own directory, never on the chain.

Invariants:

- The file pays exactly the amounts that the chain settled, one transfer for each shop, and its totals are theirs.
- Nothing is repaired silently: a wrong IBAN, a character that SEPA does not carry or a name that is too long is an
  error that names the field and the rule, and no file is made.
- The message id and every end-to-end id carry the settlement reference that stands on the chain.
- What is made validates against the ISO 20022 schema, and reads back as what went in.
"""

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final, Self

import sepaxml
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from programmable_money.messages import Address, parse_address
from programmable_money.model import Amount, MoneyError
from ssi.errors import VerificationError

if TYPE_CHECKING:
    from xmlschema import XMLSchema

__all__ = [
    "BankAccount",
    "BankOrder",
    "PaymentFile",
    "Settlement",
    "SettlementError",
    "Transfer",
    "read_directory",
    "read_payment_file",
    "reference_octets",
    "reference_text",
]

SCHEMA: Final = "pain.001.001.09"
_NAMESPACE: Final = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
_SEPA_TEXT: Final = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]+")
_REFERENCE: Final = re.compile(r"[A-Za-z0-9.+-]{1,29}")
_MAX_NAME: Final = 70
_MAX_AMOUNT: Final = Amount(99_999_999_999)


class SettlementError(MoneyError):
    """A payment file cannot be made or read.

    Args:
        field: which one, such as ``merchant 0x... iban`` or ``line 3, name``.
        rule: what it must be.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Whose bank account, checked. ``iban`` and ``bic`` are without spaces, in upper case."""

    name: str
    iban: str
    bic: str

    @classmethod
    def from_text(cls, name: str, iban: str, bic: str = "", *, field: str) -> Self:
        """Check and normalise.

        Args:
            bic: may be left out where the IBAN implies it, as in the Netherlands.
            field: how an error calls this account.
        Raises:
            SettlementError: the name, IBAN or BIC breaks a rule.
        """
        _check_name(name, f"{field} name")
        try:
            account = IBAN(iban, validate_bban=True)
        except SchwiftyException as error:
            raise SettlementError(f"{field} iban", "must be a valid IBAN, check digits included") from error
        try:
            bank = BIC(bic) if bic else account.bic
        except SchwiftyException as error:
            raise SettlementError(f"{field} bic", "must be a valid BIC of 8 or 11 characters") from error
        if bank is None:
            raise SettlementError(f"{field} bic", "must be given: the IBAN does not imply it")
        if bank.country_code != account.country_code:
            raise SettlementError(f"{field} bic", "must be of the IBAN's country")
        return cls(name, account.compact, bank.compact)

    @staticmethod
    def check_name(name: str, *, field: str) -> None:
        """Refuse a name that a payment cannot carry: SettlementError."""
        _check_name(name, field)


@dataclass(frozen=True, slots=True)
class Transfer:
    """What one shop is owed by a settlement."""

    merchant: Address
    amount: Amount


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settlement as the chain has it.

    Attributes:
        reference: 1 to 29 letters, digits, full stops, plus and minus signs; on the chain padded to 32 octets.
        total: what the token contract burnt.
    """

    reference: str
    transfers: tuple[Transfer, ...]
    total: Amount

    def __post_init__(self) -> None:
        reference_octets(self.reference)
        if not self.transfers:
            raise SettlementError("transfers", "there must be at least one")
        if len({transfer.merchant for transfer in self.transfers}) != len(self.transfers):
            raise SettlementError("transfers", "each shop is paid once")
        for transfer in self.transfers:
            if not Amount(0) < transfer.amount <= _MAX_AMOUNT:
                raise SettlementError(f"merchant {transfer.merchant} amount", "must be from 0.01 to 999999999.99 euro")
        if sum((transfer.amount for transfer in self.transfers), Amount(0)) != self.total:
            raise SettlementError("total", "must be the sum of the transfers")


@dataclass(frozen=True, slots=True)
class BankOrder:
    """What the bank needs besides the settlement.

    Attributes:
        debtor: the sponsor's account that holds the deposits.
        directory: the shops' bank accounts.
        execute_on: the day on which the bank pays.
        created_at: aware datetime that the file shows.
    """

    debtor: BankAccount
    directory: Mapping[Address, BankAccount]
    execute_on: date
    created_at: datetime

    def file(self, settlement: Settlement) -> bytes:
        """Make the file for the sponsor's bank.

        Returns:
            The XML document, validated.
        Raises:
            SettlementError: a shop is not in the directory, or the schema refuses the file.
        """
        if self.created_at.tzinfo is None:
            raise ValueError("created_at must be an aware datetime")
        config = {
            "name": self.debtor.name,
            "IBAN": self.debtor.iban,
            "BIC": self.debtor.bic,
            "batch": True,
            "currency": "EUR",
        }
        document = sepaxml.SepaTransfer(config, schema=SCHEMA, clean=False)
        for number, transfer in enumerate(settlement.transfers, start=1):
            payee = self.directory.get(transfer.merchant)
            if payee is None:
                raise SettlementError(f"merchant {transfer.merchant}", "must be in the directory of merchants")
            document.add_payment(
                {
                    "name": payee.name,
                    "IBAN": payee.iban,
                    "BIC": payee.bic,
                    "amount": transfer.amount.cents,
                    "execution_date": self.execute_on,
                    "description": f"Settlement {settlement.reference}",
                    "endtoend_id": f"{settlement.reference}-{number}",
                }
            )
        root = ET.fromstring(document.export(validate=False))  # noqa: S314  # made in the line above
        _text(root, "p:CstmrCdtTrfInitn/p:GrpHdr/p:MsgId").text = settlement.reference
        _text(root, "p:CstmrCdtTrfInitn/p:GrpHdr/p:CreDtTm").text = self.created_at.isoformat(timespec="seconds")
        for number, batch in enumerate(root.iterfind("p:CstmrCdtTrfInitn/p:PmtInf", _NAMESPACE), start=1):
            _text(batch, "p:PmtInfId").text = f"{settlement.reference}-B{number}"
        ET.register_namespace("", _NAMESPACE["p"])
        body: bytes = ET.tostring(root, "utf-8")
        octets = b'<?xml version="1.0" encoding="UTF-8"?>\n' + body
        if read_payment_file(octets).total != settlement.total:
            raise SettlementError("file", "its total must be the settlement's")
        return octets


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """What a payment file says.

    Attributes:
        transfers: IBAN, name and amount of each, in the file's order.
    """

    reference: str
    debtor_iban: str
    executed_on: date
    total: Amount
    transfers: tuple[tuple[str, str, Amount], ...]


def reference_octets(reference: str) -> bytes:
    """The reference as the contracts take it: ASCII, padded with zeros to 32 octets.

    Raises:
        SettlementError: it has other characters, or is empty or longer than 29.
    """
    if not _REFERENCE.fullmatch(reference):
        raise SettlementError("reference", "1 to 29 letters, digits, full stops, plus and minus signs")
    return reference.encode("ascii").ljust(32, b"\0")


def reference_text(octets: bytes) -> str:
    """A reference from the chain, as text where it is one of ours."""
    text = octets.rstrip(b"\0").decode("ascii", "replace")
    if text.isprintable() and text.isascii() and text:
        return text
    return "0x" + octets.hex()


def read_payment_file(unverified: bytes) -> PaymentFile:
    """Parse a payment file and check its totals.

    Raises:
        SettlementError: it is not a valid file of this schema, or its numbers and sums differ from its transfers.
    """
    if b"<!DOCTYPE" in unverified or b"<!ENTITY" in unverified:
        raise SettlementError("file", "must not define entities")
    _validate(unverified)
    root = ET.fromstring(unverified)  # noqa: S314  # without entities there is nothing to expand
    head = "p:CstmrCdtTrfInitn/p:GrpHdr/"
    transfers, batches = [], root.findall("p:CstmrCdtTrfInitn/p:PmtInf", _NAMESPACE)
    for transfer in root.iterfind("p:CstmrCdtTrfInitn/p:PmtInf/p:CdtTrfTxInf", _NAMESPACE):
        amount = _text(transfer, "p:Amt/p:InstdAmt")
        if amount.get("Ccy") != "EUR":
            raise SettlementError("currency", "must be EUR")
        iban = _text(transfer, "p:CdtrAcct/p:Id/p:IBAN").text or ""
        transfers.append((iban, _text(transfer, "p:Cdtr/p:Nm").text or "", _euros(amount)))
    total = sum((amount for _, _, amount in transfers), Amount(0))
    if _euros(_text(root, head + "p:CtrlSum")) != total:
        raise SettlementError("CtrlSum", "must be the sum of the transfers")
    if _text(root, head + "p:NbOfTxs").text != str(len(transfers)):
        raise SettlementError("NbOfTxs", "must be the number of transfers")
    return PaymentFile(
        reference=_text(root, head + "p:MsgId").text or "",
        debtor_iban=_text(batches[0], "p:DbtrAcct/p:Id/p:IBAN").text or "",
        executed_on=date.fromisoformat(_text(batches[0], "p:ReqdExctnDt/p:Dt").text or ""),
        total=total,
        transfers=tuple(transfers),
    )


def read_directory(text: str) -> dict[Address, BankAccount]:
    """Read the sponsor's directory of shops: CSV with the columns account, name, iban and, where needed, bic.

    Raises:
        SettlementError: ``field`` names line and column.
    """
    reader = csv.DictReader(io.StringIO(text))
    if not {"account", "name", "iban"} <= set(reader.fieldnames or ()):
        raise SettlementError("line 1", "must name the columns account, name, iban and optionally bic")
    directory: dict[Address, BankAccount] = {}
    for row in reader:
        field = f"line {reader.line_num}"
        try:
            account = parse_address(row["account"])
        except VerificationError as error:
            raise SettlementError(f"{field}, account", error.detail) from error
        if account in directory:
            raise SettlementError(f"{field}, account", "must stand in the directory once")
        bank = BankAccount.from_text(row["name"] or "", row["iban"] or "", row.get("bic") or "", field=f"{field},")
        directory[account] = bank
    return directory


def _check_name(name: str, field: str) -> None:
    if not 1 <= len(name) <= _MAX_NAME:
        raise SettlementError(field, f"must have 1 to {_MAX_NAME} characters")
    if not _SEPA_TEXT.fullmatch(name):
        raise SettlementError(
            field, "may have the letters a to z without accents, digits, spaces and / - ? : ( ) . , ' +"
        )
    if name != name.strip() or name.startswith("/") or name.endswith("/") or "//" in name:
        raise SettlementError(field, "must not begin or end with a space or a slash, or contain two slashes")


def _validate(octets: bytes) -> None:
    if not octets.startswith(b"<"):  # the validator would take other text for the address of a document, and fetch it
        raise SettlementError("file", "must be an XML document")
    from xmlschema import XMLSchemaValidationError  # noqa: PLC0415  # slow to import; most commands read no file

    try:
        _schema().validate(octets.decode())
    except (XMLSchemaValidationError, ET.ParseError, UnicodeDecodeError) as error:
        raise SettlementError("file", f"must be a valid {SCHEMA} document") from error


@cache
def _schema() -> "XMLSchema":
    """The schema that sepaxml brings, read once: reading it takes ten times as long as a file."""
    from xmlschema import XMLSchema  # noqa: PLC0415  # as above

    with as_file(files("sepaxml") / "schemas" / f"{SCHEMA}.xsd") as path:
        return XMLSchema(path)


def _euros(element: ET.Element) -> Amount:
    try:
        return Amount.from_euros(element.text or "")
    except ValueError as error:
        raise SettlementError("amount", "must be written with two decimals") from error


def _text(parent: ET.Element, path: str) -> ET.Element:
    found = parent.find(path, _NAMESPACE)
    if found is None:
        raise SettlementError(path.replace("p:", ""), "must be in the file")
    return found
