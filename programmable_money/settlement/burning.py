# SPDX-License-Identifier: EUPL-1.2
"""The chain's side of a settlement: what shops are owed, burning it under a reference, and finding that again.

The contracts hold that a fund settles one reference once; everything here is reading, but for ``burn``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from programmable_money.budget_contract import BudgetContract
from programmable_money.euro import MunicipalEuro
from programmable_money.messages import Address
from programmable_money.model import Amount, ChainEvent
from programmable_money.settlement.model import Burn
from programmable_money.settlement.payment_file import reference_octets, reference_text

__all__ = ["ChainBooks", "FundBurning", "burns_of", "chain_books"]

_ZERO = Amount(0)


@dataclass(frozen=True, slots=True)
class FundBurning:
    """One fund, pass or purse, and the account that may settle it.

    Attributes:
        settler: has the fund's settler role; None for who only looks.
    """

    fund: BudgetContract
    settler: LocalAccount | None = None

    @property
    def chain_id(self) -> int:
        """Of the fund's chain."""
        return self.fund.chain.chain_id

    @property
    def address(self) -> Address:
        """Of the fund."""
        return self.fund.address

    def block_number(self) -> int:
        """The last block."""
        return self.fund.chain.block_number()

    def owed(self, merchants: Iterable[Address]) -> dict[Address, Amount]:
        """What shops are owed now; those that are owed nothing are left out."""
        balances = {merchant: self.fund.merchant(merchant).balance for merchant in merchants}
        return {merchant: balance for merchant, balance in balances.items() if balance}

    def find(self, reference: str, from_block: int) -> Burn | None:
        """A settlement that was done in this block or later."""
        octets = reference_octets(reference)
        contracts = [self.fund.contract, self.fund.euro().contract]
        events = self.fund.chain.events(contracts, from_block=from_block)
        own = [event for event in events if event.arguments.get("settlementReference") == octets]
        return next((burn for burn in burns_of(own) if burn.fund == self.address), None)

    def burn(self, merchants: Sequence[Address], reference: str) -> None:
        """Burn what these shops are owed.

        Raises:
            RefusedError: ``nothing_to_settle``, ``reference_used`` or ``not_authorised``.
        """
        if self.settler is None:
            raise TypeError("burning takes the settler's account")
        self.fund.settle(merchants, reference_octets(reference), settler=self.settler)


@dataclass(frozen=True, slots=True)
class ChainBooks:
    """What the chain says about a municipality's euro.

    Attributes:
        deposits: minted, by the reference as text (as in ``Burn``).
        supply: what exists now.
    """

    deposits: Mapping[str, Amount]
    burns: tuple[Burn, ...]
    supply: Amount


def chain_books(euro: MunicipalEuro, funds: Sequence[BudgetContract], *, from_block: int = 0) -> ChainBooks:
    """Read deposits, settlements and supply.

    Args:
        funds: all funds of this euro; the settlements of another one come without its shops.
    """
    events = euro.chain.events([euro.contract, *(fund.contract for fund in funds)], from_block=from_block)
    deposits = {
        reference_text(event.arguments["depositReference"]): Amount(event.arguments["amount"])
        for event in events
        if event.name == "Deposited"
    }
    return ChainBooks(deposits, burns_of(events), euro.supply())


def burns_of(events: Iterable[ChainEvent]) -> tuple[Burn, ...]:
    """The settlements among events, in order: a fund names each shop, then the token names the sum."""
    shops: dict[tuple[Address, bytes], list[tuple[Address, Amount]]] = {}
    burns = []
    for event in events:
        given = event.arguments
        if event.name == "MerchantSettled":
            key = event.address, given["settlementReference"]
            shops.setdefault(key, []).append((given["merchant"], Amount(given["amount"])))
        elif event.name == "Settled":
            reference = given["settlementReference"]
            amounts = tuple(shops.get((given["from"], reference), ()))
            total, text = Amount(given["amount"]), reference_text(reference)
            burns.append(Burn(given["from"], text, amounts, total, event.block, event.transaction))
    return tuple(burns)
