# SPDX-License-Identifier: EUPL-1.2
"""Issuing, between a real desk and real wallets: Amira, Bas on her household, and Cato, who must be refused.

A day at the desk as issuance.md has it: letters out, requests in, credentials back; then renewal, a lost phone that the
24 words bring back, a lost phone and words that only the desk can help with, and everything that Cato tries.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import specs
from holder.model import Catalogue
from holder.refusals import IssuanceRefusedError as WalletRefusedError
from holder.service import Wallet
from holder.wallet_file import KeyWork
from issuer.errors import IssuanceRefusedError, RefusalReason
from issuer.households import import_households
from issuer.keys import ValidatorKeys
from issuer.model import PersonId, Validator
from issuer.service import Desk
from ssi.credential.issuance import HeldCredential
from ssi.credential.messages import IssuanceMessage, RequestMessage, SessionMessage
from ssi.credential.types import CredentialType
from ssi.errors import VerificationError
from ssi.rulebook.model import Rulebook
from ssi.rulebook.qualification import Allowed, Denied, qualify
from tests.unit.issuer.material import open_store

INCOME = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
AGE = CredentialType.from_json(specs.credential_type_octets("age", 1))
KINDPAKKET = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
CATALOGUE = Catalogue.of((INCOME, AGE), (KINDPAKKET,))
PASSPHRASE = "three bicycles and a bench"
HOUSEHOLDS = b"""\
person,name,birth_date,address,household_kind,net_income,children,municipality
amira,Amira Haddad,1989-04-12,"Hoofdstraat 1, Zuidhorn",single_21_plus,1540.60,3,GM1969
bas,Bas Haddad,2006-08-30,"Hoofdstraat 1, Zuidhorn",single_18_20,0.00,0,GM1969
cato,Cato Bos,1985-01-30,Kerkpad 2,single_21_plus,1540.61,2,GM1969
"""
AMIRA, BAS, CATO = (PersonId(name) for name in ("amira", "bas", "cato"))


@dataclass
class Day:
    """The municipality's desk, the citizens' phones, and the time."""

    folder: Path
    database: str
    open_files: ExitStack
    now: datetime = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
    wallets: dict[str, Wallet] = field(default_factory=dict)
    phrases: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = open_store(self.database)
        self.open_files.callback(self.store.close)
        validator = Validator("did:web:westerkwartier.example", "Gemeente Westerkwartier", frozenset({"GM1969"}))
        found = import_households(
            HOUSEHOLDS,
            KINDPAKKET,
            municipalities=validator.municipalities,
            today=self.now.date(),
            skip_bad_rows=False,
        )
        with self.store.transaction() as transaction:
            transaction.save_households(found.households)
        keys = ValidatorKeys.generate((INCOME, AGE), did=validator.did)
        self.desk = Desk(validator, keys, self.store, (INCOME, AGE), lambda: self.now)

    def phone(self, name: str) -> Wallet:
        """The wallet that somebody has now; a fresh one at first."""
        return self.wallets.get(name) or self.new_phone(name)

    def new_phone(self, name: str, phrase: str | None = None) -> Wallet:
        """A wallet in a new file, from a phrase or fresh."""
        path = self.folder / f"{name}-{len(list(self.folder.iterdir()))}.wallet"
        if phrase is None:
            wallet, self.phrases[name] = Wallet.create(path, PASSPHRASE, CATALOGUE, work=KeyWork.INTERACTIVE)
        else:
            wallet = Wallet.restore(path, PASSPHRASE, phrase, CATALOGUE, work=KeyWork.INTERACTIVE)
        self.wallets[name] = self.open_files.enter_context(wallet)
        return wallet

    def letter(self, person: PersonId) -> bytes:
        """What the desk sends a person."""
        opened = self.desk.open_session(person)
        types = tuple(kind.vct for kind in self.desk.types)
        return SessionMessage(self.desk.validator.did, opened.nonce, types, opened.expires_at).to_json()

    def request(self, wallet: Wallet, letter: bytes, kind: CredentialType = INCOME) -> bytes:
        """What a wallet makes of a letter."""
        session = SessionMessage.from_json(letter)
        asked = wallet.request_credential(session.validator, session.nonce, kind, now=self.now)
        return RequestMessage(session.validator, session.nonce, kind.vct, asked.to_octets()).to_json()

    def answer(self, person: PersonId, request: bytes) -> bytes:
        """What the desk makes of a request."""
        message = RequestMessage.from_json(request)
        kind = next(kind for kind in self.desk.types if kind.vct == message.credential_type)
        issuance = self.desk.issue(person, message.nonce, message.unverified_request, kind)
        return IssuanceMessage(self.desk.validator.did, message.nonce, issuance).to_json()

    def accept(self, wallet: Wallet, answer: bytes, kind: CredentialType = INCOME) -> HeldCredential:
        """What a wallet makes of the answer."""
        return wallet.accept_credential(
            IssuanceMessage.from_json(answer).issuance, self.desk.keys.public_key(kind), now=self.now
        )

    def fetch(self, person: PersonId, wallet: Wallet | None = None, kind: CredentialType = INCOME) -> HeldCredential:
        """All of it: letter, request, answer, acceptance."""
        wallet = wallet or self.phone(person)
        return self.accept(wallet, self.answer(person, self.request(wallet, self.letter(person), kind)), kind)

    def refusal(self, person: PersonId, request: bytes) -> RefusalReason:
        with pytest.raises(IssuanceRefusedError) as refused:
            self.answer(person, request)
        return refused.value.reason


@pytest.fixture
def day(tmp_path: Path, database_url: str) -> Iterator[Day]:
    with ExitStack() as open_files:
        yield Day(tmp_path, database_url, open_files)


def nym_secret(credential: HeldCredential) -> int:
    return credential.witness.scalars[-1]


def qualifies(credential: HeldCredential, on: date) -> Allowed | Denied:
    return qualify(credential.credential.values, KINDPAKKET, INCOME, period=on.year, as_of=on)


def codes(decision: Allowed | Denied) -> list[str]:
    assert isinstance(decision, Denied)
    return [denial.code for denial in decision.reasons]


def test_each_gets_what_the_record_says_and_the_rulebook_decides(day: Day) -> None:
    today = day.now.date()
    assert qualifies(day.fetch(AMIRA), today) == Allowed(45_000)
    assert codes(qualifies(day.fetch(BAS), today)) == ["children_below_minimum"]
    assert codes(qualifies(day.fetch(CATO), today)) == ["income_at_most_120_percent"]


def test_bas_proves_his_age_with_the_same_wallet(day: Day) -> None:
    income, age = day.fetch(BAS), day.fetch(BAS, kind=AGE)
    assert age.credential.values["age_under_21"] is True
    assert nym_secret(income) == nym_secret(age)


def test_renewing_gives_a_new_date_and_no_new_pseudonym(day: Day) -> None:
    first = day.fetch(AMIRA)
    day.now += timedelta(days=91)
    assert codes(qualifies(first, day.now.date())) == ["credential_valid"]
    second = day.fetch(AMIRA)
    assert qualifies(second, day.now.date()) == Allowed(45_000)
    assert nym_secret(first) == nym_secret(second)


def test_the_24_words_bring_everything_back_without_the_desks_help(day: Day) -> None:
    first = day.fetch(AMIRA)
    restored = day.fetch(AMIRA, day.new_phone("amira", day.phrases["amira"]))
    assert nym_secret(first) == nym_secret(restored)
    assert qualifies(restored, day.now.date()) == Allowed(45_000)


def test_who_lost_the_words_too_is_recovered_and_waits_for_the_next_period(day: Day) -> None:
    lost = day.fetch(AMIRA)
    new_phone = day.new_phone("amira")
    assert day.refusal(AMIRA, day.request(new_phone, day.letter(AMIRA))) is RefusalReason.PINNED_TO_ANOTHER_WALLET
    day.desk.recover(AMIRA, employee="Joke", reason="phone and paper lost in a fire")
    recovered = day.fetch(AMIRA, new_phone)
    assert nym_secret(recovered) != nym_secret(lost)
    assert codes(qualifies(recovered, day.now.date())) == ["not_recovered_in_period"]
    day.now = datetime(2027, 1, 4, tzinfo=UTC)
    renewed = day.fetch(AMIRA, new_phone)
    assert nym_secret(renewed) == nym_secret(recovered)
    assert qualifies(renewed, day.now.date()) == Allowed(45_000)


def usable_periods(credential: HeldCredential, since: date) -> set[int]:
    """The years in which a credential could claim, from a day on, at any moment that a fund would take it.

    A fund takes a proof of yesterday (UTC), and opens at local midnight, an hour before that of UTC: so a proof of
    30 December can still be the first of the next year.
    """
    exp = credential.credential.values["exp"]
    assert isinstance(exp, date)
    turn = date(since.year + 1, 1, 1)
    days = {since, exp, *(turn + timedelta(days=offset) for offset in range(-5, 6))}
    return {
        period
        for day in days
        if since <= day <= exp
        for period in (day.year, (day + timedelta(days=2)).year)
        if isinstance(qualify(credential.credential.values, KINDPAKKET, INCOME, period=period, as_of=day), Allowed)
    }


@pytest.mark.parametrize(
    "day_of_loss",
    [
        *(datetime(2026, month, 2, tzinfo=UTC) for month in (3, 10, 11, 12)),
        datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
        datetime(2027, 1, 1, 0, 30, tzinfo=UTC),
    ],
    ids=str,
)
@pytest.mark.parametrize("days_before", [1, 20, 90, 91])
def test_a_lost_wallet_and_its_successor_never_both_qualify_in_one_period(
    day: Day, day_of_loss: datetime, days_before: int
) -> None:
    """Whatever the season, and however old the lost wallet's credential is."""
    day.now = day_of_loss - timedelta(days=days_before)
    lost = usable_periods(day.fetch(AMIRA), day.now.date())
    assert lost
    day.now = day_of_loss
    day.desk.recover(AMIRA, employee="Joke", reason="lost")
    phone, successor = day.new_phone("amira"), set()
    for _ in range(9):
        successor |= usable_periods(day.fetch(AMIRA, phone), day.now.date())
        day.now += timedelta(days=88)
    assert not lost & successor
    assert 2028 in successor


