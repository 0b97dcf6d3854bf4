# SPDX-License-Identifier: EUPL-1.2
"""What a wallet asks for, after every proof was verified: from a credential request to an ``Order``.

Invariant: an ``Order`` is made here only, and every key and commitment in it was proved for this issuer and a nonce of
this issuer. One that the desk has to look at first is written down, and read back, here too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from issuer.authorization.model import Grant
from issuer.openid.configurations import CredentialFormat, IssuedConfiguration
from issuer.openid.errors import Refusal, refuse
from issuer.openid.nonces import NONCE_LIFE, LiveNonce, NonceMint
from ssi.base64url import decode_base64url, encode_base64url
from ssi.credential.pinning import IssuanceRequest, VerifiedRequest
from ssi.errors import VerificationError
from ssi.keys import Algorithm, PublicKey
from ssi.openid.credential import BbsCommitmentProofs, CredentialRequest, JwtProofs, commitment_nonce
from ssi.openid.proof import UnverifiedKeyProof

__all__ = ["BATCH_SIZE", "BbsOrder", "Order", "OrderDesk", "SdJwtOrder"]

BATCH_SIZE: Final = 10
"""Most copies of a credential in one request."""


@dataclass(frozen=True, slots=True)
class SdJwtOrder:
    """Copies of an SD-JWT VC, one for each key."""

    configuration: IssuedConfiguration
    holder_keys: tuple[PublicKey, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BbsOrder:
    """One BBS credential."""

    configuration: IssuedConfiguration
    octets: bytes = field(repr=False)
    """The wallet's request as it came."""
    nonce: bytes = field(repr=False)
    """What it is bound to."""
    request: VerifiedRequest = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be issued to a person, together or not at all.

    Attributes:
        main: what the request asked for.
        companion: the BBS credential that it wants along with an SD-JWT VC.
    """

    main: SdJwtOrder | BbsOrder
    companion: BbsOrder | None = None

    @property
    def vcts(self) -> frozenset[str]:
        """The types in it."""
        parts = (self.main, *((self.companion,) if self.companion else ()))
        return frozenset(part.configuration.type.vct for part in parts)

    def to_octets(self) -> bytes:
        """What ``OrderDesk.read_back`` reads."""
        companion = None if self.companion is None else _part(self.companion)
        return json.dumps({"main": _part(self.main), "companion": companion}).encode()


@dataclass(frozen=True, slots=True)
class OrderDesk:
    """Takes orders.

    Args:
        public_url: the credential issuer identifier, which proofs are made for.
        validator: the DID that BBS requests are made for.
        configurations: what can be asked for.
        nonces: recognises this issuer's nonces.
    """

    public_url: str
    validator: str
    configurations: Mapping[str, IssuedConfiguration]
    nonces: NonceMint

    def take(self, request: CredentialRequest, grant: Grant, now: datetime) -> tuple[Order, LiveNonce]:
        """Verify a request.

        Returns:
            The order, and the nonce that it is bound to, not yet spent.
        Raises:
            OpenIdError: with a code of OpenID4VCI 8.3.1.2, or ``insufficient_scope``.
        """
        configuration = self._configuration(grant, request.credential_identifier, request.credential_configuration_id)
        if request.proofs is None:
            raise refuse(Refusal.PROOFS_MISSING)
        if configuration.format is CredentialFormat.BBS:
            return self._take_bbs(configuration, request, now)
        if not isinstance(request.proofs, JwtProofs):
            raise refuse(Refusal.PROOFS_OF_ANOTHER_KIND)
        nonce, keys = self._holder_keys(request.proofs, grant, now)
        companion = None
        if request.companion is not None:
            wanted = self._configuration(
                grant, request.companion.credential_identifier, request.companion.credential_configuration_id
            )
            if wanted.format is not CredentialFormat.BBS:
                raise refuse(Refusal.COMPANION_OF_ANOTHER_KIND)
            companion = self._bbs(wanted, request.companion.proofs, self._bound(nonce))
        return Order(SdJwtOrder(configuration, keys), companion), nonce

    def read_back(self, octets: bytes) -> Order:
        """An order that was written down; its commitments are verified again."""
        document = json.loads(octets)
        companion = document["companion"]
        read = None if companion is None else self._read(companion)
        return Order(self._read(document["main"]), read if isinstance(read, BbsOrder) else None)

    def _configuration(self, grant: Grant, identifier: str | None, configuration_id: str | None) -> IssuedConfiguration:
        named = identifier if configuration_id is None else configuration_id
        if named not in self.configurations:
            raise refuse(Refusal.IDENTIFIER_UNKNOWN if configuration_id is None else Refusal.CONFIGURATION_UNKNOWN)
        if grant.uses_identifiers is not (configuration_id is None):
            raise refuse(Refusal.NAMED_THE_OTHER_WAY)
        allowed = grant.configuration_of(identifier=identifier, configuration_id=configuration_id)
        if allowed is None:
            raise refuse(Refusal.NOT_AUTHORISED)
        return self.configurations[allowed]

    def _bound(self, nonce: LiveNonce) -> bytes:
        return commitment_nonce(nonce.text, self.public_url)

    def _take_bbs(
        self, configuration: IssuedConfiguration, request: CredentialRequest, now: datetime
    ) -> tuple[Order, LiveNonce]:
        if not isinstance(request.proofs, BbsCommitmentProofs):
            raise refuse(Refusal.PROOFS_OF_ANOTHER_KIND)
        if request.c_nonce is None:
            raise refuse(Refusal.NO_NONCE_IN_PROOF)
        nonce = self._recognise(request.c_nonce, now)
        return Order(self._bbs(configuration, request.proofs, self._bound(nonce))), nonce

    def _holder_keys(self, proofs: JwtProofs, grant: Grant, now: datetime) -> tuple[LiveNonce, tuple[PublicKey, ...]]:
        if len(proofs.jwts) > BATCH_SIZE:
            raise refuse(Refusal.TOO_MANY_PROOFS)
        try:
            unverified = [UnverifiedKeyProof.parse(text) for text in proofs.jwts]
            named = {proof.unverified_nonce for proof in unverified}
            if None in named:
                raise refuse(Refusal.NO_NONCE_IN_PROOF)
            if len(named) != 1:
                raise refuse(Refusal.SEVERAL_NONCES)
            nonce = self._recognise(next(name for name in named if name is not None), now)
            verified = [
                proof.verify(
                    audience=self.public_url,
                    nonce=nonce.text,
                    now=now,
                    max_age=NONCE_LIFE,
                    client_id=grant.client_id,
                    algorithms=(Algorithm.ES256,),
                )
                for proof in unverified
            ]
        except VerificationError as error:
            raise refuse(Refusal.PROOF_DOES_NOT_HOLD, error.reason.value) from error
        keys = tuple(proof.key for proof in verified)
        if len(set(keys)) != len(keys):
            raise refuse(Refusal.SAME_KEY_TWICE)
        return nonce, keys

    def _recognise(self, unverified_nonce: str, now: datetime) -> LiveNonce:
        try:
            return self.nonces.recognise(unverified_nonce, now)
        except VerificationError as error:
            raise refuse(Refusal.NONCE_NOT_OURS) from error

    def _bbs(self, configuration: IssuedConfiguration, proofs: BbsCommitmentProofs, nonce: bytes) -> BbsOrder:
        if len(proofs.commitments) != 1:
            raise refuse(Refusal.TOO_MANY_PROOFS)
        octets = proofs.commitments[0]
        try:
            request = IssuanceRequest.from_octets(octets).verify(validator=self.validator, nonce=nonce)
        except VerificationError as error:
            raise refuse(Refusal.PROOF_DOES_NOT_HOLD, error.reason.value) from error
        return BbsOrder(configuration, octets, nonce, request)

    def _read(self, part: Mapping[str, object]) -> SdJwtOrder | BbsOrder:
        configuration = self.configurations[str(part["configuration"])]
        if configuration.format is CredentialFormat.SD_JWT:
            keys = str(part["holder_keys"]).split()
            return SdJwtOrder(configuration, tuple(PublicKey.from_multikey(key) for key in keys))
        request, nonce = (decode_base64url(str(part[name])) for name in ("request", "nonce"))
        return self._bbs(configuration, BbsCommitmentProofs((request,)), nonce)


def _part(part: SdJwtOrder | BbsOrder) -> dict[str, object]:
    if isinstance(part, SdJwtOrder):
        keys = " ".join(key.to_multikey() for key in part.holder_keys)
        return {"configuration": part.configuration.id, "holder_keys": keys}
    return {
        "configuration": part.configuration.id,
        "request": encode_base64url(part.octets),
        "nonce": encode_base64url(part.nonce),
    }
