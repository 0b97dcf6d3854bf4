// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IProgramme} from "./IProgramme.sol";

/// @notice What happens to a task, in this order. WITHDRAWN, and a decision, are final; so is a verification that is
/// complete or not appealed.
enum TaskState {
    NONE,
    PUBLISHED,
    CHOSEN,
    EQUIPPED,
    DONE,
    VERIFIED,
    APPEALED,
    DECIDED,
    WITHDRAWN
}

/// @notice A task as it is published. Nothing in it is personal.
/// @param description hash of the published text.
/// @param tags hash of the published list of tags: what the task asks of body and mind, and where it is.
/// @param insurance reference of the policy that covers it; whoever chooses the task accepts its conditions.
/// @param tools bit flags of the tools and materials that are handed out; 0 if none are, and then no step of it is.
/// @param places how many people may do it together; at least 1.
/// @param quarters quarter hours that it is worth in full, of all people together; at least 1.
/// @param until first second in which it can no longer be chosen or reported as done.
struct TaskOffer {
    bytes32 description;
    bytes32 tags;
    bytes32 insurance;
    uint8 tools;
    uint8 places;
    uint16 quarters;
    uint40 until;
}

/// @title Tasks: from publishing to the award
/// @notice (1) An employee publishes a task. (2) One or several fresh *task accounts* choose it, with a split in parts of
/// a thousand. (3) An employee hands out tools and materials. (4) One of them reports it as done. (5) An employee
/// verifies: in full, in part or not at all, with a reason; an appeal is decided by another employee. The accounts are
/// awarded time, in quarter hours. (6) and (7), spending and reimbursing, are those of the purse.
///
/// Task accounts sign (EIP-712, domain name "Stuiver", version "1", this chain, this contract), and anybody delivers:
///
///     Choice(uint256 task,uint256 round,bytes32 insurance,address[] accounts,uint16[] parts)    all of them
///     TaskDone(uint256 task,uint256 round)                                                      one of them
///     GivingUp(uint256 task,uint256 round)                                                      one of them
///     Appeal(uint256 task,uint256 round,bytes32 statement)                                      one of them
///
/// A round begins each time the task is free again, so that nothing signed in one counts in the next.
///
/// Whoever may do what: an account with the purse's EMPLOYEE_ROLE publishes, withdraws, hands out, releases, verifies and
/// decides; AccessControlUnauthorizedAccount refuses everybody else.
interface ITasks is IProgramme {
    // ---- events: these alone rebuild every task ----

    /// @notice (1) The task can be chosen.
    event TaskPublished(uint256 indexed task, address indexed employee, TaskOffer offer);
    /// @notice The task can no longer be chosen.
    event TaskWithdrawn(uint256 indexed task, address indexed employee);
    /// @notice (2) These accounts do it together. `receipt` is the EIP-712 hash that all of them signed: they accept the
    /// insurance's conditions.
    event TaskChosen(uint256 indexed task, uint256 round, address[] accounts, uint16[] parts, bytes32 receipt);
    /// @notice (3) Tools and materials were handed out.
    event TaskEquipped(uint256 indexed task, address indexed employee);
    /// @notice The task is free again, by an employee or by an account of it; the round is over.
    event TaskReleased(uint256 indexed task, address indexed by);
    /// @notice (4) An account of it reports the task as done.
    event TaskDone(uint256 indexed task, address indexed account);
    /// @notice (5) Verified: `quarters` of the task's quarter hours count. `reason` is 0 if all do, and otherwise a code
    /// of the rulebook.
    event TaskVerified(uint256 indexed task, address indexed employee, uint16 quarters, uint8 reason);
    /// @notice An account of it appeals; `statement` is the hash of what it wrote.
    event TaskAppealed(uint256 indexed task, address indexed account, bytes32 statement);
    /// @notice The appeal was decided for good: `quarters` count now.
    event TaskDecided(uint256 indexed task, address indexed employee, uint16 quarters, uint8 reason);
    /// @notice The account's share: so many more quarter hours, to be collected before `until`.
    event TimeAwarded(uint256 indexed task, address indexed account, uint16 quarters, uint40 until);

    // ---- errors: each refusal has its own ----

    /// @notice A field of the task is wrong; its name, as text.
    error TaskBadOffer(bytes32 field);
    /// @notice The step is not possible in the task's state.
    error TaskWrongState(uint256 task, TaskState state);
    /// @notice The task had to be chosen, or done, before `until`.
    error TaskOver(uint256 task, uint256 until);
    /// @notice One to `places` accounts with a part each.
    error TaskWrongGroup(uint256 accounts, uint256 places);
    /// @notice Accounts are listed in ascending order, each once, and none is zero.
    error TaskAccountsNotAscending(address account);
    /// @notice Every part is at least 1, and together they are 1000.
    error TaskWrongParts(uint256 sum);
    /// @notice A task account is for one choice only.
    error TaskAccountTaken(address account);
    /// @notice The account does not do this task, or no longer.
    error TaskNotYours(uint256 task, address account);
    /// @notice At most so many quarter hours, and after an appeal no fewer than before.
    error TaskQuartersOutOfRange(uint256 quarters, uint256 minimum, uint256 maximum);
    /// @notice Whatever is not verified in full has a reason, and nothing else has.
    error TaskBadReason(uint8 reason);
    /// @notice The task was verified in full.
    error TaskNothingToAppeal(uint256 task);
    /// @notice Appeals were possible before `until`.
    error TaskAppealTooLate(uint256 task, uint256 until);
    /// @notice Somebody else decides an appeal than the employee who verified.
    error TaskSameEmployee(address employee);

