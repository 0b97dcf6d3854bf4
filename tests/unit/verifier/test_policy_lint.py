# SPDX-License-Identifier: EUPL-1.2
"""The lint of policies: forbidden subjects, claims that nobody needs, rules that cannot be decided, unsound proofs."""

from collections.abc import Callable
from typing import Any

import pytest

from ssi.rulebook.lint import Severity
from tests.unit.verifier.material import types
from tests.unit.verifier.test_policy import PUBLISHED, credential, document, octets
from verifier.errors import PolicyRefusedError
from verifier.policy.lint import check, lint
from verifier.policy.model import Policy

TEXT = {"nl": "a", "en": "a"}


def findings(changed: Any) -> list[str]:
    """What is refused, as ``path: rule``."""
    found = lint(Policy.from_json(octets(changed)), types())
    return [f"{one.path}: {one.rule}" for one in found if one.severity is Severity.REFUSED]


@pytest.mark.parametrize("policy", PUBLISHED, ids=lambda policy: f"{policy.id.name}-v{policy.id.version}")
def test_a_published_policy_has_no_finding(policy: Policy) -> None:
    assert check(policy, types()) == ()


def foreign_claim(changed: Any) -> None:
    """A claim of somebody else's type, which has no published definition."""
    asked = credential(changed, 1)
    asked["meta"]["vct_values"] = ["urn:example:person:1"]
    asked["claims"] = [{"path": ["nationalities"]}]
    changed["queries"] = changed["queries"][1:]
    changed["rules"] = [{"id": "a", "text": TEXT, "claim": ["nationalities"], "equals": "NL"}]


def hidden_in_a_path(changed: Any) -> None:
    foreign_claim(changed)
    credential(changed)["claims"] = [{"path": ["person", "place_of_birth"]}]
    changed["rules"][0]["claim"] = ["person", "place_of_birth"]


def value_that_is_forbidden(changed: Any) -> None:
    changed["rules"][0]["equals"] = "moslim"


def named_by_its_rule(changed: Any) -> None:
    changed["rules"][0]["id"] = "not_a_foreigner"


def more_than_is_used(changed: Any) -> None:
    credential(changed, 1)["claims"].append({"path": ["age_over_18"]})


def constant_that_no_rule_uses(changed: Any) -> None:
    credential(changed)["meta"]["constants"]["age_over_18"] = True


def predicate_that_no_rule_uses(changed: Any) -> None:
    predicate = {"id": "old", "text": TEXT, "sum": {"birth_date": -1}, "plus": 1, "per_as_of": 1}
    credential(changed)["meta"]["predicates"].append(predicate)


def not_asked_in_every_query(changed: Any) -> None:
    credential(changed, 1)["claims"] = [{"path": ["age_over_18"]}]


def only_if_the_citizen_likes(changed: Any) -> None:
    """Two credentials of which either will do, and a rule about one of them."""
    first, second = changed["queries"][0]["dcql"]["credentials"], changed["queries"][1]["dcql"]["credentials"]
    changed["queries"] = [{"id": "both", "dcql": {"credentials": first + second}}]
    changed["queries"][0]["dcql"]["credential_sets"] = [{"options": [["age_bbs"], ["age_sd_jwt"]]}]
    changed["rules"][0]["credentials"] = ["age_bbs"]


def of_two_people(changed: Any) -> None:
    """A proof and an SD-JWT VC, both required: nothing shows that they are of one person."""
    first, second = changed["queries"][0]["dcql"]["credentials"], changed["queries"][1]["dcql"]["credentials"]
    changed["queries"] = [{"id": "both", "dcql": {"credentials": first + second}}]


def of_two_people_in_one_option(changed: Any) -> None:
    of_two_people(changed)
    changed["queries"][0]["dcql"]["credential_sets"] = [{"options": [["age_bbs"], ["age_bbs", "age_sd_jwt"]]}]


def of_two_people_in_two_sets(changed: Any) -> None:
    of_two_people(changed)
    changed["queries"][0]["dcql"]["credential_sets"] = [{"options": [["age_bbs"]]}, {"options": [["age_sd_jwt"]]}]


def of_two_people_in_two_scopes(changed: Any) -> None:
    second = document("under-21")["queries"][0]["dcql"]["credentials"][0]
    second["id"], second["meta"]["scope"] = "again", "elsewhere"
    changed["queries"][0]["dcql"]["credentials"].append(second)


def predicate_of_an_sd_jwt(changed: Any) -> None:
    changed["rules"].append({"id": "valid", "text": TEXT, "proven": "credential_valid"})


def the_reason_of_once(changed: Any) -> None:
    changed["rules"][0]["id"] = "once_per_period"


def without_expiry(changed: Any) -> None:
    credential(changed)["meta"]["predicates"] = []


def pseudonym_from_an_sd_jwt(changed: Any) -> None:
    changed["pseudonym"] = {"period": "policy", "once": True, "text": TEXT}


def keeps_what_no_rule_uses(changed: Any) -> None:
    changed["retention"]["keep"] = [["birth_date"]]


def unknown_type_for_a_proof(changed: Any) -> None:
    credential(changed)["meta"]["vct_values"] = ["urn:example:person:1"]


def unknown_claim_in_a_proof(changed: Any) -> None:
    credential(changed)["meta"]["predicates"][0]["sum"] = {"exp": 1, "shoe_size": 1}


