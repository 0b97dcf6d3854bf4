// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ClaimStatement} from "./claim/ClaimStatement.sol";
import {ClaimVerifier} from "./claim/ClaimVerifier.sol";
import {Claims} from "./Claims.sol";
import {ISlottedClaims} from "./ISlottedClaims.sol";

/// @title Claims in several scopes
/// @notice No claim discloses a value: the constructors of programmes with slots refuse terms that would.
abstract contract SlottedClaims is ISlottedClaims, Claims {
    /// @inheritdoc ISlottedClaims
    function accept(bytes32 keyId, uint256 slot, uint8 terms) external {
        address pointer = _termsOf(slot, terms);
        (address validator, address data) = _accept(_id(keyId, slot, terms), keyId, terms, pointer, scopeOf(slot));
        emit SlotAccepted(keyId, slot, terms, validator, data);
    }

    /// @inheritdoc ISlottedClaims
    function scopeOf(uint256 slot) public view returns (bytes memory) {
        return bytes.concat(_scope(), bytes32(slot));
    }

    /// @inheritdoc ISlottedClaims
    function statementOf(bytes32 keyId, uint256 slot, uint8 terms) external view returns (address) {
        return _statements[_id(keyId, slot, terms)].data;
    }

    /// @dev The data contract with the terms; reverts with FundUnknownSlot.
    function _termsOf(uint256 slot, uint8 terms) internal view virtual returns (address);

    /// @dev Where the statement of the three is kept.
    function _id(bytes32 keyId, uint256 slot, uint8 terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(keyId, slot, terms));
    }

    /// @dev Checks a proof that discloses nothing.
    function _verify(
        uint256 shape,
        Statement memory statement,
        address recipient,
        uint32 asOf,
        bytes calldata proof
    ) internal view {
        uint256[] calldata nothing;
        assembly ("memory-safe") {
            nothing.offset := 0
            nothing.length := 0
        }
        ClaimVerifier.verify(ClaimStatement.unpack(shape), statement.data, recipient, asOf, nothing, proof);
    }
}
