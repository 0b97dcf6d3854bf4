// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {ITaskBoard} from "../src/ITaskBoard.sol";
import {ITasks, TaskOffer, TaskState} from "../src/ITasks.sol";
import {IPurse} from "../src/IPurse.sol";
import {MunicipalEuro} from "../src/MunicipalEuro.sol";
import {Purse} from "../src/Purse.sol";
import {TaskBoard} from "../src/TaskBoard.sol";
import {FixtureCollection, TaskBase} from "./TaskBase.sol";

/// @title Citizens and employees at random, and an auditor who sees nothing but the events of a task board
/// @notice Every action may be refused. The auditor rebuilds every task and every award, and counts as a violation
/// whatever the rules do not allow.
contract TaskHandler is TaskBase {
    uint256 public constant CROWD = 24;

    /// @dev A task as the events tell it.
    struct Seen {
        TaskState state;
        uint256 round;
        uint256 quarters;
        uint256 awarded;
        uint256 shared;
        address employee;
        address[] group;
        uint16[] parts;
    }

    // ---- what the auditor knows ----
    uint256 public violations;
    uint256 public collectedInAll;
    uint256 public creditedInAll;
    uint256 public taskCount;
    mapping(uint256 task => Seen) private _seen;
    mapping(address account => uint256) public time;
    mapping(address account => uint256) public collected;
    mapping(address account => uint256) public coins;
    mapping(bytes32 nullifier => uint256) public earned;

    // ---- what the actors meant ----
    bool private _honest = true;

    modifier audited(bool honest) {
        _honest = honest;
        vm.recordLogs();
        _;
        _audit(vm.getRecordedLogs());
        _honest = true;
    }

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < collections.length; ++i) {
            _acceptFor(i);
        }
        vm.recordLogs();
        _award(0, 1_200);
        _award(1, 60);
        _audit(vm.getRecordedLogs());
    }

    // ---- actions ----

    function publish(uint16 quarters, uint8 tools, address by) external audited(true) {
        TaskOffer memory o = _offer(uint16(bound(quarters, 1, 40)));
        o.tools = tools % 2;
        o.until = uint40(block.timestamp + 30 days);
        vm.prank(uint160(by) % 4 == 0 ? by : employee);
        board.publish(o);
    }

    /// @dev One to three of a crowd, each for the first time; one choice in four is signed by somebody else.
    function choose(uint256 task, uint256 first, uint8 count, uint8 tampering) external audited(tampering % 4 != 0) {
        uint256 size = uint256(count) % 3 + 1;
        address[] memory accounts = new address[](size);
        uint256[] memory signers = new uint256[](size);
        for (uint256 i = 0; i < size; ++i) {
            signers[i] = keyOf((first % CROWD + i) % CROWD);
            accounts[i] = vm.addr(signers[i]);
        }
        _sort(accounts, signers);
        uint16[] memory parts = new uint16[](size);
        for (uint256 i = 0; i < size; ++i) {
            parts[i] = uint16(i == 0 ? 1_000 - 301 * (size - 1) : 301);
        }
        bytes[] memory signatures = new bytes[](size);
        bytes32 choice = _hashChoice(task % 8, accounts, parts);
        for (uint256 i = 0; i < size; ++i) {
            signatures[i] = _sign(address(board), tampering % 4 == 0 ? 0xBAD : signers[i], choice);
        }
        board.choose(task % 8, accounts, parts, signatures);
    }

    function equip(uint256 task) external audited(true) {
        vm.prank(employee);
        board.equip(task % 8);
    }

    function releaseOrWithdraw(uint256 task, uint8 seed) external audited(true) {
        vm.startPrank(employee);
        if (seed % 4 == 0) board.withdraw(task % 8);
        else board.release(task % 8);
        vm.stopPrank();
    }

    function reportDone(uint256 task, bool gives) external audited(true) {
        Seen memory s = _seen[task % 8];
        vm.assume(s.group.length != 0);
        address account = s.group[s.group.length - 1];
        string memory kind =
            gives ? "GivingUp(uint256 task,uint256 round)" : "TaskDone(uint256 task,uint256 round)";
        bytes memory signature = _signStep(kind, task % 8, _keyOf(account));
        if (gives) board.giveUp(task % 8, account, signature);
        else board.reportDone(task % 8, account, signature);
    }

    /// @dev One verification in four leaves somebody out or is by a stranger.
    function verify(uint256 task, uint16 quarters, uint8 tampering) external audited(tampering % 8 > 1) {
        Seen memory s = _seen[task % 8];
        vm.assume(s.quarters != 0);
        quarters = uint16(bound(quarters, 0, s.quarters));
        address[] memory accounts = s.group;
        if (tampering % 8 == 0 && accounts.length != 0) accounts = new address[](accounts.length - 1);
        vm.prank(tampering % 8 == 1 ? relayer : employee);
        board.verify(task % 8, quarters, quarters == s.quarters ? 0 : 1, accounts);
    }

    function appeal(uint256 task) external audited(true) {
        Seen memory s = _seen[task % 8];
        vm.assume(s.group.length != 0);
        bytes memory signature = _signAppeal(task % 8, _keyOf(s.group[0]), "statement");
        board.appeal(task % 8, s.group[0], "statement", signature);
    }

    function decide(uint256 task, uint16 quarters, bool same) external audited(!same) {
        Seen memory s = _seen[task % 8];
        vm.assume(s.quarters != 0);
        quarters = uint16(bound(quarters, s.awarded, s.quarters));
        vm.prank(same ? employee : colleague);
        board.decide(task % 8, quarters, quarters == s.quarters ? 0 : 1, s.group);
    }

    function collect(uint256 index, uint8 tampering) external audited(tampering % 8 > 2) {
        FixtureCollection memory f = collections[index % collections.length];
        if (tampering % 8 == 0) f.account = relayer;
        if (tampering % 8 == 1) f.terms = 1 - f.terms;
        if (tampering % 8 == 2) f.collectedTotal += 900;
        _deliver(f);
    }

    function warp(uint256 seed) external {
        vm.warp(block.timestamp + seed % 1 hours);
    }

    // ---- the auditor ----

    function theBoard() external view returns (TaskBoard) {
        return board;
    }

    function thePurse() external view returns (Purse) {
        return purse;
    }

    function theEuro() external view returns (MunicipalEuro) {
        return euro;
    }

    function seen(uint256 task) external view returns (Seen memory) {
        return _seen[task];
    }

    function collectionAt(uint256 index) external view returns (FixtureCollection memory) {
        return collections[index];
    }

    function collectionCount() external view returns (uint256) {
        return collections.length;
    }

    /// @dev A task account's key: the fixture's people first.
    function keyOf(uint256 index) public view returns (uint256) {
        return index < PEOPLE ? keys[index] : uint256(keccak256(abi.encode("crowd", index)));
    }

    function _keyOf(address account) private view returns (uint256) {
        for (uint256 i = 0; i < CROWD; ++i) {
            if (vm.addr(keyOf(i)) == account) return keyOf(i);
        }
        return 0xBAD;
    }

    function _sort(address[] memory accounts, uint256[] memory signers) private pure {
        for (uint256 i = 0; i < accounts.length; ++i) {
            for (uint256 j = 0; j + 1 < accounts.length; ++j) {
                if (accounts[j] <= accounts[j + 1]) continue;
                (accounts[j], accounts[j + 1]) = (accounts[j + 1], accounts[j]);
                (signers[j], signers[j + 1]) = (signers[j + 1], signers[j]);
            }
        }
    }

    function _audit(Vm.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(board)) _auditBoard(logs[i]);
            if (logs[i].emitter == address(purse) && logs[i].topics[0] == IPurse.Credited.selector) {
                uint64 amount = abi.decode(logs[i].data, (uint64));
                creditedInAll += amount;
                coins[_address(logs[i].topics[1])] += amount;
            }
        }
    }

    function _auditBoard(Vm.Log memory log) private {
        bytes32 topic = log.topics[0];
        if (topic == ITaskBoard.Collected.selector) return _auditCollection(log);
        Seen storage s = _seen[uint256(log.topics[1])];
        if (topic == ITasks.TaskPublished.selector) {
            taskCount += 1;
            _step(s, TaskState.NONE, TaskState.PUBLISHED);
            _expect(_address(log.topics[2]) == employee);
            s.quarters = abi.decode(log.data, (TaskOffer)).quarters;
        } else if (topic == ITasks.TaskWithdrawn.selector) {
            _step(s, TaskState.PUBLISHED, TaskState.WITHDRAWN);
        } else if (topic == ITasks.TaskChosen.selector) {
            _step(s, TaskState.PUBLISHED, TaskState.CHOSEN);
            uint256 round;
            (round, s.group, s.parts,) = abi.decode(log.data, (uint256, address[], uint16[], bytes32));
            _expect(round == s.round && s.group.length == s.parts.length && s.group.length != 0);
        } else if (topic == ITasks.TaskEquipped.selector) {
            _step(s, TaskState.CHOSEN, TaskState.EQUIPPED);
        } else if (topic == ITasks.TaskReleased.selector) {
            _expect(s.state == TaskState.CHOSEN || s.state == TaskState.EQUIPPED);
            s.state = TaskState.PUBLISHED;
            s.round += 1;
            delete s.group;
        } else if (topic == ITasks.TaskDone.selector) {
            _expect(s.state == TaskState.CHOSEN || s.state == TaskState.EQUIPPED);
            s.state = TaskState.DONE;
        } else if (topic == ITasks.TaskVerified.selector) {
            _step(s, TaskState.DONE, TaskState.VERIFIED);
            (s.awarded,) = abi.decode(log.data, (uint16, uint8));
            s.employee = _address(log.topics[2]);
            _expect(s.employee == employee);
        } else if (topic == ITasks.TaskAppealed.selector) {
            _step(s, TaskState.VERIFIED, TaskState.APPEALED);
            _expect(s.awarded < s.quarters);
        } else if (topic == ITasks.TaskDecided.selector) {
            _step(s, TaskState.APPEALED, TaskState.DECIDED);
            (uint16 awarded,) = abi.decode(log.data, (uint16, uint8));
            _expect(awarded >= s.awarded && _address(log.topics[2]) != s.employee);
            s.awarded = awarded;
        } else if (topic == ITasks.TimeAwarded.selector) {
            (uint16 quarters,) = abi.decode(log.data, (uint16, uint40));
            _expect(_honest && quarters != 0);
            s.shared += quarters;
            time[_address(log.topics[2])] += uint256(quarters) * 900;
        }
    }

    function _auditCollection(Vm.Log memory log) private {
        (, uint8 terms,, uint32 seconds_, uint64 amount, uint64 total,) =
            abi.decode(log.data, (uint256, uint8, bytes32, uint32, uint64, uint64, uint32));
        address taskAccount = _address(log.topics[2]);
        bool known;
        for (uint256 i = 0; i < collections.length; ++i) {
            FixtureCollection memory f = collections[i];
            if (f.nullifier != log.topics[1] || f.taskAccount != taskAccount || f.terms != terms) continue;
            if (f.account == _address(log.topics[3]) && f.collectedTotal == collected[taskAccount] + seconds_) {
                known = true;
            }
        }
        _expect(_honest && known && amount == uint256(seconds_) * (terms == 0 ? 500 : 200) / 3_600);
        earned[log.topics[1]] += amount;
        _expect(total == earned[log.topics[1]]);
        collected[taskAccount] += seconds_;
        collectedInAll += amount;
    }

    function _step(Seen storage s, TaskState from, TaskState to) private {
        _expect(_honest && s.state == from);
        s.state = to;
    }

    function _expect(bool condition) private {
        if (!condition) violations += 1;
    }
}
