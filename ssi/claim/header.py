# SPDX-License-Identifier: EUPL-1.2
"""The signed header of a credential type: how many claims, and which of them are numbers (claim.md 1.1 to 1.5)."""

from dataclasses import dataclass
from typing import Final

from py_arkworks_bls12381 import G1Point

from ssi.bbs.blind import all_generators
from ssi.bbs.pseudonym import combine_header
from ssi.bbs.suite import BLS12381_SHA256, Interface
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

__all__ = ["CLAIMS", "MAX_CLAIMS", "MAX_WIDTH", "TypeHeader"]

CLAIMS: Final = Interface(BLS12381_SHA256, BLS12381_SHA256.identifier + b"H2G_STUIVER_CLAIMS_V1_")
"""(1.1) The interface under which typed claims are signed; no signature of the drafts' interfaces verifies here."""
MAX_CLAIMS: Final = 16
MAX_WIDTH: Final = 32
_NYM_SECRETS: Final = 1


@dataclass(frozen=True, slots=True)
class TypeHeader:
    """What a credential type's header promises.

    Attributes:
        octets: the header as it is signed.
        widths: for each position 0 when the scalar is a hash, else the number of bits below which the integer lies.
    """

    octets: bytes
    widths: tuple[int, ...]

    @classmethod
    def from_octets(cls, unverified: bytes) -> "TypeHeader":
        """(1.3) Parse ``I(L, 1) || widths || issuer header octets``.

        Raises:
            VerificationError: ``malformed`` when the header is too short, has no claim or more than 16, or a width
                above 32.
        """
        count = unverified[0] if unverified else 0
        if not 1 <= count <= MAX_CLAIMS:
            raise VerificationError(Reason.MALFORMED, "type header: between 1 and 16 claims")
        widths = tuple(unverified[1 : 1 + count])
        if len(widths) != count or max(widths) > MAX_WIDTH:
            raise VerificationError(Reason.MALFORMED, "type header: one width of at most 32 for each claim")
        return cls(bytes(unverified), widths)

    @property
    def count(self) -> int:
        """L, the number of claims."""
        return len(self.widths)

    @property
    def type_id(self) -> bytes:
        """(1.3) The 32-octet name of the type in the trust registry."""
        return keccak256(self.octets)

    @property
    def combined(self) -> bytes:
        """(1.5) The header together with the length of the nym vector, as BBS signs it."""
        return combine_header(self.octets, _NYM_SECRETS)

    @property
    def generators(self) -> tuple[G1Point, ...]:
        """(1.4) Q1, H_0 ... H_(L+1): L + 3 points; the last two carry the prover blind and the nym secret."""
        return all_generators(CLAIMS, self.count, _NYM_SECRETS)

    def domain(self, public_key: bytes) -> int:
        """(1.5) The domain scalar for a validator's public key (96 octets, compressed)."""
        return CLAIMS.domain(public_key, self.generators, self.combined)
