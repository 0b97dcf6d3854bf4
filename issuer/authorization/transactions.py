# SPDX-License-Identifier: EUPL-1.2
"""Work in one transaction, where a refusal may have to be written down as well.

Invariant: a refusal that is *returned* is committed with everything the work wrote (a used code stays used); an error
that is *raised* leaves nothing behind.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from issuer.authorization.errors import OAuthError
from issuer.errors import StoreBusyError
from issuer.store import ConflictError, Store, Transaction

__all__ = ["in_transaction"]

_ATTEMPTS: Final = 5
_T = TypeVar("_T")


def in_transaction(store: Store, work: Callable[[Transaction], _T | OAuthError]) -> _T:
    """Run work in a transaction, again when another was faster: then it sees what the other did.

    Raises:
        OAuthError: what the work returned, after it was committed, or raised.
        StoreBusyError: others were writing all the time; nothing was changed.
    """
    for _ in range(_ATTEMPTS):
        try:
            with store.transaction() as transaction:
                result = work(transaction)
        except ConflictError:
            continue
        if isinstance(result, OAuthError):
            raise result
        return result
    raise StoreBusyError
