// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ISpending} from "./ISpending.sol";

/// @notice The rules of a purse. They never change. Times are in unix seconds.
/// @param opensAt first second of credits, payments and refunds.
/// @param closesAt first second without them; from then on the purse may be closed.
/// @param categories bit i is set if shops of category i may be approved.
struct PurseRules {
    uint40 opensAt;
    uint40 closesAt;
    uint256 categories;
}

/// @title Purse: the coins of one task board
/// @notice The board credits accounts, as ITaskBoard says; they are spent as ISpending says. The sponsor pays in, and
/// keeps the roles of both contracts here: whoever has EMPLOYEE_ROLE of the purse is an employee on the board.
interface IPurse is ISpending {
    /// @notice The purse exists, for the board that is or will be at this address.
    event PurseOpened(address indexed board, address indexed sponsor, address euro);
    /// @notice The board moved `amount` from the unallocated budget to `account`.
    event Credited(address indexed account, uint64 amount);

    /// @notice Only the board credits.
    error PurseNotBoard(address caller);

    /// @notice Moves `amount` cents to the account. The board only.
    /// @dev Refusals, in this order: PurseNotBoard, FundPaused, FundOutsidePeriod, FundZeroAccount,
    /// FundBudgetExhausted.
    /// @param account a payment account, not zero.
    /// @param amount cents, at most the unallocated budget.
    function credit(address account, uint256 amount) external;

    /// @notice The rules as the sponsor opened the purse with them.
    /// @return as given at the opening, every field.
    function rules() external view returns (PurseRules memory);

    /// @notice Who credits.
    /// @return the task board.
    function board() external view returns (address);
}
