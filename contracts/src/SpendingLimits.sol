// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IProgramme} from "./IProgramme.sol";
import {CategoryLimit, SpendingRules} from "./ISpending.sol";

/// @title What makes the rules of spending sound, and what they count
library SpendingLimits {
    /// @notice Reverts with FundBadRules and the name of the first field that is wrong.
    /// @param categories bit i is set if shops of category i may be approved.
    function check(SpendingRules memory rules, uint256 categories) internal pure {
        _checkLimit(rules.paymentLimit, rules.voucherAmount, "paymentLimit");
        _checkLimit(rules.shopLimit, rules.voucherAmount, "shopLimit");
        if (rules.products & 1 != 0) _refuse("products");
        for (uint256 i = 0; i < rules.categoryLimits.length; ++i) {
            CategoryLimit memory item = rules.categoryLimits[i];
            bool ascends = i == 0 || item.category > rules.categoryLimits[i - 1].category;
            if (!ascends || item.limit == 0 || (categories >> item.category) & 1 == 0) _refuse("categoryLimits");
            _checkLimit(item.limit, rules.voucherAmount, "categoryLimits");
        }
    }

    /// @notice What the account spends at the shop.
    function atShop(address account, address merchant) internal pure returns (bytes32) {
        return keccak256(abi.encode(account, merchant));
    }

    /// @notice What the account spends at shops of the category. Another length than `atShop`.
    function inCategory(address account, uint8 category) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, category));
    }

    /// @dev A limit below one voucher would refuse everything.
    function _checkLimit(uint256 limit, uint256 voucherAmount, bytes32 rule) private pure {
        if (limit != 0 && limit < voucherAmount) _refuse(rule);
    }

    function _refuse(bytes32 rule) private pure {
        revert IProgramme.FundBadRules(rule);
    }
}
