# SPDX-License-Identifier: EUPL-1.2
"""The document for sponsors and shops: its offer is one, its example is right, every reason stands in it."""

import json
import re

import specs
from programmable_money.messages.pass_offers import PassOffer, Quote
from programmable_money.passes.refusals import ERRORS
from programmable_money.passes.wording import OWN_WORDS
from ssi.rulebook.model import Rulebook
from tests.architecture.source import ROOT

TEXT = (ROOT / "docs" / "passes.md").read_text(encoding="utf-8")
RULEBOOK = Rulebook.from_json(specs.rulebook_octets("stadjerspas", 1))
(SHOWN,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)


def test_the_offer_that_is_shown_is_one() -> None:
    offer = PassOffer.from_json(SHOWN.encode(), RULEBOOK)
    assert offer.quote(7_500) == Quote(4_500, 3_000, 0)


def test_the_example_of_who_pays_what_is_right() -> None:
    changed = json.loads(SHOWN) | {"reduction": {"kind": "free"}, "price_cents": 975, "sponsor_percent": 50}
    assert PassOffer.from_json(json.dumps(changed).encode(), RULEBOOK).quote(975) == Quote(0, 487, 488)
    assert "EUR 4.87" in TEXT
    assert "EUR 4.88" in TEXT


def test_every_reason_of_a_pass_is_explained() -> None:
    codes = {*ERRORS.values(), *(reason.value for reason in OWN_WORDS)} - {"paused"}
    assert {code for code in codes if f"`{code}`" not in TEXT} == set()
