# SPDX-License-Identifier: EUPL-1.2
"""Reading received messages: JSON bodies, forms and addresses, each within bounds.

Unlike a published document (``ssi.credential.document``), a message may have members that we do not know: the
specifications add some every year and tell everyone to ignore them. An optional member that is ``null`` counts as
absent.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlsplit

from ssi.credential.document import DocumentError, Node
from ssi.errors import Reason, VerificationError
from ssi.jose.tokens_json import read_json

__all__ = [
    "LONGEST_MESSAGE",
    "LONGEST_TEXT",
    "LONGEST_TOKEN",
    "LONGEST_URL",
    "find",
    "identifier_url",
    "known_members",
    "parse_form",
    "parse_message",
    "present_members",
    "read_query",
    "strings",
    "unique_strings",
    "web_url",
]

LONGEST_MESSAGE: Final = 1 << 20
"""Most octets of a body."""
LONGEST_TOKEN: Final = 1 << 18
"""Most characters of a token, a proof or a credential inside a message."""
LONGEST_URL: Final = 2048
LONGEST_TEXT: Final = 4096
_MOST_PARAMETERS: Final = 100
_URL_CHARACTERS: Final = re.compile(r"[!#-;=?-\[\]_a-z~%]+")
"""The characters of RFC 3986."""
_RULES: Final = {
    Reason.TOO_LARGE: f"must have at most {LONGEST_MESSAGE} octets",
    Reason.TOO_DEEP: "must not nest so deep",
}
T = TypeVar("T")


def parse_message(unverified: bytes) -> Node:
    """Read a JSON body.

    Raises:
        DocumentError: too long, too deep, not JSON in UTF-8, or an object that repeats a member.
    """
    try:
        return Node(read_json(unverified, longest=LONGEST_MESSAGE))
    except VerificationError as error:
        raise DocumentError("$", _RULES.get(error.reason, "must be JSON in UTF-8 that repeats no member")) from None


def parse_form(unverified_pairs: Iterable[tuple[str, str]]) -> Node:
    """Read the parameters of a form or a query; an empty value counts as absent (RFC 6749 section 3.1).

    Raises:
        DocumentError: a parameter stands twice (RFC 6749 section 3.2), or there are too many.
    """
    pairs = list(unverified_pairs)
    if len(pairs) > _MOST_PARAMETERS:
        raise DocumentError("$", f"must have at most {_MOST_PARAMETERS} parameters")
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise DocumentError("$", "must not repeat a parameter")
    return Node({name: value for name, value in pairs if value})


def read_query(unverified_link: str, *, longest: int = LONGEST_MESSAGE) -> Node:
    """The query parameters of a link, read as a form."""
    if len(unverified_link) > longest or not unverified_link.isascii():
        raise DocumentError("$", f"must be ASCII of at most {longest} characters")
    try:
        query = urlsplit(unverified_link).query
        return parse_form(parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        raise DocumentError("$", "must be a link with a query in UTF-8") from None


def known_members(node: Node, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Node]:
    """The members of an object that its specification names; all others are left out.

    Raises:
        DocumentError: not an object, or a required member is missing.
    """
    found = node.entries()
    for name in required:
        if name not in found:
            raise DocumentError(f"{node.path}.{name}", "is missing")
    return {
        name: member
        for name, member in found.items()
        if name in required or (name in optional and member.value is not None)
    }


def find(members: Mapping[str, Node], name: str, read: Callable[[Node], T]) -> T | None:
    """Read an optional member, or None."""
    return read(members[name]) if name in members else None


def strings(
    node: Node, *, most: int, least: int = 1, longest: int = LONGEST_TEXT, pattern: re.Pattern[str] | None = None
) -> tuple[str, ...]:
    """An array of strings."""
    return tuple(item.text(pattern, longest=longest) for item in node.items(least, most))


def unique_strings(
    node: Node, *, most: int, least: int = 1, longest: int = LONGEST_TEXT, pattern: re.Pattern[str] | None = None
) -> tuple[str, ...]:
    """An array of strings of which none stands twice."""
    texts = strings(node, most=most, least=least, longest=longest, pattern=pattern)
    if len(set(texts)) != len(texts):
        node.refuse("must not repeat an item")
    return texts


def web_url(node: Node) -> str:
    """An absolute https address without user, password and fragment; http is read for this machine alone.

    Whether a loopback address is fetched is decided where fetches are made.
    """
    text = node.text(longest=LONGEST_URL)
    if not _is_web_url(text):
        node.refuse("must be an https address without user and fragment")
    return text


def identifier_url(node: Node) -> str:
    """An address that names a party: as ``web_url``, and without a query (OpenID4VCI 12.2.1, RFC 8414 section 2)."""
    text = web_url(node)
    if "?" in text:
        node.refuse("must not have a query")
    return text


def present_members(members: Mapping[str, object]) -> dict[str, object]:
    """The members that are there: None, empty tuples and False are left out of a message."""
    return {
        name: value
        for name, value in members.items()
        if value is not None and value is not False and value != () and value != []
    }


def _is_web_url(text: str) -> bool:
    if _URL_CHARACTERS.fullmatch(text) is None or "#" in text:
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
