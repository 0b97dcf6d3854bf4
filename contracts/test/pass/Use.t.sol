// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "../../src/IBudget.sol";
import {IClaims} from "../../src/IClaims.sol";
import {IPass, PassRules} from "../../src/IPass.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {ClaimInvalidChallenge, ClaimInvalidPoint} from "../../src/claim/ClaimTerms.sol";
import {PassBase, Use} from "../PassBase.sol";

contract UseTest is PassBase {
    function setUp() public override {
        super.setUp();
        _activate(0);
        _activate(1);
    }

    // ---- what happens ----

    function test_theSponsorOwesTheShopItsPart() public {
        Use memory u = uses[0];
        _acceptFor(0);
        vm.expectEmit(address(pass));
        emit IPass.OfferUsed(
            u.nullifier, SCHOOL, shops[0], 0, passKey, 7_500, 3_000, 3_000, uint32(u.asOf)
        );
        _use(0);
        assertTrue(pass.isClaimed(u.nullifier));
        assertEq(_balance(0), 3_000);
        _assertBooks(BUDGET - 3_000, 3_000);
        (, uint32 used,) = pass.offerOf(SCHOOL);
        assertEq(used, 1);
    }

    function test_threeTicketsOfOnePassAreThreeStrangers() public {
        for (uint256 i = 0; i < 3; ++i) {
            Use memory u = uses[FIRST_TICKET + i];
            _acceptFor(FIRST_TICKET + i);
            vm.expectEmit(address(pass));
            emit IPass.OfferUsed(u.nullifier, TICKET, shops[1], uint8(i), passKey, 950, 950, 475, uint32(u.asOf));
            _use(FIRST_TICKET + i);
        }
        assertEq(_balance(1), 3 * 475);
        assertNotEq(uses[FIRST_TICKET].nullifier, uses[FIRST_TICKET + 1].nullifier);
        assertNotEq(uses[FIRST_TICKET].nullifier, uses[0].nullifier);
    }

    function test_twoShopsOfACategoryGiveTheSameOffer() public {
        _use(FIRST_QUARTER_OFF);
        _use(FIRST_QUARTER_OFF + 1);
        assertEq(_balance(0), 1_000);
        assertEq(_balance(2), 83);
        _assertBooks(BUDGET - 1_083, 1_083);
    }

    function test_anOfferThatTheShopBearsMovesNoMoney() public {
        _schoolPercent = 0;
        _reopen(_rules());
        _activate(0);
        _use(0);
        _assertBooks(BUDGET, 0);
        assertEq(_balance(0), 0);
    }

    // ---- the programme's refusals ----

    function test_refusesWhilePaused() public {
        vm.prank(sponsor);
        pass.pause();
        _expectAndUse(0, abi.encodeWithSelector(IProgramme.FundPaused.selector));
    }

    function testFuzz_refusesOutsideThePeriod(uint40 time) public {
        PassRules memory r = _rules();
        vm.assume(time < r.opensAt || time >= r.closesAt);
        vm.warp(time);
        _expectAndUse(
            0, abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, time, r.opensAt, r.closesAt)
        );
    }

    function testFuzz_refusesAnotherKey(bytes32 keyId) public {
        vm.assume(keyId != passKey);
        _acceptFor(0);
        Use memory u = uses[0];
        bytes memory signature = _signUse(u, shopKeys[0]);
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorNotAccepted.selector, keyId));
        pass.use(u.offer, u.number, keyId, shops[0], u.price, uint32(u.asOf), u.proof, signature);
    }

    function test_refusesASlotThatWasNotAccepted() public {
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundValidatorNotAccepted.selector, passKey));
        _deliver(uses[0]);
    }

    function test_refusesARevokedKey() public {
        _acceptFor(0);
        vm.prank(passDesk);
        registry.revokeKey(passKey);
        _expectAndUse(0, abi.encodeWithSelector(IClaims.FundValidatorRevoked.selector, passKey));
    }

    function testFuzz_refusesAnotherDay(uint32 asOf) public {
        Use memory u = uses[0];
        uint256 today = u.asOf;
        vm.assume(asOf != today && asOf != today - 1);
        _acceptFor(0);
        u.asOf = asOf;
        vm.expectRevert(abi.encodeWithSelector(IClaims.FundStaleClaim.selector, asOf, today));
        _deliver(u);
    }

    function test_refusesWhenTheBudgetIsSpent() public {
        _acceptFor(0);
        _drain(2_999);
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBudgetExhausted.selector, 2_999, 3_000));
        _deliver(uses[0]);
        assertFalse(pass.isClaimed(uses[0].nullifier));
    }

    // ---- the offer's refusals ----

    function testFuzz_refusesUnknownOffers(uint256 offer) public {
        vm.assume(offer == 0 || offer > 3);
        Use memory u = uses[0];
        u.offer = offer;
        vm.expectRevert(abi.encodeWithSelector(IPass.PassUnknownOffer.selector, offer));
        _deliver(u);
    }

    function test_refusesAWithdrawnOffer() public {
        _acceptFor(0);
        vm.prank(sponsor);
        pass.withdrawOffer(SCHOOL);
        _expectAndUse(0, abi.encodeWithSelector(IPass.PassOfferWithdrawn.selector, SCHOOL));
    }

    /// @dev "Available from Monday 19 June": the second before, and that second.
    function test_startsInItsFirstSecond() public {
        _acceptFor(FIRST_QUARTER_OFF);
        uint256 startsAt = noon - 1 days;
        vm.warp(startsAt - 1);
        _expectAndUse(
            FIRST_QUARTER_OFF, abi.encodeWithSelector(IPass.PassOfferNotStarted.selector, QUARTER_OFF, startsAt)
        );
        // the day before the proof's: nothing else than the day is refused any more
        vm.warp(startsAt);
        _expectAndUse(
            FIRST_QUARTER_OFF,
            abi.encodeWithSelector(
                IClaims.FundStaleClaim.selector, uses[0].asOf, uses[0].asOf - 1
            )
        );
    }

    function testFuzz_refusesAfterItsEnd(uint40 time) public {
        _acceptFor(FIRST_QUARTER_OFF);
        uint256 endsAt = noon + 30 days;
        vm.warp(bound(time, endsAt, _rules().closesAt - 1));
        _expectAndUse(
            FIRST_QUARTER_OFF, abi.encodeWithSelector(IPass.PassOfferOver.selector, QUARTER_OFF, endsAt)
        );
    }

    /// @dev The tickets hold in November, and December begins within the period.
    function test_refusesAnotherMonth() public {
        _acceptFor(FIRST_TICKET);
        uint256 december = 1_796_083_200; // 2026-12-01 00:00 UTC
        vm.warp(december - 1);
        _expectAndUse(
            FIRST_TICKET,
            abi.encodeWithSelector(IClaims.FundStaleClaim.selector, uses[0].asOf, uses[0].asOf + 7)
        );
        vm.warp(december);
        _expectAndUse(FIRST_TICKET, abi.encodeWithSelector(IPass.PassOfferNotThisMonth.selector, TICKET, 12));
    }

    function testFuzz_refusesUsesThatAPassDoesNotHave(uint256 number) public {
        Use memory u = uses[FIRST_TICKET];
        u.number = bound(number, 3, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IPass.PassNoSuchUse.selector, TICKET, u.number, 3));
        _deliver(u);
    }

    function test_refusesMoreThanTheTotal() public {
        _use(FIRST_QUARTER_OFF);
        _use(FIRST_QUARTER_OFF + 1);
        _use(FIRST_QUARTER_OFF + 2);
        _expectAndUse(
            FIRST_QUARTER_OFF + 3, abi.encodeWithSelector(IPass.PassOfferExhausted.selector, QUARTER_OFF, 3)
        );
    }

    // ---- the shop ----

    function test_refusesAnotherShopThanTheOffers() public {
        Use memory u = uses[0];
        u.shop = 2;
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundWrongShop.selector, shops[2]));
        _deliver(u);
    }

    function test_refusesASuspendedShop() public {
        _acceptFor(0);
        vm.prank(sponsor);
        pass.suspendMerchant(shops[0]);
        _expectAndUse(0, abi.encodeWithSelector(IBudget.FundWrongShop.selector, shops[0]));
    }

    function test_refusesAShopOfAnotherCategory() public {
        Use memory u = uses[FIRST_QUARTER_OFF];
        u.shop = 1;
        vm.expectRevert(abi.encodeWithSelector(IPass.PassWrongCategory.selector, QUARTER_OFF, TOYS));
        _deliver(u);
    }

    function testFuzz_refusesAnotherPrice(uint256 price) public {
        vm.assume(price != 7_500);
        Use memory u = uses[0];
        u.price = price;
        vm.expectRevert(abi.encodeWithSelector(IPass.PassWrongPrice.selector, price, 7_500));
        _deliver(u);
    }

    function testFuzz_refusesPricesOfNothingAndOf40BitsAndMore(uint256 price) public {
        Use memory u = uses[FIRST_QUARTER_OFF];
        u.price = 0;
        vm.expectRevert(IProgramme.FundZeroAmount.selector);
        _deliver(u);
        u.price = bound(price, uint256(type(uint40).max) + 1, type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(IBudget.FundAmountTooLarge.selector, u.price, uint256(type(uint40).max))
        );
        _deliver(u);
    }

    /// @dev Nobody sells in the name of a shop.
    function testFuzz_refusesASignatureOfAnybodyElse(uint256 key) public {
        key = bound(key, 1, CURVE_ORDER - 1);
        vm.assume(vm.addr(key) != shops[0]);
        _acceptFor(0);
        Use memory u = uses[0];
        bytes memory signature = _signUse(u, key);
        vm.expectRevert(
            abi.encodeWithSelector(IProgramme.FundBadSignature.selector, vm.addr(key), shops[0])
        );
        pass.use(u.offer, u.number, passKey, shops[0], u.price, uint32(u.asOf), u.proof, signature);
    }

    function testFuzz_refusesASignatureForAnotherUse(bytes32 nullifier, uint256 price) public {
        _acceptFor(FIRST_QUARTER_OFF);
        Use memory u = uses[FIRST_QUARTER_OFF];
        Use memory other = uses[FIRST_QUARTER_OFF];
        other.nullifier = nullifier;
        other.price = price;
        vm.assume(nullifier != u.nullifier || price != u.price);
        bytes memory signature = _signUse(other, shopKeys[0]);
        vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        pass.use(u.offer, u.number, passKey, shops[0], u.price, uint32(u.asOf), u.proof, signature);
    }

    // ---- the proof ----

    function test_refusesAUseTwice() public {
        _use(FIRST_QUARTER_OFF);
        bytes memory refusal =
            abi.encodeWithSelector(IClaims.FundAlreadyClaimed.selector, uses[FIRST_QUARTER_OFF].nullifier);
        _expectAndUse(FIRST_QUARTER_OFF, refusal);
        // with a fresh proof, at another price, at another shop
        _expectAndUse(OTHER_PRICE, refusal);
        _expectAndUse(OTHER_SHOP, refusal);
    }

    /// @dev The proof names shop and price: a shop cannot raise the price that the citizen saw.
    function testFuzz_refusesAnotherPriceOrShopThanTheProofs(uint40 price) public {
        _acceptFor(FIRST_QUARTER_OFF);
        Use memory u = uses[FIRST_QUARTER_OFF];
        vm.assume(price != u.price && price != 0);
        u.price = price;
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _deliver(u);
        u = uses[FIRST_QUARTER_OFF];
        u.shop = 2;
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _deliver(u);
    }

    /// @dev The first ticket's proof is not one for the second.
    function test_refusesAProofOfAnotherUseOfTheOffer() public {
        _acceptFor(FIRST_TICKET + 1);
        Use memory u = uses[FIRST_TICKET];
        u.number = 1;
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _deliver(u);
    }

    function testFuzz_refusesAChangedPoint(uint256 at) public {
        _acceptFor(0);
        Use memory u = uses[0];
        at = bound(at, 0, 5) * 96 + 95;
        u.proof[at] ^= 0x01;
        // the pseudonym is signed by the shop too
        if (at == 287) vm.expectPartialRevert(IProgramme.FundBadSignature.selector);
        else vm.expectRevert(ClaimInvalidPoint.selector);
        _deliver(u);
    }

    /// @dev A stolen key of the desk signs pass credentials for wallets that never activated one.
    function test_refusesMoreUsesThanAllPassesHave() public {
        _use(0);
        _use(1);
        _expectAndUse(
            NOT_ACTIVATED, abi.encodeWithSelector(IPass.PassMoreUsesThanPasses.selector, SCHOOL, 2)
        );
        _activate(2);
        _use(2);
    }

    function _expectAndUse(uint256 index, bytes memory refusal) private {
        if (pass.statementOf(passKey, uses[index].slot, 1) == address(0) && block.timestamp == noon) {
            _acceptFor(index);
        }
        Use memory u = uses[index];
        bytes memory signature = _signUse(u, shopKeys[u.shop]);
        vm.expectRevert(refusal);
        pass.use(u.offer, u.number, passKey, shops[u.shop], u.price, uint32(u.asOf), u.proof, signature);
    }

    /// @dev Leaves so much in the budget.
    function _drain(uint64 left) private {
        bytes32 slot = _slotOfBooks();
        uint256 word = uint256(vm.load(address(pass), slot));
        vm.store(address(pass), slot, bytes32((word >> 64) << 64 | left));
    }

    function _slotOfBooks() private returns (bytes32) {
        vm.record();
        pass.books();
        (bytes32[] memory reads,) = vm.accesses(address(pass));
        assertEq(reads.length, 1);
        return reads[0];
    }
}
