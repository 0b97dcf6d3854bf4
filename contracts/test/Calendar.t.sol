// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Test} from "forge-std/Test.sol";

import {Calendar} from "../src/Calendar.sol";

contract CalendarTest is Test {
    uint8[12] private _days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

    function test_countsEveryDayOf400Years() public view {
        uint256 at;
        for (uint256 year = 1970; year < 2370; ++year) {
            bool leaps = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            for (uint256 month = 1; month <= 12; ++month) {
                uint256 length = _days[month - 1] + (month == 2 && leaps ? 1 : 0);
                // the first and the last second of the month; what is between them cannot be another one
                _expect(at, year, month);
                at += length * 1 days;
                _expect(at - 1, year, month);
            }
        }
    }

    function testFuzz_monthsFollowEachOther(uint40 time) public pure {
        (uint256 year, uint256 month) = Calendar.yearAndMonth(time);
        (uint256 nextYear, uint256 nextMonth) = Calendar.yearAndMonth(uint256(time) + 1 days);
        assertTrue(month >= 1 && month <= 12);
        uint256 ahead = nextYear * 12 + nextMonth - (year * 12 + month);
        assertLe(ahead, 1);
    }

    function _expect(uint256 at, uint256 year, uint256 month) private pure {
        (uint256 y, uint256 m) = Calendar.yearAndMonth(at);
        assertEq(y, year);
        assertEq(m, month);
    }
}
