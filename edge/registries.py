# SPDX-License-Identifier: EUPL-1.2
"""The trust registry for services and wallets, which know no chain: the composition root hands them a way to one."""

from collections.abc import Callable

from ssi.trust import KeyRegistry, NoKeyRegistry

__all__ = ["OpenRegistry", "chosen_registry"]

OpenRegistry = Callable[[str, str], KeyRegistry]
"""Makes a registry from the address of a node and that of the registry's contract."""


def chosen_registry(way: OpenRegistry | None, *, rpc: str | None, registry: str | None) -> KeyRegistry:
    """The registry that a command's options name.

    Args:
        way: how a chain is reached; None in a command that was started without one.
        rpc: the node.
        registry: the contract; None when the trust list needs no chain.
    Raises:
        ValueError: in words, when a registry is named and cannot be reached this way.
        VerificationError: ``malformed``: not the address of a contract.
    """
    if registry is None:
        return NoKeyRegistry()
    if rpc is None:
        raise ValueError("goes with --rpc: which node knows it")
    if way is None:
        raise ValueError("needs the program that knows the chain: use `stuiver`")
    return way(rpc, registry)
