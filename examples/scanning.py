# SPDX-License-Identifier: EUPL-1.2
"""The household file against every octet of the chain."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from issuer.model import Household
from programmable_money.books import ledger_from
from programmable_money.budget_contract import BudgetContract
from programmable_money.chain import Chain
from programmable_money.model import Amount
from programmable_money.raw import fragments
from programmable_money.scan import HOUSEHOLD_COLUMNS, Needles, ScanReport, ValueKind, personal_values, scan
from programmable_money.service import Municipality

__all__ = ["scan_everything"]


_COLUMNS: Final = {**HOUSEHOLD_COLUMNS, "municipality": ValueKind.TEXT}
"""Every column but the number of children, which a claim shows by design."""


def scan_everything(
    chain: Chain,
    municipality: Municipality,
    funds: Sequence[BudgetContract],
    records: Iterable[Household],
    *,
    from_block: int,
) -> ScanReport:
    """Search calldata, events, code and storage for every value of the file."""
    contracts = [municipality.registry.contract, municipality.euro.contract, *(fund.contract for fund in funds)]
    amounts = frozenset(ledger_from(municipality.events(funds)).public_numbers)
    needles = Needles(personal_values(map(_row, records), _COLUMNS))
    return scan(fragments(chain, contracts, from_block=from_block), needles, public_numbers=amounts)


def _row(record: Household) -> Mapping[str, str]:
    """A record as the file has it."""
    return {
        "person": record.person,
        "name": record.name,
        "birth_date": record.birth_date.isoformat(),
        "address": record.address,
        "household_kind": record.kind,
        "net_income": Amount(record.income_cents).decimal,
        "municipality": record.municipality,
    }
