// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IFund} from "../src/IFund.sol";
import {IMunicipalEuro} from "../src/IMunicipalEuro.sol";
import {FixtureClaim} from "./FundBase.sol";
import {FundHandler} from "./FundHandler.sol";
import {Seen} from "./SpendingAuditor.sol";
import {SpendingInvariants} from "./SpendingInvariants.sol";

/// @notice The numbered invariants of contracts/README.md.
contract InvariantsTest is SpendingInvariants {
    FundHandler private handler;
    IFund private fund;
    IMunicipalEuro private euro;

    function setUp() public {
        handler = new FundHandler();
        handler.setUp();
        fund = handler.theFund();
        euro = handler.theEuro();
        bytes4[] memory actions = new bytes4[](16);
        actions[0] = FundHandler.mint.selector;
        actions[1] = FundHandler.topUp.selector;
        actions[2] = FundHandler.stray.selector;
        actions[3] = FundHandler.claim.selector;
        actions[4] = FundHandler.claim.selector;
        actions[5] = FundHandler.pay.selector;
        actions[6] = FundHandler.pay.selector;
        actions[7] = FundHandler.refund.selector;
        actions[8] = FundHandler.settle.selector;
        actions[9] = FundHandler.close.selector;
        actions[10] = FundHandler.approve.selector;
        actions[11] = FundHandler.suspend.selector;
        actions[12] = FundHandler.pause.selector;
        actions[13] = FundHandler.warp.selector;
        actions[14] = FundHandler.pay.selector;
        actions[15] = FundHandler.refund.selector;
        targetSelector(FuzzSelector(address(handler), actions));
        targetContract(address(handler));
    }

    function invariant_1_supplyIsDepositsLessSettled() public view {
        assertEq(euro.totalSupply(), euro.deposited() - euro.settled());
        assertEq(euro.deposited(), handler.deposits());
        assertEq(euro.settled(), handler.settledTotal());
    }

    function invariant_2_supplyIsBudgetsAccountsAndMerchants() public view {
        (uint64 unallocated, uint64 accounts, uint64 merchants,,) = fund.books();
        assertEq(euro.balanceOf(address(fund)), uint256(unallocated) + accounts + merchants);
        uint256 notInFunds = euro.balanceOf(handler.theSponsor());
        assertEq(euro.totalSupply(), notInFunds + unallocated + accounts + merchants);
    }

    function invariant_3_booksAreTheSumsOfTheirAccounts() public view {
        (, uint64 accounts, uint64 merchants,,) = fund.books();
        uint256 sum;
        for (uint256 i = 0; i < handler.claimCount(); ++i) {
            address account = handler.claimAt(i).account;
            bool counted;
            for (uint256 j = 0; j < i && !counted; ++j) {
                counted = handler.claimAt(j).account == account;
            }
            if (!counted) sum += fund.accountOf(account);
        }
        assertEq(sum, accounts);
        sum = 0;
        for (uint256 i = 0; i < 3; ++i) {
            (,, uint64 balance,) = fund.merchantOf(handler.shopAt(i));
            sum += balance;
        }
        assertEq(sum, merchants);
    }

    function invariant_4_onePseudonymClaimsOnce() public view {
        for (uint256 i = 0; i < handler.claimCount(); ++i) {
            FixtureClaim memory c = handler.claimAt(i);
            assertLe(handler.claimsOfPseudonym(c.nullifier), 1);
            assertEq(fund.isClaimed(c.nullifier), handler.claimsOfPseudonym(c.nullifier) == 1);
        }
    }

    function invariant_5_noValidatorExceedsItsCap() public view {
        uint256 total;
        for (uint256 i = 0; i < 2; ++i) {
            address validator = handler.validatorAt(i);
            assertLe(fund.claimsOf(validator), handler.CAP());
            assertEq(fund.claimsOf(validator), handler.claimsBy(validator));
            total += fund.claimsOf(validator);
        }
        assertEq(total, handler.claimed());
    }

    function invariant_6_nothingMovesOutsideTheRules() public view {
        assertEq(handler.violations(), 0);
    }

    function invariant_7_shopsHoldWhatTheirOpenPaymentsLeft() public view {
        _shopsHoldWhatTheirOpenPaymentsLeft(handler, fund, _shops());
    }

    function invariant_8_eventsAloneRebuildTheLedger() public view {
        address[] memory accounts = new address[](handler.claimCount());
        for (uint256 i = 0; i < accounts.length; ++i) {
            accounts[i] = handler.claimAt(i).account;
        }
        _eventsAloneRebuildTheLedger(handler, fund, accounts, _shops());
    }

    function invariant_9_aClosedFundHoldsWhatShopsAreOwed() public view {
        (,, uint64 merchants,, bool closed) = fund.books();
        if (closed) assertEq(euro.balanceOf(address(fund)), merchants);
    }

    /// @dev That the invariants speak of something: one run through all actions.
    function test_theHandlerReachesEveryState() public {
        handler.mint(500);
        handler.topUp(500);
        handler.claim(2, 7);
        assertEq(handler.claimed(), 4);
        handler.pay(0, 0, 50, 2, 31);
        handler.pay(0, 0, 7, 4, 31);
        handler.refund(0, 3, 15);
        handler.settle(0, 0, 1);
        handler.pay(1, 1, 9, 3, 31);
        handler.suspend(2);
        handler.approve(2, 0);
        handler.pause(0);
        handler.pause(1);
        assertEq(handler.paymentCount(address(fund)), 3);
        assertGt(handler.settledTotal(), 0);
        (, Seen memory payment) = handler.paymentAt(address(fund), 0);
        assertEq(payment.refunded, 300);
        handler.warp(16);
        handler.close(address(1));
        assertTrue(handler.sumsOf(address(fund)).closed);
        _all();
        handler.settle(1, 1, 1);
        _all();
        assertEq(euro.balanceOf(address(fund)), 0);
    }

    /// @dev That the dishonest actions are what they are meant to be: refused.
    function test_everyDishonestActionIsRefused() public {
        vm.expectRevert();
        handler.claim(2, 0);
        vm.expectRevert();
        handler.claim(2, 1);
        for (uint8 tampering = 0; tampering < 10; ++tampering) {
            vm.expectRevert();
            handler.pay(0, 0, 50, 2, tampering);
        }
        handler.pay(0, 0, 50, 2, 31);
        for (uint8 tampering = 0; tampering < 4; ++tampering) {
            vm.expectRevert();
            handler.refund(0, 3, tampering);
        }
        vm.expectRevert();
        handler.stray(5, true);
        assertEq(handler.violations(), 0);
    }

    function _shops() private view returns (address[] memory list) {
        list = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            list[i] = handler.shopAt(i);
        }
    }

    function _all() private view {
        invariant_1_supplyIsDepositsLessSettled();
        invariant_2_supplyIsBudgetsAccountsAndMerchants();
        invariant_3_booksAreTheSumsOfTheirAccounts();
        invariant_4_onePseudonymClaimsOnce();
        invariant_5_noValidatorExceedsItsCap();
        invariant_6_nothingMovesOutsideTheRules();
        invariant_7_shopsHoldWhatTheirOpenPaymentsLeft();
        invariant_8_eventsAloneRebuildTheLedger();
        invariant_9_aClosedFundHoldsWhatShopsAreOwed();
    }
}
