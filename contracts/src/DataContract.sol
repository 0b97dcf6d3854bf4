// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @title Data contracts: octets kept as the code of an account
/// @notice Reading n octets costs one account access and a copy, whatever n is. The code starts with STOP, so that a
/// call
/// does nothing; the data follow.
library DataContract {
    /// @notice The data do not fit into one contract.
    error DataContractTooLarge(uint256 size);
    /// @notice The account could not be created.
    error DataContractNotCreated();

    /// @dev EIP-170 limit less the leading STOP.
    uint256 private constant MAX_SIZE = 24_575;

    /// @notice Creates an account whose code is STOP and `data`.
    function write(bytes memory data) internal returns (address pointer) {
        if (data.length > MAX_SIZE) revert DataContractTooLarge(data.length);
        // PUSH2 size, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN: returns all that follows
        bytes memory creation = abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a3d393df3", hex"00", data);
        assembly ("memory-safe") {
            pointer := create(0, add(creation, 32), mload(creation))
        }
        if (pointer == address(0)) revert DataContractNotCreated();
    }

    /// @notice The data of an account that `write` created; empty for an account without code.
    function read(address pointer) internal view returns (bytes memory data) {
        uint256 size = pointer.code.length;
        if (size < 2) return data;
        data = new bytes(size - 1);
        assembly ("memory-safe") {
            extcodecopy(pointer, add(data, 32), 1, mload(data))
        }
    }

    /// @notice Ends the call and returns the data, which are the encoding of what the calling function returns.
    function answer(address pointer) internal view {
        bytes memory encoded = read(pointer);
        assembly ("memory-safe") {
            return(add(encoded, 32), mload(encoded))
        }
    }
}
