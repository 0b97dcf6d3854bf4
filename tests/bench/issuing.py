# SPDX-License-Identifier: EUPL-1.2
"""How many citizens a second get their credentials over HTTP: real processes on loopback, the wallets included.

Each citizen's wallet opens its own connection and goes the whole way: offer by reference, token (asked for twice,
because a wallet that comes for the first time has no DPoP nonce), nonce, and one credential request for ten SD-JWT VCs
and one BBS credential. What the wallets do is counted too: they run on the same cores.
"""

import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final
from urllib.parse import urlencode

import specs
from edge.language import Language
from issuer.activation.desk import ActivationDesk
from issuer.activation.model import Approval
from issuer.activation.posting import Letter, Letters, PostRoom
from issuer.activation.secrets import activation_secret
from issuer.folder import DeskFolder
from issuer.model import Household, PersonId
from ssi.base64url import decode_base64url, encode_base64url
from ssi.bbs.suite import random_scalar
from ssi.credential.issuance import Issuance, accept
from ssi.credential.pinning import request_issuance
from ssi.credential.types import CredentialType
from ssi.keys import KeyType, PrivateKey
from ssi.openid.credential import commitment_nonce
from ssi.openid.dpop import make_dpop_proof
from ssi.openid.offer import PRE_AUTHORIZED_CODE
from ssi.openid.proof import make_key_proof
from ssi.sealed_file import KeyWork

__all__ = ["measure_issuing"]

COPIES: Final = 10
_TYPE: Final = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
_PASSPHRASE: Final = "measured"
_LISTENING: Final = re.compile(r"Listening on http://127\.0\.0\.1:([0-9]+)")


