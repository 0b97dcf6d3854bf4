// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ITrustRegistry} from "../ITrustRegistry.sol";
import {ClaimTerms, Shape} from "./ClaimTerms.sol";

/// @title What all claims of one programme and one validator's key share
library ClaimStatement {
    /// @notice Checks the terms (3.1 to 3.5) and derives the sizes.
    function shape(ITrustRegistry registry, ClaimTerms memory terms) internal view returns (Shape memory derived);

    /// @notice The shape as one word, to be kept in one immutable.
    function pack(Shape memory derived) internal pure returns (uint256);

    /// @notice The shape of a word that `pack` made.
    function unpack(uint256 packed) internal pure returns (Shape memory derived);

    /// @notice The scope's octets (2.1).
    function contextId(uint256 chainId, address fund, bytes32 rulebook, uint256 period) internal pure returns (bytes memory);

    /// @notice The scope's point OP (2.2), 128 octets.
    function scopePoint(bytes memory context) internal view returns (bytes memory);

    /// @notice Checks the key and the generators (3.6), builds the statement (section 4), and keeps it in a data contract.
    function store(
        ITrustRegistry registry,
        bytes32 keyId,
        ClaimTerms memory terms,
        bytes memory context,
        bytes memory op
    ) internal returns (address);
}
