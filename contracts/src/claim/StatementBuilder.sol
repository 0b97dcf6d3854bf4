// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {DataContract} from "../DataContract.sol";
import {ITrustRegistry} from "../ITrustRegistry.sol";
import {ClaimStatement} from "./ClaimStatement.sol";
import {ClaimTerms} from "./ClaimTerms.sol";

/// @title Builds the statements of a programme
/// @notice `ClaimStatement` as a contract of its own, since a programme with it would be larger than a contract may be
/// (EIP-170). Each programme creates its own, so that nobody has to be trusted for it. It has no state, no roles and no
/// money.
contract StatementBuilder {
    /// @notice Checks the terms (claim.md 3.1 to 3.5).
    /// @return packed the shape, see `ClaimStatement.unpack`.
    function shape(ITrustRegistry registry, ClaimTerms calldata terms) external view returns (uint256 packed) {
        return ClaimStatement.pack(ClaimStatement.shape(registry, terms));
    }

    /// @notice Checks the key and the generators (claim.md 3.6) and keeps the statement (section 4).
    /// @param terms data contract of the caller's encoded `ClaimTerms`, which have passed `shape`.
    /// @param context `ClaimStatement.contextId` of the caller.
    /// @return statement the data contract.
    function store(ITrustRegistry registry, bytes32 keyId, address terms, bytes calldata context)
        external
        returns (address statement)
    {
        ClaimTerms memory decoded = abi.decode(DataContract.read(terms), (ClaimTerms));
        return ClaimStatement.store(registry, keyId, decoded, context, ClaimStatement.scopePoint(context));
    }
}
