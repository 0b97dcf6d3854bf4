# SPDX-License-Identifier: EUPL-1.2
"""What each refusal means for the citizen and what to do next, in plain Dutch and English (level B1). Pure.

Invariant: every reason has words, and no words hold anything that a wallet sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ssi.credential.document import Wording
from ssi.errors import Reason
from verifier.model import WalletRefusal

__all__ = ["ADVICE", "ONCE_TEXT", "Advice"]


@dataclass(frozen=True, slots=True)
class Advice:
    """What happened, and what to do."""

    title: Wording
    text: Wording


ONCE_TEXT: Final = Wording(
    "U hebt dit in deze periode al een keer gekregen.", "You have been given this once before in this period."
)
"""The rule that a policy's ``pseudonym.once`` adds."""

_AGAIN: Final = Wording(
    "Begin opnieuw op de startpagina en gebruik de nieuwe code.", "Start again on the first page and use the new code."
)
_UPDATE: Final = Wording(
    "Werk uw wallet bij en probeer het nog eens. Lukt het weer niet? Geef ons dan het nummer hieronder door.",
    "Update your wallet and try once more. If it fails again, please tell us the number below.",
)
_RENEW: Final = Wording(
    "Haal in uw wallet een nieuw bewijs op bij wie het u gaf, en probeer het dan nog eens.",
    "Get a new credential in your wallet from whoever gave it to you, and then try once more.",
)
_LATER: Final = Wording(
    "Dit ligt niet aan u. Probeer het over een paar minuten nog eens.",
    "It is not your fault. Please try again in a few minutes.",
)

_UNREADABLE: Final = Advice(
    Wording("Wij kunnen niet lezen wat uw wallet stuurde", "We cannot read what your wallet sent"), _UPDATE
)
_BROKEN: Final = Advice(
    Wording("Het bewijs van uw wallet klopt niet", "The proof that your wallet gave does not hold"), _RENEW
)
_FOREIGN: Final = Advice(
    Wording("Dit bewijs hoort niet bij deze wallet", "This credential does not belong to this wallet"),
    Wording(
        "Gebruik de wallet waarin u het bewijs zelf hebt gekregen.",
        "Use the wallet in which you received the credential yourself.",
    ),
)
_OTHER_REQUEST: Final = Advice(
    Wording("Dit antwoord was voor een andere vraag", "This answer was to another request"), _AGAIN
)
_UNTRUSTED: Final = Advice(
    Wording(
        "Wij kennen de organisatie niet die dit bewijs gaf", "We do not know the organisation that gave this credential"
    ),
    Wording(
        "Gebruik een bewijs van uw gemeente, of vraag ons welke bewijzen wij aannemen.",
        "Use a credential of your municipality, or ask us which ones we accept.",
    ),
)

