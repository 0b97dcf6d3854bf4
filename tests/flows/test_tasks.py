# SPDX-License-Identifier: EUPL-1.2
"""A task from publishing to the shop's bank account, on every chain."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from programmable_money.chain import Chain
from programmable_money.messages import parse_address
from programmable_money.model import Amount
from programmable_money.settlement import BankAccount, BankOrder, read_payment_file
from tests.flows.earning import Town


@pytest.fixture
def town(chain: Chain, tmp_path: Path) -> Iterator[Town]:
    opened = Town.open(chain, tmp_path)
    yield opened
    opened.close()


def test_a_task_becomes_coins_a_purchase_and_a_transfer_to_the_shop(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish(quarter_hours=8)
    listed = amira.earning.listed(town.view(), now=town.now)
    assert [(item.task.number, item.cents, item.has_room) for item in listed] == [(number, 1_000, True)]
    town.earn(number, amira)
    (collected,) = town.collect(amira, number)
    assert collected[0].earned.cents == 1_000
    scope = town.view().coins.in_slot(collected[0].earned.scope.slot or 0)
    permit = amira.sign_permit(scope, 450, now=town.now)
    town.pay(permit, 450)
    town.check_books()
    assert town.purse.books().merchants == Amount(450)
    assert town.purse.books().accounts == Amount(550)
    shop = parse_address(town.shop.address)
    banks = {shop: BankAccount.from_text("Bakker Bart", "NL91ABNA0417164300", field="shop")}
    debtor = BankAccount.from_text("Gemeente Heerlen", "NL68BNGH0000000100", field="debtor")
    order = BankOrder(debtor, banks, (town.now + timedelta(days=1)).date(), town.now)
    batch = town.municipality.settle(town.purse, [shop], reference="HEITJE-1", bank=order)
    assert read_payment_file(batch.file).total == Amount(450)
    assert town.purse.books().merchants == Amount(0)
    town.check_books()
    statement = amira.earning.statement(town.view(), town.now.year)
    assert (statement.cents, statement.seconds, statement.left_cents) == (1_000, 7_200, 149_000)
