// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IBudget} from "../../src/IBudget.sol";
import {FundBase} from "../FundBase.sol";

contract CloseTest is FundBase {
    function testFuzz_returnsWhatNobodySpent(uint256 spent, uint40 time) public {
        spent = bound(spent, 1, _allotment(0));
        _claim(0);
        _claim(1);
        _pay(0, 0, spent, 1);
        vm.warp(bound(time, _rules().closesAt, type(uint40).max));
        vm.expectEmit(address(fund));
        emit IBudget.Closed(sponsor, BUDGET - spent);
        vm.prank(sponsor);
        fund.close();

        _assertBooks(0, 0, spent);
        (,,,, bool closed) = fund.books();
        assertTrue(closed);
        assertEq(euro.balanceOf(sponsor), BUDGET - spent);
        assertEq(fund.accountOf(claims[0].account), 0);
        assertEq(fund.accountOf(claims[1].account), 0);
        _settle(0, "file 1");
        assertEq(euro.totalSupply(), BUDGET - spent);
    }

    function testFuzz_refusesBeforeTheEnd(uint40 time) public {
        uint256 end = _rules().closesAt;
        vm.warp(bound(time, 0, end - 1));
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundNotOver.selector, block.timestamp, end));
        vm.prank(sponsor);
        fund.close();
    }

    function test_refusesTwice() public {
        _claim(0);
        _pay(0, 0, 100, 1);
        vm.warp(_rules().closesAt);
        vm.startPrank(sponsor);
        fund.close();
        vm.expectRevert(IBudget.FundClosed.selector);
        fund.close();
    }

    function testFuzz_refusesAnybodyButTheSponsor(address caller) public {
        vm.assume(caller != sponsor);
        vm.warp(_rules().closesAt);
        bytes32 role = fund.SPONSOR_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, role)
        );
        vm.prank(caller);
        fund.close();
    }

    function test_noPauseMovesTheEnd() public {
        vm.startPrank(sponsor);
        fund.pause();
        vm.warp(_rules().closesAt);
        fund.close();
        assertEq(euro.balanceOf(sponsor), BUDGET);
    }

    function test_returnsWhatCameBeforeTheTokenKnewTheFund() public {
        _unopen();
        _deploy(_rules());
        vm.prank(admin);
        euro.mint(address(fund), 300, "deposit 1");
        vm.warp(_rules().closesAt);
        vm.expectEmit(address(fund));
        emit IBudget.Closed(sponsor, 300);
        vm.prank(sponsor);
        fund.close();
        assertEq(euro.balanceOf(sponsor), 300);
    }
}
