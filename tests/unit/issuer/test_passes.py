# SPDX-License-Identifier: EUPL-1.2
"""The desk of a pass by itself: settings, sessions, one secret for one account, and two requests at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha512

import pytest

import specs
from issuer.errors import IssuanceRefusedError, RefusalReason, SettingsError, UnknownTypeError
from issuer.keys import ValidatorKeys
from issuer.passes.model import PassAccount, PassTerms
from issuer.passes.service import PassDesk
from issuer.passes.store import PassTables
from issuer.store import ConflictError, Store
from ssi.bbs.suite import random_scalar
from ssi.credential.issuance import accept
from ssi.credential.pinning import PendingRequest, request_issuance
from ssi.credential.types import CredentialType
from ssi.errors import Reason, VerificationError
from ssi.rulebook.model import Rulebook

RULEBOOK = Rulebook.from_json(specs.rulebook_octets("stadjerspas", 1))
PASS = CredentialType.from_json(specs.credential_type_octets("stadjerspas", 1))
INCOME = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
DID = "did:web:pas.groningen.example:2023"
KEYS = ValidatorKeys.generate([PASS], did=DID)
ACCOUNT, OTHER = PassAccount("0x" + "aB" * 20), PassAccount("0x" + "22" * 20)
NOW = datetime(2023, 6, 1, 9, tzinfo=UTC)


@dataclass
class Accounts:
    """A contract's accounts, as far as a desk asks; a signature is a hash of account, nonce and request."""

    activated: set[str] = field(default_factory=lambda: {ACCOUNT, OTHER})

    def find_activated(self, unverified_account: str) -> str | None:
        return next((known for known in self.activated if known.lower() == unverified_account.lower()), None)

    def has_signed(self, account: str, nonce: bytes, request: bytes, signature: bytes) -> bool:
        return signature == signed(account, nonce, request)


def signed(account: str, nonce: bytes, request: bytes) -> bytes:
    return sha512(account.encode() + nonce + request).digest() + b"\0"


def desk(store: Store, clock: Callable[[], datetime] = lambda: NOW) -> PassDesk:
    return PassDesk(DID, KEYS, store, PASS, PassTerms.of(RULEBOOK, 2023), Accounts(), clock)


def ask(nonce: bytes, secret: int) -> PendingRequest:
    return request_issuance(secret, validator=DID, nonce=nonce)


def test_a_credential_says_programme_year_and_last_day_and_nothing_of_a_person(store: Store) -> None:
    opened, secret = desk(store), random_scalar()
    session = opened.open_session(ACCOUNT)
    pending = ask(session.nonce, secret)
    request = pending.request.to_octets()
    issued = opened.issue(ACCOUNT, session.nonce, request, signed(ACCOUNT, session.nonce, request))
    held = accept(issued, pending, [PASS], KEYS.public_key(PASS))
    assert dict(held.credential.values) == {
        "exp": date(2023, 12, 31),
        "recovered_at": date(1900, 1, 1),
        "programme": "stadjerspas",
        "period": 2023,
    }


def test_settings_are_checked(store: Store) -> None:
    with pytest.raises(SettingsError, match="did"):
        replace(desk(store), did="did:web:other.example")
    with pytest.raises(SettingsError, match="credential_type"):
        replace(desk(store), credential_type=INCOME)
    with pytest.raises(UnknownTypeError):
        replace(desk(store), keys=ValidatorKeys.generate([INCOME], did=DID))


def test_a_damaged_request_is_refused_and_does_not_end_the_session(store: Store) -> None:
    opened, secret = desk(store), random_scalar()
    session = opened.open_session(ACCOUNT)
    request = ask(session.nonce, secret).request.to_octets()
    damaged = request[:-1] + bytes([request[-1] ^ 1])
    with pytest.raises(VerificationError) as refused:
        opened.issue(ACCOUNT, session.nonce, damaged, signed(ACCOUNT, session.nonce, damaged))
    assert refused.value.reason is Reason.INVALID_PSEUDONYM
    with pytest.raises(IssuanceRefusedError) as error:
        opened.issue(ACCOUNT, session.nonce, request, signed(OTHER, session.nonce, request))
    assert error.value.reason is RefusalReason.NOT_SIGNED_BY_ACCOUNT
    opened.issue(ACCOUNT, session.nonce, request, signed(ACCOUNT, session.nonce, request))


