# SPDX-License-Identifier: EUPL-1.2
"""A whole issuer service for tests, and a wallet that talks to it over HTTP as the standards say."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI

from edge.language import Language
from issuer.activation.desk import ActivationDesk
from issuer.activation.model import Approval
from issuer.activation.posting import Letter, PostRoom
from issuer.activation.secrets import activation_secret
from issuer.app import IssuerSettings, create_app
from issuer.model import PersonId
from issuer.service import Desk
from issuer.service_keys import ServiceKeys
from issuer.store import Store
from ssi.base64url import decode_base64url
from ssi.bbs.suite import random_scalar
from ssi.credential.issuance import HeldCredential, Issuance, accept
from ssi.credential.pinning import PendingRequest, request_issuance
from ssi.keys import KeyType, PrivateKey
from ssi.openid.credential import commitment_nonce
from ssi.openid.dpop import make_dpop_proof
from ssi.openid.offer import PRE_AUTHORIZED_CODE
from ssi.openid.proof import make_key_proof
from tests.unit.issuer.activation.material import Mailbox
from tests.unit.issuer.material import AMIRA, START, TYPES, Clock, desk

PUBLIC_URL = "http://127.0.0.1:8018"
INCOME, INCOME_BBS, AGE, AGE_BBS = ("household-income-sd-jwt", "household-income-bbs", "age-sd-jwt", "age-bbs")


class InProcess(httpx.BaseTransport):
    """Calls an application without a socket."""

    def __init__(self, app: FastAPI) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._handle(request))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())


@dataclass
class Service:
    """The service on a database of its own."""

    desk: Desk
    keys: ServiceKeys
    clock: Clock
    public_url: str
    http: httpx.Client
    """The way to it: in this process, or over a socket."""

    @classmethod
    def on(
        cls, store: Store, *, public_url: str = PUBLIC_URL, keys: ServiceKeys | None = None, **changes: Any
    ) -> "Service":
        """A service on a database, with the cast's records."""
        clock = Clock()
        made, chosen = desk(store, clock), keys or ServiceKeys.generate(START)
        app = create_app(IssuerSettings(public_url, **changes), made, chosen)
        http = httpx.Client(transport=InProcess(app), base_url=public_url)
        return cls(made, chosen, clock, public_url, http)

    def letter(self, person: PersonId = AMIRA, credentials: tuple[str, ...] = ("household-income", "age")) -> Letter:
        """A letter that works."""
        office, mailbox = ActivationDesk(self.desk.store, self.clock), Mailbox()
        post_room = PostRoom(self.desk.store, self.clock, activation_secret(self.desk.keys), mailbox)
        batch = office.prepare([Approval(person, Language.NL, credentials)], employee="joke")
        office.approve(batch, employee="siem")
        post_room.make_letters(batch, employee="joke", keep=lambda letters: None)
        return mailbox.letters[-1]


@dataclass
class Wallet:
    """A wallet in the middle of getting its credentials."""

    service: Service
    key: PrivateKey = field(default_factory=lambda: PrivateKey.generate(KeyType.P256))
    holder_secret: int = field(default_factory=random_scalar)
    access_token: str = ""
    dpop_nonce: str | None = None
    holder_keys: list[PrivateKey] = field(default_factory=list)

    @classmethod
    def activated(cls, service: Service, person: PersonId = AMIRA, *credentials: str) -> "Wallet":
        """A wallet that redeemed a letter."""
        wallet = cls(service)
        wallet.redeem(service.letter(person, credentials or ("household-income", "age")))
        return wallet

    def redeem(self, letter: Letter) -> httpx.Response:
        """Offer by reference, then the token."""
        offer = self.service.http.get(f"/offers/{letter.reference}").json()
        code = offer["grants"][PRE_AUTHORIZED_CODE]["pre-authorized_code"]
        form = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code, "tx_code": letter.pin}
        self.nonce()
        answer = self.service.http.post("/token", data=form, headers={"DPoP": self.proof("/token")})
        assert answer.status_code == 200, answer.text
        self.access_token = answer.json()["access_token"]
        return answer

    def nonce(self) -> str:
        """A fresh nonce for proofs; and one for DPoP, which the wallet keeps."""
        answer = self.service.http.post("/nonce")
        self.dpop_nonce = answer.headers["DPoP-Nonce"]
        return str(answer.json()["c_nonce"])

    def proof(self, path: str, *, token: str | None = None) -> str:
        """A DPoP proof."""
        return make_dpop_proof(
            self.key,
            method="POST",
            url=self.service.public_url + path,
            issued_at=self.service.clock.now,
            jti=secrets.token_urlsafe(16),
            nonce=self.dpop_nonce,
            access_token=token,
        )

    def headers(self, path: str) -> dict[str, str]:
        """Token and proof for a protected endpoint."""
        proof = self.proof(path, token=self.access_token)
        return {"Authorization": f"DPoP {self.access_token}", "DPoP": proof}

    def post(self, path: str, document: Mapping[str, Any]) -> httpx.Response:
        """Ask a protected endpoint."""
        return self.service.http.post(path, json=dict(document), headers=self.headers(path))

    def jwt_proofs(self, nonce: str | None, count: int = 1, **changes: Any) -> dict[str, list[str]]:
        """Proofs of ``count`` new keys."""
        keys = [PrivateKey.generate(KeyType.P256) for _ in range(count)]
        self.holder_keys += keys
        settings: dict[str, Any] = {
            "audience": self.service.public_url,
            "nonce": nonce,
            "issued_at": self.service.clock.now,
            "client_id": None,
            **changes,
        }
        return {"jwt": [make_key_proof(key, **settings) for key in keys]}

    def commitment(self, nonce: str, validator: str | None = None) -> PendingRequest:
        """A request for a BBS credential, with what the wallet keeps."""
        did = validator or self.service.desk.validator.did
        return request_issuance(
            self.holder_secret, validator=did, nonce=commitment_nonce(nonce, self.service.public_url)
        )

    def accept(self, item: Mapping[str, str], pending: PendingRequest, type_index: int = 0) -> HeldCredential:
        """Take a BBS credential."""
        kind = TYPES[type_index]
        entropy = int.from_bytes(decode_base64url(item["entropy"]), "big")
        public_key = self.service.desk.keys.public_key(kind)
        return accept(Issuance(item["credential"], entropy), pending, (kind,), public_key)


def errors_of(answer: httpx.Response) -> tuple[int, str]:
    """How an answer refuses, after checking that it is a problem document too."""
    document = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= document.keys()
    assert document["status"] == answer.status_code
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, str(document["error"])


def credentials_of(answer: httpx.Response) -> Sequence[Mapping[str, str]]:
    """The credentials in a good answer."""
    assert answer.status_code == 200, answer.text
    found: Sequence[Mapping[str, str]] = answer.json()["credentials"]
    return found
