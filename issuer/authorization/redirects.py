# SPDX-License-Identifier: EUPL-1.2
"""Which addresses a wallet may let a browser return to (RFC 8252 7, RFC 9700 4.1).

Invariants: exactly the pushed text is used; nothing of it is changed, completed or decoded. Three kinds are allowed:
https, http to this machine with any port, and a scheme of an application that the settings name.
"""

import ipaddress
import re
from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit

__all__ = ["answer_url", "is_allowed_redirect", "is_custom_scheme", "is_loopback", "is_registered", "origin_of"]

_LONGEST: Final = 2000
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
"""The characters of RFC 3986 without ``#``."""
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A host with or without a port: no user, and nothing that could end a directive of a content policy."""
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]{1,63}")
_BROWSERS_OWN: Final = frozenset(
    {
        "about", "blob", "chrome", "chrome-extension", "content", "data", "file", "filesystem", "ftp", "http", "https",
        "intent", "jar", "javascript", "mailto", "moz-extension", "resource", "sms", "tel", "vbscript", "view-source",
        "ws", "wss",
    }
)  # fmt: skip


def is_loopback(host: str | None) -> bool:
    """Whether a host name or literal address is this machine."""
    if host is None:
        return False
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_custom_scheme(scheme: str) -> bool:
    """Whether a scheme can be one of an application: lower case, and none that a browser handles itself."""
    return _SCHEME.fullmatch(scheme) is not None and scheme not in _BROWSERS_OWN


def is_allowed_redirect(unverified: str, schemes: Collection[str]) -> bool:
    """Whether an address may be returned to.

    Args:
        unverified: as pushed.
        schemes: of applications, as ``is_custom_scheme`` accepts them.
    """
    parts = _split(unverified)
    if parts is None:
        return False
    if parts.scheme in {"https", "http"}:
        is_host = _AUTHORITY.fullmatch(parts.netloc) is not None
        return is_host and (parts.scheme == "https" or is_loopback(parts.hostname))
    return parts.scheme in schemes


def is_registered(unverified: str, registered: Iterable[str]) -> bool:
    """Whether an address is one of those that a wallet is listed with; the port of this machine may be any."""
    local = _without_port(unverified)
    return any(unverified == known or (local is not None and local == _without_port(known)) for known in registered)


def answer_url(redirect_uri: str, answer: Iterable[tuple[str, str]]) -> str:
    """The address with the answer's parameters added to its query (RFC 6749 4.1.2)."""
    separator = "&" if "?" in redirect_uri else "?"
    return redirect_uri + separator + urlencode(list(answer))


def origin_of(redirect_uri: str) -> str:
    """Scheme and host of an address, or its scheme alone; for a content policy and for people."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc.lower()}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def _split(unverified: str) -> SplitResult | None:
    if len(unverified) > _LONGEST or _CHARACTERS.fullmatch(unverified) is None:
        return None
    try:
        parts = urlsplit(unverified)
        _ = parts.port
    except ValueError:
        return None
    return parts if unverified.startswith(parts.scheme + ":") else None


def _without_port(text: str) -> tuple[str, ...] | None:
    parts = _split(text)
    if parts is None or parts.scheme != "http" or not is_loopback(parts.hostname):
        return None
    return (parts.hostname or "", parts.path, parts.query)
