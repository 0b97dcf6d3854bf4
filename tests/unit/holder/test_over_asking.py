# SPDX-License-Identifier: EUPL-1.2
"""A verifier that asks for several proofs learns no number by putting them together."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holder.openid.disclosure import Disclosure
from holder.openid.errors import ExcessiveRequestError, ExcessReason
from holder.openid.planning import plan_disclosure
from holder.service import Wallet
from holder.wallet_file import KeyWork
from ssi.base64url import encode_base64url
from ssi.credential.days import day_number
from ssi.openid.client_id import ClientId, ClientIdPrefix
from ssi.openid.dcql import DcqlQuery
from ssi.openid.request import AuthorizationRequest, ResponseMode
from ssi.openid.signed_request import accept_unsigned_request
from tests.interop.wallets import trust_document, trust_list
from tests.unit.holder.town import AMIRA, CATALOGUE, INCOME, NOW, PASSPHRASE, Desk, give

RESPONSE = "https://asker.example/response"
NAME = f"redirect_uri:{RESPONSE}"
VALID = {"sum": {"exp": 1}, "per_as_of": -1, "plus": 0}
TODAY = day_number(NOW.date())
TEXT = {"nl": "Een bewijs.", "en": "A proof."}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def wallet(tmp_path: Path, desk: Desk) -> Iterator[Wallet]:
    made, _ = Wallet.create(tmp_path / "amira.wallet", PASSPHRASE, CATALOGUE, work=KeyWork.INTERACTIVE)
    with made:
        give(made, desk, "amira", AMIRA)
        yield made


def plan(wallet: Wallet, desk: Desk, *metas: dict[str, Any], is_known: bool = True) -> Disclosure:
    """Plan the answer to a request with these proofs, each a query of its own."""
    queries = [
        {
            "id": f"q{index}",
            "format": "dc+jwp",
            "meta": {
                "vct_values": [INCOME.vct],
                "scope": "test",
                "constants": {},
                "disclosed": {},
                "keys": [encode_base64url(desk.public_key)],
                **meta,
                "predicates": [
                    {"per_as_of": 0, "plus": 0, "text": TEXT, **rule} for rule in (VALID, *meta["predicates"])
                ],
            },
        }
        for index, meta in enumerate(metas)
    ]
    request = AuthorizationRequest(
        ClientId(ClientIdPrefix.REDIRECT_URI, RESPONSE),
        ResponseMode.DIRECT_POST,
        RESPONSE,
        "a-nonce-of-one-request",
        DcqlQuery.from_json(json.dumps({"credentials": queries}).encode()),
    )
    return plan_disclosure(
        wallet,
        accept_unsigned_request(request),
        trust_list(trust_document([INCOME.vct], dids=["did:web:desk.example"])),
        now=NOW,
        allowed=(),
        known=[NAME] if is_known else (),
    )


def at_least(cents: int) -> dict[str, Any]:
    return {"sum": {"income": 1}, "plus": -cents}


def at_most(cents: int) -> dict[str, Any]:
    return {"sum": {"income": -1}, "plus": cents}


def reasons(
    wallet: Wallet, desk: Desk, *metas: dict[str, Any], is_known: bool = True
) -> list[tuple[str, ExcessReason]]:
    with pytest.raises(ExcessiveRequestError) as refused:
        plan(wallet, desk, *metas, is_known=is_known)
    return [(excess.claim, excess.reason) for excess in refused.value.excesses]


NARROWED = [("income", ExcessReason.NARROWED_DOWN)]


@pytest.mark.parametrize(
    "metas",
    [
        [{"predicates": [at_least(154_060), at_most(154_060)]}],
        [{"predicates": [at_least(154_060)]}, {"predicates": [at_most(154_060)], "scope": "other"}],
        [{"predicates": [at_least(154_060), {**at_most(154_060 + TODAY), "per_as_of": -1}]}],
        [{"predicates": [at_least(154_060), {"sum": {"income": -1, "children": 1}, "plus": 154_060}]}],
        [{"predicates": [at_least(150_000), at_most(155_000)]}],
    ],
    ids=["both sides", "in two queries", "with the day", "with a small number", "fifty euros"],
)
def test_refuses_proofs_that_give_an_amount_away(wallet: Wallet, desk: Desk, metas: list[dict[str, Any]]) -> None:
    assert reasons(wallet, desk, *metas) == NARROWED


def test_answers_a_known_asker_about_a_wide_band(wallet: Wallet, desk: Desk) -> None:
    assert plan(wallet, desk, {"predicates": [at_least(100_000), at_most(200_000)]}).proofs


def test_an_unknown_asker_may_ask_one_thing_about_a_number(wallet: Wallet, desk: Desk) -> None:
    assert plan(wallet, desk, {"predicates": [at_most(200_000)]}, is_known=False).proofs
    band = {"predicates": [at_least(100_000), at_most(200_000)]}
    assert reasons(wallet, desk, band, is_known=False) == NARROWED


def test_an_amount_is_not_shown_by_a_proof_either(wallet: Wallet, desk: Desk) -> None:
    shown = {"predicates": [], "disclosed": {"income": [0, 1_000_000]}}
    assert reasons(wallet, desk, shown) == [("income", ExcessReason.EXACT_VALUE)]


def test_a_count_may_be_shown_to_a_known_asker(wallet: Wallet, desk: Desk) -> None:
    made = plan(wallet, desk, {"predicates": [], "disclosed": {"children": [1, 15]}})
    assert [(claim.name, claim.value) for claim in made.proofs[0].shown] == [("children", 3)]
