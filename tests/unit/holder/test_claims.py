# SPDX-License-Identifier: EUPL-1.2
"""Claiming: what is proved and logged, and every attack of a fund, a relayer or another person that is refused."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from holder.consent import ConsentOutcome
from holder.model import Catalogue
from holder.programme import AskedTerms, ProgrammeView
from holder.refusals import (
    Difference,
    NotEligibleError,
    OverAskingError,
    PlantedStatementError,
    ProgrammeFormatError,
    UnknownRulebookError,
)
from holder.service import Wallet
from programmable_money.messages import ClaimMessage, Scope
from ssi.bbs.keys import generate_secret_key, sk_to_pk
from ssi.claim.encoding import evm_g1
from ssi.claim.header import CLAIMS
from ssi.claim.proof import Claim
from ssi.claim.registry_key import registry_key
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms, Constant, Disclosed, Predicate, Term
from ssi.claim.verify import verify_claim
from ssi.errors import VerificationError
from ssi.rulebook.lint import RulebookRefusedError
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import terms
from tests.unit.holder.town import (
    AMIRA,
    CATALOGUE,
    CATO,
    FUND,
    INCOME,
    KINDPAKKET,
    NOW,
    SCOPE,
    Desk,
    accepted_key,
    compiled,
    give,
    new_wallet,
    other_fund,
    planted,
    programme,
    reopened,
)

WORDS = 32 * 3
W_AT = 32 + WORDS + 128
OP_AT = W_AT + 256 + 128 + 256
BV_AT = OP_AT + 160


def _claim(wallet: Wallet, view: ProgrammeView, now: datetime = NOW) -> ClaimMessage:
    return wallet.claim(wallet.plan_claim(view, now=now), now=now)


def _refused_as_planted(wallet: Wallet, view: ProgrammeView) -> tuple[Difference, ...]:
    """Nothing is proved, logged or changed; returns what differs."""
    before = wallet._store.contents
    with pytest.raises(PlantedStatementError) as caught:
        _claim(wallet, view)
    assert wallet._store.contents == before
    return caught.value.differences


def _reasons(wallet: Wallet, view: ProgrammeView, now: datetime = NOW) -> list[str]:
    before = wallet._store.contents
    with pytest.raises(NotEligibleError) as caught:
        _claim(wallet, view, now)
    assert wallet._store.contents == before
    return [reason.code for reason in caught.value.reasons]


def test_a_claim_verifies_and_is_bound_to_the_scopes_account(amira: Wallet, desk: Desk) -> None:
    message = _claim(amira, programme(desk))
    assert (message.disclosed, message.account) == ((3,), amira.account_address(SCOPE))
    statement = Statement.of(compiled(), desk.public_key, SCOPE.context_id)
    claim = Claim(bytes.fromhex(message.account[2:]), message.as_of, message.disclosed)
    verify_claim(statement, claim, message.proof)
    with pytest.raises(VerificationError):
        verify_claim(statement, replace(claim, recipient=bytes(range(20))), message.proof)


def test_the_consent_log_says_exactly_what_was_shown(amira: Wallet, desk: Desk, tmp_path: Path) -> None:
    plan = amira.plan_claim(programme(desk), now=NOW)
    message = amira.claim(plan, now=NOW)
    amira.close()
    with reopened(tmp_path) as again:
        entry = again.consents.entries[-1]
    statement = Statement.of(compiled(), desk.public_key, SCOPE.context_id)
    nullifier = verify_claim(statement, plan.prepared.claim, message.proof).nullifier
    assert {claim.name: claim.value for claim in entry.disclosed} == {
        "municipality": "GM1969",
        "children": 3,
        "validator": desk.did,
        "as_of": "2024-06-15",
        "account": message.account,
        "nullifier": nullifier.hex(),
    }
    assert entry.recipient == f"Child package 2024, {FUND}"
    assert "Your income is at most 120 percent of the norm for your household." in entry.proven
    assert len(entry.proven) == len(KINDPAKKET.rules.predicates) + 2
    assert (entry.scope, entry.outcome, entry.at) == (SCOPE.context_id.hex(), ConsentOutcome.UNKNOWN, NOW)
    assert "154060" not in str(entry.to_json())


def test_a_declined_claim_shows_nothing_and_is_logged(amira: Wallet, desk: Desk) -> None:
    amira.decline(amira.plan_claim(programme(desk), now=NOW), now=NOW)
    entry = amira.consents.entries[-1]
    assert (entry.outcome, entry.disclosed, entry.proven) == (ConsentOutcome.DECLINED, (), ())
    assert amira.accounts == ()


def test_claiming_again_gives_the_same_account_and_pseudonym(amira: Wallet, desk: Desk) -> None:
    first, second = (_claim(amira, programme(desk)) for _ in range(2))
    assert first.account == second.account
    assert first.proof != second.proof
    assert first.proof[192:288] == second.proof[192:288]  # nym
    assert len(amira.accounts) == 1


def test_two_funds_see_two_accounts_and_two_pseudonyms(amira: Wallet, desk: Desk) -> None:
    messages = [_claim(amira, programme(desk, replace(SCOPE, fund=other_fund(n)))) for n in (1, 2)]
    assert len({message.account for message in messages}) == 2
    assert len({message.proof[192:288] for message in messages}) == 2


@pytest.mark.parametrize(
    ("at", "difference"),
    [
        (0, Difference.STATEMENT),
        (31, Difference.STATEMENT),
        (32, Difference.PREDICATES),
        (32 + WORDS - 1, Difference.PREDICATES),
        (W_AT - 1, Difference.GENERATORS),
        (W_AT + 255, Difference.KEY),
        (OP_AT - 1, Difference.GENERATORS),
        (OP_AT + 127, Difference.SCOPE),
        (BV_AT + 127, Difference.SHARED_POINT),
        (BV_AT + 160 + 127, Difference.GENERATORS),
    ],
)
def test_every_planted_part_of_a_statement_is_refused_and_named(
    amira: Wallet, desk: Desk, at: int, difference: Difference
) -> None:
    view = programme(desk)
    honest = view.keys[0].statement
    changed = honest[:at] + bytes([honest[at] ^ 1]) + honest[at + 1 :]
    assert _refused_as_planted(amira, planted(view, changed)) == (difference,)


def test_every_octet_of_a_statement_counts(amira: Wallet, desk: Desk) -> None:
    view = programme(desk)
    honest = view.keys[0].statement
    for at in range(0, len(honest), 37):
        changed = honest[:at] + bytes([honest[at] ^ 0x80]) + honest[at + 1 :]
        assert _refused_as_planted(amira, planted(view, changed))


@pytest.mark.parametrize("at", [OP_AT, BV_AT])
def test_a_planted_point_on_the_curve_is_refused_even_under_its_own_hash(amira: Wallet, desk: Desk, at: int) -> None:
    """A point whose logarithm the fund knows; S given alone is then the hash of the planted octets."""
    view = programme(desk)
    honest = view.keys[0].statement
    point = evm_g1(CLAIMS.suite.hash_to_curve(b"known to the fund", CLAIMS.api_id))
    changed = honest[:at] + point + honest[at + 128 :]
    assert _refused_as_planted(amira, planted(view, changed))
    assert _refused_as_planted(amira, planted(view, changed[::-1][:32])) == (Difference.STATEMENT,)


def test_s_alone_is_enough_and_an_honest_one_passes(amira: Wallet, desk: Desk) -> None:
    view = programme(desk)
    assert _claim(amira, planted(view, view.keys[0].statement[:32])).disclosed == (3,)
    for length in (0, 31, 33, len(view.keys[0].statement) - 1):
        assert _refused_as_planted(amira, planted(view, view.keys[0].statement[:length])) == (Difference.STATEMENT,)


def test_another_validators_key_under_the_right_name_is_refused(amira: Wallet, desk: Desk) -> None:
    view = programme(desk)
    wrong = sk_to_pk(generate_secret_key())
    own = view.keys[0]
    for key in (
        replace(own, public_key=registry_key(wrong)),
        replace(own, key_id=bytes(32)),
        replace(own, statement=accepted_key(wrong, compiled(), SCOPE.context_id).statement),
    ):
        assert Difference.KEY in _refused_as_planted(amira, replace(view, keys=(key,)))


def test_a_fund_that_accepts_another_validator_only_is_a_no(amira: Wallet, desk: Desk) -> None:
    assert _reasons(amira, programme(Desk())) == ["validator_not_accepted"]
    assert _reasons(amira, replace(programme(desk), keys=())) == ["validator_not_accepted"]


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (replace(SCOPE, fund=other_fund(1)), Difference.SCOPE),
        (replace(SCOPE, chain_id=1), Difference.SCOPE),
        (replace(SCOPE, period=2023), Difference.SCOPE),
        (replace(SCOPE, rulebook_hash=bytes(32)), Difference.RULEBOOK),
    ],
)
def test_another_scope_than_the_funds_own_is_refused(
    amira: Wallet, desk: Desk, other: Scope, difference: Difference
) -> None:
    """A fund that reuses another fund's scope could link two claims."""
    view = programme(desk)
    context_id = other.context_id
    assert _refused_as_planted(amira, replace(view, context_id=context_id)) == (difference,)
    statement = Statement.of(compiled(), desk.public_key, context_id).octets
    assert Difference.SCOPE in _refused_as_planted(amira, planted(view, statement))


