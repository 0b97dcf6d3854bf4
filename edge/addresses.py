# SPDX-License-Identifier: EUPL-1.2
"""Which internet addresses a service may connect to on behalf of what it received. Pure.

Source: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890). The list is here, and not Python's
``is_global``, because that one differs between releases.

Invariants:
    * What is not known to be public is not public. An IPv6 address is public inside 2000::/3 only, outside the blocks
      that carry or tunnel something else.
    * An address that stands for an IPv4 address (NAT64) is as public as that one; IPv4-mapped addresses never are.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

__all__ = ["IpAddress", "is_loopback", "is_public", "parse_address"]

IpAddress = IPv4Address | IPv6Address

_NOT_PUBLIC_4: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # link-local, where clouds keep their metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_PUBLIC_6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
_LOOPBACK_4: Final = IPv4Network("127.0.0.0/8")
_LOOPBACK_6: Final = IPv6Address("::1")


def parse_address(text: str) -> IpAddress | None:
    """The address that a text is in its usual notation (four decimal numbers, or IPv6 without a zone), else None."""
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def is_loopback(address: IpAddress) -> bool:
    """Whether it is this machine."""
    return address in _LOOPBACK_4 if isinstance(address, IPv4Address) else address == _LOOPBACK_6


def is_public(address: IpAddress) -> bool:
    """Whether it is a unicast address of the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _NOT_PUBLIC_4)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _PUBLIC_6 and not any(address in block for block in _NOT_PUBLIC_6)
