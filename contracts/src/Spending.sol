// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Budget} from "./Budget.sol";
import {DataContract} from "./DataContract.sol";
import {ISpending, PaymentPermit, SpendingRules} from "./ISpending.sol";
import {PaymentMessages} from "./PaymentMessages.sol";
import {SpendingLimits} from "./SpendingLimits.sol";

/// @title Spending
abstract contract Spending is ISpending, Budget {
    /// @dev One slot. The merchant is never zero in a payment that was made.
    struct Payment {
        address merchant;
        uint40 amount;
        uint40 refunded;
        uint16 batch;
    }

    address private immutable _spendingRules;
    uint256 private immutable _voucherAmount;
    uint256 private immutable _paymentLimit;
    uint256 private immutable _shopLimit;
    uint256 private immutable _products;

    mapping(address account => uint64) private _accounts;
    /// @inheritdoc ISpending
    mapping(bytes32 id => Payment) public payment;
    /// @dev Of one account at one shop, or at all shops of one category; kept only where a rule limits it.
    mapping(bytes32 what => uint256) private _spent;
    mapping(uint8 category => uint40) private _categoryLimits;

    /// @param rules see `SpendingRules`; FundBadRules names the first field that is wrong.
    /// @param categories bit i is set if shops of category i may be approved.
    constructor(SpendingRules memory rules, uint256 categories) {
        SpendingLimits.check(rules, categories);
        _spendingRules = DataContract.write(abi.encode(rules));
        _voucherAmount = rules.voucherAmount;
        _paymentLimit = rules.paymentLimit;
        _shopLimit = rules.shopLimit;
        _products = rules.products;
        for (uint256 i = 0; i < rules.categoryLimits.length; ++i) {
            _categoryLimits[rules.categoryLimits[i].category] = rules.categoryLimits[i].limit;
        }
    }

    // ---- payments ----

    /// @inheritdoc ISpending
    function pay(
        PaymentPermit calldata permit,
        bytes calldata permitSignature,
        address merchant,
        uint256 amount,
        uint256 product,
        bytes calldata chargeSignature
    ) external {
        Books memory b = books;
        if (b.paused) revert FundPaused();
        _requirePeriod(_opensAt, _closesAt);
        if (block.timestamp > permit.deadline) revert FundPermitExpired(permit.deadline);
        Merchant memory m = _merchants[merchant];
        if (!m.approved || (permit.merchant != address(0) && permit.merchant != merchant)) {
            revert FundWrongShop(merchant);
        }
        bytes32 id = PaymentMessages.paymentId(permit.account, permit.nonce);
        if (payment[id].merchant != address(0)) revert FundPermitUsed(id);
        if (amount == 0) revert FundZeroAmount();
        if (amount > permit.limit) revert FundAmountAboveLimit(amount, permit.limit);
        if (amount > type(uint40).max) revert FundAmountTooLarge(amount, type(uint40).max);
        _requireWholeVouchers(amount);
        if (_paymentLimit != 0 && amount > _paymentLimit) revert FundPaymentLimit(amount, _paymentLimit);
        _requireProduct(product);
        _requireSignature(PaymentMessages.hashPermit(permit), permitSignature, permit.account);
        _requireSignature(PaymentMessages.hashCharge(id, merchant, amount, product), chargeSignature, merchant);
        uint64 balance = _accounts[permit.account];
        if (balance < amount) revert FundInsufficientBalance(balance, amount);
        _spend(permit.account, merchant, m, amount);

        // `amount` is below 2^40, and at most what all accounts hold.
        // forge-lint: disable-start(unsafe-typecast)
        _accounts[permit.account] = balance - uint64(amount);
        m.balance += uint64(amount);
        _merchants[merchant] = m;
        b.accounts -= uint64(amount);
        b.merchants += uint64(amount);
        books = b;
        payment[id] = Payment(merchant, uint40(amount), 0, m.batch);
        emit Paid(id, permit.account, merchant, uint64(amount));
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @inheritdoc ISpending
    function refund(address account, uint256 nonce, uint256 refundedTotal, bytes calldata signature) external {
        Books memory b = books;
        if (b.paused) revert FundPaused();
        _requirePeriod(_opensAt, _closesAt);
        bytes32 id = PaymentMessages.paymentId(account, nonce);
        Payment memory p = payment[id];
        if (p.merchant == address(0)) revert FundUnknownPayment(id);
        Merchant memory m = _merchants[p.merchant];
        if (p.batch != m.batch) revert FundPaymentSettled(id);
        if (refundedTotal <= p.refunded || refundedTotal > p.amount) {
            revert FundRefundOutOfRange(refundedTotal, p.refunded, p.amount);
        }
        _requireWholeVouchers(refundedTotal);
        _requireSignature(PaymentMessages.hashRefund(id, refundedTotal), signature, p.merchant);

        // `refundedTotal` is at most `p.amount`. The shop still holds it: its balance is what its payments since the
        // last settlement left, less what it refunded of them.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint40 total = uint40(refundedTotal);
        uint64 amount = total - p.refunded;
        p.refunded = total;
        payment[id] = p;
        _unspend(account, p.merchant, m, amount);
        m.balance -= amount;
        _merchants[p.merchant] = m;
        b.merchants -= amount;
        b.accounts += amount;
        books = b;
        _accounts[account] += amount;
        emit Refunded(id, account, p.merchant, amount);
    }

    // ---- views ----

    /// @inheritdoc ISpending
    function spendingRules() external view returns (SpendingRules memory) {
        DataContract.answer(_spendingRules);
    }

    /// @inheritdoc ISpending
    function accountOf(address account) external view returns (uint64 balance) {
        return books.closed ? 0 : _accounts[account];
    }

    /// @inheritdoc ISpending
    function paymentId(address account, uint256 nonce) external pure returns (bytes32) {
        return PaymentMessages.paymentId(account, nonce);
    }

    // ---- for programmes ----

    /// @dev Moves `amount` from the unallocated budget to the account, in the books that the caller has read.
    function _credit(Books memory b, address account, uint256 amount) internal {
        if (b.unallocated < amount) revert FundBudgetExhausted(b.unallocated, amount);

        // `amount` is at most `unallocated`, and with it all sums are below 2^64 (see `fund`).
        // forge-lint: disable-start(unsafe-typecast)
        b.unallocated -= uint64(amount);
        b.accounts += uint64(amount);
        books = b;
        _accounts[account] += uint64(amount);
        // forge-lint: disable-end(unsafe-typecast)
    }

    // ---- limits ----

    /// @dev Where a shop's category is limited, before or after, its open payments could be refunded into another one's
    /// count.
    function _categorise(address merchant, Merchant memory m, uint8 category) internal view override {
        uint40 limit = _categoryLimits[category];
        if ((limit | m.categoryLimit) != 0 && category != m.category && m.balance != 0) {
            revert FundShopHoldsBalance(merchant, m.balance);
        }
        m.categoryLimit = limit;
    }

    function _requireWholeVouchers(uint256 amount) private view {
        if (_voucherAmount != 0 && amount % _voucherAmount != 0) revert FundNotWholeVouchers(amount, _voucherAmount);
    }

    /// @dev Groups count from 1, so that 0 is the one form of a charge without them. A shift by 256 or more gives 0.
    function _requireProduct(uint256 product) private view {
        bool allowed = _products == 0 ? product == 0 : (_products >> product) & 1 == 1;
        if (!allowed) revert FundProductNotAllowed(product);
    }

    /// @dev Counts a payment where a rule limits such payments.
    function _spend(address account, address merchant, Merchant memory m, uint256 amount) private {
        if (_shopLimit != 0) {
            bytes32 what = SpendingLimits.atShop(account, merchant);
            uint256 total = _spent[what] + amount;
            if (total > _shopLimit) revert FundShopLimit(merchant, total, _shopLimit);
            _spent[what] = total;
        }
        if (m.categoryLimit != 0) {
            bytes32 what = SpendingLimits.inCategory(account, m.category);
            uint256 total = _spent[what] + amount;
            if (total > m.categoryLimit) revert FundCategoryLimit(m.category, total, m.categoryLimit);
            _spent[what] = total;
        }
    }

    /// @dev Counts a refund back. The payment was counted in the same two: see `_categorise`.
    function _unspend(address account, address merchant, Merchant memory m, uint256 amount) private {
        if (_shopLimit != 0) _spent[SpendingLimits.atShop(account, merchant)] -= amount;
        if (m.categoryLimit != 0) _spent[SpendingLimits.inCategory(account, m.category)] -= amount;
    }
}
