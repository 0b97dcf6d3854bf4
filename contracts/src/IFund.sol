// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IMunicipalEuro} from "./IMunicipalEuro.sol";
import {ITrustRegistry} from "./ITrustRegistry.sol";
import {ClaimTerms} from "./claim/ClaimTerms.sol";

/// @notice The rules of one programme in one period. They never change. Amounts are in cents, times in unix seconds.
/// @param rulebook hash of the published rulebook; part of the scope (claim.md 2.1).
/// @param period number of the period; part of the scope (claim.md 2.1).
/// @param opensAt first second of claims, payments and refunds.
/// @param claimsUntil first second without claims.
/// @param closesAt first second without payments, refunds and top-ups; from then on the fund may be closed.
/// @param baseAmount what every claim gets.
/// @param unitAmount what a claim gets for each unit (for each child, say).
/// @param unit index into `terms.disclosed` of the claim that counts units; 255 if none, and then `unitAmount`,
/// `minUnits` and `maxUnits` are 0.
/// @param minUnits fewest units a claim may have.
/// @param maxUnits most units a claim may have.
/// @param claimsPerValidator how many claims each validator's credentials may make in this fund; at least 1. It bounds
/// what a stolen validator key can take.
/// @param categories bit i is set if shops of category i may be approved.
/// @param validators whose credentials count: one to eight different addresses of the trust registry.
/// @param terms what a claim must prove (claim.md, section 3).
struct Rules {
    bytes32 rulebook;
    uint64 period;
    uint40 opensAt;
    uint40 claimsUntil;
    uint40 closesAt;
    uint64 baseAmount;
    uint64 unitAmount;
    uint8 unit;
    uint32 minUnits;
    uint32 maxUnits;
    uint32 claimsPerValidator;
    uint256 categories;
    address[] validators;
    ClaimTerms terms;
}

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

/// @title Fund: the budget of one programme in one period, and the ledger of it
/// @notice A sponsor opens it with immutable rules and pays in. A citizen claims with a proof that the contract itself
/// checks and gets a balance on a fresh account. The account's holder signs permits, shops sign charges, anybody
/// delivers them. Shops refund until they are settled. After the end the sponsor takes back what nobody spent.
///
/// Typed data (EIP-712, domain name "Stuiver", version "1", this chain, this contract):
///
///     PaymentPermit(address account,address merchant,uint256 limit,uint256 nonce,uint256 deadline)
///     Charge(bytes32 payment,address merchant,uint256 amount)
///     Refund(bytes32 payment,uint256 refundedTotal)
///
/// The account signs the first, the merchant the others; `payment = keccak256(abi.encode(account, nonce))`. Signatures
/// are r || s || v, 65 octets, s in the lower half of the order. Each payment takes both signatures, whoever sends the
/// transaction: the citizen bounds it, the shop fixes it.
///
/// Roles (OpenZeppelin AccessControl): the sponsor starts with DEFAULT_ADMIN_ROLE and SPONSOR_ROLE and grants
/// SETTLER_ROLE.
///
/// Assumptions:
/// - `euro` is a MunicipalEuro: it calls nobody, moves exactly the amount, and has granted this fund its SETTLER_ROLE;
///   without that role `settle` fails and nothing else does. Its admin grants that role to funds only, never to a
///   sponsor: `close` could not pay it back.
/// - `registry` is the TrustRegistry that the citizens' wallets know. The fund trusts it for keys, validators and
///   generators: whoever writes a registry decides who can claim from the funds on it. Wallets recompute the statement
///   from the validator's key and the rulebook before they prove (claim.md, section 6): the fund's own word is not
///   needed.
/// - The clock is the block's. A validator of the chain can shift it by seconds, so no rule depends on less than
///   minutes.
/// - A permit for any shop is a banknote: whichever approved shop sees it first can charge it up to its limit. Wallets
///   name the shop if they know it, and let permits live for minutes.
/// - Shops are approved by the sponsor. A shop and a citizen who agree to turn budget into cash look like a sale.
/// - The sponsor can pause and never resume. It cannot take a balance before `closesAt`, which no pause moves.
/// - Nothing here is personal: accounts are fresh for each programme and period, nullifiers differ for each scope. How
///   much an account got, and where it spent, is public.
interface IFund {
    // ---- events: these alone rebuild the ledger ----

