# SPDX-License-Identifier: EUPL-1.2
"""What a municipality sets once about its verifier. Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from ssi.credential.document import Wording
from verifier.errors import SettingsError

__all__ = ["ClientName", "VerifierSettings"]

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://")
_SHORTEST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(minutes=30)


class ClientName(StrEnum):
    """By what name the verifier speaks to wallets: the client identifier prefix (OpenID4VP 1.0, section 5.9.3)."""

    X509_HASH = "x509_hash"
    """The hash of its certificate; requests are signed. What HAIP asks for."""
    DECENTRALIZED_IDENTIFIER = "decentralized_identifier"
    """Its DID; requests are signed."""
    REDIRECT_URI = "redirect_uri"
    """Nothing but the address that answers go to; requests are not signed and stand in the link itself."""


@dataclass(frozen=True, slots=True)
class VerifierSettings:
    """The settings.

    Args:
        public_url: where wallets and browsers reach it, without a slash at the end: https, or http on this machine.
        name: who asks, for citizens.
        client: by what name it speaks to wallets.
        encrypted: whether answers are encrypted (``direct_post.jwt``).
        haip: whether everything follows HAIP 1.0: signed with a certificate, encrypted, standard formats first.
        request_life: how long a request can be answered.
        wallet_url: what a link to a wallet begins with.
        did: the DID for ``decentralized_identifier``: a did:web of the public URL's host; by default a did:jwk.
    Raises:
        SettingsError: naming the setting.
    """

    public_url: str
    name: Wording
    client: ClientName = ClientName.X509_HASH
    encrypted: bool = True
    haip: bool = False
    request_life: timedelta = timedelta(minutes=5)
    wallet_url: str = "openid4vp://"
    did: str | None = None

    def __post_init__(self) -> None:
        """Check what belongs together."""
        parts = urlsplit(self.public_url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
            raise SettingsError("public_url", "must be an address such as https://verifier.example")
        if parts.scheme == "http" and not self.is_loopback:
            raise SettingsError("public_url", "must begin with https:// unless it is this machine's own")
        if self.public_url.endswith("/") or parts.username is not None:
            raise SettingsError("public_url", "must have no slash at the end, and no name or password")
        if not _SHORTEST <= self.request_life <= _LONGEST:
            raise SettingsError("request_life", "must be between one and thirty minutes")
        if _SCHEME.match(self.wallet_url) is None:
            raise SettingsError("wallet_url", "must begin with a scheme such as openid4vp://")
        if self.haip and (self.client is not ClientName.X509_HASH or not self.encrypted):
            raise SettingsError("haip", "needs the client name x509_hash and encrypted answers")
        if self.did is not None and self.did != f"did:web:{parts.netloc.replace(':', '%3A')}":
            raise SettingsError("did", "must be the did:web of the public address's host")

    @property
    def host(self) -> str:
        """The host name of the public URL."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def is_loopback(self) -> bool:
        """Whether the public URL is this machine's own."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_https(self) -> bool:
        """Whether browsers keep this site's cookies to https."""
        return self.public_url.startswith("https://")
