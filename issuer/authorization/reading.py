# SPDX-License-Identifier: EUPL-1.2
"""From a form's parameters to a typed request, or to the error that OAuth has for it."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from issuer.authorization.errors import Advice, OAuthError
from ssi.credential.document import DocumentError
from ssi.errors import VerificationError
from ssi.openid.errors import ErrorCode, OpenIdError

__all__ = ["read_request"]

_T = TypeVar("_T")


def read_request(parse: Callable[[Iterable[tuple[str, str]]], _T], unverified_pairs: Iterable[tuple[str, str]]) -> _T:
    """Parse a form.

    Raises:
        OAuthError: ``invalid_request``, or the error that the parser names; its detail is the parameter and the rule.
    """
    try:
        return parse(unverified_pairs)
    except DocumentError as error:
        in_details = error.path.startswith("$.authorization_details")
        code = ErrorCode.INVALID_AUTHORIZATION_DETAILS if in_details else ErrorCode.INVALID_REQUEST
        raise OAuthError(code, Advice.MALFORMED, detail=str(error)) from None
    except OpenIdError as error:
        raise OAuthError(error.code, Advice.MALFORMED, detail=error.description) from None
    except VerificationError as error:
        raise OAuthError(ErrorCode.INVALID_REQUEST, Advice.MALFORMED, detail=error.reason.value) from None