@dataclass(frozen=True, slots=True)
class _Issuer:
    """What the wallets know."""

    port: int
    validator: str
    public_key: bytes

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def measure_issuing(citizens: int = 200, *, workers: int = 2, wallets: int = 6) -> dict[str, float]:
    """Let so many citizens fetch their credentials.

    Args:
        citizens: how many, after a tenth as many to warm up.
        workers: processes of the service.
        wallets: processes that play wallets, one citizen after another.
    Returns:
        Citizens per second from the first request to the last answer, milliseconds per citizen, and failures.
    """
    warm_up = max(wallets, citizens // 10)
    with tempfile.TemporaryDirectory() as place:
        folder = DeskFolder.create(
            Path(place) / "desk",
            _PASSPHRASE,
            (_TYPE,),
            name="Gemeente Westerkwartier",
            municipalities=["GM1969"],
            work=KeyWork.INTERACTIVE,
        )
        letters = _send_letters(folder, citizens + warm_up)
        keys = folder.keys(_PASSPHRASE)
        with _serving(folder, workers) as port:
            issuer = _Issuer(port, keys.did, keys.public_key(_TYPE))
            with ProcessPoolExecutor(wallets, mp_context=get_context("spawn")) as pool:
                list(pool.map(_fetch, [issuer] * warm_up, letters[:warm_up]))
                started = time.perf_counter()
                taken = list(pool.map(_fetch, [issuer] * citizens, letters[warm_up:]))
                seconds = time.perf_counter() - started
    good = [one for one in taken if one is not None]
    return {
        "citizens": citizens,
        "citizens_per_second": round(len(good) / seconds, 1),
        "median_ms": round(1000 * median(good), 1) if good else 0.0,
        "p95_ms": round(1000 * quantiles(good, n=20)[-1], 1) if len(good) > 1 else 0.0,
        "failures": citizens - len(good),
    }


def _send_letters(folder: DeskFolder, count: int) -> list[tuple[str, str]]:
    """Records and letters for so many citizens; reference and PIN of each."""
    persons = [PersonId(f"citizen-{number}") for number in range(count)]
    desk = folder.open(_PASSPHRASE, (_TYPE,), clock=_now)
    with desk.store.transaction() as transaction:
        transaction.save_households([_household(person) for person in persons])
    box: list[Letter] = []

    class Press:
        """Keeps the letters."""

        def print(self, letters: Sequence[Letter]) -> Letters:
            box.extend(letters)
            return Letters(b"letters", None)

    office = ActivationDesk(desk.store, _now)
    batch = office.prepare([Approval(person, Language.NL, (_TYPE.name,)) for person in persons], employee="joke")
    office.approve(batch, employee="siem")
    post_room = PostRoom(desk.store, _now, activation_secret(desk.keys), Press())
    post_room.make_letters(batch, employee="joke", keep=lambda letters: None)
    desk.store.close()
    return [(letter.reference or "", letter.pin) for letter in box]


@contextmanager
def _serving(folder: DeskFolder, workers: int) -> Iterator[int]:
    """The service as people start it; gives its port."""
    passphrase = folder.path / "passphrase"
    passphrase.write_text(_PASSPHRASE, encoding="utf-8")
    passphrase.chmod(0o600)
    command = [sys.executable, "-m", "issuer.cli", "serve", "--folder", str(folder.path), "--port", "0"]
    with subprocess.Popen(
        [*command, "--workers", str(workers)],
        env={**os.environ, "STUIVER_ISSUER_PASSPHRASE_FILE": str(passphrase), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            found = _LISTENING.match(process.stdout.readline()) if process.stdout else None
            if found is None:
                raise RuntimeError("the service did not start")
            yield int(found[1])
        finally:
            process.terminate()


def _fetch(issuer: _Issuer, letter: tuple[str, str]) -> float | None:
    """One citizen; seconds, or None after a failure."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", issuer.port, timeout=60)
    try:
        return time.perf_counter() - started if _go(_Wallet(issuer, connection), letter) else None
    except (OSError, KeyError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _go(wallet: "_Wallet", letter: tuple[str, str]) -> bool:
    reference, pin = letter
    offer = wallet.get(f"/offers/{reference}")
    code = offer["grants"][PRE_AUTHORIZED_CODE]["pre-authorized_code"]
    form = urlencode({"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code, "tx_code": pin})
    token = wallet.post("/token", form.encode(), "application/x-www-form-urlencoded", proof=True)
    if token.get("error") == "use_dpop_nonce":
        token = wallet.post("/token", form.encode(), "application/x-www-form-urlencoded", proof=True)
    nonce = wallet.post("/nonce", b"", "application/json")["c_nonce"]
    keys = [PrivateKey.generate(KeyType.P256) for _ in range(COPIES)]
    proofs = [
        make_key_proof(key, audience=wallet.issuer.url, nonce=nonce, issued_at=_now(), client_id=None) for key in keys
    ]
    bound = commitment_nonce(nonce, wallet.issuer.url)
    pending = request_issuance(random_scalar(), validator=wallet.issuer.validator, nonce=bound)
    commitment = encode_base64url(pending.request.to_octets())
    request = {
        "credential_configuration_id": f"{_TYPE.name}-sd-jwt",
        "proofs": {"jwt": proofs},
        "companion": {
            "credential_configuration_id": f"{_TYPE.name}-bbs",
            "proofs": {"bbs_commitment": [commitment]},
        },
    }
    answer = wallet.post(
        "/credential", json.dumps(request).encode(), "application/json", proof=True, token=token["access_token"]
    )
    [item] = answer["companion"]["credentials"]
    entropy = int.from_bytes(decode_base64url(item["entropy"]), "big")
    accept(Issuance(item["credential"], entropy), pending, (_TYPE,), wallet.issuer.public_key)
    return len({one["credential"] for one in answer["credentials"]}) == COPIES


class _Wallet:
    """One citizen's wallet: a connection and a DPoP key."""

    def __init__(self, issuer: _Issuer, connection: http.client.HTTPConnection) -> None:
        self.issuer = issuer
        self._connection = connection
        self._key = PrivateKey.generate(KeyType.P256)
        self._dpop_nonce: str | None = None

    def get(self, path: str) -> Mapping[str, Any]:
        return self._ask("GET", path, None, {})

    def post(
        self, path: str, body: bytes, content_type: str, *, proof: bool = False, token: str | None = None
    ) -> Mapping[str, Any]:
        headers = {"Content-Type": content_type}
        if token is not None:
            headers["Authorization"] = f"DPoP {token}"
        if proof:
            headers["DPoP"] = make_dpop_proof(
                self._key,
                method="POST",
                url=self.issuer.url + path,
                issued_at=_now(),
                jti=secrets.token_urlsafe(16),
                nonce=self._dpop_nonce,
                access_token=token,
            )
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Mapping[str, Any]:
        self._connection.request(method, path, body, dict(headers))
        response = self._connection.getresponse()
        document: Mapping[str, Any] = json.loads(response.read())
        self._dpop_nonce = response.headers.get("DPoP-Nonce", self._dpop_nonce)
        return document


def _household(person: PersonId) -> Household:
    return Household(
        person=person,
        name="Amira Haddad",
        birth_date=date(1989, 4, 12),
        address="Hoofdstraat 1, Zuidhorn",
        kind="single_21_plus",
        income_cents=154_060,
        norm_cents=128_383,
        children=3,
        municipality="GM1969",
    )


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    print(json.dumps(measure_issuing(int(sys.argv[1]) if len(sys.argv) > 1 else 200)))
