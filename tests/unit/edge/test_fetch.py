# SPDX-License-Identifier: EUPL-1.2
"""The guarded fetch against real servers on loopback: what it may be made to call, and how it survives the answer."""

import json
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from edge.fetch import FetchError, FetchReason, GuardedFetch, StatusError
from ssi.did import MAX_DOCUMENT_OCTETS
from ssi.did.web import Fetch
from tests.unit.edge.fetching import HELLO, METADATA, Names, reason
from tests.unit.edge.servers import Authority, answer, serve

# ---- what works ----


def test_gets_what_lies_there() -> None:
    with serve(HELLO) as server:
        url = f"{server.url}/a/b?c=d#e"
        fetched = GuardedFetch.for_this_machine().get(url, accept="text/plain", headers={"X-Own": "1"})
    assert (fetched.status, fetched.octets, fetched.content_type) == (200, b"hello", "text/plain")
    assert fetched.headers["x-seen"] == "1, 2"
    head = server.requests[0].decode().split("\r\n")
    assert head[0] == "GET /a/b?c=d HTTP/1.1"
    sent = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in head[1:] if line}
    assert sent == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "text/plain",
        "accept-encoding": "identity",
        "user-agent": "stuiver",
        "connection": "close",
        "x-own": "1",
    }


def test_serves_resolvers_of_documents() -> None:
    fetch: Fetch = GuardedFetch.for_this_machine()
    with serve(answer("200 OK", bytes(MAX_DOCUMENT_OCTETS + 1))) as server:
        assert len(fetch(f"http://localhost:{server.port}/did.json")) > MAX_DOCUMENT_OCTETS


def test_sends_bodies() -> None:
    fetch = GuardedFetch.for_this_machine()
    with serve(answer()) as server:
        fetch.post(server.url, b"\x00\xff", content_type="application/octet-stream", headers={"DPoP": "x.y.z"})
        fetch.post_form(server.url, [("code", "a b&c"), ("code", "é")])
        fetch.post_json(server.url, {"naam": "é"})
    first, form, document = server.requests
    assert first.endswith(b"\r\n\r\n\x00\xff")
    assert b"\r\nDPoP: x.y.z\r\n" in first
    assert form.endswith(b"\r\n\r\ncode=a+b%26c&code=%C3%A9")
    assert b"Content-Type: application/x-www-form-urlencoded" in form
    assert json.loads(document.partition(b"\r\n\r\n")[2]) == {"naam": "é"}


def test_keeps_the_body_of_an_http_error_for_an_oauth_client() -> None:
    refusal = answer(
        "400 Bad Request", b'{"error":"use_dpop_nonce"}', "Content-Type: application/json", "DPoP-Nonce: n"
    )
    with serve(refusal) as server, pytest.raises(StatusError) as refused:
        GuardedFetch.for_this_machine().post_form(f"{server.url}/token?secret", {"code": "secret"}, most=3)
    assert refused.value.reason is FetchReason.STATUS
    assert json.loads(refused.value.response.octets) == {"error": "use_dpop_nonce"}
    assert refused.value.response.headers["dpop-nonce"] == "n"
    assert str(refused.value) == f"{server.url}: answered with an error (400)"


def test_tries_the_next_address_of_a_host() -> None:
    with serve(HELLO) as server:
        fetch = GuardedFetch.for_this_machine(resolver=Names(["127.0.0.2", "127.0.0.1"]))
        assert fetch(f"http://localhost:{server.port}/") == b"hello"
        with pytest.raises(FetchError):
            GuardedFetch.for_this_machine(resolver=Names(["127.0.0.2"]))(f"https://here.example:{server.port}/")


def test_takes_nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(b"") as proxy, serve(HELLO) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert GuardedFetch.for_this_machine()(server.url) == b"hello"
    assert proxy.requests == []


