# SPDX-License-Identifier: EUPL-1.2
"""What the sponsor publishes (``/books.json``), figure by figure beside what the events say for that block. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.kpi import Kpi
from programmable_money.messages import Address
from programmable_money.model import Amount, MoneyError
from programmable_money.open_books import SOURCES, OpenBooks
from ssi.rulebook.model import ProgrammeKind

__all__ = ["PublishedError", "PublishedFigures"]

_MOST_OCTETS: Final = 1_048_576
_SAYS_NOT: Final = "the published books do not say which chain, which one programme and which block they are about"
_NOT_ON_THE_CHAIN: Final = frozenset({"programme.sponsor", "source.read_at"})
"""What is published and is no figure: the sponsor's name, and when it looked."""


class PublishedError(MoneyError):
    """What was published is not open books."""


class PublishedFigures:
    """Open books as somebody published them; nothing in them is believed.

    Attributes:
        chain_id, kind, address, block: what they say that they are about.
    """

    def __init__(
        self, content: Mapping[str, Any], chain_id: int, kind: ProgrammeKind, address: str, block: int
    ) -> None:
        self._content = content
        self.chain_id, self.kind, self.address, self.block = chain_id, kind, address, block

    @classmethod
    def from_json(cls, unverified: bytes) -> "PublishedFigures":
        """Parse.

        Raises:
            PublishedError: it is no such document.
        """
        if len(unverified) > _MOST_OCTETS:
            raise PublishedError("the published books are longer than a mebibyte")
        try:
            content = json.loads(unverified)
        except (ValueError, RecursionError) as error:
            raise PublishedError("the published books are not JSON") from error
        source = content.get("source") if isinstance(content, dict) else None
        if not isinstance(source, dict):
            raise PublishedError(_SAYS_NOT)
        chain, block = source.get("chain"), source.get("block")
        named = [(kind, source[name]) for kind, name in SOURCES.items() if name in source]
        if type(chain) is not int or type(block) is not int or len(named) != 1 or not isinstance(named[0][1], str):
            raise PublishedError(_SAYS_NOT)
        return cls(content, chain, *named[0], block)

    def is_about(self, kind: ProgrammeKind, address: Address) -> bool:
        """Whether they say that they are about this programme."""
        return (self.kind, self.address.lower()) == (kind, address.lower())

    @property
    def entitled(self) -> int | None:
        """How many the sponsor says that it told of it or, of tasks, that signed up."""
        return self._figure(Kpi.ACTIVE if self.kind is ProgrammeKind.TASKS else Kpi.ACTIVATED, "whole")

    @property
    def cost(self) -> Amount | None:
        """What the sponsor says that the programme cost; nothing where that is published as held back."""
        if not any(kpi.get("kpi") == Kpi.COST_PER_EURO for kpi in self._kpis()):
            return None
        return Amount(self._figure(Kpi.COST_PER_EURO, "value") or 0)

    def _figure(self, wanted: Kpi, member: str) -> int | None:
        for kpi in self._kpis():
            if kpi.get("kpi") == wanted and type(kpi.get(member)) is int:
                number: int = kpi[member]
                return number if number >= 0 else None
        return None

    def _kpis(self) -> Iterator[Mapping[str, Any]]:
        kpis = self._content.get("kpis")
        return (kpi for kpi in (kpis if isinstance(kpis, list) else ()) if isinstance(kpi, dict))

    def compare(self, computed: OpenBooks, findings: Findings) -> int:
        """Note every figure that is not what the events say.

        Returns:
            How many figures were compared.
        """
        compared, expected = 0, dict(_leaves(computed.to_json()))
        published = dict(_leaves(self._content))
        for path in sorted(expected.keys() | published.keys()):
            if path in _NOT_ON_THE_CHAIN:
                continue
            compared += 1
            if path not in published:
                self._note(findings, f"{path} is not published, and is {expected[path]!r}")
            elif path not in expected:
                self._note(findings, f"{_short(path)} is published as {_short(published[path])}, and is no figure")
            elif published[path] != expected[path] or type(published[path]) is not type(expected[path]):
                self._note(findings, f"{path} is published as {_short(published[path])}, and is {expected[path]!r}")
        return compared

    def _note(self, findings: Findings, text: str) -> None:
        findings.add(DifferenceKind.PUBLISHED, text, block=self.block)


def _short(value: object) -> str:
    """What somebody else wrote, without control characters and at most a line."""
    return repr(value)[:80]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure with its path, such as ``books.supply`` or ``categories.0.payments``."""
    members: Iterator[tuple[Any, Any]] | None = None
    if isinstance(value, dict):
        members = iter(value.items())
    elif isinstance(value, list | tuple):
        members = iter(enumerate(value))
    if members is None:
        yield path, value
        return
    join: Callable[[Any], str] = lambda name: f"{path}.{name}" if path else str(name)  # noqa: E731
    for name, member in members:
        yield from _leaves(member, join(name))
