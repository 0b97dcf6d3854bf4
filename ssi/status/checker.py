# SPDX-License-Identifier: EUPL-1.2
"""Check the status of a credential, with lists kept as long as they may be (status.md 6).

Source: draft-ietf-oauth-status-list §8.3 and §13.7.

Invariants:
    * Fails closed: no list that may be relied on at this moment means ``STATUS_UNAVAILABLE``.
    * A list is never replaced by an older one. A list past its ``exp``, its ``ttl`` or the longest time that the
      verifier allows is not used.
    * One list is fetched by one caller at a time, and not again right after it failed. Memory is bounded.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from ssi.errors import Reason, VerificationError
from ssi.jose.times import SKEW
from ssi.status.lists import StatusValue
from ssi.status.reference import StatusReference
from ssi.status.tokens import TokenFormat
from ssi.status.verify import StatusTrust, VerifiedStatusList, verify_status_list_cwt, verify_status_list_jwt

__all__ = ["USUAL_FRESHNESS", "Freshness", "StatusChecker"]

_MOST_LISTS: Final = 64
_REFUSED: Final[Mapping[int, Reason]] = {StatusValue.INVALID: Reason.REVOKED, StatusValue.SUSPENDED: Reason.SUSPENDED}


@dataclass(frozen=True, slots=True)
class Freshness:
    """How a verifier keeps lists, whatever they say about themselves.

    Args:
        shortest: a list is not fetched more often than this, nor is a failed fetch repeated sooner.
        longest: no list is used longer than this without being fetched again.
        oldest: a list that does not say when it expires is not accepted when it was made longer ago than this.
    """

    shortest: timedelta
    longest: timedelta
    oldest: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) < self.shortest <= self.longest <= self.oldest:
            raise ValueError("shortest, longest and oldest are positive and in this order")


USUAL_FRESHNESS: Final = Freshness(timedelta(seconds=10), timedelta(hours=1), timedelta(days=1))
"""For a verifier with no wishes of its own."""


@dataclass(frozen=True, slots=True)
class _ListId:
    """A list as it counts for one issuer's credentials of one type: for another type others may sign."""

    uri: str
    issuer: str
    vct: str


@dataclass(slots=True)
class _Slot:
    """What is known about one list."""

    lock: Lock = field(default_factory=Lock)
    current: VerifiedStatusList | None = None
    fetched_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""


class StatusChecker:
    """Checks statuses; for use by many threads.

    Args:
        get_token: gets the octets of a token from its URI; raises OSError when there are none. It must bound time and
            size (``MAX_TOKEN_OCTETS``) and decide which hosts may be asked.
        trust: whose keys count.
        token_format: how tokens are written; a token of the other kind is refused.
        freshness: how long lists are kept.
    """

    def __init__(
        self,
        get_token: Callable[[str], bytes],
        trust: StatusTrust,
        *,
        token_format: TokenFormat,
        freshness: Freshness,
    ) -> None:
        self._get_token = get_token
        self._trust = trust
        self._verify = verify_status_list_jwt if token_format is TokenFormat.JWT else verify_status_list_cwt
        self._freshness = freshness
        self._slots: OrderedDict[_ListId, _Slot] = OrderedDict()
        self._lock = Lock()

    def check(self, unverified_status: Mapping[str, object], issuer: str, vct: str, now: datetime) -> None:
        """Return if the status is VALID.

        Args:
            unverified_status: the claim ``status`` of a credential, whose signature is verified.
            issuer: who issued the credential.
            vct: the type that it counts as; who may issue that may sign its list.
            now: the present moment.
        Raises:
            VerificationError: ``REVOKED``, ``SUSPENDED``; ``UNKNOWN_STATUS`` for another status, or an index beyond the
                list; ``MALFORMED`` for the claim; ``STATUS_UNAVAILABLE``, whose detail is why the list was refused.
        """
        reference = StatusReference.from_claim(unverified_status)
        status = self._current(_ListId(reference.uri, issuer, vct), now).statuses.get(reference.index)
        if status != StatusValue.VALID:
            raise VerificationError(_REFUSED.get(status, Reason.UNKNOWN_STATUS))

    def refresh(self, uri: str, issuer: str, vct: str, now: datetime) -> VerifiedStatusList:
        """Fetch a list now and keep it, for example every list of an aggregation before it is needed.

        Raises:
            VerificationError: ``STATUS_UNAVAILABLE``, as ``check``.
        """
        id_ = _ListId(uri, issuer, vct)
        slot = self._slot(id_)
        with slot.lock:
            return self._fetch(slot, id_, now)

    def _current(self, id_: _ListId, now: datetime) -> VerifiedStatusList:
        slot = self._slot(id_)
        with slot.lock:
            if slot.current is not None and slot.fetched_at is not None:
                age = now - slot.fetched_at
                if timedelta(0) <= age < self._keep(slot.current) and not _is_over(slot.current, now):
                    return slot.current
            if slot.failed_at is not None and timedelta(0) <= now - slot.failed_at < self._freshness.shortest:
                raise VerificationError(Reason.STATUS_UNAVAILABLE, slot.failure)
            return self._fetch(slot, id_, now)

    def _slot(self, id_: _ListId) -> _Slot:
        with self._lock:
            slot = self._slots.setdefault(id_, _Slot())
            self._slots.move_to_end(id_)
            while len(self._slots) > _MOST_LISTS:
                self._slots.popitem(last=False)
            return slot

    def _fetch(self, slot: _Slot, id_: _ListId, now: datetime) -> VerifiedStatusList:
        """(6.3) Get and verify a list, or remember why not. The caller holds the slot's lock."""
        try:
            token = self._get_token(id_.uri)
            fetched = self._verify(token, uri=id_.uri, issuer=id_.issuer, vct=id_.vct, now=now, trust=self._trust)
            self._check_age(fetched, slot.current, now)
        except (OSError, VerificationError) as error:
            slot.failed_at = now
            slot.failure = error.reason.value if isinstance(error, VerificationError) else "not to be had"
            raise VerificationError(Reason.STATUS_UNAVAILABLE, slot.failure) from error
        slot.current, slot.fetched_at, slot.failed_at = fetched, now, None
        return fetched

    def _check_age(self, fetched: VerifiedStatusList, current: VerifiedStatusList | None, now: datetime) -> None:
        if fetched.expires_at is None and now - fetched.issued_at > self._freshness.oldest:
            raise VerificationError(Reason.TOO_OLD)
        if current is not None and fetched.issued_at < current.issued_at:
            raise VerificationError(Reason.TOO_OLD, "older than the list that is known")

    def _keep(self, current: VerifiedStatusList) -> timedelta:
        asked = self._freshness.longest if current.time_to_live is None else current.time_to_live
        return max(self._freshness.shortest, min(asked, self._freshness.longest))


def _is_over(current: VerifiedStatusList, now: datetime) -> bool:
    return current.expires_at is not None and now >= current.expires_at + SKEW
