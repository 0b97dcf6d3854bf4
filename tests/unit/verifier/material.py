# SPDX-License-Identifier: EUPL-1.2
"""A validator, citizens with credentials, and a verifier in one process; its wallet is made of the core's functions.

Amira is under 21 and has a low income, Bas is on her household, Cato is neither young nor poor.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

import httpx

import specs
from edge.limits import RateLimiter
from ssi.base64url import encode_base64url
from ssi.bbs.keys import generate_secret_key, sk_to_pk
from ssi.credential.document import Wording
from ssi.credential.issuance import HeldCredential, accept, issue
from ssi.credential.pinning import request_issuance
from ssi.credential.types import ClaimValue, CredentialType
from ssi.did import JwkMethod, KeyMethod, Resolver, did_jwk_from
from ssi.keys import KeyType, PrivateKey
from ssi.openid.dcql import CredentialQuery
from ssi.openid.request import AuthorizationRequest
from ssi.openid.response import AuthorizationResponse, encrypt_response
from ssi.openid.signed_request import (
    RequestReference,
    RequestUriPost,
    accept_unsigned_request,
    parse_request_link,
    verify_request,
)
from ssi.presentation import Binding, ClaimRequest, present
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import present_sd_jwt
from ssi.sd_jwt.vc import issue_sd_jwt_vc
from ssi.status import (
    USUAL_FRESHNESS,
    StatusChecker,
    StatusList,
    StatusListClaims,
    StatusReference,
    StatusValue,
    TokenFormat,
    status_list_jwt,
)
from ssi.trust import Anchors, NoKeyRegistry, TrustList
from tests.unit.verifier.browser import Browser
from verifier.app import assemble, create_app
from verifier.certificates import issue_own
from verifier.keys import VerifierKeys
from verifier.policy.shelf import PolicyShelf, published_policies
from verifier.service import Verifier
from verifier.settings import VerifierSettings
from verifier.store import Store

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
URL: Final = "http://127.0.0.1:8019"
STATUS_URL: Final = "https://validator.example/status-lists/1"
NAME: Final = Wording("Gemeente Westerkwartier", "Municipality of Westerkwartier")
FORMATS: Final = json.dumps({"vp_formats_supported": {"dc+sd-jwt": {}, "dc+jwp": {}}})
RESOLVER: Final = Resolver.of((KeyMethod(), JwkMethod()))


@cache
def credential_type(name: str) -> CredentialType:
    """A published type."""
    return CredentialType.from_json(specs.credential_type_octets(name, 1))


def types() -> tuple[CredentialType, ...]:
    """All of them."""
    return credential_type("age"), credential_type("household-income")


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass(frozen=True)
class Validator:
    """Signs both kinds of credential, and a status list of eight; ``now`` is its present."""

    now: datetime = NOW
    status_url: str = STATUS_URL
    key: PrivateKey = field(default_factory=lambda: PrivateKey.generate(KeyType.P256))
    secrets: Mapping[str, int] = field(default_factory=lambda: {kind.vct: generate_secret_key() for kind in types()})

    @property
    def did(self) -> str:
        return did_jwk_from(self.key.public_key)

    def trust_list(self, *others: "Validator") -> TrustList:
        """A list of this validator, and of others."""
        entries = [
            {
                "name": {"nl": "Gemeente", "en": "Municipality"},
                "vcts": [vct],
                "dids": [one.did],
                "bbs_keys": [{"public_key": encode_base64url(sk_to_pk(secret)), "valid_until": "2200-12-31T00:00:00Z"}],
            }
            for one in (self, *others)
            for vct, secret in one.secrets.items()
        ]
        document = {"format": "stuiver/trust-list/v1", "issuers": entries}
        return TrustList.from_json(json.dumps(document).encode(), resolver=RESOLVER, registry=NoKeyRegistry())

    def sd_jwt(
        self,
        kind: CredentialType,
        claims: Mapping[str, object],
        holder: PrivateKey,
        *,
        index: int = 0,
        issued_at: datetime | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """An SD-JWT VC with a status."""
        return issue_sd_jwt_vc(
            claims,
            self.key,
            vct=kind.vct,
            issuer=self.did,
            issued_at=issued_at or self.now - timedelta(days=1),
            expires_at=expires_at or self.now + timedelta(days=90),
            holder_key=holder.public_key,
            status=StatusReference(index, self.status_url).to_claim(),
            header={"kid": f"{self.did}#0"},
        )

    def bbs(self, kind: CredentialType, values: Mapping[str, ClaimValue], holder_secret: int) -> HeldCredential:
        """Our own credential, through the real protocol."""
        pending = request_issuance(holder_secret, validator=self.did, nonce=b"n" * 32)
        verified = pending.request.verify(validator=self.did, nonce=b"n" * 32)
        secret = self.secrets[kind.vct]
        return accept(issue(secret, kind, values, verified, 7), pending, [kind], sk_to_pk(secret))

    def status_token(self, statuses: Mapping[int, int] | None = None) -> bytes:
        """The signed list."""
        listed = StatusList.of_size(2, 8).with_statuses(statuses or {})
        made_at, ends_at = self.now - timedelta(hours=1), self.now + timedelta(days=30)
        claims = StatusListClaims(self.status_url, made_at, ends_at, None, listed)
        return status_list_jwt(claims, self.key, key_header={"kid": f"{self.did}#0"}).encode()


@dataclass
class Keys:
    """Whose BBS keys count: those of a trust list, until it is taken away."""

    trust: TrustList | None

    def bbs_keys(self, credential_type: CredentialType, now: datetime) -> tuple[bytes, ...]:
        return () if self.trust is None else self.trust.bbs_keys(credential_type, now)


@dataclass(frozen=True)
class Citizen:
    """What a wallet holds."""

    key: PrivateKey
    age_sd_jwt: str
    age: HeldCredential
    income: HeldCredential

    @classmethod
    def of(cls, validator: Validator, person: "Person", *, index: int = 0) -> "Citizen":
        """A citizen with all credentials; ``index`` is the place in the status list."""
        key, secret = PrivateKey.generate(KeyType.P256), generate_secret_key()
        birth_date = person.birth_date
        today = validator.now.date()
        young, exp = birth_date > today.replace(year=today.year - 21), today + timedelta(days=300)
        age: dict[str, ClaimValue] = {
            "exp": exp,
            "recovered_at": 0,
            "birth_date": birth_date,
            "age_under_21": young,
            "age_over_18": True,
        }
        household: dict[str, ClaimValue] = {
            "exp": exp,
            "recovered_at": 0,
            "municipality": person.municipality,
            "children": 2,
            "income": person.income,
            "norm": 128383,
        }
        shown = {"birth_date": birth_date.isoformat(), "age_under_21": young, "age_over_18": True}
        return cls(
            key,
            validator.sd_jwt(credential_type("age"), shown, key, index=index),
            validator.bbs(credential_type("age"), age, secret),
            validator.bbs(credential_type("household-income"), household, secret),
        )


@dataclass(frozen=True)
class Person:
    """What a validator knows of somebody; the norm of everybody's household is 128383 cents."""

    birth_date: date
    income: int
    municipality: str = "GM1969"


