# SPDX-License-Identifier: EUPL-1.2
"""What can go wrong between the wallet and an issuer or a verifier.

Invariant: no message carries a token, a code, a PIN, a claim's value or a text that came from outside. What the other
side said is in an attribute, for an interface that shows it as somebody else's words.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from holder.errors import HolderError
from ssi.credential.document import Wording

__all__ = [
    "AnswerError",
    "Excess",
    "ExcessReason",
    "ExcessiveRequestError",
    "LinkError",
    "LinkProblem",
    "NoCopyLeftError",
    "NotHeldError",
    "PinNeededError",
    "RequestRefusedError",
    "UnknownIssuanceError",
]


class LinkProblem(StrEnum):
    """Why a link, or what it leads to, cannot be used."""

    NOT_AN_OFFER = "not_an_offer"
    NOT_A_REQUEST = "not_a_request"
    UNREACHABLE = "unreachable"
    MALFORMED_ANSWER = "malformed_answer"
    NO_WAY_TO_ACCEPT = "no_way_to_accept"
    NOTHING_USABLE = "nothing_usable"


_LINK_TEXTS: Final = {
    LinkProblem.NOT_AN_OFFER: "this link is not an offer of credentials",
    LinkProblem.NOT_A_REQUEST: "this link is not a request to show something",
    LinkProblem.UNREACHABLE: "the other side could not be reached",
    LinkProblem.MALFORMED_ANSWER: "the other side's answer is not what the standard asks for",
    LinkProblem.NO_WAY_TO_ACCEPT: "the offer can be accepted in no way that this wallet knows",
    LinkProblem.NOTHING_USABLE: "the offer has no kind of credential that this wallet can keep",
}


class LinkError(HolderError):
    """A link leads to nothing that the wallet can use.

    Args:
        problem: why.
        detail: the field and rule of a malformed document, or the kind of network trouble; no outside text.
    """

    def __init__(self, problem: LinkProblem, detail: str = "") -> None:
        super().__init__(f"{_LINK_TEXTS[problem]}{f' ({detail})' if detail else ''}")
        self.problem = problem
        self.detail = detail


class PinNeededError(HolderError):
    """The offer comes with a PIN, and none was given."""

    def __init__(self) -> None:
        super().__init__("this offer needs the PIN from the letter")


class AnswerError(HolderError):
    """The issuer or verifier refused.

    Args:
        code: its error code, letters and underscores only.
        unverified_description: its own words; shown as such or not at all.
    """

    def __init__(self, code: str, unverified_description: str = "") -> None:
        plain = code if code.replace("_", "").isascii() and code.replace("_", "").isalnum() else "unknown"
        super().__init__(f"the other side refused: {plain}")
        self.code = plain
        self.unverified_description = unverified_description[:500]


class UnknownIssuanceError(HolderError):
    """The wallet has no standing with this issuer: it never accepted an offer of it, or got no refresh token."""

    def __init__(self) -> None:
        super().__init__("this wallet cannot ask this issuer again")


class RequestRefusedError(HolderError):
    """A verifier's request that the wallet does not answer, because it is not in order.

    Args:
        detail: which rule it breaks; no outside text.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(f"the verifier's request is not in order: {detail}")
        self.detail = detail


class NotHeldError(HolderError):
    """The wallet holds nothing that answers the request."""

    def __init__(self) -> None:
        super().__init__("the wallet holds no credential that this request asks for")


class NoCopyLeftError(HolderError):
    """Every copy was shown once; showing one again would let verifiers link the two."""

    def __init__(self) -> None:
        super().__init__("all copies of this credential were used")


class ExcessReason(StrEnum):
    """Why a request asks for too much."""

    FORBIDDEN_SUBJECT = "forbidden_subject"
    """No decision may rest on this (nationality, origin, religion and their like)."""
    EXACT_VALUE = "exact_value"
    """A number or date in full, where a proof about it would do: the wallet holds a credential that can prove it."""
    UNKNOWN_VERIFIER = "unknown_verifier"
    """Nobody vouches for who the verifier is, the citizen does not know it, and it asks for more than yes or no."""
    NARROWED_DOWN = "narrowed_down"
    """Proofs that shut a number in from both sides: together they show it, or nearly."""


_EXCESS_TEXTS: Final = {
    ExcessReason.FORBIDDEN_SUBJECT: Wording("Hierop mag niemand beslissen.", "No decision may rest on this."),
    ExcessReason.EXACT_VALUE: Wording(
        "U kunt bewijzen dat u voldoet zonder dit getal of deze datum te laten zien.",
        "You can prove that you qualify without showing this number or date.",
    ),
    ExcessReason.NARROWED_DOWN: Wording(
        "Deze bewijzen samen verraden het getal of de datum bijna precies.",
        "Together these proofs give the number or date away, or nearly.",
    ),
    ExcessReason.UNKNOWN_VERIFIER: Wording(
        "De vrager bewijst niet wie hij is. Dan laat u alleen een ja of nee zien.",
        "The asker does not prove who it is. Then you show no more than a yes or no.",
    ),
}


@dataclass(frozen=True, slots=True)
class Excess:
    """A claim that is asked for and not needed."""

    claim: str
    reason: ExcessReason

    @property
    def text(self) -> Wording:
        """Why, for the citizen."""
        return _EXCESS_TEXTS[self.reason]

    @property
    def may_be_allowed(self) -> bool:
        """Whether the citizen may agree to it: a number or date is theirs to show, the rest stays refused."""
        return self.reason is ExcessReason.EXACT_VALUE


class ExcessiveRequestError(HolderError):
    """A verifier asks for too much. Nothing was shown.

    Args:
        excesses: each claim and why.
    """

    def __init__(self, excesses: tuple[Excess, ...]) -> None:
        named = ", ".join(f"{excess.claim} ({excess.reason.value})" for excess in excesses)
        super().__init__(f"the verifier asks for too much: {named}")
        self.excesses = excesses
