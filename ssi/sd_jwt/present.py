# SPDX-License-Identifier: EUPL-1.2
"""The holder's side: choosing what to disclose, seeing exactly what that is, and presenting it.

Sources: RFC 9901 section 7.2; specs/protocols/sd-jwt.md 5.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import Signer
from ssi.sd_jwt.key_binding import sign_key_binding
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.places import ClaimPath, select_visible
from ssi.sd_jwt.unpack import Path, unpack
from ssi.sd_jwt.verify import confirmation_key

__all__ = ["Choice", "choose_disclosures", "present_sd_jwt"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A presentation that lacks only the holder's signature.

    Args:
        bound_text: the SD-JWT with the chosen disclosures; it is a presentation without key binding by itself.
        claims: exactly what a verifier will see, claims that are always visible included.
        disclosed: the paths that the chosen disclosures disclose.
        algorithm: the hash function of the credential's digests.
    """

    bound_text: str = field(repr=False)
    claims: Mapping[str, object] = field(repr=False)
    disclosed: frozenset[Path]
    algorithm: str

    def present(
        self, holder: Signer, *, audience: str, nonce: str, now: datetime, transaction_data: Sequence[str] = ()
    ) -> str:
        """Sign the presentation.

        Args:
            holder: the key that the credential is bound to.
            audience: the verifier, as its request names it.
            nonce: the request's.
            now: the time.
            transaction_data: the texts of the request that the holder approves.
        Raises:
            ValueError: the credential is bound to another key.
            VerificationError: ``MISSING_KEY_BINDING``: it is bound to none.
        """
        if confirmation_key(self.claims) != holder.public_key:
            raise ValueError("the credential is bound to another key")
        return self.bound_text + sign_key_binding(
            self.bound_text,
            holder,
            algorithm=self.algorithm,
            audience=audience,
            nonce=nonce,
            now=now,
            transaction_data=transaction_data,
        )


def choose_disclosures(credential: UnverifiedSdJwt, paths: Iterable[ClaimPath]) -> Choice:
    """Choose what to disclose.

    Args:
        credential: as the issuer gave it, with all disclosures; it was verified when it was received.
        paths: the claims that are asked for, with positions that count visible elements. Each brings the disclosures
            on the way to it, and those inside it.
    Raises:
        VerificationError: ``QUERY_NOT_MET`` if a path leads nowhere; as ``unpack`` if the credential is broken.
    """
    unpacked = unpack(credential.unverified_claims, credential.disclosures)
    places: set[Path] = set()
    for path in paths:
        found = select_visible(unpacked, path)
        if not found:
            raise VerificationError(Reason.QUERY_NOT_MET)
        places.update(found)
    chosen = {text for place, text in unpacked.disclosed.items() if any(_touches(place, wanted) for wanted in places)}
    kept = [text for text in credential.disclosures if text in chosen]
    shown = unpack(credential.unverified_claims, kept)
    bound_text = "~".join([credential.issuer_jwt, *kept, ""])
    return Choice(bound_text, shown.claims, frozenset(shown.disclosed), shown.algorithm)


def present_sd_jwt(
    credential: UnverifiedSdJwt,
    paths: Iterable[ClaimPath],
    holder: Signer,
    *,
    audience: str,
    nonce: str,
    now: datetime,
    transaction_data: Sequence[str] = (),
) -> str:
    """Choose and sign in one step; arguments and errors as ``choose_disclosures`` and ``Choice.present``."""
    choice = choose_disclosures(credential, paths)
    return choice.present(holder, audience=audience, nonce=nonce, now=now, transaction_data=transaction_data)


def _touches(place: Path, wanted: Path) -> bool:
    """Whether one lies on the way to the other, or inside it."""
    shorter = min(len(place), len(wanted))
    return place[:shorter] == wanted[:shorter]
