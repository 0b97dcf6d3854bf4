# SPDX-License-Identifier: EUPL-1.2
"""Credentials that count together are of one person."""

from typing import Any

import pytest

from ssi.openid.response import AuthorizationResponse
from tests.unit.verifier.material import AMIRA, CATO, BuildTown, Citizen, Person, Town, Validator, Wallet, types
from tests.unit.verifier.test_policy import credential, document, octets
from tests.unit.verifier.test_service import read
from verifier.policy.deciding import Allowed
from verifier.policy.model import Policy
from verifier.policy.shelf import PolicyShelf

YOUNG_AND_RICH = Person(AMIRA.birth_date, 900_000)
OLD_AND_POOR = Person(CATO.birth_date, 100_000)


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator()


def young_and_poor() -> Any:
    """One query with a proof of age and a proof of income, in one scope; every rule is about one of them."""
    changed, income = document("under-21"), document("income-allowance")
    age_proof, income_proof = credential(changed), credential(income)
    income_proof["meta"]["scope"] = age_proof["meta"]["scope"]
    income_proof["meta"]["predicates"] = income_proof["meta"]["predicates"][:2]
    changed["queries"] = [{"id": "both", "dcql": {"credentials": [age_proof, income_proof]}}]
    changed["rules"] = [
        {**rule, "credentials": [proof["id"]]}
        for proof, rules in ((age_proof, changed["rules"]), (income_proof, income["rules"]))
        for rule in rules
    ]
    return changed


def either() -> Any:
    """One query for a proof of age or an SD-JWT VC that says the same."""
    changed = document("under-21")
    both = [credential(changed), credential(changed, 1)]
    sets = [{"options": [[one["id"]] for one in both]}]
    changed["queries"] = [{"id": "either", "dcql": {"credentials": both, "credential_sets": sets}}]
    return changed


def town_of(build_town: BuildTown, validator: Validator, changed: Any) -> Town:
    return build_town(validator=validator, policies=PolicyShelf([Policy.from_json(octets(changed))], types()))


def test_one_person_shows_two_credentials(build_town: BuildTown, validator: Validator) -> None:
    town = town_of(build_town, validator, young_and_poor())
    answer = Wallet(Citizen.of(validator, AMIRA), town).present(town.start("under-21")["link"])
    assert answer.status_code == 200, answer.text
    assert isinstance(read(town, answer.json()["receipt"]).decision, Allowed)


def test_two_people_do_not_satisfy_one_request_together(build_town: BuildTown, validator: Validator) -> None:
    town = town_of(build_town, validator, young_and_poor())
    wallet = Wallet(Citizen.of(validator, YOUNG_AND_RICH), town)
    request = wallet.fetch(town.start("under-21")["link"])
    age, income = request.dcql_query.credentials
    token = {age.id: (wallet.presentation(request, age),)}
    wallet.citizen = Citizen.of(validator, OLD_AND_POOR)
    token[income.id] = (wallet.presentation(request, income),)
    answer = wallet.send(request, AuthorizationResponse(token, request.state))
    assert (answer.status_code, answer.json()["reason"]) == (400, "query_not_met")
    assert town.verifier.decisions() == ()


def test_of_alternatives_one_is_shown(build_town: BuildTown, validator: Validator) -> None:
    town = town_of(build_town, validator, either())
    wallet = Wallet(Citizen.of(validator, AMIRA), town)
    request = wallet.fetch(town.start("under-21")["link"])
    whole = wallet.answer(request)
    assert wallet.send(request, whole).json()["reason"] == "over_disclosure"
    proof = request.dcql_query.credentials[0].id
    assert wallet.send(request, AuthorizationResponse({proof: whole.vp_token[proof]}, request.state)).status_code == 200
