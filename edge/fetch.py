# SPDX-License-Identifier: EUPL-1.2
"""The one place from which a service opens a connection to an address that it was told.

A URL in a DID, an offer, a request or metadata comes from somebody else, who may want this service to call another one
that trusts it. Every outbound request therefore goes through ``GuardedFetch``.

Invariants:
    * HTTPS to public addresses. ``GuardedFetch.for_this_machine()``, for development and tests, may also reach
      loopback, there also without TLS. Nothing else is reachable, whatever its notation or name.
    * A host is resolved once per exchange, every address of the answer is checked, and the connection goes to one of
      those addresses; the certificate, SNI and the Host header stay those of the name. No later look-up counts.
    * One time limit covers an exchange from the look-up to the last octet, redirects included; one size limit covers
      the body while it is read. Compressed bodies are refused.
    * A redirect is followed for GET only, within the origin, three times, and each is checked as the first was.
    * No proxy, cookie, password or setting is taken from the environment, and nothing is kept between two exchanges.
"""

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self
from urllib.parse import urlencode, urljoin

import httpcore

from edge.addresses import IpAddress, is_loopback, is_public, parse_address
from edge.fetched import Fetched, FetchError, FetchReason, StatusError
from edge.target import Target

__all__ = [
    "FetchError",
    "FetchLimits",
    "FetchReason",
    "Fetched",
    "GuardedFetch",
    "Resolver",
    "StatusError",
    "SystemResolver",
]


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What an exchange may take.

    Attributes:
        seconds: from the look-up of the name to the last octet of the last redirect.
        octets: longest body, where a call sets no other limit.
        redirects: how many are followed.
    """

    seconds: float = 10.0
    octets: int = 1_048_576
    redirects: int = 3


class Resolver(Protocol):
    """Finds the addresses of a name."""

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """All its addresses, as text, the preferred one first.

        Raises:
            OSError: it has none.
        """
        ...


class SystemResolver:
    """The machine's own."""

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """As the operating system finds them."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


_THIS_MACHINE: Final = ("127.0.0.1", "::1")
_MOST_ATTEMPTS: Final = 4
_MOST_HEADER_OCTETS: Final = 32_768
_MOST_HEADERS: Final = 100
_MOST_ERROR_OCTETS: Final = 65_536
"""An error document may be longer than what was asked for."""
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]{0,16382}[\x21-\x7e])?|")
_OURS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """What is asked, whatever the URL."""

    method: str
    headers: tuple[tuple[str, str], ...]
    octets: bytes | None
    most: int


class GuardedFetch:
    """Fetches, with every guard of this module. One object serves a whole process and all its threads.

    Args:
        anchors: certificates of authorities, PEM, that are trusted in addition to the machine's own.
        limits: what an exchange may take.
        resolver: where names are looked up.
    """

    def __init__(
        self,
        *,
        anchors: Sequence[str] = (),
        limits: FetchLimits = FetchLimits(),
        resolver: Resolver | None = None,
    ) -> None:
        self._tls = ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        for anchor in anchors:
            self._tls.load_verify_locations(cadata=anchor)
        self._limits = limits
        self._resolver = resolver or SystemResolver()
        self._loopback = False

    @classmethod
    def for_this_machine(
        cls,
        *,
        anchors: Sequence[str] = (),
        limits: FetchLimits = FetchLimits(),
        resolver: Resolver | None = None,
    ) -> Self:
        """For development, tests and workshops: services on loopback may be called, also without TLS."""
        made = cls(anchors=anchors, limits=limits, resolver=resolver)
        made._loopback = True
        return made

    def __call__(self, url: str) -> bytes:
        """The body of a successful answer, of any type, at most ``limits.octets`` long; a ``Fetch`` for resolvers.

        Raises:
            FetchError: as ``get``.
        """
        return self.get(url).octets

    def get(
        self, url: str, *, accept: str = "*/*", most: int | None = None, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Get what lies at a URL.

        Args:
            accept: media types that are understood, as in the Accept header. Compare ``content_type`` afterwards.
            most: longest body, octets; ``limits.octets`` if none.
            headers: further headers, such as Authorization.
        Raises:
            StatusError: the answer is an HTTP error; its body is kept.
            FetchError: there is no answer to use.
        """
        return self._exchange(url, self._outgoing("GET", accept, most, headers))

    def post(
        self,
        url: str,
        octets: bytes,
        *,
        content_type: str,
        accept: str = "application/json",
        most: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Send a body. No redirect is followed.

        Raises:
            StatusError: the answer is an HTTP error; its body is kept.
            FetchError: there is no answer to use.
        """
        outgoing = self._outgoing("POST", accept, most, headers, octets=octets, content_type=content_type)
        return self._exchange(url, outgoing)

    def post_form(
        self,
        url: str,
        fields: Mapping[str, str] | Sequence[tuple[str, str]],
        *,
        accept: str = "application/json",
        most: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Send a form, as ``application/x-www-form-urlencoded``; otherwise as ``post``."""
        octets = urlencode(list(fields.items()) if isinstance(fields, Mapping) else fields).encode("ascii")
        kind = "application/x-www-form-urlencoded"
        return self.post(url, octets, content_type=kind, accept=accept, most=most, headers=headers)

    def post_json(
        self,
        url: str,
        document: Mapping[str, Any] | Sequence[Any],
        *,
        accept: str = "application/json",
        most: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Send JSON; otherwise as ``post``."""
        octets = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        return self.post(url, octets, content_type="application/json", accept=accept, most=most, headers=headers)

    def _outgoing(
        self,
        method: str,
        accept: str,
        most: int | None,
        extra: Mapping[str, str] | None,
        *,
        octets: bytes | None = None,
        content_type: str = "",
    ) -> _Outgoing:
        """Everything but the host, checked: no name or value can begin another header or a body."""
        headers = [("Accept", accept), ("Accept-Encoding", "identity"), ("User-Agent", "stuiver")]
        headers.append(("Connection", "close"))
        if octets is not None:
            headers += [("Content-Type", content_type), ("Content-Length", str(len(octets)))]
        headers += (extra or {}).items()
        for name, value in headers:
            if _TOKEN.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
                raise FetchError(FetchReason.INVALID_REQUEST)
        if any(name.lower() in _OURS for name in extra or {}):
            raise FetchError(FetchReason.INVALID_REQUEST)
        return _Outgoing(method, tuple(headers), octets, self._limits.octets if most is None else most)

    def _exchange(self, url: str, outgoing: _Outgoing) -> Fetched:
        """Ask, and follow redirects as far as that is allowed."""
        deadline = time.monotonic() + self._limits.seconds
        target = _target(url)
        for _ in range(self._limits.redirects + 1):
            answer = self._ask(target, outgoing, deadline)
            location = answer.headers.get("location")
            if answer.status // 100 == 2:
                return answer
            if answer.status not in {301, 302, 303, 307, 308} or location is None:
                raise StatusError(target.origin, answer)
            try:
                following = _target(urljoin(target.origin + target.path, location))
            except (FetchError, ValueError) as error:
                raise FetchError(FetchReason.REDIRECTED, target.origin) from error
            if outgoing.method != "GET" or following.origin != target.origin:
                break
            target = following
        raise FetchError(FetchReason.REDIRECTED, target.origin)

    def _ask(self, target: Target, outgoing: _Outgoing, deadline: float) -> Fetched:
        """One request and its answer, on a connection of its own."""
        addresses = self._addresses(target, deadline)
        scheme, host = target.scheme.encode(), target.host.encode()
        request = httpcore.Request(
            outgoing.method,
            httpcore.URL(scheme=scheme, host=host, port=target.port, target=target.path.encode()),
            headers=[("Host", target.authority), *outgoing.headers],
            content=outgoing.octets,
        )
        origin = httpcore.Origin(scheme, host, target.port)
        backend = _CheckedBackend(addresses, target, deadline)
        try:
            with httpcore.HTTPConnection(origin, self._tls, network_backend=backend) as connection:
                return _read(connection.handle_request(request), outgoing.most, target.origin)
        except httpcore.NetworkError as error:
            raise FetchError(FetchReason.UNREACHABLE, target.origin) from error
        except httpcore.RemoteProtocolError as error:
            raise FetchError(FetchReason.MALFORMED, target.origin) from error
        except httpcore.LocalProtocolError as error:
            raise FetchError(FetchReason.INVALID_REQUEST, target.origin) from error

    def _addresses(self, target: Target, deadline: float) -> tuple[IpAddress, ...]:
        """Where the host is; all of it may be called."""
        if target.scheme == "http" and not (self._loopback and target.names_this_machine):
            raise FetchError(FetchReason.NOT_HTTPS, target.origin)
        if target.address is not None:
            addresses = [target.address]
        else:
            local = target.names_this_machine
            found = _THIS_MACHINE if local else _in_time(self._resolver, target, deadline)
            addresses = []
            for text in found:
                address = parse_address(text)
                if address is None:
                    raise FetchError(FetchReason.HOST_NOT_ALLOWED, target.origin)
                addresses.append(address)
        if not addresses:
            raise FetchError(FetchReason.UNRESOLVABLE, target.origin)
        for address in addresses:
            if not (is_public(address) or (self._loopback and is_loopback(address))):
                raise FetchError(FetchReason.HOST_NOT_ALLOWED, target.origin)
        return tuple(addresses)


def _target(url: str) -> Target:
    try:
        return Target.from_url(url)
    except ValueError as error:
        raise FetchError(FetchReason.INVALID_URL) from error


def _in_time(resolver: Resolver, target: Target, deadline: float) -> Sequence[str]:
    """What the resolver finds before the deadline. A look-up cannot be broken off, so it has a thread of its own."""
    answer: Future[Sequence[str]] = Future()

    def look_up() -> None:
        try:
            answer.set_result(resolver(target.host, target.port))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=look_up, name="resolver", daemon=True).start()
    try:
        return answer.result(max(0.0, deadline - time.monotonic()))
    except TimeoutError as error:
        raise FetchError(FetchReason.TIMED_OUT, target.origin) from error
    except (OSError, UnicodeError) as error:
        raise FetchError(FetchReason.UNRESOLVABLE, target.origin) from error


def _read(response: httpcore.Response, most: int, origin: str) -> Fetched:
    """The whole answer, if it is one that is taken."""
    headers: dict[str, str] = {}
    if len(response.headers) > _MOST_HEADERS or sum(len(n) + len(v) for n, v in response.headers) > _MOST_HEADER_OCTETS:
        raise FetchError(FetchReason.TOO_LARGE, origin)
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise FetchError(FetchReason.ENCODED, origin)
    if not 200 <= response.status <= 299:
        most = max(most, _MOST_ERROR_OCTETS)
    if int(headers.get("content-length", "0")) > most:
        raise FetchError(FetchReason.TOO_LARGE, origin)
    octets = bytearray()
    for part in response.iter_stream():
        octets += part
        if len(octets) > most:
            raise FetchError(FetchReason.TOO_LARGE, origin)
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(response.status, bytes(octets), content_type, headers)


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, whatever host it is told."""

    def __init__(self, addresses: Sequence[IpAddress], target: Target, deadline: float) -> None:
        self._addresses = addresses[:_MOST_ATTEMPTS]
        self._target = target
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers; each has its share of the time that is left."""
        origin, failure = self._target.origin, OSError()
        for tried, address in enumerate(self._addresses):
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise FetchError(FetchReason.TIMED_OUT, origin) from failure
            try:
                connected = socket.create_connection((str(address), port), left / (len(self._addresses) - tried))
            except OSError as error:
                failure = error
                continue
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _TimedStream(connected, origin, self._deadline)
        late = isinstance(failure, TimeoutError)
        raise FetchError(FetchReason.TIMED_OUT if late else FetchReason.UNREACHABLE, origin) from failure


class _TimedStream(httpcore.NetworkStream):
    """A connection that ends at its deadline, however the other side divides its octets."""

    def __init__(self, connected: socket.socket, origin: str, deadline: float) -> None:
        self._socket = connected
        self._origin = origin
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come in."""
        self._wait_no_longer_than_is_left()
        try:
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise FetchError(FetchReason.TIMED_OUT, self._origin) from error
        except OSError as error:
            raise httpcore.ReadError from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        left = memoryview(buffer)
        while left:
            self._wait_no_longer_than_is_left()
            try:
                left = left[self._socket.send(left) :]
            except TimeoutError as error:
                raise FetchError(FetchReason.TIMED_OUT, self._origin) from error
            except OSError as error:
                raise httpcore.WriteError from error

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Shake hands; the certificate must be for the name in the URL."""
        try:
            self._wait_no_longer_than_is_left()
            # An end without TLS's own goodbye may be a cut: it is an error, not the end of a body.
            secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname, suppress_ragged_eofs=False)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise FetchError(FetchReason.UNTRUSTED_CERTIFICATE, self._origin) from error
        except TimeoutError as error:
            self.close()
            raise FetchError(FetchReason.TIMED_OUT, self._origin) from error
        except FetchError:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise FetchError(FetchReason.UNREACHABLE, self._origin) from error
        return _TimedStream(secured, self._origin, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Only which TLS session it is; httpcore asks for the protocol that was agreed on."""
        return self._socket if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket) else None

    def _wait_no_longer_than_is_left(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise FetchError(FetchReason.TIMED_OUT, self._origin)
        self._socket.settimeout(left)
