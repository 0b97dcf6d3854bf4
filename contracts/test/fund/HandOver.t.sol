// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IBudget} from "../../src/IBudget.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {FundBase} from "../FundBase.sol";

contract HandOverTest is FundBase {
    function testFuzz_theSuccessorIsTheSponsorInEverything(address successor) public {
        _assumeStranger(successor);
        vm.expectEmit(address(fund));
        emit IBudget.HandedOver(sponsor, successor);
        vm.prank(sponsor);
        fund.handOver(successor);
        assertEq(fund.sponsor(), successor);
        assertFalse(fund.hasRole(fund.DEFAULT_ADMIN_ROLE(), sponsor));
        assertFalse(fund.hasRole(fund.SPONSOR_ROLE(), sponsor));
        assertTrue(fund.hasRole(fund.DEFAULT_ADMIN_ROLE(), successor));
        vm.warp(_rules().closesAt);
        vm.prank(successor);
        fund.close();
        assertEq(euro.balanceOf(successor), BUDGET);
    }

    function test_handingOverToItselfChangesNothing() public {
        vm.prank(sponsor);
        fund.handOver(sponsor);
        assertTrue(fund.hasRole(fund.DEFAULT_ADMIN_ROLE(), sponsor));
        assertTrue(fund.hasRole(fund.SPONSOR_ROLE(), sponsor));
    }

    function testFuzz_onlyTheAdminHandsOver(address caller) public {
        vm.assume(caller != sponsor);
        bytes32 role = fund.DEFAULT_ADMIN_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, role)
        );
        vm.prank(caller);
        fund.handOver(caller);
    }

    /// @dev `close` could not pay it back: its own balance would only go round in a circle.
    function test_refusesTheFundItself() public {
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundBadSuccessor.selector, address(fund)));
        vm.prank(sponsor);
        fund.handOver(address(fund));
    }

    /// @dev The token refuses transfers to funds, so `close` would fail for ever.
    function testFuzz_refusesAnotherFund(address other) public {
        _assumeStranger(other);
        bytes32 role = euro.SETTLER_ROLE();
        vm.prank(admin);
        euro.grantRole(role, other);
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundBadSuccessor.selector, other));
        vm.prank(sponsor);
        fund.handOver(other);
        vm.prank(admin);
        euro.revokeRole(role, other);
        vm.prank(sponsor);
        fund.handOver(other);
        assertEq(fund.sponsor(), other);
    }

    function test_refusesTheZeroAddress() public {
        vm.expectRevert(IProgramme.FundZeroAccount.selector);
        vm.prank(sponsor);
        fund.handOver(address(0));
    }
}
