// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Rules} from "./IFund.sol";
import {IProgramme} from "./IProgramme.sol";

/// @title What makes the rules of a fund sound, apart from its terms and validators
library FundRules {
    /// @dev `Rules.unit` if no disclosed claim counts units.
    uint8 internal constant NO_UNIT = 255;

    /// @notice Reverts with FundBadRules and the name of the first field that is wrong.
    /// @param voucherAmount what is spent whole, of which every allotment is a multiple; 0 if nothing is.
    function check(Rules memory rules, uint256 voucherAmount) internal pure {
        if (rules.claimsUntil <= rules.opensAt) _refuse("claimsUntil");
        if (rules.closesAt < rules.claimsUntil) _refuse("closesAt");
        if (rules.unit == NO_UNIT) {
            if (rules.unitAmount != 0) _refuse("unitAmount");
            if (rules.minUnits != 0) _refuse("minUnits");
            if (rules.maxUnits != 0) _refuse("maxUnits");
        } else if (rules.unit >= rules.terms.disclosed.length) {
            _refuse("unit");
        }
        if (rules.maxUnits < rules.minUnits) _refuse("maxUnits");
        // An allotment fits its 64 bits, and a claim that is worth nothing cannot use up a pseudonym.
        uint256 lowest = uint256(rules.baseAmount) + uint256(rules.unitAmount) * rules.minUnits;
        uint256 highest = uint256(rules.baseAmount) + uint256(rules.unitAmount) * rules.maxUnits;
        if (lowest == 0 || highest > type(uint64).max) _refuse("baseAmount");
        if (rules.claimsPerValidator == 0) _refuse("claimsPerValidator");
        if (voucherAmount != 0 && (rules.baseAmount % voucherAmount != 0 || rules.unitAmount % voucherAmount != 0)) {
            _refuse("voucherAmount");
        }
    }

    function _refuse(bytes32 rule) private pure {
        revert IProgramme.FundBadRules(rule);
    }
}
