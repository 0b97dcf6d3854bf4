// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IClaims} from "../../src/IClaims.sol";
import {IPass, PassRules} from "../../src/IPass.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {ClaimInvalidChallenge, ClaimWrongLength} from "../../src/claim/ClaimTerms.sol";
import {Activation, PassBase} from "../PassBase.sol";

contract ActivateTest is PassBase {
    uint256 private constant SAME_WALLET = 3;
    uint256 private constant SAME_ACCOUNT = 4;

    function test_marksTheAccountAndMovesNoMoney() public {
        for (uint256 i = 0; i < 3; ++i) {
            Activation memory a = activations[i];
            assertFalse(pass.isActivated(a.account));
            vm.expectEmit(address(pass));
            emit IPass.Activated(a.nullifier, incomeKey, a.account, uint32(a.asOf));
            _activate(i);
            assertTrue(pass.isActivated(a.account));
            assertTrue(pass.isClaimed(a.nullifier));
            assertEq(pass.claimsOf(desk), i + 1);
        }
        _assertBooks(BUDGET, 0);
    }

    function testFuzz_anybodyMayDeliverAndNobodyRedirect(address caller, address thief) public {
        Activation memory a = activations[0];
        vm.assume(thief != a.account && thief != address(0));
        vm.startPrank(caller);
        vm.expectRevert(ClaimInvalidChallenge.selector);
        pass.activate(incomeKey, thief, uint32(a.asOf), a.proof);
        pass.activate(incomeKey, a.account, uint32(a.asOf), a.proof);
    }

    function test_oncePerPersonAndPeriod() public {
        _activate(0);
        vm.warp(noon + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundAlreadyClaimed.selector, activations[0].nullifier));
        _activate(SAME_WALLET);
    }

    function test_oncePerAccount() public {
        _activate(1);
        vm.warp(noon + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IPass.PassAccountTaken.selector, activations[1].account));
        _activate(SAME_ACCOUNT);
    }

    function test_refusesWhilePaused() public {
        vm.prank(sponsor);
        pass.pause();
        vm.expectRevert(IProgramme.FundPaused.selector);
        _activate(0);
    }

    function testFuzz_refusesOutsideThePeriod(uint40 time) public {
        PassRules memory r = _rules();
        vm.assume(time < r.opensAt || time >= r.activateUntil);
        vm.warp(time);
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, time, r.opensAt, r.activateUntil)
        );
        _activate(0);
    }

    function testFuzz_refusesAnotherKey(bytes32 keyId) public {
        vm.assume(keyId != incomeKey);
        Activation memory a = activations[0];
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorNotAccepted.selector, keyId));
        pass.activate(keyId, a.account, uint32(a.asOf), a.proof);
    }

    function test_refusesARevokedKey() public {
        vm.prank(desk);
        registry.revokeKey(incomeKey);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorRevoked.selector, incomeKey));
        _activate(0);
    }

    function testFuzz_refusesAnotherDay(uint32 asOf) public {
        Activation memory a = activations[0];
        vm.assume(asOf != a.asOf && asOf != a.asOf - 1);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundStaleClaim.selector, asOf, a.asOf));
        pass.activate(incomeKey, a.account, asOf, a.proof);
    }

    function test_refusesTheZeroAccount() public {
        Activation memory a = activations[0];
        vm.expectRevert(IProgramme.FundZeroAccount.selector);
        pass.activate(incomeKey, address(0), uint32(a.asOf), a.proof);
    }

    function testFuzz_refusesAChangedOctet(uint256 at, uint8 difference) public {
        vm.assume(difference != 0);
        Activation memory a = activations[0];
        at = bound(at, 0, a.proof.length - 1);
        a.proof[at] = bytes1(uint8(a.proof[at]) ^ difference);
        vm.expectRevert();
        pass.activate(incomeKey, a.account, uint32(a.asOf), a.proof);
    }

    /// @dev What proves an offer's use is no activation.
    function test_refusesAProofOfAnotherSlot() public {
        vm.expectPartialRevert(ClaimWrongLength.selector);
        pass.activate(incomeKey, relayer, uint32(uses[0].asOf), uses[0].proof);
    }

    function test_capsTheActivationsOfAValidator() public {
        PassRules memory r = _rules();
        r.activationsPerValidator = 2;
        _reopen(r);
        _activate(0);
        _activate(1);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorCapReached.selector, desk, 2));
        _activate(2);
        assertFalse(pass.isActivated(activations[2].account));
    }
}
