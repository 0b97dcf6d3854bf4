// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Budget} from "../src/Budget.sol";
import {IMunicipalEuro} from "../src/IMunicipalEuro.sol";
import {CategoryLimit, PaymentPermit, SpendingRules} from "../src/ISpending.sol";
import {MunicipalEuro} from "../src/MunicipalEuro.sol";
import {PaymentMessages} from "../src/PaymentMessages.sol";
import {Spending} from "../src/Spending.sol";
import {SVM, VM} from "./Cheats.sol";

/// @notice `Spending` as programmes inherit it; added is only a view of the digests that people sign.
contract SpendingAlone is Spending {
    constructor(SpendingRules memory spending, IMunicipalEuro euro_, uint256 opensAt, uint256 closesAt)
        Budget(euro_, msg.sender, opensAt, closesAt, type(uint256).max)
        Spending(spending, type(uint256).max)
    {}

    function digest(bytes32 structHash) external view returns (bytes32) {
        return _hashTypedDataV4(structHash);
    }
}

/// @notice How the programme was opened, and when the payment comes.
/// @dev The limit of a category is kept with each shop, so it is part of the state, which is any.
struct World {
    uint40 voucherAmount;
    uint40 paymentLimit;
    uint40 shopLimit;
    uint256 products;
    uint256 opensAt;
    uint256 closesAt;
    uint256 timestamp;
}

struct Signature {
    bytes32 r;
    bytes32 s;
    uint8 v;
}

struct Sale {
    PaymentPermit permit;
    Signature byAccount;
    address merchant;
    uint256 amount;
    uint256 product;
    Signature byShop;
}

/// @notice Anybody and anything that has no part in the payment.
struct Others {
    address account;
    address merchant;
    bytes32 payment;
}

struct Shop {
    uint8 category;
    bool approved;
    uint64 balance;
    uint16 batch;
}

struct Payment {
    address merchant;
    uint40 amount;
    uint40 refunded;
    uint16 batch;
}

struct Seen {
    uint64 unallocated;
    uint64 accounts;
    uint64 merchants;
    bool paused;
    bool closed;
    uint64 account;
    uint64 otherAccount;
    Shop shop;
    Shop otherShop;
    Payment payment;
    Payment otherPayment;
}

