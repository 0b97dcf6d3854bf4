// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IClaims} from "../../src/IClaims.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {ISlottedClaims} from "../../src/ISlottedClaims.sol";
import {BoardRules, Collection, ITaskBoard} from "../../src/ITaskBoard.sol";
import {ClaimInvalidChallenge, ClaimInvalidPoint} from "../../src/claim/ClaimTerms.sol";
import {FixtureCollection, TaskBase} from "../TaskBase.sol";

contract CollectTest is TaskBase {
    // ---- the cap ----

    /// @dev EUR 1,500.00 exactly passes, and one cent more is refused, in every slot.
    function test_thirtySlotsAreTheCapAndNotOneCentMore() public {
        _award(0, 1_201);
        for (uint256 i = 0; i < SLOTS; ++i) {
            _collect(i);
            assertEq(purse.accountOf(collections[i].account), SLOT_CAP);
        }
        _assertBooks(BUDGET - CAP, CAP, 0);
        (,,, uint32 time, uint32 collected,) = board.workOf(people[0]);
        assertEq(time - collected, 900);

        for (uint256 i = 0; i < SLOTS; ++i) {
            FixtureCollection memory more = collections[i];
            // a cent: eighteen seconds at the young rate
            (more.terms, more.collectedTotal) = (1, uint256(collected) + 18);
            board.accept(ageKey, more.slot, 1);
            vm.expectRevert(
                abi.encodeWithSelector(
                    ITaskBoard.TaskSlotFull.selector, more.nullifier, SLOT_CAP, 1, SLOT_CAP
                )
            );
            _deliver(more);
        }
        FixtureCollection memory another = collections[0];
        (another.slot, another.collectedTotal) = (another.slot + SLOTS, uint256(collected) + 900);
        vm.expectRevert(abi.encodeWithSelector(ISlottedClaims.FundUnknownSlot.selector, another.slot, 0));
        _deliver(another);
    }

    function test_thePseudonymsOfThirtySlotsAreThirtyStrangers() public view {
        for (uint256 i = 0; i < SLOTS; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                assertNotEq(collections[i].nullifier, collections[j].nullifier);
            }
        }
    }

    /// @dev The 21st birthday within a slot: EUR 2 for an hour before, EUR 5 an hour from that day on, and the slot is
    /// filled to the last cent.
    function test_theBirthdayChangesTheRateAndNotThePseudonym() public {
        _award(1, 60);
        FixtureCollection memory young = collections[BIRTHDAY];
        FixtureCollection memory adult = collections[BIRTHDAY + 1];
        assertEq(young.nullifier, adult.nullifier);
        _acceptFor(BIRTHDAY);
        _acceptFor(BIRTHDAY + 1);
        vm.expectEmit(address(board));
        emit ITaskBoard.Collected(
            young.nullifier, people[1], young.account, young.slot, 1, ageKey, 3_600, 200, 200, uint32(young.asOf)
        );
        _collect(BIRTHDAY);
        assertEq(board.earnedOf(young.nullifier), 200);
        vm.expectEmit(address(board));
        emit ITaskBoard.Collected(
            adult.nullifier, people[1], adult.account, adult.slot, 0, ageKey, 34_560, 4_800, 5_000, uint32(adult.asOf)
        );
        _collect(BIRTHDAY + 1);
        assertEq(board.earnedOf(young.nullifier), SLOT_CAP);
        assertEq(purse.accountOf(young.account), SLOT_CAP);
    }

    function test_aGroupCollectsItsShares() public {
        _awardGroup();
        _collect(GROUP);
        _collect(GROUP + 1);
        _collect(GROUP + 2);
        _collect(GROUP + 3);
        assertEq(purse.accountOf(collections[GROUP].account), 250);
        assertEq(purse.accountOf(collections[GROUP + 2].account), 125);
        assertEq(purse.accountOf(collections[GROUP + 3].account), 50);
        // one award in two slots: two pseudonyms
        assertNotEq(collections[GROUP].nullifier, collections[GROUP + 1].nullifier);
    }

    // ---- refusals ----

    function testFuzz_refusesOutsideThePeriod(uint40 time) public {
        BoardRules memory r = _rules();
        vm.assume(time < r.opensAt || time >= r.closesAt);
        _award(0, 40);
        _acceptFor(0);
        vm.warp(time);
        _expect(collections[0], abi.encodeWithSelector(
            IProgramme.FundOutsidePeriod.selector, time, r.opensAt, r.closesAt
        ));
    }

    function testFuzz_refusesSlotsThatDoNotExist(uint8 s, uint8 terms) public {
        vm.assume(s >= SLOTS || terms > 1);
        FixtureCollection memory f = collections[0];
        (f.slot, f.terms) = (2026 * 256 + uint256(s), terms);
        _expect(f, abi.encodeWithSelector(ISlottedClaims.FundUnknownSlot.selector, f.slot, terms));
        vm.expectRevert(abi.encodeWithSelector(ISlottedClaims.FundUnknownSlot.selector, f.slot, terms));
        board.accept(ageKey, f.slot, terms);
    }

    function testFuzz_refusesAnotherYear(uint32 year) public {
        vm.assume(year != 2026);
        FixtureCollection memory f = collections[0];
        f.slot = uint256(year) * 256;
        _expect(f, abi.encodeWithSelector(ITaskBoard.TaskNotThisYear.selector, f.slot, 2026));
    }

    /// @dev In the last second of the year a slot of it counts, and in the next one it does not.
    function test_theYearEndsAtMidnight() public {
        uint256 newYear = 1_798_761_600; // 2027-01-01 00:00 UTC
        _award(0, 40);
        _acceptFor(0);
        vm.warp(newYear);
        _expect(collections[0], abi.encodeWithSelector(
            ITaskBoard.TaskNotThisYear.selector, collections[0].slot, 2027
        ));
        vm.warp(newYear - 1);
        vm.expectPartialRevert(ITaskBoard.TaskCollectionTooLate.selector);
        _deliver(collections[0]);
    }

    function test_refusesWhatWasNotAwarded() public {
        _expect(collections[0], abi.encodeWithSelector(ITaskBoard.TaskNothingAwarded.selector, people[0]));
    }

    function testFuzz_refusesAfterTheTime(uint40 time) public {
        _award(0, 40);
        _acceptFor(0);
        uint256 until = noon + COLLECT_WITHIN;
        vm.warp(bound(time, until, 1_798_761_599));
        _expect(
            collections[0], abi.encodeWithSelector(ITaskBoard.TaskCollectionTooLate.selector, people[0], until)
        );
    }

    function testFuzz_refusesMoreThanWasAwarded(uint256 total) public {
        _award(0, 40);
        FixtureCollection memory f = collections[0];
        f.collectedTotal = bound(total, 36_001, type(uint256).max);
        _expect(f, abi.encodeWithSelector(
            ITaskBoard.TaskCollectionOutOfRange.selector, f.collectedTotal, 0, 36_000
        ));
    }

    function testFuzz_refusesAReplay(uint256 total) public {
        _award(0, 80);
        _collect(0);
        FixtureCollection memory f = collections[0];
        _expect(f, abi.encodeWithSelector(
            ITaskBoard.TaskCollectionOutOfRange.selector, 36_000, 36_000, 72_000
        ));
        f.collectedTotal = bound(total, 0, 36_000);
        _expect(f, abi.encodeWithSelector(
            ITaskBoard.TaskCollectionOutOfRange.selector, f.collectedTotal, 36_000, 72_000
        ));
    }

    function testFuzz_refusesFractionsOfACent(uint256 total) public {
        _award(0, 40);
        FixtureCollection memory f = collections[0];
        f.collectedTotal = bound(total, 1, 36_000);
        vm.assume(f.collectedTotal * 500 % 3_600 != 0);
        _expect(f, abi.encodeWithSelector(ITaskBoard.TaskNotWholeCents.selector, f.collectedTotal, 500));
    }

    function testFuzz_refusesAnotherKey(bytes32 keyId) public {
        vm.assume(keyId != ageKey);
        _award(0, 40);
        _acceptFor(0);
        Collection memory c = _collection(collections[0]);
        c.keyId = keyId;
        bytes memory signature = _signCollection(collections[0], keys[0]);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorNotAccepted.selector, keyId));
        board.collect(c, signature, collections[0].proof);
    }

    function test_refusesARevokedKey() public {
        _award(0, 40);
        _acceptFor(0);
        vm.prank(desk);
        registry.revokeKey(ageKey);
        _expect(collections[0], abi.encodeWithSelector(IClaims.FundValidatorRevoked.selector, ageKey));
    }

    function testFuzz_refusesAnotherDay(uint32 asOf) public {
        FixtureCollection memory f = collections[0];
        uint256 today = f.asOf;
        vm.assume(asOf != today && asOf != today - 1);
        _award(0, 40);
        _acceptFor(0);
        f.asOf = asOf;
        _expect(f, abi.encodeWithSelector(IClaims.FundStaleClaim.selector, asOf, today));
    }

    function testFuzz_refusesASignatureOfAnybodyElse(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        vm.assume(key != keys[0]);
        _award(0, 40);
        _acceptFor(0);
        bytes memory signature = _signCollection(collections[0], key);
        Collection memory c = _collection(collections[0]);
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundBadSignature.selector, vm.addr(key), people[0])
        );
        board.collect(c, signature, collections[0].proof);
    }

    /// @dev Signature and proof name the account, the award and how much of it: neither can be used with another.
    function test_refusesAnotherAccountOrAwardThanTheProofs() public {
        _award(0, 80);
        _acceptFor(0);
        FixtureCollection memory f = collections[0];
        f.account = relayer;
        _expect(f, abi.encodeWithSelector(ClaimInvalidChallenge.selector));
        f = collections[0];
        f.collectedTotal = 18_000;
        _expect(f, abi.encodeWithSelector(ClaimInvalidChallenge.selector));
        f = collections[0];
        (f.taskAccount, f.taskKey) = (people[1], bytes32(keys[1]));
        _award(1, 80);
        _expect(f, abi.encodeWithSelector(ClaimInvalidChallenge.selector));
    }

    /// @dev Nobody under 21 gets the adult rate with what proves that they are not.
    function test_refusesAProofOfTheOtherTerms() public {
        _award(1, 60);
        FixtureCollection memory f = collections[BIRTHDAY];
        f.terms = 0;
        board.accept(ageKey, f.slot, 0);
        _expect(f, abi.encodeWithSelector(ClaimInvalidChallenge.selector));
    }

    function test_refusesAProofOfAnotherSlot() public {
        _award(0, 40);
        _acceptFor(1);
        FixtureCollection memory f = collections[0];
        f.slot = collections[1].slot;
        _expect(f, abi.encodeWithSelector(ClaimInvalidChallenge.selector));
    }

    function testFuzz_refusesAChangedPoint(uint256 at) public {
        _award(0, 40);
        _acceptFor(0);
        FixtureCollection memory f = collections[0];
        f.proof[bound(at, 0, 5) * 96 + 95] ^= 0x01;
        _expect(f, abi.encodeWithSelector(ClaimInvalidPoint.selector));
    }

    // ---- what the purse refuses ----

    function test_refusesWhileThePurseIsPaused() public {
        _award(0, 40);
        _acceptFor(0);
        vm.prank(sponsor);
        purse.pause();
        _expect(collections[0], abi.encodeWithSelector(IProgramme.FundPaused.selector));
        assertEq(board.earnedOf(collections[0].nullifier), 0);
    }

    function test_refusesWhenTheBudgetIsSpent() public {
        _award(0, 40);
        _acceptFor(0);
        vm.record();
        purse.books();
        (bytes32[] memory reads,) = vm.accesses(address(purse));
        uint256 word = uint256(vm.load(address(purse), reads[0]));
        vm.store(address(purse), reads[0], bytes32((word >> 64) << 64 | 4_999));
        _expect(
            collections[0], abi.encodeWithSelector(IProgramme.FundBudgetExhausted.selector, 4_999, 5_000)
        );
    }

    function _expect(FixtureCollection memory f, bytes memory refusal) private {
        bytes memory signature = _signCollection(f, uint256(f.taskKey));
        Collection memory c = _collection(f);
        vm.expectRevert(refusal);
        board.collect(c, signature, f.proof);
    }

    /// @dev Four quarter hours: two, one and one.
    function _awardGroup() private {
        uint256 task = _publish(4, 0);
        uint256[] memory group = _ascending();
        uint16[] memory parts = new uint16[](3);
        for (uint256 i = 0; i < 3; ++i) {
            parts[i] = group[i] == 2 ? 500 : 250;
        }
        _choose(task, group, parts);
        _reportDone(task, 2);
        _verify(task, 4, 0, _accountsOf(group));
    }
}
