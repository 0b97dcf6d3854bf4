# SPDX-License-Identifier: EUPL-1.2
"""Verifiers and wallets that go by the trust registry on the chain: a key is rotated, and one is revoked."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from edge.fetch import GuardedFetch
from holder.errors import HolderError
from holder.openid.offers import read_offer
from holder.openid.receiving import Received, Receiver
from holder.published import published
from holder.service import Wallet as CitizensWallet
from holder.wallet_file import KeyWork
from issuer.app import IssuerSettings, create_app
from issuer.model import PersonId
from programmable_money.chain import Chain
from programmable_money.messages import parse_address, recipient
from programmable_money.node import open_chain
from programmable_money.registry import TrustRegistry
from programmable_money.trusting import KEEP, ChainKeyRegistry
from ssi.bbs.keys import sk_to_pk
from ssi.claim.registry_key import prove_possession
from ssi.credential.types import CredentialType
from ssi.errors import Reason, VerificationError
from ssi.trust import KeyRegistry, TrustList
from tests.flows.serving import free_port, serve
from tests.unit.issuer.material import open_store
from tests.unit.issuer.openid.material import Service
from tests.unit.verifier.material import AMIRA, NOW, RESOLVER, Citizen, Town, Validator, Wallet, credential_type, types
from verifier.errors import NoTrustedKeyError
from verifier.policy.model import Device, PolicyId

AGE = credential_type("age")
UNDER_21 = PolicyId("under-21", 1)
YEAR = 365 * 86_400


@dataclass
class Timer:
    """Seconds that a test lets pass."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Registered:
    """A registry on a chain, and the account of a validator who is admitted to it."""

    registry: TrustRegistry
    timer: Timer = field(default_factory=Timer)

    def __post_init__(self) -> None:
        chain = self.registry.chain
        self.validator = chain.account(secrets.token_bytes(32))
        chain.provide_gas(parse_address(self.validator.address), 10**18)
        self.seen = ChainKeyRegistry(lambda: self.registry, timer=self.timer)

    def add(self, kind: CredentialType, secret: int, *, seconds: int = YEAR) -> bytes:
        """Register a key of the validator from now on; its id."""
        registry, now = self.registry, self.registry.chain.now()
        possession = prove_possession(
            secret,
            chain_id=registry.chain.chain_id,
            registry=recipient(registry.contract.address),
            type_id=kind.type_id,
            validator=recipient(parse_address(self.validator.address)),
        )
        return registry.add_key(
            kind.type_id, sk_to_pk(secret), now, now + seconds, possession, validator=self.validator
        )

    def wait(self) -> None:
        """Until what was read before is read again."""
        self.timer.seconds += KEEP.total_seconds()


def trusting(registry: KeyRegistry, *dids: str) -> TrustList:
    """A trust list that goes by the registry."""
    entries = [
        {"name": {"nl": "Gemeente", "en": "Municipality"}, "vcts": [kind.vct], "registry": True}
        | ({"dids": list(dids)} if dids else {})
        for kind in types()
    ]
    document = json.dumps({"format": "stuiver/trust-list/v1", "issuers": entries}).encode()
    return TrustList.from_json(document, resolver=RESOLVER, registry=registry)


@pytest.fixture
def registered() -> Iterator[Registered]:
    """A registry that knows both types, on the embedded chain."""
    with open_chain("embedded", starts_at=NOW - timedelta(minutes=5)) as chain:
        yield register(chain)


def register(chain: Chain) -> Registered:
    """Deploy a registry and admit a validator for both types."""
    officer = chain.account(secrets.token_bytes(32))
    chain.provide_gas(parse_address(officer.address), 10**18)
    registry = TrustRegistry.deploy(chain, admin=officer, registrar=parse_address(officer.address))
    made = Registered(registry)
    for kind in types():
        registry.ensure_type(kind, sender=officer)
        registry.admit(parse_address(made.validator.address), kind.type_id, registrar=officer)
    return made


def shown(wallet: Wallet) -> tuple[int, str | None]:
    """What the verifier answers to a proof of being under 21: the status, and the reason of a refusal."""
    return refusal(wallet.present(wallet.town.start("under-21")["link"]))


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    """The status, and the reason of a refusal."""
    return answer.status_code, answer.json().get("reason")


