// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Test} from "forge-std/Test.sol";

import {TaskState} from "../src/ITasks.sol";
import {MunicipalEuro} from "../src/MunicipalEuro.sol";
import {Purse} from "../src/Purse.sol";
import {TaskBoard} from "../src/TaskBoard.sol";
import {FixtureCollection} from "./TaskBase.sol";
import {TaskHandler} from "./TaskHandler.sol";

/// @notice The invariants T1 to T6 of contracts/README.md.
contract TaskInvariantsTest is Test {
    TaskHandler private handler;
    TaskBoard private board;
    Purse private purse;
    MunicipalEuro private euro;

    function setUp() public {
        handler = new TaskHandler();
        handler.setUp();
        board = handler.theBoard();
        purse = handler.thePurse();
        euro = handler.theEuro();
        bytes4[] memory actions = new bytes4[](12);
        actions[0] = TaskHandler.publish.selector;
        actions[1] = TaskHandler.choose.selector;
        actions[2] = TaskHandler.choose.selector;
        actions[3] = TaskHandler.equip.selector;
        actions[4] = TaskHandler.releaseOrWithdraw.selector;
        actions[5] = TaskHandler.reportDone.selector;
        actions[6] = TaskHandler.verify.selector;
        actions[7] = TaskHandler.appeal.selector;
        actions[8] = TaskHandler.decide.selector;
        actions[9] = TaskHandler.collect.selector;
        actions[10] = TaskHandler.collect.selector;
        actions[11] = TaskHandler.warp.selector;
        targetSelector(FuzzSelector(address(handler), actions));
        targetContract(address(handler));
    }

    function invariant_1_everyCoinIsCollectedAndBacked() public view {
        (uint64 unallocated, uint64 accounts, uint64 merchants,,) = purse.books();
        assertEq(euro.balanceOf(address(purse)), uint256(unallocated) + accounts + merchants);
        assertEq(accounts + merchants, handler.collectedInAll());
        assertEq(handler.creditedInAll(), handler.collectedInAll());
    }

    function invariant_2_nobodyEarnsMoreInASlotThanItsCap() public view {
        uint256 sum;
        for (uint256 i = 0; i < handler.collectionCount(); ++i) {
            bytes32 nullifier = handler.collectionAt(i).nullifier;
            uint256 earned = board.earnedOf(nullifier);
            assertLe(earned, 5_000);
            assertEq(earned, handler.earned(nullifier));
            bool counted;
            for (uint256 j = 0; j < i && !counted; ++j) {
                counted = handler.collectionAt(j).nullifier == nullifier;
            }
            if (!counted) sum += earned;
        }
        assertEq(sum, handler.collectedInAll());
    }

    function invariant_3_noTaskAwardsMoreThanItIsWorth() public view {
        for (uint256 task = 1; task <= handler.taskCount(); ++task) {
            TaskHandler.Seen memory s = handler.seen(task);
            assertLe(s.awarded, s.quarters);
            assertEq(s.shared, s.awarded);
        }
    }

    function invariant_4_nobodyCollectsMoreThanWasAwarded() public view {
        for (uint256 i = 0; i < handler.CROWD(); ++i) {
            address account = vm.addr(handler.keyOf(i));
            assertLe(handler.collected(account), handler.time(account));
        }
    }

    function invariant_5_nothingHappensOutsideTheRules() public view {
        assertEq(handler.violations(), 0);
    }

    function invariant_6_eventsAloneRebuildTheBoard() public view {
        assertEq(board.tasks(), handler.taskCount());
        for (uint256 task = 1; task <= handler.taskCount(); ++task) {
            TaskHandler.Seen memory s = handler.seen(task);
            (TaskState state, uint16 round, uint16 quarters, uint16 awarded,, address employee) = board.taskOf(task);
            assertTrue(state == s.state);
            assertEq(round, s.round);
            assertEq(quarters, s.quarters);
            assertEq(awarded, s.awarded);
            assertEq(employee, s.employee);
            if (s.state == TaskState.PUBLISHED || s.state == TaskState.WITHDRAWN) continue;
            for (uint256 i = 0; i < s.group.length; ++i) {
                (uint64 chosen, uint16 inRound, uint16 part,,,) = board.workOf(s.group[i]);
                assertEq(chosen, task);
                assertEq(inRound, s.round);
                assertEq(part, s.parts[i]);
            }
        }
        for (uint256 i = 0; i < handler.CROWD(); ++i) {
            address account = vm.addr(handler.keyOf(i));
            (,,, uint32 time, uint32 collected,) = board.workOf(account);
            assertEq(time, handler.time(account));
            assertEq(collected, handler.collected(account));
        }
        for (uint256 i = 0; i < handler.collectionCount(); ++i) {
            FixtureCollection memory f = handler.collectionAt(i);
            assertEq(purse.accountOf(f.account), handler.coins(f.account));
        }
    }

    /// @dev That the invariants speak of something: one run through all actions.
    function test_theHandlerReachesEveryState() public {
        handler.publish(8, 1, address(1));
        uint256 task = handler.taskCount();
        handler.choose(task, 6, 2, 1);
        handler.equip(task);
        handler.releaseOrWithdraw(task, 1);
        handler.choose(task, 10, 2, 1);
        handler.equip(task);
        handler.reportDone(task, false);
        handler.verify(task, 3, 7);
        handler.appeal(task);
        handler.decide(task, 8, false);
        assertTrue(handler.seen(task).state == TaskState.DECIDED);
        for (uint256 i = 0; i < 32; ++i) {
            handler.collect(i, 7);
        }
        assertEq(handler.collectedInAll(), 155_000);
        handler.publish(8, 0, address(1));
        handler.releaseOrWithdraw(task + 1, 0);
        _all();
    }

    /// @dev That the dishonest actions are what they are meant to be: refused.
    function test_everyDishonestActionIsRefused() public {
        handler.publish(8, 0, address(1));
        uint256 task = handler.taskCount();
        vm.expectRevert();
        handler.choose(task, 6, 2, 0);
        handler.choose(task, 6, 2, 1);
        handler.reportDone(task, false);
        vm.expectRevert();
        handler.verify(task, 3, 0);
        vm.expectRevert();
        handler.verify(task, 3, 1);
        handler.verify(task, 3, 7);
        handler.appeal(task);
        vm.expectRevert();
        handler.decide(task, 8, true);
        for (uint8 tampering = 0; tampering < 3; ++tampering) {
            vm.expectRevert();
            handler.collect(0, tampering);
        }
        assertEq(handler.violations(), 0);
        _all();
    }

    function _all() private view {
        invariant_1_everyCoinIsCollectedAndBacked();
        invariant_2_nobodyEarnsMoreInASlotThanItsCap();
        invariant_3_noTaskAwardsMoreThanItIsWorth();
        invariant_4_nobodyCollectsMoreThanWasAwarded();
        invariant_5_nothingHappensOutsideTheRules();
        invariant_6_eventsAloneRebuildTheBoard();
    }
}
