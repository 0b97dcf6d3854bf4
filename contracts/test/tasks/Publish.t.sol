// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IProgramme} from "../../src/IProgramme.sol";
import {BoardRules} from "../../src/ITaskBoard.sol";
import {ITasks, TaskOffer, TaskState} from "../../src/ITasks.sol";
import {TaskBase} from "../TaskBase.sol";

/// @notice (1) Publishing and withdrawing.
contract PublishTest is TaskBase {
    function test_publishesAndKeepsIt() public {
        TaskOffer memory o = _offer(8);
        o.tools = 5;
        vm.expectEmit(address(board));
        emit ITasks.TaskPublished(1, employee, o);
        vm.prank(employee);
        assertEq(board.publish(o), 1);
        assertEq(board.tasks(), 1);
        (TaskState state, uint16 round, uint16 quarters, uint16 awarded, uint40 until, address by) = board.taskOf(1);
        assertTrue(state == TaskState.PUBLISHED);
        assertEq(round, 0);
        assertEq(quarters, 8);
        assertEq(awarded, 0);
        assertEq(until, o.until);
        assertEq(by, address(0));
    }

    function testFuzz_onlyAnEmployeeDoes(address caller) public {
        vm.assume(caller != employee && caller != colleague);
        _publish(8, 0);
        TaskOffer memory o = _offer(8);
        bytes32 role = board.EMPLOYEE_ROLE();
        vm.startPrank(caller);
        _expectUnauthorised(caller, role);
        board.publish(o);
        _expectUnauthorised(caller, role);
        board.withdraw(1);
    }

    /// @dev Roles are kept by the purse: who leaves there has left here.
    function test_whoeverLosesTheRoleLosesTheBoard() public {
        bytes32 role = board.EMPLOYEE_ROLE();
        vm.prank(sponsor);
        purse.revokeRole(role, employee);
        _expectUnauthorised(employee, role);
        vm.prank(employee);
        board.publish(_offer(8));
    }

    function testFuzz_refusesOutsideThePeriod(uint40 time) public {
        BoardRules memory r = _rules();
        vm.assume(time < r.opensAt || time >= r.closesAt);
        TaskOffer memory o = _offer(8);
        vm.warp(time);
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, time, r.opensAt, r.closesAt)
        );
        vm.prank(employee);
        board.publish(o);
    }

    function testFuzz_refusesWrongOffers(uint40 until) public {
        TaskOffer memory o = _offer(8);
        o.places = 0;
        _expectBad(o, "places");
        o = _offer(0);
        _expectBad(o, "quarters");
        o = _offer(8);
        o.until = uint40(bound(until, 0, block.timestamp));
        _expectBad(o, "until");
    }

    function test_withdrawsWhatNobodyDoes() public {
        uint256 task = _publish(8, 0);
        vm.expectEmit(address(board));
        emit ITasks.TaskWithdrawn(task, employee);
        vm.prank(employee);
        board.withdraw(task);
        assertTrue(_stateOf(task) == TaskState.WITHDRAWN);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.WITHDRAWN));
        vm.prank(employee);
        board.withdraw(task);
    }

    function test_refusesToWithdrawWhatSomebodyDoes() public {
        uint256 task = _publish(8, 0);
        _chooseAlone(task, 0);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.CHOSEN));
        vm.prank(employee);
        board.withdraw(task);
    }

    function testFuzz_refusesToWithdrawWhatDoesNotExist(uint256 task) public {
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, TaskState.NONE));
        vm.prank(employee);
        board.withdraw(task);
    }

    function _expectBad(TaskOffer memory o, bytes32 field) private {
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskBadOffer.selector, field));
        vm.prank(employee);
        board.publish(o);
    }
}
