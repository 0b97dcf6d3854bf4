# SPDX-License-Identifier: EUPL-1.2
"""A town for the wallet's tests: a validator that issues by the real protocol, and a fund's public description.

Amira's household is exactly at the limit, Cato's is one cent above it. The desk's pins are those of issuance.md 3.2.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import specs
from holder.eligibility import Held
from holder.model import Catalogue
from holder.programme import AcceptedKey, AskedTerms, ProgrammeView
from holder.service import Wallet
from holder.wallet_file import KeyWork
from programmable_money.messages import Address, Scope, parse_address
from ssi.bbs.keys import generate_secret_key, sk_to_pk
from ssi.claim.registry_key import registry_key, registry_key_id
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms
from ssi.credential.issuance import Issuance, issue
from ssi.credential.pinning import IssuanceRequest, holder_entropy
from ssi.credential.types import ClaimValue, CredentialType
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import terms

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
PERIOD = 2024
PASSPHRASE = "correct horse battery staple"
INCOME = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
AGE = CredentialType.from_json(specs.credential_type_octets("age", 1))
KINDPAKKET = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
CATALOGUE = Catalogue.of((INCOME, AGE), (KINDPAKKET,))
FUND = parse_address("0x" + "f0" * 20)
SHOP = parse_address("0x" + "5a" * 20)
SCOPE = Scope(31_337, FUND, KINDPAKKET.hash, PERIOD)
AMIRA: dict[str, ClaimValue] = {
    "exp": date(2024, 9, 1),
    "recovered_at": 0,
    "municipality": "GM1969",
    "children": 3,
    "income": 154_060,
    "norm": 128_383,
}
CATO = {**AMIRA, "income": 154_061}


@dataclass
class Desk:
    """A validator with one key, one pinning secret and one pin for each record."""

    did: str = "did:web:westerkwartier.example"
    secret_key: int = field(default_factory=generate_secret_key)
    pins: dict[str, bytes] = field(default_factory=dict)
    sessions: int = 0

    @property
    def public_key(self) -> bytes:
        return sk_to_pk(self.secret_key)

    def nonce(self) -> bytes:
        self.sessions += 1
        return b"session " + self.sessions.to_bytes(16, "big")

    def issue(self, record: str, values: dict[str, ClaimValue], octets: bytes, nonce: bytes) -> Issuance:
        request = IssuanceRequest.from_octets(octets).verify(validator=self.did, nonce=nonce)
        if self.pins.setdefault(record, request.issuance_pseudonym) != request.issuance_pseudonym:
            raise AssertionError("pinned to another wallet")
        return issue(self.secret_key, INCOME, values, request, holder_entropy(bytes(32), record))


def give(wallet: Wallet, desk: Desk, record: str, values: dict[str, ClaimValue], *, now: datetime = NOW) -> Held:
    """The whole issuance: the wallet asks, the desk issues, the wallet accepts."""
    nonce = desk.nonce()
    request = wallet.request_credential(desk.did, nonce, INCOME, now=now)
    issuance = desk.issue(record, values, request.to_octets(), nonce)
    wallet.accept_credential(issuance, desk.public_key, now=now)
    return wallet.credentials[-1]


def new_wallet(folder: Path, name: str = "amira") -> tuple[Wallet, str]:
    """A wallet with nothing in it, and its phrase."""
    return Wallet.create(folder / f"{name}.wallet", PASSPHRASE, CATALOGUE, work=KeyWork.INTERACTIVE)


def reopened(folder: Path, name: str = "amira") -> Wallet:
    """The wallet as another run of the program sees it."""
    return Wallet.open(folder / f"{name}.wallet", PASSPHRASE, CATALOGUE)


def compiled(rulebook: Rulebook = KINDPAKKET) -> ClaimTerms:
    """The terms of the rulebook in the period."""
    return terms(rulebook, INCOME, PERIOD)


def accepted_key(public_key: bytes, claim_terms: ClaimTerms, context_id: bytes) -> AcceptedKey:
    """A key as an honest fund keeps it."""
    statement = Statement.of(claim_terms, public_key, context_id)
    return AcceptedKey(registry_key_id(INCOME.type_id, public_key), registry_key(public_key), statement.octets)


def programme(desk: Desk, scope: Scope = SCOPE) -> ProgrammeView:
    """The honest description of a fund that accepts the desk's key."""
    key = accepted_key(desk.public_key, compiled(), scope.context_id)
    return ProgrammeView(scope, scope.context_id, AskedTerms.of(compiled()), (key,))


def planted(view: ProgrammeView, statement: bytes) -> ProgrammeView:
    """The same with other statement octets."""
    return replace(view, keys=(replace(view.keys[0], statement=statement),))


def other_fund(number: int) -> Address:
    """Another fund's address."""
    return parse_address(f"0x{number:040x}")