    /// @notice The fund exists. Its rules are in `rules()`.
    event Opened(
        bytes32 indexed rulebook, uint64 indexed period, address indexed sponsor, address registry, address euro
    );
    /// @notice `sponsor` added to the unallocated budget.
    event Funded(address indexed sponsor, uint64 amount);
    /// @notice Claims with credentials under this key are possible; `statement` is the data contract of claim.md,
    /// section 4.
    event Accepted(bytes32 indexed keyId, address indexed validator, address statement);
    /// @notice A claim moved `amount` from the unallocated budget to `account`.
    event Claimed(
        bytes32 indexed nullifier, bytes32 indexed keyId, address indexed account, uint64 amount, uint32 asOf
    );
    /// @notice The shop takes part from now on, in this category.
    event MerchantApproved(address indexed merchant, uint8 category);
    /// @notice The shop takes no payments from now on.
    event MerchantSuspended(address indexed merchant);
    /// @notice `account` paid `merchant`.
    event Paid(bytes32 indexed payment, address indexed account, address indexed merchant, uint64 amount);
    /// @notice `merchant` gave `amount` of the payment back; a payment can be refunded in parts.
    event Refunded(bytes32 indexed payment, address indexed account, address indexed merchant, uint64 amount);
    /// @notice The shop's balance was burnt and is paid out by bank under the reference. Its payments up to here are
    /// final.
    event MerchantSettled(
        address indexed merchant, uint16 batch, uint64 amount, bytes32 indexed settlementReference
    );
    /// @notice Claims, payments and refunds are refused until further notice.
    event Paused(address indexed by);
    /// @notice Claims, payments and refunds go on.
    event Unpaused(address indexed by);
    /// @notice Another municipality is the sponsor now.
    event HandedOver(address indexed from, address indexed to);
    /// @notice The programme is over: accounts and the unallocated budget are zero, `returned` went back to the
    /// sponsor.
    event Closed(address indexed sponsor, uint256 returned);

    // ---- errors: each refusal has its own ----

    /// @notice A rule contradicts another; `rule` is the name of the first wrong field, as text.
    error FundBadRules(bytes32 rule);
    /// @notice The fund is paused.
    error FundPaused();
    /// @notice The fund is closed.
    error FundClosed();
    /// @notice It is too early or too late: allowed is `from <= now < until`.
    error FundOutsidePeriod(uint256 timestamp, uint256 from, uint256 until);
    /// @notice The programme runs until `closesAt`.
    error FundNotOver(uint256 timestamp, uint256 closesAt);
    /// @notice The key is of a validator that the rules do not name, or `accept` was not called for it.
    error FundValidatorNotAccepted(bytes32 keyId);
    /// @notice The key is revoked, its validator dismissed, or the day outside its validity.
    error FundValidatorRevoked(bytes32 keyId);
    /// @notice The fund was opened on chain `opened`, and this one, `current`, split off later: its scope is that of
    /// `opened`.
    error FundOtherChain(uint256 current, uint256 opened);
    /// @notice `accept` was called for this key before.
    error FundAlreadyAccepted(bytes32 keyId);
    /// @notice The proof is of day `asOf`, and only `today` or the day before counts (UTC, days since 1900-01-01).
    error FundStaleClaim(uint256 asOf, uint256 today);
    /// @notice The claim has too few or too many units.
    error FundUnitsOutOfRange(uint256 units, uint256 minimum, uint256 maximum);
    /// @notice The zero address cannot hold or receive money.
    error FundZeroAccount();
    /// @notice The sponsor must be able to receive what is left at the end: not this fund, and no holder of the token's
    /// SETTLER_ROLE (another fund, say).
    error FundBadSuccessor(address successor);
    /// @notice This pseudonym has claimed in this scope.
    error FundAlreadyClaimed(bytes32 nullifier);
    /// @notice The validator's credentials have made all `cap` claims that the rules allow them.
    error FundValidatorCapReached(address validator, uint256 cap);
    /// @notice There is no budget left for this claim.
    error FundBudgetExhausted(uint256 available, uint256 needed);
    /// @notice The rules do not allow shops of this category.
    error FundCategoryNotAllowed(uint8 category);
    /// @notice The shop is not approved, is suspended, or is not the one that the permit names.
    error FundWrongShop(address merchant);
    /// @notice The permit's deadline has passed.
    error FundPermitExpired(uint256 deadline);
    /// @notice The permit was used: each one is for one payment.
    error FundPermitUsed(bytes32 payment);
    /// @notice Nothing to move.
    error FundZeroAmount();
    /// @notice The permit allows at most `limit`.
    error FundAmountAboveLimit(uint256 amount, uint256 limit);
    /// @notice The contract counts at most `maximum` here: 2^40 - 1 cents for a payment, 2^64 - 1 for the whole fund.
    error FundAmountTooLarge(uint256 amount, uint256 maximum);
    /// @notice The signature is not `expected`'s; `signer` is zero if it is no signature at all.
    error FundBadSignature(address signer, address expected);
    /// @notice The account has less than the payment.
    error FundInsufficientBalance(uint256 balance, uint256 needed);
    /// @notice There was no such payment.
    error FundUnknownPayment(bytes32 payment);
    /// @notice The shop was settled since: the payment is final.
    error FundPaymentSettled(bytes32 payment);
    /// @notice A refund's total must be above what was refunded and at most what was paid.
    error FundRefundOutOfRange(uint256 refundedTotal, uint256 refunded, uint256 amount);
    /// @notice None of the shops has a balance.
    error FundNothingToSettle();
    /// @notice A shop can be settled 65,535 times.
    error FundTooManySettlements(address merchant);

