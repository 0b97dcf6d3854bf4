// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Rules} from "../../src/IFund.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {CategoryLimit, ISpending, PaymentPermit, SpendingRules} from "../../src/ISpending.sol";
import {FundBase} from "../FundBase.sol";

/// @notice The rules of spending: vouchers that are spent whole, and limits for payments, shops and categories.
contract LimitsTest is FundBase {
    uint40 private constant VOUCHER = 5_000;

    // ---- off ----

    function test_allRulesAreOffByDefault() public view {
        assertEq(abi.encode(fund.spendingRules()), abi.encode(SpendingRules(0, 0, 0, 0, new CategoryLimit[](0))));
    }

    function test_keepsThemReadable() public {
        _limits.voucherAmount = VOUCHER;
        _limits.paymentLimit = 10_000;
        _limits.shopLimit = 15_000;
        _limits.products = 6;
        _limits.categoryLimits.push(CategoryLimit(SPORT, 5_000));
        _limits.categoryLimits.push(CategoryLimit(TOYS, 10_000));
        _reopen(_vouchers());
        assertEq(abi.encode(fund.spendingRules()), abi.encode(_spending()));
    }

    // ---- products ----

    /// @dev Possible since the start, and off in the programme of 2017.
    function testFuzz_sellsListedProductGroupsOnly(uint256 products, uint256 product) public {
        products = bound(products, 1, type(uint256).max / 2) * 2;
        product = product % 2 == 0 ? bound(product, 0, 260) : product;
        _limits.products = products;
        _reopen(_vouchers());
        _claim(1);
        _product = product;
        if (product > 255 || (products >> product) & 1 == 0) {
            vm.expectRevert(abi.encodeWithSelector(ISpending.FundProductNotAllowed.selector, product));
        }
        _pay(1, 0, 100, 1);
    }

    function testFuzz_takesNoProductGroupWhereRulesHaveNone(uint256 product) public {
        _reopen(_vouchers());
        _claim(1);
        _product = product;
        if (product != 0) {
            vm.expectRevert(abi.encodeWithSelector(ISpending.FundProductNotAllowed.selector, product));
        }
        _pay(1, 0, 100, 1);
    }

    function test_theShopSignsItsProductGroup() public {
        _limits.products = 6;
        _reopen(_vouchers());
        _claim(1);
        PaymentPermit memory permit = _permit(1, 1);
        _product = 1;
        bytes memory signature =
            _signCharge(shopKeys[0], keccak256(abi.encode(permit.account, permit.nonce)), shops[0], 100);
        bytes memory permitSignature = _signPermit(uint256(claims[1].accountKey), permit);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        fund.pay(permit, permitSignature, shops[0], 100, 2, signature);
        fund.pay(permit, permitSignature, shops[0], 100, 1, signature);
    }

    function testFuzz_refusesAGroupNumberedZero(uint256 products) public {
        _limits.products = products | 1;
        _expectBad(_vouchers(), "products");
    }

    // ---- vouchers ----

    /// @dev The paper era: three vouchers of EUR 50 for each child, each spent whole.
    function testFuzz_spendsVouchersWhole(uint256 amount) public {
        _limits.voucherAmount = VOUCHER;
        _reopen(_vouchers());
        _claim(1); // two children: six vouchers
        amount = bound(amount, 1, 30_000);
        if (amount % VOUCHER != 0) {
            vm.expectRevert(abi.encodeWithSelector(ISpending.FundNotWholeVouchers.selector, amount, VOUCHER));
        }
        _pay(1, 0, amount, 1);
        if (amount % VOUCHER == 0) assertEq(fund.accountOf(claims[1].account), 30_000 - amount);
    }

    function testFuzz_givesVouchersBackWhole(uint256 total) public {
        _limits.voucherAmount = VOUCHER;
        _reopen(_vouchers());
        _claim(1);
        _pay(1, 0, 15_000, 1);
        total = bound(total, 1, 15_000);
        if (total % VOUCHER != 0) {
            vm.expectRevert(abi.encodeWithSelector(ISpending.FundNotWholeVouchers.selector, total, VOUCHER));
        }
        _refund(1, 1, total, 0);
    }

    function testFuzz_refusesAllotmentsThatAreNotWholeVouchers(uint40 voucher, bool inBase) public {
        Rules memory r = _vouchers();
        (r.baseAmount, r.unitAmount) = inBase ? (PER_CHILD, uint64(0)) : (uint64(0), PER_CHILD);
        vm.assume(voucher != 0 && PER_CHILD % voucher != 0);
        _limits.voucherAmount = voucher;
        _expectBad(r, "voucherAmount");
    }

    // ---- one payment ----

    function testFuzz_limitsOnePayment(uint256 amount, uint40 limit) public {
        limit = uint40(bound(limit, 1, _allotment(0)));
        amount = bound(amount, 1, _allotment(0));
        _limits.paymentLimit = limit;
        _reopen(_rules());
        _claim(0);
        if (amount > limit) {
            vm.expectRevert(abi.encodeWithSelector(ISpending.FundPaymentLimit.selector, amount, limit));
        }
        _pay(0, 0, amount, 1);
    }

    // ---- one shop ----

    function testFuzz_limitsWhatAnAccountSpendsAtAShop(uint256 first, uint256 second) public {
        _limits.shopLimit = 8_000;
        _reopen(_rules());
        _claim(0);
        _claim(1);
        first = bound(first, 1, 8_000);
        second = bound(second, 1, 7_000);
        _pay(0, 0, first, 1);
        if (first + second > 8_000) {
            vm.expectRevert(
                abi.encodeWithSelector(ISpending.FundShopLimit.selector, shops[0], first + second, 8_000)
            );
        }
        _pay(0, 0, second, 2);
        // another shop, and another account, have counts of their own
        _pay(0, 2, second, 3);
        _pay(1, 0, 8_000, 4);
    }

    function testFuzz_aRefundGivesTheShopsRoomBack(uint256 total) public {
        _limits.shopLimit = 8_000;
        _reopen(_rules());
        _claim(0);
        _pay(0, 0, 8_000, 1);
        total = bound(total, 1, 7_500);
        _refund(0, 1, total, 0);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundShopLimit.selector, shops[0], 8_001, 8_000));
        _pay(0, 0, total + 1, 2);
        _pay(0, 0, total, 2);
    }

    function test_theShopsCountOutlivesSettlements() public {
        _limits.shopLimit = 8_000;
        _reopen(_rules());
        _claim(0);
        _pay(0, 0, 8_000, 1);
        _settle(0, "file 1");
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundShopLimit.selector, shops[0], 8_001, 8_000));
        _pay(0, 0, 1, 2);
    }

    // ---- one category ----

    function testFuzz_limitsWhatAnAccountSpendsInACategory(uint256 first, uint256 second) public {
        _limits.categoryLimits.push(CategoryLimit(SPORT, 8_000));
        _reopen(_rules());
        _claim(0);
        _claim(1);
        first = bound(first, 1, 8_000);
        second = bound(second, 1, 7_000);
        _pay(0, 0, first, 1);
        if (first + second > 8_000) {
            vm.expectRevert(
                abi.encodeWithSelector(ISpending.FundCategoryLimit.selector, SPORT, first + second, 8_000)
            );
        }
        // the third shop is of the same category as the first
        _pay(0, 2, second, 2);
        // a category without a limit, and another account
        _pay(0, 1, second, 3);
        _pay(1, 2, 8_000, 4);
    }

    function testFuzz_aRefundGivesTheCategorysRoomBack(uint256 total) public {
        _limits.categoryLimits.push(CategoryLimit(SPORT, 8_000));
        _reopen(_rules());
        _claim(0);
        _pay(0, 0, 8_000, 1);
        total = bound(total, 1, 7_500);
        _refund(0, 1, total, 0);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundCategoryLimit.selector, SPORT, 8_001, 8_000));
        _pay(0, 2, total + 1, 2);
        _pay(0, 2, total, 2);
    }

    /// @dev Four fit beside the balance, the others are counted apart; nobody can tell the difference.
    function test_everyCategoryIsCountedByItselfHoweverManyThereAre() public {
        Rules memory r = _rules();
        r.categories = 0;
        for (uint8 i = 0; i < 7; ++i) {
            r.categories |= 1 << (SPORT + i * 30);
            _limits.categoryLimits.push(CategoryLimit(SPORT + i * 30, 1_000 + i));
        }
        r.categories |= 1 << TOYS;
        _reopen(r);
        _claim(1);
        for (uint8 i = 0; i < 7; ++i) {
            _move(0, SPORT + i * 30);
            _move(2, SPORT + i * 30);
            _pay(1, 0, 600, i * 4);
            bytes memory over =
                abi.encodeWithSelector(ISpending.FundCategoryLimit.selector, SPORT + i * 30, 1_001 + i, 1_000 + i);
            vm.expectRevert(over);
            _pay(1, 2, 401 + i, i * 4 + 1);
            _pay(1, 2, 400 + i, i * 4 + 1);
            _refund(1, i * 4, 250, 0);
            vm.expectRevert(over);
            _pay(1, 2, 251, i * 4 + 2);
            _pay(1, 2, 250, i * 4 + 2);
            _settle(0, bytes32(uint256(i * 2 + 1)));
            _settle(2, bytes32(uint256(i * 2 + 2)));
        }
        uint256 spent = 7 * 1_000 + 21;
        assertEq(fund.accountOf(claims[1].account), _allotment(1) - spent);
        // each is still full, after all the others
        for (uint8 i = 0; i < 7; ++i) {
            _move(0, SPORT + i * 30);
            vm.expectRevert(
                abi.encodeWithSelector(ISpending.FundCategoryLimit.selector, SPORT + i * 30, 1_001 + i, 1_000 + i)
            );
            _pay(1, 0, 1, 100 + i);
        }
    }

    function _move(uint256 shop, uint8 category) private {
        vm.prank(sponsor);
        fund.approveMerchant(shops[shop], category);
    }

    function test_aShopChangesALimitedCategoryOnlyWhenItIsSettled() public {
        _limits.categoryLimits.push(CategoryLimit(SPORT, 8_000));
        _reopen(_rules());
        _claim(0);
        _pay(0, 0, 300, 1);
        _pay(0, 1, 200, 2);
        vm.startPrank(sponsor);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundShopHoldsBalance.selector, shops[0], 300));
        fund.approveMerchant(shops[0], TOYS);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundShopHoldsBalance.selector, shops[1], 200));
        fund.approveMerchant(shops[1], SPORT);
        // the same category again is no change
        fund.approveMerchant(shops[0], SPORT);
        vm.stopPrank();
        _refund(0, 1, 300, 0);
        _settle(1, "file 1");
        vm.startPrank(sponsor);
        fund.approveMerchant(shops[0], TOYS);
        fund.approveMerchant(shops[1], SPORT);
        vm.stopPrank();
        _pay(0, 1, 8_000, 3);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundCategoryLimit.selector, SPORT, 8_001, 8_000));
        _pay(0, 1, 1, 4);
        _pay(0, 0, 1, 4);
    }

    function test_allLimitsHoldTogether() public {
        _limits.paymentLimit = 4_000;
        _limits.shopLimit = 6_000;
        _limits.categoryLimits.push(CategoryLimit(SPORT, 9_000));
        _reopen(_rules());
        _claim(0);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundPaymentLimit.selector, 4_001, 4_000));
        _pay(0, 0, 4_001, 1);
        _pay(0, 0, 4_000, 1);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundShopLimit.selector, shops[0], 7_000, 6_000));
        _pay(0, 0, 3_000, 2);
        _pay(0, 0, 2_000, 2);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundCategoryLimit.selector, SPORT, 9_001, 9_000));
        _pay(0, 2, 3_001, 3);
        _pay(0, 2, 3_000, 3);
        _assertBooks(BUDGET - _allotment(0), _allotment(0) - 9_000, 9_000);
    }

    // ---- opening ----

    function testFuzz_refusesLimitsBelowOneVoucher(uint40 limit, uint8 which) public {
        limit = uint40(bound(limit, 1, VOUCHER - 1));
        _limits.voucherAmount = VOUCHER;
        bytes32[3] memory names = [bytes32("paymentLimit"), "shopLimit", "categoryLimits"];
        which %= 3;
        if (which == 0) _limits.paymentLimit = limit;
        if (which == 1) _limits.shopLimit = limit;
        if (which == 2) _limits.categoryLimits.push(CategoryLimit(SPORT, limit));
        _expectBad(_vouchers(), names[which]);
    }

    function testFuzz_refusesCategoriesThatShopsCannotHave(uint8 category) public {
        vm.assume(category != SPORT && category != TOYS);
        _limits.categoryLimits.push(CategoryLimit(category, 100));
        _expectBad(_rules(), "categoryLimits");
    }

    function test_refusesCategoriesTwiceOrOutOfOrderOrWithoutALimit() public {
        _limits.categoryLimits.push(CategoryLimit(TOYS, 100));
        _limits.categoryLimits.push(CategoryLimit(SPORT, 100));
        _expectBad(_rules(), "categoryLimits");
        _limits.categoryLimits[1].category = TOYS;
        _expectBad(_rules(), "categoryLimits");
        _limits.categoryLimits.pop();
        _limits.categoryLimits[0].limit = 0;
        _expectBad(_rules(), "categoryLimits");
    }

    /// @dev Three vouchers of EUR 50 for each child, and nothing else.
    function _vouchers() private view returns (Rules memory r) {
        r = _rules();
        r.baseAmount = 0;
    }

    function _expectBad(Rules memory r, bytes32 rule) private {
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBadRules.selector, rule));
        _create(r, sponsor);
    }
}
