# SPDX-License-Identifier: EUPL-1.2
"""The embedded chain: an in-process EVM of the Prague level that installs with pip alone.

It is for demonstrations, tests and workshops. A municipality's programmes run on a real node behind an RPC URL.
Only this package imports ``eth`` and ``eth_tester``; ``programmable_money.chain`` wraps what it returns.
"""

from programmable_money.embedded.chain import CHAIN_ID, GAS_LIMIT, embedded_chain

__all__ = ["CHAIN_ID", "GAS_LIMIT", "embedded_chain"]
