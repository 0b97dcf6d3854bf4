# SPDX-License-Identifier: EUPL-1.2
"""A login at a provider of OpenID Connect: code, PKCE, state and nonce (OpenID Connect Core 1.0, 3.1).

Invariants:
    * State, nonce and verifier are new for every login and stay on the server.
    * A person is known only from one claim of an ID token that ``id_token`` has verified.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote_plus, urlsplit

from edge.fetched import FetchError, StatusError
from issuer.authorization.errors import LoginRefusal, LoginRefusedError
from issuer.authorization.id_token import IdTokenAlgorithm, parse_id_token, verify_id_token
from issuer.authorization.model import CALLBACK_PATH, LoginStart
from issuer.authorization.provider import Fetch, Provider
from issuer.authorization.redirects import answer_url, is_loopback
from issuer.errors import SettingsError
from issuer.model import PersonId
from ssi.base64url import encode_base64url
from ssi.errors import VerificationError
from ssi.jose.tokens_json import read_object
from ssi.openid.pkce import VERIFIER_OCTETS, code_challenge, make_code_verifier

__all__ = ["OidcLogin", "OidcSettings"]

_MOST: Final = 1 << 16
_LONGEST_PERSON: Final = 200


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """How people log in elsewhere.

    Args:
        issuer: the provider's identifier, exactly as it publishes it.
        client_id: what the provider calls us.
        person_claim: the claim of the ID token that is the person's reference here.
        client_secret: for ``client_secret_basic``; None for a public client.
        algorithm: how the provider signs ID tokens for us.
        scopes: what is asked for, beside ``openid``.
        acr_values: levels of assurance that are asked for; one of them must be reached. Empty asks for none.
    Raises:
        SettingsError: a value is not usable.
    """

    issuer: str
    client_id: str
    person_claim: str
    client_secret: str | None = field(default=None, repr=False)
    algorithm: IdTokenAlgorithm = IdTokenAlgorithm.RS256
    scopes: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parts = urlsplit(self.issuer)
        if parts.query or parts.fragment or not parts.hostname:
            raise SettingsError("oidc.issuer", "must be a URL without query and fragment")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise SettingsError("oidc.issuer", "must begin with https, or with http for this machine")
        if not self.client_id or not self.person_claim:
            raise SettingsError("oidc", "must have a client_id and a person_claim")


class OidcLogin:
    """Sends people to a provider and believes what it signs.

    Args:
        settings: which provider and which claim.
        public_url: ours; the provider must know the address of it that ends in ``/authorize/callback``.
        fetch: the guarded way out.
        clock: the present, aware UTC.
    """

    def __init__(self, settings: OidcSettings, public_url: str, fetch: Fetch, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._redirect_uri = public_url + CALLBACK_PATH
        self._fetch = fetch
        self._clock = clock
        self._provider = Provider(settings.issuer, fetch, clock)

    @property
    def asks_here(self) -> bool:
        """The provider asks."""
        return False

    def start(self) -> LoginStart:
        """The provider's login, for this one visit.

        Raises:
            LoginRefusedError: ``unavailable``.
        """
        endpoint = self._provider.endpoints().authorization
        state, nonce = encode_base64url(secrets.token_bytes(32)), encode_base64url(secrets.token_bytes(32))
        verifier = make_code_verifier(secrets.token_bytes(VERIFIER_OCTETS))
        fields = [
            ("response_type", "code"),
            ("client_id", self._settings.client_id),
            ("redirect_uri", self._redirect_uri),
            ("scope", " ".join(["openid", *self._settings.scopes])),
            ("state", state),
            ("nonce", nonce),
            ("code_challenge", code_challenge(verifier)),
            ("code_challenge_method", "S256"),
        ]
        if self._settings.acr_values:
            fields.append(("acr_values", " ".join(self._settings.acr_values)))
        return LoginStart(answer_url(endpoint, fields), json.dumps([state, nonce, verifier]))

    def finish(self, kept: str, unverified_answer: Mapping[str, str]) -> PersonId:
        """Who it is.

        Args:
            unverified_answer: the query that the browser brings back.
        Raises:
            LoginRefusedError: ``invalid``, ``cancelled`` or ``unavailable``.
        """
        if not kept:
            raise LoginRefusedError(LoginRefusal.INVALID)
        state, nonce, verifier = json.loads(kept)
        said = unverified_answer.get("state", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(said, state.encode()):
            raise LoginRefusedError(LoginRefusal.INVALID)
        self._check_sender(unverified_answer.get("iss"))
        if "error" in unverified_answer:
            raise LoginRefusedError(LoginRefusal.CANCELLED)
        unverified_token = self._exchange(unverified_answer.get("code", ""), verifier)
        try:
            return self._person(unverified_token, nonce)
        except VerificationError:
            raise LoginRefusedError(LoginRefusal.INVALID) from None

    def _check_sender(self, unverified_iss: str | None) -> None:
        """RFC 9207 2.4: an answer of another provider is refused, and one without a name where names are promised."""
        if unverified_iss is None and not self._provider.endpoints().names_itself:
            return
        if unverified_iss != self._settings.issuer:
            raise LoginRefusedError(LoginRefusal.INVALID)

    def _exchange(self, unverified_code: str, verifier: str) -> str:
        """The code for an ID token."""
        fields = {
            "grant_type": "authorization_code",
            "code": unverified_code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        if self._settings.client_secret is None:
            fields["client_id"] = self._settings.client_id
        else:
            pair = f"{quote_plus(self._settings.client_id)}:{quote_plus(self._settings.client_secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        try:
            answer = self._fetch.post_form(self._provider.endpoints().token, fields, most=_MOST, headers=headers)
            token = read_object(answer.octets, longest=_MOST).get("id_token")
        except StatusError as error:
            refused = LoginRefusal.INVALID if error.response.status < 500 else LoginRefusal.UNAVAILABLE
            raise LoginRefusedError(refused) from None
        except FetchError:
            raise LoginRefusedError(LoginRefusal.UNAVAILABLE) from None
        except VerificationError:
            raise LoginRefusedError(LoginRefusal.INVALID) from None
        if not isinstance(token, str):
            raise LoginRefusedError(LoginRefusal.INVALID)
        return token

    def _person(self, unverified_token: str, nonce: str) -> PersonId:
        """The configured claim of a token that holds."""
        unverified = parse_id_token(unverified_token)
        key = self._provider.find_key(unverified.unverified_header, self._settings.algorithm)
        if key is None:
            raise LoginRefusedError(LoginRefusal.INVALID)
        token = verify_id_token(
            unverified,
            key,
            algorithm=self._settings.algorithm,
            issuer=self._settings.issuer,
            client_id=self._settings.client_id,
            nonce=nonce,
            now=self._clock(),
        )
        reached = token.claims.get("acr")
        if self._settings.acr_values and reached not in self._settings.acr_values:
            raise LoginRefusedError(LoginRefusal.INVALID)
        person = token.claims.get(self._settings.person_claim)
        if not isinstance(person, str) or not 1 <= len(person) <= _LONGEST_PERSON:
            raise LoginRefusedError(LoginRefusal.INVALID)
        return PersonId(person)