def test_a_verifier_follows_a_rotation_and_a_revocation(registered: Registered) -> None:
    old, new = Validator(), Validator()
    town = Town.build(validator=old)
    town.keys.trust = trusting(registered.seen)
    with pytest.raises(NoTrustedKeyError):
        town.verifier.start(UNDER_21, Device.OTHER, "bbs")
    old_key = registered.add(AGE, old.secrets[AGE.vct])
    registered.wait()
    amira, her_next = Wallet(Citizen.of(old, AMIRA), town), Wallet(Citizen.of(new, AMIRA), town)
    assert shown(amira) == (200, None)

    # rotated: both count until the old key's last second
    new_key = registered.add(AGE, new.secrets[AGE.vct])
    end = town.clock.now + timedelta(minutes=2)
    registered.registry.retire_key(old_key, int(end.timestamp()), validator=registered.validator)
    registered.wait()
    request = amira.fetch(town.start("under-21")["link"])
    answer = amira.answer(request)
    assert shown(amira) == (200, None)
    assert shown(her_next) == (200, None)
    town.clock.now = end
    assert shown(amira) == (200, None)
    town.clock.now = end + timedelta(seconds=1)  # without asking the chain again
    assert refusal(amira.send(request, answer)) == (400, Reason.UNKNOWN_ISSUER)
    with pytest.raises(VerificationError) as caught:
        shown(amira)  # her wallet sees that the key is not among those asked for
    assert caught.value.reason is Reason.QUERY_NOT_MET
    assert shown(her_next) == (200, None)

    # revoked, while a wallet has the request already
    request = her_next.fetch(town.start("under-21")["link"])
    answer = her_next.answer(request)
    registered.registry.revoke_key(new_key, sender=registered.validator)
    assert shown(her_next) == (200, None)  # for some seconds
    registered.wait()
    assert refusal(her_next.send(request, answer)) == (400, Reason.UNKNOWN_ISSUER)
    with pytest.raises(NoTrustedKeyError):
        town.verifier.start(UNDER_21, Device.OTHER, "bbs")


@dataclass
class Letterbox:
    """A validator's service over HTTP, and the wallets that accept its letters by the registry."""

    service: Service
    folder: Path

    def redeem(self, person: PersonId, registry: KeyRegistry) -> Received:
        """Redeem a new letter with a new wallet."""
        url, name = self.service.public_url, secrets.token_hex(4)
        fetch, letter = GuardedFetch.for_this_machine(), self.service.letter(person)
        did = self.service.keys.document_keys.current.issuer(url)
        link = f"openid-credential-offer://?credential_offer_uri={url}/offers/{letter.reference}"
        wallet, _ = CitizensWallet.create(
            self.folder / f"{name}.wallet", "a passphrase", published(), work=KeyWork.INTERACTIVE
        )
        with wallet:
            receiver = Receiver(wallet, fetch, trusting(registry, did), self.now)
            return receiver.accept(read_offer(link, fetch), letter.pin)

    def now(self) -> datetime:
        return self.service.clock.now


def test_a_wallet_keeps_only_what_a_registered_key_signed(
    registered: Registered, tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    service = Service.on(open_store(database_url), public_url=f"http://127.0.0.1:{port}")
    service.clock.now = NOW
    box = Letterbox(service, tmp_path)
    with serve(create_app(IssuerSettings(service.public_url), service.desk, service.keys), port):
        amira, bas, cato = (PersonId(name) for name in ("amira", "bas", "cato"))
        with pytest.raises(HolderError) as caught:
            box.redeem(cato, registered.seen)
        assert reason_of(caught.value) is Reason.UNKNOWN_ISSUER
        keys = {kind.vct: registered.add(kind, service.desk.keys.signing_key(kind)) for kind in service.desk.types}
        registered.wait()
        assert box.redeem(amira, registered.seen).provable == 2
        registered.registry.revoke_key(keys[AGE.vct], sender=registered.validator)
        registered.wait()
        with pytest.raises(HolderError) as caught:
            box.redeem(bas, registered.seen)
        assert reason_of(caught.value) is Reason.UNKNOWN_ISSUER
    service.desk.store.close()


def reason_of(error: HolderError) -> object:
    """Why."""
    return getattr(error, "reason", None)
