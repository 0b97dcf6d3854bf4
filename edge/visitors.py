# SPDX-License-Identifier: EUPL-1.2
"""What a request says about who sends it: the language, whether a browser wants a page, where it comes from.

Nothing of this is kept, and nothing of it is trusted to identify anybody.
"""

from ipaddress import IPv6Address, IPv6Network

from starlette.requests import HTTPConnection
from starlette.types import Scope

from edge.addresses import parse_address
from edge.language import Language, choose_language

__all__ = ["client_key", "language_of", "wants_page"]


def language_of(request: HTTPConnection) -> Language:
    """The language to answer in: ``?lang=``, else the browser's preference, else Dutch."""
    return choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))


def wants_page(request: HTTPConnection) -> bool:
    """Whether the answer is for the eyes of a person, and not for a program."""
    return "text/html" in request.headers.get("accept", "")


def client_key(scope: Scope) -> str:
    """Where a request comes from, for counting only: the address; of an IPv6 address its network of 64 bits."""
    client = scope.get("client")
    host = str(client[0]) if client else ""
    address = parse_address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return host
