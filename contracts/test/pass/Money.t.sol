// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "../../src/IBudget.sol";
import {PassBase} from "../PassBase.sol";

/// @notice A pass's budget: what `Budget` does, in a programme without accounts.
contract PassMoneyTest is PassBase {
    function setUp() public override {
        super.setUp();
        _activate(0);
        _use(0);
        _use(FIRST_TICKET);
    }

    function test_shopsAreSettledForTheSponsorsPart() public {
        vm.expectEmit(address(pass));
        emit IBudget.MerchantSettled(shops[0], 1, 3_000, "file 1");
        vm.prank(settler);
        pass.settle(_one(shops[0]), "file 1");
        _assertBooks(BUDGET - 3_475, 475);
        assertEq(euro.settled(), 3_000);
    }

    function test_theRestGoesBackAndShopsStay() public {
        vm.warp(_rules().closesAt);
        vm.prank(sponsor);
        pass.close();
        assertEq(euro.balanceOf(sponsor), BUDGET - 3_475);
        _assertBooks(0, 3_475);
        vm.prank(settler);
        pass.settle(_one(shops[1]), "file 2");
        _assertBooks(0, 3_000);
    }

    function test_aSuccessorIsTheSponsorInEverything() public {
        address successor = makeAddr("successor");
        vm.prank(sponsor);
        pass.handOver(successor);
        vm.startPrank(successor);
        pass.withdrawOffer(SCHOOL);
        vm.warp(_rules().closesAt);
        pass.close();
        assertEq(euro.balanceOf(successor), BUDGET - 3_475);
    }

    function test_moneyComesOnlyFromTheSponsor() public {
        vm.prank(admin);
        euro.mint(sponsor, 500, "deposit 2");
        vm.prank(sponsor);
        pass.fund(500);
        _assertBooks(BUDGET - 3_475 + 500, 3_475);
        vm.expectRevert(abi.encodeWithSignature("MunicipalEuroFundMustTake(address)", address(pass)));
        vm.prank(sponsor);
        euro.transfer(address(pass), 0);
    }
}
