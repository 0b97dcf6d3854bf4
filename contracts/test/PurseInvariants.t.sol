// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IMunicipalEuro} from "../src/IMunicipalEuro.sol";
import {Purse} from "../src/Purse.sol";
import {PurseHandler} from "./PurseHandler.sol";
import {Seen} from "./SpendingAuditor.sol";
import {SpendingInvariants} from "./SpendingInvariants.sol";

/// @notice The invariants 1 to 3 and 6 to 9 of contracts/README.md, over two periods, without claims: long runs.
/// forge-config: default.invariant.runs = 24
/// forge-config: default.invariant.depth = 192
contract PurseInvariantsTest is SpendingInvariants {
    PurseHandler private handler;
    IMunicipalEuro private euro;

    function setUp() public {
        handler = new PurseHandler();
        handler.setUp();
        euro = handler.theEuro();
        bytes4[] memory actions = new bytes4[](17);
        actions[0] = PurseHandler.fund.selector;
        actions[1] = PurseHandler.credit.selector;
        actions[2] = PurseHandler.credit.selector;
        for (uint256 i = 3; i < 8; ++i) {
            actions[i] = PurseHandler.pay.selector;
        }
        for (uint256 i = 8; i < 11; ++i) {
            actions[i] = PurseHandler.refund.selector;
        }
        actions[11] = PurseHandler.settle.selector;
        actions[12] = PurseHandler.close.selector;
        actions[13] = PurseHandler.approve.selector;
        actions[14] = PurseHandler.suspend.selector;
        actions[15] = PurseHandler.pause.selector;
        actions[16] = PurseHandler.warp.selector;
        targetSelector(FuzzSelector(address(handler), actions));
        targetContract(address(handler));
    }

    /// @dev All of them after each action: the run is what costs time.
    function invariant_theLedgersOfBothPeriodsHold() public view {
        uint256 supply = euro.balanceOf(handler.theSponsor());
        for (uint256 i = 0; i < 2; ++i) {
            supply += _holds(handler.purses(i));
        }
        assertEq(euro.totalSupply(), supply, "2: the supply is what sponsors and programmes hold");
        assertEq(euro.totalSupply(), euro.deposited() - euro.settled(), "1");
        assertEq(euro.deposited(), handler.deposits(), "1");
        assertEq(euro.settled(), handler.settledTotal(), "1");
        assertEq(handler.violations(), 0, "6: nothing moves outside the rules, and nothing that they allow is refused");
    }

    /// @dev That the invariants speak of something: both periods, from the first payment to the last settlement.
    function test_theHandlerReachesEveryState() public {
        handler.pay(1, 0, 0, 5_999, 2, 23);
        handler.pay(1, 0, 2, 2_999, 4, 23);
        handler.refund(1, 0, 999, 11);
        handler.suspend(1, 1, 0);
        handler.approve(1, 1, 7);
        handler.pause(1, 0);
        handler.pause(1, 1);
        handler.settle(1, 0, false);
        (, Seen memory payment) = handler.paymentAt(address(handler.purses(0)), 0);
        assertGt(payment.refunded, 0);
        handler.fund(0, 500);
        handler.warp(16);
        // the first period is over, and the second one has begun
        handler.close(0);
        assertTrue(handler.sumsOf(address(handler.purses(0))).closed);
        handler.credit(1, 0, 5_000, false);
        handler.pay(1, 0, 0, 99, 2, 23);
        assertEq(handler.paymentCount(address(handler.purses(1))), 1);
        handler.settle(0, 2, false);
        invariant_theLedgersOfBothPeriodsHold();
    }

    /// @dev That the dishonest actions are what they are meant to be: refused.
    function test_everyDishonestActionIsRefused() public {
        for (uint8 tampering = 0; tampering < 6; ++tampering) {
            vm.expectRevert();
            handler.pay(1, 0, 0, 2_001, 2, tampering);
        }
        handler.pay(1, 0, 0, 2_001, 2, 23);
        for (uint8 tampering = 0; tampering < 3; ++tampering) {
            vm.expectRevert();
            handler.refund(1, 0, 300, tampering);
        }
        vm.expectRevert();
        handler.credit(1, 0, 1, true);
        assertEq(handler.violations(), 0);
    }

    /// @dev 3, 7, 8 and 9 for one purse; returns what it holds.
    function _holds(Purse purse) private view returns (uint256) {
        (uint64 unallocated, uint64 accounts, uint64 merchants,, bool closed) = purse.books();
        uint256 balance = euro.balanceOf(address(purse));
        assertEq(balance, uint256(unallocated) + accounts + merchants, "2: backing");
        if (closed) assertEq(balance, merchants, "9: a closed programme holds what shops are owed");
        address[] memory people = handler.allAccounts();
        uint256 sum;
        for (uint256 i = 0; i < people.length; ++i) {
            sum += purse.accountOf(people[i]);
        }
        assertEq(sum, accounts, "3: accounts");
        _shopsHoldWhatTheirOpenPaymentsLeft(handler, purse, handler.allShops());
        _eventsAloneRebuildTheLedger(handler, purse, people, handler.allShops());
        return balance;
    }
}
