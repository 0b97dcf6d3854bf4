# SPDX-License-Identifier: EUPL-1.2
"""What a citizen does with a wallet.

Invariants:
    * Whatever leaves is in the consent log on disk before it leaves: a use case saves first and returns after. If
      saving fails, nothing is returned.
    * Credentials are verified again each time the wallet is opened.
    * Secrets come from the recovery phrase alone; the wallet file keeps its seed, not the phrase.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from holder.claims import PlannedClaim, plan_claim
from holder.consent import ConsentEntry, ConsentLog, ConsentOutcome, DisclosedClaim
from holder.earning.service import Earner
from holder.eligibility import Held, Qualification, qualifications
from holder.foresight import is_in_period, unforeseen
from holder.model import (
    Catalogue,
    PaymentAccount,
    PendingIssuance,
    StoredCredential,
    WalletContents,
)
from holder.openid.model import CopiedCredential, CredentialCopy, IssuerConnection
from holder.passes.service import PassHolder
from holder.payments import DEFAULT_LIFETIME, check_request, draw_permit
from holder.programme import ProgrammeView
from holder.recovery import Recovery, generate_phrase
from holder.refusals import (
    IssuanceRefusedError,
    StoredCredentialError,
    UnknownValidatorError,
)
from holder.store import WalletStore
from holder.wallet_file import KeyWork
from holder.wording import ISSUANCE_PROOF, Language
from programmable_money.messages import (
    ZERO_ADDRESS,
    Address,
    ClaimMessage,
    PaymentRequest,
    Scope,
    SignedPermit,
    address_of,
)
from ssi.credential.issuance import HeldCredential, Issuance, accept
from ssi.credential.pinning import IssuanceRequest, PendingRequest, request_issuance
from ssi.credential.types import CredentialType
from ssi.did import DidError
from ssi.did.document import split_did
from ssi.errors import Reason, VerificationError
from ssi.keys import KeyType, PrivateKey

__all__ = ["Wallet"]


class Wallet:
    """An open wallet. Build it with ``create``, ``restore`` or ``open``; use as a context manager, or call ``close``.

    Args:
        store: the wallet's file.
        catalogue: the published documents that it goes by.
        language: of the texts in the consent log.
    Raises:
        StoredCredentialError: a stored credential does not hold with this wallet's secret.
    """

    def __init__(self, store: WalletStore, catalogue: Catalogue, *, language: Language = Language.EN) -> None:
        self._store = store
        self._catalogue = catalogue
        self._language = language
        self._recovery = Recovery(store.contents.seed)
        self._held = [self._verify(index, stored) for index, stored in enumerate(store.contents.credentials, start=1)]

    @classmethod
    def create(
        cls,
        path: Path,
        passphrase: str,
        catalogue: Catalogue,
        *,
        language: Language = Language.EN,
        work: KeyWork = KeyWork.MODERATE,
    ) -> tuple[Self, str]:
        """Make a new wallet.

        Returns:
            The wallet, and its recovery phrase of 24 words: show it once and forget it.
        Raises:
            WalletFileError: there is a file already, another program is at it, or no passphrase.
        """
        phrase = generate_phrase()
        return cls.restore(path, passphrase, phrase, catalogue, language=language, work=work), phrase

    @classmethod
    def restore(
        cls,
        path: Path,
        passphrase: str,
        unverified_phrase: str,
        catalogue: Catalogue,
        *,
        language: Language = Language.EN,
        work: KeyWork = KeyWork.MODERATE,
    ) -> Self:
        """Make a wallet file from a recovery phrase.

        Pseudonyms and payment accounts are those of before. Credentials and the consent log are not in the phrase: the
        validator issues the credentials again, to the same pin.

        Raises:
            RecoveryPhraseError: with what is wrong.
            WalletFileError: as ``create``.
        """
        contents = WalletContents(Recovery.from_phrase(unverified_phrase).seed)
        return cls(WalletStore.create(path, passphrase, contents, work=work), catalogue, language=language)

    @classmethod
    def open(cls, path: Path, passphrase: str, catalogue: Catalogue, *, language: Language = Language.EN) -> Self:
        """Open a wallet.

        Raises:
            WalletFileError: no file, a wrong passphrase, a damaged file, or another program is at it.
            WalletContentsError: decrypted, but not a wallet's contents.
            StoredCredentialError: a credential in it is not this wallet's.
        """
        store = WalletStore.open(path, passphrase)
        try:
            return cls(store, catalogue, language=language)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Close the file. A closed wallet can still be looked at, and does nothing else."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def credentials(self) -> tuple[Held, ...]:
        """The verified credentials, oldest first."""
        return tuple(self._held)

    @property
    def copied(self) -> tuple[CopiedCredential, ...]:
        """The credentials that are kept in copies, for verifiers of the OpenID world."""
        return self._store.contents.copied

    @property
    def connections(self) -> tuple[IssuerConnection, ...]:
        """The credential issuers that the wallet can ask again."""
        return self._store.contents.connections

    @property
    def catalogue(self) -> Catalogue:
        """The published documents that the wallet goes by."""
        return self._catalogue

    @property
    def pending(self) -> tuple[PendingIssuance, ...]:
        """Requests that no validator has answered yet."""
        return self._store.contents.pending

    @property
    def accounts(self) -> tuple[PaymentAccount, ...]:
        """The payment accounts, in the order they were last used."""
        return self._store.contents.accounts

    @property
    def earning(self) -> Earner:
        """Tasks: choosing, reporting, collecting, and the earnings book."""
        return Earner(self._store, self._catalogue, self._recovery, lambda: self._held, self._language)

    @property
    def passes(self) -> PassHolder:
        """Passes: activating, the pass credential, offers, and showing one at a till."""
        return PassHolder(
            self._store,
            self._catalogue,
            self._recovery,
            lambda: self._held,
            lambda desk, nonce, kind, now: self.request_credential(desk, nonce, kind, now=now),
            lambda issuance, public_key, now: self.accept_credential(issuance, public_key, now=now),
            self._language,
        )

    @property
    def consents(self) -> ConsentLog:
        """What was shown, to whom, oldest first."""
        return self._store.contents.consents

    def account_address(self, scope: Scope) -> Address:
        """The payment account of a scope, the same for one recovery phrase for ever."""
        return address_of(self._recovery.payment_key(scope.context_id))

    def document_key(self, index: int) -> PrivateKey:
        """The P-256 key of this index, for documents: the key binding of a credential's copy, or a token's proof."""
        return self._recovery.document_key(KeyType.P256, index=index)

    def keep_copied(self, credentials: tuple[CopiedCredential, ...], connection: IssuerConnection | None) -> None:
        """Keep credentials that were verified, each in the place of an earlier one of its issuer and type.

        Args:
            connection: how to ask for more; None when the issuer gave no way to.
        """
        contents = self._store.contents
        for credential in credentials:
            contents = contents.with_copied(credential)
        self._store.save(contents if connection is None else contents.with_connection(connection))

    def show_copies(
        self, copies: tuple[tuple[CopiedCredential, CredentialCopy], ...], client_id: str, entry: ConsentEntry
    ) -> None:
        """Mark copies as shown to a verifier and write the consent log, before they leave."""
        contents = self._store.contents
        for credential, copy in copies:
            if credential not in contents.copied or copy not in credential.unused:
                raise RuntimeError("a copy is shown once")
            contents = contents.with_copied(credential.with_shown(copy, client_id))
        self._store.save(contents.with_consent(entry))

    def log(self, entry: ConsentEntry) -> None:
        """Write an entry into the consent log."""
        self._store.save(self._store.contents.with_consent(entry))

    def request_credential(
        self, validator: str, nonce: bytes, credential_type: CredentialType, *, now: datetime
    ) -> IssuanceRequest:
        """Ask a validator for a credential (issuance.md 2).

        Args:
            validator: its DID.
            nonce: as it gave for this session, at least 16 octets.
            credential_type: what is asked for.
            now: aware.
        Returns:
            288 octets for the validator, after ``to_octets``.
        Raises:
            UnknownValidatorError: not a DID.
        """
        try:
            split_did(validator)
        except DidError as error:
            raise UnknownValidatorError from error
        asked = request_issuance(self._recovery.nym_secret(), validator=validator, nonce=nonce)
        pending = PendingIssuance(validator, credential_type.vct, asked.request.to_octets(), asked.blind)
        entry = ConsentEntry(
            at=_utc(now),
            recipient=validator,
            disclosed=(DisclosedClaim("issuance_pseudonym", asked.request.issuance_pseudonym.hex()),),
            proven=(self._language.of(ISSUANCE_PROOF),),
            scope=f"stuiver/pin/v1 {validator}",
            outcome=ConsentOutcome.UNKNOWN,
        )
        contents = self._store.contents
        self._store.save(replace(contents, pending=(*contents.pending, pending)).with_consent(entry))
        return asked.request

    def accept_credential(self, unverified: Issuance, public_key: bytes, *, now: datetime) -> HeldCredential:
        """Verify what a validator sent in answer to a request, and keep it (issuance.md 4).

        Expired credentials of the same validator and type are dropped.

        Args:
            unverified: as received.
            public_key: the validator's, 96 octets, from the trust registry and not from the validator's message.
            now: aware.
        Raises:
            IssuanceRefusedError: it answers no request of this wallet, or its signature does not hold; nothing is kept.
        """
        contents = self._store.contents
        reason: Reason | None = None
        for pending in reversed(contents.pending):
            try:
                credential = self._accept(unverified, pending, public_key)
            except VerificationError as error:
                reason = error.reason
                continue
            if credential.credential.type.vct != pending.vct:
                raise IssuanceRefusedError(Reason.MALFORMED)
            stored = StoredCredential(pending, public_key, unverified.credential, unverified.entropy)
            held = [*(held for held in self._held if not _is_outdated(held, stored, _utc(now).date()))]
            held.append(Held(stored, credential))
            self._store.save(
                replace(
                    contents,
                    pending=tuple(other for other in contents.pending if other is not pending),
                    credentials=tuple(item.stored for item in held),
                )
            )
            self._held = held
            return credential
        raise IssuanceRefusedError(reason)

    def qualifications(self, *, now: datetime) -> tuple[Qualification, ...]:
        """What the citizen qualifies for, over all rulebooks that the wallet knows. Asks nobody, tells nobody."""
        return qualifications(self._catalogue, self._held, now=_utc(now))

    def plan_claim(self, programme: ProgrammeView, *, now: datetime) -> PlannedClaim:
        """Check a programme and prepare a claim, for the citizen to decide on; errors as ``plan_claim``."""
        return plan_claim(programme, self._catalogue, self._held, self._recovery, now=_utc(now))

    def decline(self, plan: PlannedClaim, *, now: datetime) -> None:
        """The citizen says no: nothing leaves but an entry into the consent log."""
        entry = plan.consent(ConsentOutcome.DECLINED, at=_utc(now), language=self._language)
        self._store.save(self._store.contents.with_consent(replace(entry, disclosed=(), proven=())))

    def claim(self, plan: PlannedClaim, *, now: datetime) -> ClaimMessage:
        """The citizen says yes: prove, write the consent log, and hand over the message for a relayer.

        The account is then known with the allotment as its balance. Claiming again in the same scope gives another
        proof of the same pseudonym for the same account, for when the first message was lost.
        """
        proved = plan.prove()
        entry = plan.consent(ConsentOutcome.UNKNOWN, at=_utc(now), language=self._language, nullifier=proved.nullifier)
        contents = self._store.contents
        if not any(account.scope == plan.programme.scope for account in contents.accounts):
            contents = contents.with_account(PaymentAccount(plan.programme.scope, plan.account, plan.amount_cents))
        self._store.save(contents.with_consent(entry))
        return proved.message

    def learn_balance(self, scope: Scope, cents: int) -> PaymentAccount:
        """Remember what the fund says that the scope's account holds; also after the wallet was restored."""
        if cents < 0:
            raise ValueError("a balance is not negative")
        known = [account for account in self.accounts if account.scope == scope]
        permits = known[0].permits if known else ()
        account = PaymentAccount(scope, self.account_address(scope), cents, permits)
        self._store.save(self._store.contents.with_account(account))
        return account

    def sign_permit(
        self,
        scope: Scope,
        limit: int,
        *,
        now: datetime,
        merchant: Address = ZERO_ADDRESS,
        lifetime: timedelta = DEFAULT_LIFETIME,
    ) -> SignedPermit:
        """Allow one payment from the scope's account; its JSON is the content of a QR code.

        Args:
            scope: whose account pays.
            limit: cents, at most what the account is known to hold.
            now: aware.
            merchant: the only shop that may charge it; the zero address for any that takes part.
            lifetime: at most ``MAX_LIFETIME``.
        Raises:
            UnknownAccountError: no claim was made in this scope, and no balance learnt.
            PermitRefusedError: with the reason.
        """
        account = self._store.contents.account(scope)
        key = self._recovery.payment_key(scope.context_id)
        known = self._catalogue.find_rulebook(scope.rulebook_hash)
        drawn = draw_permit(
            account,
            key,
            limit,
            rules=None if known is None else known.spending,
            is_open=known is None or is_in_period(known, scope.period, _utc(now)),
            now=_utc(now),
            merchant=merchant,
            lifetime=lifetime,
        )
        contents = self._store.contents.with_account(drawn.account).with_consent(drawn.consent(self._language))
        self._store.save(contents)
        return drawn.message

    def unforeseen(self, scope: Scope, cents: int, merchant: Address = ZERO_ADDRESS) -> tuple[str, ...]:
        """What may still refuse a payment that this wallet would sign, in sentences: ask before it is signed.

        Raises:
            UnknownAccountError: as ``sign_permit``.
        """
        known = self._catalogue.find_rulebook(scope.rulebook_hash)
        return unforeseen(known, self._store.contents.account(scope), cents, merchant, self._language)

    def sign_requested(
        self,
        scope: Scope,
        request: PaymentRequest,
        limit: int,
        *,
        now: datetime,
        lifetime: timedelta = DEFAULT_LIFETIME,
    ) -> SignedPermit:
        """Approve the amount that a shop shows, for this shop only.

        Args:
            request: as the shop shows it; the permit's limit is its amount.
            limit: the most that the citizen agrees to, in cents.
        Raises:
            PermitRefusedError: another fund, more than ``limit``, or as ``sign_permit``.
            UnknownAccountError: as ``sign_permit``.
        """
        check_request(scope, request, limit)
        return self.sign_permit(scope, request.amount, now=now, merchant=request.merchant, lifetime=lifetime)

    def _accept(self, unverified: Issuance, pending: PendingIssuance, public_key: bytes) -> HeldCredential:
        request = IssuanceRequest.from_octets(pending.request)
        asked = PendingRequest(request, pending.blind, self._recovery.nym_secret())
        return accept(unverified, asked, self._catalogue.types, public_key)

    def _verify(self, index: int, stored: StoredCredential) -> Held:
        issuance = Issuance(stored.credential, stored.entropy)
        try:
            return Held(stored, self._accept(issuance, stored.issuance, stored.public_key))
        except VerificationError as error:
            raise StoredCredentialError(index, error.reason) from error


def _utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("a time is an aware datetime")
    return now.astimezone(UTC)


def _is_outdated(held: Held, successor: StoredCredential, today: date) -> bool:
    """Whether a held credential is of the successor's validator and type and has expired."""
    issuance = held.stored.issuance
    same = (issuance.validator, issuance.vct) == (successor.issuance.validator, successor.issuance.vct)
    exp = held.credential.credential.values.get("exp")
    return same and isinstance(exp, date) and exp < today