AMIRA: Final = Person(date(2007, 12, 1), 154060)
CATO: Final = Person(date(1981, 8, 30), 154061)


@dataclass
class Town:
    """A verifier that runs, and everything around it."""

    validator: Validator
    clock: Clock
    verifier: Verifier
    anchors: Anchors
    tokens: dict[str, bytes]
    browser: Browser
    keys: "Keys"

    @classmethod
    def build(
        cls,
        *,
        settings: VerifierSettings | None = None,
        validator: Validator | None = None,
        trusted: Iterable[Validator] = (),
        policies: PolicyShelf | None = None,
        store: Store | None = None,
    ) -> "Town":
        """A town; with nothing given, the published policies on this machine."""
        validator, clock = validator or Validator(), Clock()
        settings = settings or VerifierSettings(URL, NAME)
        keys = VerifierKeys.generate()
        chain, anchor = issue_own(keys.request, name=NAME.nl, host=settings.host, now=NOW)
        trust = validator.trust_list(*trusted)
        proof_keys = Keys(trust)
        tokens = {STATUS_URL: validator.status_token()}
        verifier = assemble(
            settings,
            keys,
            chain,
            policies or PolicyShelf.of_folders([published_policies()], types()),
            types(),
            store or Store.in_memory(),
            trust=trust,
            proof_keys=proof_keys,
            status=StatusChecker(
                lambda uri: tokens[uri], trust, token_format=TokenFormat.JWT, freshness=USUAL_FRESHNESS
            ),
            clock=clock,
        )
        app = create_app(verifier, limiter=RateLimiter(per_second=1000, burst=10_000))
        browser = Browser(app, settings.public_url)
        anchors = Anchors.from_pem([anchor.decode()])
        return cls(validator, clock, verifier, anchors, tokens, browser, proof_keys)

    def set_status(self, value: StatusValue) -> None:
        """What the validator's list says about credential 0."""
        self.tokens[STATUS_URL] = self.validator.status_token({0: value})

    def trust_nobodys_proofs(self) -> None:
        """From now on no BBS key counts."""
        self.keys.trust = None

    def start(self, policy: str, device: str = "other", **more: str) -> dict[str, Any]:
        """Start a request as a program; the browser keeps the cookie."""
        fields = {"policy": policy, "version": "1", "device": device, **more}
        answer = self.browser.post("/requests", data=fields)
        assert answer.status_code == 201, answer.text
        started: dict[str, Any] = answer.json()
        return started

    def other_browser(self) -> Browser:
        """A browser without this one's cookies."""
        return self.browser.another()


