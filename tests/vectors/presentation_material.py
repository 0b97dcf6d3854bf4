# SPDX-License-Identifier: EUPL-1.2
"""The vectors of presentations (specs/vectors/presentation): how they are made.

``python -m tests.vectors.presentation_material`` writes them anew; a test holds that this changes nothing.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from specs import credential_type_octets
from ssi.base64url import decode_base64url, encode_base64url
from ssi.bbs.keys import key_gen, sk_to_pk
from ssi.bbs.signature import core_sign
from ssi.bbs.suite import BLS12381_SHA256, R
from ssi.claim.header import CLAIMS
from ssi.claim.statement import Statement
from ssi.credential.issuance import HeldCredential, Issuance, accept
from ssi.credential.jwp import UnverifiedCredential
from ssi.credential.pinning import request_issuance
from ssi.credential.types import ClaimValue, CredentialType
from ssi.errors import VerificationError
from ssi.presentation import AnyPseudonym, Binding, ClaimRequest, present, verify_claim_presentation
from ssi.presentation.binding import context_id
from tests.vectors.claim_material import SeededRandomness

FOLDER = Path(__file__).parents[2] / "specs" / "vectors" / "presentation"
TYPES = tuple(CredentialType.from_json(credential_type_octets(name, 1)) for name in ("household-income", "age"))
INCOME, AGE = TYPES
_SEED = b"stuiver/presentation/v1 vectors"
_SECRET_KEY = key_gen(BLS12381_SHA256, _SEED.ljust(32, b"."))
_PUBLIC_KEY = sk_to_pk(_SECRET_KEY)
_OTHER_KEY = sk_to_pk(key_gen(BLS12381_SHA256, b"another validator".ljust(32, b".")))
_NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
_SALT = bytes(range(16))
_AMIRA: dict[str, ClaimValue] = {
    "exp": date(2027, 5, 31),
    "recovered_at": date(1900, 1, 1),
    "municipality": "GM1969",
    "children": 3,
    "income": 154_060,
    "norm": 128_383,
}
_BAS: dict[str, ClaimValue] = {
    "exp": date(2027, 3, 1),
    "recovered_at": date(1900, 1, 1),
    "birth_date": date(2009, 3, 1),
    "age_under_21": True,
    "age_over_18": None,
}
_EXPIRY = {"sum": {"exp": 1}, "plus": 0, "per_as_of": -1, "text": {"nl": "Nog geldig.", "en": "Still valid."}}
_INCOME = {
    "sum": {"norm": 120, "income": -100},
    "plus": 50,
    "per_as_of": 0,
    "text": {"nl": "Hoogstens 120 procent van de norm.", "en": "At most 120 percent of the norm."},
}
_YEAR = {
    "sum": {"recovered_at": -1},
    "plus": 46_385,
    "per_as_of": 0,
    "text": {"nl": "Dit jaar geen herstel.", "en": "No recovery this year."},
}
_BINDING = Binding(
    "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk",
    "n-0S6_WzA2Mj",
    "https://client.example.org/post",
    ("eyJ0eXBlIjoidXJuOmV4YW1wbGUiLCJjcmVkZW50aWFsX2lkcyI6WyJhIl19",),
)


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every vector: file name without ending, and content."""
    allowance = _meta(
        INCOME, "allowance/2027", {"municipality": "GM1969"}, {"children": [0, 31]}, _EXPIRY, _INCOME, _YEAR
    )
    youth = _meta(AGE, "youth rate", {"age_under_21": True}, {}, _EXPIRY)
    shown = _case(_hold(INCOME, _AMIRA), allowance, _BINDING)
    yield "income-allowance", shown
    yield (
        "on-the-last-day",
        _case(_hold(AGE, _BAS), youth, Binding("redirect_uri:https://b.example/r", "n", "https://b.example/r", ())),
    )
    element, binding = shown["element"], shown["binding"]
    proof = bytearray(decode_base64url(element["proof"]))
    proof[-1] ^= 1
    two = sorted((encode_base64url(_PUBLIC_KEY), encode_base64url(_OTHER_KEY)))
    other_key = ClaimRequest.from_meta(allowance | {"keys": two}, TYPES).key_id(_OTHER_KEY)
    yield "refused-other-verifier", _refused(shown, binding=binding | {"client_id": "x509_hash:other"})
    yield "refused-other-nonce", _refused(shown, binding=binding | {"nonce": "n-0S6_WzA2Mk"})
    yield "refused-other-address", _refused(shown, binding=binding | {"response_uri": "https://evil.example/post"})
    yield "refused-other-transaction", _refused(shown, binding=binding | {"transaction_data": []})
    yield "refused-other-scope", _refused(shown, meta=allowance | {"scope": "allowance/2028"})
    yield "refused-swapped-predicates", _refused(shown, meta=allowance | {"predicates": [_INCOME, _EXPIRY, _YEAR]})
    yield "refused-unknown-key", _refused(shown, meta=allowance | {"keys": [encode_base64url(_OTHER_KEY)]})
    yield "refused-other-key", _refused(shown, meta=allowance | {"keys": two}, element=element | {"key": other_key})
    yield "refused-changed-value", _refused(shown, element=element | {"disclosed": [4]})
    yield "refused-value-out-of-bounds", _refused(shown, meta=allowance | {"disclosed": {"children": [4, 31]}})
    yield "refused-without-value", _refused(shown, element=element | {"disclosed": []})
    yield "refused-tomorrow", _refused(shown, now=_NOW.replace(day=28, month=2))
    yield "refused-day-before-yesterday", _refused(shown, now=_NOW.replace(day=3))
    yield "refused-short-salt", _refused(shown, element=element | {"salt": "AAAA"})
    yield "refused-more-members", _refused(shown, element=element | {"holder": "did:example:1"})
    yield "refused-changed-proof", _refused(shown, element=element | {"proof": encode_base64url(bytes(proof))})


