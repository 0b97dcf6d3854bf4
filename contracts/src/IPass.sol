// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "./IBudget.sol";
import {ISlottedClaims} from "./ISlottedClaims.sol";
import {ClaimTerms} from "./claim/ClaimTerms.sol";

/// @notice The rules of a pass in one period. They never change. Times are in unix seconds.
/// @param rulebook hash of the published rulebook; part of every scope.
/// @param period number of the period; part of every scope.
/// @param opensAt first second of activations and uses.
/// @param activateUntil first second without activations.
/// @param closesAt first second without uses and top-ups; from then on the pass may be closed.
/// @param activationsPerValidator how many activations each validator's credentials may make; at least 1.
/// @param categories bit i is set if shops of category i may be approved.
/// @param validators whose credentials count for an activation: one to eight different addresses of the registry.
/// @param terms what an activation must prove; discloses nothing.
/// @param desk the validator that issues pass credentials to activated accounts.
/// @param useTerms what the use of an offer must prove, from a pass credential; discloses nothing.
struct PassRules {
    bytes32 rulebook;
    uint64 period;
    uint40 opensAt;
    uint40 activateUntil;
    uint40 closesAt;
    uint32 activationsPerValidator;
    uint256 categories;
    address[] validators;
    ClaimTerms terms;
    address desk;
    ClaimTerms useTerms;
}

/// @notice How an offer lowers the price.
enum Reduction {
    FREE,
    FIXED,
    PERCENTAGE
}

/// @notice One offer. It never changes; it can be withdrawn. Amounts are in cents, times in unix seconds.
/// @param description hash of the published text.
/// @param merchant the shop that gives it; zero for every approved shop of the category.
/// @param category of the shops that give it.
/// @param reduction how it lowers the price.
/// @param usesPerPass how often each pass may use it, 1 to 255.
/// @param sponsorPercent how much of the reduction the sponsor pays, 0 to 100, rounded down to a cent; the shop bears
/// the rest of it, and the citizen pays what the reduction leaves.
/// @param months bit 0 is set if it holds in January, and so on, UTC; at least one is.
/// @param price what the shop asks for it; 0 if the till enters the price.
/// @param value of a FIXED reduction its cents, of a PERCENTAGE its percents from 1 to 100 (rounded half up to a cent),
/// 0 if FREE.
/// @param maxReduction most that one use may take off; 0 for no other limit than the price, if that is fixed.
/// @param startsAt first second.
/// @param endsAt first second without it; 0 if it ends with the pass.
/// @param total how often it may be used by all together; 0 for no limit.
// solhint-disable-next-line gas-struct-packing
struct Offer {
    bytes32 description;
    address merchant;
    uint8 category;
    Reduction reduction;
    uint8 usesPerPass;
    uint8 sponsorPercent;
    uint16 months;
    uint40 price;
    uint40 value;
    uint40 maxReduction;
    uint40 startsAt;
    uint40 endsAt;
    uint32 total;
}

/// @title Pass: offers instead of money, used by proof (specs/protocols/pass.md)
/// @notice (1) Once in a period a citizen *activates* a pass for a fresh account, by a claim from an income credential in
/// slot 0. (2) The desk issues a pass credential to that account, outside of this contract and without learning the
/// holder's secret. (3) The citizen *uses* an offer by a claim from the pass credential in the slot of that offer and
/// that use: `offer * 256 + number`, numbers counted from 0. A shop learns that the pass is valid, for which offer and
/// at what price. What the sponsor pays of it is owed to the shop and settled like a payment.
///
/// A use names its shop and its price: the claim's recipient is the last 20 octets of
/// `keccak256(abi.encode(shop, price))`. The shop signs what it gave (EIP-712, domain name "Stuiver", version "1", this
/// chain, this contract):
///
///     OfferUse(uint256 offer,bytes32 nullifier,uint256 price)
///
/// so that nobody charges the sponsor in the name of a shop that did not sell, and a replay is refused by its nullifier.
///
/// Terms 0 are those of an activation (slot 0), terms 1 those of a use.
///
/// Assumptions, beside those of IBudget and IClaims:
/// - The desk issues one pass credential for each activated account, and pins the holder's secret. If its key were
///   stolen, no offer could be used more often than `activations * usesPerPass`.
/// - Months and days are those of UTC.
interface IPass is IBudget, ISlottedClaims {
    // ---- events: these alone rebuild the ledger, with those of IBudget ----

    /// @notice The pass exists. Its rules are in `rules()`.
    event PassOpened(
        bytes32 indexed rulebook, uint64 indexed period, address indexed sponsor, address registry, address euro
    );
    /// @notice The desk may issue one pass credential to the holder of `account`.
    event Activated(bytes32 indexed nullifier, bytes32 indexed keyId, address indexed account, uint32 asOf);
    /// @notice The offer can be used from now on, within its own limits.
    event OfferPublished(uint256 indexed offer, Offer terms);
    /// @notice The offer can no longer be used.
    event OfferWithdrawn(uint256 indexed offer);
    /// @notice Somebody used the offer, for their `number`-th time counted from 0. Of `price` the citizen paid
    /// `price - reduction`, the sponsor owes the shop `sponsorPart`, and the shop bears the rest.
    event OfferUsed(
        bytes32 indexed nullifier,
        uint256 indexed offer,
        address indexed merchant,
        uint8 number,
        bytes32 keyId,
        uint64 price,
        uint64 reduction,
        uint64 sponsorPart,
        uint32 asOf
    );

    // ---- errors: each refusal has its own ----

