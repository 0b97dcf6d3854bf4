// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Calendar} from "./Calendar.sol";
import {IBudget} from "./IBudget.sol";
import {IPass, Offer, Reduction} from "./IPass.sol";
import {IProgramme} from "./IProgramme.sol";

/// @dev Two slots. As `Offer`, with what changes.
// solhint-disable-next-line gas-struct-packing
struct StoredOffer {
    address merchant;
    uint8 category;
    Reduction reduction;
    uint8 usesPerPass;
    uint8 sponsorPercent;
    uint16 months;
    uint32 used;
    bool withdrawn;
    uint40 price;
    uint40 value;
    uint40 maxReduction;
    uint40 startsAt;
    uint40 endsAt;
    uint32 total;
}

/// @title What makes an offer sound, when it can be used, and who pays what
library PassOffers {
    uint256 private constant ALL_MONTHS = 4_095;

    /// @notice Reverts with PassBadOffer and the name of the first field that is wrong.
    /// @param categories bit i is set if shops of category i may be approved.
    function check(Offer calldata offer, uint256 categories) internal pure {
        if ((categories >> offer.category) & 1 == 0) _refuse("category");
        if (offer.usesPerPass == 0) _refuse("usesPerPass");
        if (offer.sponsorPercent > 100) _refuse("sponsorPercent");
        if (offer.months == 0 || offer.months > ALL_MONTHS) _refuse("months");
        if (offer.reduction == Reduction.FREE ? offer.value != 0 : offer.value == 0) _refuse("value");
        if (offer.reduction == Reduction.PERCENTAGE && offer.value > 100) _refuse("value");
        // where the till enters the price, something else must bound what the sponsor pays
        if (offer.price == 0 && offer.reduction != Reduction.FIXED && offer.maxReduction == 0) {
            _refuse("maxReduction");
        }
        if (offer.endsAt != 0 && offer.endsAt <= offer.startsAt) _refuse("endsAt");
    }

    /// @notice The offer to be stored.
    function stored(Offer calldata offer) internal pure returns (StoredOffer memory) {
        return StoredOffer({
            merchant: offer.merchant,
            category: offer.category,
            reduction: offer.reduction,
            usesPerPass: offer.usesPerPass,
            sponsorPercent: offer.sponsorPercent,
            months: offer.months,
            used: 0,
            withdrawn: false,
            price: offer.price,
            value: offer.value,
            maxReduction: offer.maxReduction,
            startsAt: offer.startsAt,
            endsAt: offer.endsAt,
            total: offer.total
        });
    }

    /// @notice What was published, without its description.
    function published(StoredOffer memory o) internal pure returns (Offer memory) {
        return Offer({
            description: 0,
            merchant: o.merchant,
            category: o.category,
            reduction: o.reduction,
            usesPerPass: o.usesPerPass,
            sponsorPercent: o.sponsorPercent,
            months: o.months,
            price: o.price,
            value: o.value,
            maxReduction: o.maxReduction,
            startsAt: o.startsAt,
            endsAt: o.endsAt,
            total: o.total
        });
    }

    /// @notice Reverts unless the offer can be used now, for this use.
    function requireUsable(StoredOffer memory o, uint256 offer, uint256 number) internal view {
        if (o.withdrawn) revert IPass.PassOfferWithdrawn(offer);
        if (block.timestamp < o.startsAt) revert IPass.PassOfferNotStarted(offer, o.startsAt);
        if (o.endsAt != 0 && block.timestamp >= o.endsAt) revert IPass.PassOfferOver(offer, o.endsAt);
        (, uint256 month) = Calendar.yearAndMonth(block.timestamp);
        if ((o.months >> (month - 1)) & 1 == 0) revert IPass.PassOfferNotThisMonth(offer, month);
        if (o.total != 0 && o.used >= o.total) revert IPass.PassOfferExhausted(offer, o.total);
        if (number >= o.usesPerPass) revert IPass.PassNoSuchUse(offer, number, o.usesPerPass);
    }

    /// @notice What the offer takes off a price, and what the sponsor pays of that. Both below 2^40.
    function split(StoredOffer memory o, uint256 price) internal pure returns (uint256 reduction, uint256 sponsorPart) {
        if (o.price != 0 && price != o.price) revert IPass.PassWrongPrice(price, o.price);
        if (price == 0) revert IProgramme.FundZeroAmount();
        if (price > type(uint40).max) revert IBudget.FundAmountTooLarge(price, type(uint40).max);
        reduction = price;
        if (o.reduction == Reduction.FIXED && o.value < price) reduction = o.value;
        if (o.reduction == Reduction.PERCENTAGE) reduction = (price * o.value + 50) / 100;
        if (o.maxReduction != 0 && reduction > o.maxReduction) reduction = o.maxReduction;
        sponsorPart = reduction * o.sponsorPercent / 100;
    }

    function _refuse(bytes32 field) private pure {
        revert IPass.PassBadOffer(field);
    }
}
