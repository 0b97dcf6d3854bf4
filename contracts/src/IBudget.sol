// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IMunicipalEuro} from "./IMunicipalEuro.sol";
import {IProgramme} from "./IProgramme.sol";

/// @title Budget: a sponsor's money in one programme, and what its shops are owed
/// @notice The sponsor pays in, approves shops, and takes back after the end what nobody got. Shops are settled: their
/// tokens are burnt, and the bank pays.
///
/// Roles (OpenZeppelin AccessControl): the sponsor starts with DEFAULT_ADMIN_ROLE and SPONSOR_ROLE and grants
/// SETTLER_ROLE.
///
/// Assumptions:
/// - `euro` is a MunicipalEuro: it calls nobody, moves exactly the amount, and has granted this contract its
/// SETTLER_ROLE; without that role `settle` fails and nothing else does. Its admin grants that role to programmes only,
/// never to a sponsor: `close` could not pay it back.
/// - The clock is the block's. A validator of the chain can shift it by seconds, so no rule depends on less than
/// minutes.
/// - Shops are approved by the sponsor. A shop and a citizen who agree to turn budget into cash look like a sale.
/// - The sponsor can pause and never resume. It cannot take a balance before `closesAt`, which no pause moves.
interface IBudget is IProgramme {
    // ---- events: these alone rebuild the ledger ----

    /// @notice `sponsor` added to the unallocated budget.
    event Funded(address indexed sponsor, uint64 amount);
    /// @notice The shop takes part from now on, in this category.
    event MerchantApproved(address indexed merchant, uint8 category);
    /// @notice The shop takes no payments from now on.
    event MerchantSuspended(address indexed merchant);
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

    /// @notice The programme is closed.
    error FundClosed();
    /// @notice The programme runs until `closesAt`.
    error FundNotOver(uint256 timestamp, uint256 closesAt);
    /// @notice The sponsor must be able to receive what is left at the end: not this contract, and no holder of the token's
    /// SETTLER_ROLE (another programme, say).
    error FundBadSuccessor(address successor);
    /// @notice The rules do not allow shops of this category.
    error FundCategoryNotAllowed(uint8 category);
    /// @notice The shop is not approved, is suspended, or is not the one that the permit names.
    error FundWrongShop(address merchant);
    /// @notice The contract counts at most `maximum` here: 2^40 - 1 cents for a payment, 2^64 - 1 for a whole programme.
    error FundAmountTooLarge(uint256 amount, uint256 maximum);
    /// @notice None of the shops has a balance.
    error FundNothingToSettle();
    /// @notice A shop can be settled 65,535 times.
    error FundTooManySettlements(address merchant);

    // ---- the budget ----

    /// @notice Takes `amount` cents from the caller into the unallocated budget. SPONSOR_ROLE only, until `closesAt`;
    /// the caller has approved the amount at the token.
    /// @param amount cents, above 0.
    function fund(uint64 amount) external;

    /// @notice Ends the programme: the unallocated budget and what accounts did not spend go to the sponsor.
    /// SPONSOR_ROLE only, from `closesAt` on, once. Shops keep their balances, to be settled.
    function close() external;

    // ---- shops ----

    /// @notice Lets a shop take part. SPONSOR_ROLE only. Again for another category, or after a suspension.
    /// @param merchant the shop, as it signs.
    /// @param category what it sells; one of the rules'.
    function approveMerchant(address merchant, uint8 category) external;

    /// @notice Stops payments to a shop. SPONSOR_ROLE only. It can still refund, and be settled.
    /// @param merchant an approved shop.
    function suspendMerchant(address merchant) external;

    /// @notice Burns the balances of these shops, to be paid out by bank. SETTLER_ROLE only; also when paused or
    /// closed. Shops without a balance are passed over.
    /// @param merchants the shops.
    /// @param settlementReference identifies the payment file; the token takes each one of this contract once.
    function settle(address[] calldata merchants, bytes32 settlementReference) external;

    // ---- the sponsor ----

    /// @notice Refuses claims, payments and refunds from now on. SPONSOR_ROLE only. Moves no money.
    function pause() external;

    /// @notice Undoes `pause`. SPONSOR_ROLE only.
    function unpause() external;

    /// @notice Makes another municipality the sponsor, after a merger say: it gets DEFAULT_ADMIN_ROLE and SPONSOR_ROLE,
    /// the caller and the former sponsor lose both. DEFAULT_ADMIN_ROLE only. Other role holders stay until the
    /// successor revokes them. Refuses FundZeroAccount, FundBadSuccessor.
    /// @param successor gets both roles, and what is unspent at the end.
    function handOver(address successor) external;

    // ---- views ----

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

    /// @notice A shop.
    /// @param merchant any address; all zero if it was never approved.
    /// @return category as approved last.
    /// @return approved whether it may be paid.
    /// @return balance cents to be settled.
    /// @return batch how often it was settled.
    function merchantOf(address merchant)
        external
        view
        returns (uint8 category, bool approved, uint64 balance, uint16 batch);

    /// @notice Who gets back what is unspent.
    /// @return the address to which `close` sends.
    function sponsor() external view returns (address);

    /// @notice The token of the budget.
    /// @return the token, a MunicipalEuro.
    function euro() external view returns (IMunicipalEuro);
}
