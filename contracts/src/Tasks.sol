// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ITasks, TaskOffer, TaskState} from "./ITasks.sol";
import {Signed} from "./Signed.sol";
import {TaskMessages} from "./TaskMessages.sol";

/// @title Tasks
abstract contract Tasks is ITasks, Signed {
    /// @dev Two slots, and the insurance in a third.
    struct Task {
        TaskState state;
        uint16 round;
        uint8 tools;
        uint8 places;
        uint16 quarters;
        uint16 awarded;
        uint40 until;
        address employee;
        bytes32 insurance;
    }

    /// @dev One slot.
    struct Work {
        uint64 task;
        uint16 round;
        uint16 part;
        uint32 time;
        uint32 collected;
        uint40 until;
    }

    uint256 private constant WHOLE = 1_000;
    uint32 private constant QUARTER = 15 minutes;

    uint256 private immutable _collectWithin;
    uint256 private immutable _appealWithin;

    /// @inheritdoc ITasks
    uint256 public tasks;
    mapping(uint256 task => Task) private _tasks;
    /// @inheritdoc ITasks
    mapping(address account => Work) public workOf;

    modifier onlyEmployee() {
        _requireEmployee();
        _;
    }

    constructor(uint256 collectWithin, uint256 appealWithin) {
        _collectWithin = collectWithin;
        _appealWithin = appealWithin;
    }

    // ---- employees ----

    /// @inheritdoc ITasks
    function publish(TaskOffer calldata offer) external onlyEmployee returns (uint256 task) {
        _requireOpen();
        if (offer.places == 0) revert TaskBadOffer("places");
        if (offer.quarters == 0) revert TaskBadOffer("quarters");
        if (offer.until <= block.timestamp) revert TaskBadOffer("until");
        task = ++tasks;
        _tasks[task] = Task({
            state: TaskState.PUBLISHED,
            round: 0,
            tools: offer.tools,
            places: offer.places,
            quarters: offer.quarters,
            awarded: 0,
            until: offer.until,
            employee: address(0),
            insurance: offer.insurance
        });
        emit TaskPublished(task, msg.sender, offer);
    }

    /// @inheritdoc ITasks
    function withdraw(uint256 task) external onlyEmployee {
        if (_tasks[task].state != TaskState.PUBLISHED) _refuseState(task);
        _tasks[task].state = TaskState.WITHDRAWN;
        emit TaskWithdrawn(task, msg.sender);
    }

    /// @inheritdoc ITasks
    function equip(uint256 task) external onlyEmployee {
        if (_tasks[task].state != TaskState.CHOSEN) _refuseState(task);
        _tasks[task].state = TaskState.EQUIPPED;
        emit TaskEquipped(task, msg.sender);
    }

    /// @inheritdoc ITasks
    function release(uint256 task) external onlyEmployee {
        _release(task, msg.sender);
    }

    /// @inheritdoc ITasks
    function verify(uint256 task, uint16 quarters, uint8 reason, address[] calldata accounts) external onlyEmployee {
        Task storage t = _tasks[task];
        if (t.state != TaskState.DONE) _refuseState(task);
        _requireVerdict(quarters, 0, t.quarters, reason);
        t.state = TaskState.VERIFIED;
        t.awarded = quarters;
        t.employee = msg.sender;
        // forge-lint: disable-next-line(unsafe-typecast) both are below 2^40 for 30,000 years
        t.until = uint40(block.timestamp + _appealWithin);
        emit TaskVerified(task, msg.sender, quarters, reason);
        _award(task, t.round, quarters, accounts);
    }

    /// @inheritdoc ITasks
    function decide(uint256 task, uint16 quarters, uint8 reason, address[] calldata accounts) external onlyEmployee {
        Task storage t = _tasks[task];
        if (t.state != TaskState.APPEALED) _refuseState(task);
        if (t.employee == msg.sender) revert TaskSameEmployee(msg.sender);
        uint16 before = t.awarded;
        _requireVerdict(quarters, before, t.quarters, reason);
        t.state = TaskState.DECIDED;
        t.awarded = quarters;
        emit TaskDecided(task, msg.sender, quarters, reason);
        _award(task, t.round, quarters - before, accounts);
    }

    // ---- citizens ----

    /// @inheritdoc ITasks
    function choose(uint256 task, address[] calldata accounts, uint16[] calldata parts, bytes[] calldata signatures)
        external
    {
        _requireOpen();
        Task storage t = _tasks[task];
        if (t.state != TaskState.PUBLISHED) _refuseState(task);
        if (block.timestamp >= t.until) revert TaskOver(task, t.until);
        uint256 count = accounts.length;
        if (count == 0 || count > t.places || parts.length != count || signatures.length != count) {
            revert TaskWrongGroup(count, t.places);
        }
        bytes32 receipt = TaskMessages.hashChoice(task, t.round, t.insurance, accounts, parts);
        uint256 sum;
        for (uint256 i = 0; i < count; ++i) {
            address account = accounts[i];
            _requireAscending(accounts, i);
            if (workOf[account].task != 0) revert TaskAccountTaken(account);
            _requireSignature(receipt, signatures[i], account);
            if (parts[i] == 0) revert TaskWrongParts(0);
            sum += parts[i];
            // forge-lint: disable-next-line(unsafe-typecast) tasks are counted
            workOf[account] = Work(uint64(task), t.round, parts[i], 0, 0, 0);
        }
        if (sum != WHOLE) revert TaskWrongParts(sum);
        t.state = TaskState.CHOSEN;
        emit TaskChosen(task, t.round, accounts, parts, _hashTypedDataV4(receipt));
    }

    /// @inheritdoc ITasks
    function reportDone(uint256 task, address account, bytes calldata signature) external {
        Task storage t = _tasks[task];
        if (t.state != TaskState.EQUIPPED && (t.state != TaskState.CHOSEN || t.tools != 0)) _refuseState(task);
        if (block.timestamp >= t.until) revert TaskOver(task, t.until);
        _requireMine(task, t.round, account);
        _requireSignature(TaskMessages.hashDone(task, t.round), signature, account);
        t.state = TaskState.DONE;
        emit TaskDone(task, account);
    }

    /// @inheritdoc ITasks
    function giveUp(uint256 task, address account, bytes calldata signature) external {
        uint256 round = _tasks[task].round;
        _release(task, account);
        _requireMine(task, round, account);
        _requireSignature(TaskMessages.hashGivingUp(task, round), signature, account);
    }

    /// @inheritdoc ITasks
    function appeal(uint256 task, address account, bytes32 statement, bytes calldata signature) external {
        Task storage t = _tasks[task];
        if (t.state != TaskState.VERIFIED) _refuseState(task);
        if (t.awarded == t.quarters) revert TaskNothingToAppeal(task);
        if (block.timestamp >= t.until) revert TaskAppealTooLate(task, t.until);
        _requireMine(task, t.round, account);
        _requireSignature(TaskMessages.hashAppeal(task, t.round, statement), signature, account);
        t.state = TaskState.APPEALED;
        emit TaskAppealed(task, account, statement);
    }

    // ---- views ----

    /// @inheritdoc ITasks
    function taskOf(uint256 task)
        external
        view
        returns (TaskState state, uint16 round, uint16 quarters, uint16 awarded, uint40 until, address employee)
    {
        Task memory t = _tasks[task];
        return (t.state, t.round, t.quarters, t.awarded, t.until, t.employee);
    }

    // ---- for the board ----

    /// @dev Reverts unless the caller is an employee.
    function _requireEmployee() internal view virtual;

    /// @dev Reverts unless the board is open.
    function _requireOpen() internal view virtual;

    // ---- steps ----

    function _release(uint256 task, address by) private {
        Task storage t = _tasks[task];
        if (t.state != TaskState.CHOSEN && t.state != TaskState.EQUIPPED) _refuseState(task);
        t.state = TaskState.PUBLISHED;
        t.round += 1;
        emit TaskReleased(task, by);
    }

    /// @dev Gives each account its share, so that the shares add up: what the first n get together is rounded down.
    function _award(uint256 task, uint256 round, uint256 quarters, address[] calldata accounts) private {
        // forge-lint: disable-next-line(unsafe-typecast) see `verify`
        uint40 until = uint40(block.timestamp + _collectWithin);
        uint256 parts;
        uint256 given;
        for (uint256 i = 0; i < accounts.length; ++i) {
            address account = accounts[i];
            _requireAscending(accounts, i);
            _requireMine(task, round, account);
            Work memory work = workOf[account];
            parts += work.part;
            uint256 share = quarters * parts / WHOLE - given;
            given += share;
            if (share == 0) continue;
            // forge-lint: disable-start(unsafe-typecast) at most all quarters, below 2^16
            work.time += uint32(share) * QUARTER;
            work.until = until;
            workOf[account] = work;
            emit TimeAwarded(task, account, uint16(share), until);
            // forge-lint: disable-end(unsafe-typecast)
        }
        if (parts != WHOLE) revert TaskWrongParts(parts);
    }

    // ---- checks ----

    function _requireVerdict(uint256 quarters, uint256 minimum, uint256 maximum, uint8 reason) private pure {
        if (quarters < minimum || quarters > maximum) revert TaskQuartersOutOfRange(quarters, minimum, maximum);
        if ((quarters == maximum) != (reason == 0)) revert TaskBadReason(reason);
    }

    function _requireAscending(address[] calldata accounts, uint256 i) private pure {
        if (accounts[i] <= (i == 0 ? address(0) : accounts[i - 1])) revert TaskAccountsNotAscending(accounts[i]);
    }

    function _requireMine(uint256 task, uint256 round, address account) private view {
        Work memory work = workOf[account];
        if (task == 0 || work.task != task || work.round != round) revert TaskNotYours(task, account);
    }

    function _refuseState(uint256 task) private view {
        revert TaskWrongState(task, _tasks[task].state);
    }
}
