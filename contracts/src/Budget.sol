// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Books, Merchant} from "./BudgetWords.sol";
import {IBudget} from "./IBudget.sol";
import {IMunicipalEuro} from "./IMunicipalEuro.sol";
import {Signed} from "./Signed.sol";

/// @title Budget
abstract contract Budget is IBudget, AccessControl, Signed {
    using SafeERC20 for IMunicipalEuro;

    /// @notice May fund, close, pause, and approve or suspend shops.
    bytes32 public constant SPONSOR_ROLE = keccak256("SPONSOR_ROLE");
    /// @notice May settle.
    bytes32 public constant SETTLER_ROLE = keccak256("SETTLER_ROLE");

    /// @inheritdoc IBudget
    IMunicipalEuro public immutable euro;

    uint256 internal immutable _opensAt;
    uint256 internal immutable _closesAt;
    uint256 internal immutable _categories;

    Books internal _books;
    /// @inheritdoc IBudget
    address public sponsor;
    mapping(address merchant => Merchant) internal _merchants;

    /// @param euro_ see `euro`.
    /// @param sponsor_ gets DEFAULT_ADMIN_ROLE and SPONSOR_ROLE, and what is unspent at the end.
    /// @param opensAt first second in which money moves.
    /// @param closesAt first second in which it no longer does, but for settlements and `close`.
    /// @param categories bit i is set if shops of category i may be approved.
    constructor(IMunicipalEuro euro_, address sponsor_, uint256 opensAt, uint256 closesAt, uint256 categories) {
        _requireSponsor(euro_, sponsor_);
        euro = euro_;
        sponsor = sponsor_;
        _opensAt = opensAt;
        _closesAt = closesAt;
        _categories = categories;
        _grantRole(DEFAULT_ADMIN_ROLE, sponsor_);
        _grantRole(SPONSOR_ROLE, sponsor_);
    }

    // ---- the budget ----

    /// @inheritdoc IBudget
    function fund(uint64 amount) external onlyRole(SPONSOR_ROLE) {
        _requirePeriod(0, _closesAt);
        if (amount == 0) revert FundZeroAmount();
        Books b = _books;
        // The sum bounds each of the three, and each balance, for good: elsewhere money only moves between them.
        uint256 total = uint256(b.unallocated()) + b.accounts() + b.merchants() + amount;
        if (total > type(uint64).max) revert FundAmountTooLarge(total, type(uint64).max);

        _books = b.withUnallocated(b.unallocated() + amount);
        emit Funded(msg.sender, amount);
        euro.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IBudget
    function close() external onlyRole(SPONSOR_ROLE) {
        if (block.timestamp < _closesAt) revert FundNotOver(block.timestamp, _closesAt);
        Books b = _books;
        if (b.closed()) revert FundClosed();

        _books = b.withUnallocated(0).withAccounts(0).withClosed();
        // What came past `fund` before the token knew this contract as a programme goes back as well.
        uint256 returned = euro.balanceOf(address(this)) - b.merchants();
        emit Closed(sponsor, returned);
        euro.safeTransfer(sponsor, returned);
    }

    // ---- shops ----

    /// @inheritdoc IBudget
    function approveMerchant(address merchant, uint8 category) external onlyRole(SPONSOR_ROLE) {
        if (merchant == address(0)) revert FundZeroAccount();
        if ((_categories >> category) & 1 == 0) revert FundCategoryNotAllowed(category);
        _merchants[merchant] = _categorised(merchant, _merchants[merchant], category).withApproved(true);
        emit MerchantApproved(merchant, category);
    }

    /// @inheritdoc IBudget
    function suspendMerchant(address merchant) external onlyRole(SPONSOR_ROLE) {
        Merchant m = _merchants[merchant];
        if (!m.approved()) revert FundWrongShop(merchant);
        _merchants[merchant] = m.withApproved(false);
        emit MerchantSuspended(merchant);
    }

    /// @inheritdoc IBudget
    function settle(address[] calldata merchants, bytes32 settlementReference) external onlyRole(SETTLER_ROLE) {
        uint64 total;
        for (uint256 i = 0; i < merchants.length; ++i) {
            Merchant m = _merchants[merchants[i]];
            uint64 amount = m.balance();
            if (amount == 0) continue;
            uint16 batch = m.batch();
            if (batch == type(uint16).max) revert FundTooManySettlements(merchants[i]);
            total += amount;
            batch += 1;
            _merchants[merchants[i]] = m.withBalance(0).withBatch(batch);
            emit MerchantSettled(merchants[i], batch, amount, settlementReference);
        }
        if (total == 0) revert FundNothingToSettle();

        Books b = _books;
        _books = b.withMerchants(b.merchants() - total);
        euro.burn(total, settlementReference);
    }

    // ---- the sponsor ----

    /// @inheritdoc IBudget
    function pause() external onlyRole(SPONSOR_ROLE) {
        _books = _books.withPaused(true);
        emit Paused(msg.sender);
    }

    /// @inheritdoc IBudget
    function unpause() external onlyRole(SPONSOR_ROLE) {
        _books = _books.withPaused(false);
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc IBudget
    function handOver(address successor) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _requireSponsor(euro, successor);
        address former = sponsor;
        sponsor = successor;
        _revokeRole(SPONSOR_ROLE, former);
        _revokeRole(SPONSOR_ROLE, msg.sender);
        _revokeRole(DEFAULT_ADMIN_ROLE, former);
        _revokeRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _grantRole(SPONSOR_ROLE, successor);
        _grantRole(DEFAULT_ADMIN_ROLE, successor);
        emit HandedOver(former, successor);
    }

    // ---- views ----

    /// @inheritdoc IBudget
    function books()
        external
        view
        returns (uint64 unallocated, uint64 accounts, uint64 merchants, bool paused, bool closed)
    {
        Books b = _books;
        return (b.unallocated(), b.accounts(), b.merchants(), b.paused(), b.closed());
    }

    /// @inheritdoc IBudget
    function merchantOf(address merchant)
        external
        view
        returns (uint8 category, bool approved, uint64 balance, uint16 batch)
    {
        Merchant m = _merchants[merchant];
        return (m.category(), m.approved(), m.balance(), m.batch());
    }

    // ---- for programmes ----

    /// @dev The shop in another category, or the refusal why it cannot be.
    function _categorised(address merchant, Merchant m, uint8 category) internal view virtual returns (Merchant);

    /// @dev Moves `amount` from the unallocated budget to a shop.
    function _owe(address merchant, uint256 amount) internal {
        Books b = _books;
        uint64 unallocated = b.unallocated();
        if (unallocated < amount) revert FundBudgetExhausted(unallocated, amount);

        // `amount` is at most `unallocated`, and with it all sums are below 2^64 (see `fund`).
        // forge-lint: disable-start(unsafe-typecast)
        _books = b.withUnallocated(unallocated - uint64(amount)).withMerchants(b.merchants() + uint64(amount));
        Merchant m = _merchants[merchant];
        _merchants[merchant] = m.withBalance(m.balance() + uint64(amount));
        // forge-lint: disable-end(unsafe-typecast)
    }

    function _requirePeriod(uint256 from, uint256 until) internal view {
        if (block.timestamp < from || block.timestamp >= until) {
            revert FundOutsidePeriod(block.timestamp, from, until);
        }
    }

    /// @dev Somebody to whom `close` can send what is left: the token refuses a transfer to a holder of its
    /// SETTLER_ROLE, and a programme cannot give itself anything back.
    function _requireSponsor(IMunicipalEuro token, address candidate) private view {
        if (candidate == address(0)) revert FundZeroAccount();
        if (candidate == address(this) || IAccessControl(address(token)).hasRole(SETTLER_ROLE, candidate)) {
            revert FundBadSuccessor(candidate);
        }
    }
}
