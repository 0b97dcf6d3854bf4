// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @title Years and months of the Gregorian calendar, UTC
library Calendar {
    /// @dev From 1 March of year 0 to 1970-01-01, in days.
    uint256 private constant DAYS_TO_1970 = 719_468;
    /// @dev Days of 400 years.
    uint256 private constant ERA = 146_097;

    /// @notice The year and the month, 1 to 12, of a unix time.
    /// @dev Counts years from March, so that the leap day is the last of its year.
    function yearAndMonth(uint256 timestamp) internal pure returns (uint256 year, uint256 month) {
        uint256 day = timestamp / 1 days + DAYS_TO_1970;
        uint256 inEra = day % ERA;
        uint256 yearOfEra = (inEra - inEra / 1_460 + inEra / 36_524 - inEra / 146_096) / 365;
        uint256 inYear = inEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        uint256 fromMarch = (5 * inYear + 2) / 153;
        month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
        year = day / ERA * 400 + yearOfEra + (month <= 2 ? 1 : 0);
    }
}
