// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IClaims} from "./IClaims.sol";

/// @title Claims in several scopes: one for each slot
/// @notice A programme whose citizens claim more than once numbers its scopes (claim.md 2.1). A person has one pseudonym
/// in each, and nobody can link those of two slots. A scope may be proved under one of several terms; the pseudonym is
/// the same under each.
interface ISlottedClaims is IClaims {
    /// @notice Claims with credentials under this key are possible in this slot under these terms; `statement` is the
    /// data contract of claim.md, section 4.
    event SlotAccepted(
        bytes32 indexed keyId, uint256 indexed slot, uint8 terms, address indexed validator, address statement
    );

    /// @notice The programme has no such slot, or not with these terms.
    error FundUnknownSlot(uint256 slot, uint8 terms);

    /// @notice Builds the statement (claim.md, section 4) for a validator's key, a slot and terms. Anyone may, once for
    /// each three, on the chain on which the programme was opened.
    /// @dev Refusals, in this order: FundUnknownSlot, FundOtherChain, FundAlreadyAccepted, FundValidatorNotAccepted,
    /// FundValidatorRevoked, those of claim.md (3.6).
    /// @param keyId a key of the trust registry.
    /// @param slot one of the programme's.
    /// @param terms which of its terms.
    function accept(bytes32 keyId, uint256 slot, uint8 terms) external;

    /// @notice The scope's octets, `context_id` of claim.md (2.1), with the chain on which the programme was opened.
    /// @param slot one of the programme's.
    /// @return the octets that pseudonyms are bound to.
    function scopeOf(uint256 slot) external view returns (bytes memory);

    /// @notice The data contract with the statement; zero if the three were not accepted.
    /// @param keyId a key of the trust registry.
    /// @param slot one of the programme's.
    /// @param terms which of its terms.
    /// @return the data contract; zero if the key was not accepted there.
    function statementOf(bytes32 keyId, uint256 slot, uint8 terms) external view returns (address);
}
