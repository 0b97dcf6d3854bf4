# SPDX-License-Identifier: EUPL-1.2
"""An authorization server for tests, with letters that work, and wallets that ask it for tokens."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from issuer.activation.errors import ActivationRefusal
from issuer.authorization.errors import Advice, LoginRefusal, LoginRefusedError, OAuthError
from issuer.authorization.model import Configuration, Grant, Login, LoginStart
from issuer.authorization.service import AuthorizationService
from issuer.authorization.settings import AuthorizationSettings
from issuer.authorization.visits import Visits
from issuer.model import PersonId
from issuer.store import Store
from ssi.credential.document import Wording
from ssi.keys import KeyType
from ssi.keys.private import PrivateKey
from ssi.openid.authorization import AuthorizationDetail, PushedAuthorizationResponse, write_authorization_details
from ssi.openid.dpop import make_dpop_proof
from ssi.openid.errors import ErrorCode
from ssi.openid.offer import AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE, REFRESH_TOKEN
from ssi.openid.pkce import code_challenge, make_code_verifier
from ssi.openid.token import TokenResponse
from tests.unit.issuer.activation.material import ISSUER, Office
from tests.unit.issuer.material import AMIRA, Clock

INCOME, INCOME_BBS, AGE, AGE_BBS = IDS = ("household-income-sd-jwt", "household-income-bbs", "age-sd-jwt", "age-bbs")
SECRET = bytes(range(32, 64))
WALLET = "org.example.wallet"
REDIRECT = "https://wallet.example/cb"
CREDENTIAL = f"{ISSUER}/credential"


def configuration(name: str) -> Configuration:
    """A configuration whose scope is not its id."""
    return Configuration(
        name, f"scope:{name}", Wording(f"{name} (nl)", f"{name} (en)"), (Wording("Kinderen", "Children"),)
    )


def settings(**changes: Any) -> AuthorizationSettings:
    """The tests' settings."""
    values: dict[str, Any] = {
        "issuer": ISSUER,
        "issuer_name": "Gemeente Westerkwartier",
        "configurations": tuple(configuration(name) for name in IDS),
        "secret": SECRET,
        **changes,
    }
    return AuthorizationSettings(**values)


@dataclass
class Doorman:
    """A login on our own page that believes whoever says the word."""

    asks_here: bool = True
    available: bool = True

    def start(self) -> LoginStart:
        if not self.available:
            raise LoginRefusedError(LoginRefusal.UNAVAILABLE)
        return LoginStart(f"{ISSUER}/authorize/login", "sesame")

    def finish(self, kept: str, unverified_answer: Mapping[str, str]) -> PersonId:
        if unverified_answer.get("word") != kept:
            raise LoginRefusedError(LoginRefusal.WRONG)
        return PersonId(unverified_answer["person"])


@dataclass
class Server:
    """Desk, letters and authorization server on one database."""

    office: Office
    service: AuthorizationService

    @classmethod
    def on(cls, store: Store, clock: Clock | None = None, login: Login | None = None, **changes: Any) -> "Server":
        """A server on a database, with the usual doorman unless another login is given."""
        office = Office(store, clock or Clock())
        return cls(office, cls.service_on(office, login, **changes))

    @staticmethod
    def service_on(office: Office, login: Login | None = None, **changes: Any) -> AuthorizationService:
        """Another server for the same desk."""
        return AuthorizationService(settings(**changes), office.store, office.service, login or Doorman(), office.clock)

    @staticmethod
    def configurations(*names: str) -> tuple[Configuration, ...]:
        """For the setting of this name."""
        return tuple(configuration(name) for name in names)

    @property
    def clock(self) -> Clock:
        return self.office.clock

    @property
    def visits(self) -> Visits:
        """What leads browsers; every test server has a login."""
        assert self.service.visits is not None
        return self.service.visits

    def letter(self, person: PersonId = AMIRA) -> tuple[str, str]:
        """Code and PIN of a new letter."""
        letter = self.office.send(person)[0]
        return self.office.code_of(letter), letter.pin


