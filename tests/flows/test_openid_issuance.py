# SPDX-License-Identifier: EUPL-1.2
"""Letters, wallets and a verifier over HTTP: the service as people start it, two processes on one database.

Amira gets both kinds of credentials and shows one; what the desk takes back is refused everywhere. Cato has no letter,
and gets nothing with what he finds.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from edge.fetch import GuardedFetch
from issuer.folder import DeskFolder
from issuer.model import PersonId
from ssi.base64url import encode_base64url
from ssi.did import Resolver
from ssi.did.jwk import JwkMethod
from ssi.errors import Reason, VerificationError
from ssi.openid.offer import PRE_AUTHORIZED_CODE
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import present_sd_jwt
from ssi.sd_jwt.vc import VerifiedSdJwtVc, verify_presentation
from ssi.sealed_file import KeyWork
from ssi.status.checker import USUAL_FRESHNESS, StatusChecker
from ssi.status.tokens import MAX_TOKEN_OCTETS, TokenFormat
from ssi.trust import NoKeyRegistry, TrustList
from tests.postgres import choose_database
from tests.unit.issuer.activation.material import other_pin
from tests.unit.issuer.material import AMIRA, BAS, INCOME_TYPE, TYPES, Clock, households
from tests.unit.issuer.openid.material import INCOME, INCOME_BBS, Service, Wallet, credentials_of, errors_of

VERIFIER, NONCE = "https://pool.example", "a nonce of the verifier"


def now() -> datetime:
    """The real time: the service is another process."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def folder(long_database: str, tmp_path_factory: pytest.TempPathFactory) -> DeskFolder:
    """A desk with the cast's records, as `init` and `import` make it; its database is of either kind."""
    place = tmp_path_factory.mktemp("issuer")
    made = DeskFolder.create(
        place / "desk", "secret", TYPES, name="Westerkwartier", municipalities=["GM1969"], work=KeyWork.INTERACTIVE
    )
    choose_database(made.path, long_database)
    made.service_keys("secret", work=KeyWork.INTERACTIVE)
    (place / "passphrase").write_text("secret\n", encoding="utf-8")
    store = made.store()
    with store.transaction() as transaction:
        transaction.save_households(households())
    store.close()
    return made


def command(folder: DeskFolder, *words: str) -> list[str]:
    """A command of the desk."""
    return [sys.executable, "-m", "issuer.cli", *words, "--folder", str(folder.path)]


def environment(folder: DeskFolder) -> dict[str, str]:
    """Where the passphrase is."""
    return {**os.environ, "STUIVER_ISSUER_PASSPHRASE_FILE": str(folder.path.parent / "passphrase")}


