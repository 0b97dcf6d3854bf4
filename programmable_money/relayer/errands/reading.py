# SPDX-License-Identifier: EUPL-1.2
"""From messages as received to errands: all kinds that there are, and what belongs together. Pure.

The kind of a message is what its own ``stuiver`` member says. A payment is two messages, the citizen's permit and the
shop's charge; a refund needs the permit of its payment too. They belong together by the id of the payment.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from programmable_money.messages import ClaimMessage, SignedCharge, SignedPermit, SignedRefund
from programmable_money.messages.passes import ActivationMessage, SignedOfferUse
from programmable_money.messages.tasks import CollectionMessage, GroupChoice, SignedAppeal, SignedDone, SignedGivingUp
from programmable_money.relayer.errands.claims import ClaimErrand
from programmable_money.relayer.errands.errand import Errand, ErrandKind, ErrandOfOne, RelayError
from programmable_money.relayer.errands.passes import ActivationErrand, OfferUseErrand
from programmable_money.relayer.errands.payments import PaymentErrand, RefundErrand
from programmable_money.relayer.errands.statements import StatementErrand
from programmable_money.relayer.errands.tasks import (
    AppealErrand,
    ChoiceErrand,
    CollectionErrand,
    GivingUpErrand,
    ReportErrand,
)
from ssi.errors import Reason, VerificationError

__all__ = ["ALONE", "KINDS", "Message", "errands", "parse_message"]

Message = (
    ClaimMessage
    | ActivationMessage
    | GroupChoice
    | SignedDone
    | SignedGivingUp
    | SignedAppeal
    | CollectionMessage
    | SignedOfferUse
    | SignedPermit
    | SignedCharge
    | SignedRefund
)
"""What a relayer receives."""

ALONE: Final[tuple[type[ErrandOfOne[Any]], ...]] = (
    ClaimErrand,
    ActivationErrand,
    ChoiceErrand,
    ReportErrand,
    GivingUpErrand,
    AppealErrand,
    CollectionErrand,
    OfferUseErrand,
)
"""The kinds that are one message."""
_MADE_OF_MORE: Final[tuple[type[Errand], ...]] = (StatementErrand, PaymentErrand, RefundErrand)
KINDS: Final[Mapping[ErrandKind, type[Errand]]] = {kind.KIND: kind for kind in (*_MADE_OF_MORE, *ALONE)}
"""Every kind there is."""

_OF_MESSAGE: Final[Mapping[type[Any], type[ErrandOfOne[Any]]]] = {kind.TYPE: kind for kind in ALONE}
_PARSERS: Final[Mapping[str, Callable[[str], Message]]] = {
    **{kind.WIRE: kind.TYPE.from_json for kind in ALONE},
    f"{SignedPermit.KIND}/1": SignedPermit.from_json,
    f"{SignedCharge.KIND}/1": SignedCharge.from_json,
    f"{SignedRefund.KIND}/1": SignedRefund.from_json,
}
_LONGEST: Final = 8192
_ORDER: Final = list(ErrandKind)


def parse_message(unverified: str) -> Message:
    """Parse a message by the kind that it says it is.

    Raises:
        VerificationError: ``malformed`` or ``wrong_length``; ``invalid_signature`` of a choice that not all signed.
    """
    if len(unverified) > _LONGEST:
        raise VerificationError(Reason.WRONG_LENGTH, f"a message has at most {_LONGEST} characters")
    try:
        content = json.loads(unverified)
    except (ValueError, RecursionError):
        raise VerificationError(Reason.MALFORMED, "a message is one JSON object") from None
    kind = content.get("stuiver") if isinstance(content, dict) else None
    parse = _PARSERS.get(kind) if isinstance(kind, str) else None
    if parse is None:
        known = ", ".join(name.partition("/")[0] for name in _PARSERS)
        raise VerificationError(Reason.MALFORMED, f"not a message that a relayer carries, version 1: {known}")
    return parse(unverified)


def errands(messages: Mapping[str, Message]) -> tuple[Errand, ...]:
    """Put messages together into transactions, in the order of ``ErrandKind``, and as given within a kind.

    Args:
        messages: by name.
    Raises:
        RelayError: a charge or refund without its permit, a permit without either, or the same permit twice.
    """
    permits: dict[bytes, tuple[str, SignedPermit]] = {}
    for name, message in messages.items():
        if isinstance(message, SignedPermit):
            if message.permit.payment in permits:
                raise RelayError(f"{name}: this permit is there twice")
            permits[message.permit.payment] = name, message

    def permit_of(name: str, payment: bytes) -> SignedPermit:
        if payment not in permits:
            raise RelayError(f"{name}: the permit of this payment must come with it")
        used.add(payment)
        return permits[payment][1]

    found: list[Errand] = []
    used: set[bytes] = set()
    for name, message in messages.items():
        match message:
            case SignedPermit():
                continue
            case SignedCharge():
                found.append(PaymentErrand(name, permit_of(name, message.charge.payment), message))
            case SignedRefund():
                found.append(RefundErrand(name, permit_of(name, message.refund.payment), message))
            case _:
                found.append(_OF_MESSAGE[type(message)](name, message))
    for payment, (name, _) in permits.items():
        if payment not in used:
            raise RelayError(f"{name}: a permit goes together with the charge, or a refund, of a shop")
    return tuple(sorted(found, key=lambda errand: _ORDER.index(errand.kind)))
