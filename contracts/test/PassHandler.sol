// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Vm} from "forge-std/Vm.sol";

import {IBudget} from "../src/IBudget.sol";
import {IPass} from "../src/IPass.sol";
import {MunicipalEuro} from "../src/MunicipalEuro.sol";
import {Pass} from "../src/Pass.sol";
import {PassBase, Use} from "./PassBase.sol";

/// @title Citizens, shops, sponsor and thieves at random, and an auditor who sees nothing but the events of a pass
/// @notice Every action may be refused. The auditor counts as a violation whatever the rules do not allow, by what the
/// actors meant and not by what the pass says.
contract PassHandler is PassBase {
    // ---- what the auditor knows ----
    uint256 public unallocated;
    uint256 public allMerchants;
    uint256 public settledTotal;
    uint256 public activated;
    uint256 public violations;
    bool public isClosed;
    bool public isPaused;
    mapping(uint256 shop => uint256) public shopBalance;
    mapping(uint256 offer => uint256) public used;
    mapping(uint256 offer => bool) public withdrawn;
    mapping(bytes32 nullifier => uint256) public claimsOfPseudonym;

    // ---- what the actors meant ----
    bool private _honest = true;
    uint256 private _file;

    modifier audited(bool honest) {
        _honest = honest;
        vm.recordLogs();
        _;
        _audit(vm.getRecordedLogs());
        _honest = true;
    }

    function setUp() public override {
        super.setUp();
        unallocated = BUDGET;
        for (uint256 i = 0; i < uses.length; ++i) {
            _acceptFor(i);
        }
        this.activate(0);
    }

    // ---- actions ----

    function activate(uint256 index) external audited(true) {
        _activate(index % activations.length);
    }

    /// @dev One use in two is tampered with.
    function use(uint256 index, uint8 tampering) external audited(tampering % 12 > 5) {
        Use memory u = uses[index % uses.length];
        tampering %= 12;
        uint256 key = shopKeys[u.shop];
        if (tampering == 0) u.price += 1;
        if (tampering == 1) u.number += 1;
        if (tampering == 2) u.offer = u.offer % 3 + 1;
        if (tampering == 3) u.shop = (u.shop + 1) % 3;
        if (tampering == 4) key = 0xBAD;
        if (tampering == 5) u.proof[400] ^= 0x01;
        bytes memory signature = _signUse(u, key);
        pass.use(u.offer, u.number, passKey, shops[u.shop], u.price, uint32(u.asOf), u.proof, signature);
    }

    function withdraw(uint256 offer, uint8 seed) external audited(true) {
        vm.assume(seed % 8 == 0);
        vm.prank(sponsor);
        pass.withdrawOffer(offer % 3 + 1);
    }

    function settle(uint256 shop) external audited(true) {
        _file += 1;
        vm.prank(settler);
        pass.settle(_one(shops[shop % 3]), bytes32(_file));
    }

    function suspendAndApprove(uint256 shop, bool back) external audited(true) {
        vm.startPrank(sponsor);
        if (back) pass.approveMerchant(shops[shop % 3], shop % 3 == 1 ? TOYS : SPORT);
        else pass.suspendMerchant(shops[shop % 3]);
        vm.stopPrank();
    }

    function pause(uint8 seed) external audited(true) {
        vm.startPrank(sponsor);
        if (seed % 4 == 0) pass.pause();
        else pass.unpause();
        vm.stopPrank();
    }

    function close(uint8 seed) external audited(true) {
        if (seed % 16 == 0) vm.warp(_rules().closesAt);
        vm.prank(sponsor);
        pass.close();
    }

    function warp(uint256 seed) external {
        vm.warp(block.timestamp + seed % 2 hours);
    }

    // ---- the auditor ----

    function thePass() external view returns (Pass) {
        return pass;
    }

    function theEuro() external view returns (MunicipalEuro) {
        return euro;
    }

    function shopAt(uint256 index) external view returns (address) {
        return shops[index];
    }

    function theSponsor() external view returns (address) {
        return sponsor;
    }

    function theDesk() external view returns (address) {
        return desk;
    }

    function nullifierAt(uint256 index) external view returns (bytes32) {
        return index < uses.length ? uses[index].nullifier : activations[index - uses.length].nullifier;
    }

    function nullifiers() external view returns (uint256) {
        return uses.length + activations.length;
    }

    function _audit(Vm.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(pass)) continue;
            bytes32 topic = logs[i].topics[0];
            if (topic == IPass.Activated.selector) _auditActivation(logs[i]);
            if (topic == IPass.OfferUsed.selector) _auditUse(logs[i]);
            if (topic == IPass.OfferWithdrawn.selector) withdrawn[uint256(logs[i].topics[1])] = true;
            if (topic == IBudget.MerchantSettled.selector) _auditSettlement(logs[i]);
            if (topic == IBudget.Paused.selector) isPaused = true;
            if (topic == IBudget.Unpaused.selector) isPaused = false;
            if (topic == IBudget.Closed.selector) {
                _expect(!isClosed && abi.decode(logs[i].data, (uint256)) == unallocated);
                (isClosed, unallocated) = (true, 0);
            }
        }
    }

    function _auditActivation(Vm.Log memory log) private {
        bool known;
        for (uint256 i = 0; i < activations.length; ++i) {
            if (activations[i].nullifier != log.topics[1]) continue;
            if (activations[i].account == _address(log.topics[3])) known = true;
        }
        _expect(_honest && known && !isPaused && !isClosed);
        claimsOfPseudonym[log.topics[1]] += 1;
        activated += 1;
    }

    function _auditUse(Vm.Log memory log) private {
        (uint8 number,, uint64 price, uint64 reduction, uint64 sponsorPart,) =
            abi.decode(log.data, (uint8, bytes32, uint64, uint64, uint64, uint32));
        uint256 offer = uint256(log.topics[2]);
        uint256 shop = 3;
        for (uint256 i = 0; i < uses.length; ++i) {
            Use memory u = uses[i];
            if (u.nullifier != log.topics[1] || u.offer != offer || u.number != number || u.price != price) continue;
            if (shops[u.shop] == _address(log.topics[3])) shop = u.shop;
        }
        _expect(_honest && shop < 3 && !isPaused && !isClosed && !withdrawn[offer]);
        // what the three offers promise, written out once more
        if (offer == SCHOOL) _expect(reduction == 3_000 && sponsorPart == 3_000);
        if (offer == TICKET) _expect(reduction == 950 && sponsorPart == 475);
        uint256 quarter = (uint256(price) * 25 + 50) / 100;
        if (quarter > 1_500) quarter = 1_500;
        if (offer == QUARTER_OFF) _expect(reduction == quarter && sponsorPart == quarter);
        claimsOfPseudonym[log.topics[1]] += 1;
        used[offer] += 1;
        unallocated -= sponsorPart;
        allMerchants += sponsorPart;
        shopBalance[shop] += sponsorPart;
    }

    function _auditSettlement(Vm.Log memory log) private {
        (, uint64 amount) = abi.decode(log.data, (uint16, uint64));
        for (uint256 shop = 0; shop < 3; ++shop) {
            if (shops[shop] != _address(log.topics[1])) continue;
            _expect(amount != 0 && amount == shopBalance[shop]);
            shopBalance[shop] = 0;
        }
        allMerchants -= amount;
        settledTotal += amount;
    }

    function _expect(bool condition) private {
        if (!condition) violations += 1;
    }
}
