# SPDX-License-Identifier: EUPL-1.2
"""JSON-RPC 2.0: from octets to calls, from results to octets. Pure.

Source: JSON-RPC 2.0 specification; EIP-1474 for the codes from -32000 down.
"""

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from programmable_money.model import MoneyError

__all__ = ["Call", "Code", "RpcError", "error_answer", "parse", "result_answer", "written"]


class Code(IntEnum):
    """What an error is."""

    REVERTED = 3
    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMETERS = -32602
    INTERNAL_ERROR = -32603
    NODE_ERROR = -32000
    LIMIT_EXCEEDED = -32005


class RpcError(MoneyError):
    """What an answer says instead of a result.

    Args:
        data: further facts, such as a contract's revert data as 0x and digits.
    """

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a request.

    Attributes:
        id: what the answer repeats; None together with ``is_notification`` when none is wanted.
        fault: why it is no call, in which case the rest means nothing.
    """

    id: str | int | float | None
    method: str = ""
    parameters: tuple[Any, ...] = ()
    is_notification: bool = False
    fault: RpcError | None = None


def parse(unverified: bytes) -> tuple[tuple[Call, ...], bool]:
    """The calls of a request, and whether it is a batch.

    Raises:
        RpcError: it is not JSON, or no request at all.
    """
    try:
        content = json.loads(unverified)
    except (ValueError, RecursionError) as error:
        raise RpcError(Code.PARSE_ERROR, "the request is not JSON") from error
    if isinstance(content, list):
        if not content:
            raise RpcError(Code.INVALID_REQUEST, "a batch has at least one call")
        return tuple(_call(item) for item in content), True
    return (_call(content),), False


def _call(item: object) -> Call:
    wrong = RpcError(Code.INVALID_REQUEST, "a call has jsonrpc 2.0, a method, an id, and params as a list")
    if not isinstance(item, dict):
        return Call(None, fault=wrong)
    id_, method, parameters = item.get("id"), item.get("method"), item.get("params", [])
    if isinstance(id_, bool) or not isinstance(id_, str | int | float | None) or len(str(id_)) > 100:
        return Call(None, fault=wrong)
    if item.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(parameters, list):
        return Call(id_, fault=wrong)
    return Call(id_, method, tuple(parameters), is_notification="id" not in item)


def result_answer(call: Call, result: Any) -> dict[str, Any]:
    """The answer to a call that went well."""
    return {"jsonrpc": "2.0", "id": call.id, "result": result}


def error_answer(call: Call | None, error: RpcError) -> dict[str, Any]:
    """The answer to one that did not; ``call`` is None when not even that was understood."""
    content: dict[str, Any] = {"code": int(error.code), "message": error.message}
    if error.data is not None:
        content["data"] = error.data
    return {"jsonrpc": "2.0", "id": None if call is None else call.id, "error": content}


def written(answer: Any) -> bytes:
    """An answer as octets."""
    return json.dumps(answer, separators=(",", ":")).encode()
