# SPDX-License-Identifier: EUPL-1.2
"""Build the embedded chain: eth-tester on py-evm, Prague rules, arkworks precompiles.

* Every transaction is mined at once in a block of its own; the gas limit is constant.
* Only the accounts that the caller names hold ether: the usual well-known test keys do not exist here.
* A call and a gas estimate see the newest block's time, as on other nodes; a transaction sees the time it is now.
* One chain is one process's and one thread's; nothing is written to disk.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from eth.abc import (
    BlockAndMetaWitness,
    BlockAPI,
    BlockHeaderAPI,
    ComputationAPI,
    ReceiptAPI,
    SignedTransactionAPI,
    TransactionBuilderAPI,
)
from eth.chains.base import MiningChain
from eth.constants import POST_MERGE_DIFFICULTY, POST_MERGE_MIX_HASH, POST_MERGE_NONCE, ZERO_ADDRESS
from eth.db import get_db_backend
from eth.exceptions import TransactionNotFound as UnknownTransaction
from eth.typing import AccountDetails, HeaderParams
from eth_keys.datatypes import PrivateKey
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.backends.pyevm.serializers import serialize_transaction, serialize_transaction_receipt
from eth_tester.exceptions import TransactionNotFound
from eth_typing import Address, Hash32

from programmable_money.embedded.clock import ChainClock
from programmable_money.embedded.vm import EmbeddedVM

CHAIN_ID: Final = 131277322940537
"""eth-tester's chain id, which web3's provider for it reports whatever the chain says; therefore not a parameter."""

GAS_LIMIT: Final = 60_000_000
"""Gas a block may use, as on the main network since Prague."""

INITIAL_BASE_FEE: Final = 10**9
"""Base fee of the first block in wei; it falls by an eighth a block while blocks are nearly empty."""

RELAYER_BALANCE: Final = 10**24
"""Wei that each relayer starts with: a million ether, so that no story ever runs out of fees."""


def embedded_chain(
    *,
    relayer_keys: Sequence[bytes],
    relayer_addresses: Sequence[bytes] = (),
    starts_at: datetime,
    clock: Callable[[], int] | None,
    gas_limit: int = GAS_LIMIT,
) -> EthereumTester:
    """Start a fresh chain with one genesis block.

    Args:
        relayer_keys: secp256k1 private keys, 32 bytes each. Their accounts are funded, and the chain signs for them
            when asked to send an unsigned transaction.
        relayer_addresses: further accounts to fund, 20 bytes each, that sign for themselves.
        starts_at: the genesis block's time, an aware datetime; fractions of a second are dropped.
        clock: unix seconds now, or None for block times one second apart that only ``time_travel`` moves.
        gas_limit: gas a block may use.
    Returns:
        The tester. ``tester.time_travel(unix_seconds)`` makes the next transaction's block carry at least that time.
    Raises:
        ValueError: ``starts_at`` is naive, no relayer is named, or a key or address has the wrong length.
    """
    if starts_at.tzinfo is None:
        raise ValueError("starts_at must be an aware datetime")
    if not relayer_keys and not relayer_addresses:
        raise ValueError("name at least one relayer: nobody else could pay for a transaction")
    if any(len(address) != len(ZERO_ADDRESS) for address in relayer_addresses):
        raise ValueError("a relayer address must be 20 bytes")
    if any(len(key) != 32 for key in relayer_keys):
        raise ValueError("a relayer key must be 32 bytes")
    backend = EmbeddedBackend(
        tuple(PrivateKey(key) for key in relayer_keys),
        tuple(relayer_addresses),
        int(starts_at.timestamp()),
        ChainClock(clock),
        gas_limit,
    )
    return EthereumTester(backend)


class EmbeddedChain(MiningChain):
    """A chain of :class:`EmbeddedVM` blocks whose times come from a :class:`ChainClock`."""

    chain_id = CHAIN_ID
    vm_configuration = ((0, EmbeddedVM),)  # type: ignore[assignment]  # a plain 0 for the NewType BlockNumber
    clock = ChainClock(None)

    def create_header_from_parent(self, parent_header: BlockHeaderAPI, **header_params: Any) -> BlockHeaderAPI:
        """Start the next header: the parent's gas limit, one second later."""
        header_params.setdefault("timestamp", parent_header.timestamp + 1)
        return super().create_header_from_parent(
            parent_header, **{**header_params, "gas_limit": parent_header.gas_limit}
        )

    def get_transaction_builder(self) -> type[TransactionBuilderAPI]:
        """Return what builds transactions under the pending block's rules; eth-tester asks the chain for it."""
        return self.get_vm().get_transaction_builder()

    def apply_transaction(self, transaction: SignedTransactionAPI) -> tuple[BlockAPI, ReceiptAPI, ComputationAPI]:
        """Run a transaction in the pending block, at the time it is now."""
        self._keep_time()
        return super().apply_transaction(transaction)

    def mine_block_extended(self, *args: Any, **kwargs: Any) -> BlockAndMetaWitness:
        """Close the pending block, at the time it is now if it is empty."""
        self._keep_time()
        return super().mine_block_extended(*args, **kwargs)

    def _keep_time(self) -> None:
        # The pending header was made when its parent was mined, perhaps long ago. Once a transaction has run under
        # its time it must keep it.
        if self.header.gas_used == 0:
            self.set_header_timestamp(self.clock.next_block_at(self.header.timestamp))