@dataclass
class Wallet:
    """A wallet that does what the standards say. ``server`` stands for the way over HTTP."""

    server: Server
    key: PrivateKey = field(default_factory=lambda: PrivateKey.generate(KeyType.P256))
    client_id: str = WALLET
    verifier: str = field(default_factory=lambda: make_code_verifier(secrets.token_bytes(32)))

    def proof(self, url: str, *, token: str | None = None, method: str = "POST", nonce: str | None = "") -> str:
        """A DPoP proof, with a current nonce unless another one is given."""
        return make_dpop_proof(
            self.key,
            method=method,
            url=url,
            issued_at=self.server.clock.now,
            jti=secrets.token_urlsafe(16),
            nonce=self.server.service.dpop_nonce() if nonce == "" else nonce,
            access_token=token,
        )

    def ask(self, form: Mapping[str, str], proofs: Iterable[str] | None = None) -> TokenResponse:
        """Send a token request, with a good proof unless others are given."""
        sent = [self.proof(f"{ISSUER}/token")] if proofs is None else list(proofs)
        return self.server.service.token(form.items(), sent)

    def redeem(self, code: str, pin: str, proofs: Iterable[str] | None = None, **more: str) -> TokenResponse:
        return self.ask(
            {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code, "tx_code": pin, **more}, proofs
        )

    def refresh(self, refresh_token: str | None, **more: str) -> TokenResponse:
        assert refresh_token is not None
        return self.ask({"grant_type": REFRESH_TOKEN, "refresh_token": refresh_token, **more})

    def request(self, *configuration_ids: str, **changes: str) -> dict[str, str]:
        """The parameters of an authorization request, by scope."""
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "code_challenge": code_challenge(self.verifier),
            "code_challenge_method": "S256",
            "state": "a state",
            "scope": " ".join(f"scope:{name}" for name in configuration_ids or (INCOME,)),
            **changes,
        }

    def push(self, form: Mapping[str, str], proofs: Iterable[str] = ()) -> PushedAuthorizationResponse:
        return self.server.service.push(form.items(), list(proofs))

    def exchange(self, code: str, proofs: Iterable[str] | None = None, **changes: str) -> TokenResponse:
        form = {
            "grant_type": AUTHORIZATION_CODE,
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": self.verifier,
            "client_id": self.client_id,
            **changes,
        }
        return self.ask(form, proofs)


def details(*configuration_ids: str) -> str:
    """The parameter ``authorization_details``."""
    written = write_authorization_details([AuthorizationDetail(name) for name in configuration_ids])
    assert written is not None
    return written


def authorised(wallet: Wallet, answer: TokenResponse) -> Grant:
    """What a token gives at the credential endpoint, with a good proof."""
    proof = wallet.proof(CREDENTIAL, token=answer.access_token)
    return wallet.server.service.authorise(f"DPoP {answer.access_token}", [proof], method="POST", url=CREDENTIAL)


def logged_in(wallet: Wallet, *configuration_ids: str, person: str = "amira", **changes: str) -> str:
    """The authorization code after all steps in the browser."""
    visits = wallet.server.visits
    pushed = wallet.push(wallet.request(*configuration_ids, **changes))
    cookie, _ = visits.follow(wallet.client_id, pushed.request_uri)
    cookie = visits.log_in(cookie, {"word": "sesame", "person": person})
    answer = dict(parse_qsl(urlsplit(visits.decide(cookie, allowed=True)).query))
    assert answer["iss"] == ISSUER
    return answer["code"]


def refusal(work: Callable[[], object]) -> tuple[ErrorCode, Advice | ActivationRefusal]:
    """How something is refused."""
    with pytest.raises(OAuthError) as caught:
        work()
    return caught.value.code, caught.value.advice
