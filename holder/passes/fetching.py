# SPDX-License-Identifier: EUPL-1.2
"""Fetching the pass credential from the desk of a pass over the network (specs/protocols/pass.md 2.2).

The desk learns the pass account, which is on the chain already, and the network address that asks.

Invariants:
    * The credential is verified with a key that the pass lists on its chain; what the desk says of keys is not read.
    * An answer for another account, type or desk than was asked is refused, and nothing is kept.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeVar

from edge.fetch import Fetched, FetchError, GuardedFetch, StatusError
from holder.openid.errors import AnswerError, LinkError, LinkProblem
from holder.passes.refusals import PassRefusal, PassRefusedError
from holder.passes.service import PassHolder
from holder.passes.view import PassView
from holder.refusals import IssuanceRefusedError
from ssi.claim.registry_key import parse_registry_key
from ssi.credential.document import DocumentError
from ssi.credential.issuance import HeldCredential
from ssi.credential.messages import AccountRequestMessage, IssuanceMessage, RequestMessage, SessionMessage

__all__ = ["fetch_pass"]

_JSON: Final = "application/json"
_MOST_OCTETS: Final = 1 << 16
_PROBLEM: Final = re.compile(r"urn:stuiver:problem:([a-z_]{1,64})")
_T = TypeVar("_T")


def fetch_pass(
    passes: PassHolder, view: PassView, desk_url: str, fetch: GuardedFetch, clock: Callable[[], datetime]
) -> HeldCredential:
    """Get the pass credential and keep it. The citizen has said yes.

    Args:
        passes: of the open wallet.
        view: the pass.
        desk_url: where its desk is, without a path.
        fetch: the guarded fetch.
        clock: the present, aware.
    Raises:
        PassRefusedError: ``too_many_keys``, ``account_not_activated``.
        AnswerError: the desk refused for another reason.
        LinkError: it does not answer, or not in the form that it should.
        IssuanceRefusedError: what it sent is no pass of a key that this pass lists; nothing is kept.
    """
    wanted, base = passes.check(view).pass_type.vct, desk_url.rstrip("/")
    asked = {"account": passes.account(view)}
    session = _read(SessionMessage.from_json, _sent(lambda: fetch.post_json(f"{base}/sessions", asked)))
    if wanted not in session.credential_types:
        raise LinkError(LinkProblem.MALFORMED_ANSWER, "credential_types")
    passes.restore(view)  # a wallet that was restored from its words does not know that it activated; the chain does
    made = passes.request(view, session.validator, session.nonce, now=clock())
    request = RequestMessage(session.validator, session.nonce, wanted, made.request)
    message = AccountRequestMessage(made.account, request, made.signed.signature).to_json()
    answer = _sent(
        lambda: fetch.post(f"{base}/credentials", message, content_type=_JSON, accept=_JSON, most=_MOST_OCTETS)
    )
    issued = _read(IssuanceMessage.from_json, answer)
    if (issued.validator, issued.nonce) != (session.validator, session.nonce):
        raise LinkError(LinkProblem.MALFORMED_ANSWER, "nonce")
    refused: IssuanceRefusedError | None = None
    for key in view.desk_keys.values():
        try:
            return passes.accept(view, issued.issuance, parse_registry_key(key), now=clock())
        except IssuanceRefusedError as error:
            refused = error
    raise refused or IssuanceRefusedError(None)


def _sent(send: Callable[[], Fetched]) -> bytes:
    try:
        return send().octets
    except StatusError as error:
        code, words = _problem(error.response.octets)
        if code == PassRefusal.NOT_ON_CHAIN.value:
            raise PassRefusedError(PassRefusal.NOT_ON_CHAIN) from error
        raise AnswerError(code, words) from error
    except FetchError as error:
        raise LinkError(LinkProblem.UNREACHABLE, error.reason.value) from error


def _problem(unverified: bytes) -> tuple[str, str]:
    """The code and the words of a problem document; whatever else it is stays unread."""
    try:
        document = json.loads(unverified)
    except ValueError:
        document = None
    members: Mapping[str, object] = document if isinstance(document, dict) else {}
    kind = _PROBLEM.fullmatch(str(members.get("type")))
    return kind[1] if kind else "unknown", str(members.get("detail", ""))


def _read(read: Callable[[bytes], _T], octets: bytes) -> _T:
    try:
        return read(octets)
    except DocumentError as error:
        raise LinkError(LinkProblem.MALFORMED_ANSWER, error.path) from error
