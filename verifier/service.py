# SPDX-License-Identifier: EUPL-1.2
"""The verifier's use cases: start a request, hand it to a wallet, receive the answer, decide, show the outcome.

Invariants:
    * An answer is verified before anything of it is looked at, decided in the same breath, and gone afterwards: what is
      kept is the receipt and what the policy says.
    * A nonce is spent by one answer, in the transaction that keeps the decision.
    * In the same-device flow the decision counts once the browser that started has come back with the code that the
      wallet was given: whoever sends somebody else a link learns nothing and gets nothing.
"""

import hmac
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ssi.credential.document import DocumentError
from ssi.errors import Reason, VerificationError
from ssi.jose.jwe import EphemeralKey
from ssi.jose.tokens_json import read_json
from ssi.openid.errors import ErrorResponse
from ssi.openid.response import AuthorizationResponse, EncryptedResponse, response_from_form
from verifier.asking import Asker
from verifier.checking import Checker, VerifiedAnswer
from verifier.errors import RequestOverError, UnknownRequestError, WrongBrowserError
from verifier.keys import VerifierKeys
from verifier.model import (
    DecisionRecord,
    PresentationRequest,
    Refusal,
    RequestId,
    Stage,
    WalletRefusal,
    secret_hash,
)
from verifier.policy.asked import AskedProof, Query
from verifier.policy.asking import scope_of
from verifier.policy.conditions import Fact
from verifier.policy.deciding import ONCE, Allowed, Decision, Denied, decide
from verifier.policy.model import Device, Period, Policy, PolicyId
from verifier.policy.shelf import PolicyShelf
from verifier.receipts import Receipt
from verifier.settings import ClientName, VerifierSettings
from verifier.store import ConflictError, Store, Transaction

__all__ = ["Received", "RequestView", "Started", "Verifier"]

_MOST_ATTEMPTS: Final = 10
"""Answers that may fail before a request is over."""
_SHOWN_FOR: Final = timedelta(hours=1)
"""How long after its time a request's outcome can be looked at."""
_TRIES: Final = 3
_ANSWERED_LATE: Final = timedelta(days=2)
"""Longer than any request lives."""
_FAR: Final = timedelta(days=366 * 100)


@dataclass(frozen=True, slots=True)
class Started:
    """A new request.

    Attributes:
        link: what a wallet is opened with.
        browser_secret: for the cookie of the browser that started; shown once.
    """

    request: PresentationRequest
    link: str
    browser_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """What the wallet is told.

    Attributes:
        redirect_uri: where it sends the browser on the same device.
        receipt: the decision, signed; None when the wallet declined, and as long as it is not final: on the same device
            the browser gets it when it comes back.
    """

    redirect_uri: str | None
    receipt: str | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """What the browser that started may see. ``decision`` is there once it is final."""

    request: PresentationRequest
    policy: Policy
    link: str
    is_over: bool
    decision: DecisionRecord | None

    @property
    def valid_until(self) -> datetime | None:
        """Until when the decision may be relied on."""
        if self.decision is None:
            return None
        return self.decision.decided_at + timedelta(minutes=self.policy.outcome.valid_minutes)


