// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IProgramme} from "./IProgramme.sol";
import {ITrustRegistry} from "./ITrustRegistry.sol";

/// @title Claims: what a citizen proves to a programme, once in each scope
/// @notice The contract checks proofs of claim.md itself. Anyone may deliver them: a proof names its recipient.
///
/// Assumptions:
/// - `registry` is the TrustRegistry that the citizens' wallets know. The programme trusts it for keys, validators and
///   generators: whoever writes a registry decides who can claim from the programmes on it. Wallets recompute the
///   statement from the validator's key and the rulebook before they prove (claim.md, section 6): the contract's own
///   word is not needed.
/// - Nullifiers differ for each scope, and those of one person cannot be linked.
interface IClaims is IProgramme {
    // ---- errors: each refusal has its own ----

    /// @notice The key is of a validator that the rules do not name, or `accept` was not called for it.
    error FundValidatorNotAccepted(bytes32 keyId);
    /// @notice The key is revoked, its validator dismissed, or the day outside its validity.
    error FundValidatorRevoked(bytes32 keyId);
    /// @notice The programme was opened on chain `opened`, and this one, `current`, split off later: its scope is that of
    /// `opened`.
    error FundOtherChain(uint256 current, uint256 opened);
    /// @notice `accept` was called for this key before.
    error FundAlreadyAccepted(bytes32 keyId);
    /// @notice The proof is of day `asOf`, and only `today` or the day before counts (UTC, days since 1900-01-01).
    error FundStaleClaim(uint256 asOf, uint256 today);
    /// @notice This pseudonym has claimed in this scope.
    error FundAlreadyClaimed(bytes32 nullifier);
    /// @notice The validator's credentials have made all `cap` claims that the rules allow them.
    error FundValidatorCapReached(address validator, uint256 cap);

    // ---- views ----

    /// @notice Whether the pseudonym with this nullifier has claimed.
    /// @param nullifier the pseudonym in the scope (claim.md 2.4).
    /// @return whether it can claim no more.
    function isClaimed(bytes32 nullifier) external view returns (bool);

    /// @notice The trust registry that decides which keys are valid.
    /// @return the trust registry whose keys count.
    function registry() external view returns (ITrustRegistry);
}