ADVICE: Final[Mapping[Reason | WalletRefusal, Advice]] = {
    **dict.fromkeys(
        (
            Reason.MALFORMED,
            Reason.WRONG_LENGTH,
            Reason.INVALID_POINT,
            Reason.INVALID_SCALAR,
            Reason.INVALID_INDEX,
            Reason.INVALID_PUBLIC_KEY,
            Reason.WRONG_ALGORITHM,
            Reason.TOO_LARGE,
            Reason.TOO_DEEP,
            Reason.WRONG_TYPE,
            Reason.UNKNOWN_CRITICAL_HEADER,
            Reason.UNDECRYPTABLE,
            Reason.DUPLICATE_DIGEST,
            Reason.DUPLICATE_DISCLOSURE,
            Reason.UNREFERENCED_DISCLOSURE,
            Reason.FORBIDDEN_CLAIM,
            Reason.INVALID_COMMITMENT,
            Reason.INVALID_PSEUDONYM,
        ),
        _UNREADABLE,
    ),
    **dict.fromkeys((Reason.INVALID_SIGNATURE, Reason.INVALID_PROOF, Reason.INVALID_CHALLENGE), _BROKEN),
    **dict.fromkeys((Reason.MISSING_KEY_BINDING, Reason.FOREIGN_KEY_BINDING), _FOREIGN),
    **dict.fromkeys((Reason.WRONG_AUDIENCE, Reason.WRONG_NONCE), _OTHER_REQUEST),
    **dict.fromkeys((Reason.UNKNOWN_ISSUER, Reason.UNTRUSTED_CERTIFICATE, Reason.UNRESOLVABLE_KEY), _UNTRUSTED),
    Reason.WRONG_CREDENTIAL_TYPE: Advice(
        Wording(
            "Uw wallet stuurde een ander bewijs dan wij vroegen", "Your wallet sent another credential than we asked"
        ),
        Wording(
            "Begin opnieuw en kies het bewijs dat gevraagd wordt.", "Start again and choose the one that is asked."
        ),
    ),
    Reason.EXPIRED: Advice(
        Wording("De tijd is om, of uw bewijs is verlopen", "Time is up, or your credential has expired"),
        Wording(
            "Begin opnieuw. Is uw bewijs verlopen? Haal dan eerst een nieuw bewijs op.",
            "Start again. Has your credential expired? Then get a new one first.",
        ),
    ),
    Reason.NOT_YET_VALID: Advice(
        Wording("Uw bewijs is nog niet geldig", "Your credential is not valid yet"),
        Wording(
            "Kijk of de klok van uw telefoon goed staat, en vanaf welke dag uw bewijs geldt.",
            "Check that the clock of your phone is right, and from which day your credential is valid.",
        ),
    ),
    Reason.TOO_OLD: Advice(
        Wording("Het antwoord van uw wallet is te oud", "The answer of your wallet is too old"), _AGAIN
    ),
    Reason.REVOKED: Advice(
        Wording("Uw bewijs is ingetrokken", "Your credential was taken back"),
        Wording(
            "Vraag aan wie het u gaf waarom, of haal een nieuw bewijs op.",
            "Ask whoever gave it to you why, or get a new one.",
        ),
    ),
    Reason.SUSPENDED: Advice(
        Wording("Uw bewijs is tijdelijk niet geldig", "Your credential is not valid for the time being"),
        Wording("Vraag aan wie het u gaf waarom, en tot wanneer.", "Ask whoever gave it to you why, and until when."),
    ),
    Reason.UNKNOWN_STATUS: Advice(
        Wording("Wij weten niet of uw bewijs nog geldt", "We do not know whether your credential still counts"), _RENEW
    ),
    Reason.STATUS_UNAVAILABLE: Advice(
        Wording(
            "Wij kunnen nu niet nagaan of uw bewijs nog geldt", "We cannot check now whether your credential counts"
        ),
        _LATER,
    ),
    Reason.REPLAYED: Advice(
        Wording("Deze vraag is al beantwoord", "This request was answered already"),
        Wording(
            "Kijk op de pagina waar u begon wat de uitkomst is. Of begin opnieuw.",
            "See the outcome on the page where you started. Or start again.",
        ),
    ),
    Reason.WRONG_TRANSACTION_DATA: Advice(
        Wording("Uw wallet bevestigde niet wat u aanvraagt", "Your wallet did not confirm what you apply for"), _UPDATE
    ),
    Reason.QUERY_NOT_MET: Advice(
        Wording("Er ontbreekt iets dat wij vroegen", "Something that we asked for is missing"),
        Wording(
            "Kijk of u het gevraagde bewijs in uw wallet hebt, en begin opnieuw.",
            "Check that you have the credential in your wallet, and start again.",
        ),
    ),
    Reason.OVER_DISCLOSURE: Advice(
        Wording("Uw wallet liet meer zien dan wij vroegen", "Your wallet showed more than we asked for"),
        Wording(
            "Wij hebben er niets van bewaard. Werk uw wallet bij en begin opnieuw.",
            "We kept nothing of it. Update your wallet and start again.",
        ),
    ),
    WalletRefusal.ACCESS_DENIED: Advice(
        Wording("Uw wallet heeft niets gestuurd", "Your wallet sent nothing"),
        Wording(
            "U hebt nee gezegd, of het gevraagde bewijs zit er niet in. U kunt opnieuw beginnen.",
            "You said no, or the credential is not in it. You can start again.",
        ),
    ),
    WalletRefusal.VP_FORMATS_NOT_SUPPORTED: Advice(
        Wording("Uw wallet kan dit soort bewijs niet laten zien", "Your wallet cannot show this kind of credential"),
        Wording("Gebruik een andere wallet, zoals die van Stuiver.", "Use another wallet, such as the one of Stuiver."),
    ),
    WalletRefusal.INVALID_TRANSACTION_DATA: Advice(
        Wording("Uw wallet kan deze aanvraag niet bevestigen", "Your wallet cannot confirm this application"),
        Wording("Gebruik een andere wallet, zoals die van Stuiver.", "Use another wallet, such as the one of Stuiver."),
    ),
    WalletRefusal.WALLET_UNAVAILABLE: Advice(
        Wording("Uw wallet was niet bereikbaar", "Your wallet could not be reached"),
        Wording("Open uw wallet en begin opnieuw.", "Open your wallet and start again."),
    ),
    WalletRefusal.OTHER: Advice(Wording("Uw wallet kon niet antwoorden", "Your wallet could not answer"), _UPDATE),
}
"""For each reason what the citizen reads."""
