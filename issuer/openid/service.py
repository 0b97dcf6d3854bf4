# SPDX-License-Identifier: EUPL-1.2
"""The credential issuer's use cases: a nonce, credentials at once or later, what became of them.

How a credential request is decided:

    (1) its proofs are verified for this issuer, a nonce of this issuer and the client of the access token
    then, in one transaction:
    (2) the nonce is spent; from here on a refusal is a value, so that it stays spent
    (3) the desk's word about the record counts: refused, or deferred until the review is over
    (4) a type that is suspended or revoked for the person is refused
    (5) a BBS credential is decided about, pinned, logged and signed by ``Desk.decide``
    (6) every copy of an SD-JWT VC gets a status of its own and is signed
    (7) the identifier for notifications is kept
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from issuer.authorization.model import Grant
from issuer.credentials import SD_JWT_DIGESTS, attest
from issuer.document_keys import DocumentKeys
from issuer.errors import IssuanceRefusedError, RefusalReason
from issuer.model import PersonId
from issuer.openid.errors import Refusal, refuse
from issuer.openid.model import DeferredOrder, ReviewState
from issuer.openid.orders import BbsOrder, Order, OrderDesk, SdJwtOrder
from issuer.openid.store import IssuanceRecords
from issuer.openid.types import PublishedTypes
from issuer.service import Desk
from issuer.status.model import LIST_SIZE
from issuer.status.service import StatusPublisher
from issuer.status.store import StatusRecords
from issuer.store import Transaction
from ssi.bbs.suite import SCALAR_BYTES
from ssi.credential.issuance import Issuance
from ssi.openid.credential import (
    CredentialRequest,
    CredentialResponse,
    DeferredCredentialRequest,
    DeferredResponse,
    IssuedItem,
    NotificationRequest,
)
from ssi.openid.errors import OpenIdError
from ssi.sd_jwt.vc import issue_sd_jwt_vc
from ssi.status.lists import StatusValue
from ssi.status.reference import StatusReference

__all__ = ["DEFERRED_INTERVAL", "DEFERRED_LIFE", "CredentialService"]

DEFERRED_INTERVAL: Final = timedelta(hours=1)
"""How long a wallet waits before it asks again for what the desk is looking at."""
DEFERRED_LIFE: Final = timedelta(days=30)
_REFUSALS: Final = {
    RefusalReason.UNKNOWN_PERSON: Refusal.RECORD_MISSING,
    RefusalReason.PINNED_TO_ANOTHER_WALLET: Refusal.PINNED_TO_ANOTHER_WALLET,
    RefusalReason.PINNED_TO_ANOTHER_RECORD: Refusal.PINNED_TO_ANOTHER_RECORD,
}
_STANDINGS: Final[Mapping[StatusValue, Refusal]] = {
    StatusValue.SUSPENDED: Refusal.SUSPENDED,
    StatusValue.INVALID: Refusal.REVOKED,
}


@dataclass(frozen=True, slots=True)
class CredentialService:
    """What wallets ask of the issuer.

    Args:
        desk: decides about BBS credentials, and has the records.
        keys: sign SD-JWT VCs.
        orders: verifies requests.
        statuses: knows where statuses are published.
        types: the published metadata of the credential types.
    """

    desk: Desk
    keys: DocumentKeys
    orders: OrderDesk
    statuses: StatusPublisher
    types: PublishedTypes

    def make_nonce(self) -> str:
        """A nonce for the proofs of one request."""
        return self.orders.nonces.make(self.desk.clock())

    def issue(self, grant: Grant, request: CredentialRequest) -> CredentialResponse | DeferredResponse:
        """Issue what a wallet asks for.

        Args:
            grant: of its access token.
            request: as received; only its shape was checked.
        Raises:
            OpenIdError: with the code for the wallet.
            StoreBusyError: nothing was changed.
        """
        order, nonce = self.orders.take(request, grant, self.desk.clock())  # (1)

        def work(transaction: Transaction) -> CredentialResponse | DeferredResponse | OpenIdError:
            records, now = IssuanceRecords(transaction), self.desk.clock()
            if not records.spend(nonce, now):  # (2)
                return refuse(Refusal.NONCE_USED)
            state = _review_state(records, grant.person)
            if state is ReviewState.UNDER_REVIEW:  # (3)
                deferred = DeferredOrder(grant.id, grant.person, order.to_octets(), now + DEFERRED_LIFE)
                return DeferredResponse(records.add_deferred(deferred, now), _seconds(DEFERRED_INTERVAL))
            if state is ReviewState.REFUSED:
                return refuse(Refusal.REVIEW_REFUSED)
            return self._fulfil(transaction, grant, order)

        return self._decided(work)

    def collect(self, grant: Grant, request: DeferredCredentialRequest) -> CredentialResponse | DeferredResponse:
        """Issue what was deferred, if the desk has decided; arguments and errors as ``issue``."""

        def work(transaction: Transaction) -> CredentialResponse | DeferredResponse | OpenIdError:
            records, now = IssuanceRecords(transaction), self.desk.clock()
            deferred = records.find_deferred(request.transaction_id)
            if deferred is None or deferred.grant_id != grant.id or now >= deferred.expires_at:
                return refuse(Refusal.TRANSACTION_UNKNOWN)
            state = _review_state(records, grant.person)
            if state is ReviewState.UNDER_REVIEW:
                return DeferredResponse(request.transaction_id, _seconds(DEFERRED_INTERVAL))
            if not records.take_deferred(request.transaction_id):
                return refuse(Refusal.TRANSACTION_UNKNOWN)
            if state is ReviewState.REFUSED:
                return refuse(Refusal.REVIEW_REFUSED)
            return self._fulfil(transaction, grant, self.orders.read_back(deferred.order))

        return self._decided(work)

    def notify(self, grant: Grant, request: NotificationRequest) -> None:
        """Write down what became of issued credentials; the same notification may come again.

        Raises:
            OpenIdError: ``invalid_notification_id``.
        """

        def work(transaction: Transaction) -> bool:
            records = IssuanceRecords(transaction)
            return records.notify(grant.id, request.notification_id, request.event.value, self.desk.clock())

        if not self.desk.in_transaction(work):
            raise refuse(Refusal.NOTIFICATION_UNKNOWN)

    def _decided(
        self, work: Callable[[Transaction], CredentialResponse | DeferredResponse | OpenIdError]
    ) -> CredentialResponse | DeferredResponse:
        """Run work in a transaction; its refusal is raised after the transaction was kept."""
        try:
            outcome = self.desk.in_transaction(work)
        except IssuanceRefusedError as error:
            raise refuse(_REFUSALS[error.reason]) from error
        if isinstance(outcome, OpenIdError):
            raise outcome
        return outcome

    def _fulfil(self, transaction: Transaction, grant: Grant, order: Order) -> CredentialResponse | OpenIdError:
        statuses = StatusRecords(transaction, size=LIST_SIZE)
        for vct in sorted(order.vcts):  # (4)
            refusal = _STANDINGS.get(statuses.standing(grant.person, vct).status)
            if refusal is not None:
                return refuse(refusal)
        issued: list[tuple[IssuedItem, ...]] = []
        # the blind one first: it is the one that the desk may refuse
        for part in (order.companion, order.main):
            if part is None:
                issued.append(())
            elif isinstance(part, BbsOrder):
                decision = self.desk.decide(transaction, grant.person, part.request, part.configuration.type)  # (5)
                if isinstance(decision, RefusalReason):
                    return refuse(_REFUSALS[decision])
                issued.append((_item(decision),))
            else:
                issued.append(self._issue_copies(transaction, statuses, grant.person, part))  # (6)
        companion, main = issued
        identifier = IssuanceRecords(transaction).add_notification(grant.id, grant.person, self.desk.clock())  # (7)
        return CredentialResponse(main, identifier, companion)

    def _issue_copies(
        self, transaction: Transaction, statuses: StatusRecords, person: PersonId, order: SdJwtOrder
    ) -> tuple[IssuedItem, ...]:
        household = transaction.find_household(person)
        if household is None:
            raise IssuanceRefusedError(RefusalReason.UNKNOWN_PERSON)
        now, kind = self.desk.clock(), order.configuration.type
        attestation = attest(
            kind,
            household,
            recovered_at=transaction.pin(person).recovered_at,
            today=now.date(),
            valid_days=self.desk.valid_days,
        )
        key, public_url = self.keys.current, self.statuses.public_url
        issuer, header, claims = key.issuer(public_url), key.header(public_url), attestation.sd_jwt_claims()
        given_out = statuses.give_out(
            person, kind.vct, len(order.holder_keys), issuer=issuer, issued_at=now, exp=attestation.exp
        )
        return tuple(
            IssuedItem(
                issue_sd_jwt_vc(
                    claims,
                    key.signer,
                    vct=kind.vct,
                    issuer=issuer,
                    issued_at=datetime.combine(now.date(), time(), UTC),
                    expires_at=attestation.expires_at,
                    holder_key=holder_key,
                    status=StatusReference(status.index, self.statuses.uri(status.list_number)).to_claim(),
                    vct_integrity=self.types.integrity(kind),
                    digests=SD_JWT_DIGESTS,
                    header=header,
                )
            )
            for holder_key, status in zip(order.holder_keys, given_out, strict=True)
        )


def _review_state(records: IssuanceRecords, person: PersonId) -> ReviewState:
    review = records.review(person)
    return ReviewState.CLEAR if review is None else review.state


def _item(issuance: Issuance) -> IssuedItem:
    return IssuedItem(issuance.credential, issuance.entropy.to_bytes(SCALAR_BYTES, "big"))


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
