// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IBudget} from "../../src/IBudget.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {FundBase} from "../FundBase.sol";

contract MerchantsTest is FundBase {
    function testFuzz_approvesAShopOfAnAllowedCategory(address shop, bool toys) public {
        vm.assume(shop != address(0));
        uint8 category = toys ? TOYS : SPORT;
        vm.expectEmit(address(fund));
        emit IBudget.MerchantApproved(shop, category);
        vm.prank(sponsor);
        fund.approveMerchant(shop, category);
        (uint8 kept, bool approved,,) = fund.merchantOf(shop);
        assertEq(kept, category);
        assertTrue(approved);
    }

    function testFuzz_refusesEveryOtherCategory(uint8 category) public {
        vm.assume(category != SPORT && category != TOYS);
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundCategoryNotAllowed.selector, category));
        vm.prank(sponsor);
        fund.approveMerchant(relayer, category);
    }

    function test_refusesTheZeroAddress() public {
        vm.expectRevert(IProgramme.FundZeroAccount.selector);
        vm.prank(sponsor);
        fund.approveMerchant(address(0), SPORT);
    }

    function testFuzz_onlyTheSponsorDecides(address caller) public {
        vm.assume(caller != sponsor);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, caller, fund.SPONSOR_ROLE()
        );
        vm.startPrank(caller);
        vm.expectRevert(refusal);
        fund.approveMerchant(caller, SPORT);
        vm.expectRevert(refusal);
        fund.suspendMerchant(shops[0]);
    }

    function test_aSuspendedShopKeepsItsBalanceAndCanComeBack() public {
        _claim(0);
        _pay(0, 0, 1_000, 1);
        vm.expectEmit(address(fund));
        emit IBudget.MerchantSuspended(shops[0]);
        vm.prank(sponsor);
        fund.suspendMerchant(shops[0]);
        (, bool approved, uint64 balance,) = fund.merchantOf(shops[0]);
        assertFalse(approved);
        assertEq(balance, 1_000);

        _refund(0, 1, 400, 0);
        _settle(0, "file 1");
        _assertBooks(BUDGET - _allotment(0), _allotment(0) - 600, 0);

        vm.prank(sponsor);
        fund.approveMerchant(shops[0], TOYS);
        (uint8 category, bool back,, uint16 batch) = fund.merchantOf(shops[0]);
        assertEq(category, TOYS);
        assertTrue(back);
        assertEq(batch, 1);
    }

    function testFuzz_refusesToSuspendAShopThatIsNotApproved(address shop) public {
        _assumeStranger(shop);
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundWrongShop.selector, shop));
        vm.prank(sponsor);
        fund.suspendMerchant(shop);
    }
}
