# SPDX-License-Identifier: EUPL-1.2
"""What the desk of a pass tells a citizen whose wallet it refuses: what is the matter, and what to do next."""

from typing import Final

from issuer.errors import RefusalReason
from ssi.credential.document import Wording

__all__ = ["REFUSED", "TOLD"]

REFUSED: Final = Wording("U krijgt de pas nu niet", "You do not get the pass now")
_AGAIN: Final = Wording(
    "Er ging iets mis bij het aanvragen van de pas. Haal de pas opnieuw op met uw wallet.",
    "Something went wrong when your wallet asked for the pass. Fetch the pass again with your wallet.",
)
_OTHER_WALLET: Final = Wording(
    "Deze pas hoort bij een andere wallet. Haal hem op met de wallet waarmee u de pas activeerde.",
    "This pass belongs to another wallet. Fetch it with the wallet that activated the pass.",
)
TOLD: Final[dict[str, Wording]] = {
    RefusalReason.ACCOUNT_NOT_ACTIVATED.value: Wording(
        "Deze pas is nog niet geactiveerd. Activeer de pas in uw wallet, wacht een minuut en haal hem dan op.",
        "This pass has not been activated yet. Activate the pass in your wallet, wait a minute, then fetch it.",
    ),
    RefusalReason.NOT_SIGNED_BY_ACCOUNT.value: _OTHER_WALLET,
    RefusalReason.PINNED_TO_ANOTHER_WALLET.value: _OTHER_WALLET,
    RefusalReason.PINNED_TO_ANOTHER_RECORD.value: Wording(
        "Uw wallet heeft al een andere pas van dit loket. Meld dit bij de gemeente.",
        "Your wallet has another pass of this desk already. Tell the municipality.",
    ),
    RefusalReason.SESSION_UNKNOWN.value: _AGAIN,
    RefusalReason.SESSION_OF_ANOTHER_PERSON.value: _AGAIN,
    RefusalReason.SESSION_USED.value: _AGAIN,
    RefusalReason.SESSION_EXPIRED.value: _AGAIN,
    "malformed": _AGAIN,
    "another_desk": Wording(
        "Uw wallet vroeg de pas aan bij een ander loket. Haal de pas opnieuw op.",
        "Your wallet asked another desk for the pass. Fetch the pass again.",
    ),
}
"""By the code that the desk answers with."""
