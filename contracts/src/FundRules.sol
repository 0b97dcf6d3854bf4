// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IFund, Rules} from "./IFund.sol";

/// @title What makes the rules of a fund sound, apart from its terms
library FundRules {
    /// @dev `Rules.unit` if no disclosed claim counts units.
    uint8 internal constant NO_UNIT = 255;
    uint256 private constant MAX_VALIDATORS = 8;

    /// @notice Reverts with FundBadRules and the name of the first field that is wrong.
    function check(Rules memory rules) internal pure {
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
        uint256 count = rules.validators.length;
        if (count == 0 || count > MAX_VALIDATORS) _refuse("validators");
        for (uint256 i = 0; i < count; ++i) {
            bool isNew = indexOf(rules.validators, rules.validators[i]) == i;
            if (rules.validators[i] == address(0) || !isNew) _refuse("validators");
        }
    }

    /// @notice The position of `validator`, or the length if it is not among them.
    function indexOf(address[] memory validators, address validator) internal pure returns (uint256 index) {
        while (index < validators.length && validators[index] != validator) ++index;
    }

    function _refuse(bytes32 rule) private pure {
        revert IFund.FundBadRules(rule);
    }
}
