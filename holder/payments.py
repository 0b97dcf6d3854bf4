# SPDX-License-Identifier: EUPL-1.2
"""Permits: what the citizen shows at the till, so that one shop can charge one payment.

Invariants:
    * A nonce is 128 random bits and is never signed twice with one wallet file; two files of one phrase collide with
      chance 2^-64 after four thousand million permits. Counting would tell how often an account pays.
    * A permit lives for a minute unless the citizen says otherwise, and allows at most what the account is known to
      hold. The fund checks both again.
    * A limit that the programme's rules of spending refuse in full is not signed, nor anything outside its period: the
      till could never charge it. The wallet does not know what the account spent at which shop; ``foresight`` says so.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from holder.consent import ConsentEntry, ConsentOutcome, DisclosedClaim
from holder.model import PaymentAccount, SignedLimit
from holder.refusals import PermitRefusal, PermitRefusedError
from holder.wording import ANY_SHOP, Language, euros
from programmable_money.messages import (
    PERMIT_SECONDS,
    ZERO_ADDRESS,
    Address,
    PaymentDomain,
    PaymentPermit,
    PaymentRequest,
    Scope,
    SignedPermit,
)
from ssi.rulebook.spending import Spending, SpendingRule, SpentBefore

__all__ = ["DEFAULT_LIFETIME", "MAX_LIFETIME", "DrawnPermit", "check_request", "draw_permit"]

DEFAULT_LIFETIME: Final = timedelta(seconds=PERMIT_SECONDS)
"""How long a permit lives, at most, unless the citizen says otherwise: a photographed code is worthless after it."""
MIN_LIFETIME: Final = timedelta(seconds=10)
"""Shorter ones might be over when the shop's charge arrives."""
MAX_LIFETIME: Final = timedelta(minutes=15)
"""How long a permit may live: a permit for any shop is a banknote to whichever shop sees it first."""
_NONCE_BITS: Final = 128
_STEP: Final = 5
"""Deadlines are multiples of so many seconds."""


@dataclass(frozen=True, slots=True)
class DrawnPermit:
    """A signed permit that has not been shown yet.

    Attributes:
        account: the account, with the permit among those that were signed; to be saved before ``message`` is shown.
        at: when it was signed, UTC.
    """

    message: SignedPermit = field(repr=False)
    account: PaymentAccount
    at: datetime

    def consent(self, language: Language) -> ConsentEntry:
        """The entry for the consent log: everything that the shop, and so everybody, learns."""
        permit = self.message.permit
        return ConsentEntry(
            at=self.at,
            recipient=language.of(ANY_SHOP) if permit.merchant == ZERO_ADDRESS else permit.merchant,
            disclosed=(
                DisclosedClaim("account", permit.account),
                DisclosedClaim("limit_cents", permit.limit),
                DisclosedClaim("deadline", datetime.fromtimestamp(permit.deadline, UTC).isoformat()),
                DisclosedClaim("payment", permit.payment.hex()),
            ),
            proven=(),
            scope=self.account.scope.context_id.hex(),
            outcome=ConsentOutcome.UNKNOWN,
        )


