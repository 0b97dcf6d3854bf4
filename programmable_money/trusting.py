# SPDX-License-Identifier: EUPL-1.2
"""The trust registry on a chain as verifiers and wallets ask it: which keys count for a credential type now.

Implements ``ssi.trust.KeyRegistry``.

Invariants:

- A key counts from its first second up to and including its last, unless it is revoked. Whoever is dismissed has no
  key that counts: the contract revokes them.
- Only keys that the registry's own name of keys fits are given, each a usable point.
- An answer is kept for seconds, so that a busy verifier asks the node seldom and a revocation counts soon. Times of
  validity are held against the present each time. That nothing answers is remembered, too, for a moment.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from programmable_money.chain import Chain
from programmable_money.messages import parse_address
from programmable_money.model import MoneyError, ValidatorKey
from programmable_money.registry import TrustRegistry
from ssi.claim.registry_key import parse_registry_key, registry_key_id
from ssi.errors import VerificationError

__all__ = ["KEEP", "ChainKeyRegistry", "RegistryError"]

KEEP: Final = timedelta(seconds=15)
"""How long an answer of the registry is kept."""
_KEEP_FAILURE: Final = 3.0
_NODE_SECONDS: Final = 10.0
_REREAD_BLOCKS: Final = 64
"""So many of the last blocks are read again, in case the chain replaced them."""


class RegistryError(OSError):
    """The trust registry does not answer."""


@dataclass(slots=True)
class _Known:
    """What the registry said about a type: its keys compressed, with their times.

    Attributes:
        asked_at: by ``timer``; None before the first answer.
        failed_at: when the last question was not answered; None after an answer.
        names: of every key that was ever added, in the order of the chain.
        read_to: the last block that was read for them.
    """

    asked_at: float | None = None
    failed_at: float | None = None
    names: dict[bytes, None] = field(default_factory=dict)
    read_to: int = -1
    keys: tuple[tuple[ValidatorKey, bytes], ...] = ()


class ChainKeyRegistry:
    """Keys of one registry contract. May be used by several threads if the chain may.

    Args:
        connect: gives the registry; called at the first question, and again until it succeeds.
        keep: how long an answer is kept.
        timer: seconds that only go forward.
    """

    def __init__(
        self, connect: Callable[[], TrustRegistry], *, keep: timedelta = KEEP, timer: Callable[[], float] | None = None
    ) -> None:
        self._connect = connect
        self._registry: TrustRegistry | None = None
        self._keep = keep.total_seconds()
        self._timer = timer or time.monotonic
        self._types: dict[bytes, _Known] = {}
        self._one_at_a_time = threading.Lock()

    @classmethod
    def of(cls, registry: TrustRegistry) -> "ChainKeyRegistry":
        """Of a registry on a chain that is open."""
        return cls(lambda: registry)

    @classmethod
    def at_node(cls, url: str, address: str) -> "ChainKeyRegistry":
        """Of the registry at an address, by a node.

        Args:
            url: of the node; it is called at the first question.
            address: of the contract.
        Raises:
            VerificationError: ``malformed``: it is not an address.
        """
        contract = parse_address(address)

        def connect() -> TrustRegistry:
            chain = Chain.rpc(url, timeout_seconds=_NODE_SECONDS)
            return TrustRegistry(chain, chain.at("TrustRegistry", contract))

        return cls(connect)

    def keys(self, type_id: bytes, now: datetime) -> Sequence[bytes]:
        """The keys that count for a type now, compressed; see ``ssi.trust.KeyRegistry``.

        Raises:
            RegistryError: the node does not answer, or there is no registry at the address.
        """
        with self._one_at_a_time:
            known = self._types.setdefault(type_id, _Known())
            self._refresh(known, type_id)
            found = known.keys
        second = int(now.timestamp())
        return tuple(
            octets for key, octets in found if not key.is_revoked and key.valid_from <= second <= key.valid_until
        )

    def _refresh(self, known: _Known, type_id: bytes) -> None:
        moment = self._timer()
        if known.asked_at is not None and moment - known.asked_at < self._keep:
            return
        if known.failed_at is not None and moment - known.failed_at < _KEEP_FAILURE:
            raise RegistryError("the trust registry did not answer a moment ago")
        try:
            self._ask(known, type_id)
        except (MoneyError, OSError) as error:
            known.failed_at = self._timer()
            raise RegistryError("the trust registry does not answer") from error
        known.asked_at, known.failed_at = self._timer(), None

    def _ask(self, known: _Known, type_id: bytes) -> None:
        registry = self._registry = self._registry or self._connect()
        last = registry.chain.block_number()
        start = max(0, min(known.read_to + 1, last) - _REREAD_BLOCKS)
        for event in registry.chain.events([registry.contract], from_block=start):
            if event.name == "KeyAdded" and bytes(event.arguments["typeId"]) == type_id:
                known.names.setdefault(bytes(event.arguments["keyId"]))
        found = []
        for name in known.names:
            key = registry.key(name)
            octets = _usable(key)
            if octets is not None and registry_key_id(type_id, octets) == name:
                found.append((key, octets))
        known.keys, known.read_to = tuple(found), last


def _usable(key: ValidatorKey) -> bytes | None:
    try:
        return parse_registry_key(key.public_key)
    except VerificationError:
        return None
