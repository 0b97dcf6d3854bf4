// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IProgramme} from "../../src/IProgramme.sol";
import {BoardRules} from "../../src/ITaskBoard.sol";
import {ITasks, TaskState} from "../../src/ITasks.sol";
import {TaskBase} from "../TaskBase.sol";

/// @notice (2) Choosing, alone and together.
contract ChooseTest is TaskBase {
    function test_oneAccountChooses() public {
        uint256 task = _publish(8, 0);
        address[] memory accounts = _one(people[0]);
        uint16[] memory parts = _parts(1_000);
        bytes32 receipt = _digest(address(board), _hashChoice(task, accounts, parts));
        vm.expectEmit(address(board));
        emit ITasks.TaskChosen(task, 0, accounts, parts, receipt);
        _chooseAlone(task, 0);
        assertTrue(_stateOf(task) == TaskState.CHOSEN);
        (uint64 chosen, uint16 round, uint16 part, uint32 time, uint32 collected, uint40 until) = board.workOf(people[0]);
        assertEq(chosen, task);
        assertEq(round, 0);
        assertEq(part, 1_000);
        assertEq(uint256(time) + collected + until, 0);
    }

    function test_aGroupChoosesWithASplit() public {
        uint256 task = _publish(8, 0);
        uint16[] memory parts = new uint16[](3);
        (parts[0], parts[1], parts[2]) = (1, 332, 667);
        uint256[] memory group = _ascending();
        _choose(task, group, parts);
        for (uint256 i = 0; i < 3; ++i) {
            (uint64 chosen,, uint16 part,,,) = board.workOf(people[group[i]]);
            assertEq(chosen, task);
            assertEq(part, parts[i]);
        }
    }

    function testFuzz_refusesOutsideThePeriod(uint40 time) public {
        BoardRules memory r = _rules();
        vm.assume(time < r.opensAt || time >= r.closesAt);
        uint256 task = _publish(8, 0);
        vm.warp(time);
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, time, r.opensAt, r.closesAt)
        );
        board.choose(task, new address[](0), new uint16[](0), new bytes[](0));
    }

    function test_refusesATaskThatIsNotFree() public {
        uint256 task = _publish(8, 0);
        _chooseAlone(task, 0);
        _expect(task, _group(1), _parts(1_000), abi.encodeWithSelector(
            ITasks.TaskWrongState.selector, task, TaskState.CHOSEN
        ));
        _expect(task + 1, _group(1), _parts(1_000), abi.encodeWithSelector(
            ITasks.TaskWrongState.selector, task + 1, TaskState.NONE
        ));
    }

    function testFuzz_refusesTooLate(uint40 time) public {
        uint256 task = _publish(8, 0);
        uint256 until = noon + 300 days;
        vm.warp(bound(time, until, _rules().closesAt - 1));
        _expect(task, _group(0), _parts(1_000), abi.encodeWithSelector(ITasks.TaskOver.selector, task, until));
    }

    function test_refusesWrongGroups() public {
        uint256 task = _publish(8, 0);
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongGroup.selector, 0, 4));
        board.choose(task, new address[](0), new uint16[](0), new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongGroup.selector, 5, 4));
        board.choose(task, new address[](5), new uint16[](5), new bytes[](5));
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongGroup.selector, 2, 4));
        board.choose(task, new address[](2), new uint16[](1), new bytes[](2));
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskWrongGroup.selector, 2, 4));
        board.choose(task, new address[](2), new uint16[](2), new bytes[](1));
    }

    function test_refusesAccountsTwiceOrOutOfOrderOrZero() public {
        uint256 task = _publish(8, 0);
        uint256[] memory group = _ascending();
        (group[0], group[1]) = (group[1], group[0]);
        uint16[] memory parts = new uint16[](3);
        (parts[0], parts[1], parts[2]) = (500, 250, 250);
        _expect(task, group, parts, abi.encodeWithSelector(
            ITasks.TaskAccountsNotAscending.selector, people[group[1]]
        ));
        (group[0], group[1], group[2]) = (2, 2, 2);
        _expect(task, group, parts, abi.encodeWithSelector(
            ITasks.TaskAccountsNotAscending.selector, people[2]
        ));
        vm.expectRevert(abi.encodeWithSelector(ITasks.TaskAccountsNotAscending.selector, address(0)));
        board.choose(task, new address[](1), _parts(1_000), new bytes[](1));
    }

    /// @dev A task account is for one task: two of one person cannot be linked.
    function test_refusesAnAccountThatHasATask() public {
        _chooseAlone(_publish(8, 0), 0);
        uint256 task = _publish(8, 0);
        _expect(task, _group(0), _parts(1_000), abi.encodeWithSelector(
            ITasks.TaskAccountTaken.selector, people[0]
        ));
    }

    function testFuzz_refusesPartsThatAreNotTheWhole(uint16 part) public {
        vm.assume(part != 1_000);
        uint256 task = _publish(8, 0);
        _expect(task, _group(0), _parts(part), abi.encodeWithSelector(ITasks.TaskWrongParts.selector, part));
    }

    function testFuzz_refusesPartsThatDoNotAddUp(uint16 a, uint16 b, uint16 c) public {
        uint256 sum = uint256(a) + b + c;
        vm.assume(sum != 1_000);
        if (a == 0 || b == 0 || c == 0) sum = 0;
        uint256 task = _publish(8, 0);
        uint16[] memory parts = new uint16[](3);
        (parts[0], parts[1], parts[2]) = (a, b, c);
        _expect(task, _ascending(), parts, abi.encodeWithSelector(ITasks.TaskWrongParts.selector, sum));
    }

    /// @dev Nobody is put into a group: each account signs who is in it, for which part, and the insurance.
    function testFuzz_refusesASignatureOfAnybodyElse(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        vm.assume(key != keys[0]);
        uint256 task = _publish(8, 0);
        address[] memory accounts = _one(people[0]);
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = _sign(address(board), key, _hashChoice(task, accounts, _parts(1_000)));
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundBadSignature.selector, vm.addr(key), people[0])
        );
        board.choose(task, accounts, _parts(1_000), signatures);
    }

    function testFuzz_refusesASignatureForAnotherSplit(uint16 part) public {
        part = uint16(bound(part, 1, 749));
        vm.assume(part != 500);
        uint256 task = _publish(8, 0);
        uint256[] memory group = _ascending();
        uint16[] memory parts = new uint16[](3);
        (parts[0], parts[1], parts[2]) = (500, 250, 250);
        (address[] memory accounts, bytes[] memory signatures) = _signChoice(task, group, parts);
        (parts[0], parts[1]) = (part, 750 - part);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        board.choose(task, accounts, parts, signatures);
    }

    function test_refusesASignatureForAnotherTask() public {
        uint256 task = _publish(8, 0);
        uint256 other = _publish(8, 0);
        (address[] memory accounts, bytes[] memory signatures) = _signChoice(task, _group(0), _parts(1_000));
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        board.choose(other, accounts, _parts(1_000), signatures);
    }

    function _expect(uint256 task, uint256[] memory group, uint16[] memory parts, bytes memory refusal) private {
        (address[] memory accounts, bytes[] memory signatures) = _signChoice(task, group, parts);
        vm.expectRevert(refusal);
        board.choose(task, accounts, parts, signatures);
    }

    function _group(uint256 person) private pure returns (uint256[] memory group) {
        group = new uint256[](1);
        group[0] = person;
    }

    function _parts(uint16 part) private pure returns (uint16[] memory parts) {
        parts = new uint16[](1);
        parts[0] = part;
    }
}