class EmbeddedBackend(PyEVMBackend):  # type: ignore[misc]  # eth-tester is not typed
    """eth-tester's py-evm backend on :class:`EmbeddedChain`.

    Transactions are found through the chain's index. (eth-tester reads every block from the newest down, which
    makes reading all events of n blocks take n squared steps.)
    """

    def __init__(
        self,
        relayer_keys: tuple[PrivateKey, ...],
        relayer_addresses: tuple[bytes, ...],
        genesis_at: int,
        clock: ChainClock,
        gas_limit: int,
    ) -> None:
        self._relayer_keys = relayer_keys
        self._relayer_addresses = relayer_addresses
        self._genesis_at = genesis_at
        self._clock = clock
        self._gas_limit = gas_limit
        super().__init__()

    def reset_to_genesis(self, *_unused: object) -> None:
        """Drop everything and start again from the genesis block."""
        funded = [key.public_key.to_canonical_address() for key in self._relayer_keys]
        account: AccountDetails = {"balance": RELAYER_BALANCE, "nonce": 0, "code": b"", "storage": {}}
        genesis: dict[str, HeaderParams] = {
            "coinbase": ZERO_ADDRESS,
            "difficulty": POST_MERGE_DIFFICULTY,
            "nonce": POST_MERGE_NONCE,
            "mix_hash": POST_MERGE_MIX_HASH,
            "extra_data": b"",
            "gas_limit": self._gas_limit,
            "base_fee_per_gas": INITIAL_BASE_FEE,
            "timestamp": self._genesis_at,
        }
        chain_class = EmbeddedChain.configure("EmbeddedChain", clock=self._clock)
        self.account_keys = self._relayer_keys
        self.chain = chain_class.from_genesis(
            get_db_backend(), genesis, dict.fromkeys(map(Address, (*funded, *self._relayer_addresses)), account)
        )

    def time_travel(self, to_timestamp: int) -> int:
        """Mine an empty block so that the next transaction's block is at ``to_timestamp`` (unix seconds) or later."""
        super().time_travel(to_timestamp)
        self._clock.travel(to_timestamp)
        return to_timestamp

    def get_transaction_by_hash(self, transaction_hash: bytes) -> dict[str, Any]:
        """Return one transaction in eth-tester's form, or raise ``TransactionNotFound``."""
        block, transaction, index, is_pending = self._locate(transaction_hash)
        return dict(serialize_transaction(block, transaction, index, is_pending))

    def get_transaction_receipt(self, transaction_hash: bytes) -> dict[str, Any]:
        """Return one transaction's receipt in eth-tester's form, or raise ``TransactionNotFound``."""
        block, transaction, index, is_pending = self._locate(transaction_hash)
        receipts = block.get_receipts(self.chain.chaindb)
        return dict(serialize_transaction_receipt(block, receipts, transaction, index, is_pending, self.chain.get_vm()))

    def _locate(self, transaction_hash: bytes) -> tuple[BlockAPI, SignedTransactionAPI, int, bool]:
        pending = self.chain.get_block()
        for index, transaction in enumerate(pending.transactions):
            if transaction.hash == transaction_hash:
                return pending, transaction, index, True
        try:
            number, index = self.chain.get_canonical_transaction_index(Hash32(transaction_hash))
        except UnknownTransaction as error:
            raise TransactionNotFound(f"no transaction 0x{transaction_hash.hex()}") from error
        # The index keeps entries of blocks that a snapshot's revert has taken back.
        if number < pending.number:
            block = self.chain.get_canonical_block_by_number(number)
            if index < len(block.transactions) and block.transactions[index].hash == transaction_hash:
                return block, block.transactions[index], index, False
        raise TransactionNotFound(f"no transaction 0x{transaction_hash.hex()}")
