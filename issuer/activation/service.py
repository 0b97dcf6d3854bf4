# SPDX-License-Identifier: EUPL-1.2
"""What a letter's holder can do: fetch the offer, and redeem code and PIN once.

Invariants:
    * A code is redeemed at most once, whatever happens at the same time.
    * A wrong PIN and an unknown code give the same answer after the same work: the same statements on the database and
      the same keyed hash.
    * Nothing about the wallet reaches this module.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from edge.language import Language
from issuer.activation.errors import ActivationRefusal, ActivationRefusedError
from issuer.activation.model import (
    PIN_LENGTH,
    WRONG_PINS,
    Action,
    ActivationCode,
    ActivationState,
    Event,
    Redeemed,
    Refused,
)
from issuer.activation.secrets import SECRET_LENGTH, ActivationSecret, code_hash
from issuer.activation.store import ActivationTables
from issuer.errors import StoreBusyError
from issuer.store import ConflictError, Store, Transaction
from ssi.openid.offer import CredentialOffer, InputMode, OfferReference, PreAuthorizedCodeGrant, TxCode

__all__ = ["WRONG_PINS_PER_MINUTE", "ActivationService", "Redeemed", "Refused"]

WRONG_PINS_PER_MINUTE: Final = 60
"""Of all codes together. Whole letters in wrong hands are the only way to reach it."""
_PIN: Final = re.compile(rf"[0-9]{{{PIN_LENGTH}}}")
_ATTEMPTS: Final = 5
_MINUTE: Final = 60
_PIN_DESCRIPTION: Final = {
    Language.NL: "De pincode van 6 cijfers in uw brief",
    Language.EN: "The 6-digit PIN in your letter",
}
_REFUSALS: Final = {
    ActivationState.LOCKED: ActivationRefusal.LOCKED,
    ActivationState.REDEEMED: ActivationRefusal.REDEEMED,
    ActivationState.EXPIRED: ActivationRefusal.EXPIRED,
    ActivationState.REVOKED: ActivationRefusal.WITHDRAWN,
    ActivationState.REPLACED: ActivationRefusal.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class ActivationService:
    """The letter's side that faces wallets.

    Args:
        store: the validator's database.
        secret: 32 octets, the same for the desk and for every process (``activation_secret``).
        credential_issuer: the public URL, without a slash at its end.
        configurations: for each name of a credential type, the credential configurations that a letter for it offers.
        wrong_pins_per_minute: so many wrong PINs in a minute, of all codes together, stop redeeming until the next one.
    Raises:
        ValueError: a secret of another length.
    """

    store: Store
    secret: bytes = field(repr=False)
    credential_issuer: str
    configurations: Mapping[str, tuple[str, ...]]
    wrong_pins_per_minute: int = WRONG_PINS_PER_MINUTE

    def __post_init__(self) -> None:
        ActivationSecret(self.secret)

    def redeem(
        self,
        unverified_code: str,
        unverified_tx_code: str | None,
        now: datetime,
        *,
        and_then: Callable[[Transaction, Redeemed], None] | None = None,
    ) -> Redeemed:
        """Use a code with its PIN, in a transaction of its own.

        Args:
            unverified_code: the pre-authorised code, as received.
            unverified_tx_code: the PIN, as received.
            now: aware UTC.
            and_then: what must be kept together with it; when it raises, the code is not spent. May run more than once,
                each time in a new transaction.
        Raises:
            ActivationRefusedError: with the reason.
            StoreBusyError: nothing was changed.
        """
        for _ in range(_ATTEMPTS):
            try:
                with self.store.transaction() as transaction:
                    decision = self.redeem_in(transaction, unverified_code, unverified_tx_code, now)
                    if isinstance(decision, Redeemed) and and_then is not None:
                        and_then(transaction, decision)
            except ConflictError:
                continue
            if isinstance(decision, Refused):
                raise ActivationRefusedError(decision.reason, decision.retry_after)
            return decision
        raise StoreBusyError

    def redeem_in(
        self, transaction: Transaction, unverified_code: str, unverified_tx_code: str | None, now: datetime
    ) -> Redeemed | Refused:
        """Use a code with its PIN, as part of a transaction. Commit it after a refusal, too: it holds the count.

        Raises:
            ConflictError: another redemption was faster; run the whole transaction again.
        """
        tables = ActivationTables(transaction)
        if tables.wrong_pins_in_minute(now) >= self.wrong_pins_per_minute:
            return Refused(ActivationRefusal.TOO_MANY_ATTEMPTS, _MINUTE - int(now.timestamp()) % _MINUTE)
        hashed = code_hash(unverified_code)
        kept = tables.find_kept(hashed)
        decoy = secrets.token_bytes(SECRET_LENGTH)
        is_right = ActivationSecret(self.secret).is_pin(
            hashed, unverified_tx_code or "", decoy if kept is None else kept.pin_hash
        )
        if kept is not None and (refusal := _REFUSALS.get(kept.code.state_at(now))) is not None:
            return Refused(refusal)
        if _PIN.fullmatch(unverified_tx_code or "") is None:
            return Refused(ActivationRefusal.NOT_VALID)  # cannot be right, so it is no guess
        if kept is None or not is_right:
            return self._count(tables, None if kept is None else kept.code, now)
        tables.redeem(kept.code, now)
        tables.log([Event(Action.REDEEMED, now, None, kept.code.id, kept.code.batch, "")])
        return Redeemed(kept.code.person, self._configuration_ids(kept.code))

    def offer_at(self, unverified_reference: str, now: datetime) -> CredentialOffer:
        """The offer that a letter's QR code refers to.

        Raises:
            ActivationRefusedError: no letter that works has this reference.
        """
        return self.offer_of(ActivationSecret(self.secret).code(unverified_reference), now)

    def offer_of(self, unverified_code: str, now: datetime) -> CredentialOffer:
        """The offer for a code; raises as ``offer_at``."""
        with self.store.transaction() as transaction:
            kept = ActivationTables(transaction).find_kept(code_hash(unverified_code))
        if kept is None:
            raise ActivationRefusedError(ActivationRefusal.NOT_VALID)
        if (refusal := _REFUSALS.get(kept.code.state_at(now))) is not None:
            raise ActivationRefusedError(refusal)
        return self.offer(unverified_code, kept.code.language, kept.code.credentials)

    def offer(self, code: str, language: Language, credentials: tuple[str, ...]) -> CredentialOffer:
        """An offer by value: for a code, in a person's language, for these names of credential types."""
        return CredentialOffer(
            self.credential_issuer,
            self._ids_of(credentials),
            authorization_code=None,
            pre_authorized_code=PreAuthorizedCodeGrant(
                code, TxCode(InputMode.NUMERIC, PIN_LENGTH, _PIN_DESCRIPTION[language])
            ),
        )

    def offer_link(self, reference: str) -> str:
        """What a letter's QR code holds: a link to the offer by reference."""
        return OfferReference(f"{self.credential_issuer}/offers/{reference}").link()

    def offer_link_by_value(self, reference: str, language: Language, credentials: tuple[str, ...]) -> str:
        """The same with the whole offer inside, for wallets that cannot fetch one; a QR code of it is large."""
        return self.offer(ActivationSecret(self.secret).code(reference), language, credentials).link()

    def _count(self, tables: ActivationTables, code: ActivationCode | None, now: datetime) -> Refused:
        locks = code is not None and code.wrong_pins + 1 >= WRONG_PINS
        tables.count_wrong_pin(code, locks=locks, at=now)
        if code is None or not locks:
            return Refused(ActivationRefusal.NOT_VALID)
        tables.log([Event(Action.LOCKED, now, None, code.id, code.batch, "")])
        return Refused(ActivationRefusal.LOCKED)

    def _configuration_ids(self, code: ActivationCode) -> tuple[str, ...]:
        return self._ids_of(code.credentials)

    def _ids_of(self, credentials: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(identifier for name in credentials for identifier in self.configurations[name])
