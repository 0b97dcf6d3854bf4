// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Budget} from "./Budget.sol";
import {Books, Merchant} from "./BudgetWords.sol";
import {DataContract} from "./DataContract.sol";
import {ISpending, PaymentPermit, SpendingRules} from "./ISpending.sol";
import {PaymentMessages} from "./PaymentMessages.sol";
import {SpendingLimits} from "./SpendingLimits.sol";
import {Payment, SpendingWords} from "./SpendingWords.sol";

/// @title Spending
abstract contract Spending is ISpending, Budget {
    using SpendingWords for uint256;
    using SpendingWords for Payment;

    /// @dev A limited category, and where an account counts what it spends in it.
    struct Limited {
        uint40 limit;
        uint8 place;
    }

    address private immutable _spendingRules;
    uint256 private immutable _voucherAmount;
    uint256 private immutable _paymentLimit;
    uint256 private immutable _shopLimit;
    uint256 private immutable _products;

    /// @dev Words of SpendingWords, as those of `_payments` are.
    mapping(address account => uint256) private _accounts;
    mapping(bytes32 id => uint256) private _payments;
    /// @dev Of one account at one shop, or at all shops of one category that the account's word has no room for; kept only
    /// where a rule limits it.
    mapping(bytes32 what => uint256) private _spent;
    mapping(uint8 category => Limited) private _limited;

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
            // forge-lint: disable-next-line(unsafe-typecast) at most 256 categories, each once
            _limited[rules.categoryLimits[i].category] = Limited(rules.categoryLimits[i].limit, uint8(i));
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
        Books b = _books;
        if (b.paused()) revert FundPaused();
        _requirePeriod(_opensAt, _closesAt);
        if (block.timestamp > permit.deadline) revert FundPermitExpired(permit.deadline);
        Merchant m = _merchants[merchant];
        if (!m.approved() || (permit.merchant != address(0) && permit.merchant != merchant)) {
            revert FundWrongShop(merchant);
        }
        bytes32 id = PaymentMessages.paymentId(permit.account, permit.nonce);
        if (_payments[id] != 0) revert FundPermitUsed(id);
        if (amount == 0) revert FundZeroAmount();
        if (amount > permit.limit) revert FundAmountAboveLimit(amount, permit.limit);
        if (amount > type(uint40).max) revert FundAmountTooLarge(amount, type(uint40).max);
        _requireWholeVouchers(amount);
        if (_paymentLimit != 0 && amount > _paymentLimit) revert FundPaymentLimit(amount, _paymentLimit);
        _requireProduct(product);
        _requireSignature(PaymentMessages.hashPermit(permit), permitSignature, permit.account);
        _requireSignature(PaymentMessages.hashCharge(id, merchant, amount, product), chargeSignature, merchant);
        uint256 account = _accounts[permit.account];
        uint64 balance = account.balanceIn();
        if (balance < amount) revert FundInsufficientBalance(balance, amount);
        account = _spend(account, permit.account, merchant, m, amount);

        // `amount` is below 2^40, and at most what all accounts hold.
        // forge-lint: disable-start(unsafe-typecast)
        _accounts[permit.account] = account.withBalance(balance - uint64(amount));
        _merchants[merchant] = m.withBalance(m.balance() + uint64(amount));
        _books = b.withAccounts(b.accounts() - uint64(amount)).withMerchants(b.merchants() + uint64(amount));
        _payments[id] = Payment(merchant, uint40(amount), 0, m.batch()).wordOf();
        emit Paid(id, permit.account, merchant, uint64(amount));
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @inheritdoc ISpending
    function refund(address account, uint256 nonce, uint256 refundedTotal, bytes calldata signature) external {
        Books b = _books;
        if (b.paused()) revert FundPaused();
        _requirePeriod(_opensAt, _closesAt);
        bytes32 id = PaymentMessages.paymentId(account, nonce);
        Payment memory p = SpendingWords.paymentIn(_payments[id]);
        if (p.merchant == address(0)) revert FundUnknownPayment(id);
        Merchant m = _merchants[p.merchant];
        if (p.batch != m.batch()) revert FundPaymentSettled(id);
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
        _payments[id] = p.wordOf();
        uint256 word = _unspend(_accounts[account], account, p.merchant, m, amount);
        _accounts[account] = word.withBalance(word.balanceIn() + amount);
        _merchants[p.merchant] = m.withBalance(m.balance() - amount);
        _books = b.withMerchants(b.merchants() - amount).withAccounts(b.accounts() + amount);
        emit Refunded(id, account, p.merchant, amount);
    }

    // ---- views ----

    /// @inheritdoc ISpending
    function spendingRules() external view returns (SpendingRules memory) {
        DataContract.answer(_spendingRules);
    }

    /// @inheritdoc ISpending
    function accountOf(address account) external view returns (uint64 balance) {
        return _books.closed() ? 0 : _accounts[account].balanceIn();
    }

    /// @inheritdoc ISpending
    function payment(bytes32 id)
        external
        view
        returns (address merchant, uint40 amount, uint40 refunded, uint16 batch)
    {
        Payment memory p = SpendingWords.paymentIn(_payments[id]);
        return (p.merchant, p.amount, p.refunded, p.batch);
    }

    /// @inheritdoc ISpending
    function paymentId(address account, uint256 nonce) external pure returns (bytes32) {
        return PaymentMessages.paymentId(account, nonce);
    }

    // ---- for programmes ----

    /// @dev Moves `amount` from the unallocated budget to the account, in the books that the caller has read.
    function _credit(Books b, address account, uint256 amount) internal {
        uint64 unallocated = b.unallocated();
        if (unallocated < amount) revert FundBudgetExhausted(unallocated, amount);

        // `amount` is at most `unallocated`, and with it all sums are below 2^64 (see `fund`).
        // forge-lint: disable-start(unsafe-typecast)
        _books = b.withUnallocated(unallocated - uint64(amount)).withAccounts(b.accounts() + uint64(amount));
        uint256 word = _accounts[account];
        _accounts[account] = word.withBalance(word.balanceIn() + uint64(amount));
        // forge-lint: disable-end(unsafe-typecast)
    }

    // ---- limits ----

    /// @dev Where a shop's category is limited, before or after, its open payments could be refunded into another one's
    /// count.
    function _categorised(address merchant, Merchant m, uint8 category) internal view override returns (Merchant) {
        Limited memory limited = _limited[category];
        if ((limited.limit | m.categoryLimit()) != 0 && category != m.category() && m.balance() != 0) {
            revert FundShopHoldsBalance(merchant, m.balance());
        }
        return m.withCategory(category, limited.limit, limited.place);
    }

    function _requireWholeVouchers(uint256 amount) private view {
        if (_voucherAmount != 0 && amount % _voucherAmount != 0) revert FundNotWholeVouchers(amount, _voucherAmount);
    }

    /// @dev Groups count from 1, so that 0 is the one form of a charge without them. A shift by 256 or more gives 0.
    function _requireProduct(uint256 product) private view {
        bool allowed = _products == 0 ? product == 0 : (_products >> product) & 1 == 1;
        if (!allowed) revert FundProductNotAllowed(product);
    }

    /// @dev Counts a payment where a rule limits such payments, and returns the account's word with what it counts.
    function _spend(uint256 word, address account, address merchant, Merchant m, uint256 amount)
        private
        returns (uint256)
    {
        if (_shopLimit != 0) {
            bytes32 what = SpendingLimits.atShop(account, merchant);
            uint256 total = _spent[what] + amount;
            if (total > _shopLimit) revert FundShopLimit(merchant, total, _shopLimit);
            _spent[what] = total;
        }
        uint256 limit = m.categoryLimit();
        if (limit == 0) return word;
        if (m.categoryPlace() < SpendingWords.CATEGORIES) {
            uint256 total = word.spentIn(m.categoryPlace()) + amount;
            if (total > limit) revert FundCategoryLimit(m.category(), total, limit);
            return word.withSpent(m.categoryPlace(), total);
        }
        bytes32 within = SpendingLimits.inCategory(account, m.category());
        uint256 sum = _spent[within] + amount;
        if (sum > limit) revert FundCategoryLimit(m.category(), sum, limit);
        _spent[within] = sum;
        return word;
    }

    /// @dev Counts a refund back, and returns the account's word. The payment was counted in the same two: see
    /// `_categorised`.
    function _unspend(uint256 word, address account, address merchant, Merchant m, uint256 amount)
        private
        returns (uint256)
    {
        if (_shopLimit != 0) _spent[SpendingLimits.atShop(account, merchant)] -= amount;
        if (m.categoryLimit() == 0) return word;
        if (m.categoryPlace() < SpendingWords.CATEGORIES) {
            return word.withSpent(m.categoryPlace(), word.spentIn(m.categoryPlace()) - amount);
        }
        _spent[SpendingLimits.inCategory(account, m.category())] -= amount;
        return word;
    }
}
