// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Municipal euro: one token cent for each cent on the municipalities' bank account
/// @notice ERC-20 "Municipal Euro", MEUR, two decimals. Minted only against a bank deposit, burnt only by a settlement:
/// `totalSupply() == deposited() - settled()` at every block (contracts/README.md, invariant 1).
///
/// Roles (OpenZeppelin AccessControl): the admin grants MINTER_ROLE to whoever reads the bank account, and
/// SETTLER_ROLE to each fund.
///
/// Assumptions:
/// - The minter mints what was deposited. The token makes each deposit count once; it cannot see the bank.
/// - References are random or bank identifiers. They are public for ever and must say nothing about a person.
/// - The token calls nobody: no hooks, no callbacks, no fee on transfer.
interface IMunicipalEuro is IERC20 {
    /// @notice `amount` cents arrived at the bank and were minted to `to`.
    event Deposited(bytes32 indexed depositReference, address indexed to, uint256 amount);
    /// @notice `amount` cents leave the bank in the payment file `settlementReference`; `from` burnt them.
    event Settled(bytes32 indexed settlementReference, address indexed from, uint256 amount);

    /// @notice The deposit was minted before.
    error MunicipalEuroDepositUsed(bytes32 depositReference);
    /// @notice `from` settled under this reference before.
    error MunicipalEuroSettlementUsed(address from, bytes32 settlementReference);
    /// @notice A reference cannot be zero.
    error MunicipalEuroNoReference();
    /// @notice An amount cannot be zero.
    error MunicipalEuroZeroAmount();
    /// @notice All deposits together stay below 2^128 cents; there is `room` for so much more.
    error MunicipalEuroAmountTooLarge(uint256 amount, uint256 room);
    /// @notice Nobody sends money to a fund: the fund takes it, so that its books are its balance.
    error MunicipalEuroFundMustTake(address fund);

    /// @notice Mints `amount` cents to `to` for a bank deposit. MINTER_ROLE only.
    /// @param to not a holder of SETTLER_ROLE: a deposit goes to a sponsor, who funds a programme with it.
    /// @param amount in cents, not 0.
    /// @param depositReference identifies the deposit; each one counts once.
    function mint(address to, uint256 amount, bytes32 depositReference) external;

    /// @notice Burns `amount` cents of the caller's own. SETTLER_ROLE only.
    /// @param amount in cents, not 0.
    /// @param settlementReference identifies the payment file; a caller uses each one once.
    function burn(uint256 amount, bytes32 settlementReference) external;

    /// @notice Cents ever minted.
    /// @return cents.
    function deposited() external view returns (uint256);

    /// @notice Cents ever burnt.
    /// @return cents.
    function settled() external view returns (uint256);

    /// @notice Whether the deposit was minted.
    /// @param depositReference of a bank deposit.
    /// @return whether it was minted, which happens once.
    function isDeposited(bytes32 depositReference) external view returns (bool);

    /// @notice Whether `from` settled under the reference.
    /// @param from the programme that burnt.
    /// @param settlementReference of a payment file.
    /// @return whether it was used, which happens once for each programme.
    function isSettled(address from, bytes32 settlementReference) external view returns (bool);
}
