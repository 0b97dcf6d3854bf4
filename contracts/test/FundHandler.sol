// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {IFund, Rules} from "../src/IFund.sol";
import {CategoryLimit, PaymentPermit} from "../src/ISpending.sol";
import {IMunicipalEuro} from "../src/IMunicipalEuro.sol";
import {FixtureClaim, FundBase} from "./FundBase.sol";
import {Attempt, Seen, SpendingAuditor} from "./SpendingAuditor.sol";

/// @title Citizens, shops, sponsor and thieves at random, and an auditor who sees nothing but the events
/// @notice Every rule on spending is on. Every action may be refused.
contract FundHandler is FundBase, SpendingAuditor {
    uint32 public constant CAP = 9;
    uint256 private constant VOUCHER = 100;
    uint256 private constant MOST = 6_000;

    // ---- what the auditor knows, beside what SpendingAuditor keeps ----
    uint256 public deposits;
    uint256 public settledTotal;
    uint256 public claimed;
    mapping(address validator => uint256) public claimsBy;
    mapping(bytes32 nullifier => uint256) public claimsOfPseudonym;

    // ---- what the actors meant ----
    uint256 private _deposit;
    uint256 private _file;

    /// @dev Lets the auditor read the events of the action; dishonest actions must leave no event of money.
    modifier audited(bool honest) {
        _honest = honest;
        vm.recordLogs();
        _;
        _audit(vm.getRecordedLogs());
        _honest = true;
    }

    function setUp() public override {
        vm.recordLogs();
        super.setUp();
        vm.getRecordedLogs();
        Rules memory r = _rules();
        r.claimsPerValidator = CAP;
        _unopen();
        (_limits.voucherAmount, _limits.paymentLimit, _limits.shopLimit) = (uint40(VOUCHER), uint40(MOST), 9_000);
        _limits.products = 6;
        _limits.categoryLimits.push(CategoryLimit(SPORT, 12_000));
        _limits.categoryLimits.push(CategoryLimit(TOYS, 10_000));
        vm.recordLogs();
        _open(r);
        _watch(address(fund), _limits, r.opensAt, r.closesAt);
        _claim(0);
        _claim(1);
        _claim(13);
        _audit(vm.getRecordedLogs());
        _deposit = 1;
    }

    // ---- actions ----

    function mint(uint64 amount) external audited(true) {
        _deposit += 1;
        vm.prank(admin);
        euro.mint(sponsor, bound(amount, 1, BUDGET), bytes32(_deposit));
    }

    function topUp(uint64 amount) external audited(true) {
        uint256 has = euro.balanceOf(sponsor);
        vm.assume(has != 0);
        vm.prank(sponsor);
        fund.fund(uint64(bound(amount, 1, has)));
    }

    /// @dev Money that nobody asked for, and deposits minted straight to the fund.
    function stray(uint64 amount, bool minted) external audited(false) {
        amount = uint64(bound(amount, 1, BUDGET));
        vm.prank(minted ? admin : sponsor);
        if (minted) euro.mint(address(fund), amount, keccak256(abi.encode("stray", amount)));
        else euro.transfer(address(fund), amount);
    }

    /// @dev One claim in four goes to somebody else, or with another number of children.
    function claim(uint256 index, uint8 tampering) external audited(tampering % 8 > 1) {
        FixtureClaim memory c = claims[index % claims.length];
        if (tampering % 8 == 0) c.account = relayer;
        if (tampering % 8 == 1) c.disclosed[0] = c.disclosed[0] % 5 + 1;
        if (tampering % 8 == 2) c.key = (c.key + 1) % 3;
        _claim(c);
    }

    function pay(uint256 wallet, uint256 shop, uint64 amount, uint8 nonce, uint8 tampering)
        external
        audited(tampering % 32 > 9)
    {
        wallet = wallet % 3 == 2 ? wallet % WALLETS : (wallet % 3 == 1 ? 13 : 0);
        shop %= 3;
        tampering %= 32;
        PaymentPermit memory permit = _permit(wallet, nonce % 32);
        permit.limit = MOST;
        permit.merchant = nonce % 2 == 0 ? shops[shop] : address(0);
        uint256 price = bound(amount, 1, MOST / VOUCHER) * VOUCHER;
        if (tampering == 0) price = bound(amount, MOST / VOUCHER + 1, type(uint32).max) * VOUCHER;
        if (tampering == 1) permit.deadline = block.timestamp - 1;
        if (tampering == 2) permit.merchant = shops[(shop + 1) % 3];
        if (tampering == 7) price += 1 + amount % (VOUCHER - 1);
        if (tampering == 8) permit.limit = price - 1;
        _product = tampering == 9 ? 3 * (nonce % 200) : 1 + nonce % 2;
        uint256 accountKey = tampering == 3 ? shopKeys[shop] : uint256(claims[wallet].accountKey);
        bytes memory permitSignature = _signPermit(accountKey, permit);
        bytes32 id = keccak256(abi.encode(permit.account, permit.nonce));
        bytes memory chargeSignature =
            _signCharge(tampering == 4 ? accountKey : shopKeys[shop], id, shops[shop], price);
        if (tampering == 5) price = price % MOST + VOUCHER;
        if (tampering == 6) permit.nonce += 1;
        _deliver(permit, permitSignature, shop, price, chargeSignature);
    }

    function refund(uint256 index, uint64 total, uint8 tampering) external audited(tampering % 16 > 3) {
        uint256 count = this.paymentCount(address(fund));
        vm.assume(count != 0);
        (bytes32 id, Seen memory p) = this.paymentAt(address(fund), index % count);
        tampering %= 16;
        uint256 refundedTotal = bound(total, 1, p.amount / VOUCHER) * VOUCHER;
        if (tampering == 0) refundedTotal = p.amount + bound(total, 1, type(uint32).max) * VOUCHER;
        if (tampering == 1) refundedTotal = bound(total, 0, p.refunded / VOUCHER) * VOUCHER;
        if (tampering == 3) refundedTotal -= 1 + total % (VOUCHER - 1);
        bytes memory signature = _signRefund(tampering == 2 ? 0xBAD : _keyOf(p.merchant), id, refundedTotal);
        bool expected = _honest && _mayRefund(address(fund), id, refundedTotal);
        // the nonce is below 34: found by trying
        for (uint256 nonce = 0; nonce < 34; ++nonce) {
            if (keccak256(abi.encode(p.account, nonce)) != id) continue;
            try fund.refund(p.account, nonce, refundedTotal, signature) {}
            catch (bytes memory reason) {
                _refused(expected, reason);
            }
        }
    }

    function settle(uint256 shop, uint8 several, uint8 reused) external audited(reused % 4 != 0 || _file == 0) {
        address[] memory list = new address[](several % 2 == 0 ? 1 : 3);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = shops[(shop % 3 + i) % 3];
        }
        if (reused % 4 != 0 || _file == 0) _file += 1;
        vm.prank(settler);
        fund.settle(list, bytes32(_file));
    }

    function close(address caller) external audited(true) {
        vm.prank(uint160(caller) % 4 == 0 ? caller : sponsor);
        fund.close();
    }

    function approve(uint256 shop, uint8 category) external audited(true) {
        vm.prank(sponsor);
        fund.approveMerchant(shops[shop % 3], category % 2 == 0 ? SPORT : category);
    }

    function suspend(uint256 shop) external audited(true) {
        vm.prank(sponsor);
        fund.suspendMerchant(shops[shop % 3]);
    }

    function pause(uint8 seed) external audited(true) {
        vm.startPrank(sponsor);
        if (seed % 4 == 0) fund.pause();
        else fund.unpause();
        vm.stopPrank();
    }

    function warp(uint256 seed) external {
        Rules memory r = fund.rules();
        // Time never goes back.
        uint256 edge = r.closesAt - 1 + seed % 3;
        vm.warp(seed % 16 == 0 && edge > block.timestamp ? edge : block.timestamp + seed % 6 hours);
    }

    // ---- the auditor ----

    function claimCount() external view returns (uint256) {
        return claims.length;
    }

    function claimAt(uint256 index) external view returns (FixtureClaim memory) {
        return claims[index];
    }

    function theFund() external view returns (IFund) {
        return fund;
    }

    function theEuro() external view returns (IMunicipalEuro) {
        return euro;
    }

    function shopAt(uint256 index) external view returns (address) {
        return shops[index];
    }

    function validatorAt(uint256 index) external view returns (address) {
        return validators[index];
    }

    function theSponsor() external view returns (address) {
        return sponsor;
    }

    function _deliver(
        PaymentPermit memory permit,
        bytes memory permitSignature,
        uint256 shop,
        uint256 price,
        bytes memory chargeSignature
    ) private {
        bool expected = _honest && block.timestamp <= permit.deadline
            && _mayPay(address(fund), Attempt(permit.account, shops[shop], permit.nonce, price, _product));
        try fund.pay(permit, permitSignature, shops[shop], price, _product, chargeSignature) {}
        catch (bytes memory reason) {
            _refused(expected, reason);
        }
    }

    function _audit(Vm.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(euro)) _auditEuro(logs[i]);
            if (logs[i].emitter == address(fund)) _auditFund(logs[i]);
        }
    }

    function _auditEuro(Vm.Log memory log) private {
        bytes32 topic = log.topics[0];
        if (topic == IMunicipalEuro.Deposited.selector) deposits += abi.decode(log.data, (uint256));
        if (topic == IMunicipalEuro.Settled.selector) settledTotal += abi.decode(log.data, (uint256));
    }

    function _auditFund(Vm.Log memory log) private {
        if (log.topics[0] == IFund.Claimed.selector) _auditClaim(log);
        else _auditSpending(log);
    }

    function _auditClaim(Vm.Log memory log) private {
        (uint64 amount, uint32 asOf) = abi.decode(log.data, (uint64, uint32));
        address account = _address(log.topics[3]);
        // the claim of the fixture with this pseudonym and account, under this key
        bool known;
        for (uint256 i = 0; i < claims.length; ++i) {
            FixtureClaim memory c = claims[i];
            if (c.nullifier != log.topics[1] || c.account != account || keyIds[c.key] != log.topics[2]) continue;
            known = c.asOf == asOf && amount == _allotment(i);
            claimsBy[validators[c.key / 2]] += 1;
        }
        uint256 today = block.timestamp / 1 days + 25_567;
        _expect(known && (asOf == today || asOf + 1 == today) && block.timestamp < fund.rules().claimsUntil);
        claimsOfPseudonym[log.topics[1]] += 1;
        claimed += 1;
        _allotted(address(fund), account, amount);
    }

    function _address(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }

    function _keyOf(address shop) private view returns (uint256) {
        for (uint256 i = 0; i < 3; ++i) {
            if (shops[i] == shop) return shopKeys[i];
        }
        return 0xBAD;
    }
}
