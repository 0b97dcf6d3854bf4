# SPDX-License-Identifier: EUPL-1.2
"""What the wallet says of links that lead nowhere, and of services that do not keep to the standards."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from edge.fetch import GuardedFetch
from holder.openid.errors import LinkError, LinkProblem
from holder.openid.offers import read_offer
from holder.openid.requests import KnownVerifiers, NoCertificates, read_request
from ssi.did import JwkMethod, KeyMethod, Resolver
from tests.unit.edge.servers import Answers, answer, serve
from tests.unit.verifier.material import NOW

FETCH = GuardedFetch.for_this_machine()
VERIFIERS = KnownVerifiers(Resolver.of((KeyMethod(), JwkMethod())), NoCertificates())
PRE_AUTHORIZED = {"urn:ietf:params:oauth:grant-type:pre-authorized_code": {"pre-authorized_code": "a code"}}
NOWHERE = "http%3A%2F%2F127.0.0.1%3A1%2Foffer"


def _problem(work: Callable[[], object]) -> LinkProblem:
    with pytest.raises(LinkError) as refused:
        work()
    return refused.value.problem


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://town.example/",
        "openid-credential-offer://?credential_offer=%7B%7D",
        "openid-credential-offer://?credential_offer=not+json",
        f"openid-credential-offer://?credential_offer=%7B%7D&credential_offer_uri={NOWHERE}",
        "openid-credential-offer://?credential_offer_uri=ftp%3A%2F%2Ftown.example%2Foffer",
        "openid4vp://?client_id=a&request_uri=https%3A%2F%2Ftown.example%2F",
    ],
    ids=["nothing", "a page", "empty", "no document", "both", "another scheme", "a request"],
)
def test_what_is_no_offer_is_not_followed(link: str) -> None:
    assert _problem(lambda: read_offer(link, FETCH)) is LinkProblem.NOT_AN_OFFER


@pytest.mark.parametrize(
    "link",
    [
        "",
        "openid4vp://",
        "openid4vp://?client_id=a&request_uri=http%3A%2F%2Ftown.example%2F",
        "openid4vp://?client_id=x509_hash%3Aa&response_type=vp_token",
        "openid-credential-offer://?credential_offer=%7B%7D",
    ],
    ids=["nothing", "empty", "not https", "unsigned with a name", "an offer"],
)
def test_what_is_no_request_is_not_followed(link: str) -> None:
    assert _problem(lambda: read_request(link, FETCH, VERIFIERS, now=NOW)) is LinkProblem.NOT_A_REQUEST


def _offer_link(server: Answers) -> str:
    return f"openid-credential-offer://?credential_offer_uri=http%3A%2F%2F127.0.0.1%3A{server.port}%2Foffer"


def _request_link(server: Answers) -> str:
    client = "decentralized_identifier%3Adid%3Ajwk%3Aabc"
    return f"openid4vp://?client_id={client}&request_uri=http%3A%2F%2F127.0.0.1%3A{server.port}%2Frequest"


def _json(document: object) -> bytes:
    return answer("200 OK", json.dumps(document).encode(), "Content-Type: application/json")


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "500 Internal Server Error"])
def test_an_offer_or_request_that_is_not_there_any_more_is_unreachable(status: str) -> None:
    with serve(answer(status, b"{}")) as server:
        assert _problem(lambda: read_offer(_offer_link(server), FETCH)) is LinkProblem.UNREACHABLE
        assert _problem(lambda: read_request(_request_link(server), FETCH, VERIFIERS, now=NOW)) is (
            LinkProblem.UNREACHABLE
        )


def test_a_host_that_does_not_answer_is_unreachable() -> None:
    link = f"openid-credential-offer://?credential_offer_uri={NOWHERE}"
    assert _problem(lambda: read_offer(link, FETCH)) is LinkProblem.UNREACHABLE


@pytest.mark.parametrize(
    "octets", [b"", b"[]", b"{}", b"\xff", b'{"a":' * 200], ids=["nothing", "list", "empty", "not UTF-8", "deep"]
)
def test_an_offer_that_is_no_offer_is_malformed(octets: bytes) -> None:
    with serve(answer("200 OK", octets, "Content-Type: application/json")) as server:
        assert _problem(lambda: read_offer(_offer_link(server), FETCH)) is LinkProblem.MALFORMED_ANSWER


def test_a_request_that_is_not_ascii_is_malformed() -> None:
    with serve(answer("200 OK", "é".encode(), "Content-Type: application/oauth-authz-req+jwt")) as server:
        found = _problem(lambda: read_request(_request_link(server), FETCH, VERIFIERS, now=NOW))
        assert found is LinkProblem.MALFORMED_ANSWER


def _issuer(
    grants: dict[str, Any], configurations: dict[str, Any], *, issuer: str | None = None
) -> Callable[[Any], None]:
    """A server that answers an offer first, then the metadata of an issuer that is its own authorization server."""
    asked = []

    def script(connection: Any) -> None:
        asked.append(connection)
        base = f"http://127.0.0.1:{connection.getsockname()[1]}"
        offer = {
            "credential_issuer": base,
            "credential_configuration_ids": list(configurations) or ["none"],
            "grants": grants,
        }
        named = issuer or base
        issuer_metadata = {
            "credential_issuer": named,
            "credential_endpoint": f"{base}/credential",
            "credential_configurations_supported": configurations,
        }
        server_metadata = {"issuer": named, "token_endpoint": f"{base}/token"}
        connection.sendall(_json(offer if len(asked) == 1 else {**issuer_metadata, **server_metadata}))

    return script


def test_an_offer_without_a_grant_that_the_wallet_knows_cannot_be_accepted() -> None:
    with serve(_issuer({"urn:example:grant": {}}, {"a": {"format": "dc+sd-jwt", "vct": "a"}})) as server:
        assert _problem(lambda: read_offer(_offer_link(server), FETCH)) is LinkProblem.NO_WAY_TO_ACCEPT


def test_an_offer_of_another_kind_of_credential_has_nothing_usable() -> None:
    with serve(_issuer(PRE_AUTHORIZED, {"a": {"format": "mso_mdoc"}})) as server:
        assert _problem(lambda: read_offer(_offer_link(server), FETCH)) is LinkProblem.NOTHING_USABLE


def test_metadata_of_another_issuer_are_malformed() -> None:
    script = _issuer(PRE_AUTHORIZED, {"a": {"format": "dc+sd-jwt", "vct": "a"}}, issuer="https://other.example")
    with serve(script) as server:
        assert _problem(lambda: read_offer(_offer_link(server), FETCH)) is LinkProblem.MALFORMED_ANSWER


def test_an_offer_that_names_a_server_that_is_not_the_issuers_is_malformed() -> None:
    grants = {
        name: {**grant, "authorization_server": "https://other.example"} for name, grant in PRE_AUTHORIZED.items()
    }
    with serve(_issuer(grants, {"a": {"format": "dc+sd-jwt", "vct": "a"}})) as server:
        assert _problem(lambda: read_offer(_offer_link(server), FETCH)) is LinkProblem.MALFORMED_ANSWER
