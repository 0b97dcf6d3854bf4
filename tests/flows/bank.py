# SPDX-License-Identifier: EUPL-1.2
"""A bank for the tests: executes payment files, refuses one that it had, takes deposits, writes camt.053 statements."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import date
from xml.sax.saxutils import escape

from programmable_money.settlement import read_payment_file

PAIN = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


class DuplicateFileError(Exception):
    """The bank had a file of this message id."""


@dataclass
class Booking:
    """What the bank booked: ``cents`` is above zero when money came in."""

    day: date
    cents: int
    reference: str
    details: str = ""
    reversal: bool = False
    parts: tuple[tuple[int, str], ...] = ()

    def xml(self, version: str) -> str:
        """An ``Ntry`` of a statement."""
        direction = "CRDT" if self.cents > 0 else "DBIT"
        status = "<Sts>BOOK</Sts>" if version == "02" else "<Sts><Cd>BOOK</Cd></Sts>"
        reversal = "<RvslInd>true</RvslInd>" if self.reversal else ""
        details = self.details
        if self.parts:
            details = "".join(
                f"<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs>{amount(cents)}"
                f"<CdtDbtInd>{direction}</CdtDbtInd></TxDtls>"
                for cents, name in self.parts
            )
        return (
            f"<Ntry>{amount(abs(self.cents))}<CdtDbtInd>{direction}</CdtDbtInd>{reversal}{status}"
            f"<BookgDt><Dt>{self.day}</Dt></BookgDt><AcctSvcrRef>{self.reference}</AcctSvcrRef>"
            f"<NtryDtls>{details}</NtryDtls></Ntry>"
        )


def amount(cents: int) -> str:
    return f'<Amt Ccy="EUR">{cents // 100}.{cents % 100:02}</Amt>'


@dataclass
class Bank:
    """One account of a municipality."""

    iban: str = "NL91ABNA0417164300"
    version: str = "08"
    opening: int = 0
    files: set[str] = field(default_factory=set)
    queue: list[tuple[str, str, int]] = field(default_factory=list)
    ledger: list[Booking] = field(default_factory=list)
    paid: dict[str, int] = field(default_factory=dict)
    told: int = 0
    numbers: int = 0

    def receive(self, file: bytes) -> None:
        """Take a payment file."""
        read = read_payment_file(file)
        if read.reference in self.files:
            raise DuplicateFileError(read.reference)
        assert read.debtor_iban == self.iban
        self.files.add(read.reference)
        transfers = ET.fromstring(file).iterfind(".//p:CdtTrfTxInf", PAIN)  # noqa: S314  # checked above
        for transfer, (iban, _, cents) in zip(transfers, read.transfers, strict=True):
            self.queue.append((transfer.findtext("p:PmtId/p:EndToEndId", "", PAIN), iban, cents.cents))

    def execute(self, day: date) -> None:
        """Book what is queued, each payment by itself."""
        for name, iban, cents in self.queue:
            self._book(day, -cents, f"<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs></TxDtls>")
            self.paid[iban] = self.paid.get(iban, 0) + cents
        self.queue.clear()

    def execute_as_one(self, day: date, group: str, *, listed: bool = False) -> None:
        """Book what is queued in one sum, with or without a list of the payments."""
        total = sum(cents for _, _, cents in self.queue)
        self._book(day, -total, f"<Btch><PmtInfId>{group}</PmtInfId></Btch>")
        if listed:
            self.ledger[-1].parts = tuple((cents, name) for name, _, cents in self.queue)
        for _, iban, cents in self.queue:
            self.paid[iban] = self.paid.get(iban, 0) + cents
        self.queue.clear()

    def give_back(self, day: date, name: str, iban: str, cents: int, reason: str = "AC04") -> None:
        """A payment comes back."""
        returned = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>"
        self._book(day, cents, f"<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs>{returned}</TxDtls>")
        self.paid[iban] -= cents

    def deposit(self, day: date, cents: int, text: str = "budget") -> None:
        """Money arrives."""
        self._book(day, cents, f"<TxDtls><RmtInf><Ustrd>{escape(text)}</Ustrd></RmtInf></TxDtls>")

    def charge(self, day: date, cents: int) -> None:
        """The bank takes its fee."""
        self._book(day, -cents, "")

    def statement(self, day: date, name: str | None = None, *, everything: bool = False) -> bytes:
        """What was booked since the last statement, or ever."""
        since = 0 if everything else self.told
        before = self.opening + sum(booking.cents for booking in self.ledger[:since])
        bookings = self.ledger[since:]
        if not everything:
            self.told = len(self.ledger)
        first = bookings[0].day if bookings else day
        return self.document(name or f"S-{day}", first, day, before, bookings)

    def document(self, name: str, first: date, last: date, before: int, bookings: list[Booking]) -> bytes:
        """A camt.053 document with one statement."""
        after = before + sum(booking.cents for booking in bookings)
        entries = "".join(booking.xml(self.version) for booking in bookings)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.'
            f'{self.version}"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>{name}</Id><Acct><Id><IBAN>'
            f"{self.iban}</IBAN></Id></Acct>{_balance('OPBD', before, first)}{_balance('CLBD', after, last)}{entries}"
            "</Stmt></BkToCstmrStmt></Document>"
        ).encode()

    def _book(self, day: date, cents: int, details: str) -> None:
        self.numbers += 1
        self.ledger.append(Booking(day, cents, f"REF{self.numbers:06}", details))


def _balance(code: str, cents: int, day: date) -> str:
    direction = "CRDT" if cents >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount(abs(cents))}<CdtDbtInd>{direction}</CdtDbtInd>"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )
