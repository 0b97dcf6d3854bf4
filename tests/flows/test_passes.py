# SPDX-License-Identifier: EUPL-1.2
"""A pass from activation to the shop's bank account, on every chain; and everything that must not work."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from programmable_money.chain import Chain
from programmable_money.model import Amount
from programmable_money.settlement import BankAccount, BankOrder, read_payment_file
from tests.flows.city import City, offer


@pytest.fixture
def city(chain: Chain, tmp_path: Path) -> Iterator[City]:
    opened = City.open(chain, tmp_path)
    yield opened
    opened.close()


def test_a_pass_is_activated_issued_used_and_the_shop_is_paid(city: City) -> None:
    (swim,) = city.publish(offer(sponsor_percent=80))
    amira = city.holder("amira")
    listed = amira.passes.offers(city.view(), now=city.now)
    assert [(item.number, item.left, item.why_not) for item in listed] == [(swim, 3, None)]
    receipt = city.use(amira, swim, "pool", 550)
    used = next(event.arguments for event in receipt.events if event.name == "OfferUsed")
    assert (used["offer"], used["number"], used["price"], used["reduction"], used["sponsorPart"]) == (
        swim,
        0,
        550,
        550,
        440,
    )
    city.check_books()
    shop = city.shop("pool")
    banks = {shop: BankAccount.from_text("Zwembad De Papiermolen", "NL91ABNA0417164300", field="shop")}
    debtor = BankAccount.from_text("Gemeente Groningen", "NL68BNGH0000000100", field="debtor")
    order = BankOrder(debtor, banks, (city.now + timedelta(days=1)).date(), city.now)
    batch = city.municipality.settle(city.opened, [shop], reference="PAS-1", bank=order)
    assert read_payment_file(batch.file).total == Amount(440)
    city.check_books()
    assert amira.passes.offers(city.view(), now=city.now)[0].left == 2
