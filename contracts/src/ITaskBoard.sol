// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IPurse} from "./IPurse.sol";
import {ISlottedClaims} from "./ISlottedClaims.sol";
import {ITasks} from "./ITasks.sol";
import {ClaimTerms} from "./claim/ClaimTerms.sol";

/// @notice The rules of a task board. They never change. Amounts are in cents, times in unix seconds.
/// @param rulebook hash of the published rulebook; part of every scope.
/// @param period number of the period; part of every scope.
/// @param opensAt first second of tasks and collections.
/// @param closesAt first second without them.
/// @param adultRate an hour of somebody who proves `adultTerms`; a multiple of 4.
/// @param youngRate an hour of somebody who proves `youngTerms`; a multiple of 4.
/// @param yearlyCap most that one person collects in a calendar year, UTC: `slots * slotCap` exactly.
/// @param slots how many scopes each person has in a year, at most 256.
/// @param slotCap most that is collected in one of them.
/// @param collectWithin seconds in which an award must be collected.
/// @param appealWithin seconds in which a verification can be appealed.
/// @param validators whose credentials count: one to eight different addresses of the trust registry.
/// @param adultTerms what a collection at the adult rate must prove; discloses nothing.
/// @param youngTerms what a collection at the young rate must prove; discloses nothing.
struct BoardRules {
    bytes32 rulebook;
    uint64 period;
    uint40 opensAt;
    uint40 closesAt;
    uint40 adultRate;
    uint40 youngRate;
    uint40 yearlyCap;
    uint16 slots;
    uint40 slotCap;
    uint32 collectWithin;
    uint32 appealWithin;
    address[] validators;
    ClaimTerms adultTerms;
    ClaimTerms youngTerms;
}

/// @notice How awarded time becomes coins.
/// @param taskAccount that was awarded the time; it signs.
/// @param account that is credited in the purse.
/// @param slot `year * 256 + s`, s below the rules' `slots`, in the calendar year of the block.
/// @param terms 0 for the adult rate, 1 for the young one.
/// @param collectedTotal seconds of this award that are collected from now on, earlier collections included: a replay
/// changes nothing.
/// @param keyId the validator's key that signed the credential.
/// @param asOf day of the claim, in days since 1900-01-01: today or yesterday, UTC.
// solhint-disable-next-line gas-struct-packing
struct Collection {
    address taskAccount;
    address account;
    uint256 slot;
    uint8 terms;
    uint256 collectedTotal;
    bytes32 keyId;
    uint32 asOf;
}

/// @title Task board: public tasks that earn coins (specs/protocols/tasks.md)
/// @notice The steps of a task are ITasks; this is what turns awarded time into coins of the purse, at most `yearlyCap`
/// for each person and calendar year. The cap is cut into slots, each with a pseudonym of its own: what is collected
/// into different slots cannot be linked.
///
/// The task account signs (EIP-712, domain name "Stuiver", version "1", this chain, this contract)
///
///     Collection(address taskAccount,address account,uint256 slot,uint256 collectedTotal)
///
/// and the claim's recipient is the last 20 octets of `keccak256(abi.encode(taskAccount, account, collectedTotal))`, so
/// that neither can be used with another of the other kind.
///
/// Assumptions, beside those of IClaims:
/// - Employees verify what was done. They are named by the purse's sponsor, and every verification names its employee.
/// - A task account is a key. Whoever gives theirs away gives the time away; the cap holds for whoever collects it.
interface ITaskBoard is ITasks, ISlottedClaims {
    /// @notice The board exists. Its rules are in `rules()`.
    event BoardOpened(bytes32 indexed rulebook, uint64 indexed period, address indexed purse, address registry);
    /// @notice `time` seconds of an award became `amount` cents on `account`. `earned` is what the pseudonym has
    /// collected in this slot so far.
    event Collected(
        bytes32 indexed nullifier,
        address indexed taskAccount,
        address indexed account,
        uint256 slot,
        uint8 terms,
        bytes32 keyId,
        uint32 time,
        uint64 amount,
        uint64 earned,
        uint32 asOf
    );

    /// @notice The slot is of another calendar year than the block.
    error TaskNotThisYear(uint256 slot, uint256 year);
    /// @notice The account was awarded nothing.
    error TaskNothingAwarded(address taskAccount);
    /// @notice The award had to be collected before `until`.
    error TaskCollectionTooLate(address taskAccount, uint256 until);
    /// @notice A collection's total must be above what was collected and at most what was awarded, in seconds.
    error TaskCollectionOutOfRange(uint256 collectedTotal, uint256 collected, uint256 awarded);
    /// @notice These seconds are no whole number of cents at this rate.
    error TaskNotWholeCents(uint256 time, uint256 rate);
    /// @notice With these the person would have collected more in this slot than its cap.
    error TaskSlotFull(bytes32 nullifier, uint256 earned, uint256 amount, uint256 cap);

    /// @notice Checks a claim and turns awarded time into coins. Anyone may deliver it.
    /// @dev Refusals, in this order: FundOutsidePeriod, FundUnknownSlot, TaskNotThisYear, TaskNothingAwarded,
    /// TaskCollectionTooLate, TaskCollectionOutOfRange, TaskNotWholeCents, FundValidatorNotAccepted,
    /// FundValidatorRevoked, FundStaleClaim, TaskSlotFull, FundBadSignature, those of claim.md section 7, those of
    /// IPurse.credit.
    /// @param collection see `Collection`.
    /// @param signature of Collection, by the task account.
    /// @param proof claim.md, section 5, in the slot under the terms.
    function collect(Collection calldata collection, bytes calldata signature, bytes calldata proof) external;

    /// @notice The rules as the board was opened with them.
    /// @return as given at the opening, every field.
    function rules() external view returns (BoardRules memory);

    /// @notice Cents that the pseudonym has collected in its slot.
    /// @param nullifier the pseudonym in one slot.
    /// @return cents collected in the slot.
    function earnedOf(bytes32 nullifier) external view returns (uint256);

    /// @notice Where the coins are.
    /// @return the purse of this board.
    function purse() external view returns (IPurse);
}
