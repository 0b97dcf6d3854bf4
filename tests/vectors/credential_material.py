# SPDX-License-Identifier: EUPL-1.2
"""The vectors of credentials (specs/vectors/credential): how they are made.

``python -m tests.vectors.credential_material`` writes them anew; a test holds that this changes nothing. Signatures are
filler octets: a container's shape does not depend on them.
"""

import base64
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from specs import credential_type_octets
from ssi.credential.jwp import SIGNATURE_BYTES, UnverifiedCredential
from ssi.credential.types import ClaimValue, CredentialType
from ssi.errors import VerificationError

FOLDER = Path(__file__).parents[2] / "specs" / "vectors" / "credential"
SIGNATURE = bytes(range(SIGNATURE_BYTES))
HOUSEHOLD = CredentialType.from_json(credential_type_octets("household-income", 1))
AGE = CredentialType.from_json(credential_type_octets("age", 1))
TYPES = (HOUSEHOLD, AGE)

AMIRA: dict[str, ClaimValue] = {
    "exp": date(2027, 1, 31),
    "recovered_at": 0,
    "municipality": "GM1969",
    "children": 3,
    "income": 154_060,
    "norm": 128_383,
}
BAS: dict[str, ClaimValue] = {
    "exp": date(2027, 1, 31),
    "recovered_at": date(2026, 3, 14),
    "birth_date": date(2006, 12, 24),
    "age_under_21": True,
}
BOUNDS: dict[str, ClaimValue] = {
    "exp": (1 << 17) - 1,
    "recovered_at": (1 << 17) - 1,
    "municipality": "é" * 128,
    "children": 31,
    "income": (1 << 24) - 1,
    "norm": (1 << 20) - 1,
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every vector: file name without ending, and content."""
    yield "household-income", _valid(HOUSEHOLD, AMIRA)
    yield "household-income-zero", _valid(HOUSEHOLD, dict.fromkeys(AMIRA, 0) | {"municipality": "0"})
    yield "household-income-at-every-bound", _valid(HOUSEHOLD, BOUNDS)
    yield "age-with-a-decoy", _valid(AGE, BAS)
    yield "age-complete", _valid(AGE, BAS | {"age_under_21": False, "age_over_18": True})
    header, payloads, proof = container(HOUSEHOLD, AMIRA).split(".")
    slots = payloads.split("~")
    yield "refused-two-parts", _refused(f"{header}.{payloads}")
    yield "refused-presented-form", _refused(f"{header}.{header}.{payloads}.{proof}")
    yield "refused-unknown-type", _refused(f"{encode(HOUSEHOLD.issuer_header + b' ')}.{payloads}.{proof}")
    yield "refused-type-of-another-credential", _refused(f"{encode(AGE.issuer_header)}.{payloads}.{proof}")
    yield "refused-missing-payload", _refused(f"{header}.{'~'.join(slots[:-1])}.{proof}")
    yield "refused-hidden-payload", _refused(f"{header}.{'~'.join([*slots[:-1], ''])}.{proof}")
    yield "refused-empty-payload", _refused(f"{header}.{'~'.join([*slots[:-1], '_'])}.{proof}")
    yield "refused-padded", _refused(f"{header}.{payloads}.{proof}=")
    yield "refused-stray-bits", _refused(f"{header}.{payloads}.{proof[:-1]}9")
    yield "refused-short-signature", _refused(f"{header}.{payloads}.{encode(SIGNATURE[:-1])}")
    yield "refused-long-signature", _refused(f"{header}.{payloads}.{encode(SIGNATURE + b'.')}")
    for name, payload in (
        ("leading-zero", b"0128383"),
        ("sign", b"-1"),
        ("fraction", b"1.0"),
        ("beyond-the-width", b"1048576"),
        ("decoy-as-number", b"JWP-BBS-DECOY"),
    ):
        yield f"refused-number-{name}", _refused(f"{header}.{'~'.join([*slots[:-1], encode(payload)])}.{proof}")
    for name, payload in (
        ("decoy-as-text", b"JWP-BBS-DECOY"),
        ("not-utf-8", b"\xff"),
        ("not-normal-form-c", "e\u0301".encode()),
        ("control-character", b"GM1969\n"),
        ("too-long", b"x" * 257),
    ):
        changed = [*slots[:2], encode(payload), *slots[3:]]
        yield f"refused-text-{name}", _refused(f"{header}.{'~'.join(changed)}.{proof}")
    age_header, age_payloads, age_proof = container(AGE, BAS).split(".")
    yes = [*age_payloads.split("~")[:-1], encode(b"yes")]
    yield "refused-boolean", _refused(f"{age_header}.{'~'.join(yes)}.{age_proof}")


def encode(octets: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def container(credential_type: CredentialType, values: dict[str, ClaimValue]) -> str:
    """The compact serialization, put together here and not by the code under test."""
    payloads = "~".join(map(encode, credential_type.payloads(values)))
    return f"{encode(credential_type.issuer_header)}.{payloads}.{encode(SIGNATURE)}"


def _valid(credential_type: CredentialType, values: dict[str, ClaimValue]) -> dict[str, Any]:
    payloads = credential_type.payloads(values)
    return {
        "type": credential_type.vct,
        "header": credential_type.header.hex(),
        "issuer_header": credential_type.issuer_header.decode(),
        "type_id": credential_type.type_id.hex(),
        "widths": list(credential_type.widths),
        "values": {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in credential_type.values(payloads).items()
        },
        "payloads": [payload.decode() for payload in payloads],
        "scalars": [f"{scalar:064x}" for scalar in credential_type.scalars(values)],
        "signature": SIGNATURE.hex(),
        "credential": container(credential_type, values),
        "result": {"valid": True},
    }


def _refused(text: str) -> dict[str, Any]:
    try:
        UnverifiedCredential.parse(text, TYPES)
    except VerificationError as error:
        return {"credential": text, "result": {"valid": False, "reason": error.reason.value}}
    raise RuntimeError("a case that must be refused is accepted")


def files() -> dict[str, str]:
    """The content of every file, by name."""
    return {f"{name}.json": json.dumps(content, indent=1, ensure_ascii=True) + "\n" for name, content in cases()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
