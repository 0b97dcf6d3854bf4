// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "../../src/IBudget.sol";
import {IPass, Offer, Reduction} from "../../src/IPass.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {PassBase} from "../PassBase.sol";

contract OffersTest is PassBase {
    // ---- publishing ----

    function test_publishesAndKeepsIt() public {
        Offer memory o = _school();
        vm.expectEmit(address(pass));
        emit IPass.OfferPublished(4, o);
        vm.prank(sponsor);
        assertEq(pass.publishOffer(o), 4);
        assertEq(pass.offers(), 4);
        (Offer memory kept, uint32 used, bool withdrawn) = pass.offerOf(4);
        o.description = 0;
        assertEq(abi.encode(kept), abi.encode(o));
        assertEq(used, 0);
        assertFalse(withdrawn);
        (kept,,) = pass.offerOf(3);
        o = _quarterOff();
        o.description = 0;
        assertEq(abi.encode(kept), abi.encode(o));
    }

    function testFuzz_onlyTheSponsorPublishesAndWithdraws(address caller) public {
        vm.assume(caller != sponsor);
        bytes32 role = pass.SPONSOR_ROLE();
        Offer memory o = _school();
        vm.startPrank(caller);
        _expectUnauthorised(caller, role);
        pass.publishOffer(o);
        _expectUnauthorised(caller, role);
        pass.withdrawOffer(1);
    }

    function testFuzz_refusesAfterTheEnd(uint40 time) public {
        uint256 end = _rules().closesAt;
        vm.warp(bound(time, end, type(uint40).max));
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundOutsidePeriod.selector, block.timestamp, 0, end));
        vm.prank(sponsor);
        pass.publishOffer(_school());
    }

    function testFuzz_refusesOtherCategories(uint8 category) public {
        vm.assume(category != SPORT && category != TOYS);
        Offer memory o = _school();
        o.category = category;
        _expectBad(o, "category");
    }

    function testFuzz_refusesWrongMonths(uint16 months) public {
        vm.assume(months == 0 || months > ALL_MONTHS);
        Offer memory o = _school();
        o.months = months;
        _expectBad(o, "months");
    }

    function testFuzz_refusesWrongPercents(uint8 sponsorPercent, uint40 value) public {
        Offer memory o = _school();
        o.sponsorPercent = uint8(bound(sponsorPercent, 101, 255));
        _expectBad(o, "sponsorPercent");
        o = _quarterOff();
        o.value = uint40(bound(value, 101, type(uint40).max));
        _expectBad(o, "value");
        o.value = 0;
        _expectBad(o, "value");
    }

    function testFuzz_refusesAFreeOfferWithAValueAndAFixedOneWithout(uint40 value) public {
        Offer memory o = _ticket();
        o.value = uint40(bound(value, 1, type(uint40).max));
        _expectBad(o, "value");
        o = _school();
        o.value = 0;
        _expectBad(o, "value");
    }

    function test_refusesNoUses() public {
        Offer memory o = _school();
        o.usesPerPass = 0;
        _expectBad(o, "usesPerPass");
    }

    /// @dev Where the till enters the price, something else must bound what the sponsor pays.
    function test_refusesAnUnboundedReduction() public {
        Offer memory o = _quarterOff();
        o.maxReduction = 0;
        _expectBad(o, "maxReduction");
        o = _ticket();
        o.price = 0;
        _expectBad(o, "maxReduction");
        o = _school();
        o.price = 0;
        vm.prank(sponsor);
        pass.publishOffer(o);
    }

    function testFuzz_refusesToEndBeforeItStarts(uint40 startsAt, uint40 endsAt) public {
        vm.assume(endsAt != 0 && endsAt <= startsAt);
        Offer memory o = _school();
        (o.startsAt, o.endsAt) = (startsAt, endsAt);
        _expectBad(o, "endsAt");
    }

    // ---- withdrawing ----

    function test_withdrawsForGood() public {
        vm.expectEmit(address(pass));
        emit IPass.OfferWithdrawn(2);
        vm.prank(sponsor);
        pass.withdrawOffer(2);
        (,, bool withdrawn) = pass.offerOf(2);
        assertTrue(withdrawn);
        vm.expectRevert(abi.encodeWithSelector(IPass.PassOfferWithdrawn.selector, 2));
        vm.prank(sponsor);
        pass.withdrawOffer(2);
    }

    function testFuzz_refusesUnknownOffers(uint256 offer, uint256 price) public {
        vm.assume(offer == 0 || offer > 3);
        bytes memory refusal = abi.encodeWithSelector(IPass.PassUnknownOffer.selector, offer);
        vm.expectRevert(refusal);
        pass.offerOf(offer);
        vm.expectRevert(refusal);
        pass.quote(offer, price);
        vm.expectRevert(refusal);
        vm.prank(sponsor);
        pass.withdrawOffer(offer);
    }

    // ---- who pays what ----

    function test_quotesThePublishedOffers() public view {
        _expectQuote(SCHOOL, 7_500, 4_500, 3_000, 0);
        _expectQuote(TICKET, 950, 0, 475, 475);
        _expectQuote(QUARTER_OFF, 4_000, 3_000, 1_000, 0);
        _expectQuote(QUARTER_OFF, 333, 250, 83, 0);
        _expectQuote(QUARTER_OFF, 2, 1, 1, 0);
        _expectQuote(QUARTER_OFF, 9_999, 8_499, 1_500, 0);
    }

    function testFuzz_theThreePartsAreThePrice(
        uint40 price,
        uint40 value,
        uint40 maxReduction,
        uint8 sponsorPercent,
        uint8 kind
    ) public {
        Offer memory o = _quarterOff();
        o.reduction = Reduction(kind % 3);
        price = uint40(bound(price, 1, type(uint40).max));
        o.sponsorPercent = sponsorPercent % 101;
        o.maxReduction = uint40(bound(maxReduction, 1, type(uint40).max));
        o.value = uint40(bound(value, 1, type(uint40).max));
        if (o.reduction == Reduction.FREE) o.value = 0;
        if (o.reduction == Reduction.PERCENTAGE) o.value = o.value % 100 + 1;
        vm.prank(sponsor);
        pass.publishOffer(o);
        (uint256 citizen, uint256 sponsorPart, uint256 merchantPart) = pass.quote(4, price);
        assertEq(citizen + sponsorPart + merchantPart, price);
        uint256 reduction = sponsorPart + merchantPart;
        assertLe(reduction, o.maxReduction);
        assertEq(sponsorPart, reduction * o.sponsorPercent / 100);
        if (o.reduction == Reduction.FIXED) assertLe(reduction, o.value);
    }

    function testFuzz_refusesAnotherPriceThanTheOffers(uint256 price) public {
        vm.assume(price != 7_500);
        vm.expectRevert(abi.encodeWithSelector(IPass.PassWrongPrice.selector, price, 7_500));
        pass.quote(SCHOOL, price);
    }

    function testFuzz_refusesPricesOfNothingAndOf40BitsAndMore(uint256 price) public {
        vm.expectRevert(IProgramme.FundZeroAmount.selector);
        pass.quote(QUARTER_OFF, 0);
        price = bound(price, uint256(type(uint40).max) + 1, type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(IBudget.FundAmountTooLarge.selector, price, uint256(type(uint40).max))
        );
        pass.quote(QUARTER_OFF, price);
    }

    function _expectQuote(uint256 offer, uint256 price, uint256 citizen, uint256 sponsorPart, uint256 merchantPart)
        private
        view
    {
        (uint256 c, uint256 s, uint256 m) = pass.quote(offer, price);
        assertEq(c, citizen);
        assertEq(s, sponsorPart);
        assertEq(m, merchantPart);
    }

    function _expectBad(Offer memory o, bytes32 field) private {
        vm.expectRevert(abi.encodeWithSelector(IPass.PassBadOffer.selector, field));
        vm.prank(sponsor);
        pass.publishOffer(o);
    }
}
