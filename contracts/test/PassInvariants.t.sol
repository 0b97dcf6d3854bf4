// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Test} from "forge-std/Test.sol";

import {Offer} from "../src/IPass.sol";
import {MunicipalEuro} from "../src/MunicipalEuro.sol";
import {Pass} from "../src/Pass.sol";
import {PassHandler} from "./PassHandler.sol";

/// @notice The invariants P1 to P6 of contracts/README.md.
contract PassInvariantsTest is Test {
    PassHandler private handler;
    Pass private pass;
    MunicipalEuro private euro;

    function setUp() public {
        handler = new PassHandler();
        handler.setUp();
        pass = handler.thePass();
        euro = handler.theEuro();
        bytes4[] memory actions = new bytes4[](10);
        actions[0] = PassHandler.activate.selector;
        actions[1] = PassHandler.use.selector;
        actions[2] = PassHandler.use.selector;
        actions[3] = PassHandler.use.selector;
        actions[4] = PassHandler.withdraw.selector;
        actions[5] = PassHandler.settle.selector;
        actions[6] = PassHandler.suspendAndApprove.selector;
        actions[7] = PassHandler.pause.selector;
        actions[8] = PassHandler.close.selector;
        actions[9] = PassHandler.warp.selector;
        targetSelector(FuzzSelector(address(handler), actions));
        targetContract(address(handler));
    }

    function invariant_1_theBudgetIsBacked() public view {
        (uint64 unallocated, uint64 accounts, uint64 merchants,,) = pass.books();
        assertEq(accounts, 0);
        assertEq(euro.balanceOf(address(pass)), uint256(unallocated) + merchants);
        assertEq(euro.totalSupply(), euro.deposited() - euro.settled());
        assertEq(euro.totalSupply(), euro.balanceOf(handler.theSponsor()) + unallocated + merchants);
        assertEq(euro.settled(), handler.settledTotal());
    }

    function invariant_2_onePseudonymClaimsOnce() public view {
        for (uint256 i = 0; i < handler.nullifiers(); ++i) {
            bytes32 nullifier = handler.nullifierAt(i);
            assertLe(handler.claimsOfPseudonym(nullifier), 1);
            assertEq(pass.isClaimed(nullifier), handler.claimsOfPseudonym(nullifier) == 1);
        }
    }

    function invariant_3_noOfferIsUsedMoreOftenThanItMay() public view {
        assertEq(pass.claimsOf(handler.theDesk()), handler.activated());
        for (uint256 offer = 1; offer <= 3; ++offer) {
            (Offer memory o, uint32 used,) = pass.offerOf(offer);
            assertLe(used, handler.activated() * o.usesPerPass);
            if (o.total != 0) assertLe(used, o.total);
        }
    }

    function invariant_4_nothingMovesOutsideTheRules() public view {
        assertEq(handler.violations(), 0);
    }

    function invariant_5_eventsAloneRebuildTheLedger() public view {
        (uint64 unallocated,, uint64 merchants, bool paused, bool closed) = pass.books();
        assertEq(unallocated, handler.unallocated());
        assertEq(merchants, handler.allMerchants());
        assertEq(paused, handler.isPaused());
        assertEq(closed, handler.isClosed());
        uint256 sum;
        for (uint256 shop = 0; shop < 3; ++shop) {
            (,, uint64 balance,) = pass.merchantOf(handler.shopAt(shop));
            assertEq(balance, handler.shopBalance(shop));
            sum += balance;
        }
        assertEq(sum, merchants);
        for (uint256 offer = 1; offer <= 3; ++offer) {
            (, uint32 used, bool withdrawn) = pass.offerOf(offer);
            assertEq(used, handler.used(offer));
            assertEq(withdrawn, handler.withdrawn(offer));
        }
    }

    function invariant_6_aClosedPassHoldsWhatShopsAreOwed() public view {
        (,, uint64 merchants,, bool closed) = pass.books();
        if (closed) assertEq(euro.balanceOf(address(pass)), merchants);
    }

    /// @dev That the invariants speak of something: one run through all actions.
    function test_theHandlerReachesEveryState() public {
        handler.activate(1);
        handler.use(0, 6);
        handler.use(1, 6);
        handler.use(4, 6);
        handler.use(7, 6);
        handler.use(8, 6);
        assertEq(handler.used(1), 2);
        handler.settle(0);
        handler.suspendAndApprove(0, false);
        handler.suspendAndApprove(0, true);
        handler.withdraw(1, 0);
        handler.pause(0);
        handler.pause(1);
        handler.close(0);
        assertTrue(handler.isClosed());
        assertGt(handler.settledTotal(), 0);
        _all();
    }

    /// @dev That the dishonest actions are what they are meant to be: refused.
    function test_everyDishonestActionIsRefused() public {
        for (uint8 tampering = 0; tampering < 6; ++tampering) {
            for (uint256 index = 0; index < 9; index += 4) {
                vm.expectRevert();
                handler.use(index, tampering);
            }
        }
        handler.use(0, 6);
        handler.use(4, 6);
        handler.use(8, 6);
        assertEq(handler.violations(), 0);
    }

    function _all() private view {
        invariant_1_theBudgetIsBacked();
        invariant_2_onePseudonymClaimsOnce();
        invariant_3_noOfferIsUsedMoreOftenThanItMay();
        invariant_4_nothingMovesOutsideTheRules();
        invariant_5_eventsAloneRebuildTheLedger();
        invariant_6_aClosedPassHoldsWhatShopsAreOwed();
    }
}