def test_one_object_serves_many_threads() -> None:
    with serve(HELLO) as server:
        fetch, got = GuardedFetch.for_this_machine(), list[bytes]()
        threads = [threading.Thread(target=lambda: got.append(fetch(server.url))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == [b"hello"] * 8


# ---- TLS ----


def test_trusts_an_anchor_for_the_name_and_connects_to_the_resolved_address(
    authority: Authority, tmp_path: Path
) -> None:
    names = Names(["127.0.0.1"])
    with serve(HELLO, tls=authority.context(tmp_path, "validator.example")) as server:
        fetch = GuardedFetch.for_this_machine(anchors=[authority.pem], resolver=names)
        assert fetch(f"https://validator.example:{server.port}/") == b"hello"
    assert f"Host: validator.example:{server.port}".encode() in server.requests[0]
    assert names.asked == [("validator.example", server.port)]


def test_an_address_can_have_a_certificate(authority: Authority, tmp_path: Path) -> None:
    with serve(HELLO, tls=authority.context(tmp_path, "127.0.0.1")) as server:
        fetch = GuardedFetch.for_this_machine(anchors=[authority.pem])
        assert fetch(f"https://127.0.0.1:{server.port}/") == b"hello"


def test_refuses_a_certificate_for_another_name(authority: Authority, tmp_path: Path) -> None:
    with serve(HELLO, tls=authority.context(tmp_path, "other.example")) as server:
        fetch = GuardedFetch.for_this_machine(anchors=[authority.pem], resolver=Names(["127.0.0.1"]))
        url = f"https://validator.example:{server.port}/?secret"
        assert reason(fetch, url) is FetchReason.UNTRUSTED_CERTIFICATE
    assert server.requests == []


def test_refuses_a_certificate_of_an_unknown_authority(authority: Authority, tmp_path: Path) -> None:
    with serve(HELLO, tls=authority.context(tmp_path, "validator.example")) as server:
        fetch = GuardedFetch.for_this_machine(resolver=Names(["127.0.0.1"]))
        assert reason(fetch, f"https://validator.example:{server.port}/") is FetchReason.UNTRUSTED_CERTIFICATE
    assert server.requests == []


def test_refuses_a_server_without_tls() -> None:
    with serve(HELLO) as server:
        assert reason(GuardedFetch.for_this_machine(), f"https://127.0.0.1:{server.port}/") is FetchReason.UNREACHABLE


def test_takes_an_end_without_goodbye_for_a_cut(authority: Authority, tmp_path: Path) -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\npart of a do")
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    with serve(cut, tls=authority.context(tmp_path, "127.0.0.1")) as server:
        fetch = GuardedFetch.for_this_machine(anchors=[authority.pem])
        assert reason(fetch, f"https://127.0.0.1:{server.port}/") is FetchReason.UNREACHABLE


# ---- redirects ----


@pytest.mark.parametrize(
    "location",
    [
        f"http://{METADATA}/latest/meta-data/",
        f"https://{METADATA}/",
        "https://validator.example/",
        "http://127.0.0.1:1/",
        "//127.0.0.1:1/",
        "https://127.0.0.1/",
        "file:///etc/passwd",
        "http://user@127.0.0.1/",
        "http://[",
        "http://0x7f.1/",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(connections: list[str], location: str) -> None:
    with serve(answer("302 Found", b"", f"Location: {location}")) as server:
        assert reason(GuardedFetch.for_this_machine(), server.url) is FetchReason.REDIRECTED
        assert connections == [str(("127.0.0.1", server.port))]


def test_a_redirect_within_the_origin_is_followed_three_times() -> None:
    moved = [answer("301 Moved Permanently", b"", f"Location: step{n}#x") for n in range(3)]
    with serve([*moved, HELLO]) as server:
        assert GuardedFetch.for_this_machine()(f"{server.url}/a/b") == b"hello"
    assert server.lines() == [f"GET {path} HTTP/1.1" for path in ("/a/b", "/a/step0", "/a/step1", "/a/step2")]
    with serve(moved) as server:
        assert reason(GuardedFetch.for_this_machine(), server.url) is FetchReason.REDIRECTED
    assert len(server.requests) == 4


def test_a_body_is_not_sent_twice() -> None:
    moved = answer("307 Temporary Redirect", b"", "Location: /elsewhere")
    with serve(moved) as server, pytest.raises(FetchError) as refused:
        GuardedFetch.for_this_machine().post_form(server.url, {"code": "secret"})
    assert refused.value.reason is FetchReason.REDIRECTED
    assert len(server.requests) == 1


# ---- what a caller hands on ----


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Own": "a\r\nHost: 127.0.0.1"},
        {"X-Own": "a\nX-Other: b"},
        {"X-Own": "a\rb"},
        {"X-Own": "a\x00b"},
        {"X-Own": "é"},
        {"X-Own": " a"},
        {"X-Own\r\nX-Other": "a"},
        {"X Own": "a"},
        {"": "a"},
        {"Host": "127.0.0.1"},
        {"content-length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "keep-alive"},
        {"Accept-Encoding": "gzip"},
    ],
    ids=str,
)
def test_a_header_cannot_bring_another_one(connections: list[str], headers: dict[str, str]) -> None:
    with pytest.raises(FetchError) as refused:
        GuardedFetch.for_this_machine().get("http://127.0.0.1:1/", headers=headers)
    assert refused.value.reason is FetchReason.INVALID_REQUEST
    assert connections == []


def test_a_media_type_cannot_bring_a_header(connections: list[str]) -> None:
    fetch = GuardedFetch.for_this_machine()
    with pytest.raises(FetchError):
        fetch.post("http://127.0.0.1:1/", b"", content_type="a\r\nX: y")
    with pytest.raises(FetchError):
        fetch.get("http://127.0.0.1:1/", accept="a\r\nX: y")
    assert connections == []


def test_errors_name_the_origin_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(answer("302 Found", b"", "Location: https://secret.example/")) as server:
        for url in (
            f"{server.url}/secret?secret#secret",
            "https://secret:secret@validator.example/secret",
            "http://10.0.0.1/secret?secret",
        ):
            with pytest.raises(FetchError) as refused:
                GuardedFetch.for_this_machine()(url)
            assert "secret" not in f"{refused.value} {refused.value!r}"


def test_an_unknown_name_is_unresolvable() -> None:
    def nobody(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    fetch = GuardedFetch(resolver=nobody)
    assert reason(fetch, "https://validator.example/") is FetchReason.UNRESOLVABLE


def test_a_name_without_addresses_is_unresolvable() -> None:
    assert reason(GuardedFetch(resolver=Names([])), "https://validator.example/") is FetchReason.UNRESOLVABLE


def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert reason(GuardedFetch.for_this_machine(), f"http://127.0.0.1:{port}/") is FetchReason.UNREACHABLE
