# SPDX-License-Identifier: EUPL-1.2
"""Accepting an offer: tokens, proofs of the wallet's keys, credentials, and keeping them (OpenID4VCI 1.0).

Both kinds of a credential come in one call: copies as SD-JWT, and one for proofs, whose request carries the wallet's
secret blinded.

Invariants:
    * Everything received is verified against the trust list before anything of it is kept.
    * Each copy is bound to a key of its own; two copies that share a salt or a digest are refused, since they would be
      linkable.
    * A refresh token is kept in the wallet's file before anything else is done with it.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from edge.fetch import FetchError, GuardedFetch
from holder.errors import HolderError
from holder.openid.errors import AnswerError, LinkError, LinkProblem, PinNeededError, UnknownIssuanceError
from holder.openid.model import CopiedCredential, CredentialCopy, IssuerConnection, draw_key_index
from holder.openid.offers import COPIED, PROVABLE, Offer, Services, read_services
from holder.openid.tokens import Caller
from holder.refusals import IssuanceRefusedError, UnknownCredentialTypeError
from holder.service import Wallet
from ssi.credential.document import DocumentError
from ssi.credential.issuance import Issuance
from ssi.credential.types import CredentialType
from ssi.errors import Reason, VerificationError
from ssi.keys import PrivateKey
from ssi.openid.authorization import (
    AuthorizationCodeResponse,
    AuthorizationDetail,
    IssuanceAuthorizationRequest,
    PushedAuthorizationResponse,
)
from ssi.openid.credential import (
    BbsCommitmentProofs,
    Companion,
    CredentialRequest,
    CredentialResponse,
    DeferredResponse,
    IssuedItem,
    JwtProofs,
    NonceResponse,
    NotificationEvent,
    NotificationRequest,
    commitment_nonce,
    parse_credential_response,
)
from ssi.openid.metadata import CredentialConfiguration
from ssi.openid.pkce import code_challenge, make_code_verifier
from ssi.openid.proof import make_key_proof
from ssi.openid.token import (
    AuthorizationCodeTokenRequest,
    PreAuthorizedTokenRequest,
    RefreshTokenRequest,
    TokenResponse,
)
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.vc import verify_issued
from ssi.trust import TrustList

__all__ = ["CLIENT_ID", "Received", "Receiver", "StartedAuthorization"]

CLIENT_ID: Final = "stuiver-wallet"
"""How the wallet calls itself; the same for everybody, so that it tells nobody apart."""
_MOST_COPIES: Final = 10


@dataclass(frozen=True, slots=True)
class Received:
    """What accepting an offer gave.

    Attributes:
        copied: credentials in copies.
        provable: how many credentials for proofs.
        deferred: configurations that the issuer decides on later.
    """

    copied: tuple[CopiedCredential, ...]
    provable: int
    deferred: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StartedAuthorization:
    """A login that the citizen is to do in a browser.

    Attributes:
        url: what to open.
    """

    offer: Offer
    url: str
    redirect_uri: str
    key_index: int = field(repr=False)
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One credential request: a type in copies, for proofs, or both."""

    vct: str
    copied: str | None
    provable: str | None


