# SPDX-License-Identifier: EUPL-1.2
"""What a wallet, a shop and a relayer send each other: typed data, signatures, QR contents. Pure: no chain, no network.

This is the only module of the money side that a wallet imports. The structures are those of the fund contract
(EIP-712 domain "Stuiver", version "1"); the texts are compact JSON, small enough for a QR code.

Invariants:

- A message that exists is well formed: addresses are checksummed, numbers fit their Solidity types.
- ``Verified...`` is made only by ``verify`` here, after its signature was found to be the right account's.
- A signature is 65 octets r, s, v with v 27 or 28 and s in the lower half, so that it has one form only.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NewType, Self

from eth_account.messages import encode_typed_data, hash_eip712_message  # type: ignore[attr-defined]
