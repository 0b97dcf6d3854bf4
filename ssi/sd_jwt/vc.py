# SPDX-License-Identifier: EUPL-1.2
"""SD-JWT VC: credentials as SD-JWTs, issued, received and verified (specs/protocols/sd-jwt.md 4 to 6).

Sources: draft-ietf-oauth-sd-jwt-vc (of August 2026), RFC 9901, RFC 7800.

Invariants:
    * ``iss``, ``nbf``, ``exp``, ``cnf``, ``vct``, ``vct#integrity``, ``aka_vcts`` and ``status``, and all that is in
      them, are never selectively disclosed.
    * A presentation is accepted only with key binding, for this audience and nonce, from a trusted issuer, in time,
      and with a good status. There is no way to ask for less; ``NoStatusIsChecked`` has to be named.
    * ``repr`` shows no claim.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Protocol

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import Signer, is_type
from ssi.jose.times import read_moment
from ssi.keys import PublicKey
from ssi.sd_jwt.issue import NoDecoys, Padding, Randomness, Sd, issue_sd_jwt
from ssi.sd_jwt.key_binding import verify_key_binding
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.unpack import Path, Unpacked
from ssi.sd_jwt.verify import confirmation_key, verify_sd_jwt

__all__ = [
    "NEVER_SELECTIVE",
    "TYP",
    "IssuedSdJwtVc",
    "IssuerTrust",
    "NoStatusIsChecked",
    "Open",
    "StatusChecks",
    "TrustedKey",
    "VerifiedSdJwtVc",
    "issue_sd_jwt_vc",
    "verify_issued",
    "verify_presentation",
]

TYP: Final = "dc+sd-jwt"
"""The ``typ`` of a credential. The earlier ``vc+sd-jwt`` is refused: the draft no longer tells readers to accept it."""
NEVER_SELECTIVE: Final = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"})
"""Claims that stand in the signed token itself, or nowhere."""
_SET_BY_ARGUMENT: Final = NEVER_SELECTIVE - {"nbf", "aka_vcts"} | {"iat"}
_NO_HEADER: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key that may have signed a credential of the type that was asked about, and whose it is."""

    key: PublicKey
    issuer: str


class IssuerTrust(Protocol):
    """Decides who may issue what."""

    def issuer_key(
        self, unverified_header: Mapping[str, object], unverified_issuer: str | None, vct: str, now: datetime
    ) -> TrustedKey:
        """The key that must have signed a token.

        Args:
            unverified_header: the token's header; ``x5c`` and ``kid`` may name the key.
            unverified_issuer: the token's ``iss``.
            vct: the type that the credential is to count as.
            now: the time.
        Raises:
            VerificationError: ``UNKNOWN_ISSUER``, ``UNTRUSTED_CERTIFICATE`` or ``UNRESOLVABLE_KEY``.
        """
        ...


