# SPDX-License-Identifier: EUPL-1.2
"""did:webvh, with logs that the method's own library wrote: what resolves, and every change that does not."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from did_webvh.askar import AskarSigningKey  # type: ignore[import-untyped]
from did_webvh.core.proof import di_jcs_sign  # type: ignore[import-untyped]
from did_webvh.core.state import DocumentState  # type: ignore[import-untyped]
from did_webvh.provision import provision_did  # type: ignore[import-untyped]

from edge.did_webvh import MAX_LOG_OCTETS, WebvhMethod
from ssi.did import DidDocument, DidError, DidProblem, Fetch, JwkMethod, KeyMethod, Relationship, Resolver, WebMethod
from ssi.keys import KeyType, PrivateKey, PublicKey

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST, SECOND = (PrivateKey.from_octets(KeyType.P256, bytes(31) + bytes([n])).public_key for n in (1, 2))


def state(did: str, key: PublicKey) -> dict[str, Any]:
    """A DID document with one key, for signing credentials."""
    method = {"id": f"{did}#{key.thumbprint()}", "type": "Multikey", "controller": did}
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [{**method, "publicKeyMultibase": key.to_multikey()}],
        "assertionMethod": [method["id"]],
    }


@dataclass(slots=True)
class Validator:
    """Whoever publishes a DID: update keys, versions, and the files that a web server has."""

    place: str = "validator.example"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    key_alg: str = "ed25519"
    next_keys: list[Any] = field(default_factory=list)
    versions: list[Any] = field(default_factory=list)
    witnesses: bytes | None = None
    asked: list[str] = field(default_factory=list)
    is_down: bool = False
    update_key: Any = None

    def __post_init__(self) -> None:
        self.update_key = AskarSigningKey.generate(self.key_alg)
        parameters = {"updateKeys": [self.update_key.multikey], **self.parameters}
        first = provision_did(state(f"did:webvh:{{SCID}}:{self.place}", FIRST), params=parameters, timestamp=START)
        first.sign(self.update_key, timestamp=START)
        self.versions.append(first)

    @property
    def did(self) -> str:
        return str(self.versions[0].document_id)

    def change(self, document: dict[str, Any] | None = None, signer: Any = None, **parameters: Any) -> None:
        """Publish another version."""
        when = START + timedelta(days=len(self.versions))
        version = self.versions[-1].create_next(document, params_update=parameters or None, timestamp=when)
        version.sign(signer or self.update_key, timestamp=when)
        self.versions.append(version)

    def lines(self) -> list[dict[str, Any]]:
        return [version.history_line() for version in self.versions]

    def log(self) -> bytes:
        return b"".join(json.dumps(line).encode() + b"\n" for line in self.lines())

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.is_down:
            raise OSError("no answer")
        if url.endswith("did-witness.json"):
            if self.witnesses is None:
                raise OSError("not found")
            return self.witnesses
        return self.log()


def resolve(validator: Validator) -> DidDocument:
    return Resolver.of((WebvhMethod(validator),)).resolve(validator.did)


def problem_of(fetch: Fetch, did: str) -> DidProblem:
    with pytest.raises(DidError) as refused:
        WebvhMethod(fetch).resolve(did)
    return refused.value.problem


def serve(log: bytes) -> Fetch:
    def fetch(url: str) -> bytes:
        return log

    return fetch


def as_log(lines: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines)


def test_resolves_a_did_and_its_key() -> None:
    validator = Validator()
    resolver = Resolver.of((KeyMethod(), JwkMethod(), WebMethod(validator), WebvhMethod(validator)))
    key_id = f"{validator.did}#{FIRST.thumbprint()}"
    assert resolver.resolve_key(key_id, Relationship.ASSERTION_METHOD) == FIRST
    assert validator.asked == ["https://validator.example/.well-known/did.jsonl"]


@pytest.mark.parametrize("key_alg", ["ed25519", "p256"])
def test_reads_logs_signed_with_either_kind_of_key(key_alg: str) -> None:
    validator = Validator(key_alg=key_alg)
    validator.change(state(validator.did, SECOND))
    assert resolve(validator).keys_for(Relationship.ASSERTION_METHOD) == (SECOND,)


def test_finds_the_log_below_a_path_and_at_a_port() -> None:
    validator = Validator("validator.example%3A8443:desk:income")
    resolve(validator)
    assert validator.asked == ["https://validator.example:8443/desk/income/did.jsonl"]


def test_the_last_version_counts() -> None:
    validator = Validator()
    validator.change(state(validator.did, SECOND))
    document = resolve(validator)
    assert document.keys_for(Relationship.ASSERTION_METHOD) == (SECOND,)
    with pytest.raises(DidError) as refused:
        document.get_key(f"{validator.did}#{FIRST.thumbprint()}", Relationship.ASSERTION_METHOD)
    assert refused.value.problem is DidProblem.KEY_NOT_FOUND


def rotated() -> Validator:
    """A validator whose update key was replaced in version 2, and whose document key in version 3."""
    validator, new_key = Validator(), AskarSigningKey.generate("ed25519")
    validator.change(updateKeys=[new_key.multikey])
    validator.update_key = new_key
    validator.change(state(validator.did, SECOND))
    return validator


def test_follows_a_rotated_update_key() -> None:
    assert resolve(rotated()).keys_for(Relationship.ASSERTION_METHOD) == (SECOND,)


def test_refuses_a_version_by_an_update_key_that_was_replaced() -> None:
    validator = rotated()
    old = Validator()
    validator.change(state(validator.did, FIRST), signer=old.update_key)
    assert problem_of(validator, validator.did) is DidProblem.HISTORY_NOT_VERIFIED


def prerotated(reveal_other: bool) -> Validator:
    """A validator that committed to its next update key, and then reveals that one or another."""
    committed, other = AskarSigningKey.generate("ed25519"), AskarSigningKey.generate("ed25519")
    probe = Validator().versions[0]
    validator = Validator(parameters={"nextKeyHashes": [probe.generate_next_key_hash(committed.multikey)]})
    revealed = other if reveal_other else committed
    validator.change(signer=revealed, updateKeys=[revealed.multikey], nextKeyHashes=[])
    return validator


def test_accepts_the_key_that_was_committed_to() -> None:
    assert resolve(prerotated(reveal_other=False)).keys_for(Relationship.ASSERTION_METHOD) == (FIRST,)


def test_refuses_a_key_that_was_not_committed_to() -> None:
    validator = prerotated(reveal_other=True)
    assert problem_of(validator, validator.did) is DidProblem.HISTORY_NOT_VERIFIED


def test_a_deactivated_did_has_no_document() -> None:
    validator = Validator()
    validator.change(deactivated=True, updateKeys=[])
    assert problem_of(validator, validator.did) is DidProblem.DEACTIVATED


def of_another(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return Validator().lines()


def with_another_key(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines[-1]["state"]["verificationMethod"][0]["publicKeyMultibase"] = FIRST.to_multikey()
    return lines


def with_first_changed(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines[0]["state"]["verificationMethod"][0]["publicKeyMultibase"] = SECOND.to_multikey()
    return lines


def with_another_update_key(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines[0]["parameters"]["updateKeys"] = [AskarSigningKey.generate("ed25519").multikey]
    return lines


def without_first(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return lines[1:]


def without_middle(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [lines[0], lines[2]]


def in_another_order(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [lines[0], lines[2], lines[1]]


def without_proof(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*lines[:-1], {**lines[-1], "proof": []}]


def with_proof_of_another(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*lines[:-1], {**lines[-1], "proof": lines[0]["proof"]}]


def with_another_time(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*lines[:-1], {**lines[-1], "versionTime": "2026-02-01T00:00:00Z"}]


def with_strange_parameter(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines[0]["parameters"]["trustMe"] = True
    return lines


def with_method_of_tomorrow(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines[0]["parameters"]["method"] = "did:webvh:9.9"
    return lines


@pytest.mark.parametrize(
    "tamper",
    [
        of_another,
        with_another_key,
        with_first_changed,
        with_another_update_key,
        without_first,
        without_middle,
        in_another_order,
        without_proof,
        with_proof_of_another,
        with_another_time,
        with_strange_parameter,
        with_method_of_tomorrow,
    ],
    ids=lambda function: function.__name__,
)
def test_refuses_a_log_that_was_tampered_with(tamper: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    validator = rotated()
    lines = json.loads(json.dumps(validator.lines()))
    assert WebvhMethod(serve(as_log(lines))).resolve(validator.did).id == validator.did
    assert problem_of(serve(as_log(tamper(lines))), validator.did) is DidProblem.HISTORY_NOT_VERIFIED


def test_refuses_a_log_of_the_same_place_but_another_scid() -> None:
    ours, theirs = Validator(), Validator()
    assert ours.did != theirs.did
    assert problem_of(theirs, ours.did) is DidProblem.HISTORY_NOT_VERIFIED


def test_refuses_a_scid_that_the_log_does_not_give() -> None:
    validator = Validator()
    scid = validator.did.split(":")[2]
    wrong = scid[:-1] + ("1" if scid[-1] != "1" else "2")
    log = validator.log().replace(scid.encode(), wrong.encode())
    assert problem_of(serve(log), validator.did.replace(scid, wrong)) is DidProblem.HISTORY_NOT_VERIFIED


def test_refuses_a_log_served_for_another_place() -> None:
    validator = Validator()
    elsewhere = validator.did.replace("validator.example", "other.example")
    assert problem_of(validator, elsewhere) is DidProblem.HISTORY_NOT_VERIFIED


def test_refuses_a_version_from_the_future() -> None:
    validator = Validator()
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    version = validator.versions[-1].create_next(timestamp=later)
    version.sign(validator.update_key, timestamp=later)
    validator.versions.append(version)
    assert problem_of(validator, validator.did) is DidProblem.HISTORY_NOT_VERIFIED


@pytest.mark.parametrize(
    ("log", "problem"),
    [
        pytest.param(b"", DidProblem.HISTORY_NOT_VERIFIED, id="empty"),
        pytest.param(b" " * (MAX_LOG_OCTETS + 1), DidProblem.DOCUMENT_TOO_LARGE, id="too many octets"),
        pytest.param(b"{}\n" * 501, DidProblem.DOCUMENT_TOO_LARGE, id="too many versions"),
        pytest.param(b"{}\n", DidProblem.HISTORY_NOT_VERIFIED, id="no version"),
        pytest.param(b"[]\n", DidProblem.MALFORMED_DOCUMENT, id="no object"),
        pytest.param(b"<html></html>", DidProblem.MALFORMED_DOCUMENT, id="a web page"),
        pytest.param(b'{"state": 1, "state": 2}', DidProblem.MALFORMED_DOCUMENT, id="repeated member"),
        pytest.param(b'{"a":' * 200 + b"1" + b"}" * 200, DidProblem.MALFORMED_DOCUMENT, id="deep"),
        pytest.param(b'{"a": "\xff"}', DidProblem.MALFORMED_DOCUMENT, id="not UTF-8"),
        pytest.param(b'{"versionId": 1}', DidProblem.HISTORY_NOT_VERIFIED, id="odd version"),
    ],
)
def test_refuses_what_is_no_log(log: bytes, problem: DidProblem) -> None:
    assert problem_of(serve(log), Validator().did) is problem


def test_refuses_a_repeated_member_in_a_good_log() -> None:
    validator = Validator()
    log = validator.log().replace(b'"versionTime"', b'"versionTime": "2026-01-01T00:00:00Z", "versionTime"', 1)
    assert problem_of(serve(log), validator.did) is DidProblem.MALFORMED_DOCUMENT


def test_a_log_that_cannot_be_fetched_is_no_document() -> None:
    assert problem_of(Validator(is_down=True), Validator().did) is DidProblem.FETCH_FAILED


@pytest.mark.parametrize(
    ("did", "problem"),
    [
        ("did:web:validator.example", DidProblem.UNSUPPORTED_METHOD),
        ("did:webvh:QmScid", DidProblem.MALFORMED_IDENTIFIER),
        ("did:webvh:QmScid:10.0.0.1", DidProblem.HOST_NOT_ALLOWED),
        ("did:webvh:QmScid:169.254.169.254", DidProblem.HOST_NOT_ALLOWED),
        ("did:webvh:QmScid:UPPER.example", DidProblem.HOST_NOT_ALLOWED),
        ("did:webvh:QmScid:validator.example:..", DidProblem.MALFORMED_IDENTIFIER),
        ("did:webvh:QmScid:validator.example:a%2Fb", DidProblem.MALFORMED_IDENTIFIER),
        ("did:webvh:QmScid:validator.example%3A99999", DidProblem.MALFORMED_IDENTIFIER),
        ("did:webvh:QmScid:validator.example#1", DidProblem.NOT_A_DID),
        ("did:webvh:QmScid:validator.example?versionId=1", DidProblem.NOT_A_DID),
    ],
)
def test_refuses_a_did_and_fetches_nothing(did: str, problem: DidProblem) -> None:
    validator = Validator()
    assert problem_of(validator, did) is problem
    assert validator.asked == []


def witnessed(threshold: int = 1) -> tuple[Validator, Any]:
    """A validator that needs a witness for its versions, and the witness's key."""
    witness = AskarSigningKey.generate("ed25519")
    rule = {"threshold": threshold, "witnesses": [{"id": f"did:key:{witness.multikey}"}]}
    return Validator(parameters={"witness": rule}), witness


