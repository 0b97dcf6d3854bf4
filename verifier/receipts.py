# SPDX-License-Identifier: EUPL-1.2
"""Receipts: what was decided, by which rules and why, signed by the verifier and checkable by anybody.

A receipt is a JWT of type ``decision-receipt+jwt``; docs/verifier.md lists its members.

Invariants:
    * It holds no claim but those that the policy names in ``retention.keep``, and a pseudonym only if the policy asks.
    * Where the policy keeps nothing, two receipts differ by id, times, decision and reasons only.
    * The only module that makes a ``VerifiedReceipt``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ssi.base64url import encode_base64url
from ssi.credential.document import DocumentError, Node, Wording
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import Signer, UnverifiedJws, sign_jwt, verify_jwt
from ssi.jose.tokens_json import read_json
from ssi.keys import KeyFormatError, PublicKey
from verifier.policy.conditions import Fact
from verifier.policy.deciding import RULES_VERSION, Allowed, Decision, Denied
from verifier.policy.model import Policy

__all__ = ["TYP", "Receipt", "VerifiedReceipt", "read_receipt_keys", "receipt_keys", "verify_receipt"]

TYP: Final = "decision-receipt+jwt"
_LONGEST: Final = 1 << 16
_SKEW: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A decision as it is going to be signed.

    Args:
        id: unguessable, 22 characters; the receipt's name.
        issuer: the verifier's public URL.
        verifier: who decided, for people.
        policy: what it was decided by.
        query: the id of the query that was answered.
        decision: allowed or denied, with the ids of the rules.
        decided_at: aware UTC, whole seconds.
        pseudonym: 96 octets, if the policy asks for one.
        kept: what the policy keeps, by path.
        reference: what the citizen confirmed with the presentation, if anything.
    """

    id: str
    issuer: str
    verifier: Wording
    policy: Policy
    query: str
    decision: Decision
    decided_at: datetime
    pseudonym: bytes | None = field(default=None, repr=False)
    kept: Mapping[tuple[str, ...], Fact] = field(default_factory=dict, repr=False)
    reference: str | None = None

    @property
    def valid_until(self) -> datetime:
        """Until when the decision may be relied on."""
        return self.decided_at + timedelta(minutes=self.policy.outcome.valid_minutes)

    def sign(self, signer: Signer) -> str:
        """The receipt as a compact JWT."""
        claims: dict[str, object] = {
            "iss": self.issuer,
            "iat": int(self.decided_at.timestamp()),
            "exp": int(self.valid_until.timestamp()),
            "jti": self.id,
            "verifier": {"nl": self.verifier.nl, "en": self.verifier.en},
            "policy": {"name": self.policy.id.name, "version": self.policy.id.version, "hash": self.policy.hash},
            "rules": RULES_VERSION,
            "query": self.query,
            "decision": "allowed" if isinstance(self.decision, Allowed) else "denied",
            "reasons": list(self.decision.reasons),
        }
        if self.pseudonym is not None:
            claims["pseudonym"] = encode_base64url(self.pseudonym)
        if self.kept:
            claims["claims"] = {".".join(path): _json(value) for path, value in self.kept.items()}
        if self.reference is not None:
            claims["reference"] = self.reference
        return sign_jwt(claims, signer, typ=TYP, header={"kid": signer.public_key.thumbprint()})


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """What a receipt with a valid signature says. Whether it still counts is up to ``is_valid_at``."""

    id: str
    issuer: str
    verifier: Wording
    policy_name: str
    policy_version: int
    policy_hash: str
    rules_version: str
    query: str
    decision: Decision
    decided_at: datetime
    valid_until: datetime
    pseudonym: str | None
    claims: Mapping[str, object] = field(repr=False)
    reference: str | None

    def is_valid_at(self, now: datetime) -> bool:
        """Whether the decision may be relied on at a moment."""
        return self.decided_at - _SKEW <= now < self.valid_until


def receipt_keys(key: PublicKey) -> dict[str, object]:
    """The JSON Web Key Set that a verifier publishes at ``/jwks``."""
    jwk = {**key.to_jwk(), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}
    return {"keys": [jwk]}


def read_receipt_keys(unverified: bytes) -> dict[str, PublicKey]:
    """The keys of a JSON Web Key Set, by ``kid``; keys of other kinds are left out.

    Raises:
        VerificationError: ``malformed`` or ``invalid_public_key``.
    """
    document = read_json(unverified)
    found = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise VerificationError(Reason.MALFORMED, "a JSON Web Key Set has a list of keys")
    keys = {}
    for jwk in found:
        if isinstance(jwk, dict) and isinstance(jwk.get("kid"), str) and jwk.get("use", "sig") == "sig":
            try:
                keys[jwk["kid"]] = PublicKey.from_jwk(jwk)
            except KeyFormatError:
                raise VerificationError(Reason.INVALID_PUBLIC_KEY) from None
    return keys


def verify_receipt(unverified: str, keys: Mapping[str, PublicKey]) -> VerifiedReceipt:
    """Check a receipt's signature and shape.

    Args:
        unverified: the compact JWT.
        keys: the verifier's published keys, by ``kid``.
    Raises:
        VerificationError: ``unresolvable_key`` when it is signed by none of them, ``invalid_signature``,
            ``wrong_type``, ``malformed`` and what ``ssi.jose`` says.
    """
    parsed = UnverifiedJws.parse(unverified, longest=_LONGEST)
    kid = parsed.unverified_header.get("kid")
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise VerificationError(Reason.UNRESOLVABLE_KEY, "signed by none of these keys")
    claims = verify_jwt(parsed, key, typ=TYP).claims
    try:
        return _read(Node(claims))
    except (DocumentError, OverflowError, ValueError) as error:
        raise VerificationError(Reason.MALFORMED, "not a receipt") from error


def _read(node: Node) -> VerifiedReceipt:
    members = node.entries()
    missing = Node({name: members[name].value for name in members if name in _REQUIRED})
    missing.members(_REQUIRED)
    policy = members["policy"].members(("name", "version", "hash"))
    reasons = tuple(item.text(longest=60) for item in members["reasons"].items(1, 64))
    allowed = members["decision"].choice(("allowed", "denied")) == "allowed"
    claims = members["claims"].entries() if "claims" in members else {}
    return VerifiedReceipt(
        id=members["jti"].text(longest=60),
        issuer=members["iss"].text(),
        verifier=members["verifier"].wording(),
        policy_name=policy["name"].text(longest=60),
        policy_version=policy["version"].integer(1, 999),
        policy_hash=policy["hash"].text(longest=80),
        rules_version=members["rules"].text(longest=60),
        query=members["query"].text(longest=60),
        decision=Allowed(reasons) if allowed else Denied(reasons),
        decided_at=_moment(members["iat"]),
        valid_until=_moment(members["exp"]),
        pseudonym=members["pseudonym"].text(longest=200) if "pseudonym" in members else None,
        claims={name: item.value for name, item in claims.items()},
        reference=members["reference"].text(longest=200) if "reference" in members else None,
    )


_REQUIRED: Final = ("iss", "iat", "exp", "jti", "verifier", "policy", "rules", "query", "decision", "reasons")


def _moment(node: Node) -> datetime:
    return datetime.fromtimestamp(node.integer(0, 1 << 40), UTC)


def _json(value: Fact) -> object:
    return value.isoformat() if isinstance(value, date) else value
