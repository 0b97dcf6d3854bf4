# SPDX-License-Identifier: EUPL-1.2
"""Two versions of a type at one desk: each has its name, its key and its offers, and ``age`` stays what it was."""

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import specs
from edge.language import Language
from issuer.activation.desk import ActivationDesk
from issuer.activation.model import Approval
from issuer.activation.posting import PostRoom
from issuer.activation.secrets import activation_secret
from issuer.app import IssuerSettings, create_app
from issuer.authorization.login import LoopbackLogin
from issuer.errors import SettingsError
from issuer.folder import DeskFolder
from issuer.service_keys import ServiceKeys
from issuer.store import Store
from issuer.type_names import find_type, get_type, published_type, type_name, type_reference
from ssi.base64url import decode_base64url
from ssi.credential.messages import SessionMessage
from ssi.credential.types import CredentialType
from ssi.openid.offer import OfferReference, parse_offer_link
from ssi.sd_jwt.parse import UnverifiedSdJwt
from tests.unit.issuer.activation.material import Mailbox
from tests.unit.issuer.material import AGE_TYPE, AMIRA, INCOME_TYPE, START, TYPES, Clock, desk
from tests.unit.issuer.openid.material import PUBLIC_URL, InProcess, Service, Wallet, credentials_of
from tests.unit.issuer.test_cli import Office, office

__all__ = ["office"]

AGE_2_TYPE = CredentialType.from_json(specs.credential_type_octets("age", 2))
ALL = (*TYPES, AGE_2_TYPE)


def test_a_name_means_one_version() -> None:
    assert [type_name(kind) for kind in ALL] == ["household-income", "age", "age/v2"]
    assert [type_reference(kind) for kind in ALL] == ["household-income", "age", "age-v2"]
    assert [find_type(name, ALL) for name in ("age", "age/v1", "age/v2", "age/v3", "age:2", "")] == [
        *(AGE_TYPE, AGE_TYPE, AGE_2_TYPE),
        *(None, None, None),
    ]
    assert published_type("age") == published_type("age/v1") == AGE_TYPE
    assert published_type("age/v2") == AGE_2_TYPE
    with pytest.raises(SettingsError, match="household-income, age, age/v2"):
        get_type("passport", ALL)


@pytest.mark.parametrize("name", ["passport", "age/v9", "age/v0", "age/2", "../age", "AGE", "", "age/v2/type.json"])
def test_what_is_not_published_has_no_name(name: str) -> None:
    with pytest.raises(SettingsError, match="type"):
        published_type(name)


def test_a_desk_issues_one_more_type_when_it_is_told(office: Office) -> None:
    folder = DeskFolder(office.desk)
    before = folder.keys("a bench in the park")
    assert folder.types() == TYPES
    assert "must be one of household-income, age" in office.refused("offer", "age/v2", "--public-url", PUBLIC_URL)
    assert "This desk issues age/v2 now." in office.done("add-type", "age/v2")
    assert "does not issue yet" in office.refused("add-type", "age/v2")
    assert "published type" in office.refused("add-type", "passport")
    assert folder.types() == ALL
    after = folder.keys("a bench in the park")
    assert replace(after, signing_keys=before.signing_keys) == before
    assert after.signing_keys.keys() == {kind.vct for kind in ALL}
    assert AGE_2_TYPE.vct in office.done("key")
    link = office.done("offer", "age/v2", "--public-url", PUBLIC_URL).strip()
    assert parse_offer_link(link) == OfferReference(f"{PUBLIC_URL}/offers/age-v2")
    office.import_cast()
    assert SessionMessage.from_json(office.done("session", "amira").encode()).credential_types[-1] == AGE_2_TYPE.vct
    registry = ("--chain-id", 1, "--registry", "0x" + "0A" * 20, "--account", "0x" + "0b" * 20)
    office.done("prove-key", "--type", "age/v2", *registry, "--out", office.path / "key.json")
    assert AGE_2_TYPE.type_id.hex() in (office.path / "key.json").read_text()