def attest(version: DocumentState, witness: Any) -> bytes:
    entry = {"versionId": version.version_id}
    return json.dumps([{**entry, "proof": [di_jcs_sign(entry, witness, timestamp=START)]}]).encode()


def test_a_witnessed_version_resolves() -> None:
    validator, witness = witnessed()
    validator.witnesses = attest(validator.versions[-1], witness)
    assert resolve(validator).id == validator.did
    assert validator.asked[-1] == "https://validator.example/.well-known/did-witness.json"


@pytest.mark.parametrize("served", ["nothing", "another witness", "another version", "no JSON", "no list", "too long"])
def test_a_version_without_its_witness_does_not(served: str) -> None:
    validator, witness = witnessed()
    version = validator.versions[-1]
    validator.witnesses = {
        "nothing": None,
        "another witness": attest(version, AskarSigningKey.generate("ed25519")),
        "another version": attest(Validator().versions[0], witness),
        "no JSON": b"<html>",
        "no list": b"{}",
        "too long": b" " * (MAX_LOG_OCTETS + 1),
    }[served]
    assert problem_of(validator, validator.did) in {
        DidProblem.HISTORY_NOT_VERIFIED,
        DidProblem.MALFORMED_DOCUMENT,
        DidProblem.DOCUMENT_TOO_LARGE,
    }


def test_refuses_a_document_with_a_private_key() -> None:
    validator = Validator()
    document = state(validator.did, FIRST)
    secret = {**FIRST.to_jwk(), "d": base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")}
    method = {"id": f"{validator.did}#x", "type": "JsonWebKey2020", "controller": validator.did, "publicKeyJwk": secret}
    document["verificationMethod"].append(method)
    validator.change(document)
    assert problem_of(validator, validator.did) is DidProblem.PRIVATE_KEY_PUBLISHED


def test_the_core_runs_without_the_library_and_its_network_client() -> None:
    code = "import sys, ssi.did, ssi.trust, ssi.status; print(sorted({'aiohttp', 'did_webvh'} & {*sys.modules}))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"
