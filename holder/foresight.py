# SPDX-License-Identifier: EUPL-1.2
"""What the wallet can tell of a payment before the till tries it, and what it cannot, said plainly. Pure.

A permit that breaks a rule for certain is not signed (``payments``). The rest depends on what was spent where: the fund
counts that by account and shop. The wallet reads no chain and keeps no list of payments, only the limits that it
signed; asking a node about one account would tell that node whose it is.
"""

from datetime import datetime
from typing import Final

from edge.language import Language
from holder.model import PaymentAccount
from holder.wording import euros
from programmable_money.messages import ZERO_ADDRESS, Address
from ssi.credential.document import Wording
from ssi.rulebook.model import Rulebook

__all__ = ["is_in_period", "unforeseen"]

_NO_RULEBOOK: Final = Wording(
    "Uw wallet heeft de regels van deze regeling niet. De kassa kan een betaling weigeren die hier mag.",
    "Your wallet does not have the rules of this programme. The till may refuse a payment that is allowed here.",
)
_AT_ONE_SHOP: Final = Wording(
    "U mag bij één winkel hoogstens {most} uitgeven. Uw wallet weet niet wat u daar al uitgaf; het fonds telt dat.",
    "At one shop you can spend at most {most}. Your wallet does not know what you spent there; the fund counts it.",
)
_ALLOWED_BEFORE: Final = Wording(
    "U gaf deze winkel eerder toestemming voor {before}. Is dat uitgegeven, dan wordt deze betaling geweigerd.",
    "You allowed this shop {before} before. If that was spent, this payment is refused.",
)
_AT_ONE_KIND: Final = Wording(
    "Bij winkels van de soort ‘{kind}’ mag u samen hoogstens {most} uitgeven. Het fonds telt dat, niet uw wallet.",
    "At shops of the kind ‘{kind}’ together you can spend at most {most}. The fund counts that, not your wallet.",
)
_PRODUCTS: Final = Wording(
    "U kunt hiermee alleen bepaalde artikelen kopen. Uw wallet weet niet wat u koopt; de kassa wel.",
    "You can buy certain articles only. Your wallet does not know what you buy; the till does.",
)


def is_in_period(rulebook: Rulebook, period: int, at: datetime) -> bool:
    """Whether the fund of a period takes payments at a moment (aware); no fund does in a period that is none."""
    try:
        bounds = rulebook.period.bounds(period)
    except ValueError:
        return False
    return bounds.opens_at <= at < bounds.closes_at


def unforeseen(
    rulebook: Rulebook | None, account: PaymentAccount, cents: int, merchant: Address, language: Language
) -> tuple[str, ...]:
    """What may still refuse a payment of so many cents that the wallet signs, in sentences; empty when nothing may.

    Args:
        rulebook: None when the wallet does not have it.
        account: who pays, before this payment.
        merchant: the shop; the zero address when the citizen does not say which.
    """
    if rulebook is None:
        return (language.of(_NO_RULEBOOK),)
    rules, said = rulebook.spending, []
    if rules.shop_limit_cents is not None:
        said.append(language.of(_AT_ONE_SHOP).format(most=euros(rules.shop_limit_cents, language)))
        before = sum(permit.limit for permit in account.permits if permit.merchant == merchant != ZERO_ADDRESS)
        if before and before + cents > rules.shop_limit_cents:
            said.append(language.of(_ALLOWED_BEFORE).format(before=euros(before, language)))
    for category in rules.categories:
        if category.limit_cents is not None:
            most = euros(category.limit_cents, language)
            said.append(language.of(_AT_ONE_KIND).format(kind=language.of(category.title), most=most))
    if rules.products:
        said.append(language.of(_PRODUCTS))
    return tuple(said)
