// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {DataContract} from "../../src/DataContract.sol";
import {ClaimStatement} from "../../src/claim/ClaimStatement.sol";
import {Shape} from "../../src/claim/ClaimTerms.sol";
import {IPartsCaller} from "../IClaimCaller.sol";

/// @dev The parts of a statement behind external calls. Not in `ClaimCaller`, whose gas is measured.
contract PartsCaller is IPartsCaller {
    function contextId(uint256 chainId, address fund, bytes32 rulebook, uint256 period)
        external
        pure
        returns (bytes memory)
    {
        return ClaimStatement.contextId(chainId, fund, rulebook, period);
    }

    function scopePoint(bytes memory context) external view returns (bytes memory) {
        return ClaimStatement.scopePoint(context);
    }

    function pack(Shape memory shape) external pure returns (uint256) {
        return ClaimStatement.pack(shape);
    }

    function unpack(uint256 packed) external pure returns (Shape memory) {
        return ClaimStatement.unpack(packed);
    }

    function write(bytes memory data) external returns (address pointer) {
        return DataContract.write(data);
    }

    function read(address pointer) external view returns (bytes memory) {
        return DataContract.read(pointer);
    }
}
