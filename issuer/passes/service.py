# SPDX-License-Identifier: EUPL-1.2
"""The desk of a pass: a challenge, and one blind pass credential for whoever signs it with an activated account.

Implements pass.md 2.2 and 2.3 with the steps of issuance.md section 3; comments carry their numbers.

Invariants:
    * Permission, pin and signature stand or fall together, in one transaction. Nothing leaves before it is committed.
    * The account is asked of the chain and its signature verified each time; a session alone gives nothing.
    * An account has one form, the chain's, however it is written by who asks.
    * A session ends with the first request that the account signed and whose proofs hold, whatever is decided.
    * A pin is never removed: who loses wallet and recovery phrase waits for the next period (``recovered_at`` is 0).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from issuer.errors import IssuanceRefusedError, RefusalReason, SettingsError, StoreBusyError
from issuer.keys import ValidatorKeys
from issuer.passes.model import CLAIMS, PassAccount, PassAccounts, PassSession, PassTerms
from issuer.passes.store import PassTables
from issuer.service import NONCE_LENGTH, SESSION_LIFE
from issuer.store import ConflictError, Store
from ssi.credential.issuance import Issuance, issue
from ssi.credential.pinning import IssuanceRequest, holder_entropy
from ssi.credential.types import CredentialType

__all__ = ["PassDesk"]

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class PassDesk:
    """The desk of one pass in one period.

    Args:
        did: under which wallets make requests. One of its own for each period, so that the issuance pseudonyms of two
            years do not tell the desk that they are of one wallet.
        keys: its secrets, for the same DID.
        store: the desk's database.
        credential_type: of pass credentials.
        terms: what stands in each.
        accounts: what the pass's contract says.
        clock: the present, aware UTC.
        session_life: how long a challenge lasts.
    Raises:
        SettingsError: the keys belong to another desk, or the type is no pass.
        UnknownTypeError: there is no key for the type.
    """

    did: str
    keys: ValidatorKeys
    store: Store
    credential_type: CredentialType
    terms: PassTerms
    accounts: PassAccounts
    clock: Callable[[], datetime]
    session_life: timedelta = SESSION_LIFE

    def __post_init__(self) -> None:
        if self.keys.did != self.did:
            raise SettingsError("did", "must be the one that the key file was made for")
        if {claim.name for claim in self.credential_type.claims} != CLAIMS:
            raise SettingsError("credential_type", f"must have the claims {', '.join(sorted(CLAIMS))}")
        self.keys.signing_key(self.credential_type)

    def open_session(self, unverified_account: str) -> PassSession:
        """A challenge for an account.

        Raises:
            IssuanceRefusedError: ``account_not_activated``.
        """
        account = self._activated(unverified_account)
        now = self.clock().replace(microsecond=0)
        session = PassSession(account, secrets.token_bytes(NONCE_LENGTH), now + self.session_life)
        with self.store.transaction() as transaction:
            tables = PassTables(transaction)
            tables.forget_sessions(now)
            tables.add_session(session)
        return session

    def issue(self, unverified_account: str, nonce: bytes, unverified_request: bytes, signature: bytes) -> Issuance:
        """(2.2) Issue the pass credential of an account.

        Args:
            unverified_account: whose holder asks.
            nonce: of that account's session.
            unverified_request: 288 octets, as received.
            signature: of ``PassRequest`` over both, by the account; 65 octets, as received.
        Returns:
            What the wallet accepts. Personal; goes to this wallet only.
        Raises:
            VerificationError: the request's proofs do not hold for this desk and nonce. Nothing is decided.
            IssuanceRefusedError: with the reason. The session is spent if signature and proofs hold.
            StoreBusyError: nothing was changed.
        """
        with self.store.transaction() as transaction:
            self._check_session(PassTables(transaction), nonce)
        account = self._activated(unverified_account)
        if not self.accounts.has_signed(account, nonce, unverified_request, signature):
            raise IssuanceRefusedError(RefusalReason.NOT_SIGNED_BY_ACCOUNT)
        request = IssuanceRequest.from_octets(unverified_request).verify(validator=self.did, nonce=nonce)  # (3.1)
        for _ in range(_ATTEMPTS):
            try:
                refused = self._pin(account, nonce, request.issuance_pseudonym)
            except ConflictError:
                continue
            break
        else:
            raise StoreBusyError
        if refused is not None:
            raise IssuanceRefusedError(refused)
        entropy = holder_entropy(self.keys.pinning_secret, account)
        signing_key = self.keys.signing_key(self.credential_type)
        return issue(signing_key, self.credential_type, self.terms.values, request, entropy)  # (3.4)

    def _pin(self, account: PassAccount, nonce: bytes, wallet: bytes) -> RefusalReason | None:
        """(3.2, and pass.md 2.3) Spend the session and decide about the pin; a refusal is a value, so that it stays."""
        now = self.clock()
        with self.store.transaction() as transaction:
            tables = PassTables(transaction)
            if self._check_session(tables, nonce).account != account:
                raise IssuanceRefusedError(RefusalReason.SESSION_OF_ANOTHER_PERSON)
            if not tables.spend_session(nonce, now):
                raise IssuanceRefusedError(RefusalReason.SESSION_USED)
            pinned = tables.pin(account)
            if pinned == wallet:
                tables.count_issued(account, now)
                return None
            if pinned is not None:
                return RefusalReason.PINNED_TO_ANOTHER_WALLET
            if tables.is_pinned_elsewhere(wallet, account):
                return RefusalReason.PINNED_TO_ANOTHER_RECORD
            tables.add_pin(account, wallet, now)
            return None

    def _activated(self, unverified_account: str) -> PassAccount:
        """The record that an account is, in its one form."""
        found = self.accounts.find_activated(unverified_account)
        if found is None:
            raise IssuanceRefusedError(RefusalReason.ACCOUNT_NOT_ACTIVATED)
        return PassAccount(found)

    def _check_session(self, tables: PassTables, nonce: bytes) -> PassSession:
        session = tables.find_session(nonce)
        if session is None:
            raise IssuanceRefusedError(RefusalReason.SESSION_UNKNOWN)
        if session.used_at is not None:
            raise IssuanceRefusedError(RefusalReason.SESSION_USED)
        if self.clock() >= session.expires_at:
            raise IssuanceRefusedError(RefusalReason.SESSION_EXPIRED)
        return session
