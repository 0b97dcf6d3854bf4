// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @dev Where a programme's money is, in cents; see `IBudget.books`.
struct Books {
    uint64 unallocated;
    uint64 accounts;
    uint64 merchants;
    bool paused;
    bool closed;
}

/// @dev A shop; see `IBudget.merchantOf`. The last two repeat what the rules say for its category, so that a payment reads
/// no other slot: the limit, 0 for none, and where an account counts what it spends in that category.
struct Merchant {
    uint64 balance;
    uint16 batch;
    uint8 category;
    bool approved;
    uint40 categoryLimit;
    uint8 categoryPlace;
}

/// @title Books and shops, each in one word of storage
/// @notice Packed by hand, so that a payment reads each word once and writes it once: the compiler would do so for every
/// member. The first member lies in the lowest bits.
library BudgetWords {
    /// @notice The books in this word.
    function booksIn(uint256 word) internal pure returns (Books memory) {
        // forge-lint: disable-start(unsafe-typecast) each member is cut out of the word
        return Books({
            unallocated: uint64(word),
            accounts: uint64(word >> 64),
            merchants: uint64(word >> 128),
            paused: uint8(word >> 192) != 0,
            closed: uint8(word >> 200) != 0
        });
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @notice The word of these books.
    function wordOf(Books memory b) internal pure returns (uint256) {
        return uint256(b.unallocated) | uint256(b.accounts) << 64 | uint256(b.merchants) << 128
            | (b.paused ? 1 << 192 : 0) | (b.closed ? 1 << 200 : 0);
    }

    /// @notice The shop in this word.
    function merchantIn(uint256 word) internal pure returns (Merchant memory) {
        // forge-lint: disable-start(unsafe-typecast) each member is cut out of the word
        return Merchant({
            balance: uint64(word),
            batch: uint16(word >> 64),
            category: uint8(word >> 80),
            approved: uint8(word >> 88) != 0,
            categoryLimit: uint40(word >> 96),
            categoryPlace: uint8(word >> 136)
        });
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @notice The word of this shop.
    function wordOf(Merchant memory m) internal pure returns (uint256) {
        return uint256(m.balance) | uint256(m.batch) << 64 | uint256(m.category) << 80 | (m.approved ? 1 << 88 : 0)
            | uint256(m.categoryLimit) << 96 | uint256(m.categoryPlace) << 136;
    }
}