class StatusChecks(Protocol):
    """Finds out whether a credential was revoked or suspended."""

    def check(self, unverified_status: Mapping[str, object], issuer: str, vct: str, now: datetime) -> None:
        """Return if the status is good.

        Args:
            unverified_status: the credential's ``status``, signed by its issuer.
            issuer: who issued the credential.
            vct: the type that the credential counts as.
            now: the time.
        Raises:
            VerificationError: ``REVOKED``, ``SUSPENDED``, ``UNKNOWN_STATUS`` or ``STATUS_UNAVAILABLE``.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoStatusIsChecked:
    """Accepts every status unseen: a revoked credential passes."""

    def check(self, unverified_status: Mapping[str, object], issuer: str, vct: str, now: datetime) -> None:
        """Return."""


@dataclass(frozen=True, slots=True)
class Open:
    """A claim that everybody sees to whom the credential is shown."""

    value: object


@dataclass(frozen=True, slots=True)
class IssuedSdJwtVc:
    """A credential that its holder received and checked.

    Args:
        issuer: who issued it, as the trust list names them.
        vct: its type.
        types: its type and the further types that it says it is of.
        claims: all its claims, registered ones included.
        unpacked: the claims, and which disclosure holds each.
        expires_at: its last moment, if it has one.
    """

    issuer: str
    vct: str
    types: frozenset[str]
    claims: Mapping[str, object] = field(repr=False)
    unpacked: Unpacked = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class VerifiedSdJwtVc:
    """A credential that its holder presented to us, now.

    Args:
        issuer: who issued it, as the trust list names them.
        vct: its type.
        types: its type and the further types that it says it is of.
        claims: what it shows, registered claims included.
        disclosed: the paths of what was selectively disclosed.
        unpacked: the claims, and which disclosure holds each.
        holder_key: the key that it is bound to, and that the presenter has.
        expires_at: its last moment, if it has one.
        presented_at: when the presenter signed.
    """

    issuer: str
    vct: str
    types: frozenset[str]
    claims: Mapping[str, object] = field(repr=False)
    disclosed: frozenset[Path]
    unpacked: Unpacked = field(repr=False)
    holder_key: PublicKey
    expires_at: datetime | None
    presented_at: datetime


def issue_sd_jwt_vc(
    claims: Mapping[str, object],
    signer: Signer,
    *,
    vct: str,
    issuer: str | None,
    issued_at: datetime,
    expires_at: datetime | None,
    holder_key: PublicKey | None,
    status: Mapping[str, object] | None = None,
    vct_integrity: str | None = None,
    digests: int = 0,
    header: Mapping[str, object] = _NO_HEADER,
    randomness: Randomness = secrets.token_bytes,
) -> str:
    """Issue a credential.

    Args:
        claims: each is selectively disclosable as a whole unless it is ``Open``; ``Sd`` marks work inside as in
            ``ssi.sd_jwt.issue``. ``nbf`` and ``aka_vcts`` may be given, as ``Open``.
        signer: the issuer's key.
        vct: the type.
        issuer: ``iss``; None where the certificate in the header says who it is.
        issued_at: ``iat``. A rounded time does not link copies of one batch.
        expires_at: ``exp``, if it expires.
        holder_key: what it is bound to; without one it can never be presented.
        status: where its status is found.
        vct_integrity: the hash of the type's metadata, as ``sha256-...``.
        digests: the number of digests that every credential of this type shows; decoys make it up.
        header: further members of the header: ``kid`` or ``x5c``.
        randomness: where salts and decoys come from.
    Raises:
        ValueError: a claim that has an argument of its own, or may not be selectively disclosable, or more claims
            than ``digests``.
    """
    payload: dict[str, object] = {} if issuer is None else {"iss": issuer}
    payload["iat"] = int(issued_at.timestamp())
    if expires_at is not None:
        payload["exp"] = int(expires_at.timestamp())
    payload["vct"] = vct
    if vct_integrity is not None:
        payload["vct#integrity"] = vct_integrity
    if status is not None:
        payload["status"] = status
    if holder_key is not None:
        payload["cnf"] = {"jwk": holder_key.to_jwk()}
    hidden = 0
    for name, value in claims.items():
        if name in _SET_BY_ARGUMENT or (name in NEVER_SELECTIVE and not isinstance(value, Open)):
            raise ValueError(f"{name} is not a claim to disclose selectively")
        payload[name] = value.value if isinstance(value, Open) else value if isinstance(value, Sd) else Sd(value)
        hidden += not isinstance(value, Open)
    if digests and hidden > digests:
        raise ValueError("more claims than digests that every credential of this type shows")
    decoys = Padding(digests) if digests else NoDecoys()
    return issue_sd_jwt(payload, signer, typ=TYP, header=header, decoys=decoys, randomness=randomness)


def verify_issued(
    unverified: UnverifiedSdJwt, *, vcts: Collection[str], holder_key: PublicKey, now: datetime, trust: IssuerTrust
) -> IssuedSdJwtVc:
    """Verify a credential on receiving it, as its holder.

    Args:
        unverified: the parsed credential.
        vcts: the types that it may be of.
        holder_key: the key that it must be bound to.
        now: the time.
        trust: who may issue what.
    Raises:
        VerificationError: ``MALFORMED`` also if it is a presentation, ``MISSING_KEY_BINDING`` or
            ``FOREIGN_KEY_BINDING`` if it is bound to no key or another; else as ``verify_presentation``.
    """
    if unverified.key_binding is not None:
        raise VerificationError(Reason.MALFORMED, "a presentation, not a credential")
    found = _verify_credential(unverified, vcts, now, trust)
    if confirmation_key(found.unpacked.claims) != holder_key:
        raise VerificationError(Reason.FOREIGN_KEY_BINDING, "bound to another key")
    return IssuedSdJwtVc(
        found.issuer,
        found.vct,
        found.types,
        found.unpacked.claims,
        found.unpacked,
        read_moment(found.unpacked.claims, "exp"),
    )


def verify_presentation(
    unverified: UnverifiedSdJwt,
    *,
    vcts: Collection[str],
    audience: str,
    nonce: str,
    now: datetime,
    trust: IssuerTrust,
    status: StatusChecks,
    max_age: timedelta,
    transaction_data: Sequence[str] = (),
) -> VerifiedSdJwtVc:
    """Verify a presented credential; implements specs/protocols/sd-jwt.md section 6.

    Args:
        unverified: the parsed presentation.
        vcts: the types that were asked for.
        audience: who we are, as the request said.
        nonce: the request's.
        now: the time.
        trust: who may issue what.
        status: looked at last, and only if the credential has a status.
        max_age: how long ago the presenter may have signed.
        transaction_data: what the presenter must have approved, as it stood in the request; nothing else may be.
    Raises:
        VerificationError: ``reason`` names the step that failed.
    """
    if unverified.key_binding is None:  # (1)
        raise VerificationError(Reason.MISSING_KEY_BINDING)
    found = _verify_credential(unverified, vcts, now, trust)  # (2) to (7)
    claims = found.unpacked.claims
    holder_key = confirmation_key(claims)  # (8)
    binding = verify_key_binding(
        unverified,
        holder_key,
        algorithm=found.unpacked.algorithm,
        audience=audience,
        nonce=nonce,
        now=now,
        max_age=max_age,
        transaction_data=transaction_data,
    )
    _check_audience(claims.get("aud"), audience)  # (9)
    if "status" in claims:  # (10)
        listed = claims["status"]
        if not isinstance(listed, dict):
            raise VerificationError(Reason.MALFORMED, "the status is not an object")
        status.check(listed, found.issuer, found.counts_as, now)
    return VerifiedSdJwtVc(
        found.issuer,
        found.vct,
        found.types,
        claims,
        frozenset(found.unpacked.disclosed),
        found.unpacked,
        holder_key,
        read_moment(claims, "exp"),
        binding.made_at,
    )


@dataclass(frozen=True, slots=True)
class _Credential:
    issuer: str
    vct: str
    types: frozenset[str]
    counts_as: str
    unpacked: Unpacked


def _verify_credential(
    unverified: UnverifiedSdJwt, vcts: Collection[str], now: datetime, trust: IssuerTrust
) -> _Credential:
    """Steps 2 to 7: type, issuer, signature and disclosures, times, what may be disclosed."""
    header, claims = unverified.unverified_header, unverified.unverified_claims
    if not is_type(header.get("typ"), TYP):  # (2)
        raise VerificationError(Reason.WRONG_TYPE)
    vct, types = _read_types(claims)
    wanted = vct if vct in vcts else next((name for name in vcts if name in types), None)
    if wanted is None:  # (3)
        raise VerificationError(Reason.WRONG_CREDENTIAL_TYPE)
    issuer = claims.get("iss")
    if issuer is not None and not isinstance(issuer, str):
        raise VerificationError(Reason.MALFORMED, "the issuer is not text")
    trusted = trust.issuer_key(header, issuer, wanted, now)  # (4)
    unpacked = verify_sd_jwt(unverified, trusted.key, typ=TYP, now=now).unpacked  # (5), (6)
    if any(path[0] in NEVER_SELECTIVE for path in unpacked.disclosed):  # (7)
        raise VerificationError(Reason.FORBIDDEN_CLAIM, "a claim that may not be selectively disclosed")
    return _Credential(trusted.issuer, vct, types, wanted, unpacked)


def _read_types(unverified_claims: Mapping[str, object]) -> tuple[str, frozenset[str]]:
    vct = unverified_claims.get("vct")
    if not isinstance(vct, str) or not vct:
        raise VerificationError(Reason.MALFORMED, "no type of credential")
    if "aka_vcts" not in unverified_claims:
        return vct, frozenset({vct})
    others = unverified_claims["aka_vcts"]
    if (
        not isinstance(others, list)
        or not others
        or not all(isinstance(item, str) and item for item in others)
        or vct in others
    ):
        raise VerificationError(Reason.MALFORMED, "not further types of a credential")
    return vct, frozenset({vct, *others})


def _check_audience(unverified_audience: object, audience: str) -> None:
    """A credential that says who it may be shown to is shown to them (RFC 7519 section 4.1.3)."""
    if unverified_audience is None:
        return
    allowed = unverified_audience if isinstance(unverified_audience, list) else [unverified_audience]
    if audience not in allowed:
        raise VerificationError(Reason.WRONG_AUDIENCE)