def test_cato_cannot_use_amiras_letter_request_or_credential(day: Day) -> None:
    amira, cato = day.phone("amira"), day.phone("cato")
    letter = day.letter(AMIRA)
    assert day.refusal(CATO, day.request(cato, letter)) is RefusalReason.SESSION_OF_ANOTHER_PERSON
    request = day.request(amira, letter)
    assert day.refusal(CATO, request) is RefusalReason.SESSION_OF_ANOTHER_PERSON
    answer = day.answer(AMIRA, request)
    with pytest.raises(WalletRefusedError):
        day.accept(cato, answer)
    day.request(cato, day.letter(CATO))
    with pytest.raises(WalletRefusedError):
        day.accept(cato, answer)
    assert qualifies(day.accept(amira, answer), day.now.date()) == Allowed(45_000)


def test_cato_cannot_come_back_with_an_old_request_or_with_two_records(day: Day) -> None:
    cato = day.phone("cato")
    request = day.request(cato, day.letter(CATO))
    day.accept(cato, day.answer(CATO, request))
    assert day.refusal(CATO, request) is RefusalReason.SESSION_USED
    assert day.refusal(AMIRA, day.request(cato, day.letter(AMIRA))) is RefusalReason.PINNED_TO_ANOTHER_RECORD
    late = day.request(cato, day.letter(CATO))
    day.now += timedelta(hours=2)
    assert day.refusal(CATO, late) is RefusalReason.SESSION_EXPIRED


def test_cato_cannot_change_a_request_or_a_credential_on_the_way(day: Day) -> None:
    cato, amira = day.phone("cato"), day.phone("amira")
    letter = day.letter(CATO)
    hers = RequestMessage.from_json(day.request(amira, letter))
    his = RequestMessage.from_json(day.request(cato, letter))
    mixed = his.unverified_request[:144] + hers.unverified_request[144:]
    with pytest.raises(VerificationError):
        day.desk.issue(CATO, his.nonce, mixed, INCOME)
    issuance = day.desk.issue(CATO, his.nonce, his.unverified_request, INCOME)
    header, payloads, signature = issuance.credential.split(".")
    slots = payloads.split("~")
    slots[INCOME.position("income")] = "MQ"  # one cent
    forged = type(issuance)(".".join((header, "~".join(slots), signature)), issuance.entropy)
    with pytest.raises(WalletRefusedError):
        cato.accept_credential(forged, day.desk.keys.public_key(INCOME), now=day.now)