class Verifier:
    """A verifier at work.

    Args:
        settings: set once.
        keys: its two keys.
        asker: makes requests; with the same settings and request key.
        policies: what may be asked; what the settings do not let be asked is left out.
        store: its database.
        clock: the time, aware UTC.
    """

    def __init__(
        self,
        settings: VerifierSettings,
        keys: VerifierKeys,
        asker: Asker,
        policies: PolicyShelf,
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        self.settings = settings
        self.policies = policies.where(
            lambda policy: any(asker.is_allowed(query) for query in policy.queries) and _can_count(settings, policy)
        )
        self.asker = asker
        self.receipt_key = keys.receipt.public_key
        self._keys = keys
        self._checker: Checker = asker.checker
        self._store = store
        self._clock = clock

    def start(self, policy_id: PolicyId, device: Device, query: str | None = None) -> Started:
        """Make a request.

        Args:
            policy_id: by which policy.
            device: where the wallet is.
            query: the id of one of the policy's queries; by default the wallet's formats decide.
        Raises:
            UnknownPolicyError: no such policy.
            UnknownRequestError: it has no such query, or is not for wallets on that device.
            NoTrustedKeyError: no validator is trusted for what it asks.
        """
        policy = self.policies.get(policy_id)
        if device not in policy.devices or query not in (None, *(known.id for known in policy.queries)):
            raise UnknownRequestError
        now, browser_secret = self._clock().replace(microsecond=0), secrets.token_urlsafe(32)
        request = PresentationRequest(
            id=RequestId(secrets.token_urlsafe(16)),
            policy=policy.id,
            device=device,
            query=query,
            nonce=secrets.token_urlsafe(32),
            state=secrets.token_urlsafe(16),
            created_at=now,
            expires_at=now + self.settings.request_life,
            browser_hash=secret_hash(browser_secret),
            response_key=EphemeralKey.generate().to_secret() if self.settings.encrypted else None,
        )
        link = self._link(request, policy, now)  # first, because nobody may be trusted for what it asks
        with self._store.transaction() as transaction:
            transaction.forget(now, now - _SHOWN_FOR)
            transaction.add_request(request)
        return Started(request, link, browser_secret)

    def request_object(self, id_: RequestId, *, wallet_nonce: str | None, formats: Collection[str] | None) -> str:
        """The signed request for a wallet.

        Args:
            id_: which one.
            wallet_nonce: the wallet's own, to be repeated in the request.
            formats: what the wallet says it can present, if it says so.
        Raises:
            UnknownRequestError, RequestOverError.
        """
        now = self._clock()
        request = self._find(id_)
        if not self._is_open(request, now):
            raise RequestOverError
        policy = self.policies.get(request.policy)
        query = self.asker.choose(request, policy, formats, now)
        asked = self.asker.asked(request, policy, query, now)
        return self.asker.request_object(request, asked, wallet_nonce, now)

    def receive(self, id_: RequestId, unverified_form: Iterable[tuple[str, str]], *, correlation: str) -> Received:
        """Receive a wallet's answer: verify it, decide, keep the receipt.

        Args:
            id_: the request that the address names.
            unverified_form: the parameters of the form, as received.
            correlation: under which this answer is known on both sides.
        Raises:
            UnknownRequestError: no such request.
            VerificationError: refused; ``reason`` says why. The browser that started sees the same.
        """
        now = self._clock()
        request = self._find(id_)
        if not request.is_open or request.attempts >= _MOST_ATTEMPTS:
            raise VerificationError(Reason.REPLAYED, "this request was answered already")
        if now >= request.expires_at:
            raise VerificationError(Reason.EXPIRED, "the time to answer this request is over")
        try:
            answer = self._read(request, unverified_form)
            if isinstance(answer, ErrorResponse):
                return self._declined(request, answer, correlation)
            policy = self.policies.get(request.policy)
            query = self._answered(request, policy, answer)
            verified = self._checker.check(self.asker.asked(request, policy, query, now), answer.vp_token, now)
        except VerificationError as error:
            with self._store.transaction() as transaction:
                transaction.refuse(request, Refusal(error.reason, correlation))
            raise
        return self._decided(request, policy, verified, now)

    def finish(self, id_: RequestId, *, browser_secret: str | None, response_code: str) -> None:
        """The browser comes back from the wallet on the same device.

        Raises:
            UnknownRequestError: no such request, or its decision gave way to another.
            WrongBrowserError: not the browser that started, or not the code that the wallet was given.
        """
        request = self._find(id_)
        self._check_browser(request, browser_secret)
        if request.stage is Stage.FINISHED:
            return
        expected = request.response_code_hash
        if expected is None or not hmac.compare_digest(expected, secret_hash(response_code)):
            raise WrongBrowserError
        if request.stage is Stage.DECLINED:
            return
        try:
            with self._store.transaction() as transaction:
                if transaction.find_decision(id_) is None:
                    raise UnknownRequestError
                transaction.finish(request)
        except ConflictError:
            raise UnknownRequestError from None

    def view(self, id_: RequestId, *, browser_secret: str | None) -> RequestView:
        """What the browser that started sees; raises as ``finish``."""
        now, request = self._clock(), self._find(id_)
        self._check_browser(request, browser_secret)
        policy = self.policies.get(request.policy)
        decision = None
        if request.stage is Stage.FINISHED:
            with self._store.transaction() as transaction:
                decision = transaction.find_decision(id_)
        is_over = request.is_open and not self._is_open(request, now)
        return RequestView(request, policy, self._link(request, policy, now), is_over, decision)

    def decisions(self, *, most: int = 200) -> Sequence[DecisionRecord]:
        """The final decisions, newest first; what must be forgotten is forgotten first."""
        now = self._clock()
        with self._store.transaction() as transaction:
            transaction.forget(now, now - _SHOWN_FOR)
            return transaction.decisions(most=most)

    def _find(self, id_: RequestId) -> PresentationRequest:
        with self._store.transaction() as transaction:
            request = transaction.find_request(id_)
        if request is None:
            raise UnknownRequestError
        return request

    def _is_open(self, request: PresentationRequest, now: datetime) -> bool:
        return request.is_open and request.attempts < _MOST_ATTEMPTS and now < request.expires_at

    def _link(self, request: PresentationRequest, policy: Policy, now: datetime) -> str:
        if not self._is_open(request, now):
            return ""
        asked = self.asker.asked(request, policy, self.asker.choose(request, policy, None, now), now)
        return self.asker.link(request, asked)

    def _check_browser(self, request: PresentationRequest, browser_secret: str | None) -> None:
        if browser_secret is None or not hmac.compare_digest(request.browser_hash, secret_hash(browser_secret)):
            raise WrongBrowserError

    def _read(
        self, request: PresentationRequest, unverified_form: Iterable[tuple[str, str]]
    ) -> AuthorizationResponse | ErrorResponse:
        """The answer's parameters, decrypted where the request asked for that, and brought back with its state."""
        try:
            answer = response_from_form(unverified_form)
            if isinstance(answer, EncryptedResponse):
                if request.response_key is None:
                    raise VerificationError(Reason.MALFORMED, "an encrypted answer was not asked for")
                octets = EphemeralKey.from_secret(request.response_key).decrypt(answer.unverified_jwe)
                answer = _decrypted(octets)
            elif isinstance(answer, AuthorizationResponse) and request.response_key is not None:
                raise VerificationError(Reason.MALFORMED, "the answer must be encrypted")
        except DocumentError as error:
            raise VerificationError(Reason.MALFORMED, "not an answer to a presentation request") from error
        if not hmac.compare_digest((answer.state or "").encode(), request.state.encode()):
            raise VerificationError(Reason.WRONG_NONCE, "the state is not the request's")
        return answer

    def _declined(self, request: PresentationRequest, answer: ErrorResponse, correlation: str) -> Received:
        try:
            reason = WalletRefusal(answer.error)
        except ValueError:
            reason = WalletRefusal.OTHER
        code = secrets.token_urlsafe(32)
        with self._store.transaction() as transaction:
            transaction.refuse(request, Refusal(reason, correlation), response_code_hash=secret_hash(code))
        return Received(self._redirect(request, code), None)

    def _decided(self, request: PresentationRequest, policy: Policy, answer: VerifiedAnswer, now: datetime) -> Received:
        """Decide and keep, in one transaction; tried again when another decision about the same person was faster."""
        today = now.astimezone(policy.zone).date()
        decision = decide(policy, answer.query, answer.facts, today)
        for _ in range(_TRIES):
            try:
                with self._store.transaction() as transaction:
                    return self._keep(transaction, request, policy, answer, decision, now)
            except ConflictError:
                continue
        raise VerificationError(Reason.REPLAYED, "answered more than once at the same moment")

    def _keep(
        self,
        transaction: Transaction,
        request: PresentationRequest,
        policy: Policy,
        answer: VerifiedAnswer,
        decision: Decision,
        now: datetime,
    ) -> Received:
        is_same, code = request.device is Device.SAME, secrets.token_urlsafe(32)
        pseudonym = answer.pseudonym if policy.pseudonym is not None else None
        scope = _once_scope(policy, answer.query, request) if pseudonym is not None else None
        is_counted = isinstance(decision, Allowed) and pseudonym is not None and scope is not None
        if is_counted and transaction.was_allowed(str(scope), pseudonym or b""):
            decision, is_counted = Denied((ONCE,)), False
        receipt = Receipt(
            id=secrets.token_urlsafe(16),
            issuer=self.settings.public_url,
            verifier=self.settings.name,
            policy=policy,
            query=answer.query.id,
            decision=decision,
            decided_at=now.replace(microsecond=0),
            pseudonym=pseudonym,
            kept=_kept(policy, answer),
            reference=request.id if policy.transaction is not None else None,
        )
        record = DecisionRecord(
            id=receipt.id,
            request=request.id,
            policy=policy.id,
            decision=decision,
            decided_at=receipt.decided_at,
            receipt=receipt.sign(self._keys.receipt),
            pseudonym=pseudonym,
            scope=scope,
            is_final=not is_same,
            forget_at=receipt.decided_at + timedelta(days=policy.retention.days),
        )
        stage = Stage.ANSWERED if is_same else Stage.FINISHED
        if not transaction.answer(request, stage=stage, response_code_hash=secret_hash(code) if is_same else None):
            raise VerificationError(Reason.REPLAYED, "this request was answered already")
        transaction.add_decision(record)
        if is_counted:
            transaction.add_allowed(str(scope), pseudonym or b"", record.id, _end_of_period(policy, request))
        return Received(self._redirect(request, code), record.receipt if record.is_final else None)

    def _answered(self, request: PresentationRequest, policy: Policy, answer: AuthorizationResponse) -> Query:
        """The query that an answer is to, of those that this request could ask; no two share the id of a credential."""
        ids = set(answer.vp_token)
        for query in policy.queries:
            could_be_asked = request.query in (None, query.id) and self.asker.is_allowed(query)
            if could_be_asked and ids.intersection(credential.id for credential in query.credentials):
                return query
        raise VerificationError(Reason.QUERY_NOT_MET, "answers none of the queries")

    def _redirect(self, request: PresentationRequest, code: str) -> str | None:
        if request.device is not Device.SAME:
            return None
        return f"{self.settings.public_url}/requests/{request.id}/finish?response_code={code}"


def _decrypted(unverified: bytes) -> AuthorizationResponse | ErrorResponse:
    """What was encrypted: presentations, or that the wallet has none for us."""
    document = read_json(unverified)
    if isinstance(document, dict) and "error" in document and "vp_token" not in document:
        return ErrorResponse.from_json(unverified)
    return AuthorizationResponse.from_json(unverified)


def _can_count(settings: VerifierSettings, policy: Policy) -> bool:
    """Whether a person keeps their pseudonym from request to request: not where the verifier's name is an address.

    The client identifier is part of a pseudonym's scope, and as ``redirect_uri`` it is another one for each request.
    """
    return policy.pseudonym is None or settings.client is not ClientName.REDIRECT_URI


def _kept(policy: Policy, answer: VerifiedAnswer) -> dict[tuple[str, ...], Fact]:
    """What the policy keeps of what was shown."""
    return {
        path: shown.values[path]
        for path in policy.retention.keep
        for shown in answer.facts.values()
        if path in shown.values
    }


def _once_scope(policy: Policy, query: Query, request: PresentationRequest) -> str | None:
    """In which scope a person is allowed once; None when as often as they like."""
    if policy.pseudonym is None or not policy.pseudonym.once:
        return None
    asked = next(credential for credential in query.credentials if isinstance(credential, AskedProof))
    return scope_of(policy, asked, request.created_at.astimezone(policy.zone).date())


def _end_of_period(policy: Policy, request: PresentationRequest) -> datetime:
    """When a pseudonym means nothing any more."""
    if policy.pseudonym is None or policy.pseudonym.period is Period.POLICY:
        return request.created_at + _FAR
    zone: ZoneInfo = policy.zone
    year = request.created_at.astimezone(zone).year
    # A request of the period's last minutes can still be answered after it; then the pseudonym must be known.
    return datetime(year + 1, 1, 1, tzinfo=zone) + _ANSWERED_LATE
