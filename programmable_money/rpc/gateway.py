# SPDX-License-Identifier: EUPL-1.2
"""From a request to its answer: the list of methods, the limits, and whoever answers behind them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from programmable_money.rpc.methods import METHODS, Limits, span_of
from programmable_money.rpc.protocol import Call, Code, RpcError, error_answer, parse, result_answer, written

__all__ = ["Answering", "Gateway", "Incoming"]

_log: Final = logging.getLogger(__name__)


class Answering(Protocol):
    """Whatever is behind: the embedded chain, or a node."""

    def answer(self, method: str, parameters: list[Any]) -> Any:
        """The result as JSON-RPC writes it; RpcError when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request that was read."""

    calls: Sequence[Call]
    is_batch: bool


@dataclass(frozen=True, slots=True)
class Gateway:
    """A read-only endpoint. Belongs to the thread of what is behind it."""

    behind: Answering
    limits: Limits = field(default=Limits())

    def read(self, unverified: bytes) -> Incoming:
        """Read a request.

        Raises:
            RpcError: it is too long, not JSON, no request, or too many at once.
        """
        if len(unverified) > self.limits.octets:
            raise RpcError(Code.LIMIT_EXCEEDED, f"a request has at most {self.limits.octets} octets")
        calls, is_batch = parse(unverified)
        if len(calls) > self.limits.batch:
            raise RpcError(Code.LIMIT_EXCEEDED, f"a batch has at most {self.limits.batch} calls")
        return Incoming(calls, is_batch)

    def answer(self, incoming: Incoming) -> bytes:
        """The answer's octets; empty when none is wanted."""
        answers = [self._one(call) for call in incoming.calls if not call.is_notification]
        if not answers:
            return b""
        return written(answers if incoming.is_batch else answers[0])

    def _one(self, call: Call) -> dict[str, Any]:
        try:
            return result_answer(call, self._result(call))
        except RpcError as error:
            return error_answer(call, error)
        except Exception:
            # Whatever it was, it is ours, and it may hold anything: the log has it, the answer does not.
            _log.exception("a read-only call failed")
            return error_answer(call, RpcError(Code.INTERNAL_ERROR, "this could not be answered"))

    def _result(self, call: Call) -> Any:
        if call.fault is not None:
            raise call.fault
        reader = METHODS.get(call.method)
        if reader is None:
            raise RpcError(Code.METHOD_NOT_FOUND, "this method is not offered here: only reading is")
        parameters = reader(call.parameters, self.limits)
        if call.method == "eth_getLogs":
            parameters = self._limited(parameters)
        return self.behind.answer(call.method, parameters)

    def _limited(self, parameters: list[Any]) -> list[Any]:
        """A filter of logs with numbers for its ends, in a range that is not too long."""
        head = int(self.behind.answer("eth_blockNumber", []), 16)
        span = span_of(parameters, head)
        if span is None:
            return parameters
        first, last = span
        if first > last:
            raise RpcError(Code.INVALID_PARAMETERS, "the range ends before it begins")
        if min(last, head) - first + 1 > self.limits.blocks:
            raise RpcError(Code.LIMIT_EXCEEDED, f"at most {self.limits.blocks} blocks at a time")
        return [parameters[0] | {"fromBlock": hex(first), "toBlock": hex(min(last, head))}]
