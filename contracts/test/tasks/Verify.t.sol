// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ITasks, TaskState} from "../../src/ITasks.sol";
import {TaskBase} from "../TaskBase.sol";

/// @notice (5) Verifying: in full, in part, not at all; the shares of a group.
contract VerifyTest is TaskBase {
    function test_awardsAllOfIt() public {
        uint256 task = _done(8);
        vm.expectEmit(address(board));
        emit ITasks.TaskVerified(task, employee, 8, 0);
        vm.expectEmit(address(board));
        emit ITasks.TimeAwarded(task, people[0], 8, uint40(noon + COLLECT_WITHIN));
        _verify(task, 8, 0, _one(people[0]));
        (TaskState state,,, uint16 awarded, uint40 until, address by) = board.taskOf(task);
        assertTrue(state == TaskState.VERIFIED);
        assertEq(awarded, 8);
        assertEq(until, noon + APPEAL_WITHIN);
        assertEq(by, employee);
        (,,, uint32 time, uint32 collected, uint40 collectUntil) = board.workOf(people[0]);
        assertEq(time, 7_200);
        assertEq(collected, 0);
        assertEq(collectUntil, noon + COLLECT_WITHIN);
    }

    function testFuzz_awardsAPartWithAReason(uint16 quarters, uint8 reason) public {
        quarters = uint16(bound(quarters, 1, 7));
        reason = uint8(bound(reason, 1, 255));
        uint256 task = _done(8);
        _verify(task, quarters, reason, _one(people[0]));
        assertEq(_timeOf(0), uint256(quarters) * 900);
    }

    function test_refusesTheWorkWithAReason() public {
        uint256 task = _done(8);
        _verify(task, 0, 3, _one(people[0]));
        assertEq(_timeOf(0), 0);
        (TaskState state,,, uint16 awarded,,) = board.taskOf(task);
        assertTrue(state == TaskState.VERIFIED);
        assertEq(awarded, 0);
    }

    /// @dev Whatever the split, no quarter hour is lost and none is made.
    function testFuzz_theSharesOfAGroupAddUp(uint16 quarters, uint16 first, uint16 second) public {
        quarters = uint16(bound(quarters, 1, type(uint16).max));
        uint16[] memory parts = new uint16[](3);
        parts[0] = uint16(bound(first, 1, 998));
        parts[1] = uint16(bound(second, 1, 999 - parts[0]));
        parts[2] = 1_000 - parts[0] - parts[1];
        uint256 task = _publish(quarters, 0);
        uint256[] memory group = _ascending();
        _choose(task, group, parts);
        _reportDone(task, group[2]);
        _verify(task, quarters, 0, _accountsOf(group));
        uint256 sum;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 share = _timeOf(group[i]) / 900;
            sum += share;
            uint256 exact = uint256(quarters) * parts[i];
            assertLt(share * 1_000, exact + 1_000);
            assertGt(share * 1_000 + 1_000, exact);
        }
        assertEq(sum, quarters);
    }

    function testFuzz_onlyAnEmployeeVerifies(address caller) public {
        vm.assume(caller != employee && caller != colleague);
        uint256 task = _done(8);
        address[] memory accounts = _one(people[0]);
        bytes32 role = board.EMPLOYEE_ROLE();
        vm.startPrank(caller);
        _expectUnauthorised(caller, role);
        board.verify(task, 8, 0, accounts);
        _expectUnauthorised(caller, role);
        board.decide(task, 8, 0, accounts);
    }

    function test_refusesWhatIsNotReportedAndASecondTime() public {
        uint256 task = _publish(8, 0);
        _expect(task, 8, 0, _one(people[0]), TaskState.PUBLISHED);
        _chooseAlone(task, 0);
        _expect(task, 8, 0, _one(people[0]), TaskState.CHOSEN);
        _reportDone(task, 0);
        _verify(task, 8, 0, _one(people[0]));
        _expect(task, 8, 0, _one(people[0]), TaskState.VERIFIED);
        _expect(task + 1, 8, 0, _one(people[0]), TaskState.NONE);
    }

    function testFuzz_refusesMoreThanTheTaskIsWorth(uint16 quarters) public {
        quarters = uint16(bound(quarters, 9, type(uint16).max));
        uint256 task = _done(8);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskQuartersOutOfRange.selector, quarters, 0, 8));
        _verify(task, quarters, 1, _one(people[0]));
    }

    function testFuzz_aReasonBelongsToWhatIsNotFull(uint8 reason, uint16 quarters) public {
        uint256 task = _done(8);
        reason = uint8(bound(reason, 1, 255));
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskBadReason.selector, reason));
        _verify(task, 8, reason, _one(people[0]));
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskBadReason.selector, 0));
        _verify(task, uint16(bound(quarters, 0, 7)), 0, _one(people[0]));
    }

    /// @dev Nobody of the group is left out, and nobody is added.
    function test_refusesAnotherGroup() public {
        uint256 task = _publish(8, 0);
        uint256[] memory group = _ascending();
        uint16[] memory parts = new uint16[](3);
        (parts[0], parts[1], parts[2]) = (500, 300, 200);
        _choose(task, group, parts);
        _reportDone(task, 2);
        address[] memory accounts = new address[](2);
        (accounts[0], accounts[1]) = (people[group[0]], people[group[2]]);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongParts.selector, 700));
        _verify(task, 8, 0, accounts);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongParts.selector, 0));
        _verify(task, 8, 0, new address[](0));
        accounts[1] = accounts[0];
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskAccountsNotAscending.selector, accounts[0]));
        _verify(task, 8, 0, accounts);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskNotYours.selector, task, people[0]));
        _verify(task, 8, 0, _one(people[0]));
    }

    function _done(uint16 quarters) private returns (uint256 task) {
        task = _publish(quarters, 0);
        _chooseAlone(task, 0);
        _reportDone(task, 0);
    }

    function _expect(uint256 task, uint16 quarters, uint8 reason, address[] memory accounts, TaskState state) private {
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongState.selector, task, state));
        _verify(task, quarters, reason, accounts);
    }
}
