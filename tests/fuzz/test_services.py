# SPDX-License-Identifier: EUPL-1.2
"""The issuer, the verifier and the verifier's desk, fuzzed by their OpenAPI descriptions."""

from collections.abc import Mapping
from contextlib import closing

import pytest
from schemathesis import GenerationMode

from edge.limits import RateLimiter
from issuer.authorization.api import OAUTH_PATHS
from issuer.authorization.login import LoopbackLogin
from issuer.openid.api import ISSUANCE_PATHS
from issuer.store import Store as IssuerStore
from tests.fuzz.fuzzing import Service, fuzz
from tests.unit.issuer.material import BAS, open_store
from tests.unit.issuer.openid.material import PUBLIC_URL, InProcess, Wallet
from tests.unit.issuer.openid.material import Service as Issuer
from tests.unit.verifier.material import Town
from verifier.app import create_app, create_desk_app
from verifier.store import Store

EXAMPLES = 15
MODES = pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["follow", "break"])


def _issuer(store: IssuerStore, *, signed: bool) -> Service:
    issuer = Issuer.on(
        store, requests_per_second=1e6, login=LoopbackLogin(PUBLIC_URL, "a passphrase of the demonstration")
    )
    letter = issuer.letter(BAS)
    wallet = Wallet.activated(issuer)

    def sign(path: str) -> Mapping[str, str]:
        return wallet.headers(path) if path in ISSUANCE_PATHS else {"DPoP": wallet.proof(path)}

    return Service(
        issuer.public_url,
        issuer.http._transport,
        issuer.http.get("/openapi.json").json(),
        frozenset({*OAUTH_PATHS, *ISSUANCE_PATHS}),
        {
            "/offers/{reference}": {"reference": letter.reference},
            "/types/{name}/v{version}": {"name": "age", "version": 1},
            "/status-lists/{number}": {"number": 1},
        },
        sign if signed else None,
    )


def _verifier(store: Store) -> Service:
    town = Town.build(store=store)
    started = town.start("under-21")
    app = create_app(town.verifier, limiter=RateLimiter(per_second=1e6, burst=10**6))
    open_request = {"id_": started["id"]}
    paths = [path for path in app.openapi()["paths"] if "{id_}" in path]
    known: dict[str, Mapping[str, object]] = dict.fromkeys(paths, open_request)
    known["/policies/{name}/v{version}"] = {"name": "under-21", "version": 1}
    known["/policies/{name}/v{version}/policy.json"] = known["/policies/{name}/v{version}"]
    return Service(town.verifier.settings.public_url, InProcess(app), app.openapi(), known=known)


@MODES
@pytest.mark.parametrize("signed", [False, True], ids=["anybody", "a wallet"])
def test_issuer(database_url: str, mode: GenerationMode, signed: bool) -> None:
    with closing(open_store(database_url)) as store:
        assert fuzz(_issuer(store, signed=signed), mode, examples=EXAMPLES) == []


@MODES
def test_verifier(database_url: str, mode: GenerationMode) -> None:
    with closing(Store.at_url(database_url)) as store:
        assert fuzz(_verifier(store), mode, examples=EXAMPLES) == []


@MODES
def test_verifiers_desk(database_url: str, mode: GenerationMode) -> None:
    with closing(Store.at_url(database_url)) as store:
        app = create_desk_app(Town.build(store=store).verifier)
        desk = Service("http://127.0.0.1:8020", InProcess(app), app.openapi())
        assert fuzz(desk, mode, examples=EXAMPLES) == []
