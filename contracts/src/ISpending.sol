// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "./IBudget.sol";

/// @notice What a citizen signs (EIP-712): "one payment from this account, at most so much, until then".
/// @param account pays; the signer.
/// @param merchant the only shop that may use it; zero for any approved shop.
/// @param limit highest amount in cents.
/// @param nonce any number that the account never signed before. Random: consecutive ones would tell how often it pays.
/// @param deadline last second at which it can be used, unix time.
struct PaymentPermit {
    address account;
    address merchant;
    uint256 limit;
    uint256 nonce;
    uint256 deadline;
}

/// @notice At most `limit` cents of one account at all shops of `category` together.
struct CategoryLimit {
    uint8 category;
    uint40 limit;
}

/// @notice How money may be spent, beyond where and when. Zero switches a rule off, and then it costs nothing. Refunds
/// count back. Amounts are in cents.
/// @param voucherAmount every payment and refund is a multiple of it: vouchers that are spent whole.
/// @param paymentLimit most that one payment may be.
/// @param shopLimit most that one account may spend at one shop.
/// @param products bit i is set if articles of product group i may be sold, groups counted from 1.
/// @param categoryLimits categories strictly ascending, each one that shops may have.
struct SpendingRules {
    uint40 voucherAmount;
    uint40 paymentLimit;
    uint40 shopLimit;
    uint256 products;
    CategoryLimit[] categoryLimits;
}

/// @title Spending: accounts that pay shops by signed messages
/// @notice The account's holder signs permits, shops sign charges, anybody delivers them. Shops refund until they are
/// settled.
///
/// Typed data (EIP-712, domain name "Stuiver", version "1", this chain, this contract):
///
///     PaymentPermit(address account,address merchant,uint256 limit,uint256 nonce,uint256 deadline)
///     Charge(bytes32 payment,address merchant,uint256 amount,uint256 product)
///     Refund(bytes32 payment,uint256 refundedTotal)
///
/// The account signs the first, the merchant the others; `payment = keccak256(abi.encode(account, nonce))`. Signatures
/// are r || s || v, 65 octets, s in the lower half of the order. Each payment takes both signatures, whoever sends the
/// transaction: the citizen bounds it, the shop fixes it.
///
/// Assumptions, beside those of IBudget:
/// - A permit for any shop is a banknote: whichever approved shop sees it first can charge it up to its limit. Wallets
///   name the shop if they know it, and let permits live for minutes.
/// - What a shop says about its product group is the shop's word, as the amount is.
/// - Nothing here is personal: accounts are fresh for each programme and period. How much an account got, and where it
///   spent, is public.
interface ISpending is IBudget {
    // ---- events: these alone rebuild the ledger ----

    /// @notice `account` paid `merchant`.
    event Paid(bytes32 indexed payment, address indexed account, address indexed merchant, uint64 amount);
    /// @notice `merchant` gave `amount` of the payment back; a payment can be refunded in parts.
    event Refunded(bytes32 indexed payment, address indexed account, address indexed merchant, uint64 amount);

    // ---- errors: each refusal has its own ----

    /// @notice The permit's deadline has passed.
    error FundPermitExpired(uint256 deadline);
    /// @notice The permit was used: each one is for one payment.
    error FundPermitUsed(bytes32 payment);
    /// @notice The permit allows at most `limit`.
    error FundAmountAboveLimit(uint256 amount, uint256 limit);
    /// @notice The account has less than the payment.
    error FundInsufficientBalance(uint256 balance, uint256 needed);
    /// @notice There was no such payment.
    error FundUnknownPayment(bytes32 payment);
    /// @notice The shop was settled since: the payment is final.
    error FundPaymentSettled(bytes32 payment);
    /// @notice A refund's total must be above what was refunded and at most what was paid.
    error FundRefundOutOfRange(uint256 refundedTotal, uint256 refunded, uint256 amount);
    /// @notice Vouchers are spent and given back whole: amounts are multiples of `voucherAmount`.
    error FundNotWholeVouchers(uint256 amount, uint256 voucherAmount);
    /// @notice The rules allow at most `limit` for one payment.
    error FundPaymentLimit(uint256 amount, uint256 limit);
    /// @notice The rules do not allow articles of this product group; without rules for products it is 0.
    error FundProductNotAllowed(uint256 product);
    /// @notice With this payment the account would have spent `total` at this shop, and the rules allow `limit`.
    error FundShopLimit(address merchant, uint256 total, uint256 limit);
    /// @notice With this payment the account would have spent `total` at shops of this category, and the rules allow
    /// `limit`.
    error FundCategoryLimit(uint8 category, uint256 total, uint256 limit);
    /// @notice A shop of a limited category keeps its category until it is settled, or its refunds would be counted in
    /// another one.
    error FundShopHoldsBalance(address merchant, uint256 balance);

    // ---- payments ----

    /// @notice Moves `amount` cents from the permit's account to the shop. Anyone may deliver it.
    /// @dev Refusals, in this order: FundPaused, FundOutsidePeriod, FundPermitExpired, FundWrongShop, FundPermitUsed,
    /// FundZeroAmount, FundAmountAboveLimit, FundAmountTooLarge, FundNotWholeVouchers, FundPaymentLimit,
    /// FundProductNotAllowed, FundBadSignature (the citizen's first, then the shop's), FundInsufficientBalance, FundShopLimit,
    /// FundCategoryLimit.
    /// @param permit what the citizen signed.
    /// @param permitSignature of PaymentPermit, by `permit.account`.
    /// @param merchant the shop that is paid.
    /// @param amount in cents, at most the permit's limit.
    /// @param product group of what is sold; 0 where the rules have none.
    /// @param chargeSignature of Charge, by `merchant`.
    function pay(
        PaymentPermit calldata permit,
        bytes calldata permitSignature,
        address merchant,
        uint256 amount,
        uint256 product,
        bytes calldata chargeSignature
    ) external;

    /// @notice Gives a payment back, or a part, until the shop is settled and the programme closes. Anyone may deliver
    /// it.
    /// @dev Refusals, in this order: FundPaused, FundOutsidePeriod, FundUnknownPayment, FundPaymentSettled,
    /// FundRefundOutOfRange, FundNotWholeVouchers, FundBadSignature.
    /// @param account the permit's.
    /// @param nonce the permit's.
    /// @param refundedTotal cents refunded of this payment from now on, earlier refunds included: a replay changes
    /// nothing.
    /// @param signature of Refund, by the shop that was paid.
    function refund(address account, uint256 nonce, uint256 refundedTotal, bytes calldata signature) external;

    // ---- views ----

    /// @notice How money may be spent, as the sponsor opened the programme with it.
    /// @return every field; zero for what is off.
    function spendingRules() external view returns (SpendingRules memory);

    /// @notice The account's balance in cents; 0 once the programme is closed.
    /// @param account any address.
    /// @return balance cents that it can spend.
    function accountOf(address account) external view returns (uint64 balance);

    /// @notice A payment; all zero if there was none.
    /// @param id see `paymentId`.
    /// @return merchant the shop that was paid.
    /// @return amount cents paid.
    /// @return refunded cents given back since.
    /// @return batch how often the shop had been settled before: the payment is final once the shop's `batch` is
    /// higher.
    function payment(bytes32 id)
        external
        view
        returns (address merchant, uint40 amount, uint40 refunded, uint16 batch);

    /// @notice The id of the payment with this permit: `keccak256(abi.encode(account, nonce))`.
    /// @param account the permit's.
    /// @param nonce the permit's.
    /// @return where `payment` keeps it.
    function paymentId(address account, uint256 nonce) external pure returns (bytes32);
}
