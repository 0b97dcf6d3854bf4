// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @dev A payment; see `ISpending.payment`. The merchant is never zero in a payment that was made.
struct Payment {
    address merchant;
    uint40 amount;
    uint40 refunded;
    uint16 batch;
}

/// @title Payments and accounts, each in one word of storage
/// @notice Packed by hand, for the reason in BudgetWords. An account is its balance in the lowest 64 bits and, above them,
/// 40 bits each, what it spent in the first four categories that have a limit: a limited payment writes no other word for
/// its category.
library SpendingWords {
    /// @dev How many categories with a limit an account's word counts. Further ones are counted elsewhere.
    uint256 internal constant CATEGORIES = 4;

    uint256 private constant BALANCE = type(uint64).max;
    uint256 private constant SPENT = type(uint40).max;

    /// @notice The payment in this word.
    function paymentIn(uint256 word) internal pure returns (Payment memory) {
        // forge-lint: disable-start(unsafe-typecast) each member is cut out of the word
        return Payment({
            merchant: address(uint160(word)),
            amount: uint40(word >> 160),
            refunded: uint40(word >> 200),
            batch: uint16(word >> 240)
        });
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @notice The word of this payment.
    function wordOf(Payment memory p) internal pure returns (uint256) {
        return uint160(p.merchant) | uint256(p.amount) << 160 | uint256(p.refunded) << 200 | uint256(p.batch) << 240;
    }

    /// @notice The balance of the account with this word, in cents.
    function balanceIn(uint256 account) internal pure returns (uint64) {
        // forge-lint: disable-next-line(unsafe-typecast) the lowest bits are meant
        return uint64(account);
    }

    /// @notice The account's word with another balance.
    function withBalance(uint256 account, uint64 balance) internal pure returns (uint256) {
        return (account & ~BALANCE) | balance;
    }

    /// @notice What the account spent in the category at `place`, below CATEGORIES.
    function spentIn(uint256 account, uint256 place) internal pure returns (uint256) {
        return (account >> _shift(place)) & SPENT;
    }

    /// @notice The account's word with another sum there; `spent` is below 2^40, as every limit is.
    function withSpent(uint256 account, uint256 place, uint256 spent) internal pure returns (uint256) {
        uint256 shift = _shift(place);
        return (account & ~(SPENT << shift)) | spent << shift;
    }

    function _shift(uint256 place) private pure returns (uint256) {
        return 64 + 40 * place;
    }
}