@dataclass(slots=True)
class Receiver:
    """Accepts offers into a wallet.

    Args:
        wallet: open.
        fetch: the guarded fetch.
        trust: who may issue what.
        clock: gives the time, aware.
    """

    wallet: Wallet
    fetch: GuardedFetch
    trust: TrustList
    clock: Callable[[], datetime]

    def accept(self, offer: Offer, pin: str | None) -> Received:
        """Accept an offer that carries its permission (pre-authorised code).

        Args:
            pin: from the letter; None when the offer asks for none.
        Raises:
            PinNeededError: it asks for one.
            AnswerError: the issuer refused, such as for a wrong PIN.
            LinkError: it could not be reached, or gave no way to accept without a login.
            IssuanceRefusedError: what it sent is refused; nothing is kept.
        """
        grant = offer.offer.pre_authorized_code
        if grant is None:
            raise LinkError(LinkProblem.NO_WAY_TO_ACCEPT, "it takes a login")
        if grant.tx_code is not None and not pin:
            raise PinNeededError
        index = draw_key_index()
        caller = self._caller(offer.services, index)
        request = PreAuthorizedTokenRequest(
            grant.pre_authorized_code, tx_code=pin if grant.tx_code is not None else None, client_id=CLIENT_ID
        )
        token = caller.token(offer.services.server.token_endpoint, request.to_form())
        return self._receive(offer.services, offer.configurations, token, caller, index)

    def start_authorization(self, offer: Offer, redirect_uri: str) -> StartedAuthorization:
        """Prepare a login in the browser; ``finish_authorization`` goes on with what comes back.

        Raises:
            LinkError: the issuer takes no login, or does not take its parameters beforehand (RFC 9126).
            AnswerError: it refused.
        """
        server, grant = offer.services.server, offer.offer.authorization_code
        endpoint, pushed = server.authorization_endpoint, server.pushed_authorization_request_endpoint
        if grant is None or endpoint is None or pushed is None:
            raise LinkError(LinkProblem.NO_WAY_TO_ACCEPT)
        index = draw_key_index()
        verifier, state = make_code_verifier(secrets.token_bytes(32)), secrets.token_urlsafe(24)
        request = IssuanceAuthorizationRequest(
            client_id=CLIENT_ID,
            redirect_uri=redirect_uri,
            code_challenge=code_challenge(verifier),
            state=state,
            authorization_details=tuple(AuthorizationDetail(name) for name in offer.configurations),
            issuer_state=grant.issuer_state,
        )
        octets = self._caller(offer.services, index).form(pushed, request.to_form())
        try:
            reference = PushedAuthorizationResponse.from_json(octets)
        except DocumentError as error:
            raise LinkError(LinkProblem.MALFORMED_ANSWER, str(error)) from error
        query = urlencode({"client_id": CLIENT_ID, "request_uri": reference.request_uri})
        url = f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{query}"
        return StartedAuthorization(offer, url, redirect_uri, index, state, verifier)

    def finish_authorization(self, started: StartedAuthorization, pairs: Sequence[tuple[str, str]]) -> Received:
        """Go on after the login.

        Args:
            pairs: the parameters with which the browser came back to the redirect address.
        Raises:
            AnswerError: the citizen or the issuer said no.
            LinkError: the answer is not to this login.
        """
        services = started.offer.services
        given = dict(pairs)
        if "error" in given:
            raise AnswerError(given["error"], given.get("error_description", ""))
        try:
            answer = AuthorizationCodeResponse.from_form(pairs)
        except DocumentError as error:
            raise LinkError(LinkProblem.MALFORMED_ANSWER, str(error)) from error
        mixed_up = (
            services.server.authorization_response_iss_parameter_supported and answer.iss != services.server.issuer
        )
        if (
            answer.state != started.state
            or mixed_up
            or (answer.iss is not None and answer.iss != services.server.issuer)
        ):
            raise LinkError(LinkProblem.MALFORMED_ANSWER, "the login that came back is not the one that was started")
        caller = self._caller(services, started.key_index)
        request = AuthorizationCodeTokenRequest(answer.code, started.redirect_uri, started.verifier, CLIENT_ID)
        token = caller.token(services.server.token_endpoint, request.to_form())
        return self._receive(services, started.offer.configurations, token, caller, started.key_index)

    def renew(self, issuer: str) -> Received:
        """Ask an issuer for new copies with the refresh token; errors as ``accept``.

        Raises:
            UnknownIssuanceError: the wallet has no refresh token of it.
        """
        connection = next((one for one in self.wallet.connections if one.credential_issuer == issuer), None)
        if connection is None:
            raise UnknownIssuanceError
        services = read_services(issuer, self.fetch)
        caller = self._caller(services, connection.key_index)
        request = RefreshTokenRequest(connection.refresh_token, client_id=CLIENT_ID)
        token = caller.token(connection.token_endpoint, request.to_form())
        known = services.issuer.configurations
        configurations = {name: known[name] for name in connection.configuration_ids if name in known}
        return self._receive(services, configurations, token, caller, connection.key_index)

    def _caller(self, services: Services, key_index: int) -> Caller:
        key = self.wallet.document_key(key_index) if services.takes_dpop else None
        return Caller(self.fetch, key, self.clock)

    def _receive(
        self,
        services: Services,
        configurations: dict[str, CredentialConfiguration],
        token: TokenResponse,
        caller: Caller,
        key_index: int,
    ) -> Received:
        if token.refresh_token is not None:
            connection = IssuerConnection(
                services.issuer.credential_issuer,
                services.server.token_endpoint,
                tuple(configurations),
                key_index,
                token.refresh_token,
            )
            self.wallet.keep_copied((), connection)
        request = _Requests(self, services, token, caller)
        copied: list[CopiedCredential] = []
        provable, deferred = 0, []
        for wanted in _wanted(configurations):
            answer = request.send(wanted)
            if answer is None:
                deferred += [name for name in (wanted.copied, wanted.provable) if name is not None]
                continue
            copied += answer.copied
            provable += answer.provable
        return Received(tuple(copied), provable, tuple(deferred))


