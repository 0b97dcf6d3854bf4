// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IBudget} from "../../src/IBudget.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {FundBase} from "../FundBase.sol";

contract FundTest is FundBase {
    function testFuzz_takesATopUp(uint64 amount) public {
        amount = uint64(bound(amount, 1, type(uint64).max - BUDGET));
        _mint(amount, "deposit 2");
        vm.expectEmit(address(fund));
        emit IBudget.Funded(sponsor, amount);
        vm.prank(sponsor);
        fund.fund(amount);
        _assertBooks(uint256(BUDGET) + amount, 0, 0);
        assertEq(euro.balanceOf(sponsor), 0);
    }

    function testFuzz_refusesMoreThan64BitsInAll(uint64 amount) public {
        amount = uint64(bound(amount, type(uint64).max - BUDGET + 1, type(uint64).max));
        _claim(0);
        _pay(0, 0, 100, 1);
        _mint(amount, "deposit 2");
        vm.expectRevert(
            abi.encodeWithSelector(
                IBudget.FundAmountTooLarge.selector, uint256(BUDGET) + amount, uint256(type(uint64).max)
            )
        );
        vm.prank(sponsor);
        fund.fund(amount);
    }

    function testFuzz_refusesAnybodyButTheSponsor(address caller) public {
        vm.assume(caller != sponsor);
        bytes32 role = fund.SPONSOR_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, role)
        );
        vm.prank(caller);
        fund.fund(1);
    }

    function test_refusesNothing() public {
        vm.expectRevert(IProgramme.FundZeroAmount.selector);
        vm.prank(sponsor);
        fund.fund(0);
    }

    function testFuzz_refusesATopUpAfterTheEnd(uint40 time) public {
        uint256 end = _rules().closesAt;
        vm.warp(bound(time, end, type(uint40).max));
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, block.timestamp, 0, end));
        vm.prank(sponsor);
        fund.fund(1);
    }

    function test_refusesWhatTheSponsorDoesNotHave() public {
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientBalance(address,uint256,uint256)")));
        vm.prank(sponsor);
        fund.fund(1);
        _assertBooks(BUDGET, 0, 0);
    }

    function _mint(uint256 amount, bytes32 depositReference) private {
        vm.prank(admin);
        euro.mint(sponsor, amount, depositReference);
    }
}
