// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {IBudget} from "../src/IBudget.sol";
import {ISpending, SpendingRules} from "../src/ISpending.sol";

/// @dev A payment as the events tell it, and the category that its shop had.
struct Seen {
    address account;
    address merchant;
    uint8 category;
    uint256 amount;
    uint256 refunded;
    uint256 batch;
}

struct SeenShop {
    uint8 category;
    bool approved;
    uint256 balance;
    uint256 batch;
}

/// @dev The sums of a programme.
struct Sums {
    uint256 unallocated;
    uint256 accounts;
    uint256 merchants;
    bool paused;
    bool closed;
}

/// @dev A payment that is about to be sent, with the fields that rules speak of.
struct Attempt {
    address account;
    address merchant;
    uint256 nonce;
    uint256 amount;
    uint256 product;
}

/// @title An auditor who sees nothing but the events of programmes whose accounts pay
/// @notice Keeps the books of each programme, counts what each account spent, and counts as a violation whatever the rules
/// do not allow, by what the actors meant and not by what the programme says. It also knows beforehand whether the rules
/// allow a payment or a refund, so that a programme that refuses too much is found as well.
abstract contract SpendingAuditor {
    /// @dev What the auditor knows of one programme. Zero switches a rule off, as in `SpendingRules`.
    struct Ledger {
        uint256 opensAt;
        uint256 closesAt;
        uint256 voucher;
        uint256 paymentLimit;
        uint256 shopLimit;
        uint256 products;
        Sums sums;
        bytes32[] payments;
        mapping(uint8 category => uint256) categoryLimit;
        mapping(address shop => SeenShop) shops;
        mapping(address account => uint256) accounts;
        mapping(bytes32 id => Seen) seen;
        mapping(address account => mapping(address shop => uint256)) spentAt;
        mapping(address account => mapping(uint8 category => uint256)) spentIn;
    }

    uint256 public violations;
    /// @dev Whether the action under way is one that the rules allow, as far as the actor knows.
    bool internal _honest = true;
    mapping(address programme => Ledger) private _ledgers;

    // ---- what the auditor knows ----

    function sumsOf(address programme) external view returns (Sums memory) {
        return _ledgers[programme].sums;
    }

    function shopOf(address programme, address shop) external view returns (SeenShop memory) {
        return _ledgers[programme].shops[shop];
    }

    function accountOf(address programme, address account) external view returns (uint256) {
        return _ledgers[programme].accounts[account];
    }

    function paymentCount(address programme) external view returns (uint256) {
        return _ledgers[programme].payments.length;
    }

    function paymentAt(address programme, uint256 index) external view returns (bytes32 id, Seen memory payment) {
        id = _ledgers[programme].payments[index];
        return (id, _ledgers[programme].seen[id]);
    }

    // ---- for handlers ----

    function _watch(address programme, SpendingRules memory rules, uint256 opensAt, uint256 closesAt) internal {
        Ledger storage ledger = _ledgers[programme];
        (ledger.opensAt, ledger.closesAt) = (opensAt, closesAt);
        (ledger.voucher, ledger.paymentLimit) = (rules.voucherAmount, rules.paymentLimit);
        (ledger.shopLimit, ledger.products) = (rules.shopLimit, rules.products);
        for (uint256 i = 0; i < rules.categoryLimits.length; ++i) {
            ledger.categoryLimit[rules.categoryLimits[i].category] = rules.categoryLimits[i].limit;
        }
    }

    /// @dev Whether every rule of the programme allows this payment now; signatures and the permit are the actor's.
    function _mayPay(address programme, Attempt memory a) internal view returns (bool) {
        Ledger storage ledger = _ledgers[programme];
        SeenShop storage shop = ledger.shops[a.merchant];
        if (!_isOpen(ledger) || !shop.approved) return false;
        if (ledger.seen[keccak256(abi.encode(a.account, a.nonce))].merchant != address(0)) return false;
        if (a.amount == 0 || a.amount > ledger.accounts[a.account]) return false;
        if (ledger.voucher != 0 && a.amount % ledger.voucher != 0) return false;
        if (ledger.paymentLimit != 0 && a.amount > ledger.paymentLimit) return false;
        if (ledger.products == 0 ? a.product != 0 : a.product > 255 || (ledger.products >> a.product) & 1 == 0) return false;
        if (ledger.shopLimit != 0 && ledger.spentAt[a.account][a.merchant] + a.amount > ledger.shopLimit) return false;
        uint256 limit = ledger.categoryLimit[shop.category];
        return limit == 0 || ledger.spentIn[a.account][shop.category] + a.amount <= limit;
    }

    /// @dev Whether every rule allows that so much of the payment is given back from now on.
    function _mayRefund(address programme, bytes32 id, uint256 total) internal view returns (bool) {
        Ledger storage ledger = _ledgers[programme];
        Seen storage p = ledger.seen[id];
        if (!_isOpen(ledger) || p.merchant == address(0) || p.batch != ledger.shops[p.merchant].batch) return false;
        return total > p.refunded && total <= p.amount && (ledger.voucher == 0 || total % ledger.voucher == 0);
    }

    /// @dev Of a call that was refused: a violation if it should not have been, and else the same refusal.
    function _refused(bool expected, bytes memory reason) internal {
        if (expected) {
            violations += 1;
            return;
        }
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    function _expect(bool condition) internal {
        if (!condition) violations += 1;
    }

    /// @dev A claim or a credit.
    function _allotted(address programme, address account, uint256 amount) internal {
        Ledger storage ledger = _ledgers[programme];
        _expect(_honest && amount != 0 && _isOpen(ledger) && amount <= ledger.sums.unallocated);
        ledger.sums.unallocated -= amount;
        ledger.sums.accounts += amount;
        ledger.accounts[account] += amount;
    }

    /// @dev Reads an event of the programme, unless it is none that all programmes have.
    function _auditSpending(Vm.Log memory log) internal {
        Ledger storage ledger = _ledgers[log.emitter];
        bytes32 topic = log.topics[0];
        address first = log.topics.length > 1 ? address(uint160(uint256(log.topics[1]))) : address(0);
        if (topic == IBudget.Funded.selector) {
            _expect(_honest && !ledger.sums.closed && block.timestamp < ledger.closesAt);
            ledger.sums.unallocated += abi.decode(log.data, (uint64));
        } else if (topic == ISpending.Paid.selector) {
            _auditPayment(ledger, log);
        } else if (topic == ISpending.Refunded.selector) {
            _auditRefund(ledger, log);
        } else if (topic == IBudget.MerchantSettled.selector) {
            (uint16 batch, uint64 amount) = abi.decode(log.data, (uint16, uint64));
            SeenShop storage shop = ledger.shops[first];
            shop.batch += 1;
            _expect(_honest && batch == shop.batch && amount == shop.balance && amount != 0);
            ledger.sums.merchants -= amount;
            shop.balance = 0;
        } else if (topic == IBudget.Closed.selector) {
            uint256 returned = abi.decode(log.data, (uint256));
            _expect(_honest && !ledger.sums.closed && returned == ledger.sums.unallocated + ledger.sums.accounts);
            _expect(block.timestamp >= ledger.closesAt);
            (ledger.sums.unallocated, ledger.sums.accounts, ledger.sums.closed) = (0, 0, true);
        } else if (topic == IBudget.MerchantApproved.selector) {
            _expect(_honest);
            (ledger.shops[first].category, ledger.shops[first].approved) = (abi.decode(log.data, (uint8)), true);
        } else if (topic == IBudget.MerchantSuspended.selector) {
            ledger.shops[first].approved = false;
        } else if (topic == IBudget.Paused.selector) {
            ledger.sums.paused = true;
        } else if (topic == IBudget.Unpaused.selector) {
            ledger.sums.paused = false;
        }
    }

    // ---- payments ----

    function _auditPayment(Ledger storage ledger, Vm.Log memory log) private {
        uint64 amount = abi.decode(log.data, (uint64));
        bytes32 id = log.topics[1];
        (address account, address merchant) =
            (address(uint160(uint256(log.topics[2]))), address(uint160(uint256(log.topics[3]))));
        SeenShop storage shop = ledger.shops[merchant];
        _expect(_honest && _isOpen(ledger) && shop.approved && ledger.seen[id].merchant == address(0));
        _expect(amount != 0 && amount <= ledger.accounts[account] && (ledger.voucher == 0 || amount % ledger.voucher == 0));
        _expect(ledger.paymentLimit == 0 || amount <= ledger.paymentLimit);
        ledger.spentAt[account][merchant] += amount;
        ledger.spentIn[account][shop.category] += amount;
        _expect(ledger.shopLimit == 0 || ledger.spentAt[account][merchant] <= ledger.shopLimit);
        uint256 limit = ledger.categoryLimit[shop.category];
        _expect(limit == 0 || ledger.spentIn[account][shop.category] <= limit);
        ledger.seen[id] = Seen(account, merchant, shop.category, amount, 0, shop.batch);
        ledger.payments.push(id);
        ledger.sums.accounts -= amount;
        ledger.sums.merchants += amount;
        ledger.accounts[account] -= amount;
        shop.balance += amount;
    }

    function _auditRefund(Ledger storage ledger, Vm.Log memory log) private {
        uint64 amount = abi.decode(log.data, (uint64));
        Seen storage p = ledger.seen[log.topics[1]];
        _expect(_honest && _isOpen(ledger) && p.batch == ledger.shops[p.merchant].batch);
        _expect(p.account == address(uint160(uint256(log.topics[2]))));
        _expect(p.merchant == address(uint160(uint256(log.topics[3]))));
        p.refunded += amount;
        _expect(amount != 0 && p.refunded <= p.amount && (ledger.voucher == 0 || p.refunded % ledger.voucher == 0));
        ledger.spentAt[p.account][p.merchant] -= amount;
        ledger.spentIn[p.account][p.category] -= amount;
        ledger.sums.merchants -= amount;
        ledger.sums.accounts += amount;
        ledger.shops[p.merchant].balance -= amount;
        ledger.accounts[p.account] += amount;
    }

    function _isOpen(Ledger storage ledger) private view returns (bool) {
        return !ledger.sums.paused && !ledger.sums.closed && block.timestamp >= ledger.opensAt && block.timestamp < ledger.closesAt;
    }
}
