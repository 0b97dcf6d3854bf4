// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IBudget} from "../../src/IBudget.sol";
import {FundBase} from "../FundBase.sol";

contract PauseTest is FundBase {
    function test_movesNoMoney() public {
        _claim(0);
        vm.expectEmit(address(fund));
        emit IBudget.Paused(sponsor);
        vm.prank(sponsor);
        fund.pause();
        (,,, bool paused,) = fund.books();
        assertTrue(paused);
        _assertBooks(BUDGET - _allotment(0), _allotment(0), 0);
        assertEq(fund.accountOf(claims[0].account), _allotment(0));

        vm.expectEmit(address(fund));
        emit IBudget.Unpaused(sponsor);
        vm.prank(sponsor);
        fund.unpause();
        (,,, paused,) = fund.books();
        assertFalse(paused);
        _assertBooks(BUDGET - _allotment(0), _allotment(0), 0);
    }

    function testFuzz_onlyTheSponsorPauses(address caller) public {
        vm.assume(caller != sponsor);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, caller, fund.SPONSOR_ROLE()
        );
        vm.startPrank(caller);
        vm.expectRevert(refusal);
        fund.pause();
        vm.expectRevert(refusal);
        fund.unpause();
    }
}
