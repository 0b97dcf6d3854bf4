# SPDX-License-Identifier: EUPL-1.2
"""Our wallet answers a verifier built with @openid4vc, dcql and @sd-jwt."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.fetch import GuardedFetch
from edge.language import Language
from holder.consent import ConsentOutcome
from holder.openid.errors import (
    ExcessiveRequestError,
    ExcessReason,
    NoCopyLeftError,
    NotHeldError,
    RequestRefusedError,
)
from holder.openid.offers import read_offer
from holder.openid.planning import plan_disclosure
from holder.openid.presenting import Presenter
from holder.openid.requests import KnownVerifiers, NoCertificates, read_request
from holder.service import Wallet
from ssi.trust import TrustList
from tests.interop.programs import Program, program, require_node
from tests.interop.wallets import RESOLVER, new_wallet, now, receiver, trust_document, trust_list

VCT = "https://types.example/club-member/1"
CLAIMS = {"member": True, "since": "2020-01-01", "level": {"name": "gold", "points": 12}, "nationality": "NL"}
PIN = "493817"
VERIFIERS = KnownVerifiers(RESOLVER, NoCertificates())
FETCH = GuardedFetch.for_this_machine()
MEMBER = {"id": "club", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, "claims": [{"path": ["member"]}]}

pytestmark = pytest.mark.node


class Town:
    """A wallet with two copies of a membership, and who issued it."""

    def __init__(self, folder: Path, opened: dict[str, object] | None = None) -> None:
        self.wallet: Wallet = new_wallet(folder)
        job = {"vct": VCT, "claims": CLAIMS, "open": opened, "pin": PIN, "batch": 2}
        with program("issue", job) as issuer:
            said = issuer.hear()
            document = trust_document([VCT], dids=[said["issuer"]])
            receiving = receiver(self.wallet, document)
            receiving.accept(read_offer(said["offer"], receiving.fetch), PIN)
        self.jwk = said["jwk"]
        self.trust: TrustList = trust_list(document)
        self.presenter = Presenter(self.wallet, FETCH, now, Language.EN)

    def job(self, *credentials: dict[str, Any], **members: object) -> dict[str, object]:
        """What the verifier is to ask."""
        query = {"credentials": list(credentials or (MEMBER,))}
        return {"query": query, "issuerJwk": self.jwk, "signed": True, "encrypted": True, "post": False, **members}

    def answer(self, verifier: Program, *, allowed: frozenset[str] = frozenset()) -> str | None:
        """Read the request, plan and present."""
        verified = read_request(verifier.hear()["link"], FETCH, VERIFIERS, now=now())
        known = {str(verified.client.client_id)}
        plan = plan_disclosure(self.wallet, verified, self.trust, now=now(), allowed=allowed, known=known)
        return self.presenter.present(plan).redirect_uri


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    require_node()
    made = Town(tmp_path)
    with made.wallet:
        yield made


@pytest.mark.parametrize("post", [False, True], ids=["get", "post"])
@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
def test_a_signed_request_is_answered_with_what_was_asked_and_no_more(town: Town, encrypted: bool, post: bool) -> None:
    with program("ask", town.job(encrypted=encrypted, post=post)) as verifier:
        onward = town.answer(verifier)
        heard = verifier.hear()
    assert onward is not None
    assert onward.endswith("/done")
    assert heard["state"] == "interop-state"
    shown = heard["payloads"]["club"]
    assert shown["member"] is True
    assert not {"since", "level", "nationality"} & shown.keys()
    entry = town.wallet.consents.entries[-2]
    assert [claim.name for claim in entry.disclosed] == ["member"]
    assert town.wallet.consents.entries[-1].outcome is ConsentOutcome.ACCEPTED


def test_an_unsigned_request_gets_a_yes_or_no_and_nothing_else(town: Town) -> None:
    with program("ask", town.job(signed=False, encrypted=False)) as verifier:
        town.answer(verifier)
        assert verifier.hear()["payloads"]["club"]["member"] is True
    since = {**MEMBER, "claims": [{"path": ["since"]}]}
    with program("ask", town.job(since, signed=False, encrypted=False)) as verifier:
        verified = read_request(verifier.hear()["link"], FETCH, VERIFIERS, now=now())
        with pytest.raises(ExcessiveRequestError) as refused:
            plan_disclosure(town.wallet, verified, town.trust, now=now(), allowed=frozenset(["since"]), known=())
    assert [excess.reason for excess in refused.value.excesses] == [ExcessReason.UNKNOWN_VERIFIER]


def test_nobody_is_shown_a_nationality(town: Town) -> None:
    asked = {**MEMBER, "claims": [{"path": ["nationality"]}]}
    with program("ask", town.job(asked)) as verifier, pytest.raises(ExcessiveRequestError) as refused:
        town.answer(verifier, allowed=frozenset(["nationality"]))
    assert [excess.reason for excess in refused.value.excesses] == [ExcessReason.FORBIDDEN_SUBJECT]
    assert len(town.wallet.copied[0].unused) == 2


def test_a_part_of_a_structured_claim_is_shown_with_its_place(town: Town) -> None:
    asked = {**MEMBER, "claims": [{"path": ["level", "name"]}]}
    with program("ask", town.job(asked)) as verifier:
        town.answer(verifier)
        assert verifier.hear()["payloads"]["club"]["level"]["name"] == "gold"
    shown = town.wallet.consents.entries[-2].disclosed
    assert [claim.name for claim in shown] == ["level.name", "level.points"]  # the issuer hid it as a whole


def test_the_citizen_sees_what_the_issuer_left_open_to_everybody(tmp_path: Path) -> None:
    require_node()
    town = Town(tmp_path, {"branch": "Zuidhorn"})
    with town.wallet, program("ask", town.job()) as verifier:
        town.answer(verifier)
        assert verifier.hear()["payloads"]["club"]["branch"] == "Zuidhorn"
        shown = {claim.name: claim.value for claim in town.wallet.consents.entries[-2].disclosed}
    assert shown == {"branch": "Zuidhorn", "member": True}


def test_an_open_claim_that_nobody_is_shown_keeps_the_credential_in_the_wallet(tmp_path: Path) -> None:
    require_node()
    town = Town(tmp_path, {"religion": "none"})
    with town.wallet, program("ask", town.job()) as verifier, pytest.raises(ExcessiveRequestError) as refused:
        town.answer(verifier)
    assert [(excess.claim, excess.reason) for excess in refused.value.excesses] == [
        ("religion", ExcessReason.FORBIDDEN_SUBJECT)
    ]


def test_each_presentation_uses_a_copy_of_its_own_until_none_is_left(town: Town) -> None:
    bound = []
    for _ in range(2):
        with program("ask", town.job()) as verifier:
            town.answer(verifier)
            bound.append(verifier.hear()["payloads"]["club"]["cnf"]["jwk"]["x"])
    assert len(set(bound)) == 2
    with program("ask", town.job()) as verifier, pytest.raises(NoCopyLeftError):
        town.answer(verifier)


def test_a_request_for_something_else_is_not_answered(town: Town) -> None:
    other = {**MEMBER, "meta": {"vct_values": ["https://types.example/other/1"]}}
    with program("ask", town.job(other)) as verifier, pytest.raises(NotHeldError):
        town.answer(verifier)


def test_a_transaction_is_approved_by_its_hash(town: Town) -> None:
    transaction = {
        "type": "urn:stuiver:transaction:application:1",
        "credential_ids": ["club"],
        "text": {"nl": "Aanvraag van een vergunning", "en": "Application for a permit"},
    }
    with program("ask", town.job(transactionData=[transaction])) as verifier:
        town.answer(verifier)
        assert len(verifier.hear()["keyBinding"]["club"]["transaction_data_hashes"]) == 1


def test_a_kind_of_transaction_that_the_wallet_cannot_show_is_refused(town: Town) -> None:
    transaction = {"type": "payment", "credential_ids": ["club"], "amount": 12}
    with program("ask", town.job(transactionData=[transaction])) as verifier, pytest.raises(RequestRefusedError):
        town.answer(verifier)


def test_a_citizen_who_says_no_shows_nothing_and_the_asker_is_told(town: Town) -> None:
    with program("ask", town.job()) as verifier:
        verified = read_request(verifier.hear()["link"], FETCH, VERIFIERS, now=now())
        plan = plan_disclosure(town.wallet, verified, town.trust, now=now(), allowed=frozenset(), known=())
        assert replace(plan) == plan
        with pytest.raises(Exception, match="refused"):  # the library's verifier answers an error with an error
            town.presenter.decline(plan)
    entry = town.wallet.consents.entries[-1]
    assert entry.outcome is ConsentOutcome.DECLINED
    assert entry.disclosed == ()
    assert len(town.wallet.copied[0].unused) == 2
