// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Books, BudgetWords, Merchant} from "./BudgetWords.sol";
import {IBudget} from "./IBudget.sol";
import {IMunicipalEuro} from "./IMunicipalEuro.sol";
import {Signed} from "./Signed.sol";

/// @title Budget
abstract contract Budget is IBudget, AccessControl, Signed {
    using SafeERC20 for IMunicipalEuro;
    using BudgetWords for Books;
    using BudgetWords for Merchant;

    /// @notice May fund, close, pause, and approve or suspend shops.
    bytes32 public constant SPONSOR_ROLE = keccak256("SPONSOR_ROLE");
    /// @notice May settle.
    bytes32 public constant SETTLER_ROLE = keccak256("SETTLER_ROLE");

    /// @inheritdoc IBudget
    IMunicipalEuro public immutable euro;

    uint256 internal immutable _opensAt;
    uint256 internal immutable _closesAt;
    uint256 internal immutable _categories;

    /// @dev A word of BudgetWords, as each of `_merchants` is.
    uint256 private _books;
    /// @inheritdoc IBudget
    address public sponsor;
    mapping(address merchant => uint256) private _merchants;

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
        Books memory b = _readBooks();
        // The sum bounds each of the three, and each balance, for good: elsewhere money only moves between them.
        uint256 total = uint256(b.unallocated) + b.accounts + b.merchants + amount;
        if (total > type(uint64).max) revert FundAmountTooLarge(total, type(uint64).max);

        b.unallocated += amount;
        _write(b);
        emit Funded(msg.sender, amount);
        euro.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IBudget
    function close() external onlyRole(SPONSOR_ROLE) {
        if (block.timestamp < _closesAt) revert FundNotOver(block.timestamp, _closesAt);
        Books memory b = _readBooks();
        if (b.closed) revert FundClosed();

        b.unallocated = 0;
        b.accounts = 0;
        b.closed = true;
        _write(b);
        // What came past `fund` before the token knew this contract as a programme goes back as well.
        uint256 returned = euro.balanceOf(address(this)) - b.merchants;
        emit Closed(sponsor, returned);
        euro.safeTransfer(sponsor, returned);
    }

    // ---- shops ----

    /// @inheritdoc IBudget
    function approveMerchant(address merchant, uint8 category) external onlyRole(SPONSOR_ROLE) {
        if (merchant == address(0)) revert FundZeroAccount();
        if ((_categories >> category) & 1 == 0) revert FundCategoryNotAllowed(category);
        Merchant memory m = _readMerchant(merchant);
        _categorise(merchant, m, category);
        m.category = category;
        m.approved = true;
        _write(merchant, m);
        emit MerchantApproved(merchant, category);
    }

    /// @inheritdoc IBudget
    function suspendMerchant(address merchant) external onlyRole(SPONSOR_ROLE) {
        Merchant memory m = _readMerchant(merchant);
        if (!m.approved) revert FundWrongShop(merchant);
        m.approved = false;
        _write(merchant, m);
        emit MerchantSuspended(merchant);
    }

    /// @inheritdoc IBudget
    function settle(address[] calldata merchants, bytes32 settlementReference) external onlyRole(SETTLER_ROLE) {
        uint64 total;
        for (uint256 i = 0; i < merchants.length; ++i) {
            Merchant memory m = _readMerchant(merchants[i]);
            uint64 amount = m.balance;
            if (amount == 0) continue;
            if (m.batch == type(uint16).max) revert FundTooManySettlements(merchants[i]);
            total += amount;
            m.balance = 0;
            m.batch += 1;
            _write(merchants[i], m);
            emit MerchantSettled(merchants[i], m.batch, amount, settlementReference);
        }
        if (total == 0) revert FundNothingToSettle();

        Books memory b = _readBooks();
        b.merchants -= total;
        _write(b);
        euro.burn(total, settlementReference);
    }

    // ---- the sponsor ----

    /// @inheritdoc IBudget
    function pause() external onlyRole(SPONSOR_ROLE) {
        _setPaused(true);
        emit Paused(msg.sender);
    }

    /// @inheritdoc IBudget
    function unpause() external onlyRole(SPONSOR_ROLE) {
        _setPaused(false);
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
        Books memory b = _readBooks();
        return (b.unallocated, b.accounts, b.merchants, b.paused, b.closed);
    }

    /// @inheritdoc IBudget
    function merchantOf(address merchant)
        external
        view
        returns (uint8 category, bool approved, uint64 balance, uint16 batch)
    {
        Merchant memory m = _readMerchant(merchant);
        return (m.category, m.approved, m.balance, m.batch);
    }

    // ---- for programmes ----

    /// @dev Called before a shop gets its category; `m` is kept afterwards.
    function _categorise(address merchant, Merchant memory m, uint8 category) internal view virtual;

    /// @dev Moves `amount` from the unallocated budget to a shop.
    function _owe(address merchant, uint256 amount) internal {
        Books memory b = _readBooks();
        if (b.unallocated < amount) revert FundBudgetExhausted(b.unallocated, amount);

        // `amount` is at most `unallocated`, and with it all sums are below 2^64 (see `fund`).
        // forge-lint: disable-start(unsafe-typecast)
        b.unallocated -= uint64(amount);
        b.merchants += uint64(amount);
        _write(b);
        Merchant memory m = _readMerchant(merchant);
        m.balance += uint64(amount);
        _write(merchant, m);
        // forge-lint: disable-end(unsafe-typecast)
    }

    function _readBooks() internal view returns (Books memory) {
        return BudgetWords.booksIn(_books);
    }

    function _write(Books memory b) internal {
        _books = b.wordOf();
    }

    function _readMerchant(address merchant) internal view returns (Merchant memory) {
        return BudgetWords.merchantIn(_merchants[merchant]);
    }

    function _write(address merchant, Merchant memory m) internal {
        _merchants[merchant] = m.wordOf();
    }

    function _requirePeriod(uint256 from, uint256 until) internal view {
        if (block.timestamp < from || block.timestamp >= until) {
            revert FundOutsidePeriod(block.timestamp, from, until);
        }
    }

    function _setPaused(bool paused) private {
        Books memory b = _readBooks();
        b.paused = paused;
        _write(b);
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
