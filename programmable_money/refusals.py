# SPDX-License-Identifier: EUPL-1.2
"""Why the contracts say no: a closed set of reasons, each with one plain sentence in Dutch and in English.

The sentences are at reading level B1 and say what to do next. They are for the person at the screen: the same reason
stands in specifications, interfaces and statistics by its code.

Invariants:

- Every custom error of the contracts has exactly one reason; a test compares this table with the compiled interfaces.
- ``UNEXPECTED`` is for what no contract of ours says: another contract, a panic, a node's own refusal.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from programmable_money.model import Language, MoneyError
from programmable_money.passes import refusals as passes
from programmable_money.tasks import refusals as tasks

__all__ = ["REASON_OF_ERROR", "RefusalReason", "RefusedError", "sentence"]


class RefusalReason(StrEnum):
    """Why a transaction was refused; the value is the code used everywhere."""

    WRONG_SHOP = "wrong_shop"
    NO_BUDGET_LEFT = "no_budget_left"
    NOT_ENOUGH_BALANCE = "not_enough_balance"
    OUTSIDE_PERIOD = "outside_period"
    STALE_CLAIM = "stale_claim"
    ALREADY_CLAIMED = "already_claimed"
    UNITS_OUT_OF_RANGE = "units_out_of_range"
    PERMIT_EXPIRED = "permit_expired"
    PERMIT_USED = "permit_used"
    AMOUNT_ABOVE_LIMIT = "amount_above_limit"
    AMOUNT_TOO_LARGE = "amount_too_large"
    ZERO_AMOUNT = "zero_amount"
    BAD_SIGNATURE = "bad_signature"
    PROOF_INVALID = "proof_invalid"
    VALIDATOR_NOT_ACCEPTED = "validator_not_accepted"
    VALIDATOR_REVOKED = "validator_revoked"
    VALIDATOR_CAP_REACHED = "validator_cap_reached"
    CATEGORY_NOT_ALLOWED = "category_not_allowed"
    PAYMENT_UNKNOWN = "payment_unknown"
    PAYMENT_SETTLED = "payment_settled"
    REFUND_OUT_OF_RANGE = "refund_out_of_range"
    NOT_WHOLE_VOUCHERS = "not_whole_vouchers"
    PAYMENT_LIMIT = "payment_limit"
    PRODUCT_NOT_ALLOWED = "product_not_allowed"
    SHOP_LIMIT = "shop_limit"
    CATEGORY_LIMIT = "category_limit"
    SHOP_NOT_SETTLED = "shop_not_settled"
    NOTHING_TO_SETTLE = "nothing_to_settle"
    PAUSED = "paused"
    CLOSED = "closed"
    REFERENCE_USED = "reference_used"
    NOT_AUTHORISED = "not_authorised"
    UNKNOWN_SLOT = "unknown_slot"
    TASK_BAD_OFFER = "task_bad_offer"
    TASK_WRONG_STATE = "task_wrong_state"
    TASK_OVER = "task_over"
    TASK_WRONG_GROUP = "task_wrong_group"
    TASK_WRONG_PARTS = "task_wrong_parts"
    TASK_ACCOUNT_TAKEN = "task_account_taken"
    TASK_NOT_YOURS = "task_not_yours"
    TASK_WRONG_QUARTERS = "task_wrong_quarters"
    TASK_BAD_REASON = "task_bad_reason"
    NOTHING_TO_APPEAL = "nothing_to_appeal"
    APPEAL_TOO_LATE = "appeal_too_late"
    SAME_EMPLOYEE = "same_employee"
    SLOT_OF_ANOTHER_YEAR = "slot_of_another_year"
    NOTHING_AWARDED = "nothing_awarded"
    COLLECTION_TOO_LATE = "collection_too_late"
    ALREADY_COLLECTED = "already_collected"
    NOT_WHOLE_CENTS = "not_whole_cents"
    SLOT_FULL = "slot_full"
    PASS_BAD_OFFER = "pass_bad_offer"  # noqa: S105 - no password
    PASS_ACCOUNT_TAKEN = "pass_account_taken"  # noqa: S105 - no password
    UNKNOWN_OFFER = "unknown_offer"
    OFFER_WITHDRAWN = "offer_withdrawn"
    OFFER_NOT_STARTED = "offer_not_started"
    OFFER_OVER = "offer_over"
    OFFER_NOT_THIS_MONTH = "offer_not_this_month"
    OFFER_EXHAUSTED = "offer_exhausted"
    OFFER_USED_UP = "offer_used_up"
    OFFER_OF_OTHER_SHOPS = "offer_of_other_shops"
    WRONG_PRICE = "wrong_price"
    MORE_USES_THAN_PASSES = "more_uses_than_passes"
    BAD_TERMS = "bad_terms"
    BAD_KEY = "bad_key"
    ALREADY_DONE = "already_done"
    BAD_INPUT = "bad_input"
    UNEXPECTED = "unexpected"


REASON_OF_ERROR: Final[Mapping[str, RefusalReason]] = MappingProxyType(
    {
        # Fund
        "FundBadRules": RefusalReason.BAD_TERMS,
        "FundPaused": RefusalReason.PAUSED,
        "FundClosed": RefusalReason.CLOSED,
        "FundOutsidePeriod": RefusalReason.OUTSIDE_PERIOD,
        "FundNotOver": RefusalReason.OUTSIDE_PERIOD,
        "FundValidatorNotAccepted": RefusalReason.VALIDATOR_NOT_ACCEPTED,
        "FundValidatorRevoked": RefusalReason.VALIDATOR_REVOKED,
        "FundOtherChain": RefusalReason.BAD_INPUT,
        "FundAlreadyAccepted": RefusalReason.ALREADY_DONE,
        "FundStaleClaim": RefusalReason.STALE_CLAIM,
        "FundUnitsOutOfRange": RefusalReason.UNITS_OUT_OF_RANGE,
        "FundZeroAccount": RefusalReason.BAD_INPUT,
        "FundBadSuccessor": RefusalReason.BAD_INPUT,
        "FundAlreadyClaimed": RefusalReason.ALREADY_CLAIMED,
        "FundValidatorCapReached": RefusalReason.VALIDATOR_CAP_REACHED,
        "FundBudgetExhausted": RefusalReason.NO_BUDGET_LEFT,
        "FundCategoryNotAllowed": RefusalReason.CATEGORY_NOT_ALLOWED,
        "FundWrongShop": RefusalReason.WRONG_SHOP,
        "FundPermitExpired": RefusalReason.PERMIT_EXPIRED,
        "FundPermitUsed": RefusalReason.PERMIT_USED,
        "FundZeroAmount": RefusalReason.ZERO_AMOUNT,
        "FundAmountAboveLimit": RefusalReason.AMOUNT_ABOVE_LIMIT,
        "FundAmountTooLarge": RefusalReason.AMOUNT_TOO_LARGE,
        "FundBadSignature": RefusalReason.BAD_SIGNATURE,
        "FundInsufficientBalance": RefusalReason.NOT_ENOUGH_BALANCE,
        "FundUnknownPayment": RefusalReason.PAYMENT_UNKNOWN,
        "FundPaymentSettled": RefusalReason.PAYMENT_SETTLED,
        "FundRefundOutOfRange": RefusalReason.REFUND_OUT_OF_RANGE,
        "FundNothingToSettle": RefusalReason.NOTHING_TO_SETTLE,
        "FundNotWholeVouchers": RefusalReason.NOT_WHOLE_VOUCHERS,
        "FundPaymentLimit": RefusalReason.PAYMENT_LIMIT,
        "FundProductNotAllowed": RefusalReason.PRODUCT_NOT_ALLOWED,
        "FundShopLimit": RefusalReason.SHOP_LIMIT,
        "FundCategoryLimit": RefusalReason.CATEGORY_LIMIT,
        "FundShopHoldsBalance": RefusalReason.SHOP_NOT_SETTLED,
        "FundTooManySettlements": RefusalReason.BAD_INPUT,
        "FundUnknownSlot": RefusalReason.UNKNOWN_SLOT,
        # Pass
        **{error: RefusalReason(code) for error, code in passes.ERRORS.items()},
        # TaskBoard and Purse
        **{error: RefusalReason(code) for error, code in tasks.ERRORS.items()},
        # a claim's proof (claim.md section 7)
        "ClaimWrongLength": RefusalReason.PROOF_INVALID,
        "ClaimInvalidPoint": RefusalReason.PROOF_INVALID,
        "ClaimInvalidScalar": RefusalReason.PROOF_INVALID,
        "ClaimInvalidChallenge": RefusalReason.PROOF_INVALID,
        "ClaimInvalidProof": RefusalReason.PROOF_INVALID,
        # a programme's terms (claim.md section 3)
        "ClaimTermsBadHeader": RefusalReason.BAD_TERMS,
        "ClaimTermsUnknownPosition": RefusalReason.BAD_TERMS,
        "ClaimTermsNotAscending": RefusalReason.BAD_TERMS,
        "ClaimTermsConstantAndDisclosed": RefusalReason.BAD_TERMS,
        "ClaimTermsConstantTooLarge": RefusalReason.BAD_TERMS,
        "ClaimTermsDisclosedText": RefusalReason.BAD_TERMS,
        "ClaimTermsTermCount": RefusalReason.BAD_TERMS,
        "ClaimTermsZeroCoefficient": RefusalReason.BAD_TERMS,
        "ClaimTermsTermNotHidden": RefusalReason.BAD_TERMS,
        "ClaimTermsTermText": RefusalReason.BAD_TERMS,
        "ClaimTermsWrapAround": RefusalReason.BAD_TERMS,
        "ClaimTermsTooFewHidden": RefusalReason.BAD_TERMS,
        "ClaimTermsTooManyPredicates": RefusalReason.BAD_TERMS,
        "ClaimTermsTooManyDisclosed": RefusalReason.BAD_TERMS,
        "ClaimTermsOtherType": RefusalReason.BAD_TERMS,
        "ClaimTermsBadKey": RefusalReason.BAD_TERMS,
        "ClaimTermsBadGenerator": RefusalReason.BAD_TERMS,
        "ClaimTermsRelatedGenerators": RefusalReason.BAD_TERMS,
        # TrustRegistry
        "TrustRegistryBadHeader": RefusalReason.BAD_TERMS,
        "TrustRegistryTypeExists": RefusalReason.ALREADY_DONE,
        "TrustRegistryUnknownType": RefusalReason.BAD_INPUT,
        "TrustRegistryZeroValidator": RefusalReason.BAD_INPUT,
        "TrustRegistryAlreadyAdmitted": RefusalReason.ALREADY_DONE,
        "TrustRegistryNotAdmitted": RefusalReason.NOT_AUTHORISED,
        "TrustRegistryBadKey": RefusalReason.BAD_KEY,
        "TrustRegistryNoPossession": RefusalReason.BAD_KEY,
        "TrustRegistryKeyExists": RefusalReason.ALREADY_DONE,
        "TrustRegistryUnknownKey": RefusalReason.BAD_KEY,
        "TrustRegistryBadValidity": RefusalReason.BAD_KEY,
        "TrustRegistryTooManyKeys": RefusalReason.BAD_KEY,
        "TrustRegistryNotKeyHolder": RefusalReason.NOT_AUTHORISED,
        "TrustRegistryKeyRevoked": RefusalReason.VALIDATOR_REVOKED,
        # MunicipalEuro and the ERC-20 under it
        "MunicipalEuroDepositUsed": RefusalReason.REFERENCE_USED,
        "MunicipalEuroSettlementUsed": RefusalReason.REFERENCE_USED,
        "MunicipalEuroNoReference": RefusalReason.BAD_INPUT,
        "MunicipalEuroZeroAmount": RefusalReason.ZERO_AMOUNT,
        "MunicipalEuroAmountTooLarge": RefusalReason.AMOUNT_TOO_LARGE,
        "MunicipalEuroFundMustTake": RefusalReason.BAD_INPUT,
        "ERC20InsufficientBalance": RefusalReason.NOT_ENOUGH_BALANCE,
        "ERC20InsufficientAllowance": RefusalReason.NOT_AUTHORISED,
        "ERC20InvalidSender": RefusalReason.BAD_INPUT,
        "ERC20InvalidReceiver": RefusalReason.BAD_INPUT,
        "ERC20InvalidApprover": RefusalReason.BAD_INPUT,
        "ERC20InvalidSpender": RefusalReason.BAD_INPUT,
        # libraries: refused before anything else could name the fault
        "Bls12381Refused": RefusalReason.BAD_INPUT,
        "Bls12381WrongLength": RefusalReason.BAD_INPUT,
        "Bls12381HashTooLong": RefusalReason.BAD_INPUT,
        "DataContractNotCreated": RefusalReason.BAD_INPUT,
        "DataContractTooLarge": RefusalReason.BAD_TERMS,
        # roles
        "AccessControlUnauthorizedAccount": RefusalReason.NOT_AUTHORISED,
        "AccessControlBadConfirmation": RefusalReason.NOT_AUTHORISED,
    }
)
"""Custom error of a contract to reason; what is not here is ``UNEXPECTED``."""

_SENTENCES: Final[Mapping[RefusalReason, tuple[str, str]]] = MappingProxyType(
    {
        RefusalReason.WRONG_SHOP: (
            "In deze winkel kunt u dit geld niet gebruiken. Kijk in uw wallet welke winkels meedoen.",
            "You cannot use this money in this shop. Look in your wallet to see which shops take part.",
        ),
        RefusalReason.NO_BUDGET_LEFT: (
            "Het geld van deze regeling is op. Vraag de gemeente of er nog geld bij komt.",
            "The money of this scheme has run out. Ask the municipality if more will be added.",
        ),
        RefusalReason.NOT_ENOUGH_BALANCE: (
            "Er staat niet genoeg geld op deze rekening. Betaal een lager bedrag, of betaal de rest zelf.",
            "There is not enough money in this account. Pay a lower amount, or pay the rest yourself.",
        ),
        RefusalReason.OUTSIDE_PERIOD: (
            "Dit kan nu niet: de regeling is nog niet open of is al voorbij. Kijk bij de regeling naar de datums.",
            "This is not possible now: the scheme is not open yet, or it has ended. Look at the dates of the scheme.",
        ),
        RefusalReason.STALE_CLAIM: (
            "Deze aanvraag is van een andere dag. Doe de aanvraag vandaag opnieuw in uw wallet.",
            "This request is from another day. Make the request again today in your wallet.",
        ),
        RefusalReason.ALREADY_CLAIMED: (
            "U hebt dit geld in deze periode al gekregen. Kijk in uw wallet wat er nog op staat.",
            "You already received this money in this period. Look in your wallet to see what is left.",
        ),
        RefusalReason.UNITS_OUT_OF_RANGE: (
            "Dit aantal past niet bij de regeling. Laat de gemeente uw gegevens controleren.",
            "This number does not fit the scheme. Ask the municipality to check your details.",
        ),
        RefusalReason.PERMIT_EXPIRED: (
            "Deze QR-code is verlopen. Maak in uw wallet een nieuwe code.",
            "This QR code has expired. Make a new code in your wallet.",
        ),
        RefusalReason.PERMIT_USED: (
            "Met deze QR-code is al betaald. Maak in uw wallet een nieuwe code.",
            "This QR code has already been used to pay. Make a new code in your wallet.",
        ),
        RefusalReason.AMOUNT_ABOVE_LIMIT: (
            "Het bedrag is hoger dan u met deze QR-code toestaat. Maak een code met een hoger bedrag.",
            "The amount is higher than this QR code allows. Make a code with a higher amount.",
        ),
        RefusalReason.AMOUNT_TOO_LARGE: (
            "Dit bedrag is te groot. Controleer het bedrag, of verdeel het.",
            "This amount is too large. Check the amount, or split it.",
        ),
        RefusalReason.ZERO_AMOUNT: (
            "Het bedrag is nul. Vul het bedrag in dat betaald moet worden.",
            "The amount is zero. Enter the amount that has to be paid.",
        ),
        RefusalReason.BAD_SIGNATURE: (
            "De handtekening klopt niet. Maak de code of de opdracht opnieuw op uw eigen toestel.",
            "The signature is not right. Make the code or the order again on your own device.",
        ),
        RefusalReason.PROOF_INVALID: (
            "Het bewijs klopt niet. Doe de aanvraag opnieuw, of haal bij de gemeente een nieuw bewijs op.",
            "The proof is not right. Make the request again, or get a new credential from the municipality.",
        ),
        RefusalReason.VALIDATOR_NOT_ACCEPTED: (
            "Deze regeling accepteert geen bewijs van deze organisatie. Kijk bij de regeling wie het bewijs mag geven.",
            "This scheme does not accept a credential of this organisation. See in the scheme who may give it.",
        ),
        RefusalReason.VALIDATOR_REVOKED: (
            "Bewijzen met deze sleutel zijn niet meer geldig. Haal bij de gemeente een nieuw bewijs op.",
            "Credentials with this key are no longer valid. Get a new credential from the municipality.",
        ),
        RefusalReason.VALIDATOR_CAP_REACHED: (
            "Het hoogste aantal aanvragen van deze organisatie is bereikt. Neem contact op met de gemeente.",
            "The highest number of requests for this organisation is reached. Contact the municipality.",
        ),
        RefusalReason.CATEGORY_NOT_ALLOWED: (
            "Dit soort winkel mag niet meedoen aan deze regeling. Kies een soort winkel uit de regels.",
            "This kind of shop may not take part in this scheme. Choose a kind of shop from the rules.",
        ),
        RefusalReason.PAYMENT_UNKNOWN: (
            "Deze betaling is niet gevonden. Controleer het nummer van de betaling.",
            "This payment was not found. Check the number of the payment.",
        ),
        RefusalReason.PAYMENT_SETTLED: (
            "De gemeente heeft deze betaling al aan de winkel uitbetaald. Betaal de klant zelf terug.",
            "The municipality has already paid this payment out to the shop. Pay the customer back yourself.",
        ),
        RefusalReason.REFUND_OUT_OF_RANGE: (
            "U kunt niet meer teruggeven dan er betaald is, en niet twee keer hetzelfde. Controleer het bedrag.",
            "You cannot give back more than was paid, or the same twice. Check the amount.",
        ),
        RefusalReason.NOT_WHOLE_VOUCHERS: (
            "Deze bonnen kunt u alleen in hun geheel gebruiken. Kies een bedrag van een of meer hele bonnen.",
            "These vouchers can only be used whole. Choose the amount of one or more whole vouchers.",
        ),
        RefusalReason.PAYMENT_LIMIT: (
            "Dit bedrag is te hoog voor een betaling. Betaal een lager bedrag.",
            "This amount is too high for one payment. Pay a lower amount.",
        ),
        RefusalReason.PRODUCT_NOT_ALLOWED: (
            "Dit artikel valt niet onder dit programma. Reken het apart af.",
            "This article is not part of this programme. Let the customer pay for it separately.",
        ),
        RefusalReason.SHOP_LIMIT: (
            "U kunt in deze winkel niet meer uitgeven van dit geld. Gebruik de rest in een andere winkel.",
            "You cannot spend more of this money in this shop. Use the rest in another shop.",
        ),
        RefusalReason.CATEGORY_LIMIT: (
            "U kunt in dit soort winkel niet meer uitgeven van dit geld. Gebruik de rest in een ander soort winkel.",
            "You cannot spend more of this money in this kind of shop. Use the rest in another kind of shop.",
        ),
        RefusalReason.SHOP_NOT_SETTLED: (
            "Deze winkel heeft nog geld te goed. Betaal de winkel eerst uit en verander dan de soort.",
            "This shop is still owed money. Settle the shop first, and then change its kind.",
        ),
        RefusalReason.NOTHING_TO_SETTLE: (
            "Geen van deze winkels heeft nog geld te goed. U hoeft niets te doen.",
            "None of these shops is owed any money. You do not need to do anything.",
        ),
        RefusalReason.PAUSED: (
            "De regeling staat even stil. Uw geld blijft van u. Probeer het later opnieuw.",
            "The scheme is paused. Your money stays yours. Try again later.",
        ),
        RefusalReason.CLOSED: (
            "Deze regeling is gesloten. Kijk of er een nieuwe regeling is.",
            "This scheme is closed. See if there is a new scheme.",
        ),
        RefusalReason.REFERENCE_USED: (
            "Dit kenmerk is al gebruikt. Gebruik een nieuw kenmerk.",
            "This reference has already been used. Use a new reference.",
        ),
        RefusalReason.NOT_AUTHORISED: (
            "Dit account mag dit niet doen. Gebruik het juiste account, of vraag de beheerder om de rol.",
            "This account may not do this. Use the right account, or ask the administrator for the role.",
        ),
        RefusalReason.UNKNOWN_SLOT: (
            "Dit vak is er niet in deze regeling. Maak de opdracht opnieuw in uw wallet.",
            "This scheme has no such slot. Make the order again in your wallet.",
        ),
        **{RefusalReason(code): texts for code, texts in passes.SENTENCES.items()},
        **{RefusalReason(code): texts for code, texts in tasks.SENTENCES.items()},
        RefusalReason.BAD_TERMS: (
            "De voorwaarden van deze regeling zijn niet veilig of niet volledig. Verbeter eerst de regels.",
            "The terms of this scheme are not safe or not complete. Correct the rules and try again.",
        ),
        RefusalReason.BAD_KEY: (
            "Deze sleutel is niet bruikbaar. Controleer de sleutel en hoelang hij geldig is.",
            "This key cannot be used. Check the key and how long it is valid.",
        ),
        RefusalReason.ALREADY_DONE: (
            "Dit was al gedaan. U hoeft niets te doen.",
            "This was already done. You do not need to do anything.",
        ),
        RefusalReason.BAD_INPUT: (
            "Een gegeven in deze opdracht klopt niet. Controleer de gegevens en probeer opnieuw.",
            "Something in this order is not right. Check the details and try again.",
        ),
        RefusalReason.UNEXPECTED: (
            "De opdracht is geweigerd om een onbekende reden. Geef de code hieronder door aan de beheerder.",
            "The order was refused for an unknown reason. Give the code below to the administrator.",
        ),
    }
)


def sentence(reason: RefusalReason, language: Language = Language.EN) -> str:
    """What to tell a person who was refused: what happened, and what to do next."""
    dutch, english = _SENTENCES[reason]
    return dutch if language is Language.NL else english


class RefusedError(MoneyError):
    """A contract refused a transaction.

    Args:
        reason: which rule.
        error: the contract's own name for it, such as ``FundAmountAboveLimit``.
        fields: its arguments by name.
    """

    def __init__(self, reason: RefusalReason, error: str, fields: Mapping[str, Any]) -> None:
        super().__init__(f"{reason.value}: {error}")
        self.reason = reason
        self.error = error
        self.fields = MappingProxyType(dict(fields))