def unknown_claim_in_an_sd_jwt(changed: Any) -> None:
    credential(changed, 1)["claims"] = [{"path": ["shoe_size"]}]
    changed["queries"] = changed["queries"][1:]
    changed["rules"][0]["claim"] = ["shoe_size"]


def hash_as_a_number(changed: Any) -> None:
    credential(changed)["meta"]["predicates"].append(
        {"id": "trick", "text": TEXT, "sum": {"age_over_18": 1}, "plus": 0}
    )
    changed["rules"].append({"id": "trick", "text": TEXT, "proven": "trick"})


def constant_of_another_kind(changed: Any) -> None:
    credential(changed)["meta"]["constants"]["age_under_21"] = "yes"
    changed["rules"][0]["equals"] = "yes"


def wraps_around(changed: Any) -> None:
    credential(changed)["meta"]["predicates"][0]["sum"] = {"exp": 2_000_000_000}


REFUSED: dict[Callable[[Any], None], str] = {
    foreign_claim: "speaks of nationality",
    hidden_in_a_path: "speaks of birthplace",
    value_that_is_forbidden: "speaks of religion",
    named_by_its_rule: "speaks of nationality",
    more_than_is_used: "age_over_18: is asked for, and no rule uses it",
    constant_that_no_rule_uses: "age_over_18: is asked for, and no rule uses it",
    predicate_that_no_rule_uses: "predicates[1]: is asked for, and no rule uses it",
    not_asked_in_every_query: "looks at something that query sd_jwt does not ask for",
    only_if_the_citizen_likes: "is not decided by every answer to query both",
    of_two_people: "two people could answer together",
    of_two_people_in_one_option: "two people could answer together",
    of_two_people_in_two_sets: "two people could answer together",
    of_two_people_in_two_scopes: "two people could answer together",
    predicate_of_an_sd_jwt: "looks at something that query sd_jwt does not ask for",
    the_reason_of_once: "is a reason of its own",
    without_expiry: "an expired credential proves nothing",
    pseudonym_from_an_sd_jwt: "needs exactly one claim proof in every answer to query sd_jwt",
    keeps_what_no_rule_uses: "is not a claim that a rule uses",
    unknown_type_for_a_proof: "is not a published credential type",
    unknown_claim_in_a_proof: "shoe_size: is not a claim of the credential type",
    unknown_claim_in_an_sd_jwt: "shoe_size: is not a claim of the credential type",
    hash_as_a_number: "a hash used as a number is forgeable",
    constant_of_another_kind: "must be true or false",
    wraps_around: "(claim.md 3.4)",
}


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.__name__)
def test_refuses(change: Callable[[Any], None]) -> None:
    changed = document("under-21")
    change(changed)
    assert any(REFUSED[change] in found for found in findings(changed)), findings(changed)
    with pytest.raises(PolicyRefusedError):
        check(Policy.from_json(octets(changed)), types())


def test_several_credentials_may_be_alternatives_or_proofs_with_one_scope() -> None:
    changed = document("under-21")
    of_two_people(changed)
    changed["queries"][0]["dcql"]["credential_sets"] = [{"options": [["age_bbs"], ["age_sd_jwt"]]}]
    assert findings(changed) == []
    changed = document("under-21")
    of_two_people_in_two_scopes(changed)
    first, second = changed["queries"][0]["dcql"]["credentials"]
    second["meta"]["scope"] = first["meta"]["scope"]
    assert findings(changed) == []


def test_a_yearly_allowance_needs_the_rule_about_new_wallets() -> None:
    changed = document("income-allowance")
    del credential(changed)["meta"]["predicates"][2]
    assert any("a new wallet is a new person" in found for found in findings(changed))


def test_one_scope_in_all_queries() -> None:
    changed = document("income-allowance")
    other = document("income-allowance")["queries"][0]
    other["id"], other["dcql"]["credentials"][0]["id"] = "second", "second"
    other["dcql"]["credentials"][0]["meta"]["scope"] = "elsewhere"
    changed["queries"].append(other)
    assert any("needs one scope in all queries" in found for found in findings(changed))


def test_a_transaction_is_confirmed_with_one_credential() -> None:
    changed = document("under-21")
    second = document("under-21")["queries"][1]["dcql"]["credentials"][0]
    second["id"] = "again"
    changed["queries"][1]["dcql"]["credentials"].append(second)
    changed["transaction"] = {"text": TEXT}
    assert any(found.startswith("$.transaction") for found in findings(changed))


def test_warns_of_an_exact_date_and_of_words_that_sound_wrong() -> None:
    changed = document("under-21")
    changed["queries"] = changed["queries"][1:]
    credential(changed)["claims"] = [{"path": ["birth_date"]}]
    rule = {"id": "young", "text": {"nl": "Uw taal maakt niet uit.", "en": "a"}, "claim": ["birth_date"]}
    changed["rules"] = [{**rule, "on_or_after": {"today": {"years": -21, "days": 1}}}]
    warnings = check(Policy.from_json(octets(changed)), types())
    assert [one.path for one in warnings] == ["$.rules[0].text.nl", "$.queries[0].dcql.credentials[0].birth_date"]
    assert {one.severity for one in warnings} == {Severity.WARNING}