/// @title What holds for every payment, whatever the rules, the state, the hour and the arguments
/// @notice halmos calls each `check_...` with symbols for all arguments and for all of the programme's storage, and proves
/// every `assert` for all their values at once. A payment that reverts changes nothing, so it refutes nothing; a check
/// all of whose payments revert fails. `ecrecover` may be any function of its arguments: nothing rests on its curve.
contract PayProof {
    MunicipalEuro private _euro;
    SpendingAlone private _spending;

    /// @dev The account loses the amount, the shop gains it, and the books say so.
    function check_theShopGainsWhatTheAccountLoses(World calldata world, Sale calldata sale, Others calldata others) external {
        _open(world);
        Seen memory before = _see(sale, others);
        _pay(sale);
        Seen memory later = _see(sale, others);
        assert(before.account - later.account == sale.amount);
        assert(later.shop.balance - before.shop.balance == sale.amount);
        assert(before.accounts - later.accounts == sale.amount);
        assert(later.merchants - before.merchants == sale.amount);
        assert(later.payment.merchant == sale.merchant && later.payment.amount == sale.amount);
        assert(later.payment.refunded == 0 && later.payment.batch == before.shop.batch);
    }

    /// @dev Nothing else changes, for nobody.
    function check_nothingElseMoves(World calldata world, Sale calldata sale, Others calldata others) external {
        VM.assume(others.account != sale.permit.account && others.merchant != sale.merchant);
        VM.assume(others.payment != PaymentMessages.paymentId(sale.permit.account, sale.permit.nonce));
        _open(world);
        Seen memory before = _see(sale, others);
        _pay(sale);
        Seen memory later = _see(sale, others);
        assert(before.unallocated == later.unallocated);
        assert(before.paused == later.paused && before.closed == later.closed);
        assert(before.otherAccount == later.otherAccount);
        assert(_isSame(before.otherShop, later.otherShop));
        assert(_isSame(before.otherPayment, later.otherPayment));
        assert(before.shop.category == later.shop.category && before.shop.batch == later.shop.batch);
        assert(later.shop.approved);
        assert(_euro.balanceOf(address(_spending)) == 0);
    }

    /// @dev Only within the permit, the rules and the period, to an approved shop, once.
    function check_onlyWithinTheRules(World calldata world, Sale calldata sale, Others calldata others) external {
        _open(world);
        Seen memory before = _see(sale, others);
        _pay(sale);
        assert(!before.paused && before.shop.approved);
        assert(world.opensAt <= world.timestamp && world.timestamp < world.closesAt);
        assert(world.timestamp <= sale.permit.deadline);
        assert(sale.permit.merchant == address(0) || sale.permit.merchant == sale.merchant);
        assert(before.payment.merchant == address(0));
        assert(0 < sale.amount && sale.amount <= sale.permit.limit && sale.amount <= before.account);
        assert(world.paymentLimit == 0 || sale.amount <= world.paymentLimit);
        assert(world.shopLimit == 0 || sale.amount <= world.shopLimit);
        assert(world.voucherAmount == 0 || sale.amount % world.voucherAmount == 0);
        if (world.products == 0) assert(sale.product == 0);
        else assert(sale.product < 256 && (world.products >> sale.product) & 1 == 1);
    }

    /// @dev Both signatures are over this payment, and are those of the account and of the shop.
    function check_onlySignedByBoth(World calldata world, Sale calldata sale) external {
        _open(world);
        _pay(sale);
        bytes32 id = PaymentMessages.paymentId(sale.permit.account, sale.permit.nonce);
        bytes32 permit = PaymentMessages.hashPermit(sale.permit);
        bytes32 charge = PaymentMessages.hashCharge(id, sale.merchant, sale.amount, sale.product);
        assert(_signer(permit, sale.byAccount) == sale.permit.account);
        assert(_signer(charge, sale.byShop) == sale.merchant);
        assert(sale.permit.account != address(0) && sale.merchant != address(0));
    }

    /// @dev A permit is used up by its first payment, whatever else is charged, at whichever shop.
    function check_aPermitPaysOnce(World calldata world, Sale calldata sale, Sale calldata again) external {
        VM.assume(again.permit.account == sale.permit.account && again.permit.nonce == sale.permit.nonce);
        _open(world);
        _pay(sale);
        // Any outcome is looked at, so this is no call that a revert may end.
        // solhint-disable-next-line avoid-low-level-calls
        (bool done,) = address(_spending).call(_call(again));
        assert(!done);
    }

    /// @dev What an account spends at one shop adds up to no more than the limit.
    function check_twoPaymentsStayWithinTheShopsLimit(World calldata world, Sale calldata one, Sale calldata two) external {
        VM.assume(world.shopLimit != 0);
        VM.assume(one.permit.account == two.permit.account && one.merchant == two.merchant);
        _open(world);
        _pay(one);
        _pay(two);
        assert(one.amount + two.amount <= world.shopLimit);
    }

    // ---- steps ----

    /// @dev The programme with these rules, in any state that it could have and many that it could not.
    function _open(World calldata world) private {
        _euro = new MunicipalEuro(address(this));
        _spending = new SpendingAlone(
            SpendingRules(world.voucherAmount, world.paymentLimit, world.shopLimit, world.products, new CategoryLimit[](0)),
            _euro,
            world.opensAt,
            world.closesAt
        );
        SVM.enableSymbolicStorage(address(_spending));
        VM.warp(world.timestamp);
        // `close` works from `closesAt` on only, and the view of an account says 0 afterwards.
        (,,,, bool closed) = _spending.books();
        VM.assume(!closed);
    }

    function _pay(Sale calldata sale) private {
        _spending.pay(
            sale.permit, _octets(sale.byAccount), sale.merchant, sale.amount, sale.product, _octets(sale.byShop)
        );
    }

    function _call(Sale calldata sale) private view returns (bytes memory) {
        return abi.encodeCall(
            _spending.pay,
            (sale.permit, _octets(sale.byAccount), sale.merchant, sale.amount, sale.product, _octets(sale.byShop))
        );
    }

    function _see(Sale calldata sale, Others calldata others) private view returns (Seen memory seen) {
        (seen.unallocated, seen.accounts, seen.merchants, seen.paused, seen.closed) = _spending.books();
        seen.account = _spending.accountOf(sale.permit.account);
        seen.otherAccount = _spending.accountOf(others.account);
        seen.shop = _shop(sale.merchant);
        seen.otherShop = _shop(others.merchant);
        seen.payment = _payment(PaymentMessages.paymentId(sale.permit.account, sale.permit.nonce));
        seen.otherPayment = _payment(others.payment);
    }

    function _shop(address merchant) private view returns (Shop memory shop) {
        (shop.category, shop.approved, shop.balance, shop.batch) = _spending.merchantOf(merchant);
    }

    function _payment(bytes32 id) private view returns (Payment memory payment) {
        (payment.merchant, payment.amount, payment.refunded, payment.batch) = _spending.payment(id);
    }

    function _isSame(Shop memory one, Shop memory two) private pure returns (bool) {
        return one.category == two.category && one.approved == two.approved && one.balance == two.balance
            && one.batch == two.batch;
    }

    function _isSame(Payment memory one, Payment memory two) private pure returns (bool) {
        return one.merchant == two.merchant && one.amount == two.amount && one.refunded == two.refunded
            && one.batch == two.batch;
    }

    function _octets(Signature calldata signature) private pure returns (bytes memory) {
        return abi.encodePacked(signature.r, signature.s, signature.v);
    }

    function _signer(bytes32 structHash, Signature calldata by) private view returns (address) {
        return ecrecover(_spending.digest(structHash), by.v, by.r, by.s);
    }
}