    // ---- the budget ----

    /// @notice Takes `amount` cents from the caller into the unallocated budget. SPONSOR_ROLE only, until `closesAt`;
    /// the caller has approved the amount at the token.
    function fund(uint64 amount) external;

    /// @notice Ends the programme: the unallocated budget and what accounts did not spend go to the sponsor.
    /// SPONSOR_ROLE only, from `closesAt` on, once. Shops keep their balances, to be settled.
    function close() external;

    // ---- claims ----

    /// @notice Builds the statement (claim.md, section 4) for a key of one of the rules' validators. Anyone may, once
    /// for each key, on the chain on which the fund was opened.
    /// @dev Refusals, in this order: FundOtherChain, FundAlreadyAccepted, FundValidatorNotAccepted,
    /// FundValidatorRevoked, those of claim.md (3.6).
    function accept(bytes32 keyId) external;

    /// @notice Checks a claim and credits the account with `baseAmount + unitAmount * units`. Anyone may deliver it.
    /// @dev Refusals, in this order: FundPaused, FundOutsidePeriod, FundValidatorNotAccepted, FundValidatorRevoked,
    /// FundStaleClaim, FundUnitsOutOfRange, FundZeroAccount, FundAlreadyClaimed, those of claim.md section 7
    /// (ClaimWrongLength, ClaimInvalidPoint, ClaimInvalidScalar, ClaimInvalidChallenge, ClaimInvalidProof),
    /// FundValidatorCapReached, FundBudgetExhausted. So a replay, also one with a fresh proof, costs no verification.
    /// @param keyId the validator's key that signed the credential.
    /// @param account the recipient that the proof is bound to. It may hold a balance from another claim.
    /// @param asOf day of the claim, in days since 1900-01-01: today or yesterday, UTC.
    /// @param disclosed the values at `terms.disclosed`, in that order.
    /// @param proof claim.md, section 5.
    function claim(bytes32 keyId, address account, uint32 asOf, uint256[] calldata disclosed, bytes calldata proof)
        external;

    // ---- shops and payments ----

    /// @notice Lets a shop take part. SPONSOR_ROLE only. Again for another category, or after a suspension.
    function approveMerchant(address merchant, uint8 category) external;

    /// @notice Stops payments to a shop. SPONSOR_ROLE only. It can still refund, and be settled.
    function suspendMerchant(address merchant) external;