BuildTown = Callable[..., Town]
"""``Town.build`` on a fresh database: the fixture ``build_town``."""


@dataclass
class Wallet:
    """A wallet on another device, made of the core's functions."""

    citizen: Citizen
    town: Town

    def fetch(self, link: str, *, metadata: str | None = FORMATS) -> AuthorizationRequest:
        """Fetch and verify the request that a link names."""
        found = parse_request_link(link)
        if isinstance(found, AuthorizationRequest):
            return accept_unsigned_request(found).request
        assert isinstance(found, RequestReference)
        client = self.town.other_browser()
        sent = RequestUriPost("a-nonce-of-the-wallet", metadata)
        answer = client.post(found.request_uri, data=sent.to_form())
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/oauth-authz-req+jwt"
        return verify_request(
            answer.text,
            client_id=found.client_id,
            wallet_nonce="a-nonce-of-the-wallet",
            now=self.town.clock(),
            dids=RESOLVER,
            certificates=self.town.anchors,
        ).request

    def presentation(
        self, request: AuthorizationRequest, query: CredentialQuery, *more: tuple[str, ...]
    ) -> str | dict[str, object]:
        """What the wallet presents for one credential query; ``more`` are claims that nobody asked for."""
        audience, texts = str(request.client_id), request.transactions_of(query.id)
        if query.format == "dc+sd-jwt":
            paths = [*(claim.path for claim in query.claims), *more]
            parsed = UnverifiedSdJwt.parse(self.citizen.age_sd_jwt)
            return present_sd_jwt(
                parsed,
                paths,
                self.citizen.key,
                audience=audience,
                nonce=request.nonce,
                now=self.town.clock(),
                transaction_data=texts,
            )
        asked = ClaimRequest.from_meta(query.meta, types())
        held = self.citizen.age if "age" in asked.credential_type.vct else self.citizen.income
        binding = Binding(audience, request.nonce, request.response_uri, texts)
        return present(held, asked, binding, as_of=self.town.clock().date())

    def answer(self, request: AuthorizationRequest, *more: tuple[str, ...]) -> AuthorizationResponse:
        """The answer to a request."""
        token = {query.id: (self.presentation(request, query, *more),) for query in request.dcql_query.credentials}
        return AuthorizationResponse(token, request.state)

    def send(self, request: AuthorizationRequest, answer: AuthorizationResponse) -> httpx.Response:
        """Send it as the request asks."""
        is_encrypted = request.response_mode.value == "direct_post.jwt"
        form = encrypt_response(answer, request).to_form() if is_encrypted else answer.to_form()
        return self.post(request, form)

    def post(self, request: AuthorizationRequest, form: Mapping[str, str]) -> httpx.Response:
        """Send a form to the request's address."""
        return self.town.other_browser().post(request.response_uri, data=dict(form))

    def present(self, link: str, *, metadata: str | None = FORMATS) -> httpx.Response:
        """The whole of it."""
        request = self.fetch(link, metadata=metadata)
        return self.send(request, self.answer(request))


def changed_settings(**values: Any) -> VerifierSettings:
    """The usual settings but for these."""
    return replace(VerifierSettings(URL, NAME), **values)
