# SPDX-License-Identifier: EUPL-1.2
"""The verifier's domain types: a request and its life, a decision that is kept, a refusal.

Invariants:
    * Nothing here holds a claim that the policy does not keep.
    * What a browser or a wallet must show again later (a cookie, a response code) is kept as its hash only.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from ssi.errors import Reason
from verifier.policy.deciding import Decision
from verifier.policy.model import Device, PolicyId

__all__ = [
    "DecisionRecord",
    "PresentationRequest",
    "Refusal",
    "RequestId",
    "Stage",
    "WalletRefusal",
    "secret_hash",
]

RequestId = NewType("RequestId", str)
"""22 characters of base64url, unguessable; part of the request's addresses."""


class Stage(StrEnum):
    """How far a request is."""

    WAITING = "waiting"
    """Nobody answered yet."""
    REFUSED = "refused"
    """An answer did not pass; another may follow while there is time."""
    DECLINED = "declined"
    """The wallet said that it will not answer."""
    ANSWERED = "answered"
    """Decided; the browser that started has not come back from the wallet yet."""
    FINISHED = "finished"
    """Decided, and the browser that started may see it."""


class WalletRefusal(StrEnum):
    """Why a wallet does not answer, as far as it says so (OpenID4VP 1.0, section 8.5)."""

    ACCESS_DENIED = "access_denied"
    VP_FORMATS_NOT_SUPPORTED = "vp_formats_not_supported"
    INVALID_TRANSACTION_DATA = "invalid_transaction_data"
    WALLET_UNAVAILABLE = "wallet_unavailable"
    OTHER = "other"
    """Another code; the wallet's own text is not kept."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer did not pass.

    Attributes:
        reason: the code, of ours or of the wallet.
        correlation: the id that the wallet was told, for questions about this one answer.
    """

    reason: Reason | WalletRefusal
    correlation: str


@dataclass(frozen=True, slots=True)
class PresentationRequest:
    """One request for a presentation.

    Attributes:
        nonce, state: fresh texts that an answer must be bound to, and must bring back.
        query: the id of the query that was chosen at the start, if any.
        response_key: the private key that answers are encrypted to, as its library writes it; gone once answered.
        browser_hash: of the secret that the browser which started has as a cookie.
        response_code_hash: of the code that the wallet gets for the browser; None until decided.
    """

    id: RequestId
    policy: PolicyId
    device: Device
    query: str | None
    nonce: str
    state: str
    created_at: datetime
    expires_at: datetime
    browser_hash: bytes = field(repr=False)
    response_key: str | None = field(repr=False)
    stage: Stage = Stage.WAITING
    attempts: int = 0
    response_code_hash: bytes | None = field(default=None, repr=False)
    refusal: Refusal | None = None

    @property
    def is_open(self) -> bool:
        """Whether an answer can still come, time apart."""
        return self.stage in (Stage.WAITING, Stage.REFUSED)


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as it is kept: what the receipt says, and nothing else.

    Attributes:
        id: the receipt's ``jti``.
        scope: of the pseudonym, when the policy allows a person once in it.
        is_final: whether the browser that started has come back; always so when the wallet was on another device.
        forget_at: when it is deleted.
    """

    id: str
    request: RequestId
    policy: PolicyId
    decision: Decision
    decided_at: datetime
    receipt: str = field(repr=False)
    pseudonym: bytes | None = field(repr=False)
    scope: str | None
    is_final: bool
    forget_at: datetime


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret of 128 bits or more that somebody must show again."""
    return hashlib.sha256(secret.encode("utf-8")).digest()