def draw_permit(
    account: PaymentAccount,
    private_key: bytes,
    limit: int,
    *,
    rules: Spending | None,
    is_open: bool,
    now: datetime,
    merchant: Address = ZERO_ADDRESS,
    lifetime: timedelta = DEFAULT_LIFETIME,
) -> DrawnPermit:
    """Sign a permit under a fresh nonce.

    Args:
        account: who pays.
        private_key: the account's, 32 octets.
        limit: cents.
        rules: how the programme's money may be spent; None when the wallet does not know its rulebook any more.
        is_open: whether the programme takes payments now, as far as the wallet knows.
        now: UTC.
        merchant: the only shop that may charge it; the zero address for any that takes part.
        lifetime: from ``MIN_LIFETIME`` to ``MAX_LIFETIME``; the permit lives up to five seconds less.
    Raises:
        PermitRefusedError: ``no_amount``, ``above_balance``, ``too_long``, ``outside_period``, or a rule of
            spending that the limit breaks.
    """
    if limit < 1:
        raise PermitRefusedError(PermitRefusal.NO_AMOUNT, "a permit is for at least one cent")
    if limit > account.balance:
        text = "the limit is above the balance that the wallet knows of this account"
        raise PermitRefusedError(PermitRefusal.ABOVE_BALANCE, text)
    if not MIN_LIFETIME <= lifetime <= MAX_LIFETIME:
        least, most = (int(bound.total_seconds()) for bound in (MIN_LIFETIME, MAX_LIFETIME))
        text = f"a permit lives for {least} seconds to {most // 60} minutes"
        raise PermitRefusedError(PermitRefusal.TOO_LONG, text)
    if not is_open:
        text = "the programme takes no payments now: its period did not begin, or is over"
        raise PermitRefusedError(PermitRefusal.OUTSIDE_PERIOD, text)
    broken = None if rules is None else rules.broken_by(limit, SpentBefore())
    if rules is not None and broken is not None:
        raise PermitRefusedError(PermitRefusal(broken.value), _rule_text(rules, broken))
    # Rounded down: exact seconds would tell how this wallet's clock differs from others', in every fund alike. Five
    # seconds are less than the time between two blocks tells anyway, and never make a permit live longer than was said.
    deadline = int((now + lifetime).timestamp()) // _STEP * _STEP
    signed = SignedLimit(_fresh_nonce(account), merchant, limit, deadline)
    permit = PaymentPermit(account.address, merchant, limit, signed.nonce, deadline)
    domain = PaymentDomain(account.scope.chain_id, account.scope.fund)
    message = SignedPermit.sign(domain, permit, private_key)
    message.check()
    return DrawnPermit(message, replace(account, permits=(*account.permits, signed)), now)


def check_request(scope: Scope, request: PaymentRequest, limit: int) -> None:
    """Refuse a shop's request that is not for this fund, names no shop, or asks for more than ``limit`` cents.

    Raises:
        PermitRefusedError: ``other_fund``, ``no_shop`` or ``other_amount``.
    """
    if request.domain != PaymentDomain(scope.chain_id, scope.fund):
        raise PermitRefusedError(PermitRefusal.OTHER_FUND, "the shop asks for money of another programme")
    if request.merchant == ZERO_ADDRESS:
        raise PermitRefusedError(PermitRefusal.NO_SHOP, "the request does not say which shop is to be paid")
    if request.amount > limit:
        raise PermitRefusedError(PermitRefusal.OTHER_AMOUNT, "the shop asks for more than you allow")


def _rule_text(rules: Spending, broken: SpendingRule) -> str:
    """The rule in words, with its amount."""

    def most(limit: int | None) -> str:
        whole = rules.voucher_cents or 1
        return euros((limit or 0) // whole * whole, Language.EN)

    match broken:
        case SpendingRule.NOT_WHOLE_VOUCHERS:
            each = euros(rules.voucher_cents or 0, Language.EN)
            return f"this programme is spent in whole vouchers: choose {each} or a multiple of it"
        case SpendingRule.PAYMENT_LIMIT:
            return f"one payment of this programme is at most {most(rules.payment_limit_cents)}"
        case SpendingRule.PRODUCT_NOT_ALLOWED:
            raise RuntimeError("a wallet is not told what is bought")
        case SpendingRule.SHOP_LIMIT:
            return f"at one shop you can spend at most {most(rules.shop_limit_cents)} of this programme"
        case SpendingRule.CATEGORY_LIMIT:
            limit = max(category.limit_cents or 0 for category in rules.categories)
            return f"at one kind of shop you can spend at most {most(limit)} of this programme"


def _fresh_nonce(account: PaymentAccount) -> int:
    used = {permit.nonce for permit in account.permits}
    while True:
        nonce = secrets.randbits(_NONCE_BITS)
        if nonce not in used:
            return nonce
