// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @title What all programmes of Stuiver refuse alike
/// @notice The shared parts keep the prefix of the first programme that had them, so that a refusal has one name wherever
/// it comes from.
interface IProgramme {
    /// @notice A rule contradicts another; `rule` is the name of the first wrong field, as text.
    error FundBadRules(bytes32 rule);
    /// @notice The programme is paused.
    error FundPaused();
    /// @notice It is too early or too late: allowed is `from <= now < until`.
    error FundOutsidePeriod(uint256 timestamp, uint256 from, uint256 until);
    /// @notice The zero address cannot hold or receive money.
    error FundZeroAccount();
    /// @notice Nothing to move.
    error FundZeroAmount();
    /// @notice There is no budget left for this claim.
    error FundBudgetExhausted(uint256 available, uint256 needed);
    /// @notice The signature is not `expected`'s; `signer` is zero if it is no signature at all.
    error FundBadSignature(address signer, address expected);
}
