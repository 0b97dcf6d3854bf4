// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IProgramme} from "../../src/IProgramme.sol";
import {ITasks, TaskState} from "../../src/ITasks.sol";
import {TaskBase} from "../TaskBase.sol";

/// @notice Appeals, and their decision by another employee.
contract AppealTest is TaskBase {
    bytes32 private constant STATEMENT = keccak256("the bench was dry by then");

    function test_anotherEmployeeDecidesAndAwardsTheRest() public {
        uint256 task = _verified(3);
        vm.expectEmit(address(board));
        emit ITasks.TaskAppealed(task, people[0], STATEMENT);
        _appeal(task, 0, STATEMENT);
        assertTrue(_stateOf(task) == TaskState.APPEALED);
        vm.warp(noon + 20 days);
        vm.expectEmit(address(board));
        emit ITasks.TaskDecided(task, colleague, 6, 2);
        vm.expectEmit(address(board));
        emit ITasks.TimeAwarded(task, people[0], 3, uint40(noon + 20 days + COLLECT_WITHIN));
        _decide(colleague, task, 6, 2);
        assertTrue(_stateOf(task) == TaskState.DECIDED);
        assertEq(_timeOf(0), 6 * 900);
    }

    function test_aRefusalCanBeOverturnedOrUpheld() public {
        uint256 task = _verified(0);
        _appeal(task, 0, STATEMENT);
        _decide(colleague, task, 8, 0);
        assertEq(_timeOf(0), 8 * 900);

        task = _publish(8, 0);
        _chooseAlone(task, 1);
        _reportDone(task, 1);
        _verify(task, 0, 1, _one(people[1]));
        _appeal(task, 1, STATEMENT);
        vm.prank(colleague);
        board.decide(task, 0, 1, _one(people[1]));
        assertEq(_timeOf(1), 0);
        _refuseAppeal(task, 1, STATEMENT, abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.DECIDED));
    }

    function test_refusesTheEmployeeWhoVerified() public {
        uint256 task = _verified(3);
        _appeal(task, 0, STATEMENT);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskSameEmployee.selector, employee));
        _decide(employee, task, 8, 0);
    }

    function testFuzz_anAppealNeverCosts(uint16 quarters) public {
        uint256 task = _verified(3);
        _appeal(task, 0, STATEMENT);
        vm.assume(quarters < 3 || quarters > 8);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskQuartersOutOfRange.selector, quarters, 3, 8));
        _decide(colleague, task, quarters, 1);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskBadReason.selector, 0));
        _decide(colleague, task, 3, 0);
    }

    function test_refusesToDecideWhatWasNotAppealed() public {
        uint256 task = _verified(3);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.VERIFIED));
        _decide(colleague, task, 8, 0);
    }

    function test_refusesToAppealAgainstEverything() public {
        uint256 task = _verified(8);
        _refuseAppeal(task, 0, STATEMENT, abi.encodeWithSelector(ITasks.TaskNothingToAppeal.selector, task));
    }

    function test_refusesBeforeAVerificationAndTwice() public {
        uint256 task = _publish(8, 0);
        _chooseAlone(task, 0);
        _refuseAppeal(task, 0, STATEMENT, abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.CHOSEN));
        _reportDone(task, 0);
        _verify(task, 1, 1, _one(people[0]));
        _appeal(task, 0, STATEMENT);
        _refuseAppeal(task, 0, STATEMENT, abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.APPEALED));
    }

    function testFuzz_refusesTooLate(uint40 time) public {
        uint256 task = _verified(3);
        uint256 until = noon + APPEAL_WITHIN;
        vm.warp(bound(time, until, type(uint40).max));
        _refuseAppeal(task, 0, STATEMENT, abi.encodeWithSelector(ITasks.TaskAppealTooLate.selector, task, until));
    }

    function testFuzz_refusesAnybodyElse(uint256 key, bytes32 other) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        uint256 task = _verified(3);
        vm.assume(vm.addr(key) != people[0] && other != STATEMENT);
        bytes memory signature = _signAppeal(task, key, STATEMENT);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskNotYours.selector, task, vm.addr(key)));
        board.appeal(task, vm.addr(key), STATEMENT, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundBadSignature.selector, vm.addr(key), people[0])
        );
        board.appeal(task, people[0], STATEMENT, signature);
        signature = _signAppeal(task, keys[0], STATEMENT);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        board.appeal(task, people[0], other, signature);
    }

    function _verified(uint16 quarters) private returns (uint256 task) {
        task = _publish(8, 0);
        _chooseAlone(task, 0);
        _reportDone(task, 0);
        _verify(task, quarters, quarters == 8 ? 0 : 1, _one(people[0]));
    }

    function _decide(address by, uint256 task, uint16 quarters, uint8 reason) private {
        vm.prank(by);
        board.decide(task, quarters, reason, _one(people[0]));
    }
}
