# SPDX-License-Identifier: EUPL-1.2
"""Gas of whole transactions, which is exact, and what it is spent on.

A claim is measured as the second one of its fund: a new account and a new pseudonym, counters that are not zero.
"""

from typing import Any, Final

from eth.precompiles.bls12_381.constants import G1_MSM_DISCOUNTS
from eth_utils.conversions import to_bytes

from programmable_money.chain import Chain
from programmable_money.messages import (
    ZERO_ADDRESS,
    Charge,
    PaymentPermit,
    Refund,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    address_of,
    recipient,
)
from programmable_money.node import open_chain
from tests.claims import PREDICATES, Household, prepared
from tests.contracts.opened import STARTS_AT, OpenedFund, open_fund

__all__ = ["measure_gas"]

_BASE: Final = 21_000
_PAIRINGS: Final = 37_700 + 2 * 32_600
"""EIP-2537, two pairs."""
_CITIZENS: Final = tuple(bytes([7]) * 31 + bytes([number]) for number in (1, 2))
_SHOP: Final = bytes([9]) * 32


def measure_gas(target: str) -> dict[str, Any]:
    """Claims with 0, 1, 2 and 4 predicates, payments and a refund.

    Args:
        target: ``anvil``, which also tells what storage costs, or ``embedded``.
    """
    with open_chain(target, starts_at=STARTS_AT, traces=True) as chain:
        claims = {str(count): _claim(chain, count) for count in (0, 1, 2, 4)}
        return {"chain": target, "claim": claims, "money": _money(chain)}


def _claim(chain: Chain, count: int) -> dict[str, int]:
    opened = open_fund(chain, PREDICATES[:count])
    receipt = None
    for key in _CITIZENS:
        receipt = opened.fund.claim(_message(opened, key))
    if receipt is None:
        raise RuntimeError("nobody claimed")
    transaction = next(
        item
        for item in chain.block(receipt.block)["transactions"]
        if to_bytes(hexstr=receipt.transaction) == bytes(item["hash"])
    )
    calldata = to_bytes(transaction["input"] if "input" in transaction else transaction["data"])
    terms = opened.statement.terms
    points = 2 + len(terms.hidden) + len(terms.disclosed) + 6 + 2 * terms.commitments
    parts = {
        "total": receipt.gas_used,
        "base": _BASE,
        "calldata": sum(16 if octet else 4 for octet in calldata),
        "multiplication": 12_000 * points * G1_MSM_DISCOUNTS[points - 1] // 1000,
        "pairings": _PAIRINGS,
    }
    storage = _storage(chain, receipt.transaction)
    if storage is not None:
        parts["storage"] = storage
    parts["rest"] = parts["total"] - sum(value for name, value in parts.items() if name != "total")
    parts["calldata_octets"] = len(calldata)
    parts["points"] = points
    return parts


def _money(chain: Chain) -> dict[str, int]:
    """The first and a later payment of one account to one shop, and a refund."""
    opened = open_fund(chain)
    account, shop = address_of(_CITIZENS[0]), address_of(_SHOP)
    opened.fund.claim(_message(opened, _CITIZENS[0]))
    opened.fund.approve_merchant(shop, 0, sponsor=chain.relayers[0])
    domain = opened.fund.domain
    permits = [PaymentPermit(account, ZERO_ADDRESS, 1000, nonce, chain.now() + 600) for nonce in range(2)]
    gas = [
        opened.fund.pay(
            SignedPermit.sign(domain, permit, _CITIZENS[0]),
            SignedCharge.sign(domain, Charge(permit.payment, shop, 500), _SHOP),
        ).gas_used
        for permit in permits
    ]
    refund = SignedRefund.sign(domain, Refund(permits[-1].payment, 100), _SHOP)
    return {"payment": gas[-1], "refund": opened.fund.refund(account, permits[-1].nonce, refund).gas_used}


def _message(opened: OpenedFund, private_key: bytes) -> Any:
    ready = prepared(opened.statement, Household(), recipient=recipient(address_of(private_key)))
    return opened.message(ready.claim, ready.prove())


def _storage(chain: Chain, transaction: str) -> int | None:
    """Gas of storage reads and writes, from the node's own trace; None where there is none."""
    if chain.is_embedded:
        return None
    trace = chain.request("debug_traceTransaction", [transaction, {"disableStack": True, "disableStorage": True}])
    return sum(int(step["gasCost"]) for step in trace["structLogs"] if step["op"] in ("SLOAD", "SSTORE"))