def test_a_refused_pin_spends_the_session_and_stays_as_it_was(store: Store) -> None:
    opened, secret = desk(store), random_scalar()
    first = opened.open_session(ACCOUNT)
    request = ask(first.nonce, secret).request
    opened.issue(ACCOUNT, first.nonce, request.to_octets(), signed(ACCOUNT, first.nonce, request.to_octets()))
    second = opened.open_session(ACCOUNT)
    other = ask(second.nonce, random_scalar()).request.to_octets()
    for reason in (RefusalReason.PINNED_TO_ANOTHER_WALLET, RefusalReason.SESSION_USED):
        with pytest.raises(IssuanceRefusedError) as error:
            opened.issue(ACCOUNT, second.nonce, other, signed(ACCOUNT, second.nonce, other))
        assert error.value.reason is reason
    with opened.store.transaction() as transaction:
        assert PassTables(transaction).pin(ACCOUNT) == request.issuance_pseudonym
        assert PassTables(transaction).issued(ACCOUNT) == 1


def test_a_session_is_forgotten_after_its_time(store: Store) -> None:
    moments = [NOW]
    opened = desk(store, clock=lambda: moments[-1])
    session = opened.open_session(ACCOUNT)
    moments.append(NOW + timedelta(hours=2))
    opened.open_session(OTHER)
    with pytest.raises(IssuanceRefusedError) as error:
        opened.issue(ACCOUNT, session.nonce, b"", b"")
    assert error.value.reason is RefusalReason.SESSION_UNKNOWN


def test_an_account_that_is_activated_no_more_gets_nothing(store: Store) -> None:
    accounts = Accounts()
    opened = replace(desk(store), accounts=accounts)
    session = opened.open_session(ACCOUNT)
    accounts.activated.clear()
    request = ask(session.nonce, random_scalar()).request.to_octets()
    with pytest.raises(IssuanceRefusedError) as error:
        opened.issue(ACCOUNT, session.nonce, request, signed(ACCOUNT, session.nonce, request))
    assert error.value.reason is RefusalReason.ACCOUNT_NOT_ACTIVATED


def test_an_account_that_is_written_in_two_ways_is_one_record(store: Store) -> None:
    opened = desk(store)
    first = opened.open_session(ACCOUNT)
    request = ask(first.nonce, random_scalar()).request.to_octets()
    opened.issue(ACCOUNT, first.nonce, request, signed(ACCOUNT, first.nonce, request))
    second = opened.open_session(ACCOUNT.lower())
    assert second.account == ACCOUNT
    another = ask(second.nonce, random_scalar()).request.to_octets()
    with pytest.raises(IssuanceRefusedError) as error:
        opened.issue(ACCOUNT.lower(), second.nonce, another, signed(ACCOUNT, second.nonce, another))
    assert error.value.reason is RefusalReason.PINNED_TO_ANOTHER_WALLET


def test_of_two_wallets_that_race_for_an_account_one_gets_it(store: Store) -> None:
    with store.transaction() as transaction:
        PassTables(transaction).add_pin(ACCOUNT, b"\x01" * 48, NOW)
    for account, wallet in ((ACCOUNT, b"\x02" * 48), (OTHER, b"\x01" * 48)):
        with pytest.raises(ConflictError), store.transaction() as transaction:
            PassTables(transaction).add_pin(account, wallet, NOW)


def test_wallets_that_ask_at_once_for_one_account_are_one(store: Store) -> None:
    opened = desk(store)
    asked = []
    for _ in range(5):
        session = opened.open_session(ACCOUNT)
        asked.append((session.nonce, ask(session.nonce, random_scalar()).request.to_octets()))

    def outcome(nonce: bytes, request: bytes) -> str:
        try:
            opened.issue(ACCOUNT, nonce, request, signed(ACCOUNT, nonce, request))
        except IssuanceRefusedError as refused:
            return refused.reason.value
        return "issued"

    with ThreadPoolExecutor() as pool:
        outcomes = Counter(pool.map(lambda item: outcome(*item), asked))
    assert outcomes == {"issued": 1, RefusalReason.PINNED_TO_ANOTHER_WALLET.value: 4}


def test_a_rulebook_that_asks_for_more_than_the_programme_has_no_desk() -> None:
    rules = RULEBOOK.pass_use.rules
    other = replace(rules, constants=(*rules.constants, replace(rules.constants[0], claim="period", value=1)))
    with pytest.raises(SettingsError, match="rulebook"):
        PassTerms.of(replace(RULEBOOK, handout=replace(RULEBOOK.pass_use, rules=other)), 2023)
