# SPDX-License-Identifier: EUPL-1.2
"""How the authorization server refuses. No message carries a token, a code, a PIN, a name or a reference.

The code is for the wallet (RFC 6749 5.2 and its extensions), the advice for the person: ``wording`` has a text for
each.
"""

from enum import StrEnum

from issuer.activation.errors import ActivationRefusal
from issuer.errors import IssuerError
from ssi.openid.errors import ErrorCode

__all__ = ["Advice", "LoginRefusal", "LoginRefusedError", "OAuthError"]


class Advice(StrEnum):
    """What went wrong, as far as a person or the maker of a wallet can do something about it."""

    MALFORMED = "malformed"
    """The request does not have the form of its standard."""
    PUSH_FIRST = "push_first"
    """An authorization request that was not pushed (RFC 9126)."""
    CLIENT = "client"
    """This wallet is not on the list of wallets that may come here."""
    REDIRECT_URI = "redirect_uri"
    """An address to return to that is not allowed."""
    NOTHING_ASKED = "nothing_asked"
    """No credential of this issuer was asked for."""
    UNKNOWN_CREDENTIAL = "unknown_credential"
    """A credential that this issuer does not have, or that was not granted."""
    OFFER = "offer"
    """The ``issuer_state`` is not of a current offer of this issuer."""
    NO_LOGIN = "no_login"
    """This issuer has no login; it works with letters only."""
    PIN_MISSING = "pin_missing"
    """A pre-authorised code without its transaction code."""
    PROOF_NEEDED = "proof_needed"
    """No DPoP proof, and one is required here."""
    PROOF = "proof"
    """A DPoP proof that does not hold."""
    NONCE = "nonce"
    """A DPoP proof without a current nonce of this server; the wallet tries again by itself."""
    CODE = "code"
    """An authorization code that is unknown, old, used, or of another wallet or address."""
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a situation
    """A refresh token that is unknown, old, used before, withdrawn or of another key."""
    ACCESS_TOKEN = "access_token"  # noqa: S105 - the name of a situation
    """No access token, or one that is unknown, old, withdrawn or of another key."""
    REQUEST_GONE = "request_gone"
    """A reference to a pushed request that is unknown, old or used."""
    JOURNEY_GONE = "journey_gone"
    """The browser has no current visit, or a form of an earlier one."""
    TOO_MANY = "too_many"
    """More tries than a person makes."""


class OAuthError(IssuerError):
    """The authorization server says no.

    Args:
        code: for the wallet.
        advice: for the person; every value has a text in ``wording``.
        detail: which parameter breaks which rule, for a developer; never a value that was received.
        retry_after: seconds to wait, when waiting helps.
    """

    def __init__(
        self,
        code: ErrorCode,
        advice: Advice | ActivationRefusal,
        *,
        detail: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(f"{code.value}: {advice.value}")
        self.code = code
        self.advice = advice
        self.detail = detail
        self.retry_after = retry_after


class LoginRefusal(StrEnum):
    """Why a login did not give a person."""

    WRONG = "wrong"
    """The demonstration's passphrase is not right."""
    TOO_MANY = "too_many"
    """Too many passphrases that were not right."""
    CANCELLED = "cancelled"
    """The login provider says that the person, or the provider itself, stopped."""
    UNAVAILABLE = "unavailable"
    """The login provider cannot be reached, or its documents cannot be used."""
    INVALID = "invalid"
    """What came back from the login provider does not hold."""
    UNKNOWN_PERSON = "unknown_person"
    """Logged in well, and there is no record of this person here."""


class LoginRefusedError(IssuerError):
    """A login did not give a person.

    Args:
        reason: why; the message is the same code.
    """

    def __init__(self, reason: LoginRefusal) -> None:
        super().__init__(reason.value)
        self.reason = reason