    /// @notice A field of the offer contradicts another; `field` is the name of the first wrong one, as text.
    error PassBadOffer(bytes32 field);
    /// @notice The account was activated before: each pass has an account of its own.
    error PassAccountTaken(address account);
    /// @notice There is no such offer.
    error PassUnknownOffer(uint256 offer);
    /// @notice The sponsor withdrew the offer.
    error PassOfferWithdrawn(uint256 offer);
    /// @notice The offer starts at `startsAt`.
    error PassOfferNotStarted(uint256 offer, uint256 startsAt);
    /// @notice The offer ended at `endsAt`.
    error PassOfferOver(uint256 offer, uint256 endsAt);
    /// @notice The offer does not hold in this month.
    error PassOfferNotThisMonth(uint256 offer, uint256 month);
    /// @notice The offer was used as often as all together may.
    error PassOfferExhausted(uint256 offer, uint256 total);
    /// @notice Each pass may use the offer `usesPerPass` times, and `number` counts from 0.
    error PassNoSuchUse(uint256 offer, uint256 number, uint256 usesPerPass);
    /// @notice The shop is of another category than the offer.
    error PassWrongCategory(uint256 offer, uint8 category);
    /// @notice The offer has a fixed price.
    error PassWrongPrice(uint256 price, uint256 expected);
    /// @notice More uses than all activated passes together may make: the desk's key may be stolen.
    error PassMoreUsesThanPasses(uint256 offer, uint256 most);

    // ---- the citizen ----

    /// @notice Checks a claim from an income credential and marks the account as the holder of a pass. Anyone may
    /// deliver it.
    /// @dev Refusals, in this order: FundPaused, FundOutsidePeriod, FundValidatorNotAccepted, FundValidatorRevoked,
    /// FundStaleClaim, FundZeroAccount, PassAccountTaken, FundAlreadyClaimed, those of claim.md section 7,
    /// FundValidatorCapReached.
    /// @param keyId the validator's key that signed the credential.
    /// @param account the recipient that the proof is bound to.
    /// @param asOf day of the claim, in days since 1900-01-01: today or yesterday, UTC.
    /// @param proof claim.md, section 5, in slot 0 under terms 0.
    function activate(bytes32 keyId, address account, uint32 asOf, bytes calldata proof) external;

    /// @notice Checks a claim from a pass credential and owes the shop what the sponsor pays of the offer. Anyone may
    /// deliver it.
    /// @dev Refusals, in this order: FundPaused, FundOutsidePeriod, PassUnknownOffer, PassOfferWithdrawn,
    /// PassOfferNotStarted, PassOfferOver, PassOfferNotThisMonth, PassOfferExhausted, PassNoSuchUse, FundWrongShop,
    /// PassWrongCategory, PassWrongPrice, FundZeroAmount, FundAmountTooLarge, FundValidatorNotAccepted,
    /// FundValidatorRevoked, FundStaleClaim, FundAlreadyClaimed, FundBadSignature, those of claim.md section 7,
    /// PassMoreUsesThanPasses, FundBudgetExhausted.
    /// @param offer which one, counted from 1.
    /// @param number which of the pass's uses of this offer, counted from 0.
    /// @param keyId the desk's key that signed the pass credential.
    /// @param merchant the shop.
    /// @param price what the shop asks before the reduction.
    /// @param asOf day of the claim.
    /// @param proof claim.md, section 5, in slot `offer * 256 + number` under terms 1.
    /// @param signature of OfferUse, by the shop.
    function use(
        uint256 offer,
        uint256 number,
        bytes32 keyId,
        address merchant,
        uint256 price,
        uint32 asOf,
        bytes calldata proof,
        bytes calldata signature
    ) external;

    // ---- the sponsor ----

    /// @notice Publishes an offer. SPONSOR_ROLE only, until `closesAt`. Refuses PassBadOffer.
    /// @param terms see `Offer`; PassBadOffer names the first field that is wrong.
    /// @return number of the offer, counted from 1.
    function publishOffer(Offer calldata terms) external returns (uint256 number);

    /// @notice Withdraws an offer for good. SPONSOR_ROLE only. Refuses PassUnknownOffer, PassOfferWithdrawn.
    /// @param offer its number.
    function withdrawOffer(uint256 offer) external;

    // ---- views ----

    /// @notice The rules as the sponsor opened the pass with them.
    /// @return as given at the opening, every field.
    function rules() external view returns (PassRules memory);

    /// @notice How many offers were published.
    /// @return the number of the latest one.
    function offers() external view returns (uint256);

    /// @notice An offer, but for its description, which only its event holds. Refuses PassUnknownOffer.
    /// @param offer its number.
    /// @return terms as published.
    /// @return used how often it was used.
    /// @return withdrawn whether it can no longer be used.
    function offerOf(uint256 offer) external view returns (Offer memory terms, uint32 used, bool withdrawn);

    /// @notice Who pays what of a price: `citizen + sponsorPart + merchantPart == price`. Refuses PassUnknownOffer,
    /// PassWrongPrice, FundZeroAmount, FundAmountTooLarge.
    /// @param offer its number.
    /// @param price cents at the till.
    /// @return citizen cents that the citizen pays.
    /// @return sponsorPart cents that the sponsor pays the shop.
    /// @return merchantPart cents that the shop gives away.
    function quote(uint256 offer, uint256 price)
        external
        view
        returns (uint256 citizen, uint256 sponsorPart, uint256 merchantPart);

    /// @notice How many activations the validator's credentials have made; 0 for a validator that the rules do not name.
    /// @param validator an address of the rules.
    /// @return activations so far, over all its keys.
    function claimsOf(address validator) external view returns (uint32);

    /// @notice Whether the desk may issue a pass credential to this account's holder.
    /// @param account a pass account.
    /// @return whether it holds a pass.
    function isActivated(address account) external view returns (bool);
}
