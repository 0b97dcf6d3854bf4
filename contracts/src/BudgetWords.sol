// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @dev Where a programme's money is, in cents; see `IBudget.books`. From the lowest bit: unallocated, accounts and
/// merchants (64 bits each), paused and closed (8 bits each).
type Books is uint256;

/// @dev A shop; see `IBudget.merchantOf`. From the lowest bit: balance (64 bits), batch (16), category (8), approved (8),
/// and what the rules say for its category, so that a payment reads no other word: the limit, 0 for none (40), and where
/// an account counts what it spends in that category (8).
type Merchant is uint256;

using BudgetWords for Books global;
using BudgetWords for Merchant global;

/// @title Books and shops, each in one word of storage
/// @notice Packed by hand, so that a payment reads each word once and writes it once: the compiler would do so for every
/// member. The callers' sums are checked, and each fits its member.
library BudgetWords {
    uint256 private constant MASK_64 = type(uint64).max;

    // ---- books ----

    function unallocated(Books b) internal pure returns (uint64) {
        // forge-lint: disable-next-line(unsafe-typecast) these bits are meant
        return uint64(Books.unwrap(b));
    }

    function accounts(Books b) internal pure returns (uint64) {
        // forge-lint: disable-next-line(unsafe-typecast) these bits are meant
        return uint64(Books.unwrap(b) >> 64);
    }

    function merchants(Books b) internal pure returns (uint64) {
        // forge-lint: disable-next-line(unsafe-typecast) these bits are meant
        return uint64(Books.unwrap(b) >> 128);
    }

    function paused(Books b) internal pure returns (bool) {
        return (Books.unwrap(b) >> 192) & 1 != 0;
    }

    function closed(Books b) internal pure returns (bool) {
        return (Books.unwrap(b) >> 200) & 1 != 0;
    }

    function withUnallocated(Books b, uint64 sum) internal pure returns (Books) {
        return Books.wrap((Books.unwrap(b) & ~MASK_64) | sum);
    }

    function withAccounts(Books b, uint64 sum) internal pure returns (Books) {
        return Books.wrap((Books.unwrap(b) & ~(MASK_64 << 64)) | uint256(sum) << 64);
    }

    function withMerchants(Books b, uint64 sum) internal pure returns (Books) {
        return Books.wrap((Books.unwrap(b) & ~(MASK_64 << 128)) | uint256(sum) << 128);
    }

    function withPaused(Books b, bool is_) internal pure returns (Books) {
        return Books.wrap((Books.unwrap(b) & ~uint256(1 << 192)) | (is_ ? 1 << 192 : 0));
    }

    function withClosed(Books b) internal pure returns (Books) {
        return Books.wrap(Books.unwrap(b) | 1 << 200);
    }

    // ---- a shop ----

    function balance(Merchant m) internal pure returns (uint64) {
        // forge-lint: disable-next-line(unsafe-typecast) these bits are meant
        return uint64(Merchant.unwrap(m));
    }

    function batch(Merchant m) internal pure returns (uint16) {
        // forge-lint: disable-next-line(unsafe-typecast) these bits are meant
        return uint16(Merchant.unwrap(m) >> 64);
    }

    function category(Merchant m) internal pure returns (uint8) {
        // forge-lint: disable-next-line(unsafe-typecast) these bits are meant
        return uint8(Merchant.unwrap(m) >> 80);
    }

    function approved(Merchant m) internal pure returns (bool) {
        return (Merchant.unwrap(m) >> 88) & 1 != 0;
    }

    function categoryLimit(Merchant m) internal pure returns (uint40) {
        // forge-lint: disable-next-line(unsafe-typecast) these bits are meant
        return uint40(Merchant.unwrap(m) >> 96);
    }

    function categoryPlace(Merchant m) internal pure returns (uint8) {
        // forge-lint: disable-next-line(unsafe-typecast) these bits are meant
        return uint8(Merchant.unwrap(m) >> 136);
    }

    function withBalance(Merchant m, uint64 sum) internal pure returns (Merchant) {
        return Merchant.wrap((Merchant.unwrap(m) & ~MASK_64) | sum);
    }

    function withBatch(Merchant m, uint16 number) internal pure returns (Merchant) {
        return Merchant.wrap((Merchant.unwrap(m) & ~(uint256(type(uint16).max) << 64)) | uint256(number) << 64);
    }

    function withApproved(Merchant m, bool is_) internal pure returns (Merchant) {
        return Merchant.wrap((Merchant.unwrap(m) & ~uint256(1 << 88)) | (is_ ? 1 << 88 : 0));
    }

    /// @dev `limit` and `place` are what the rules say for the category.
    function withCategory(Merchant m, uint8 number, uint40 limit, uint8 place) internal pure returns (Merchant) {
        uint256 kept = Merchant.unwrap(m) & ~(uint256(type(uint8).max) << 80 | uint256(type(uint48).max) << 96);
        return Merchant.wrap(kept | uint256(number) << 80 | uint256(limit) << 96 | uint256(place) << 136);
    }
}
