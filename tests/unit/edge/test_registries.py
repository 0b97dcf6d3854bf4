# SPDX-License-Identifier: EUPL-1.2
"""Which trust registry a command's options name."""

import pytest

from edge.registries import chosen_registry
from ssi.trust import KeyRegistry, NoKeyRegistry

ADDRESS = "0x" + "11" * 20


def test_without_a_registry_there_is_none_even_with_a_node() -> None:
    assert isinstance(chosen_registry(None, rpc=None, registry=None), NoKeyRegistry)
    assert isinstance(chosen_registry(None, rpc="http://127.0.0.1:8545", registry=None), NoKeyRegistry)


def test_the_way_that_was_handed_down_opens_it() -> None:
    opened: list[tuple[str, str]] = []

    def way(rpc: str, registry: str) -> KeyRegistry:
        opened.append((rpc, registry))
        return NoKeyRegistry()

    chosen_registry(way, rpc="http://127.0.0.1:8545", registry=ADDRESS)
    assert opened == [("http://127.0.0.1:8545", ADDRESS)]


def test_a_registry_that_cannot_be_reached_is_said() -> None:
    with pytest.raises(ValueError, match="--rpc"):
        chosen_registry(None, rpc=None, registry=ADDRESS)
    with pytest.raises(ValueError, match="stuiver"):
        chosen_registry(None, rpc="http://127.0.0.1:8545", registry=ADDRESS)
