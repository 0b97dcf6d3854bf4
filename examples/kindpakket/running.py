# SPDX-License-Identifier: EUPL-1.2
"""A Kindpakket in the middle of its year: the story's chapters up to the first settlement, and shopping that goes on.

Everything is the story's: blind credentials, real proofs, signed payments. Told to nobody but a progress bar.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import Progress

from examples.kindpakket.attempts import LateCitizen
from examples.kindpakket.cast import Cast, Citizen, Shop
from examples.kindpakket.report import Expectation
from examples.kindpakket.spending import Till
from examples.kindpakket.story import Story
from examples.telling import Teller
from programmable_money.fund import Fund

__all__ = ["ProgressTeller", "RunningProgramme"]

_REFUND_CENTS: Final = 500


class ProgressTeller(Teller):
    """Says nothing; shows how far it is.

    Args:
        console: where the progress bars go.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(Console(quiet=True))
        self._loud = Teller(console)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """On the console that is heard."""
        with self._loud.progress() as progress:
            yield progress


class RunningProgramme(Story):
    """The same cast and chapters; stops while the programme runs. Arguments as ``Story``."""

    def start(self) -> tuple[Fund, tuple[Shop, ...]]:
        """Open it, let the households claim and shop; gives the fund and its shops.

        The wallets' files are removed afterwards, as in the story.

        Raises:
            MoneyError, IssuerError, OSError: it did not go as it should.
        """
        self.cast = Cast(self.chain, self.records)
        try:
            self.expected = Expectation.of(self.records, self.cast.rulebook)
            self.open_programme()
            self.issue_credentials()
            self.look()
            self.claim()
            self._shop()
            return self.fund, self.cast.shops
        finally:
            self.cast.close()

    def prepare_rotation(self) -> LateCitizen | None:
        """Nobody's key is revoked here."""
        return None

    def _shop(self) -> None:
        """Two thirds shop, something comes back, the shops are paid by bank, and the others shop."""
        self.till = Till(self.cast, self.fund, self.report, self.teller)
        first = 2 * len(self.eligible) // 3
        for index, citizen in enumerate(self.teller.track(self.eligible, "payments")):
            if index == first:
                self._bring_back(self.eligible[0])
                self.settle()
            self.till.shop_around(citizen, index)

    def _bring_back(self, citizen: Citizen) -> None:
        shop = self.cast.shops[0]
        permit = citizen.wallet.sign_permit(self.fund.scope(), _REFUND_CENTS, now=self.cast.now())
        self.till.charge(permit, shop, _REFUND_CENTS)
        self.till.last = (citizen, shop, permit)
        self.till.refund()
