// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";

import {IBudget} from "../../src/IBudget.sol";
import {IMunicipalEuro} from "../../src/IMunicipalEuro.sol";
import {FundBase} from "../FundBase.sol";

contract SettleTest is FundBase {
    function setUp() public override {
        super.setUp();
        _claim(0);
        _claim(1);
    }

    function testFuzz_burnsWhatTheShopsHold(uint256 first, uint256 second) public {
        first = bound(first, 1, _allotment(0));
        second = bound(second, 1, _allotment(1));
        _pay(0, 0, first, 1);
        _pay(1, 1, second, 1);
        vm.expectEmit(address(fund));
        emit IBudget.MerchantSettled(shops[0], 1, uint64(first), "file 1");
        vm.expectEmit(address(fund));
        emit IBudget.MerchantSettled(shops[1], 1, uint64(second), "file 1");
        vm.expectEmit(address(euro));
        emit IMunicipalEuro.Settled("file 1", address(fund), first + second);
        vm.prank(settler);
        // the third has nothing and is passed over; a shop listed twice counts once
        fund.settle(_list(shops[0], shops[2], shops[1], shops[0]), "file 1");

        uint256 claimed = uint256(_allotment(0)) + _allotment(1);
        _assertBooks(BUDGET - claimed, claimed - first - second, 0);
        assertEq(euro.settled(), first + second);
        assertEq(euro.totalSupply(), euro.deposited() - euro.settled());
        (,, uint64 balance, uint16 batch) = fund.merchantOf(shops[0]);
        assertEq(balance, 0);
        assertEq(batch, 1);
        (,,, batch) = fund.merchantOf(shops[2]);
        assertEq(batch, 0);
    }

    function test_laterPaymentsGoIntoTheNextBatch() public {
        _pay(0, 0, 100, 1);
        _settle(0, "file 1");
        bytes32 id = _pay(0, 0, 200, 2);
        (,,, uint16 batch) = fund.payment(id);
        assertEq(batch, 1);
        vm.expectEmit(address(fund));
        emit IBudget.MerchantSettled(shops[0], 2, 200, "file 2");
        _settle(0, "file 2");
    }

    function test_refusesTwice() public {
        _pay(0, 0, 100, 1);
        _settle(0, "file 1");
        vm.expectRevert(IBudget.FundNothingToSettle.selector);
        _settle(0, "file 2");
    }

    function testFuzz_refusesAReferenceTwice(bytes32 settlementReference) public {
        vm.assume(settlementReference != 0);
        _pay(0, 0, 100, 1);
        _settle(0, settlementReference);
        _pay(0, 0, 100, 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMunicipalEuro.MunicipalEuroSettlementUsed.selector, address(fund), settlementReference
            )
        );
        _settle(0, settlementReference);
        (,, uint64 balance, uint16 batch) = fund.merchantOf(shops[0]);
        assertEq(balance, 100);
        assertEq(batch, 1);
    }

    function test_refusesNoReference() public {
        _pay(0, 0, 100, 1);
        vm.expectRevert(IMunicipalEuro.MunicipalEuroNoReference.selector);
        _settle(0, 0);
    }

    function testFuzz_refusesShopsWithoutBalance(address[] memory merchants) public {
        vm.expectRevert(IBudget.FundNothingToSettle.selector);
        vm.prank(settler);
        fund.settle(merchants, "file 1");
    }

    function testFuzz_onlyTheSettlerSettles(address caller) public {
        vm.assume(caller != settler);
        _pay(0, 0, 100, 1);
        bytes32 role = fund.SETTLER_ROLE();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, caller, role)
        );
        vm.prank(caller);
        fund.settle(_one(shops[0]), "file 1");
    }

    function test_worksWhilePausedAndAfterTheEnd() public {
        _pay(0, 0, 100, 1);
        _pay(0, 1, 100, 2);
        vm.prank(sponsor);
        fund.pause();
        _settle(0, "file 1");
        vm.warp(_rules().closesAt);
        vm.prank(sponsor);
        fund.close();
        _settle(1, "file 2");
        _assertBooks(0, 0, 0);
        assertEq(euro.totalSupply(), BUDGET - 200);
    }

    function test_refusesWithoutTheTokensRole() public {
        _pay(0, 0, 100, 1);
        bytes32 role = euro.SETTLER_ROLE();
        vm.prank(admin);
        euro.revokeRole(role, address(fund));
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, address(fund), role)
        );
        _settle(0, "file 1");
    }

    function test_refusesBatch65536InsteadOfStartingAgain() public {
        _pay(0, 0, 100, 1);
        bytes32 slot = _slotOf(shops[0]);
        // the batch lies above the 64 bits of the balance
        uint256 word = uint256(vm.load(address(fund), slot)) | (uint256(type(uint16).max - 1) << 64);
        vm.store(address(fund), slot, bytes32(word));
        _settle(0, "file 1");
        (,,, uint16 batch) = fund.merchantOf(shops[0]);
        assertEq(batch, type(uint16).max);
        _pay(0, 0, 100, 2);
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundTooManySettlements.selector, shops[0]));
        _settle(0, "file 2");
        _refund(0, 2, 100, 0);
    }

    function _list(address a, address b, address c, address d) private pure returns (address[] memory list) {
        list = new address[](4);
        (list[0], list[1], list[2], list[3]) = (a, b, c, d);
    }

    /// @dev The one slot that `merchantOf` reads.
    function _slotOf(address shop) private returns (bytes32) {
        vm.record();
        fund.merchantOf(shop);
        (bytes32[] memory reads,) = vm.accesses(address(fund));
        assertEq(reads.length, 1);
        return reads[0];
    }
}
