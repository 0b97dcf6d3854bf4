// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IProgramme} from "../../src/IProgramme.sol";
import {ITasks, TaskState} from "../../src/ITasks.sol";
import {TaskBase} from "../TaskBase.sol";

/// @notice (3) and (4): tools, reporting, and going back.
contract StepsTest is TaskBase {
    string private constant DONE = "TaskDone(uint256 task,uint256 round)";
    string private constant GIVING_UP = "GivingUp(uint256 task,uint256 round)";

    // ---- equip ----

    function test_handsOutToolsAndThenTheTaskCanBeDone() public {
        uint256 task = _publish(8, 1);
        _chooseAlone(task, 0);
        _refuseReport(task, 0, abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.CHOSEN));
        vm.expectEmit(address(board));
        emit ITasks.TaskEquipped(task, employee);
        vm.prank(employee);
        board.equip(task);
        assertTrue(_stateOf(task) == TaskState.EQUIPPED);
        vm.expectEmit(address(board));
        emit ITasks.TaskDone(task, people[0]);
        _reportDone(task, 0);
        assertTrue(_stateOf(task) == TaskState.DONE);
    }

    function test_aTaskWithoutToolsCanBeDoneAtOnceOrAfterAHandout() public {
        uint256 task = _publish(8, 0);
        _chooseAlone(task, 0);
        _reportDone(task, 0);
        task = _publish(8, 0);
        _chooseAlone(task, 1);
        vm.prank(employee);
        board.equip(task);
        _reportDone(task, 1);
    }

    function testFuzz_onlyAnEmployeeHandsOutAndReleases(address caller) public {
        vm.assume(caller != employee && caller != colleague);
        uint256 task = _publish(8, 1);
        _chooseAlone(task, 0);
        bytes32 role = board.EMPLOYEE_ROLE();
        vm.startPrank(caller);
        _expectUnauthorised(caller, role);
        board.equip(task);
        _expectUnauthorised(caller, role);
        board.release(task);
    }

    function test_refusesToHandOutTwiceOrToNobody() public {
        uint256 task = _publish(8, 1);
        vm.startPrank(employee);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.PUBLISHED));
        board.equip(task);
        vm.stopPrank();
        _chooseAlone(task, 0);
        vm.startPrank(employee);
        board.equip(task);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.EQUIPPED));
        board.equip(task);
    }

    // ---- reportDone ----

    function test_refusesToReportTwice() public {
        uint256 task = _publish(8, 0);
        _chooseAlone(task, 0);
        _reportDone(task, 0);
        _refuseReport(task, 0, abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.DONE));
    }

    function testFuzz_refusesToReportTooLate(uint40 time) public {
        uint256 task = _publish(8, 0);
        _chooseAlone(task, 0);
        uint256 until = noon + 300 days;
        vm.warp(bound(time, until, type(uint40).max));
        _refuseReport(task, 0, abi.encodeWithSelector(ITasks.TaskOver.selector, task, until));
    }

    function testFuzz_refusesSomebodyWhoDoesNotDoIt(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        uint256 task = _publish(8, 0);
        _chooseAlone(task, 0);
        vm.assume(vm.addr(key) != people[0]);
        bytes memory signature = _signStep(DONE, task, key);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskNotYours.selector, task, vm.addr(key)));
        board.reportDone(task, vm.addr(key), signature);
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundBadSignature.selector, vm.addr(key), people[0])
        );
        board.reportDone(task, people[0], signature);
    }

    // ---- giveUp and release ----

    function test_whoGivesUpFreesTheTaskForANewRound() public {
        uint256 task = _publish(8, 1);
        _chooseAlone(task, 0);
        bytes memory done = _signStep(DONE, task, keys[0]);
        bytes memory signature = _signStep(GIVING_UP, task, keys[0]);
        vm.expectEmit(address(board));
        emit ITasks.TaskReleased(task, people[0]);
        board.giveUp(task, people[0], signature);
        assertTrue(_stateOf(task) == TaskState.PUBLISHED);

        _chooseAlone(task, 1);
        vm.prank(employee);
        board.equip(task);
        // what was signed in the first round does not count in the second
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskNotYours.selector, task, people[0]));
        board.reportDone(task, people[0], done);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskNotYours.selector, task, people[0]));
        board.giveUp(task, people[0], signature);
        _reportDone(task, 1);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskNotYours.selector, task, people[0]));
        _verify(task, 8, 0, _one(people[0]));
    }

    function test_anEmployeeReleasesWhatNobodyDoesAnyMore() public {
        uint256 task = _publish(8, 1);
        _chooseAlone(task, 0);
        vm.startPrank(employee);
        board.equip(task);
        vm.expectEmit(address(board));
        emit ITasks.TaskReleased(task, employee);
        board.release(task);
        (, uint16 round,,,,) = board.taskOf(task);
        assertEq(round, 1);
        board.withdraw(task);
    }

    function test_refusesToReleaseWhatIsFreeOrDone() public {
        uint256 task = _publish(8, 0);
        vm.prank(employee);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.PUBLISHED));
        board.release(task);
        _chooseAlone(task, 0);
        _reportDone(task, 0);
        vm.prank(employee);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.DONE));
        board.release(task);
        bytes memory signature = _signStep(GIVING_UP, task, keys[0]);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.DONE));
        board.giveUp(task, people[0], signature);
    }

    function testFuzz_nobodyElseGivesUp(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        uint256 task = _publish(8, 0);
        _chooseAlone(task, 0);
        vm.assume(vm.addr(key) != people[0]);
        bytes memory signature = _signStep(GIVING_UP, task, key);
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundBadSignature.selector, vm.addr(key), people[0])
        );
        board.giveUp(task, people[0], signature);
        assertTrue(_stateOf(task) == TaskState.CHOSEN);
    }
}