    // ---- employees ----

    /// @notice (1) Publishes a task. Refuses FundOutsidePeriod, TaskBadOffer.
    /// @param offer see `TaskOffer`; TaskBadOffer names the first field that is wrong.
    /// @return task its number, counted from 1.
    function publish(TaskOffer calldata offer) external returns (uint256 task);

    /// @notice Withdraws a task that nobody does. Refuses TaskWrongState.
    /// @param task its number.
    function withdraw(uint256 task) external;

    /// @notice (3) Records that tools and materials were handed out. Refuses TaskWrongState.
    /// @param task its number.
    function equip(uint256 task) external;

    /// @notice Frees a task that was chosen and not reported as done. Refuses TaskWrongState.
    /// @param task its number.
    function release(uint256 task) external;

    /// @notice (5) Verifies a task and awards its time. Refuses TaskWrongState, TaskQuartersOutOfRange, TaskBadReason,
    /// TaskAccountsNotAscending, TaskNotYours, TaskWrongParts.
    /// @param task its number.
    /// @param quarters how many of the task's quarter hours count; 0 refuses it.
    /// @param reason 0 if all count, and otherwise a code of the rulebook.
    /// @param accounts all accounts that do the task, ascending. Their shares of what counts are rounded so that they
    /// add up: the first n get the rounded down share of the first n.
    function verify(uint256 task, uint16 quarters, uint8 reason, address[] calldata accounts) external;

    /// @notice Decides an appeal. Refuses TaskWrongState, TaskSameEmployee, TaskQuartersOutOfRange, TaskBadReason,
    /// TaskAccountsNotAscending, TaskNotYours, TaskWrongParts.
    /// @param task its number.
    /// @param quarters quarter hours awarded in all, no fewer than before.
    /// @param reason 0 for all that the task is worth, else why not.
    /// @param accounts the whole group, in the order of their addresses.
    function decide(uint256 task, uint16 quarters, uint8 reason, address[] calldata accounts) external;

    // ---- citizens ----

    /// @notice (2) Chooses a task. Anyone may deliver it. Refuses FundOutsidePeriod, TaskWrongState, TaskOver,
    /// TaskWrongGroup, TaskAccountsNotAscending, TaskAccountTaken, FundBadSignature, TaskWrongParts.
    /// @param task its number.
    /// @param accounts fresh ones, ascending.
    /// @param parts of a thousand, in the same order.
    /// @param signatures of Choice, in the same order.
    function choose(uint256 task, address[] calldata accounts, uint16[] calldata parts, bytes[] calldata signatures)
        external;

    /// @notice (4) Reports a task as done. Anyone may deliver it. Refuses TaskWrongState, TaskOver, TaskNotYours,
    /// FundBadSignature.
    /// @param task its number.
    /// @param account one of the group.
    /// @param signature of TaskDone, by `account`.
    function reportDone(uint256 task, address account, bytes calldata signature) external;

    /// @notice Gives a task up that was not reported as done. Refuses TaskWrongState, TaskNotYours, FundBadSignature.
    /// @param task its number.
    /// @param account one of the group.
    /// @param signature of GivingUp, by `account`.
    function giveUp(uint256 task, address account, bytes calldata signature) external;

    /// @notice Appeals against a verification that is not full. Refuses TaskWrongState, TaskNothingToAppeal,
    /// TaskAppealTooLate, TaskNotYours, FundBadSignature.
    /// @param task its number.
    /// @param account one of the group.
    /// @param statement hash of what the account says.
    /// @param signature of Appeal, by `account`.
    function appeal(uint256 task, address account, bytes32 statement, bytes calldata signature) external;

    // ---- views ----

    /// @notice How many tasks were published.
    /// @return the number of the latest one.
    function tasks() external view returns (uint256);

    /// @notice A task. Its offer's hashes are in its event.
    /// @param task its number.
    /// @return state NONE if there is no such task.
    /// @return round how often it became free again.
    /// @return quarters that it is worth in full.
    /// @return awarded quarter hours so far.
    /// @return until until when it can be chosen and done, and once verified until when that can be appealed.
    /// @return employee who verified it; zero before.
    function taskOf(uint256 task)
        external
        view
        returns (TaskState state, uint16 round, uint16 quarters, uint16 awarded, uint40 until, address employee);

    /// @notice What an account does and has: its task (0 if none) and round, its part of a thousand, its seconds, how
    /// many of those it collected, and until when it can collect the rest.
    /// @param account a task account.
    /// @return task the task that it chose; 0 if none.
    /// @return round of that task.
    /// @return part of a thousand of what the task awards.
    /// @return time seconds awarded.
    /// @return collected seconds of those that it turned into coins.
    /// @return until first second in which it can collect no more, unix time.
    function workOf(address account)
        external
        view
        returns (uint64 task, uint16 round, uint16 part, uint32 time, uint32 collected, uint40 until);
}
