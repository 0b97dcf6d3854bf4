// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "../../src/IBudget.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {IPurse, PurseRules} from "../../src/IPurse.sol";
import {PaymentPermit} from "../../src/ISpending.sol";
import {TaskBase} from "../TaskBase.sol";

/// @notice (6) and (7): credits, spending and reimbursing.
contract PurseTest is TaskBase {
    uint256 private constant KEY = 0xC0135;

    function testFuzz_theBoardCredits(uint64 amount, address account) public {
        vm.assume(account != address(0));
        amount = uint64(bound(amount, 0, BUDGET));
        vm.expectEmit(address(purse));
        emit IPurse.Credited(account, amount);
        vm.prank(address(board));
        purse.credit(account, amount);
        assertEq(purse.accountOf(account), amount);
        _assertBooks(BUDGET - amount, amount, 0);
    }

    function testFuzz_nobodyElseCredits(address caller) public {
        vm.assume(caller != address(board));
        vm.expectRevert(abi.encodeWithSelector(IPurse.PurseNotBoard.selector, caller));
        vm.prank(caller);
        purse.credit(caller, 1);
    }

    function testFuzz_refusesMoreThanTheBudget(uint256 amount) public {
        amount = bound(amount, BUDGET + 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBudgetExhausted.selector, BUDGET, amount));
        vm.prank(address(board));
        purse.credit(relayer, amount);
    }

    function test_refusesTheZeroAccountAndWhilePaused() public {
        vm.expectRevert(IProgramme.FundZeroAccount.selector);
        vm.prank(address(board));
        purse.credit(address(0), 1);
        vm.prank(sponsor);
        purse.pause();
        vm.expectRevert(IProgramme.FundPaused.selector);
        vm.prank(address(board));
        purse.credit(relayer, 1);
    }

    function testFuzz_refusesOutsideThePeriod(uint40 time) public {
        PurseRules memory r = _purseRules();
        vm.assume(time < r.opensAt || time >= r.closesAt);
        vm.warp(time);
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, time, r.opensAt, r.closesAt)
        );
        vm.prank(address(board));
        purse.credit(relayer, 1);
    }

    function test_coinsAreSpentRefundedAndReimbursed() public {
        vm.prank(address(board));
        purse.credit(vm.addr(KEY), 5_000);
        _pay(1_200, 1);
        _assertBooks(BUDGET - 5_000, 3_800, 1_200);
        bytes32 id = purse.paymentId(vm.addr(KEY), 1);
        bytes32 kind = keccak256("Refund(bytes32 payment,uint256 refundedTotal)");
        bytes memory signature = _sign(address(purse), shopKeys[0], keccak256(abi.encode(kind, id, 200)));
        purse.refund(vm.addr(KEY), 1, 200, signature);
        _assertBooks(BUDGET - 5_000, 4_000, 1_000);
        vm.expectEmit(address(purse));
        emit IBudget.MerchantSettled(shops[0], 1, 1_000, "file 1");
        vm.prank(settler);
        purse.settle(_one(shops[0]), "file 1");
        _assertBooks(BUDGET - 5_000, 4_000, 0);
        assertEq(euro.settled(), 1_000);
    }

    function test_whatIsNotSpentGoesBackAfterTheEnd() public {
        vm.prank(address(board));
        purse.credit(vm.addr(KEY), 5_000);
        _pay(1_200, 1);
        vm.warp(_purseRules().closesAt);
        vm.prank(sponsor);
        purse.close();
        assertEq(euro.balanceOf(sponsor), BUDGET - 1_200);
        assertEq(purse.accountOf(vm.addr(KEY)), 0);
        _assertBooks(0, 0, 1_200);
    }

    function _pay(uint256 amount, uint256 nonce) private {
        PaymentPermit memory p = PaymentPermit(vm.addr(KEY), shops[0], 2_000, nonce, noon + 1 days);
        bytes32 permit = keccak256(
            abi.encode(
                keccak256(
                    "PaymentPermit(address account,address merchant,uint256 limit,uint256 nonce,uint256 deadline)"
                ),
                p.account,
                p.merchant,
                p.limit,
                p.nonce,
                p.deadline
            )
        );
        bytes32 charge = keccak256(
            abi.encode(
                keccak256("Charge(bytes32 payment,address merchant,uint256 amount,uint256 product)"),
                keccak256(abi.encode(p.account, nonce)),
                shops[0],
                amount,
                uint256(0)
            )
        );
        bytes memory permitSignature = _sign(address(purse), KEY, permit);
        bytes memory chargeSignature = _sign(address(purse), shopKeys[0], charge);
        purse.pay(p, permitSignature, shops[0], amount, 0, chargeSignature);
    }
}
