// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "../../src/IBudget.sol";
import {Rules} from "../../src/IFund.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {ISpending} from "../../src/ISpending.sol";
import {FundBase} from "../FundBase.sol";

contract RefundTest is FundBase {
    uint256 private constant NONCE = 77;
    uint256 private constant PAID = 5_000;
    bytes32 private id;
    address private account;

    function setUp() public override {
        super.setUp();
        _claim(0);
        id = _pay(0, 0, PAID, NONCE);
        account = claims[0].account;
    }

    function testFuzz_givesBackInParts(uint256 first, uint256 second) public {
        first = bound(first, 1, PAID - 1);
        second = bound(second, first + 1, PAID);
        _expectRefunded(first);
        _refund(0, NONCE, first, 0);
        _expectRefunded(second - first);
        _refund(0, NONCE, second, 0);
        (address merchant, uint40 amount, uint40 refunded,) = fund.payment(id);
        assertEq(merchant, shops[0]);
        assertEq(amount, PAID);
        assertEq(refunded, second);
        assertEq(fund.accountOf(account), _allotment(0) - PAID + second);
        _assertBooks(BUDGET - _allotment(0), _allotment(0) - PAID + second, PAID - second);
    }

    function testFuzz_refusesAReplayAndALowerTotal(uint256 total, uint256 replayed) public {
        total = bound(total, 1, PAID);
        replayed = bound(replayed, 0, total);
        _refund(0, NONCE, total, 0);
        _expect(abi.encodeWithSelector(ISpending.FundRefundOutOfRange.selector, replayed, total, PAID), replayed);
    }

    function testFuzz_refusesMoreThanWasPaid(uint256 total) public {
        total = bound(total, PAID + 1, type(uint256).max);
        _expect(abi.encodeWithSelector(ISpending.FundRefundOutOfRange.selector, total, 0, PAID), total);
        // would be 1 if it were cut to 40 or 64 bits
        total = (uint256(1) << 64) + 1;
        _expect(abi.encodeWithSelector(ISpending.FundRefundOutOfRange.selector, total, 0, PAID), total);
    }

    function test_refusesNothing() public {
        _expect(abi.encodeWithSelector(ISpending.FundRefundOutOfRange.selector, 0, 0, PAID), 0);
    }

    function testFuzz_refusesAPaymentThatWasNot(address other, uint256 nonce) public {
        vm.assume(other != account || nonce != NONCE);
        bytes32 unknown = keccak256(abi.encode(other, nonce));
        bytes memory signature = _signRefund(shopKeys[0], unknown, 1);
        vm.expectRevert(abi.encodeWithSelector(ISpending.FundUnknownPayment.selector, unknown));
        fund.refund(other, nonce, 1, signature);
    }

    function testFuzz_refusesAnybodyButTheShop(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        vm.assume(vm.addr(key) != shops[0]);
        bytes memory signature = _signRefund(key, id, 1);
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBadSignature.selector, vm.addr(key), shops[0]));
        fund.refund(account, NONCE, 1, signature);
    }

    function testFuzz_refusesASignatureForAnotherTotal(uint256 total, uint256 signed) public {
        total = bound(total, 1, PAID);
        vm.assume(signed != total);
        bytes memory signature = _signRefund(shopKeys[0], id, signed);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        fund.refund(account, NONCE, total, signature);
    }

    function test_refusesASignatureForAnotherPayment() public {
        bytes32 second = _pay(0, 0, PAID, NONCE + 1);
        bytes memory signature = _signRefund(shopKeys[0], second, PAID);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        fund.refund(account, NONCE, PAID, signature);
    }

    function testFuzz_refusesMalleatedSignaturesAndOtherOctets(uint256 total, bytes memory octets) public {
        total = bound(total, 1, PAID);
        bytes memory signature = _signRefund(shopKeys[0], id, total);
        vm.assume(keccak256(octets) != keccak256(signature));
        bytes memory malleated = _malleate(signature);
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBadSignature.selector, address(0), shops[0]));
        fund.refund(account, NONCE, total, malleated);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        fund.refund(account, NONCE, total, octets);
    }

    function testFuzz_refusesAfterSettlement(uint256 total) public {
        total = bound(total, 1, PAID);
        _settle(0, "file 1");
        bytes memory refusal = abi.encodeWithSelector(ISpending.FundPaymentSettled.selector, id);
        _expect(refusal, total);
        // nor out of what later payments bring
        _pay(0, 0, PAID, NONCE + 1);
        _expect(refusal, total);
        _refund(0, NONCE + 1, total, 0);
    }

    function test_anotherShopsSettlementChangesNothing() public {
        _pay(0, 1, 100, NONCE + 1);
        _settle(1, "file 1");
        _refund(0, NONCE, PAID, 0);
    }

    function test_aFullRefundLeavesNothingToSettle() public {
        _refund(0, NONCE, PAID, 0);
        vm.expectRevert(IBudget.FundNothingToSettle.selector);
        _settle(0, "file 1");
    }

    function test_refusesWhilePaused() public {
        vm.prank(sponsor);
        fund.pause();
        _expect(abi.encodeWithSelector(IProgramme.FundPaused.selector), 1);
        vm.prank(sponsor);
        fund.unpause();
        _refund(0, NONCE, 1, 0);
    }

    function testFuzz_refusesOutsideThePeriod(uint40 time) public {
        Rules memory r = _rules();
        vm.assume(time < r.opensAt || time >= r.closesAt);
        vm.warp(time);
        _expect(abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, time, r.opensAt, r.closesAt), 1);
    }

    function _expectRefunded(uint256 amount) private {
        vm.expectEmit(address(fund));
        emit ISpending.Refunded(id, account, shops[0], uint64(amount));
    }

    function _expect(bytes memory refusal, uint256 total) private {
        bytes memory signature = _signRefund(shopKeys[0], id, total);
        vm.expectRevert(refusal);
        fund.refund(account, NONCE, total, signature);
    }
}