def test_a_desk_from_before_types_were_written_down_issues_what_it_did(office: Office) -> None:
    folder = DeskFolder(office.desk)
    file = office.desk / "validator.json"
    written = file.read_text()
    start, end = written.index(',\n  "credential_types"'), written.rindex("]") + 1
    file.write_text(written[:start] + written[end:])
    assert folder.types() == TYPES
    folder.add_type("a bench in the park", AGE_2_TYPE)
    assert folder.types() == ALL


def test_a_new_desk_is_told_what_it_issues(tmp_path: Path) -> None:
    made = Office(tmp_path)
    kinds = ("--type", "age/v2", "--type", "age/v2")
    made.done("init", "--name", "Heerlen", "--municipality", "GM0917", *kinds)
    assert DeskFolder(made.desk).types() == (AGE_2_TYPE,)


@pytest.fixture
def service(store: Store) -> Service:
    """A service that issues both versions."""
    clock = Clock()
    made = desk(store, clock)
    made = replace(made, types=ALL, keys=made.keys.with_type(AGE_2_TYPE))
    keys = ServiceKeys.generate(START)
    settings = IssuerSettings(PUBLIC_URL, login=LoopbackLogin(PUBLIC_URL, "demonstration"))
    http = httpx.Client(transport=InProcess(create_app(settings, made, keys)), base_url=PUBLIC_URL)
    return Service(made, keys, clock, PUBLIC_URL, http)


def test_each_version_has_its_configurations_and_its_open_offer(service: Service) -> None:
    found = service.http.get("/.well-known/openid-credential-issuer").json()["credential_configurations_supported"]
    vcts = {id_: configuration["vct"] for id_, configuration in found.items()}
    assert vcts == {
        "household-income-sd-jwt": INCOME_TYPE.vct,
        "household-income-bbs": INCOME_TYPE.vct,
        "age-sd-jwt": AGE_TYPE.vct,
        "age-bbs": AGE_TYPE.vct,
        "age-v2-sd-jwt": AGE_2_TYPE.vct,
        "age-v2-bbs": AGE_2_TYPE.vct,
    }
    for reference, ids in (("age", ["age-sd-jwt", "age-bbs"]), ("age-v2", ["age-v2-sd-jwt", "age-v2-bbs"])):
        assert service.http.get(f"/offers/{reference}").json()["credential_configuration_ids"] == ids
    assert service.http.get("/types/age/v2").status_code == 200


@pytest.mark.parametrize(
    ("name", "id_", "claims"),
    [("age", "age-sd-jwt", {"birth_date"}), ("age/v2", "age-v2-sd-jwt", {"birth_date", "municipality"})],
)
def test_a_letter_is_for_the_version_that_it_names(service: Service, name: str, id_: str, claims: set[str]) -> None:
    office, mailbox = ActivationDesk(service.desk.store, service.clock), Mailbox()
    room = PostRoom(service.desk.store, service.clock, activation_secret(service.desk.keys), mailbox)
    batch = office.prepare([Approval(AMIRA, Language.NL, (name,))], employee="joke")
    office.approve(batch, employee="siem")
    room.make_letters(batch, employee="joke", keep=lambda letters: None)
    wallet = Wallet(service)
    wallet.redeem(mailbox.letters[-1])
    document = {"credential_configuration_id": id_, "proofs": wallet.jwt_proofs(wallet.nonce())}
    [item] = credentials_of(wallet.post("/credential", document))
    disclosed = UnverifiedSdJwt.parse(item["credential"]).disclosures
    names = {json.loads(decode_base64url(disclosure))[1] for disclosure in disclosed}
    assert names & {"birth_date", "municipality"} == claims
    other = {"age-sd-jwt": "age-v2-sd-jwt", "age-v2-sd-jwt": "age-sd-jwt"}[id_]
    document = {"credential_configuration_id": other, "proofs": wallet.jwt_proofs(wallet.nonce())}
    assert wallet.post("/credential", document).status_code == 403
