// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IClaims} from "./IClaims.sol";
import {ISpending} from "./ISpending.sol";
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

/// @title Fund: the budget of one programme in one period, and the ledger of it
/// @notice A sponsor opens it with immutable rules and pays in. A citizen claims with a proof that the contract itself
/// checks and gets a balance on a fresh account, to be spent as ISpending says. After the end the sponsor takes back
/// what nobody spent. Assumptions: those of IClaims, ISpending and IBudget.
interface IFund is IClaims, ISpending {
    // ---- events: these alone rebuild the ledger, with those of IBudget and ISpending ----

    /// @notice The fund exists. Its rules are in `rules()`.
    event Opened(
        bytes32 indexed rulebook, uint64 indexed period, address indexed sponsor, address registry, address euro
    );
    /// @notice Claims with credentials under this key are possible; `statement` is the data contract of claim.md,
    /// section 4.
    event Accepted(bytes32 indexed keyId, address indexed validator, address statement);
    /// @notice A claim moved `amount` from the unallocated budget to `account`.
    event Claimed(
        bytes32 indexed nullifier, bytes32 indexed keyId, address indexed account, uint64 amount, uint32 asOf
    );

    // ---- errors: each refusal has its own ----

    /// @notice The claim has too few or too many units.
    error FundUnitsOutOfRange(uint256 units, uint256 minimum, uint256 maximum);

    // ---- claims ----

    /// @notice Builds the statement (claim.md, section 4) for a key of one of the rules' validators. Anyone may, once
    /// for each key, on the chain on which the fund was opened.
    /// @dev Refusals, in this order: FundOtherChain, FundAlreadyAccepted, FundValidatorNotAccepted,
    /// FundValidatorRevoked, those of claim.md (3.6).
    /// @param keyId a key of the trust registry.
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

    // ---- views ----

    /// @notice The rules as the sponsor opened the fund with them.
    /// @return as given at the opening, every field.
    function rules() external view returns (Rules memory);

    /// @notice The scope's octets, `context_id` of claim.md (2.1), with the chain on which the fund was opened.
    /// @return the octets that pseudonyms are bound to.
    function scope() external view returns (bytes memory);

    /// @notice How many claims the validator's credentials have made; 0 for a validator that the rules do not name.
    /// @param validator an address of the rules.
    /// @return claims so far, over all its keys.
    function claimsOf(address validator) external view returns (uint32);

    /// @notice The data contract with the key's statement; zero if the key was not accepted.
    /// @param keyId a key of the trust registry.
    /// @return the address whose code, after the first octet, is the statement.
    function statementOf(bytes32 keyId) external view returns (address);
}
