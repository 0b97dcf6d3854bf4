// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @notice What the proofs ask of forge's interface to the machine.
interface ICheats {
    function assume(bool condition) external pure;
    function warp(uint256 timestamp) external;
}

/// @notice What the proofs ask of halmos.
interface ISymbols {
    /// @dev Any value whatever in each slot of the account.
    function enableSymbolicStorage(address account) external;
}

ICheats constant VM = ICheats(address(uint160(uint256(keccak256("hevm cheat code")))));
ISymbols constant SVM = ISymbols(address(uint160(uint256(keccak256("svm cheat code")))));
