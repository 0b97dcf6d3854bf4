// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Budget} from "./Budget.sol";
import {Books} from "./BudgetWords.sol";
import {IMunicipalEuro} from "./IMunicipalEuro.sol";
import {IPurse, PurseRules} from "./IPurse.sol";
import {SpendingRules} from "./ISpending.sol";
import {Spending} from "./Spending.sol";

/// @title Purse
contract Purse is IPurse, Spending {
    /// @inheritdoc IPurse
    address public immutable board;

    /// @param rules_ see `PurseRules`; FundBadRules names the first field that is wrong.
    /// @param spending see `SpendingRules`; all zero for none. No vouchers: earnings are no multiples of one.
    /// @param board_ see `board`. It is deployed next, by an account that knows the address it will get, and refuses a
    /// purse of another board.
    /// @param euro_ see `euro`.
    /// @param sponsor_ gets DEFAULT_ADMIN_ROLE and SPONSOR_ROLE, and what is unspent at the end.
    constructor(
        PurseRules memory rules_,
        SpendingRules memory spending,
        address board_,
        IMunicipalEuro euro_,
        address sponsor_
    ) Budget(euro_, sponsor_, rules_.opensAt, rules_.closesAt, rules_.categories) Spending(spending, rules_.categories) {
        if (rules_.closesAt <= rules_.opensAt) revert FundBadRules("closesAt");
        if (spending.voucherAmount != 0) revert FundBadRules("voucherAmount");
        if (board_ == address(0)) revert FundBadRules("board");
        board = board_;
        emit PurseOpened(board_, sponsor_, address(euro_));
    }

    /// @inheritdoc IPurse
    function credit(address account, uint256 amount) external {
        if (msg.sender != board) revert PurseNotBoard(msg.sender);
        Books b = _books;
        if (b.paused()) revert FundPaused();
        _requirePeriod(_opensAt, _closesAt);
        if (account == address(0)) revert FundZeroAccount();
        _credit(b, account, amount);
        // forge-lint: disable-next-line(unsafe-typecast) at most the unallocated budget
        emit Credited(account, uint64(amount));
    }

    /// @inheritdoc IPurse
    function rules() external view returns (PurseRules memory) {
        // forge-lint: disable-next-line(unsafe-typecast) they were given as such
        return PurseRules(uint40(_opensAt), uint40(_closesAt), _categories);
    }
}
