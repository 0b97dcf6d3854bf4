# SPDX-License-Identifier: EUPL-1.2
"""Offers by reference: those of letters, and one that anybody may have, for wallets that let people log in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from issuer.activation.errors import ActivationRefusedError
from issuer.activation.service import ActivationService
from issuer.authorization.service import AuthorizationService
from issuer.openid.configurations import IssuedConfiguration
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
        """The offer with this reference: the name of a credential type, or what a letter's QR code says.

        None for any other, and for one that was used, replaced or has expired.
        """
        if unverified_reference in self._type_names():
            return self.open_offer(unverified_reference)
        try:
            return self.activation.offer_at(unverified_reference, self.clock())
        except ActivationRefusedError:
            return None

    def open_offer(self, type_name: str) -> CredentialOffer | None:
        """An offer of a type in all its formats to whoever logs in; None when nobody can log in here."""
        if self.authorization.visits is None:
            return None
        ids = self._ids_of(type_name)
        state = self.authorization.issuer_state(ids)
        return CredentialOffer(self.public_url, ids, AuthorizationCodeGrant(state, None), None)

    def reference(self, reference: str) -> OfferReference:
        """How a link names an offer."""
        return OfferReference(f"{self.public_url}/offers/{reference}")

    def _type_names(self) -> frozenset[str]:
        return frozenset(configuration.type.name for configuration in self.configurations.values())

    def _ids_of(self, type_name: str) -> tuple[str, ...]:
        return tuple(name for name, found in self.configurations.items() if found.type.name == type_name)
