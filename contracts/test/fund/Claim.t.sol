// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IClaims} from "../../src/IClaims.sol";
import {IFund, Rules} from "../../src/IFund.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {
    ClaimInvalidChallenge,
    ClaimInvalidPoint,
    ClaimTerms,
    ClaimWrongLength
} from "../../src/claim/ClaimTerms.sol";
import {FixtureClaim, FundBase} from "../FundBase.sol";

contract ClaimTest is FundBase {
    // claims of the second day in the fixture
    uint256 private constant AGAIN_SAME_KEY = 16;
    uint256 private constant AGAIN_OTHER_VALIDATOR = 17;
    uint256 private constant SAME_ACCOUNT = 18;
    uint256 private constant NO_CHILDREN = 19;

    function test_creditsEveryClaimOfTheFixture() public {
        uint256 credited;
        for (uint256 i = 0; i < WALLETS; ++i) {
            FixtureClaim memory c = claims[i];
            assertFalse(fund.isClaimed(c.nullifier));
            vm.expectEmit(address(fund));
            emit IFund.Claimed(c.nullifier, keyIds[c.key], c.account, _allotment(i), uint32(c.asOf));
            _claim(i);
            credited += _allotment(i);
            assertTrue(fund.isClaimed(c.nullifier));
            assertEq(fund.accountOf(c.account), _allotment(i));
            _assertBooks(BUDGET - credited, credited, 0);
        }
        assertEq(fund.claimsOf(validators[0]), 13);
        assertEq(fund.claimsOf(validators[1]), 3);
        assertEq(fund.claimsOf(relayer), 0);
    }

    function test_aFundWithoutUnitsPaysTheBase() public {
        FixtureClaim memory c = _measured("0", 0);
        assertEq(c.disclosed.length, 0);
        _claim(c);
        assertEq(fund.accountOf(c.account), 700);
    }

    function test_anAccountMayReceiveAnotherWalletsClaim() public {
        _claim(1);
        vm.warp(noon + 1 days);
        _claim(SAME_ACCOUNT);
        assertEq(claims[1].account, claims[SAME_ACCOUNT].account);
        assertEq(fund.accountOf(claims[1].account), _allotment(1) + _allotment(SAME_ACCOUNT));
    }

    function testFuzz_anybodyMayDeliverAClaimAndNobodyRedirectIt(address caller, address thief) public {
        FixtureClaim memory c = claims[0];
        vm.assume(thief != c.account && thief != address(0));
        vm.startPrank(caller);
        vm.expectRevert(ClaimInvalidChallenge.selector);
        fund.claim(keyIds[c.key], thief, uint32(c.asOf), c.disclosed, c.proof);
        fund.claim(keyIds[c.key], c.account, uint32(c.asOf), c.disclosed, c.proof);
        vm.stopPrank();
        assertEq(fund.accountOf(c.account), _allotment(0));
    }

    function test_refusesASecondClaimOfAWallet() public {
        _claim(0);
        bytes memory refusal = abi.encodeWithSelector(IClaims.FundAlreadyClaimed.selector, claims[0].nullifier);
        vm.expectRevert(refusal);
        _claim(0);
        vm.warp(noon + 1 days);
        vm.expectRevert(refusal);
        _claim(AGAIN_SAME_KEY);
        vm.expectRevert(refusal);
        _claim(AGAIN_OTHER_VALIDATOR);
    }

    /// @dev Refused for its pseudonym alone: nothing else of the proof is looked at.
    function testFuzz_refusesAClaimedPseudonymBeforeTheProof(uint256 at, bytes1 difference) public {
        _claim(0);
        FixtureClaim memory c = claims[0];
        at = bound(at, 0, c.proof.length - 97);
        if (at >= 192) at += 96;
        c.proof[at] ^= difference;
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundAlreadyClaimed.selector, c.nullifier));
        _claim(c);
        // and where the pseudonym is another one, the proof is
        c.proof[192 + at % 96] ^= 0x01;
        vm.expectRevert(ClaimInvalidPoint.selector);
        _claim(c);
    }

    /// @dev What is remembered is the hash of the octets that were verified.
    function test_remembersThePseudonymThatTheProofShows() public {
        bytes memory proof = claims[0].proof;
        bytes memory pseudonym = new bytes(96);
        for (uint256 i = 0; i < 96; ++i) {
            pseudonym[i] = proof[192 + i];
        }
        assertEq(keccak256(pseudonym), claims[0].nullifier);
        _claim(0);
        assertTrue(fund.isClaimed(keccak256(pseudonym)));
    }

    function test_refusesWhilePaused() public {
        vm.prank(sponsor);
        fund.pause();
        vm.expectRevert(IProgramme.FundPaused.selector);
        _claim(0);
        vm.prank(sponsor);
        fund.unpause();
        _claim(0);
    }

    function testFuzz_refusesOutsideThePeriod(uint40 time) public {
        Rules memory r = _rules();
        vm.assume(time < r.opensAt || time >= r.claimsUntil);
        vm.warp(time);
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, time, r.opensAt, r.claimsUntil));
        _claim(0);
    }

    function test_thePeriodHasItsFirstSecondAndNotItsEnd() public {
        Rules memory r = _rules();
        r.opensAt = uint40(noon);
        r.claimsUntil = uint40(noon + 1);
        _reopen(r);
        vm.warp(noon - 1);
        vm.expectPartialRevert(IProgramme.FundOutsidePeriod.selector);
        _claim(0);
        vm.warp(noon + 1);
        vm.expectPartialRevert(IProgramme.FundOutsidePeriod.selector);
        _claim(0);
        vm.warp(noon);
        _claim(0);
    }

    function testFuzz_refusesAKeyThatWasNotAccepted(bytes32 keyId) public {
        vm.assume(keyId != keyIds[0] && keyId != keyIds[1] && keyId != keyIds[2]);
        FixtureClaim memory c = claims[0];
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorNotAccepted.selector, keyId));
        fund.claim(keyId, c.account, uint32(c.asOf), c.disclosed, c.proof);
    }

    function test_refusesARevokedKeyAndNotTheOther() public {
        vm.prank(validators[0]);
        registry.revokeKey(keyIds[0]);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorRevoked.selector, keyIds[0]));
        _claim(0);
        _claim(10);
    }

    function test_refusesADismissedValidator() public {
        bytes32 typeId = _rules().terms.credentialType;
        vm.prank(admin);
        registry.dismiss(validators[0], typeId);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorRevoked.selector, keyIds[0]));
        _claim(0);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorRevoked.selector, keyIds[1]));
        _claim(10);
        _claim(13);
    }

    function test_refusesAnExpiredKey() public {
        vm.prank(validators[0]);
        registry.retireKey(keyIds[0], uint40(noon));
        _claim(0);
        vm.warp(noon + 1);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorRevoked.selector, keyIds[0]));
        _claim(1);
    }

    function test_takesTodaysAndYesterdaysProofs() public {
        vm.warp(noon + 12 hours - 1);
        _claim(0);
        vm.warp(noon + 36 hours - 1);
        _claim(1);
        vm.warp(noon + 36 hours);
        vm.expectRevert(
            abi.encodeWithSelector(IClaims.FundStaleClaim.selector, claims[2].asOf, claims[2].asOf + 2)
        );
        _claim(2);
        vm.warp(noon - 12 hours);
        _claim(2);
    }

    function testFuzz_refusesEveryOtherDay(uint32 asOf) public {
        FixtureClaim memory c = claims[0];
        vm.assume(asOf != c.asOf && asOf != c.asOf - 1);
        c.asOf = asOf;
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundStaleClaim.selector, asOf, claims[0].asOf));
        _claim(c);
    }

    function test_refusesAnotherDayThanTheProofs() public {
        FixtureClaim memory c = claims[0];
        c.asOf -= 1;
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _claim(c);
    }

    function testFuzz_refusesUnitsOutOfRange(uint256 units) public {
        vm.assume(units == 0 || units > 5);
        FixtureClaim memory c = claims[0];
        c.disclosed[0] = units;
        vm.expectRevert(abi.encodeWithSelector(IFund.FundUnitsOutOfRange.selector, units, 1, 5));
        _claim(c);
    }

    function testFuzz_refusesOtherUnitsThanTheCredentials(uint256 units) public {
        FixtureClaim memory c = claims[0];
        c.disclosed[0] = bound(units, 2, 5);
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _claim(c);
    }

    function test_refusesAHouseholdWithoutChildren() public {
        vm.warp(noon + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IFund.FundUnitsOutOfRange.selector, 0, 1, 5));
        _claim(NO_CHILDREN);
        vm.warp(noon);
        Rules memory r = _rules();
        r.minUnits = 0;
        _reopen(r);
        vm.warp(noon + 1 days);
        _claim(NO_CHILDREN);
        assertEq(fund.accountOf(claims[NO_CHILDREN].account), BASE);
    }

    function testFuzz_refusesAnotherNumberOfValues(uint8 count) public {
        vm.assume(count != 1);
        FixtureClaim memory c = claims[0];
        c.disclosed = new uint256[](count);
        if (count != 0) c.disclosed[0] = 1;
        vm.expectRevert(abi.encodeWithSelector(ClaimWrongLength.selector, c.proof.length, count));
        _claim(c);
    }

    function test_refusesTheZeroAccount() public {
        FixtureClaim memory c = claims[0];
        c.account = address(0);
        vm.expectRevert(IProgramme.FundZeroAccount.selector);
        _claim(c);
    }

    function test_refusesTheKeyOfAnotherCredential() public {
        FixtureClaim memory c = claims[0];
        c.key = 1;
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _claim(c);
    }

    function testFuzz_refusesAChangedOctet(uint256 at, uint8 difference) public {
        vm.assume(difference != 0);
        FixtureClaim memory c = claims[0];
        at = bound(at, 0, c.proof.length - 1);
        c.proof[at] = bytes1(uint8(c.proof[at]) ^ difference);
        vm.expectRevert();
        _claim(c);
        assertEq(fund.accountOf(c.account), 0);
    }

    function testFuzz_refusesAnotherLength(uint16 length) public {
        FixtureClaim memory c = claims[0];
        vm.assume(length != c.proof.length);
        c.proof = new bytes(length);
        vm.expectRevert(abi.encodeWithSelector(ClaimWrongLength.selector, length, 1));
        _claim(c);
    }

    function testFuzz_capsTheClaimsOfAValidatorOverAllItsKeys(uint32 cap) public {
        Rules memory r = _rules();
        r.claimsPerValidator = uint32(bound(cap, 1, 12));
        _reopen(r);
        for (uint256 i = 0; i < r.claimsPerValidator; ++i) {
            // from the rotated key backwards, so that both keys count
            _claim(12 - i);
        }
        assertEq(fund.claimsOf(validators[0]), r.claimsPerValidator);
        vm.expectRevert(
            abi.encodeWithSelector(IClaims.FundValidatorCapReached.selector, validators[0], r.claimsPerValidator)
        );
        _claim(0);
        _claim(13);
        assertEq(fund.claimsOf(validators[1]), 1);
    }

    function test_aCountDoesNotSpillIntoTheNextValidators() public {
        Rules memory r = _rules();
        r.claimsPerValidator = type(uint32).max;
        _reopen(r);
        bytes32 slot = _slotOfClaims();
        vm.store(address(fund), slot, bytes32(uint256(type(uint32).max)));
        vm.expectRevert(
            abi.encodeWithSelector(IClaims.FundValidatorCapReached.selector, validators[0], type(uint32).max)
        );
        _claim(0);
        _claim(13);
        assertEq(fund.claimsOf(validators[0]), type(uint32).max);
        assertEq(fund.claimsOf(validators[1]), 1);
    }

    function testFuzz_refusesWhenTheBudgetIsSpent(uint64 left) public {
        uint64 needed = _allotment(0);
        left = uint64(bound(left, 0, needed - 1));
        Rules memory r = _rules();
        r.baseAmount = BUDGET - PER_CHILD - left;
        r.maxUnits = 1;
        _reopen(r);
        _claim(0);
        _assertBooks(left, BUDGET - left, 0);
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBudgetExhausted.selector, left, r.baseAmount + PER_CHILD));
        _claim(5);
        assertFalse(fund.isClaimed(claims[5].nullifier));
        assertEq(fund.claimsOf(validators[0]), 1);
    }

    function test_spendsTheBudgetToTheLastCent() public {
        Rules memory r = _rules();
        r.baseAmount = BUDGET - PER_CHILD;
        r.maxUnits = 1;
        _reopen(r);
        _claim(0);
        _assertBooks(0, BUDGET, 0);
    }

    function test_refusesAProofForAnotherFundChainOrPeriod() public {
        FixtureClaim memory c = claims[0];
        Rules memory r = _rules();
        r.period += 1;
        _reopen(r);
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _claim(c);
        r = _rules();
        r.rulebook = keccak256("another rulebook");
        _reopen(r);
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _claim(c);
        _deploy(_rules());
        fund.accept(keyIds[0]);
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _claim(c);
        _unopen();
        vm.chainId(1);
        _open(_rules());
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _claim(c);
    }

    function _measured(string memory predicates, uint256 index) private returns (FixtureClaim memory) {
        string memory path = string.concat(".measured.", predicates);
        Rules memory r = _rules();
        r.terms = abi.decode(vm.parseJsonBytes(json, string.concat(path, ".terms")), (ClaimTerms));
        (r.baseAmount, r.unit, r.unitAmount, r.minUnits, r.maxUnits) = (700, 255, 0, 0, 0);
        _reopen(r);
        return abi.decode(vm.parseJson(json, string.concat(path, ".claims")), (FixtureClaim[]))[index];
    }

    /// @dev Found by what a claim writes: the one slot that then holds 1.
    function _slotOfClaims() private returns (bytes32 slot) {
        uint256 before = vm.snapshotState();
        vm.record();
        _claim(0);
        (, bytes32[] memory writes) = vm.accesses(address(fund));
        uint256 found;
        for (uint256 i = 0; i < writes.length; ++i) {
            if (uint256(writes[i]) < 100 && vm.load(address(fund), writes[i]) == bytes32(uint256(1))) {
                (slot, found) = (writes[i], found + 1);
            }
        }
        assertEq(found, 1);
        assertTrue(vm.revertToState(before));
    }
}
