# SPDX-License-Identifier: EUPL-1.2
"""What the wallet keeps of a pass survives its file, and nothing else is read; descriptions have one shape."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from holder.model import WalletContents
from holder.passes.model import HeldPass, ShownUse
from holder.passes.refusals import TEXTS, PassRefusal
from holder.passes.view import PassView
from holder.refusals import ProgrammeFormatError
from programmable_money.messages import ZERO_ADDRESS, Address, Scope
from ssi.credential.document import DocumentError, Node

SHOP = Address("0x" + "11" * 20)
SCOPE = Scope(31337, SHOP, b"\x02" * 32, 2023)
AT = datetime(2023, 6, 19, 9, tzinfo=UTC)
USE = ShownUse(2, 0, SHOP, 950, AT)
ACCOUNT = Address("0x" + "22" * 20)
HELD = HeldPass(SCOPE, ACCOUNT, (USE, ShownUse(2, 1, SHOP, 950, AT, is_counted=True)))

DESCRIPTION: dict[str, Any] = {
    "stuiver": "pass/1",
    "chain": 31337,
    "pass": SHOP,
    "rulebook": "0x" + "02" * 32,
    "period": 2023,
    "scope": "0x" + SCOPE.in_slot(0).context_id.hex(),
    "activation": {"type": "0x" + "03" * 32, "constants": [], "disclosed": [], "predicates": []},
    "use": {"type": "0x" + "04" * 32, "constants": [], "disclosed": [], "predicates": []},
    "keys": [{"key": "0x" + "05" * 32, "public_key": "0x" + "06" * 256, "s": "0x" + "07" * 32}],
    "desk_keys": [{"key": "0x" + "08" * 32, "public_key": "0x" + "09" * 256}],
    "statements": [{"key": "0x" + "08" * 32, "slot": 256, "s": "0x" + "0a" * 32}],
    "offers": [
        {
            "offer": 1,
            "description": "0x" + "0b" * 32,
            "merchant": ZERO_ADDRESS,
            "category": 0,
            "reduction": 0,
            "uses_per_pass": 1,
            "sponsor_percent": 100,
            "months": 1,
            "price": 1,
            "value": 0,
            "max_reduction": 0,
            "starts_at": 0,
            "ends_at": 0,
            "total": 0,
            "used": 0,
            "is_withdrawn": False,
            "document": None,
        }
    ],
}


def _node(value: Any) -> Node:
    return Node(json.loads(json.dumps(value)))


def test_a_pass_and_its_uses_survive_the_wallets_file() -> None:
    contents = WalletContents(bytes(64), passes=(HELD,))
    assert WalletContents.from_octets(contents.to_octets()).passes == (HELD,)
    changed = replace(HELD, uses=())
    assert contents.with_pass(changed).passes == (changed,)


def test_a_wallet_of_before_passes_has_none() -> None:
    content = json.loads(WalletContents(bytes(64)).to_octets())
    for name in ("work", "earned", "passes"):
        del content[name]
    old = json.dumps(content | {"stuiver": "wallet/2"}).encode()
    assert WalletContents.from_octets(old).passes == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"offer": 0},
        {"number": 256},
        {"merchant": "0x12"},
        {"price": -1},
        {"at": "yesterday"},
        {"at": "2023-06-19T09:00:00"},
        {"is_counted": 1},
        {"name": "Amira"},
    ],
)
def test_a_use_that_the_wallet_never_wrote_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        ShownUse.from_node(_node(USE.to_json() | changes))


def test_a_use_is_written_once_and_what_the_chain_has_stays() -> None:
    again = HELD.with_use(replace(USE, price=951))
    assert [use.price for use in again.uses if use.number == 0] == [951]
    counted = HELD.with_counted(2, 0, AT).with_counted(3, 0, AT)
    assert HELD.numbers(2) == {0, 1}
    assert [(use.offer, use.number, use.is_counted) for use in counted.uses] == [
        (2, 1, True),
        (2, 0, True),
        (3, 0, True),
    ]
    assert ACCOUNT not in repr(HELD)


def test_a_description_is_read_as_it_stands() -> None:
    view = PassView.from_json(json.dumps(DESCRIPTION).encode())
    assert view.scope == SCOPE
    assert view.find_key(b"\x08" * 32, 256, b"own") is not None
    assert view.find_key(b"\x05" * 32, 256, b"own") is None
    assert view.find_offer(2) is None


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"stuiver": "pass/2"}, "$.stuiver"),
        ({"chain": -1}, "$.chain"),
        ({"pass": "0x12"}, "$"),
        ({"rulebook": "0x12"}, "$.rulebook"),
        ({"scope": "12"}, "$.scope"),
        ({"keys": [{}]}, "$.keys[0].key"),
        ({"desk_keys": [{"key": "0x12", "public_key": "0x"}]}, "$.desk_keys[0].key"),
        ({"offers": [DESCRIPTION["offers"][0] | {"is_withdrawn": 0}]}, "$.offers[0].is_withdrawn"),
        ({"offers": [DESCRIPTION["offers"][0] | {"months": "june"}]}, "$.offers[0].months"),
        ({"citizens": 3}, "$.citizens"),
    ],
)
def test_another_shape_is_refused_by_its_field(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(ProgrammeFormatError) as refused:
        PassView.from_json(json.dumps(DESCRIPTION | changes).encode())
    assert refused.value.path == path


def test_every_refusal_has_two_sentences_in_two_languages() -> None:
    assert set(TEXTS) == set(PassRefusal)
    assert all(text.nl.count(". ") >= 1 and text.en.count(". ") >= 1 for text in TEXTS.values())
