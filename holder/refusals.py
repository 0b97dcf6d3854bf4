# SPDX-License-Identifier: EUPL-1.2
"""What the wallet refuses to do with a programme, a credential or a payment, and why.

Beside ``holder.errors``, which has the errors of files and phrases; all have ``HolderError`` as their root.

Invariant: no message carries a claim's value, a key, a secret or a text that came from outside.
"""

from enum import StrEnum

from holder.errors import HolderError
from ssi.errors import Reason
from ssi.rulebook.qualification import Denial

__all__ = [
    "Difference",
    "IssuanceRefusedError",
    "NotEligibleError",
    "OverAskingError",
    "PermitRefusal",
    "PermitRefusedError",
    "PlantedStatementError",
    "ProgrammeFormatError",
    "StoredCredentialError",
    "UnknownAccountError",
    "UnknownCredentialTypeError",
    "UnknownRulebookError",
    "UnknownValidatorError",
    "WalletContentsError",
]


class Difference(StrEnum):
    """What of a programme differs from what the wallet computed itself."""

    RULEBOOK = "rulebook"
    """The scope names another rulebook than the programme does."""
    SCOPE = "scope"
    """The scope, or its point (OP), is not that of this chain, fund, rulebook and period: it could link claims."""
    KEY = "key"
    """The validator's key, or its id, is not the one that signed the credential."""
    CREDENTIAL_TYPE = "credential_type"
    """The terms are for another credential type than the rulebook's."""
    CONSTANTS = "constants"
    """A claim must have another value than the rulebook says."""
    DISCLOSED = "disclosed"
    """Other claims are to be shown than the rulebook says."""
    PREDICATES = "predicates"
    """Other sums are to be proved than the rulebook's."""
    SHARED_POINT = "shared_point"
    """The point of everything that all claims share (Bv, claim.md 4.1)."""
    GENERATORS = "generators"
    """A fixed point of the credential type or the suite."""
    STATEMENT = "statement"
    """The statement's hash S, or its length."""


class UnknownRulebookError(HolderError):
    """The programme's rulebook is none that this wallet has read."""

    def __init__(self) -> None:
        super().__init__("this programme's rulebook is not one that the wallet knows")


class UnknownCredentialTypeError(HolderError):
    """No credential type of this name and version is known to the wallet."""

    def __init__(self) -> None:
        super().__init__("this type of credential is not one that the wallet knows")


class UnknownValidatorError(HolderError):
    """A validator's DID is not one."""

    def __init__(self) -> None:
        super().__init__("the validator is named by a DID, such as did:web:gemeente.example")


class ProgrammeFormatError(HolderError):
    """A programme's public description does not have the shape of one.

    Args:
        path: the field, from ``$`` (the document).
        rule: what it must be.
    """

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"the programme's description, {path}: {rule}")
        self.path = path
        self.rule = rule


class PlantedStatementError(HolderError):
    """The fund would check the proof against something else than the rulebook, the registry's key and the scope.

    A planted point could identify the citizen (claim.md section 6), so nothing was proved and nothing was sent.

    Args:
        differences: what differs, as far as it can be told.
    """

    def __init__(self, differences: tuple[Difference, ...]) -> None:
        named = ", ".join(difference.value for difference in differences)
        super().__init__(f"the fund's statement is not what its rulebook, key and scope give: {named}")
        self.differences = differences


class OverAskingError(HolderError):
    """The fund asks for more than its rulebook says. Nothing was proved and nothing was sent.

    Args:
        claims: claims of the credential type whose value it wants to see or to fix beyond the rulebook.
        predicates: how many sums it wants to have proved beyond the rulebook.
    """

    def __init__(self, claims: tuple[str, ...], predicates: int) -> None:
        more = [*claims, *([f"{predicates} more proof(s)"] if predicates else [])]
        super().__init__(f"the fund asks for more than its rulebook says: {', '.join(more)}")
        self.claims = claims
        self.predicates = predicates


class NotEligibleError(HolderError):
    """The wallet found by itself that a claim would be refused. Nothing was sent.

    Args:
        reasons: all of them, with texts for the citizen.
    """

    def __init__(self, reasons: tuple[Denial, ...]) -> None:
        super().__init__(f"this programme would refuse the claim: {', '.join(reason.code for reason in reasons)}")
        self.reasons = reasons


class IssuanceRefusedError(HolderError):
    """What a validator sent is not a credential for this wallet; nothing of it was kept.

    Args:
        reason: why; None when the wallet has asked for nothing that it could answer.
    """

    def __init__(self, reason: Reason | None) -> None:
        why = "it answers no request of this wallet" if reason is None else reason.value
        super().__init__(f"the credential was not accepted: {why}")
        self.reason = reason


class StoredCredentialError(HolderError):
    """A credential in the wallet does not verify with this wallet's secret.

    Args:
        index: which one, counted from 1.
        reason: why.
    """

    def __init__(self, index: int, reason: Reason) -> None:
        super().__init__(f"credential {index} of the wallet does not hold: {reason.value}")
        self.index = index
        self.reason = reason


class WalletContentsError(HolderError):
    """The wallet was decrypted, but its contents do not have the shape of a wallet's.

    Args:
        path: the member, from ``$``.
        rule: what it must be.
    """

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"the wallet's contents, {path}: {rule}")
        self.path = path
        self.rule = rule


class UnknownAccountError(HolderError):
    """The wallet has no account in this fund: it has not claimed there."""

    def __init__(self) -> None:
        super().__init__("the wallet has no account in this programme: claim first")


class PermitRefusal(StrEnum):
    """Why the wallet signs no permit."""

    NO_AMOUNT = "no_amount"
    """The limit is not at least one cent."""
    ABOVE_BALANCE = "above_balance"
    """The limit is above what the account is known to hold."""
    TOO_LONG = "too_long"
    """The permit would live longer than a payment takes."""
    OTHER_FUND = "other_fund"
    """The shop asks for a payment from another fund or chain."""
    NO_SHOP = "no_shop"
    """The shop's request does not say which shop is to be paid."""
    OTHER_AMOUNT = "other_amount"
    """The shop asks for more than the citizen allows."""
    OUTSIDE_PERIOD = "outside_period"
    """The programme takes no payments now."""
    NOT_WHOLE_VOUCHERS = "not_whole_vouchers"
    """The programme is spent in whole vouchers, and the limit is none."""
    PAYMENT_LIMIT = "payment_limit"
    """The programme allows less for one payment."""
    SHOP_LIMIT = "shop_limit"
    """The programme allows one account less at one shop."""
    CATEGORY_LIMIT = "category_limit"
    """The programme allows one account less at every kind of shop."""


class PermitRefusedError(HolderError):
    """The wallet signs no such permit.

    Args:
        reason: why.
        text: the same in words.
    """

    def __init__(self, reason: PermitRefusal, text: str) -> None:
        super().__init__(text)
        self.reason = reason