def test_a_scope_of_another_length_is_refused(amira: Wallet, desk: Desk) -> None:
    for context_id in (b"", SCOPE.context_id[:-1], SCOPE.context_id + b"\x00"):
        assert _refused_as_planted(amira, replace(programme(desk), context_id=context_id)) == (Difference.SCOPE,)


def _opened_with(desk: Desk, asked: ClaimTerms) -> ProgrammeView:
    """A fund that was really opened with these terms: everything in it agrees with itself."""
    key = accepted_key(desk.public_key, asked, SCOPE.context_id)
    return ProgrammeView(SCOPE, SCOPE.context_id, AskedTerms.of(asked), (key,))


EXTRA = Predicate((Term(INCOME.position("income"), 1),), -100_000)


def _terms(**changes: object) -> ClaimTerms:
    honest = compiled()
    parts = {name: getattr(honest, name) for name in ("header", "constants", "disclosed", "predicates")}
    return ClaimTerms(**{**parts, **changes})


def test_terms_that_ask_for_more_than_the_rulebook_are_refused_and_named(amira: Wallet, desk: Desk) -> None:
    honest = compiled()
    norm = Disclosed(INCOME.position("norm"), 0, (1 << 20) - 1)
    shown = _terms(disclosed=(*honest.disclosed, norm), predicates=honest.predicates[1:])
    proved = _terms(predicates=(*honest.predicates, EXTRA))
    fixed = _terms(constants=(Constant(INCOME.position("exp"), 45_536), *honest.constants), predicates=())
    for asked, claims, predicates in ((shown, ("norm",), 0), (proved, (), 1), (fixed, ("exp",), 0)):
        before = amira._store.contents
        with pytest.raises(OverAskingError) as caught:
            _claim(amira, _opened_with(desk, asked))
        assert (caught.value.claims, caught.value.predicates) == (claims, predicates)
        assert amira._store.contents == before


