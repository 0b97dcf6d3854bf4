# SPDX-License-Identifier: EUPL-1.2
"""The trust list: which key must have signed, or nobody's (trust.md 4 and 5).

Sources: draft-ietf-oauth-sd-jwt-vc "Issuer Verification Key Discovery and Validation"; the DID world's convention that
``kid`` is a DID URL of ``iss``.

Invariants:
    * Fails closed: a type or an issuer that is not listed has no key, and nothing is fetched for it.
    * A token names its key in one way, ``x5c`` or ``kid``. A key that the token itself carries otherwise (``jwk``,
      ``jku``, ``x5u``) is never looked at.
    * Credentials and status lists of one type are judged by the same entries.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, Self

from ssi.claim.registry_key import registry_key_id
from ssi.credential.types import CredentialType
from ssi.did.document import Relationship
from ssi.did.errors import DidError
from ssi.did.resolver import Resolver
from ssi.errors import Reason, VerificationError
from ssi.keys import PublicKey
from ssi.sd_jwt.vc import TrustedKey
from ssi.trust.certificates import VerifiedChain, parse_x5c
from ssi.trust.document import TrustedIssuer, parse_trust_list

__all__ = ["KeyRegistry", "NoKeyRegistry", "TrustList"]


class KeyRegistry(Protocol):
    """The trust registry on a chain, as far as a verifier needs it."""

    def keys(self, type_id: bytes, now: datetime) -> Sequence[bytes]:
        """The keys that count for a type now: admitted, not revoked, in their time.

        Args:
            type_id: the type's name on chain, 32 octets.
            now: the present moment.
        Returns:
            Compressed public keys, 96 octets each, verified to be usable.
        Raises:
            OSError: the chain cannot be asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoKeyRegistry:
    """No chain: only keys that the list itself names count."""

    def keys(self, type_id: bytes, now: datetime) -> Sequence[bytes]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class TrustList:
    """Who may issue what. Implements ``ssi.sd_jwt.vc.IssuerTrust`` and ``ssi.status.StatusTrust``.

    Args:
        issuers: the entries.
        resolver: of the DIDs that they name.
        registry: asked for types whose entries say so.
    """

    issuers: tuple[TrustedIssuer, ...]
    resolver: Resolver
    registry: KeyRegistry
    _by_vct: Mapping[str, tuple[TrustedIssuer, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_vct: dict[str, list[TrustedIssuer]] = {}
        for entry in self.issuers:
            for vct in entry.vcts:
                by_vct.setdefault(vct, []).append(entry)
        frozen = MappingProxyType({vct: tuple(entries) for vct, entries in by_vct.items()})
        object.__setattr__(self, "_by_vct", frozen)

    @classmethod
    def from_json(cls, unverified: bytes, *, resolver: Resolver, registry: KeyRegistry) -> Self:
        """Read a list.

        Args:
            unverified: the document's octets.
            resolver: of the DIDs that it names.
            registry: asked for types whose entries say so; ``NoKeyRegistry`` where there is no chain.
        Raises:
            DocumentError: names the field and the rule that it breaks.
        """
        return cls(parse_trust_list(unverified), resolver, registry)

    def issuer_key(
        self, unverified_header: Mapping[str, object], unverified_issuer: str | None, vct: str, now: datetime
    ) -> TrustedKey:
        """The key that must have signed a credential of this type.

        Args:
            unverified_header: the token's header.
            unverified_issuer: its ``iss``; without one the certificate, or the DID in ``kid``, names the issuer.
            vct: the type that the credential is to count as.
            now: the moment for which the key must be good.
        Raises:
            VerificationError: ``UNKNOWN_ISSUER`` if nobody, or not this issuer, may issue the type;
                ``UNTRUSTED_CERTIFICATE``, ``UNRESOLVABLE_KEY``, ``WRONG_ALGORITHM``, ``MALFORMED``, ``TOO_LARGE``.
        """
        return self._key(self._by_vct.get(vct, ()), unverified_header, unverified_issuer, now)

    def status_key(self, unverified_header: Mapping[str, object], issuer: str, vct: str, now: datetime) -> PublicKey:
        """(5) The key that must have signed a status list about this issuer's credentials; errors as ``issuer_key``.

        Only entries that may have issued the type count, and of those only the ones that name the issuer, if any do:
        another entry's authority has no say about its statuses.
        """
        entries = self._by_vct.get(vct, ())
        named = [entry for entry in entries if entry.names(issuer)]
        return self._key(named or entries, unverified_header, issuer, now).key

    def bbs_keys(self, credential_type: CredentialType, now: datetime) -> tuple[bytes, ...]:
        """The keys whose BBS credentials of a type count now, 96 octets each, each once; may be empty.

        Raises:
            VerificationError: ``UNRESOLVABLE_KEY`` if the registry is to be asked and cannot be.
        """
        entries = self._by_vct.get(credential_type.vct, ())
        keys = [listed.public_key for entry in entries for listed in entry.bbs_keys if now <= listed.valid_until]
        if any(entry.asks_registry for entry in entries):
            try:
                keys += self.registry.keys(credential_type.type_id, now)
            except OSError as error:
                raise VerificationError(Reason.UNRESOLVABLE_KEY, "the trust registry does not answer") from error
        return tuple(dict.fromkeys(keys))

    def bbs_key(self, credential_type: CredentialType, unverified_key_id: bytes, now: datetime) -> bytes:
        """The key of a type that the registry's name of keys names (``registry_key_id``), 96 octets.

        Raises:
            VerificationError: ``UNKNOWN_ISSUER`` if no key that counts has this name; else as ``bbs_keys``.
        """
        for key in self.bbs_keys(credential_type, now):
            if registry_key_id(credential_type.type_id, key) == unverified_key_id:
                return key
        raise VerificationError(Reason.UNKNOWN_ISSUER, "no key that counts has this name")

    def _key(
        self,
        entries: Iterable[TrustedIssuer],
        header: Mapping[str, object],
        issuer: str | None,
        now: datetime,
    ) -> TrustedKey:
        match header:
            case {"x5c": _, "kid": _}:
                raise VerificationError(Reason.MALFORMED, "the key is named twice, by x5c and kid")
            case {"x5c": x5c}:
                return _certified_key(entries, parse_x5c(x5c), issuer, now)
            case {"kid": str(kid)}:
                return self._did_key(entries, kid, issuer)
        listed = issuer is not None and any(issuer in entry.dids for entry in entries)
        raise VerificationError(
            Reason.UNRESOLVABLE_KEY if listed else Reason.UNKNOWN_ISSUER, "neither x5c nor kid names a key"
        )

    def _did_key(self, entries: Iterable[TrustedIssuer], kid: str, issuer: str | None) -> TrustedKey:
        """(4.3) The key of a DID document; ``kid`` is a DID URL of the issuer."""
        did = kid.partition("#")[0]
        named = did if issuer is None else issuer
        if not any(named in entry.dids for entry in entries):
            raise VerificationError(Reason.UNKNOWN_ISSUER)
        if did != named:
            raise VerificationError(Reason.UNRESOLVABLE_KEY, "kid is not a DID URL of the issuer")
        try:
            key = self.resolver.resolve_key(kid, Relationship.ASSERTION_METHOD)
        except (DidError, VerificationError) as error:
            raise VerificationError(Reason.UNRESOLVABLE_KEY, "the issuer's document lists no such key") from error
        return TrustedKey(key, named)


def _certified_key(
    entries: Iterable[TrustedIssuer], chain: Sequence[bytes], issuer: str | None, now: datetime
) -> TrustedKey:
    """(4.2) The key of a certificate that leads to an anchor of an entry and bears the issuer's name."""
    refusal = VerificationError(Reason.UNKNOWN_ISSUER)
    for entry in entries:
        if entry.certified is None:
            continue
        try:
            verified = entry.certified.anchors.verify(chain, now)
            named = _named(verified, issuer)
        except VerificationError as error:
            refusal = error
            continue
        if entry.certified.issuers is None or named in entry.certified.issuers:
            return TrustedKey(verified.key, named)
        refusal = VerificationError(Reason.UNKNOWN_ISSUER)
    raise refusal


def _named(verified: VerifiedChain, issuer: str | None) -> str:
    if issuer is None:
        return verified.only_name()
    if not verified.speaks_for(issuer):
        raise VerificationError(Reason.UNTRUSTED_CERTIFICATE, "the certificate bears another name than the issuer's")
    return issuer
