# SPDX-License-Identifier: EUPL-1.2
"""A read-only JSON-RPC endpoint: over the embedded chain, or as a filter in front of any node.

``protocol`` reads requests and writes answers; ``methods`` is the list of what may be asked, with the form of every
parameter; ``gateway`` joins them; ``embedded`` and ``forwarding`` answer; ``api`` serves it over HTTP.

Invariants:

- A method that is not on the list does not reach a chain. Nothing on it writes, signs, unlocks, traces or debugs.
- Parameters are read and written anew: a node gets what the list allows and nothing else of a request.
- Every request has limits: octets, calls in a batch, blocks and logs of a range, gas of a call.
"""

from programmable_money.rpc.gateway import Gateway
from programmable_money.rpc.methods import METHODS, Limits
from programmable_money.rpc.protocol import RpcError

__all__ = ["METHODS", "Gateway", "Limits", "RpcError"]