def test_other_terms_than_the_rulebooks_are_refused(amira: Wallet, desk: Desk) -> None:
    honest = compiled()
    swapped = _terms(predicates=(EXTRA, *honest.predicates[1:]))
    fewer = _terms(predicates=honest.predicates[:2])
    elsewhere = _terms(constants=(Constant(INCOME.position("municipality"), 7),))
    for asked, difference in (
        (swapped, Difference.PREDICATES),
        (fewer, Difference.PREDICATES),
        (elsewhere, Difference.CONSTANTS),
        (_terms(disclosed=()), Difference.DISCLOSED),
    ):
        assert _refused_as_planted(amira, _opened_with(desk, asked)) == (difference,)
        lying = replace(_opened_with(desk, asked), terms=AskedTerms.of(honest))  # honest terms, other statement
        if difference is not Difference.DISCLOSED:
            assert _refused_as_planted(amira, lying)
    view = programme(desk)
    other_type = replace(view, terms=replace(view.terms, type_id=bytes(32)))
    assert _refused_as_planted(amira, other_type) == (Difference.CREDENTIAL_TYPE,)


def test_an_unknown_rulebook_is_refused(amira: Wallet, desk: Desk) -> None:
    with pytest.raises(UnknownRulebookError):
        _claim(amira, programme(desk, replace(SCOPE, rulebook_hash=bytes(32))))


