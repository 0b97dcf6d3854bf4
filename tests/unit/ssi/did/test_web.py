# SPDX-License-Identifier: EUPL-1.2
"""did:web: the URL is the one the method prescribes, and nothing else is ever fetched."""

import json
from typing import Any

import pytest

from ssi.did import (
    MAX_DOCUMENT_OCTETS,
    DidError,
    DidProblem,
    Relationship,
    Resolver,
    WebMethod,
    did_web_url,
)
from ssi.keys import KeyType, PrivateKey

KEY = PrivateKey.from_octets(KeyType.P256, b"\x07" * 32).public_key
DID = "did:web:westerkwartier.example"
URL = "https://westerkwartier.example/.well-known/did.json"


def document(did: str = DID, **changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": did,
        "verificationMethod": [
            {"id": f"{did}#key", "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": KEY.to_jwk()}
        ],
        "assertionMethod": [f"{did}#key"],
    }
    return content | changes


class Shelf:
    """A web of documents in memory; remembers what was asked for."""

    def __init__(self, **pages: bytes) -> None:
        self.pages: dict[str, bytes] = pages
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise OSError("nothing there")
        return self.pages[url]


URLS = {
    "did:web:w3c-ccg.github.io": "https://w3c-ccg.github.io/.well-known/did.json",
    "did:web:w3c-ccg.github.io:user:alice": "https://w3c-ccg.github.io/user/alice/did.json",
    "did:web:example.com%3A3000": "https://example.com:3000/.well-known/did.json",
    "did:web:example.com%3a3000": "https://example.com:3000/.well-known/did.json",
    "did:web:example.com%3A3000:user:alice": "https://example.com:3000/user/alice/did.json",
    "did:web:localhost%3A8443:issuer": "https://localhost:8443/issuer/did.json",
    "did:web:127.0.0.1%3A8443": "https://127.0.0.1:8443/.well-known/did.json",
    "did:web:xn--bcher-kva.example": "https://xn--bcher-kva.example/.well-known/did.json",
    "did:web:example.com:a%20b": None,
    "did:web:example.com:caf%C3%A9": "https://example.com/caf%C3%A9/did.json",
    "did:web:example.com:.hidden": "https://example.com/.hidden/did.json",
}


@pytest.mark.parametrize(("did", "url"), [(did, url) for did, url in URLS.items() if url])
def test_maps_to_the_prescribed_url(did: str, url: str) -> None:
    assert did_web_url(did) == url


REFUSED = {
    **{
        f"did:web:{host}": DidProblem.HOST_NOT_ALLOWED
        for host in (
            "10.0.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "8.8.8.8",
            "0.0.0.0",  # noqa: S104 - an address that must be refused
            "127.1",
            "127.0.0.256",
            "127.0.0.01",
            "127.0.0.1.",
            "2130706433",
            "0x7f000001",
            "0x7f.0x0.0x0.0x1",
            "0177.0.0.1",
            "1.2.3",
            "example.com.7",
            "intranet",
            "metadata",
            "Example.com",
            "example.com.",
            ".example.com",
            "example..com",
            "-example.com",
            "example-.com",
            "ex_ample.com",
            "%5B%3A%3A1%5D",
            "%5Bfe80%3A%3A1%5D",
            "example.com%2Fpath",
            "user%40example.com",
            "example.com%00.evil.example",
            "e%78ample.com",
            "a" * 64 + ".example",
            ".".join(["a" * 60] * 5),
        )
    },
    **{
        f"did:web:example.com{rest}": DidProblem.MALFORMED_IDENTIFIER
        for rest in (
            "%3A",
            "%3A0",
            "%3A080",
            "%3A65536",
            "%3A123456",
            "%3A80%3A81",
            "%3Aabc",
            "%3A-1",
            "::user",
            ":.",
            ":..",
            ":..:..:etc",
            ":user:..:admin",
            ":%2e%2e",
            ":%2E",
            ":.%2e",
            ":%2f",
            ":a%2Fb",
            ":a%5Cb",
            ":%252e%252e",
            ":a%00",
            ":a%0d%0aHost",
            ":a%3Fb",
            ":a%23b",
            ":a%20b",
        )
    },
    "did:web:": DidProblem.NOT_A_DID,
    "did:web:example.com:": DidProblem.NOT_A_DID,
    "did:web:example.com/path": DidProblem.NOT_A_DID,
    "did:web:example.com?x=1": DidProblem.NOT_A_DID,
    "did:web:example.com#key": DidProblem.NOT_A_DID,
    "did:web:exa mple.com": DidProblem.NOT_A_DID,
    "did:web:example.com\n": DidProblem.NOT_A_DID,
    "did:web:example.com:%zz": DidProblem.NOT_A_DID,
    "did:web:bücher.example": DidProblem.NOT_A_DID,
    "DID:web:example.com": DidProblem.NOT_A_DID,
    "did:WEB:example.com": DidProblem.NOT_A_DID,
    "https://example.com": DidProblem.NOT_A_DID,
    "": DidProblem.NOT_A_DID,
    "did:web:example.com:" + "a" * 9000: DidProblem.NOT_A_DID,
    "did:key:z6Mk": DidProblem.UNSUPPORTED_METHOD,
}


@pytest.mark.parametrize(("did", "problem"), REFUSED.items(), ids=[did[:60] for did in REFUSED])
def test_refuses_and_fetches_nothing(did: str, problem: DidProblem) -> None:
    shelf = Shelf()
    with pytest.raises(DidError) as refused:
        WebMethod(shelf).resolve(did)
    assert refused.value.problem is problem
    assert shelf.asked == []


def test_resolves_a_key_for_a_purpose() -> None:
    shelf = Shelf(**{URL: json.dumps(document()).encode()})
    resolver = Resolver.with_web(shelf)
    assert resolver.resolve_key(f"{DID}#key", Relationship.ASSERTION_METHOD) == KEY
    assert resolver.resolve(DID).keys_for(Relationship.ASSERTION_METHOD) == (KEY,)
    assert shelf.asked == [URL, URL]


def test_says_that_fetching_failed() -> None:
    with pytest.raises(DidError) as refused:
        WebMethod(Shelf()).resolve(DID)
    assert refused.value.problem is DidProblem.FETCH_FAILED


def test_refuses_a_document_of_another_did() -> None:
    for other in ("did:web:other.example", DID + ":path", DID.upper(), None, 7):
        content = document() | {"id": other}
        with pytest.raises(DidError) as refused:
            WebMethod(Shelf(**{URL: json.dumps(content).encode()})).resolve(DID)
        assert refused.value.problem is DidProblem.DOCUMENT_ID_MISMATCH


def test_reads_a_document_of_the_largest_size_and_no_larger() -> None:
    text = json.dumps(document()).encode()
    padded = text + b" " * (MAX_DOCUMENT_OCTETS - len(text))
    assert WebMethod(Shelf(**{URL: padded})).resolve(DID).id == DID
    with pytest.raises(DidError) as refused:
        WebMethod(Shelf(**{URL: padded + b" "})).resolve(DID)
    assert refused.value.problem is DidProblem.DOCUMENT_TOO_LARGE
