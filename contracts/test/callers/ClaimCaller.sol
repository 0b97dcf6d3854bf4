// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ITrustRegistry} from "../../src/ITrustRegistry.sol";
import {ClaimStatement} from "../../src/claim/ClaimStatement.sol";
import {ClaimTerms, Shape} from "../../src/claim/ClaimTerms.sol";
import {ClaimVerifier} from "../../src/claim/ClaimVerifier.sol";
import {IClaimCaller} from "../IClaimCaller.sol";

/// @dev The claim libraries behind external calls.
contract ClaimCaller is IClaimCaller {
    function shape(ITrustRegistry registry, ClaimTerms memory terms) external view returns (Shape memory) {
        return ClaimStatement.shape(registry, terms);
    }

    function shapeOf(bytes memory header, ClaimTerms memory terms) external pure returns (Shape memory) {
        return ClaimStatement.shape(header, terms);
    }

    function store(
        ITrustRegistry registry,
        bytes32 keyId,
        ClaimTerms memory terms,
        bytes memory context,
        bytes memory op
    ) external returns (address) {
        return ClaimStatement.store(registry, keyId, terms, context, op);
    }

    function build(
        bytes memory header,
        bytes memory generators,
        bytes memory publicKey,
        uint256 domain,
        ClaimTerms memory terms,
        bytes memory context,
        bytes memory op
    ) external view returns (bytes memory) {
        return ClaimStatement.build(header, generators, publicKey, domain, terms, context, op);
    }

    /// @dev `gasUsed` is the library's own: no calldata, no transaction.
    function verify(
        Shape memory shape_,
        address statement,
        address recipient,
        uint32 asOf,
        uint256[] calldata disclosed,
        bytes calldata proof
    ) external view returns (bytes32 nullifier, uint256 gasUsed) {
        uint256 before = gasleft();
        nullifier = ClaimVerifier.nullifierOf(proof);
        ClaimVerifier.verify(shape_, statement, recipient, asOf, disclosed, proof);
        gasUsed = before - gasleft();
    }
}