def _meta(
    credential_type: CredentialType,
    scope: str,
    constants: dict[str, object],
    disclosed: dict[str, object],
    *predicates: dict[str, object],
) -> dict[str, Any]:
    return {
        "vct_values": [credential_type.vct],
        "scope": scope,
        "constants": constants,
        "disclosed": disclosed,
        "predicates": list(predicates),
        "keys": [encode_base64url(_PUBLIC_KEY)],
    }


def _hold(credential_type: CredentialType, values: dict[str, ClaimValue]) -> HeldCredential:
    """A credential whose every scalar follows from the seed."""
    randomness = SeededRandomness(_SEED)
    blind, holder_secret, entropy = (randomness.scalar() for _ in range(3))
    payloads = credential_type.payloads(values)
    scalars = (*credential_type.scalars_of(payloads), blind, (holder_secret + entropy) % R)
    header = credential_type.type_header
    signature = core_sign(CLAIMS, _SECRET_KEY, _PUBLIC_KEY, header.generators, header.combined, scalars)
    text = UnverifiedCredential(credential_type, payloads, signature).serialize()
    pending = request_issuance(holder_secret, validator="did:example:v", nonce=bytes(16))
    return accept(Issuance(text, entropy), replace(pending, blind=blind), TYPES, _PUBLIC_KEY)


def _case(held: HeldCredential, meta: dict[str, Any], binding: Binding) -> dict[str, Any]:
    request = ClaimRequest.from_meta(meta, TYPES)
    element = present(
        held, request, binding, as_of=_NOW.date(), salt=_SALT, randomness=SeededRandomness(_SEED + b" proof")
    )
    verified = verify_claim_presentation(element, request, binding, now=_NOW, pseudonyms=AnyPseudonym())
    context = context_id(binding.client_id, request.scope)
    return {
        "meta": meta,
        "binding": {
            "client_id": binding.client_id,
            "nonce": binding.nonce,
            "response_uri": binding.response_uri,
            "transaction_data": list(binding.transaction_data),
        },
        "now": _NOW.isoformat(),
        "credential": held.credential.serialize(),
        "scalars": [f"{scalar:064x}" for scalar in held.witness.scalars],
        "context_id": context.hex(),
        "S": Statement.of(request.terms, held.public_key, context).S.hex(),
        "recipient": binding.recipient(_SALT).hex(),
        "element": element,
        "result": {
            "valid": True,
            "pseudonym": verified.pseudonym.hex(),
            "disclosed": dict(verified.disclosed),
            "key_id": verified.key_id,
            "as_of": verified.as_of.isoformat(),
        },
    }


def _refused(
    valid: dict[str, Any],
    *,
    meta: dict[str, Any] | None = None,
    binding: dict[str, Any] | None = None,
    element: dict[str, Any] | None = None,
    now: datetime = _NOW,
) -> dict[str, Any]:
    case = {
        "meta": meta or valid["meta"],
        "binding": binding or valid["binding"],
        "now": now.isoformat(),
        "element": element or valid["element"],
    }
    try:
        verify_claim_presentation(case["element"], *read(case), now=now, pseudonyms=AnyPseudonym())
    except VerificationError as error:
        return {**case, "result": {"valid": False, "reason": error.reason.value}}
    raise RuntimeError("a case that should be refused is accepted")


def read(case: dict[str, Any]) -> tuple[ClaimRequest, Binding]:
    """Request and binding of a vector."""
    bound = case["binding"]
    binding = Binding(bound["client_id"], bound["nonce"], bound["response_uri"], tuple(bound["transaction_data"]))
    return ClaimRequest.from_meta(case["meta"], TYPES), binding


def write() -> None:
    """Write every vector into specs/vectors/presentation."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in cases():
        (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    write()