@dataclass(slots=True)
class _Requests:
    """The credential requests under one token."""

    receiver: Receiver
    services: Services
    token: TokenResponse
    caller: Caller

    def send(self, wanted: _Wanted) -> Received | None:
        """Ask for one type and keep what comes; None when the issuer decides later."""
        wallet, now = self.receiver.wallet, self.receiver.clock()
        nonce = self._nonce()
        keys: list[tuple[int, PrivateKey]] = []
        proofs: JwtProofs | BbsCommitmentProofs
        companion: Companion | None = None
        commitment = None if wanted.provable is None else self._commitment(wanted, nonce)
        if wanted.copied is not None:
            count = min(self.services.issuer.batch_size or 1, _MOST_COPIES)
            keys = [(index, wallet.document_key(index)) for index in (draw_key_index() for _ in range(count))]
            audience = self.services.issuer.credential_issuer
            proofs = JwtProofs(
                tuple(
                    make_key_proof(key, audience=audience, nonce=nonce, issued_at=now, client_id=None)
                    for _, key in keys
                )
            )
            if commitment is not None and wanted.provable is not None:
                companion = Companion(*self._named(wanted.provable), commitment)
        elif commitment is not None:
            proofs = commitment
        else:
            raise RuntimeError("a request asks for something")
        answer = self._post(wanted, proofs, companion, nonce)
        if isinstance(answer, DeferredResponse):
            return None
        try:
            received = self._keep(wanted, answer, keys)
        except HolderError:
            self._notify(answer, NotificationEvent.FAILURE)
            raise
        self._notify(answer, NotificationEvent.ACCEPTED)
        return received

    def _keep(self, wanted: _Wanted, answer: CredentialResponse, keys: Sequence[tuple[int, PrivateKey]]) -> Received:
        receiver = self.receiver
        items = answer.companion if wanted.copied is not None else answer.credentials
        copied = (self._verified(wanted, answer.credentials, keys),) if wanted.copied is not None else ()
        if wanted.provable is not None:
            if len(items) != 1:
                raise IssuanceRefusedError(Reason.MALFORMED)
            self._accept(wanted, items[0])
        receiver.wallet.keep_copied(copied, None)
        return Received(copied, int(wanted.provable is not None), ())

    def _verified(
        self, wanted: _Wanted, items: Sequence[IssuedItem], keys: Sequence[tuple[int, PrivateKey]]
    ) -> CopiedCredential:
        """Verify every copy: whose it is, what it is, and that no two can be linked by what the issuer chose."""
        now = self.receiver.clock()
        if not 1 <= len(items) <= len(keys):
            raise IssuanceRefusedError(Reason.MALFORMED)
        copies: list[CredentialCopy] = []
        seen: set[str] = set()
        issuers, expiries = set(), []
        try:
            for item, (index, key) in zip(items, keys, strict=False):
                unverified = UnverifiedSdJwt.parse(item.credential)
                issued = verify_issued(
                    unverified, vcts={wanted.vct}, holder_key=key.public_key, now=now, trust=self.receiver.trust
                )
                if seen & set(unverified.disclosures):
                    raise IssuanceRefusedError(Reason.DUPLICATE_DISCLOSURE)
                seen.update(unverified.disclosures)
                issuers.add(issued.issuer)
                expiries.append(issued.expires_at)
                copies.append(CredentialCopy(item.credential, index))
        except VerificationError as error:
            raise IssuanceRefusedError(error.reason) from error
        if len(issuers) != 1:
            raise IssuanceRefusedError(Reason.UNKNOWN_ISSUER)
        ends = [expiry for expiry in expiries if expiry is not None]
        return CopiedCredential(
            vct=wanted.vct,
            issuer=issuers.pop(),
            connection=self.services.issuer.credential_issuer,
            configuration_id=str(wanted.copied),
            expires_at=min(ends, default=None),
            copies=tuple(copies),
        )

    def _commitment(self, wanted: _Wanted, nonce: str) -> BbsCommitmentProofs:
        validator = self.services.issuer.validator_did
        if validator is None:
            raise LinkError(LinkProblem.MALFORMED_ANSWER, "$.validator_did: is missing")
        request = self.receiver.wallet.request_credential(
            validator,
            commitment_nonce(nonce, self.services.issuer.credential_issuer),
            self._type(wanted.vct),
            now=self.receiver.clock(),
        )
        return BbsCommitmentProofs((request.to_octets(),))

    def _accept(self, wanted: _Wanted, item: IssuedItem) -> None:
        """Keep a credential for proofs, under one of the keys that the trust list has for its type."""
        if item.entropy is None:
            raise IssuanceRefusedError(Reason.MALFORMED)
        now = self.receiver.clock()
        issuance = Issuance(item.credential, int.from_bytes(item.entropy, "big"))
        keys = self.receiver.trust.bbs_keys(self._type(wanted.vct), now)
        refusal = IssuanceRefusedError(Reason.UNKNOWN_ISSUER)
        for key in keys:
            try:
                self.receiver.wallet.accept_credential(issuance, key, now=now)
                return
            except IssuanceRefusedError as error:
                refusal = error
        raise refusal

    def _type(self, vct: str) -> CredentialType:
        for known in self.receiver.wallet.catalogue.types:
            if known.vct == vct:
                return known
        raise UnknownCredentialTypeError

    def _nonce(self) -> str:
        endpoint = self.services.issuer.nonce_endpoint
        if endpoint is None:
            raise LinkError(LinkProblem.MALFORMED_ANSWER, "$.nonce_endpoint: is missing")
        try:
            return NonceResponse.from_json(self.receiver.fetch.post(endpoint, b"", content_type=_FORM).octets).c_nonce
        except FetchError as error:
            raise LinkError(LinkProblem.UNREACHABLE, error.reason.value) from error
        except DocumentError as error:
            raise LinkError(LinkProblem.MALFORMED_ANSWER, str(error)) from error

    def _post(
        self, wanted: _Wanted, proofs: JwtProofs | BbsCommitmentProofs, companion: Companion | None, nonce: str
    ) -> CredentialResponse | DeferredResponse:
        request = CredentialRequest(
            *self._named(wanted.copied or wanted.provable or ""),
            proofs=proofs,
            companion=companion,
            c_nonce=nonce if isinstance(proofs, BbsCommitmentProofs) else None,
        )
        octets = self.caller.protected(self.services.issuer.credential_endpoint, self.token, request.to_json())
        try:
            return parse_credential_response(octets)
        except DocumentError as error:
            raise LinkError(LinkProblem.MALFORMED_ANSWER, str(error)) from error

    def _named(self, configuration: str) -> tuple[str | None, str | None]:
        """How a request names what it asks for: by configuration, or by the identifier that the token came with."""
        for detail in self.token.authorization_details:
            if detail.credential_configuration_id == configuration and detail.credential_identifiers:
                return None, detail.credential_identifiers[0]
        return configuration, None

    def _notify(self, answer: CredentialResponse, event: NotificationEvent) -> None:
        """Tell the issuer how it went. Its answer changes nothing for the citizen, so its refusal is passed over."""
        endpoint = self.services.issuer.notification_endpoint
        if endpoint is None or answer.notification_id is None:
            return
        try:
            self.caller.protected(endpoint, self.token, NotificationRequest(answer.notification_id, event).to_json())
        except (AnswerError, LinkError):
            return


_FORM: Final = "application/x-www-form-urlencoded"


def _wanted(configurations: dict[str, CredentialConfiguration]) -> list[_Wanted]:
    """The credential requests that get everything: one for each type, both kinds together."""
    by_type: dict[str, dict[str, str]] = {}
    for name, configuration in configurations.items():
        if configuration.vct is not None:
            by_type.setdefault(configuration.vct, {}).setdefault(configuration.format, name)
    return [_Wanted(vct, names.get(COPIED), names.get(PROVABLE)) for vct, names in by_type.items()]
