// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @title EIP-712 struct hashes of what task accounts sign
library TaskMessages {
    bytes32 private constant CHOICE_TYPE =
        keccak256("Choice(uint256 task,uint256 round,bytes32 insurance,address[] accounts,uint16[] parts)");
    bytes32 private constant DONE_TYPE = keccak256("TaskDone(uint256 task,uint256 round)");
    bytes32 private constant GIVING_UP_TYPE = keccak256("GivingUp(uint256 task,uint256 round)");
    bytes32 private constant APPEAL_TYPE = keccak256("Appeal(uint256 task,uint256 round,bytes32 statement)");
    bytes32 private constant COLLECTION_TYPE =
        keccak256("Collection(address taskAccount,address account,uint256 slot,uint256 collectedTotal)");

    /// @notice Signed by all accounts. Arrays are hashed as EIP-712 says: each element as a word.
    function hashChoice(
        uint256 task,
        uint256 round,
        bytes32 insurance,
        address[] calldata accounts,
        uint16[] calldata parts
    ) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                CHOICE_TYPE,
                task,
                round,
                insurance,
                keccak256(abi.encodePacked(accounts)),
                keccak256(abi.encodePacked(parts))
            )
        );
    }

    /// @notice Signed by one of them.
    function hashDone(uint256 task, uint256 round) internal pure returns (bytes32) {
        return keccak256(abi.encode(DONE_TYPE, task, round));
    }

    /// @notice Signed by one of them.
    function hashGivingUp(uint256 task, uint256 round) internal pure returns (bytes32) {
        return keccak256(abi.encode(GIVING_UP_TYPE, task, round));
    }

    /// @notice Signed by one of them.
    function hashAppeal(uint256 task, uint256 round, bytes32 statement) internal pure returns (bytes32) {
        return keccak256(abi.encode(APPEAL_TYPE, task, round, statement));
    }

    /// @notice Signed by the account that was awarded the time.
    function hashCollection(address taskAccount, address account, uint256 slot, uint256 collectedTotal)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(COLLECTION_TYPE, taskAccount, account, slot, collectedTotal));
    }
}
