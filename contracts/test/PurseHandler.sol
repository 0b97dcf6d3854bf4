// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {IPurse, PurseRules} from "../src/IPurse.sol";
import {CategoryLimit, PaymentPermit, SpendingRules} from "../src/ISpending.sol";
import {IMunicipalEuro} from "../src/IMunicipalEuro.sol";
import {Purse} from "../src/Purse.sol";
import {ProgrammeBase} from "./ProgrammeBase.sol";
import {Attempt, Seen, SpendingAuditor} from "./SpendingAuditor.sol";

/// @title Two purses in successive periods, spent from the same accounts at the same shops
/// @notice Every rule that a purse may have is on, with more limited categories than an account's word counts, and shops
/// that change theirs. The handler is the board, so money reaches accounts without a proof: runs are long.
contract PurseHandler is ProgrammeBase, SpendingAuditor {
    uint256 public constant ACCOUNTS = 3;
    uint256 private constant BUDGET = 10_000_000;
    uint256 private constant MOST = 6_000;
    /// @dev Categories 1 to 6 have a limit, 7 has none.
    uint256 private constant CATEGORIES = 7;

    Purse[2] public purses;
    uint256 public deposits;
    uint256 public settledTotal;
    uint256 private _deposit;
    mapping(Purse purse => uint256) private _files;

    modifier audited(bool honest) {
        _honest = honest;
        vm.recordLogs();
        _;
        _audit(vm.getRecordedLogs());
        _honest = true;
    }

    function setUp() public {
        _prepare("test/fixtures/tasks.json");
        SpendingRules memory spending = SpendingRules(0, uint40(MOST), 9_000, 6, new CategoryLimit[](CATEGORIES - 1));
        for (uint8 i = 0; i < CATEGORIES - 1; ++i) {
            spending.categoryLimits[i] = CategoryLimit(i + 1, 10_000 + i);
        }
        vm.recordLogs();
        for (uint256 i = 0; i < 2; ++i) {
            uint40 opensAt = uint40(noon + i * 40 days);
            PurseRules memory r = PurseRules(opensAt, opensAt + 40 days, 2 * (1 << CATEGORIES) - 2);
            purses[i] = Purse(_create("Purse", abi.encode(r, spending, address(this), euro, sponsor)));
            _watch(address(purses[i]), spending, r.opensAt, r.closesAt);
            _ready(purses[i]);
        }
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            purses[0].credit(vm.addr(keyOf(i)), 60_000);
        }
        _audit(vm.getRecordedLogs());
    }

    // ---- actions: `period` picks the purse, the current one seven times in eight ----

    function fund(uint256 period, uint64 amount) external audited(true) {
        amount = uint64(bound(amount, 1, BUDGET));
        _deposit += 1;
        vm.prank(admin);
        euro.mint(sponsor, amount, bytes32(_deposit));
        vm.prank(sponsor);
        _purse(period).fund(amount);
    }

    function credit(uint256 period, uint256 account, uint64 amount, bool stranger) external audited(!stranger) {
        if (stranger) vm.prank(sponsor);
        _purse(period).credit(vm.addr(keyOf(account % ACCOUNTS)), bound(amount, 1, 20_000));
    }

    /// @dev Six ways to cheat: the other period's signatures, another chain's, another shop, group, amount, or limit.
    function pay(uint256 period, uint256 account, uint256 shop, uint64 amount, uint8 nonce, uint8 tampering)
        external
        audited(tampering % 24 > 5)
    {
        Purse purse = _purse(period);
        tampering %= 24;
        Attempt memory a = Attempt(
            vm.addr(keyOf(account % ACCOUNTS)), shops[shop % 3], nonce % 64, bound(amount, 1, MOST), 1 + nonce % 2
        );
        PaymentPermit memory permit =
            PaymentPermit(a.account, nonce % 2 == 0 ? a.merchant : address(0), MOST, a.nonce, block.timestamp);
        if (tampering == 3) a.product = 3 * (amount % 100);
        if (tampering == 5) permit.limit = a.amount - 1;
        _deliver(purse, permit, a, tampering);
    }

    function refund(uint256 period, uint256 index, uint64 total, uint8 tampering) external audited(tampering % 12 > 2) {
        Purse purse = _purse(period);
        uint256 count = this.paymentCount(address(purse));
        vm.assume(count != 0);
        (bytes32 id, Seen memory p) = this.paymentAt(address(purse), index % count);
        tampering %= 12;
        uint256 refundedTotal = bound(total, 1, p.amount);
        if (tampering == 0) refundedTotal = p.amount + 1;
        if (tampering == 1) refundedTotal = p.refunded;
        address signedFor = address(tampering == 2 ? _other(purse) : purse);
        bytes32 kind = keccak256("Refund(bytes32 payment,uint256 refundedTotal)");
        bytes memory signature =
            _sign(signedFor, _keyOf(p.merchant), keccak256(abi.encode(kind, id, refundedTotal)));
        bool expected = _honest && _mayRefund(address(purse), id, refundedTotal);
        for (uint256 nonce = 0; nonce < 64; ++nonce) {
            if (keccak256(abi.encode(p.account, nonce)) != id) continue;
            try purse.refund(p.account, nonce, refundedTotal, signature) {}
            catch (bytes memory reason) {
                _refused(expected, reason);
            }
        }
    }

    function settle(uint256 period, uint256 shop, bool reused)
        external
        audited(!reused || _files[_purse(period)] == 0)
    {
        Purse purse = _purse(period);
        if (_honest) _files[purse] += 1;
        vm.prank(settler);
        purse.settle(_one(shops[shop % 3]), bytes32(_files[purse]));
    }

    function close(uint256 period) external audited(true) {
        vm.prank(sponsor);
        _purse(period).close();
    }

    function approve(uint256 period, uint256 shop, uint8 category) external audited(true) {
        vm.prank(sponsor);
        _purse(period).approveMerchant(shops[shop % 3], uint8(category % (CATEGORIES + 2)));
    }

    function suspend(uint256 period, uint256 shop, uint8 seed) external audited(true) {
        vm.assume(seed % 3 == 0);
        vm.prank(sponsor);
        _purse(period).suspendMerchant(shops[shop % 3]);
    }

    function pause(uint256 period, uint8 seed) external audited(true) {
        vm.startPrank(sponsor);
        if (seed % 8 == 0) _purse(period).pause();
        else _purse(period).unpause();
        vm.stopPrank();
    }

    /// @dev Hours, and now and then to an edge of a period or beside it.
    function warp(uint256 seed) external {
        uint256 edge = noon + (1 + seed / 8 % 2) * 40 days - 1 + seed % 3;
        vm.warp(seed % 8 == 0 && edge > block.timestamp ? edge : block.timestamp + seed % 12 hours);
    }

    // ---- the auditor ----

    function theEuro() external view returns (IMunicipalEuro) {
        return euro;
    }

    function theSponsor() external view returns (address) {
        return sponsor;
    }

    function allShops() external view returns (address[] memory list) {
        list = new address[](3);
        (list[0], list[1], list[2]) = (shops[0], shops[1], shops[2]);
    }

    function allAccounts() external pure returns (address[] memory list) {
        list = new address[](ACCOUNTS);
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            list[i] = vm.addr(keyOf(i));
        }
    }

    function keyOf(uint256 account) public pure returns (uint256) {
        return uint256(keccak256(abi.encode("account", account)));
    }

    function _audit(Vm.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (logs[i].emitter == address(euro)) {
                if (topic == IMunicipalEuro.Deposited.selector) deposits += abi.decode(logs[i].data, (uint256));
                if (topic == IMunicipalEuro.Settled.selector) settledTotal += abi.decode(logs[i].data, (uint256));
            } else if (topic == IPurse.Credited.selector) {
                _allotted(logs[i].emitter, _address(logs[i].topics[1]), abi.decode(logs[i].data, (uint64)));
            } else {
                _auditSpending(logs[i]);
            }
        }
    }

    // ---- steps ----

    function _purse(uint256 period) private view returns (Purse) {
        bool isFirst = block.timestamp < noon + 40 days;
        return purses[isFirst == (period % 8 != 0) ? 0 : 1];
    }

    function _other(Purse purse) private view returns (Purse) {
        return purses[purse == purses[0] ? 1 : 0];
    }

    function _ready(Purse purse) private {
        _deposit += 1;
        vm.startPrank(admin);
        euro.grantRole(euro.SETTLER_ROLE(), address(purse));
        euro.mint(sponsor, BUDGET, bytes32(_deposit));
        vm.stopPrank();
        vm.startPrank(sponsor);
        euro.approve(address(purse), type(uint256).max);
        purse.fund(uint64(BUDGET));
        purse.grantRole(purse.SETTLER_ROLE(), settler);
        for (uint8 i = 0; i < 3; ++i) {
            purse.approveMerchant(shops[i], i == 2 ? 6 : 1);
        }
        vm.stopPrank();
    }

    /// @dev What is tampered with 2 and 4 is sent in another way than it was signed.
    function _deliver(Purse purse, PaymentPermit memory permit, Attempt memory a, uint8 tampering) private {
        (bytes memory byAccount, bytes memory byShop) = _signed(tampering, purse, permit, a);
        if (tampering == 2) a.merchant = a.merchant == shops[0] ? shops[1] : shops[0];
        if (tampering == 4) a.amount += 1;
        bool expected = _honest && _mayPay(address(purse), a);
        try purse.pay(permit, byAccount, a.merchant, a.amount, a.product, byShop) {}
        catch (bytes memory reason) {
            _refused(expected, reason);
        }
    }

    /// @dev By the account and by the shop; what is tampered with 0 and 1 is signed for somewhere else.
    function _signed(uint8 tampering, Purse purse, PaymentPermit memory permit, Attempt memory a)
        private
        returns (bytes memory byAccount, bytes memory byShop)
    {
        if (tampering == 0) purse = _other(purse);
        uint256 here = block.chainid;
        if (tampering == 1) vm.chainId(here + 1);
        bytes32 kind =
            keccak256("PaymentPermit(address account,address merchant,uint256 limit,uint256 nonce,uint256 deadline)");
        bytes32 permitHash = keccak256(
            abi.encode(kind, permit.account, permit.merchant, permit.limit, permit.nonce, permit.deadline)
        );
        byAccount = _sign(address(purse), _keyOf(a.account), permitHash);
        kind = keccak256("Charge(bytes32 payment,address merchant,uint256 amount,uint256 product)");
        bytes32 id = keccak256(abi.encode(a.account, a.nonce));
        byShop = _sign(address(purse), _keyOf(a.merchant), keccak256(abi.encode(kind, id, a.merchant, a.amount, a.product)));
        vm.chainId(here);
    }

    function _keyOf(address who) private view returns (uint256) {
        for (uint256 i = 0; i < 3; ++i) {
            if (shops[i] == who) return shopKeys[i];
            if (vm.addr(keyOf(i)) == who) return keyOf(i);
        }
        return 0xBAD;
    }
}
