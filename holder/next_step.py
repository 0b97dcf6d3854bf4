# SPDX-License-Identifier: EUPL-1.2
"""What a citizen can do about each error, in one sentence: the second half of the command line's error line."""

from typing import Final

from holder import errors, refusals
from holder.openid import errors as openid
from ssi.credential.document import DocumentError
from ssi.errors import SsiError

__all__ = ["next_step"]

_STEPS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (errors.WordCountError, "Type all 24 words of the phrase, with spaces between them."),
    (errors.UnknownWordError, "Look up that word on your paper: it is misspelt."),
    (errors.PhraseChecksumError, "Compare every word and their order with your paper."),
    (errors.WalletNotFoundError, "Make one with `wallet create` or `wallet restore`, or name it with --wallet."),
    (errors.WalletExistsError, "Choose another place with --wallet."),
    (errors.WalletLockedError, "Close the other program, then try again."),
    (errors.WrongPassphraseError, "Try again; if it is lost, `wallet restore` makes a new file from your 24 words."),
    (errors.EmptyPassphraseError, "Choose one of several words."),
    (errors.WalletVersionError, "Use a newer version of this program."),
    (errors.DamagedWalletError, "Use a copy of the file, or make a new one from your 24 words: `wallet restore`."),
    (refusals.WalletContentsError, "Use a copy of the file, or make a new one from your 24 words: `wallet restore`."),
    (refusals.StoredCredentialError, "Make a new wallet from your 24 words and ask for the credential again."),
    (refusals.UnknownRulebookError, "Ask the municipality for the rulebook, read it, and give it with --rulebook."),
    (refusals.UnknownCredentialTypeError, "Known types are shown by `wallet request --help`."),
    (refusals.UnknownValidatorError, "Copy the name from the validator's letter."),
    (refusals.ProgrammeFormatError, "Fetch the programme's description again."),
    (refusals.PlantedStatementError, "Do not claim here; tell the municipality. Nothing was sent."),
    (refusals.OverAskingError, "Do not claim here; tell the municipality. Nothing was sent."),
    (refusals.NotEligibleError, "Nothing was sent; `wallet qualify` shows what you do qualify for."),
    (refusals.IssuanceRefusedError, "Ask the validator for a new session, then use `wallet request` again."),
    (refusals.UnknownAccountError, "Use `wallet claim`; after a restore, say what the fund holds with --balance."),
    (openid.LinkError, "Check the link; if it is right, try again later or ask who sent it."),
    (openid.PinNeededError, "Type the PIN of the letter, or give it with --pin-file."),
    (openid.AnswerError, "Do what the letter or the asker says; after three wrong PINs, ask for a new letter."),
    (openid.UnknownIssuanceError, "Use `wallet redeem` with the link in your letter."),
    (openid.RequestRefusedError, "Nothing was shown; tell the asker that its request is not in order."),
    (openid.NotHeldError, "Nothing was shown; `wallet show` lists what you have."),
    (openid.NoCopyLeftError, "Nothing was shown; use `wallet renew` for new copies."),
    (openid.ExcessiveRequestError, "Nothing was shown. Agree to a number or date with --allow, or tell the asker."),
    (refusals.PermitRefusedError, "Nothing was signed; change the amount, the time or the shop."),
    (DocumentError, "Fetch the file again."),
    (SsiError, "Fetch the file again; if it stays so, tell who sent it."),
    (OSError, "Check the place and the rights of the file."),
)


def next_step(error: Exception) -> str:
    """What to do about an error; of the most specific kind that it is."""
    return next((step for kind, step in _STEPS if isinstance(error, kind)), "")
