// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "../../src/IBudget.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {ISpending} from "../../src/ISpending.sol";
import {FundBase} from "../FundBase.sol";

/// @notice What a sponsor who means harm, or whoever it hands over to, cannot do.
contract SponsorAttackTest is FundBase {
    address private thief = makeAddr("thief");

    /// @dev With all roles: an account's money leaves by its signature only.
    function testFuzz_nobodyTakesABalanceBeforeTheEnd(uint40 time) public {
        time = uint40(bound(time, noon, noon + 39 days)); // the deadline of the permits
        _claim(0);
        vm.prank(sponsor);
        fund.handOver(thief);
        vm.warp(time);
        vm.startPrank(thief);
        fund.grantRole(fund.SETTLER_ROLE(), thief);
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundNotOver.selector, time, _rules().closesAt));
        fund.close();
        address[] memory account = _one(claims[0].account);
        vm.expectRevert(IBudget.FundNothingToSettle.selector);
        fund.settle(account, "file 1");
        fund.pause();
        fund.unpause();
        vm.stopPrank();
        assertEq(fund.accountOf(claims[0].account), _allotment(0));
        _pay(0, 0, 100, 1);
    }

    /// @dev A settlement sent just before a refund makes the payment final, and takes nothing from the account.
    function test_aSettlementAheadOfARefundCostsNobodyMoney() public {
        _claim(0);
        _pay(0, 0, 100, 1);
        _settle(0, "file 1");
        bytes32 id = fund.paymentId(claims[0].account, 1);
        bytes memory signature = _signRefund(shopKeys[0], id, 100);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundPaymentSettled.selector, id));
        fund.refund(claims[0].account, 1, 100, signature);
        _assertBooks(BUDGET - _allotment(0), _allotment(0) - 100, 0);
    }

    /// @dev An account that is approved as a shop has to sign twice: permit and charge are of different types.
    function test_aPermitIsNoCharge() public {
        _claim(0);
        address account = claims[0].account;
        vm.prank(sponsor);
        fund.approveMerchant(account, SPORT);
        bytes memory signature = _signPermit(uint256(claims[0].accountKey), _permit(0, 1));
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        fund.pay(_permit(0, 1), signature, account, 100, 0, signature);
    }

    /// @dev The last second takes a payment; the first one after it takes none, and the close.
    function test_theEdgeOfThePeriodIsOneSecond() public {
        _claim(0);
        vm.warp(_rules().closesAt - 1);
        vm.prank(sponsor);
        vm.expectRevert(
            abi.encodeWithSelector(IBudget.FundNotOver.selector, _rules().closesAt - 1, _rules().closesAt)
        );
        fund.close();
        vm.warp(_rules().closesAt);
        vm.prank(sponsor);
        fund.close();
        assertEq(fund.accountOf(claims[0].account), 0);
        assertEq(euro.balanceOf(sponsor), BUDGET);
    }
}