def test_a_rulebook_that_decides_on_who_somebody_is_never_enters_the_wallet() -> None:
    octets = KINDPAKKET.octets.replace(b'"income_at_most_120_percent"', b'"nationality_is_dutch"')
    with pytest.raises(RulebookRefusedError):
        CATALOGUE.with_rulebook(Rulebook.from_json(octets))
    assert len(Catalogue.of(CATALOGUE.types, [KINDPAKKET, KINDPAKKET]).rulebooks) == 1


@pytest.mark.parametrize("period", [1999, 2201])
def test_a_period_that_cannot_be_is_refused(amira: Wallet, desk: Desk, period: int) -> None:
    scope = replace(SCOPE, period=period)
    view = replace(programme(desk), scope=scope, context_id=scope.context_id)
    with pytest.raises(ProgrammeFormatError):
        _claim(amira, view)


@pytest.fixture
def cato(tmp_path: Path) -> Iterator[Wallet]:
    wallet, _ = new_wallet(tmp_path, "cato")
    yield wallet
    wallet.close()


def test_cato_is_refused_locally_with_the_reason(cato: Wallet, desk: Desk) -> None:
    assert _reasons(cato, programme(desk)) == ["no_credential"]
    give(cato, desk, "cato", CATO)
    assert _reasons(cato, programme(desk)) == ["income_at_most_120_percent"]


def test_an_expired_credential_is_refused_locally(amira: Wallet, desk: Desk) -> None:
    last = datetime(2024, 9, 1, 23, 59, tzinfo=UTC)
    assert _claim(amira, programme(desk), last).as_of == 45_534
    assert _reasons(amira, programme(desk), last + timedelta(minutes=1)) == ["credential_valid"]


def test_a_wallet_recovered_in_the_period_is_refused_locally(cato: Wallet, desk: Desk) -> None:
    give(cato, desk, "one", {**AMIRA, "recovered_at": date(2024, 1, 1)})
    assert _reasons(cato, programme(desk)) == ["not_recovered_in_period"]
    give(cato, desk, "two", {**AMIRA, "recovered_at": date(2023, 12, 31)})
    assert _claim(cato, programme(desk)).disclosed == (3,)


def test_all_reasons_are_told_at_once(cato: Wallet, desk: Desk) -> None:
    values = {**CATO, "children": 0, "municipality": "GM0014", "recovered_at": date(2024, 2, 1), "exp": NOW.date()}
    give(cato, desk, "cato", values)
    assert _reasons(cato, programme(desk), NOW + timedelta(days=1)) == [
        "municipality_differs",
        "children_below_minimum",
        "income_at_most_120_percent",
        "credential_valid",
        "not_recovered_in_period",
    ]


def test_outside_the_period_nothing_is_sent(amira: Wallet, desk: Desk) -> None:
    view = programme(desk, replace(SCOPE, period=2023))
    assert _reasons(amira, replace(view, terms=AskedTerms.of(terms(KINDPAKKET, INCOME, 2023)))) == ["outside_period"]


def test_the_description_of_a_programme_is_written_and_read_back(desk: Desk) -> None:
    view = programme(desk)
    assert ProgrammeView.from_json(view.to_json().encode()) == view