    /// @notice Moves `amount` cents from the permit's account to the shop. Anyone may deliver it.
    /// @dev Refusals, in this order: FundPaused, FundOutsidePeriod, FundPermitExpired, FundWrongShop, FundPermitUsed,
    /// FundZeroAmount, FundAmountAboveLimit, FundAmountTooLarge, FundBadSignature (the citizen's first, then the
    /// shop's), FundInsufficientBalance.
    /// @param permit what the citizen signed.
    /// @param permitSignature of PaymentPermit, by `permit.account`.
    /// @param merchant the shop that is paid.
    /// @param amount in cents, at most the permit's limit.
    /// @param chargeSignature of Charge, by `merchant`.
    function pay(
        PaymentPermit calldata permit,
        bytes calldata permitSignature,
        address merchant,
        uint256 amount,
        bytes calldata chargeSignature
    ) external;

    /// @notice Gives a payment back, or a part, until the shop is settled and the programme closes. Anyone may deliver
    /// it.
    /// @dev Refusals, in this order: FundPaused, FundOutsidePeriod, FundUnknownPayment, FundPaymentSettled,
    /// FundRefundOutOfRange, FundBadSignature.
    /// @param account the permit's.
    /// @param nonce the permit's.
    /// @param refundedTotal cents refunded of this payment from now on, earlier refunds included: a replay changes
    /// nothing.
    /// @param signature of Refund, by the shop that was paid.
    function refund(address account, uint256 nonce, uint256 refundedTotal, bytes calldata signature) external;

    /// @notice Burns the balances of these shops, to be paid out by bank. SETTLER_ROLE only; also when paused or
    /// closed. Shops without a balance are passed over.
    /// @param merchants the shops.
    /// @param settlementReference identifies the payment file; the token takes each one of this fund once.
    function settle(address[] calldata merchants, bytes32 settlementReference) external;

    // ---- the sponsor ----

    /// @notice Refuses claims, payments and refunds from now on. SPONSOR_ROLE only. Moves no money.
    function pause() external;

    /// @notice Undoes `pause`. SPONSOR_ROLE only.
    function unpause() external;

    /// @notice Makes another municipality the sponsor, after a merger say: it gets DEFAULT_ADMIN_ROLE and SPONSOR_ROLE,
    /// the caller and the former sponsor lose both. DEFAULT_ADMIN_ROLE only. Other role holders stay until the
    /// successor revokes them. Refuses FundZeroAccount, FundBadSuccessor.
    function handOver(address successor) external;

    // ---- views ----

    /// @notice The rules as the sponsor opened the fund with them.
    function rules() external view returns (Rules memory);

    /// @notice The scope's octets, `context_id` of claim.md (2.1), with the chain on which the fund was opened.
    function scope() external view returns (bytes memory);

    /// @notice Where the money is, in cents.
    /// @return unallocated budget that nobody has claimed.
    /// @return accounts sum of all accounts.
    /// @return merchants sum of all shops that are to be settled.
    /// @return paused whether claims, payments and refunds are refused for now.
    /// @return closed whether the programme is over and the rest returned.
    function books()
        external
        view
        returns (uint64 unallocated, uint64 accounts, uint64 merchants, bool paused, bool closed);

    /// @notice The account's balance in cents; 0 once the fund is closed.
    function accountOf(address account) external view returns (uint64 balance);

    /// @notice A shop.
    /// @return category as approved last.
    /// @return approved whether it may be paid.
    /// @return balance cents to be settled.
    /// @return batch how often it was settled.
    function merchantOf(address merchant)
        external
        view
        returns (uint8 category, bool approved, uint64 balance, uint16 batch);

    /// @notice A payment; all zero if there was none.
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
    function paymentId(address account, uint256 nonce) external pure returns (bytes32);

    /// @notice How many claims the validator's credentials have made; 0 for a validator that the rules do not name.
    function claimsOf(address validator) external view returns (uint32);

    /// @notice Whether the pseudonym with this nullifier has claimed.
    function isClaimed(bytes32 nullifier) external view returns (bool);

    /// @notice The data contract with the key's statement; zero if the key was not accepted.
    function statementOf(bytes32 keyId) external view returns (address);

    /// @notice Who gets back what is unspent.
    function sponsor() external view returns (address);

    /// @notice The trust registry that decides which keys are valid.
    function registry() external view returns (ITrustRegistry);

    /// @notice The token of the budget.
    function euro() external view returns (IMunicipalEuro);
}
