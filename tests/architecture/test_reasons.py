# SPDX-License-Identifier: EUPL-1.2
"""Every reason for a refusal is expected by a test, and every kind of attack has its cases."""

import re
from enum import StrEnum

import pytest

from edge.fetched import FetchReason
from edge.qr_reading import PictureRefusal
from holder.earning.refusals import TaskRefusal
from holder.errors import WalletDamage
from holder.openid.errors import ExcessReason, LinkProblem
from holder.passes.refusals import PassRefusal
from holder.refusals import Difference, PermitRefusal
from issuer.activation.errors import ActivationRefusal, DeskRefusal
from issuer.authorization.errors import Advice, LoginRefusal
from issuer.desk.errors import EmployeeRefusal
from issuer.errors import RefusalReason as IssuanceRefusal
from programmable_money.messages.pass_offers import NotNow
from programmable_money.shops.applications import FieldProblem
from programmable_money.shops.model import ShopRefusal
from ssi.did import DidProblem
from ssi.errors import Reason
from ssi.keys.errors import KeyProblem
from ssi.openid.errors import ErrorCode
from ssi.openid.haip import Violation
from ssi.rulebook.spending import SpendingRule
from ssi.sd_jwt.type_errors import TypeProblem
from ssi.sealed_errors import FileDamage
from tests.architecture.expectations import cases_in, cases_of, expected_members, expected_texts
from tests.architecture.source import PACKAGES, python_files, read
from verifier.model import WalletRefusal

CLOSED_SETS: tuple[type[StrEnum], ...] = (
    ActivationRefusal,
    Advice,
    DeskRefusal,
    DidProblem,
    Difference,
    EmployeeRefusal,
    ExcessReason,
    FetchReason,
    FieldProblem,
    FileDamage,
    IssuanceRefusal,
    KeyProblem,
    LinkProblem,
    LoginRefusal,
    NotNow,
    PassRefusal,
    PermitRefusal,
    PictureRefusal,
    Reason,
    ShopRefusal,
    SpendingRule,
    TaskRefusal,
    TypeProblem,
    Violation,
    WalletDamage,
    WalletRefusal,
)

MANY = 300
"""Places in the tests that expect a reason; one place may be run for many inputs."""
FEW = 3

ATTACKS: dict[str, tuple[set[Reason], str]] = {
    "a nonce that is replayed": ({Reason.REPLAYED}, ""),
    "a nonce of another request": ({Reason.WRONG_NONCE}, ""),
    "another audience": ({Reason.WRONG_AUDIENCE}, ""),
    "no key binding": ({Reason.MISSING_KEY_BINDING}, ""),
    "key binding by another key": ({Reason.FOREIGN_KEY_BINDING}, ""),
    "expired": ({Reason.EXPIRED}, ""),
    "not yet valid": ({Reason.NOT_YET_VALID}, ""),
    "too old": ({Reason.TOO_OLD}, ""),
    "revoked": ({Reason.REVOKED}, ""),
    "suspended": ({Reason.SUSPENDED}, ""),
    "an issuer that nobody lists": ({Reason.UNKNOWN_ISSUER}, ""),
    "a certificate of nobody that is trusted": ({Reason.UNTRUSTED_CERTIFICATE}, ""),
    "algorithm none": ({Reason.WRONG_ALGORITHM}, r"\balg\b.*\bnone\b|algorithm none"),
    "algorithm confusion": ({Reason.WRONG_ALGORITHM}, r"hs256|hmac|eddsa|es384|rs256|another algorithm"),
    "a disclosure that is sent twice": ({Reason.DUPLICATE_DISCLOSURE}, ""),
    "a digest that stands twice": ({Reason.DUPLICATE_DIGEST}, ""),
    "a disclosure that collides with a claim": ({Reason.FORBIDDEN_CLAIM}, ""),
    "too large": ({Reason.TOO_LARGE}, ""),
    "too deep": ({Reason.TOO_DEEP}, ""),
    "octets that are not UTF-8": ({Reason.MALFORMED}, r"utf|\\x(ff|fe|80|c0|c3)"),
    "a critical header": ({Reason.UNKNOWN_CRITICAL_HEADER}, ""),
}
"""Which reasons refuse it and, where others share them, what its cases say."""


@pytest.mark.parametrize("kind", CLOSED_SETS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_reason_for_a_refusal_is_expected_by_a_test(kind: type[StrEnum]) -> None:
    """One that nothing can give is deleted, not left for completeness."""
    assert set(kind.__members__) - expected_members(kind) == set()


def test_every_code_that_the_services_and_the_wallet_answer_with_is_expected_by_a_test() -> None:
    """The set has the standards' codes; those that are written somewhere in our code can be given."""
    written = re.compile(r"\bErrorCode\.([A-Z_]+)")
    sources = [path for path in python_files(*PACKAGES) if path.as_posix() != "ssi/openid/errors.py"]
    given = {name for path in sources for name in written.findall(read(path))}
    assert {name for name in given - expected_members(ErrorCode) if ErrorCode[name] not in expected_texts()} == set()


def test_refusals_are_tested_by_the_hundred() -> None:
    assert len(cases_of(Reason)) > MANY


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_kind_of_attack_has_its_cases(attack: str) -> None:
    reasons, words = ATTACKS[attack]
    found = [case for case in cases_of(Reason) if Reason[case.member] in reasons and re.search(words, case.words)]
    assert len(found) >= FEW


EXPECTED = (
    "def test_a():\n    assert refused.reason is Reason.REVOKED",
    "def test_a():\n    assert [one.reason for one in found] == [Reason.REVOKED]",
    "def test_a():\n    assert refused.reason in {Reason.REVOKED, Reason.SUSPENDED}",
    "def test_a():\n    with pytest.raises(VerificationError, match=Reason.REVOKED.value):\n        check()",
    "@pytest.mark.parametrize('reason', [Reason.REVOKED])\ndef test_a(reason):\n    assert refusal() is reason",
    "ALL = {'a': Reason.REVOKED}\n@pytest.mark.parametrize('x', ALL.values())\ndef test_a(x):\n    assert y() is x",
    "def test_a():\n    for text, reason in (('', Reason.REVOKED),):\n        assert refusal(text) is reason",
    "def refused(text, reason):\n    assert refusal(text) is reason\ndef test_a():\n    refused('', Reason.REVOKED)",
)
MENTIONED = (
    "def test_a():\n    error = VerificationError(Reason.REVOKED)",
    "def test_a():\n    assert refused.reason is not Reason.REVOKED",
    "def test_a():\n    assert refused.reason not in {Reason.REVOKED}",
    "def test_a():\n    assert not refused.reason is Reason.REVOKED",
    "def test_a():\n    if refused.reason is Reason.REVOKED:\n        assert True",
    "@pytest.mark.parametrize('reason', [Reason.REVOKED])\ndef test_a(reason):\n    give(reason)",
    "UNUSED = [Reason.REVOKED]\ndef test_a():\n    assert True",
    "def made(reason):\n    return VerificationError(reason)\ndef test_a():\n    made(Reason.REVOKED)",
)


@pytest.mark.parametrize("text", EXPECTED)
def test_what_a_test_demands_is_expected(text: str) -> None:
    found = {case.member for case in cases_in(f"from ssi.errors import Reason\n{text}\n", Reason)}
    assert "REVOKED" in found


@pytest.mark.parametrize("text", MENTIONED)
def test_what_a_test_merely_mentions_is_not_expected(text: str) -> None:
    assert cases_in(f"from ssi.errors import Reason\n{text}\n", Reason) == ()
