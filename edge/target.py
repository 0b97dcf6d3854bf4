# SPDX-License-Identifier: EUPL-1.2
"""A URL that was received, as the one thing that is fetched. Pure.

There is one reading of a URL: what is checked here is what is connected to and what stands in the request, so that no
two parsers can disagree about a host. What a lenient parser would repair is refused.

Invariants:
    * ASCII, at most ``MAX_URL`` characters, no space, control character or backslash, no user or password.
    * The host is a name in lower case letters, digits and hyphens, an IPv4 address as four decimal numbers, or an IPv6
      address in brackets. Other notations of IPv4 (octal, hexadecimal, one number, three parts) are refused.
    * A fragment is cut off: it is never sent.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Self

from edge.addresses import IpAddress, is_loopback, parse_address

__all__ = ["MAX_URL", "Target"]

MAX_URL: Final = 8_192
"""Longest URL that is read, characters."""
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!$-;=@-\[\]_a-z~]*)?(?P<query>\?[!$-;=?-\[\]_a-z~]*)?(?:#[!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes, and what stands in its first line.

    Attributes:
        scheme: ``http`` or ``https``.
        host: a name or an address, lower case, without brackets.
        address: the host, if it is an address.
        path: path and query, from the first slash; never empty.
    """

    scheme: str
    host: str
    address: IpAddress | None
    port: int
    path: str

    @classmethod
    def from_url(cls, unverified_url: str) -> Self:
        """Read a URL.

        Raises:
            ValueError: it is none that is fetched; without words, since a URL may hold secrets.
        """
        match = _URL.fullmatch(unverified_url) if len(unverified_url) <= MAX_URL else None
        if match is None:
            raise ValueError
        scheme, host = match["scheme"].lower(), match["host"].lower()
        port = int(match["port"]) if match["port"] else _DEFAULT_PORTS[scheme]
        if not 1 <= port <= 65_535:
            raise ValueError
        host, address = _read_host(host)
        return cls(scheme, host, address, port, (match["path"] or "/") + (match["query"] or ""))

    @property
    def authority(self) -> str:
        """The value of the Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what an error may name."""
        return f"{self.scheme}://{self.authority}"

    @property
    def names_this_machine(self) -> bool:
        """Whether the host is a loopback address or a name that can be nothing else (RFC 6761, 6.3)."""
        if self.address is not None:
            return is_loopback(self.address)
        return self.host == "localhost" or self.host.endswith(".localhost")


def _read_host(host: str) -> tuple[str, IpAddress | None]:
    if host.startswith("["):
        address = parse_address(host[1:-1])
        if not isinstance(address, IPv6Address):
            raise ValueError
        return str(address), address
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]) is not None:
        # To a URL parser a name that ends in a number is an IPv4 address, whatever its notation.
        address = parse_address(host)
        if not isinstance(address, IPv4Address):
            raise ValueError
        return host, address
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError
    return host, None
