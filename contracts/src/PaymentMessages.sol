// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {PaymentPermit} from "./ISpending.sol";

/// @title EIP-712 struct hashes of what citizens and shops sign
library PaymentMessages {
    bytes32 private constant PERMIT_TYPE =
        keccak256("PaymentPermit(address account,address merchant,uint256 limit,uint256 nonce,uint256 deadline)");
    bytes32 private constant CHARGE_TYPE = 
        keccak256("Charge(bytes32 payment,address merchant,uint256 amount,uint256 product)");
    bytes32 private constant REFUND_TYPE = keccak256("Refund(bytes32 payment,uint256 refundedTotal)");

    /// @notice Identifies the one payment that a permit is for.
    function paymentId(address account, uint256 nonce) internal pure returns (bytes32) {
        return keccak256(abi.encode(account, nonce));
    }

    /// @notice Signed by the account.
    function hashPermit(PaymentPermit calldata permit) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(PERMIT_TYPE, permit.account, permit.merchant, permit.limit, permit.nonce, permit.deadline)
        );
    }

    /// @notice Signed by the merchant.
    function hashCharge(bytes32 payment, address merchant, uint256 amount, uint256 product)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(CHARGE_TYPE, payment, merchant, amount, product));
    }

    /// @notice Signed by the merchant that was paid.
    function hashRefund(bytes32 payment, uint256 refundedTotal) internal pure returns (bytes32) {
        return keccak256(abi.encode(REFUND_TYPE, payment, refundedTotal));
    }
}
