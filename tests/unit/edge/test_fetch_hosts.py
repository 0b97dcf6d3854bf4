# SPDX-License-Identifier: EUPL-1.2
"""Where the guarded fetch may not be sent, whatever the notation or the name."""

from pathlib import Path

import pytest

from edge.fetch import FetchReason, GuardedFetch
from tests.unit.edge.fetching import HELLO, METADATA, NOBODY, PUBLIC, QUICK, Names, reason
from tests.unit.edge.servers import Authority, answer, serve

FORBIDDEN = {
    "this machine": "127.0.0.1",
    "this machine in full": "127.1.2.3",
    "nowhere": "0.0.0.0",  # noqa: S104
    "private 10": "10.0.0.1",
    "private 172": "172.31.255.255",
    "private 192": "192.168.1.1",
    "provider": "100.64.0.1",
    "metadata": METADATA,
    "documentation": "192.0.2.1",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "loopback 6": "::1",
    "nowhere 6": "::",
    "link-local 6": "fe80::1",
    "unique local 6": "fd00:ec2::254",
    "multicast 6": "ff02::1",
    "documentation 6": "2001:db8::1",
    "teredo": "2001:0:7f00:1::",
    "6to4 of loopback": "2002:7f00:1::",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped metadata": "::ffff:a9fe:a9fe",
    "mapped public": "::ffff:93.184.216.34",
    "compatible": "::7f00:1",
    "translated metadata": "64:ff9b::a9fe:a9fe",
}


@pytest.mark.parametrize("address", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_an_address_that_is_not_public_is_not_called(connections: list[str], address: str) -> None:
    written = f"[{address}]" if ":" in address else address
    assert reason(GuardedFetch(), f"https://{written}/") is FetchReason.HOST_NOT_ALLOWED
    names = Names([address])
    assert reason(GuardedFetch(resolver=names), "https://validator.example/") is FetchReason.HOST_NOT_ALLOWED
    mixed = Names([PUBLIC, address])
    assert reason(GuardedFetch(resolver=mixed), "https://validator.example/") is FetchReason.HOST_NOT_ALLOWED
    assert connections == []


@pytest.mark.parametrize(
    "address",
    [address for name, address in FORBIDDEN.items() if not name.startswith(("this machine", "loopback"))],
)
def test_this_machine_is_the_only_exception(connections: list[str], address: str) -> None:
    names = Names([address])
    fetch = GuardedFetch.for_this_machine(resolver=names)
    assert reason(fetch, "https://validator.example/") is FetchReason.HOST_NOT_ALLOWED
    assert connections == []


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "https://LOCALHOST/",
        "https://api.localhost/",
    ],
)
def test_names_of_this_machine_are_not_called(connections: list[str], url: str) -> None:
    assert reason(GuardedFetch(resolver=Names([PUBLIC])), url) is FetchReason.HOST_NOT_ALLOWED
    assert connections == []


@pytest.mark.parametrize(
    "url",
    ["http://validator.example/", "http://93.184.216.34/", f"http://{METADATA}/", "http://127.0.0.1.example/"],
)
def test_without_tls_nothing_but_this_machine_is_called(connections: list[str], url: str) -> None:
    for fetch in (GuardedFetch(), GuardedFetch.for_this_machine(resolver=Names(["127.0.0.1"]))):
        assert reason(fetch, url) is FetchReason.NOT_HTTPS
    assert connections == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_without_tls_this_machine_is_called_on_request_only(connections: list[str], host: str) -> None:
    assert reason(GuardedFetch(), f"http://{host}:8018/") is FetchReason.NOT_HTTPS
    assert connections == []


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://0127.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://127.0.0.1./",
        "https://127.0.0.256/",
        "https://1.2.3.4.5/",
        "https://validator.example./",
        "https://validator..example/",
        "https://-validator.example/",
        "https://validator.0x7f/",
        "https://①②⑦.0.0.1/",
        "https://127。0。0。1/",
        "https://ſtuiver.example/",
        "https://stuiver.example/\u212a",
        "https://[::1%25lo]/",
        "https://[fe80::1%eth0]/",
        "https://[127.0.0.1]/",
        "https://[::ffff:7f00::1]/",
        "https://[v1.x]/",
        "https://user@validator.example/",
        "https://user:password@validator.example/",
        "https://@validator.example/",
        "https://validator.example@127.0.0.1/",
        "https://validator.example\\@127.0.0.1/",
        "https://validator.example:0/",
        "https://validator.example:65536/",
        "https://validator.example:443x/",
        "https://validator.example:/",
        "https://validator.example:١/",
        "https:///path",
        "https:/validator.example/",
        "https:validator.example",
        "//validator.example/",
        "validator.example",
        "file:///etc/passwd",
        "ftp://validator.example/",
        "gopher://127.0.0.1:6379/_",
        "data:text/plain,hello",
        " https://validator.example/",
        "https://validator.example/ x",
        "https://validator.example/\n",
        "https://validator.example/\r\nHost: 127.0.0.1",
        "https://validator.example/\x00",
        "https://validator.example/é",
        "https://validator.example/<>",
        "https://validator.example/" + "a" * 8_192,
        "",
    ],
)
def test_an_unusual_url_is_not_fetched(connections: list[str], url: str) -> None:
    names = Names([PUBLIC])
    for fetch in (GuardedFetch(resolver=names), GuardedFetch.for_this_machine(resolver=names)):
        assert reason(fetch, url) is FetchReason.INVALID_URL
    assert (connections, names.asked) == ([], [])


@pytest.mark.parametrize("answered", ["", "localhost", "127.1", "fe80::1%eth0", "0x7f000001"])
def test_what_a_resolver_says_must_be_an_address(connections: list[str], answered: str) -> None:
    fetch = GuardedFetch.for_this_machine(resolver=Names([answered]))
    assert reason(fetch, "https://validator.example/") is FetchReason.HOST_NOT_ALLOWED
    assert connections == []


def test_a_name_is_looked_up_once_and_the_checked_address_is_called(connections: list[str]) -> None:
    """Rebinding: the second look-up would give this machine, where somebody listens."""
    with serve(HELLO) as server:
        names = Names([NOBODY], ["127.0.0.1"])
        fetch = GuardedFetch(limits=QUICK, resolver=names)
        lost = {FetchReason.UNREACHABLE, FetchReason.TIMED_OUT}
        assert reason(fetch, f"https://validator.example:{server.port}/") in lost
        assert connections == [str((NOBODY, server.port))]
        assert len(names.asked) == 1
    assert server.requests == []


def test_a_redirect_is_looked_up_and_checked_again(authority: Authority, tmp_path: Path) -> None:
    """Rebinding between two requests: the name moves to a private address before the redirect."""
    with serve(answer("302 Found", b"", "Location: /next"), tls=authority.context(tmp_path, "a.example")) as server:
        names = Names(["127.0.0.1"], ["10.0.0.1"])
        fetch = GuardedFetch.for_this_machine(anchors=[authority.pem], resolver=names)
        assert reason(fetch, f"https://a.example:{server.port}/") is FetchReason.HOST_NOT_ALLOWED
    assert server.lines() == ["GET / HTTP/1.1"]
