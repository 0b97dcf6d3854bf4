# SPDX-License-Identifier: EUPL-1.2
"""Offers by reference: those of letters, and one that anybody may have, for wallets that let people log in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from issuer.activation.errors import ActivationRefusedError
from issuer.activation.service import ActivationService
from issuer.authorization.service import AuthorizationService
from issuer.openid.configurations import IssuedConfiguration
from issuer.type_names import type_reference
from ssi.credential.types import CredentialType
from ssi.openid.offer import AuthorizationCodeGrant, CredentialOffer, OfferReference

__all__ = ["OfferDesk"]


@dataclass(frozen=True, slots=True)
class OfferDesk:
    """Knows every offer.

    Args:
        public_url: the credential issuer identifier.
        configurations: what can be offered.
        activation: has the letters' offers.
        authorization: whether people can log in, and marks offers for that.
        clock: the present, aware UTC.
    """

    public_url: str
    configurations: Mapping[str, IssuedConfiguration]
    activation: ActivationService
    authorization: AuthorizationService
    clock: Callable[[], datetime]

    def find(self, unverified_reference: str) -> CredentialOffer | None:
        """The offer with this reference: that of a credential type, or what a letter's QR code says.

        None for any other, and for one that was used, replaced or has expired.
        """
        kinds = {type_reference(found.type): found.type for found in self.configurations.values()}
        if unverified_reference in kinds:
            return self.open_offer(kinds[unverified_reference])
        try:
            return self.activation.offer_at(unverified_reference, self.clock())
        except ActivationRefusedError:
            return None

    def open_offer(self, kind: CredentialType) -> CredentialOffer | None:
        """An offer of a type in all its formats to whoever logs in; None when nobody can log in here."""
        if self.authorization.visits is None:
            return None
        ids = tuple(name for name, found in self.configurations.items() if found.type == kind)
        state = self.authorization.issuer_state(ids)
        return CredentialOffer(self.public_url, ids, AuthorizationCodeGrant(state, None), None)

    def reference(self, reference: str) -> OfferReference:
        """How a link names an offer."""
        return OfferReference(f"{self.public_url}/offers/{reference}")