@pytest.fixture(scope="module")
def service(folder: DeskFolder) -> Iterator[Service]:
    """The running service."""
    with subprocess.Popen(
        command(folder, "serve", "--port", "0", "--workers", "2"),
        env=environment(folder),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            found = re.match(r"Listening on (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert found is not None
            with httpx.Client(base_url=found[1], timeout=30) as http:
                desk = folder.open("secret", TYPES, clock=now)
                yield Service(desk, folder.service_keys("secret"), Clock(now()), found[1], http)
                desk.store.close()
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def wallet_of(service: Service, person: PersonId) -> Wallet:
    """A wallet that redeemed a letter, now."""
    service.clock.now = now()
    return Wallet.activated(service, person)


def show(service: Service, wallet: Wallet, credential: str, index: int) -> VerifiedSdJwtVc:
    """Show the number of children to a verifier that looks at trust, time, binding and status."""
    trust = TrustList.from_json(
        f"""{{"format": "stuiver/trust-list/v1", "issuers": [{{"name": {{"nl": "W", "en": "W"}},
        "vcts": ["{INCOME_TYPE.vct}"], "dids": ["{service.keys.document_keys.current.issuer(service.public_url)}"]}}]
        }}""".encode(),
        resolver=Resolver.of((JwkMethod(),)),
        registry=NoKeyRegistry(),
    )
    fetch, token_format = GuardedFetch.for_this_machine(), TokenFormat.JWT

    def get_token(uri: str) -> bytes:
        return fetch.get(uri, accept=token_format.media_type, most=MAX_TOKEN_OCTETS).octets

    presentation = present_sd_jwt(
        UnverifiedSdJwt.parse(credential),
        [("children",)],
        wallet.holder_keys[index],
        audience=VERIFIER,
        nonce=NONCE,
        now=now(),
    )
    return verify_presentation(
        UnverifiedSdJwt.parse(presentation),
        vcts={INCOME_TYPE.vct},
        audience=VERIFIER,
        nonce=NONCE,
        now=now(),
        trust=trust,
        status=StatusChecker(get_token, trust, token_format=token_format, freshness=USUAL_FRESHNESS),
        max_age=timedelta(minutes=5),
    )


def test_amira_gets_both_kinds_and_shows_one_until_the_desk_takes_it_back(service: Service, folder: DeskFolder) -> None:
    amira = wallet_of(service, AMIRA)
    nonce = amira.nonce()
    pending = amira.commitment(nonce)
    answer = amira.post(
        "/credential",
        {
            "credential_configuration_id": INCOME,
            "proofs": amira.jwt_proofs(nonce, 10),
            "companion": {
                "credential_configuration_id": INCOME_BBS,
                "proofs": {"bbs_commitment": [encode_base64url(pending.request.to_octets())]},
            },
        },
    )
    copies = credentials_of(answer)
    amira.accept(answer.json()["companion"]["credentials"][0], pending)
    event = {"notification_id": answer.json()["notification_id"], "event": "credential_accepted"}
    assert amira.post("/notification", event).status_code == 204
    shown = show(service, amira, copies[0]["credential"], 0)
    assert shown.claims["children"] == 3
    assert "income" not in shown.claims
    words = ["--type", "household-income", "--employee", "eva", "--reason", "moved away"]
    told = subprocess.run(
        command(folder, "status", "revoke", "amira", *words), env=environment(folder), capture_output=True, check=True
    )
    assert b"Changed 10 copies" in told.stdout
    with pytest.raises(VerificationError) as caught:
        show(service, amira, copies[1]["credential"], 1)
    assert caught.value.reason is Reason.REVOKED
    again = {"credential_configuration_id": INCOME, "proofs": amira.jwt_proofs(amira.nonce())}
    assert errors_of(amira.post("/credential", again)) == (400, "credential_request_denied")


def test_cato_gets_nothing_with_a_letter_that_he_found(service: Service) -> None:
    service.clock.now = now()
    letter, cato = service.letter(BAS), Wallet(service)
    offer = service.http.get(f"/offers/{letter.reference}").json()
    code = offer["grants"][PRE_AUTHORIZED_CODE]["pre-authorized_code"]
    for number in range(1, 5):
        cato.nonce()
        form = {
            "grant_type": PRE_AUTHORIZED_CODE,
            "pre-authorized_code": code,
            "tx_code": other_pin(letter, number),
        }
        answer = service.http.post("/token", data=form, headers={"DPoP": cato.proof("/token")})
        assert answer.json()["error"] == "invalid_grant"
    right = {"grant_type": PRE_AUTHORIZED_CODE, "pre-authorized_code": code, "tx_code": letter.pin}
    answer = service.http.post("/token", data=right, headers={"DPoP": cato.proof("/token")})
    assert answer.json()["error"] == "invalid_grant"  # locked: the PIN alone does not help any more
    document = {"credential_configuration_id": INCOME, "proofs": cato.jwt_proofs(cato.nonce())}
    assert service.http.post("/credential", json=document).status_code == 401


def test_one_nonce_serves_one_of_many_requests_at_once(service: Service) -> None:
    bas = wallet_of(service, PersonId("cato"))
    nonce = bas.nonce()
    requests = [
        ({"credential_configuration_id": INCOME, "proofs": bas.jwt_proofs(nonce)}, bas.headers("/credential"))
        for _ in range(6)
    ]

    def post(number: int) -> int:
        document, headers = requests[number]
        with httpx.Client(base_url=service.public_url, timeout=30) as http:
            return http.post("/credential", json=document, headers=headers).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(post, range(6))) == [200, 400, 400, 400, 400, 400]
