# SPDX-License-Identifier: EUPL-1.2
"""The household file against every octet of the chain."""

from collections.abc import Iterable, Iterator, Sequence

from examples.kindpakket.cast import Cast
from issuer.model import Household
from programmable_money.books import ledger_from
from programmable_money.chain import Chain
from programmable_money.fund import Fund
from programmable_money.model import Amount
from programmable_money.raw import fragments
from programmable_money.scan import Needles, PersonalValue, ScanReport, ValueKind, scan

__all__ = ["personal_values", "scan_everything"]


def personal_values(records: Iterable[Household]) -> Iterator[PersonalValue]:
    """What the file says about each person, but the number of children, which a claim shows by design."""
    for row, record in enumerate(records, start=2):
        texts = {"person": record.person, "name": record.name, "address": record.address, "household_kind": record.kind}
        for column, text in texts.items():
            yield PersonalValue(ValueKind.TEXT, f"line {row}, {column}", text)
        yield PersonalValue(ValueKind.TEXT, f"line {row}, municipality", record.municipality)
        yield PersonalValue(ValueKind.DATE, f"line {row}, birth_date", record.birth_date.isoformat())
        yield PersonalValue(ValueKind.INCOME, f"line {row}, net_income", Amount(record.income_cents).decimal)


def scan_everything(chain: Chain, cast: Cast, funds: Sequence[Fund], records: Iterable[Household]) -> ScanReport:
    """Search calldata, events, code and storage for every value of the file."""
    municipality = cast.municipality
    contracts = [municipality.registry.contract, municipality.euro.contract, *(fund.contract for fund in funds)]
    amounts = frozenset(ledger_from(municipality.events(funds)).public_numbers)
    return scan(fragments(chain, contracts), Needles(personal_values(records)), public_numbers=amounts)
