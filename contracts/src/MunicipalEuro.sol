// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {IMunicipalEuro} from "./IMunicipalEuro.sol";

/// @title Municipal euro
contract MunicipalEuro is IMunicipalEuro, ERC20, AccessControl {
    /// @notice May mint deposits.
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");
    /// @notice May burn its own: the funds.
    bytes32 public constant SETTLER_ROLE = keccak256("SETTLER_ROLE");

    /// @dev All deposits together stay below this.
    uint256 private constant MAX_DEPOSITED = type(uint128).max;

    /// @inheritdoc IMunicipalEuro
    uint256 public deposited;
    /// @inheritdoc IMunicipalEuro
    uint256 public settled;
    /// @inheritdoc IMunicipalEuro
    mapping(bytes32 depositReference => bool) public isDeposited;
    /// @inheritdoc IMunicipalEuro
    mapping(address from => mapping(bytes32 settlementReference => bool)) public isSettled;

    /// @param admin grants and revokes the roles.
    constructor(address admin) ERC20("Municipal Euro", "MEUR") {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @inheritdoc IMunicipalEuro
    function mint(address to, uint256 amount, bytes32 depositReference) external onlyRole(MINTER_ROLE) {
        if (amount == 0) revert MunicipalEuroZeroAmount();
        if (depositReference == 0) revert MunicipalEuroNoReference();
        if (isDeposited[depositReference]) revert MunicipalEuroDepositUsed(depositReference);
        uint256 room = MAX_DEPOSITED - deposited;
        if (amount > room) revert MunicipalEuroAmountTooLarge(amount, room);

        isDeposited[depositReference] = true;
        deposited += amount;
        emit Deposited(depositReference, to, amount);
        _mint(to, amount);
    }

    /// @inheritdoc IMunicipalEuro
    function burn(uint256 amount, bytes32 settlementReference) external onlyRole(SETTLER_ROLE) {
        if (amount == 0) revert MunicipalEuroZeroAmount();
        if (settlementReference == 0) revert MunicipalEuroNoReference();
        if (isSettled[msg.sender][settlementReference]) {
            revert MunicipalEuroSettlementUsed(msg.sender, settlementReference);
        }

        isSettled[msg.sender][settlementReference] = true;
        settled += amount;
        emit Settled(settlementReference, msg.sender, amount);
        _burn(msg.sender, amount);
    }

    /// @notice Two: a unit is a cent.
    function decimals() public pure override returns (uint8) {
        return 2;
    }

    /// @dev A fund's balance changes by its own calls only, so that it equals its books.
    function _update(address from, address to, uint256 value) internal override {
        if (msg.sender != to && hasRole(SETTLER_ROLE, to)) revert MunicipalEuroFundMustTake(to);
        super._update(from, to, value);
    }
}
