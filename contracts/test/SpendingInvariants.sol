// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Test} from "forge-std/Test.sol";

import {ISpending} from "../src/ISpending.sol";
import {Seen, SeenShop, SpendingAuditor, Sums} from "./SpendingAuditor.sol";

/// @title Invariants of every programme whose accounts pay, by the auditor's books
abstract contract SpendingInvariants is Test {
    function _shopsHoldWhatTheirOpenPaymentsLeft(SpendingAuditor auditor, ISpending programme, address[] memory shops)
        internal
        view
    {
        uint256[] memory open = new uint256[](shops.length);
        for (uint256 i = 0; i < auditor.paymentCount(address(programme)); ++i) {
            (bytes32 id,) = auditor.paymentAt(address(programme), i);
            (address merchant, uint40 amount, uint40 refunded, uint16 batch) = programme.payment(id);
            assertLe(refunded, amount);
            for (uint256 shop = 0; shop < shops.length; ++shop) {
                if (shops[shop] != merchant) continue;
                (,,, uint16 current) = programme.merchantOf(merchant);
                assertLe(batch, current);
                if (batch == current) open[shop] += amount - refunded;
            }
        }
        for (uint256 shop = 0; shop < shops.length; ++shop) {
            (,, uint64 balance,) = programme.merchantOf(shops[shop]);
            assertEq(balance, open[shop]);
        }
    }

    function _eventsAloneRebuildTheLedger(
        SpendingAuditor auditor,
        ISpending programme,
        address[] memory accounts,
        address[] memory shops
    ) internal view {
        Sums memory sums = _sumsAreThoseOfTheEvents(auditor, programme);
        for (uint256 i = 0; i < accounts.length; ++i) {
            uint256 expected = sums.closed ? 0 : auditor.accountOf(address(programme), accounts[i]);
            assertEq(programme.accountOf(accounts[i]), expected);
        }
        for (uint256 i = 0; i < shops.length; ++i) {
            SeenShop memory shop = auditor.shopOf(address(programme), shops[i]);
            (uint8 category, bool approved, uint64 balance, uint16 batch) = programme.merchantOf(shops[i]);
            assertEq(category, shop.category);
            assertEq(approved, shop.approved);
            assertEq(balance, shop.balance);
            assertEq(batch, shop.batch);
        }
        for (uint256 i = 0; i < auditor.paymentCount(address(programme)); ++i) {
            (bytes32 id, Seen memory expected) = auditor.paymentAt(address(programme), i);
            (address merchant, uint40 amount, uint40 refunded, uint16 batch) = programme.payment(id);
            assertEq(merchant, expected.merchant);
            assertEq(amount, expected.amount);
            assertEq(refunded, expected.refunded);
            assertEq(batch, expected.batch);
        }
    }

    function _sumsAreThoseOfTheEvents(SpendingAuditor auditor, ISpending programme)
        private
        view
        returns (Sums memory sums)
    {
        sums = auditor.sumsOf(address(programme));
        (uint64 unallocated, uint64 accounts, uint64 merchants, bool paused, bool closed) = programme.books();
        assertEq(unallocated, sums.unallocated);
        assertEq(accounts, sums.accounts);
        assertEq(merchants, sums.merchants);
        assertEq(paused, sums.paused);
        assertEq(closed, sums.closed);
    }
}
