# SPDX-License-Identifier: EUPL-1.2
"""The filter in front of a node: asks it what was allowed, and passes on its result or its error, and nothing else."""

import json
from collections.abc import Callable
from typing import Any, Final

from programmable_money.rpc.methods import Limits
from programmable_money.rpc.protocol import Code, RpcError

__all__ = ["ForwardedAnswers", "Post"]

Post = Callable[[str, dict[str, Any]], bytes]
"""Sends a JSON document to a URL and gives the answer's octets; OSError when there is none."""

_MOST_MESSAGE: Final = 200
_MOST_DATA: Final = 10_000


class ForwardedAnswers:
    """Answers from a node behind a URL.

    Args:
        post: how it is reached; ``edge.fetch.GuardedFetch.post_json`` behind a small adapter.
    """

    def __init__(self, url: str, post: Post, limits: Limits) -> None:
        self._url, self._post, self._limits = url, post, limits

    def answer(self, method: str, parameters: list[Any]) -> Any:
        """The node's own result, for a method of the list with parameters that were read."""
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        try:
            answered = json.loads(self._post(self._url, asked))
        except (OSError, ValueError, RecursionError) as error:
            raise RpcError(Code.NODE_ERROR, "the node did not answer") from error
        if not isinstance(answered, dict):
            raise RpcError(Code.NODE_ERROR, "the node did not answer in JSON-RPC")
        if isinstance(answered.get("error"), dict):
            raise _passed_on(answered["error"])
        if "result" not in answered:
            raise RpcError(Code.NODE_ERROR, "the node did not answer in JSON-RPC")
        result = answered["result"]
        if method == "eth_getLogs" and isinstance(result, list) and len(result) > self._limits.logs:
            raise RpcError(Code.LIMIT_EXCEEDED, f"more than {self._limits.logs} logs: ask for fewer blocks")
        return result


def _passed_on(error: dict[str, Any]) -> RpcError:
    code, message, data = error.get("code"), error.get("message"), error.get("data")
    if isinstance(data, dict):
        data = data.get("data")
    return RpcError(
        code if type(code) is int else Code.NODE_ERROR,
        message[:_MOST_MESSAGE] if isinstance(message, str) else "the node refused",
        data if isinstance(data, str) and len(data) <= _MOST_DATA else None,
    )
