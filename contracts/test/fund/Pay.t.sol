// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "../../src/IBudget.sol";
import {Rules} from "../../src/IFund.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {ISpending, PaymentPermit} from "../../src/ISpending.sol";
import {FundBase} from "../FundBase.sol";

contract PayTest is FundBase {
    /// @dev A call of `pay` with everything in it.
    struct Sale {
        PaymentPermit permit;
        bytes permitSignature;
        address merchant;
        uint256 amount;
        bytes chargeSignature;
    }

    function setUp() public override {
        super.setUp();
        _claim(0);
        _claim(1);
    }

    function testFuzz_movesTheAmount(uint256 amount, uint256 nonce, uint256 shop, address caller) public {
        shop = bound(shop, 0, 2);
        Sale memory sale = _sale(bound(amount, 1, _allotment(0)), nonce, shop);
        bytes32 id = keccak256(abi.encode(sale.permit.account, nonce));
        assertEq(fund.paymentId(sale.permit.account, nonce), id);
        vm.expectEmit(address(fund));
        emit ISpending.Paid(id, sale.permit.account, shops[shop], uint64(sale.amount));
        vm.prank(caller);
        _deliver(sale);

        uint256 claimed = uint256(_allotment(0)) + _allotment(1);
        _assertBooks(BUDGET - claimed, claimed - sale.amount, sale.amount);
        assertEq(fund.accountOf(sale.permit.account), _allotment(0) - sale.amount);
        (,, uint64 balance,) = fund.merchantOf(shops[shop]);
        assertEq(balance, sale.amount);
        (address merchant, uint40 paid, uint40 refunded, uint16 batch) = fund.payment(id);
        assertEq(merchant, shops[shop]);
        assertEq(paid, sale.amount);
        assertEq(refunded, 0);
        assertEq(batch, 0);
    }

    function test_takesAPermitForThisShopOnly() public {
        Sale memory sale = _sale(100, 1, 0);
        sale.permit.merchant = shops[0];
        _resign(sale, 0);
        _deliver(sale);
        sale = _sale(100, 2, 1);
        sale.permit.merchant = shops[0];
        _resign(sale, 1);
        _expectAndDeliver(sale, abi.encodeWithSelector(IBudget.FundWrongShop.selector, shops[1]));
    }

    function test_refusesWhilePaused() public {
        vm.prank(sponsor);
        fund.pause();
        Sale memory sale = _sale(100, 1, 0);
        _expectAndDeliver(sale, abi.encodeWithSelector(IProgramme.FundPaused.selector));
        vm.prank(sponsor);
        fund.unpause();
        _deliver(sale);
    }

    function testFuzz_refusesOutsideThePeriod(uint40 time) public {
        Rules memory r = _rules();
        vm.assume(time < r.opensAt || time >= r.closesAt);
        Sale memory sale = _sale(100, 1, 0);
        vm.warp(time);
        _expectAndDeliver(
            sale, abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, time, r.opensAt, r.closesAt)
        );
    }

    function test_paysFromTheFirstToTheLastSecond() public {
        Rules memory r = _rules();
        Sale memory first = _sale(100, 1, 0);
        Sale memory last = _sale(100, 2, 0);
        last.permit.deadline = type(uint256).max;
        _resign(last, 0);
        vm.warp(r.opensAt);
        _deliver(first);
        vm.warp(r.closesAt - 1);
        _deliver(last);
    }

    function testFuzz_refusesAnExpiredPermit(uint256 deadline) public {
        Sale memory sale = _sale(100, 1, 0);
        sale.permit.deadline = bound(deadline, 0, noon - 1);
        _resign(sale, 0);
        _expectAndDeliver(
            sale, abi.encodeWithSelector(ISpending.FundPermitExpired.selector, sale.permit.deadline)
        );
    }

    function test_takesAPermitInItsLastSecond() public {
        Sale memory sale = _sale(100, 1, 0);
        sale.permit.deadline = noon;
        _resign(sale, 0);
        _deliver(sale);
    }

    function testFuzz_refusesAShopThatIsNotApproved(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        _assumeStranger(vm.addr(key));
        Sale memory sale = _sale(100, 1, 0);
        sale.merchant = vm.addr(key);
        sale.chargeSignature = _signCharge(key, fund.paymentId(sale.permit.account, 1), sale.merchant, 100);
        _expectAndDeliver(sale, abi.encodeWithSelector(IBudget.FundWrongShop.selector, sale.merchant));
    }

    function test_refusesTheZeroShopAndASuspendedOne() public {
        Sale memory sale = _sale(100, 1, 0);
        sale.merchant = address(0);
        _expectAndDeliver(sale, abi.encodeWithSelector(IBudget.FundWrongShop.selector, address(0)));
        vm.prank(sponsor);
        fund.suspendMerchant(shops[0]);
        sale = _sale(100, 1, 0);
        _expectAndDeliver(sale, abi.encodeWithSelector(IBudget.FundWrongShop.selector, shops[0]));
    }

    function testFuzz_refusesAPermitTwice(uint256 nonce, uint256 shop, uint256 amount) public {
        _pay(0, 0, 100, nonce);
        bytes32 id = fund.paymentId(claims[0].account, nonce);
        // another shop, another amount, another limit: the nonce is used
        Sale memory sale = _sale(bound(amount, 1, 5_000), nonce, bound(shop, 0, 2));
        _expectAndDeliver(sale, abi.encodeWithSelector(ISpending.FundPermitUsed.selector, id));
        _refund(0, nonce, 100, 0);
        _expectAndDeliver(sale, abi.encodeWithSelector(ISpending.FundPermitUsed.selector, id));
        // the same nonce of another account is another payment
        _pay(1, 0, 100, nonce);
    }

    function test_refusesNothing() public {
        _expectAndDeliver(_sale(0, 1, 0), abi.encodeWithSelector(IProgramme.FundZeroAmount.selector));
    }

    function testFuzz_refusesAnAmountAboveTheLimit(uint256 limit, uint256 amount) public {
        limit = bound(limit, 0, type(uint256).max - 1);
        amount = bound(amount, limit + 1, type(uint256).max);
        Sale memory sale = _sale(amount, 1, 0);
        sale.permit.limit = limit;
        _resign(sale, 0);
        _expectAndDeliver(sale, abi.encodeWithSelector(ISpending.FundAmountAboveLimit.selector, amount, limit));
    }

    function testFuzz_refusesAnAmountOf40BitsAndMore(uint256 amount) public {
        amount = bound(amount, uint256(type(uint40).max) + 1, type(uint256).max);
        Sale memory sale = _sale(amount, 1, 0);
        _expectAndDeliver(
            sale,
            abi.encodeWithSelector(IBudget.FundAmountTooLarge.selector, amount, uint256(type(uint40).max))
        );
        // one that would be 1 if it were cut to 40 or 64 bits
        sale = _sale((uint256(1) << 64) + 1, 1, 0);
        _expectAndDeliver(
            sale, abi.encodeWithSelector(IBudget.FundAmountTooLarge.selector, sale.amount, uint256(type(uint40).max))
        );
    }

    function test_paysTheLargestAmountAndCountsItWhole() public {
        uint64 largest = type(uint40).max;
        Rules memory r = _rules();
        r.baseAmount = largest - PER_CHILD;
        r.maxUnits = 1;
        _reopen(r);
        vm.prank(admin);
        euro.mint(sponsor, largest, "deposit 2");
        vm.prank(sponsor);
        fund.fund(largest);
        _claim(0);
        Sale memory sale = _sale(largest, 1, 0);
        _deliver(sale);
        (, uint40 paid,,) = fund.payment(fund.paymentId(sale.permit.account, 1));
        assertEq(paid, largest);
        _assertBooks(BUDGET, 0, largest);
        _refund(0, 1, largest, 0);
        _assertBooks(BUDGET, largest, 0);
    }

    function testFuzz_refusesMoreThanTheAccountHas(uint256 amount) public {
        uint256 balance = _allotment(0);
        amount = bound(amount, balance + 1, type(uint40).max);
        _expectAndDeliver(
            _sale(amount, 1, 0), abi.encodeWithSelector(ISpending.FundInsufficientBalance.selector, balance, amount)
        );
    }

    function testFuzz_refusesAnAccountWithoutMoney(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        vm.assume(vm.addr(key) != claims[0].account && vm.addr(key) != claims[1].account);
        Sale memory sale = _sale(100, 1, 0);
        sale.permit.account = vm.addr(key);
        _sign(sale, key, shopKeys[0]);
        _expectAndDeliver(sale, abi.encodeWithSelector(ISpending.FundInsufficientBalance.selector, 0, 100));
    }

    // ---- signatures ----

    function testFuzz_refusesAPermitOfAnybodyElse(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        Sale memory sale = _sale(100, 1, 0);
        vm.assume(vm.addr(key) != sale.permit.account);
        sale.permitSignature = _signPermit(key, sale.permit);
        _expectAndDeliver(sale, _badSignature(vm.addr(key), sale.permit.account));
    }

    function testFuzz_refusesAChargeOfAnybodyElse(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        vm.assume(vm.addr(key) != shops[0]);
        Sale memory sale = _sale(100, 1, 0);
        _sign(sale, uint256(claims[0].accountKey), key);
        _expectAndDeliver(sale, _badSignature(vm.addr(key), shops[0]));
    }

    function testFuzz_refusesAChangedPermit(uint8 field, uint256 value) public {
        Sale memory sale = _sale(100, 1, 0);
        field %= 5;
        if (field == 0) sale.permit.account = claims[1].account;
        if (field == 1) sale.permit.merchant = shops[0];
        if (field == 2) sale.permit.limit = bound(value, 100, type(uint256).max);
        if (field == 3) sale.permit.nonce = value;
        if (field == 4) sale.permit.deadline = bound(value, noon, type(uint256).max);
        vm.assume(keccak256(abi.encode(sale.permit)) != keccak256(abi.encode(_permit(0, 1))));
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        _deliver(sale);
    }

    function testFuzz_refusesAChargeForAnotherAmountShopOrPayment(uint256 amount, uint256 nonce) public {
        Sale memory sale = _sale(100, 1, 0);
        amount = bound(amount, 1, 20_000);
        vm.assume(amount != 100);
        sale.amount = amount;
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        _deliver(sale);
        sale.amount = 100;
        sale.merchant = shops[1];
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        _deliver(sale);
        vm.assume(nonce != 1);
        bytes memory old = sale.chargeSignature;
        sale = _sale(100, nonce, 0);
        sale.chargeSignature = old;
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        _deliver(sale);
    }

    function testFuzz_refusesMalleatedSignatures(uint256 amount, uint256 nonce) public {
        Sale memory sale = _sale(bound(amount, 1, 15_000), nonce, 0);
        bytes memory good = sale.permitSignature;
        sale.permitSignature = _malleate(good);
        _expectAndDeliver(sale, _badSignature(address(0), sale.permit.account));
        sale.permitSignature = good;
        sale.chargeSignature = _malleate(sale.chargeSignature);
        _expectAndDeliver(sale, _badSignature(address(0), shops[0]));
    }

    function testFuzz_refusesWhatIsNoSignature(bytes memory octets) public {
        Sale memory sale = _sale(100, 1, 0);
        vm.assume(keccak256(octets) != keccak256(sale.permitSignature));
        sale.permitSignature = octets;
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        _deliver(sale);
        sale = _sale(100, 1, 0);
        sale.chargeSignature = octets;
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        _deliver(sale);
    }

    function testFuzz_nothingIsASignatureOfTheZeroAccount(bytes32 r, bytes32 s, uint8 v) public {
        Sale memory sale = _sale(100, 1, 0);
        sale.permit.account = address(0);
        sale.permitSignature = abi.encodePacked(r, s, v);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        _deliver(sale);
        sale.permitSignature = "";
        _expectAndDeliver(sale, _badSignature(address(0), address(0)));
    }

    function test_refusesAPermitForAnotherFund() public {
        Sale memory sale = _sale(100, 1, 0);
        _deploy(_rules());
        vm.prank(sponsor);
        fund.approveMerchant(shops[0], SPORT);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        _deliver(sale);
    }

    function testFuzz_refusesAPermitForAnotherChain(uint64 chainId) public {
        vm.assume(chainId != 31_337 && chainId != 0);
        Sale memory sale = _sale(100, 1, 0);
        vm.chainId(chainId);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        _deliver(sale);
        // a chain that splits keeps the ledger and needs new signatures
        _resign(sale, 0);
        _deliver(sale);
    }

    function _badSignature(address signer, address expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IProgramme.FundBadSignature.selector, signer, expected);
    }

    function _sale(uint256 amount, uint256 nonce, uint256 shop) private view returns (Sale memory sale) {
        sale.permit = _permit(0, nonce);
        if (amount > sale.permit.limit) sale.permit.limit = amount;
        sale.merchant = shops[shop];
        sale.amount = amount;
        _resign(sale, shop);
    }

    function _resign(Sale memory sale, uint256 shop) private view {
        _sign(sale, uint256(claims[0].accountKey), shopKeys[shop]);
    }

    function _sign(Sale memory sale, uint256 accountKey, uint256 shopKey) private view {
        bytes32 id = keccak256(abi.encode(sale.permit.account, sale.permit.nonce));
        sale.permitSignature = _signPermit(accountKey, sale.permit);
        sale.chargeSignature = _signCharge(shopKey, id, sale.merchant, sale.amount);
    }

    function _deliver(Sale memory sale) private {
        fund.pay(sale.permit, sale.permitSignature, sale.merchant, sale.amount, 0, sale.chargeSignature);
    }

    function _expectAndDeliver(Sale memory sale, bytes memory refusal) private {
        vm.expectRevert(refusal);
        _deliver(sale);
    }
}
