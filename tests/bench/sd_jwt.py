# SPDX-License-Identifier: EUPL-1.2
"""Time to issue and to verify credentials of the standard kind, beside openvc-core, in one process on one core.

Both issue the same eight claims with ES256, and both verify the same presentations, each of another holder key, so
that nobody profits from having seen a key before.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from openvc.keys import P256SigningKey
from openvc.proof.sd_jwt import SdJwtVcProofSuite

from ssi.base64url import encode_base64url
from ssi.keys import KeyType, PrivateKey, PublicKey
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import present_sd_jwt
from ssi.sd_jwt.vc import NoStatusIsChecked, TrustedKey, issue_sd_jwt_vc, verify_presentation

__all__ = ["measure_sd_jwt"]

_VCT = "urn:stuiver:credential:household-income:1"
_ISSUER = "https://desk.example"
_AUDIENCE = "x509_hash:example"
_NONCE = "a nonce of a request"
_CLAIMS = {
    "municipality": "GM1969",
    "children": 3,
    "income": 182_300,
    "norm": 187_214,
    "household": "couple",
    "benefit": False,
    "as_of": "2026-11-01",
    "family_name": "de Vries",
}


@dataclass(frozen=True)
class _OneIssuer:
    key: PublicKey

    def issuer_key(
        self, unverified_header: Mapping[str, object], unverified_issuer: str | None, vct: str, now: datetime
    ) -> TrustedKey:
        return TrustedKey(self.key, _ISSUER)


def measure_sd_jwt(rounds: int) -> dict[str, dict[str, float]]:
    """For issuing and for verifying with key binding: both rates a second, and ours as a multiple of theirs.

    Args:
        rounds: how often each is done; the two take turns, and a ratio is of medians.
    """
    issuer = PrivateKey.generate(KeyType.P256)
    other, their_key = SdJwtVcProofSuite(), P256SigningKey.from_jwk(_private_jwk(issuer), "1")
    holders = [PrivateKey.generate(KeyType.P256) for _ in range(rounds)]
    presented = [_present(issuer, holder) for holder in holders]
    trust, jwk = _OneIssuer(issuer.public_key), dict(issuer.public_key.to_jwk())

    def they_issue(turn: int) -> object:
        return other.issue(
            {"iss": _ISSUER, **_CLAIMS},
            signing_key=their_key,
            disclosable=_CLAIMS,
            holder_jwk=dict(holders[turn].public_key.to_jwk()),
            vct=_VCT,
            expires_in_s=86400,
        )

    def we_verify(turn: int) -> object:
        return verify_presentation(
            UnverifiedSdJwt.parse(presented[turn]),
            vcts={_VCT},
            audience=_AUDIENCE,
            nonce=_NONCE,
            now=datetime.now(UTC),
            trust=trust,
            status=NoStatusIsChecked(),
            max_age=timedelta(minutes=15),
        )

    def they_verify(turn: int) -> object:
        return other.verify(
            presented[turn],
            public_key_jwk=jwk,
            audience=_AUDIENCE,
            nonce=_NONCE,
            require_key_binding=True,
            expected_vct=_VCT,
            kb_max_age_s=900,
        )

    return {
        "issue": _rates(rounds, lambda turn: _issue(issuer, holders[turn]), they_issue),
        "verify_with_key_binding": _rates(rounds, we_verify, they_verify),
    }


def _issue(issuer: PrivateKey, holder: PrivateKey) -> str:
    now = datetime.now(UTC)
    return issue_sd_jwt_vc(
        _CLAIMS,
        issuer,
        vct=_VCT,
        issuer=_ISSUER,
        issued_at=now,
        expires_at=now + timedelta(days=1),
        holder_key=holder.public_key,
        header={"kid": "1"},
    )


def _present(issuer: PrivateKey, holder: PrivateKey) -> str:
    credential = UnverifiedSdJwt.parse(_issue(issuer, holder))
    return present_sd_jwt(
        credential, [[name] for name in _CLAIMS], holder, audience=_AUDIENCE, nonce=_NONCE, now=datetime.now(UTC)
    )


def _private_jwk(key: PrivateKey) -> dict[str, Any]:
    return {**key.public_key.to_jwk(), "d": encode_base64url(key.secret_octets)}


def _rates(rounds: int, ours: Callable[[int], object], theirs: Callable[[int], object]) -> dict[str, float]:
    """Rates of two actions that take turns, so that a slower moment touches both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds):
        order = ((ours, times[0]), (theirs, times[1]))
        for action, taken in order if turn % 2 else reversed(order):
            start = time.perf_counter()
            action(turn)
            taken.append(time.perf_counter() - start)
    our_time, their_time = (median(taken) for taken in times)
    return {
        "per_second": round(1 / our_time),
        "openvc_core_per_second": round(1 / their_time),
        "times_as_fast": round(their_time / our_time, 2),
    }
