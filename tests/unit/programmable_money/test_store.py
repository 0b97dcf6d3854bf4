# SPDX-License-Identifier: EUPL-1.2
"""The read model: what events become, that applying is idempotent, and that a gap is an error."""

import pytest

from programmable_money.messages import address_of
from programmable_money.model import Amount, ChainEvent
from programmable_money.store import Store

FUND, AMIRA, TOYS, NEXT = (address_of(bytes([number]) * 32) for number in range(1, 5))
KEY, PAYMENT, REFERENCE = b"\x0a" * 32, b"\x0b" * 32, b"KP-1".ljust(32, b"\0")


def event(block: int, contract: str, name: str, **arguments: object) -> ChainEvent:
    return ChainEvent(block, 0, 1_000 + block, "0x", contract, FUND, name, arguments)


EVENTS = (
    event(1, "MunicipalEuro", "Deposited", depositReference=REFERENCE, to=NEXT, amount=2**60),
    event(2, "MunicipalEuro", "Transfer", value=5),
    event(
        3,
        "TrustRegistry",
        "KeyAdded",
        keyId=KEY,
        typeId=KEY,
        validator=NEXT,
        publicKey=b"",
        validFrom=1,
        validUntil=900,
    ),
    event(4, "Fund", "Opened", rulebook=KEY, period=2026, sponsor=AMIRA),
    event(5, "Fund", "Funded", sponsor=AMIRA, amount=900),
    event(6, "Fund", "MerchantApproved", merchant=TOYS, category=3),
    event(7, "Fund", "Claimed", nullifier=PAYMENT, keyId=KEY, account=AMIRA, amount=450, asOf=46_000),
    event(8, "Fund", "Paid", payment=PAYMENT, account=AMIRA, merchant=TOYS, amount=100),
    event(9, "Fund", "Refunded", payment=PAYMENT, account=AMIRA, merchant=TOYS, amount=10),
    event(10, "Fund", "Refunded", payment=PAYMENT, account=AMIRA, merchant=TOYS, amount=20),
    event(11, "Fund", "MerchantSettled", merchant=TOYS, batch=1, amount=70, settlementReference=REFERENCE),
    event(12, "Fund", "MerchantSuspended", merchant=TOYS),
    event(13, "TrustRegistry", "KeyRetired", keyId=KEY, validUntil=800),
    event(14, "TrustRegistry", "KeyRevoked", keyId=KEY),
    event(15, "Fund", "Paused", by=AMIRA),
    event(16, "Fund", "Unpaused", by=AMIRA),
    event(17, "Fund", "HandedOver", **{"from": AMIRA, "to": NEXT}),
    event(18, "Fund", "Closed", sponsor=NEXT, returned=5),
)


def test_events_become_records(database_url: str) -> None:
    store = Store(database_url)
    assert store.last() == (-1, -1)
    assert store.apply(EVENTS) == len(EVENTS)
    assert store.last() == (18, 0)
    assert [deposit.amount for deposit in store.deposits()] == [Amount(2**60)]
    (fund,) = store.funds()
    assert (fund.sponsor, fund.funded, fund.is_paused, fund.is_closed) == (NEXT, Amount(900), False, True)
    (key,) = store.keys()
    assert (key.valid_until, key.is_revoked) == (800, True)
    (payment,) = store.payments(FUND)
    assert (payment.amount, payment.refunded) == (Amount(100), Amount(30))
    assert store.payments(FUND, merchant=TOYS, account=AMIRA) == (payment,)
    assert store.payments(FUND, merchant=AMIRA) == ()
    (shop,) = store.shops(FUND)
    assert (shop.category, shop.is_approved, shop.batch) == (3, False, 1)
    (settled,) = store.settlements(FUND)
    assert (settled.amount, settled.reference) == (Amount(70), REFERENCE)
    assert [claim.as_of for claim in store.claims(FUND)] == [46_000]
    store.close()

    again = Store(database_url)
    assert again.last() == (18, 0)
    assert again.payments(FUND) == (payment,)
    again.close()


def test_the_same_events_change_nothing_and_a_rebuild_starts_over(database_url: str) -> None:
    store = Store(database_url)
    for upto in range(len(EVENTS) + 1):
        store.apply(EVENTS[:upto])
    before = store.payments(FUND), store.shops(FUND), store.funds()
    assert store.apply(reversed(EVENTS)) == 0
    assert (store.payments(FUND), store.shops(FUND), store.funds()) == before
    assert store.rebuild(EVENTS) == len(EVENTS)
    assert (store.payments(FUND), store.shops(FUND), store.funds()) == before
    assert store.rebuild(()) == 0
    assert store.funds() == ()
    store.close()


def test_a_gap_in_the_events_is_an_error_and_leaves_nothing_behind(database_url: str) -> None:
    store = Store(database_url)
    with pytest.raises(RuntimeError, match="first"):
        store.apply(EVENTS[8:])
    assert store.last() == (-1, -1)
    store.close()
