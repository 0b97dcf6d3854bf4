# SPDX-License-Identifier: EUPL-1.2
"""The six ports of ``stuiver up``, in a row, on this machine only."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from edge.serving import LOOPBACK, Listener, ListenError, listen
from stuiver.up.programme import UpError

__all__ = ["PORT", "Ports", "take_ports"]

PORT: Final = 8017
COUNT: Final = 6


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything is; the first port decides.

    Attributes:
        books: the start page and the open books.
    """

    books: int

    @property
    def issuer(self) -> int:
        """The validator's service and its employees' pages."""
        return self.books + 1

    @property
    def verifier(self) -> int:
        """The verifier."""
        return self.books + 2

    @property
    def decisions(self) -> int:
        """The verifier's decision desk."""
        return self.books + 3

    @property
    def relayer(self) -> int:
        """The relayer, which carries what wallets and tills signed."""
        return self.books + 4

    @property
    def tills(self) -> int:
        """The tills of the shops, in browsers."""
        return self.books + 5

    @staticmethod
    def url(port: int) -> str:
        """An address on this machine."""
        return f"http://{LOOPBACK}:{port}"


@contextmanager
def take_ports(first: int) -> Iterator[tuple[Ports, tuple[Listener, ...]]]:
    """Take the ports before anything slow happens; with their sockets, in the order of ``Ports``.

    Raises:
        UpError: one is taken, or may not be used.
    """
    with ExitStack() as stack:
        listeners = []
        for port in range(first, first + COUNT):
            try:
                listeners.append(stack.enter_context(listen(port)))
            except ListenError as error:
                raise UpError(_words(error, first)) from error
        yield Ports(first), tuple(listeners)


def _words(error: ListenError, first: int) -> str:
    if not error.is_taken:
        return f"port {error.port} cannot be used: {error.strerror}"
    other = first + 10 if first + 10 + COUNT <= 1 << 16 else PORT
    return (
        f"port {error.port} is taken by another program, perhaps another stuiver up. "
        f"Stop that one, or choose {COUNT} other ports in a row: stuiver up --port {other}"
    )
