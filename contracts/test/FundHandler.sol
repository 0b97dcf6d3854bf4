// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {IBudget} from "../src/IBudget.sol";
import {IFund, Rules} from "../src/IFund.sol";
import {CategoryLimit, ISpending, PaymentPermit} from "../src/ISpending.sol";
import {IMunicipalEuro} from "../src/IMunicipalEuro.sol";
import {FixtureClaim, FundBase} from "./FundBase.sol";

/// @title Citizens, shops, sponsor and thieves at random, and an auditor who sees nothing but the events
/// @notice Every action may be refused. The auditor rebuilds the ledger from the events, and counts as a violation
/// whatever the rules do not allow, by what the actors meant and not by what the fund says.
contract FundHandler is FundBase {
    uint32 public constant CAP = 9;
    uint40 private constant SHOP_LIMIT = 9_000;
    uint40 private constant SPORT_LIMIT = 12_000;

    /// @dev A payment as the events tell it.
    struct Seen {
        address account;
        address merchant;
        uint256 amount;
        uint256 refunded;
        uint256 batch;
    }

    // ---- what the auditor knows ----
    uint256 public deposits;
    uint256 public settledTotal;
    uint256 public unallocated;
    uint256 public allAccounts;
    uint256 public allMerchants;
    bool public isClosed;
    uint256 public claimed;
    uint256 public violations;
    bytes32[] public payments;
    mapping(address account => uint256) public accountBalance;
    mapping(address shop => uint256) public shopBalance;
    mapping(address shop => uint256) public shopBatch;
    mapping(address shop => bool) public shopApproved;
    mapping(address validator => uint256) public claimsBy;
    mapping(bytes32 nullifier => uint256) public claimsOfPseudonym;
    mapping(bytes32 id => Seen) private _seen;
    mapping(address shop => uint8) private _category;
    mapping(address account => mapping(address shop => uint256)) private _spentAt;
    mapping(address account => mapping(uint8 category => uint256)) private _spentIn;
    bool private _pausedSeen;

    // ---- what the actors meant ----
    uint256 private _deposit;
    uint256 private _file;
    /// @dev Whether the action under way is one that the rules allow, as far as the actor knows.
    bool private _honest = true;

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
        (_limits.paymentLimit, _limits.shopLimit) = (6_000, SHOP_LIMIT);
        _limits.categoryLimits.push(CategoryLimit(SPORT, SPORT_LIMIT));
        vm.recordLogs();
        _open(r);
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
        audited(tampering % 16 > 6)
    {
        wallet = wallet % 3 == 2 ? wallet % WALLETS : (wallet % 3 == 1 ? 13 : 0);
        shop %= 3;
        tampering %= 16;
        PaymentPermit memory permit = _permit(wallet, nonce % 32);
        permit.limit = 6_000;
        permit.merchant = nonce % 2 == 0 ? shops[shop] : address(0);
        uint256 price = bound(amount, 1, 6_000);
        if (tampering == 0) price = bound(amount, 6_001, type(uint64).max);
        if (tampering == 1) permit.deadline = block.timestamp - 1;
        if (tampering == 2) permit.merchant = shops[(shop + 1) % 3];
        uint256 accountKey = tampering == 3 ? shopKeys[shop] : uint256(claims[wallet].accountKey);
        bytes memory permitSignature = _signPermit(accountKey, permit);
        bytes32 id = keccak256(abi.encode(permit.account, permit.nonce));
        bytes memory chargeSignature =
            _signCharge(tampering == 4 ? accountKey : shopKeys[shop], id, shops[shop], price);
        if (tampering == 5) price = price % 6_000 + 1;
        if (tampering == 6) permit.nonce += 1;
        fund.pay(permit, permitSignature, shops[shop], price, 0, chargeSignature);
    }

    function refund(uint256 index, uint64 total, uint8 tampering) external audited(tampering % 8 > 2) {
        vm.assume(payments.length != 0);
        bytes32 id = payments[index % payments.length];
        Seen memory p = _seen[id];
        tampering %= 8;
        uint256 refundedTotal = bound(total, 1, p.amount);
        if (tampering == 0) refundedTotal = p.amount + bound(total, 1, type(uint64).max);
        if (tampering == 1) refundedTotal = bound(total, 0, p.refunded);
        bytes memory signature = _signRefund(tampering == 2 ? 0xBAD : _keyOf(p.merchant), id, refundedTotal);
        // the nonce is below 34: found by trying
        for (uint256 nonce = 0; nonce < 34; ++nonce) {
            if (keccak256(abi.encode(p.account, nonce)) == id) {
                fund.refund(p.account, nonce, refundedTotal, signature);
                return;
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

    function paymentCount() external view returns (uint256) {
        return payments.length;
    }

    function seen(bytes32 id) external view returns (Seen memory) {
        return _seen[id];
    }

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
        bytes32 topic = log.topics[0];
        if (topic == IBudget.Funded.selector) {
            unallocated += abi.decode(log.data, (uint64));
            _expect(_honest && !isClosed);
        } else if (topic == IFund.Claimed.selector) {
            _auditClaim(log);
        } else if (topic == ISpending.Paid.selector) {
            _auditPayment(log);
        } else if (topic == ISpending.Refunded.selector) {
            _auditRefund(log);
        } else if (topic == IBudget.MerchantSettled.selector) {
            _auditSettlement(log);
        } else if (topic == IBudget.Closed.selector) {
            uint256 returned = abi.decode(log.data, (uint256));
            _expect(_honest && !isClosed && returned == unallocated + allAccounts);
            _expect(block.timestamp >= fund.rules().closesAt);
            (unallocated, allAccounts, isClosed) = (0, 0, true);
        } else if (topic == IBudget.MerchantApproved.selector) {
            uint8 category = abi.decode(log.data, (uint8));
            _expect(category == SPORT || category == TOYS);
            _category[_address(log.topics[1])] = category;
            shopApproved[_address(log.topics[1])] = true;
        } else if (topic == IBudget.MerchantSuspended.selector) {
            shopApproved[_address(log.topics[1])] = false;
        } else if (topic == IBudget.Paused.selector) {
            _pausedSeen = true;
        } else if (topic == IBudget.Unpaused.selector) {
            _pausedSeen = false;
        }
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
        _expect(_honest && known && !_pausedSeen && (asOf == today || asOf + 1 == today));
        _expect(block.timestamp >= fund.rules().opensAt && block.timestamp < fund.rules().claimsUntil);
        claimsOfPseudonym[log.topics[1]] += 1;
        claimed += 1;
        unallocated -= amount;
        allAccounts += amount;
        accountBalance[account] += amount;
    }

    function _auditPayment(Vm.Log memory log) private {
        uint64 amount = abi.decode(log.data, (uint64));
        bytes32 id = log.topics[1];
        (address account, address merchant) = (_address(log.topics[2]), _address(log.topics[3]));
        _expect(_honest && !_pausedSeen && !isClosed && shopApproved[merchant] && _seen[id].merchant == address(0));
        _expect(amount != 0 && amount <= 6_000 && amount <= accountBalance[account]);
        _expect(block.timestamp >= fund.rules().opensAt && block.timestamp < fund.rules().closesAt);
        _spentAt[account][merchant] += amount;
        _spentIn[account][_category[merchant]] += amount;
        _expect(_spentAt[account][merchant] <= SHOP_LIMIT && _spentIn[account][SPORT] <= SPORT_LIMIT);
        _seen[id] = Seen(account, merchant, amount, 0, shopBatch[merchant]);
        payments.push(id);
        allAccounts -= amount;
        allMerchants += amount;
        accountBalance[account] -= amount;
        shopBalance[merchant] += amount;
    }

    function _auditRefund(Vm.Log memory log) private {
        uint64 amount = abi.decode(log.data, (uint64));
        Seen storage p = _seen[log.topics[1]];
        _expect(_honest && !_pausedSeen && !isClosed && p.batch == shopBatch[p.merchant]);
        _expect(p.account == _address(log.topics[2]) && p.merchant == _address(log.topics[3]));
        p.refunded += amount;
        _expect(amount != 0 && p.refunded <= p.amount);
        _spentAt[p.account][p.merchant] -= amount;
        _spentIn[p.account][_category[p.merchant]] -= amount;
        allMerchants -= amount;
        allAccounts += amount;
        shopBalance[p.merchant] -= amount;
        accountBalance[p.account] += amount;
    }

    function _auditSettlement(Vm.Log memory log) private {
        (uint16 batch, uint64 amount) = abi.decode(log.data, (uint16, uint64));
        address merchant = _address(log.topics[1]);
        shopBatch[merchant] += 1;
        _expect(_honest && batch == shopBatch[merchant] && amount == shopBalance[merchant] && amount != 0);
        shopBalance[merchant] = 0;
        allMerchants -= amount;
    }

    function _expect(bool condition) private {
        if (!condition) violations += 1;
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
