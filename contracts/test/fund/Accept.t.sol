// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IClaims} from "../../src/IClaims.sol";
import {IFund, Rules} from "../../src/IFund.sol";
import {Bls12381} from "../../src/bls/Bls12381.sol";
import {ClaimTermsOtherType} from "../../src/claim/ClaimTerms.sol";
import {CredentialType} from "../../src/claim/CredentialType.sol";
import {FundBase} from "../FundBase.sol";

contract AcceptTest is FundBase {
    function testFuzz_anybodyMayAcceptAKey(address caller) public {
        _unopen();
        _deploy(_rules());
        assertEq(fund.statementOf(keyIds[2]), address(0));
        vm.expectEmit(true, true, false, false, address(fund));
        emit IFund.Accepted(keyIds[2], validators[1], address(0));
        vm.prank(caller);
        fund.accept(keyIds[2]);
        address statement = fund.statementOf(keyIds[2]);
        assertEq(uint8(statement.code[0]), 0, "starts with STOP");
        assertGt(statement.code.length, 1000);
    }

    function test_keysOfOneValidatorHaveStatementsOfTheirOwn() public view {
        assertTrue(fund.statementOf(keyIds[0]) != fund.statementOf(keyIds[1]));
        assertTrue(fund.statementOf(keyIds[0]).codehash != fund.statementOf(keyIds[1]).codehash);
    }

    function test_refusesAKeyTwice() public {
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundAlreadyAccepted.selector, keyIds[0]));
        fund.accept(keyIds[0]);
    }

    function testFuzz_refusesAnUnknownKey(bytes32 keyId) public {
        vm.assume(keyId != keyIds[0] && keyId != keyIds[1] && keyId != keyIds[2]);
        vm.expectRevert(abi.encodeWithSignature("TrustRegistryUnknownKey(bytes32)", keyId));
        fund.accept(keyId);
    }

    function test_refusesAValidatorThatTheRulesDoNotName() public {
        _unopen();
        Rules memory r = _rules();
        r.validators = _one(validators[0]);
        _deploy(r);
        fund.accept(keyIds[0]);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorNotAccepted.selector, keyIds[2]));
        fund.accept(keyIds[2]);
    }

    function test_refusesARevokedKey() public {
        _unopen();
        vm.prank(validators[0]);
        registry.revokeKey(keyIds[0]);
        _deploy(_rules());
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorRevoked.selector, keyIds[0]));
        fund.accept(keyIds[0]);
    }

    function testFuzz_refusesOnAnotherChain(uint64 chainId) public {
        // not `block.chainid`: the compiler takes it for constant
        uint256 opened = vm.parseJsonUint(json, ".chainId");
        vm.assume(chainId != opened && chainId != 0);
        bytes memory context = fund.scope();
        _unopen();
        _deploy(_rules());
        vm.chainId(chainId);
        assertEq(fund.scope(), context, "the scope is that of the opening");
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundOtherChain.selector, chainId, opened));
        fund.accept(keyIds[0]);
        vm.chainId(opened);
        fund.accept(keyIds[0]);
    }

    function test_refusesAKeyOfAnotherType() public {
        _unopen();
        bytes memory header = hex"0111";
        bytes32 other = registry.registerType(header);
        vm.prank(admin);
        registry.admit(validators[0], other);
        // the secret key is 1
        bytes memory possession = CredentialType.possessionPoint(address(registry), other, validators[0]);
        vm.prank(validators[0]);
        bytes32 keyId = registry.addKey(other, Bls12381.bp2(), uint40(noon), uint40(noon + 1 days), possession);
        Rules memory r = _rules();
        _deploy(r);
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsOtherType.selector, keyId, r.terms.credentialType));
        fund.accept(keyId);
    }
}
