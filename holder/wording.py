# SPDX-License-Identifier: EUPL-1.2
"""What the wallet says to the citizen by itself, in plain Dutch and English (level B1).

The texts of rules come from the rulebook and those of claims from the credential type.
"""

from typing import Final

from edge.language import Language
from ssi.credential.document import Wording
from ssi.rulebook.qualification import Denial

__all__ = [
    "ANY_SHOP",
    "APPROVED",
    "ASK",
    "ASK_PAYMENT",
    "DISCLOSED_TO",
    "FETCH_PASS",
    "ISSUANCE_PROOF",
    "NO",
    "NOTHING_MORE",
    "NOT_MET",
    "NO_CREDENTIAL",
    "OUTSIDE_PERIOD",
    "OWN_CREDENTIAL",
    "OWN_PASS",
    "PAID_AT_TILL",
    "PASS_ACCOUNT_PROOF",
    "PASS_DESK",
    "PAY",
    "PROVED",
    "SAME_CLAIMER",
    "SAME_VISITOR",
    "SEEN_BY_VERIFIER",
    "SHOWN",
    "UNAUTHENTICATED",
    "UNLINKED_USE",
    "VALIDATOR_NOT_ACCEPTED",
    "VALID_UNTIL",
    "YES",
    "Language",
    "euros",
]


NO_CREDENTIAL: Final = Denial(
    "no_credential",
    Wording(
        "U hebt hiervoor nog geen bewijs in uw wallet. Vraag het aan bij uw gemeente.",
        "Your wallet has no credential for this yet. Ask your municipality for one.",
    ),
)
OUTSIDE_PERIOD: Final = Denial(
    "outside_period",
    Wording("U kunt dit nu niet aanvragen: het programma is niet open.", "You cannot claim now: it is not open."),
)
VALIDATOR_NOT_ACCEPTED: Final = Denial(
    "validator_not_accepted",
    Wording(
        "Dit programma neemt uw bewijs niet aan: het is van een andere organisatie of met een oude sleutel gemaakt.",
        "This programme does not accept your credential: it is from another validator or made with an old key.",
    ),
)
ISSUANCE_PROOF: Final = Wording(
    "Dat deze aanvraag uit uw wallet komt. Het geheim van uw wallet blijft bij u.",
    "That this request comes from your wallet. Your wallet's secret stays with you.",
)
OWN_CREDENTIAL: Final = Wording(
    "Dat u een echt bewijs hebt van deze organisatie, en dat het van u is.",
    "That you have a real credential from this validator, and that it is yours.",
)
SAME_CLAIMER: Final = Wording(
    "Dat u niet eerder hebt aangevraagd: uw schuilnaam in dit programma, die nergens anders voorkomt.",
    "That you have not claimed before: your pseudonym in this programme, which occurs nowhere else.",
)
SAME_VISITOR: Final = Wording(
    "Uw schuilnaam bij deze vrager, die nergens anders voorkomt.",
    "Your pseudonym with this asker, which occurs nowhere else.",
)
OWN_PASS: Final = Wording(
    "Dat u een echte pas hebt, en dat hij van u is.", "That you have a real pass, and that it is yours."
)
UNLINKED_USE: Final = Wording(
    "Dat u deze keer nog niet hebt gebruikt: een schuilnaam die bij geen andere keer voorkomt.",
    "That you have not made this use before: a pseudonym that occurs in no other use.",
)
PASS_ACCOUNT_PROOF: Final = Wording(
    "Dat u de pas van dit account hebt geactiveerd.", "That you have activated the pass of this account."
)
PASS_DESK: Final = Wording(
    "{desk} krijgt het account van uw pas te zien, dat ook op de keten staat. Geen naam, geen inkomen.",
    "{desk} gets to see the account of your pass, which is on the chain too. No name, no income.",
)
FETCH_PASS: Final = Wording("Wilt u de pas ophalen?", "Do you want to fetch the pass?")
ANY_SHOP: Final = Wording("Elke winkel die meedoet", "Any shop that takes part")

YES: Final = Wording("ja", "yes")
NO: Final = Wording("nee", "no")
SHOWN: Final = Wording("Dit kan iedereen zien:", "Everybody can see this:")
APPROVED: Final = Wording("Hiermee gaat u akkoord:", "With this you agree to:")
DISCLOSED_TO: Final = Wording("Dit is de vrager:", "This is who asks:")
UNAUTHENTICATED: Final = Wording(
    "Let op: deze vrager bewijst niet wie hij is.", "Mind: this asker does not prove who it is."
)
SEEN_BY_VERIFIER: Final = Wording("Dit ziet de vrager:", "The asker will see this:")
NOTHING_MORE: Final = Wording("Meer niet.", "Nothing more.")
PROVED: Final = Wording("Dit bewijst u zonder de gegevens te laten zien:", "You prove this without showing the facts:")
NOT_MET: Final = Wording("u voldoet niet aan deze regel:", "you do not meet this rule:")
ASK: Final = Wording("Wilt u dit laten zien en bewijzen?", "Do you want to show and prove this?")

ASK_PAYMENT: Final = Wording(
    "De kassa vraagt {amount}, voor de winkel met account {shop}. Controleer het bedrag.",
    "The till asks {amount}, for the shop with account {shop}. Check the amount.",
)
PAY: Final = Wording("Betalen?", "Pay?")
PAID_AT_TILL: Final = Wording(
    "U hebt {amount} goedgekeurd. De kassa laat zien of er betaald is.",
    "You approved {amount}. The till shows whether it was paid.",
)
VALID_UNTIL: Final = Wording(
    "Tot {amount}, één keer, tot {time}. Laat de kassa deze code scannen, of plak de tekst.",
    "Up to {amount}, once, until {time}. Let the till scan this code, or paste the text.",
)


def euros(cents: int, language: Language) -> str:
    """``€ 1.234,50`` in Dutch, ``€1,234.50`` in English."""
    whole, rest = divmod(cents, 100)
    if language is Language.NL:
        return f"€ {f'{whole:,}'.replace(',', '.')},{rest:02}"
    return f"€{whole:,}.{rest:02}"
