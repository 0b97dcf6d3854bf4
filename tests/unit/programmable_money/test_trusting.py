# SPDX-License-Identifier: EUPL-1.2
"""The registry as verifiers ask it: how often the chain is asked, and what happens when nobody answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from programmable_money.chain import ChainError
from programmable_money.messages import Address
from programmable_money.model import ChainEvent, ValidatorKey
from programmable_money.registry import TrustRegistry
from programmable_money.trusting import KEEP, ChainKeyRegistry, RegistryError
from ssi.bbs.keys import sk_to_pk
from ssi.claim.registry_key import registry_key, registry_key_id
from ssi.errors import Reason, VerificationError

TYPE, OTHER_TYPE = b"t" * 32, b"o" * 32
VALIDATOR = Address("0x" + "00" * 20)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
START = int(NOW.timestamp())


class Node:
    """What a registry contract would say, and how often it was asked; stands for chain and registry."""

    def __init__(self) -> None:
        self.answers = True
        self.asked_from: list[int] = []
        self.head = 500
        self.entries: list[tuple[int, ValidatorKey]] = []
        self.chain: Any = self
        self.contract: Any = None

    def add(self, block: int, secret: int, *, type_id: bytes = TYPE, **changes: Any) -> bytes:
        """A key that was added in a block; its compressed form."""
        public_key = sk_to_pk(secret)
        values: dict[str, Any] = {
            "key_id": registry_key_id(type_id, public_key),
            "type_id": type_id,
            "validator": VALIDATOR,
            "valid_from": START - 10,
            "valid_until": START + 10,
            "is_revoked": False,
            "public_key": registry_key(public_key),
            **changes,
        }
        self.entries.append((block, ValidatorKey(**values)))
        return public_key

    def block_number(self) -> int:
        if not self.answers:
            raise ChainError("nothing answers")
        return self.head

    def events(self, _: object, *, from_block: int) -> list[ChainEvent]:
        self.asked_from.append(from_block)
        return [
            ChainEvent(
                name="KeyAdded",
                emitted_at=START,
                contract="TrustRegistry",
                address=VALIDATOR,
                arguments={"typeId": key.type_id, "keyId": key.key_id},
                transaction="0x",
                block=block,
                index=0,
            )
            for block, key in self.entries
            if block >= from_block
        ]

    def key(self, name: bytes) -> ValidatorKey:
        return next(key for _, key in self.entries if key.key_id == name)

    def registry(self) -> TrustRegistry:
        registry: Any = self
        return registry  # type: ignore[no-any-return]


class Timer:
    """Seconds that a test lets pass."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def node() -> Node:
    return Node()


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def seen(node: Node, timer: Timer) -> ChainKeyRegistry:
    return ChainKeyRegistry(node.registry, timer=timer)


def test_gives_the_keys_of_a_type_that_count_now(node: Node, seen: ChainKeyRegistry) -> None:
    first, second = node.add(1, 3), node.add(2, 4)
    node.add(3, 5, type_id=OTHER_TYPE)
    node.add(4, 6, is_revoked=True)
    node.add(5, 7, valid_from=START + 1)
    node.add(6, 8, valid_until=START - 1)
    assert seen.keys(TYPE, NOW) == (first, second)
    assert seen.keys(b"n" * 32, NOW) == ()


def test_gives_no_key_that_its_name_does_not_fit(node: Node, seen: ChainKeyRegistry) -> None:
    node.add(1, 3, public_key=registry_key(sk_to_pk(4)))
    node.add(1, 5, public_key=bytes(256))
    node.add(1, 6, public_key=b"")
    assert seen.keys(TYPE, NOW) == ()


def test_asks_the_chain_seldom_and_then_only_for_what_is_new(node: Node, seen: ChainKeyRegistry, timer: Timer) -> None:
    first = node.add(400, 3)
    assert [seen.keys(TYPE, NOW) for _ in range(3)] == [(first,)] * 3
    assert node.asked_from == [0]
    second = node.add(501, 4)
    node.head = 600
    assert seen.keys(TYPE, NOW) == (first,)
    timer.seconds = KEEP.total_seconds()
    assert seen.keys(TYPE, NOW) == (first, second)
    assert node.asked_from == [0, 437]


def test_a_node_that_does_not_answer_is_an_error_and_is_not_asked_again_at_once(
    node: Node, seen: ChainKeyRegistry, timer: Timer
) -> None:
    key = node.add(1, 3)
    node.answers = False
    for _ in range(2):
        with pytest.raises(RegistryError):
            seen.keys(TYPE, NOW)
    node.answers = True
    with pytest.raises(RegistryError, match="a moment ago"):
        seen.keys(TYPE, NOW)
    timer.seconds = 3.0
    assert seen.keys(TYPE, NOW) == (key,)
    timer.seconds += KEEP.total_seconds()
    node.answers = False
    with pytest.raises(OSError, match="does not answer"):  # what was known before is too old to rely on
        seen.keys(TYPE, NOW)


def test_a_node_that_is_not_there_is_an_error_when_it_is_asked() -> None:
    registry = ChainKeyRegistry.at_node("http://127.0.0.1:9", "0x" + "11" * 20)
    with pytest.raises(RegistryError):
        registry.keys(TYPE, NOW)


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(VerificationError) as caught:
        ChainKeyRegistry.at_node("http://127.0.0.1:9", "0x11")
    assert caught.value.reason is Reason.MALFORMED


def test_of_an_open_chain(node: Node) -> None:
    key = node.add(1, 3)
    assert ChainKeyRegistry.of(node.registry()).keys(TYPE, NOW) == (key,)
