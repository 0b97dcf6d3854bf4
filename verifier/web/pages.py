# SPDX-License-Identifier: EUPL-1.2
"""What the pages show, put together from policies, requests and decisions. Pure; the templates escape everything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ssi.credential.document import Wording
from ssi.credential.types import CredentialType
from verifier.model import DecisionRecord, Stage
from verifier.policy.asked import AskedCredential, AskedProof
from verifier.policy.deciding import ONCE, Allowed
from verifier.policy.model import Policy
from verifier.policy.shelf import PolicyShelf
from verifier.service import RequestView
from verifier.wording import ONCE_TEXT

__all__ = ["AskedPart", "DeskRow", "asked_parts", "desk_rows", "reason_texts", "state_of"]


@dataclass(frozen=True, slots=True)
class AskedPart:
    """What one credential of a query comes down to for the citizen.

    Attributes:
        shown: titles of the claims whose value becomes known; the bare path where no type has a title.
        proven: what is proved without being shown.
        is_proof: whether it is a claim proof.
    """

    shown: tuple[Wording | str, ...]
    proven: tuple[Wording, ...]
    is_proof: bool


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A decision in the employee's list."""

    id: str
    title: Wording
    version: int
    is_allowed: bool
    reasons: tuple[Wording, ...]
    decided_at: datetime
    forget_at: datetime


def asked_parts(policy: Policy, types: Sequence[CredentialType]) -> tuple[tuple[AskedPart, ...], ...]:
    """For each of the policy's queries, what each of its credentials shows and proves."""
    return tuple(tuple(_part(credential, types) for credential in query.credentials) for query in policy.queries)


def state_of(view: RequestView) -> str:
    """One word for the page and for the script that waits."""
    return "expired" if view.is_over else view.request.stage.value


def reason_texts(policy: Policy, reasons: Iterable[str]) -> tuple[Wording, ...]:
    """The reasons of a decision in words."""
    return tuple(ONCE_TEXT if reason == ONCE else policy.rule(reason).text for reason in reasons)


def desk_rows(decisions: Iterable[DecisionRecord], policies: PolicyShelf) -> tuple[DeskRow, ...]:
    """The employee's list, with times in each policy's zone. A policy that is off the shelf keeps its bare name."""
    known = {policy.id: policy for policy in policies}
    rows = []
    for record in decisions:
        policy = known.get(record.policy)
        zone = policy.zone if policy else ZoneInfo("UTC")
        bare = Wording(record.policy.name, record.policy.name)
        rows.append(
            DeskRow(
                id=record.id,
                title=policy.title if policy else bare,
                version=record.policy.version,
                is_allowed=isinstance(record.decision, Allowed),
                reasons=reason_texts(policy, record.decision.reasons) if policy else (),
                decided_at=record.decided_at.astimezone(zone),
                forget_at=record.forget_at.astimezone(zone),
            )
        )
    return tuple(rows)


def waits(view: RequestView) -> bool:
    """Whether the page is waiting for the wallet."""
    return not view.is_over and view.request.stage in (Stage.WAITING, Stage.REFUSED)


def _part(credential: AskedCredential, types: Sequence[CredentialType]) -> AskedPart:
    known = [kind for kind in types if kind.vct in credential.vcts]
    shown: list[Wording | str] = []
    for path in credential.paths:
        titles = [kind.claim(path[0]).title for kind in known if len(path) == 1 and kind.has_claim(path[0])]
        shown.append(titles[0] if titles else ".".join(path))
    proven = tuple(rule.text for rule in credential.predicates) if isinstance(credential, AskedProof) else ()
    return AskedPart(tuple(shown), proven, isinstance(credential, AskedProof))
