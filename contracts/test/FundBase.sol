// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Fund} from "../src/Fund.sol";
import {Rules} from "../src/IFund.sol";
import {PaymentPermit, SpendingRules} from "../src/ISpending.sol";
import {MunicipalEuro} from "../src/MunicipalEuro.sol";
import {TrustRegistry} from "../src/TrustRegistry.sol";
import {ClaimTerms} from "../src/claim/ClaimTerms.sol";
import {Deployed} from "./Deployed.sol";

/// @dev The fields of a claim in fixtures/claims.json, in the order in which forge decodes them.
struct FixtureClaim {
    address account;
    bytes32 accountKey;
    uint256 asOf;
    uint256[] disclosed;
    uint256 key;
    bytes32 nullifier;
    bytes proof;
}

/// @title A fund with real claims
/// @notice Two validators, three keys, three shops, and the claims of fixtures/claims.json
/// (tests/contracts/make_fund_fixture.py), which are bound to the address of the first contract of `deployer`; the
/// proofs of possession to that of `registryDeployer`.
abstract contract FundBase is Deployed {
    uint8 internal constant SPORT = 1;
    uint8 internal constant TOYS = 200;
    uint8 internal constant LIQUOR = 7;
    uint64 internal constant BASE = 500;
    uint64 internal constant PER_CHILD = 15_000;
    uint64 internal constant BUDGET = 1_000_000;
    /// @dev Claims of the first day: one for each wallet.
    uint256 internal constant WALLETS = 16;
    uint256 internal constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    string internal json;
    FixtureClaim[] internal claims;
    address internal deployer;
    address internal registryDeployer;
    address internal admin = makeAddr("admin");
    address internal sponsor = makeAddr("sponsor");
    address internal settler = makeAddr("settler");
    address internal relayer = makeAddr("relayer");
    address[2] internal validators = [makeAddr("desk"), makeAddr("agency")];
    uint256[3] internal shopKeys = [uint256(0x5401), 0x5402, 0x5403];
    address[3] internal shops;
    bytes32[3] internal keyIds;
    uint256 internal noon;

    TrustRegistry internal registry;
    MunicipalEuro internal euro;
    Fund internal fund;
    SpendingRules internal _limits;
    /// @dev The product group of charges: none, unless a test sets one.
    uint256 internal _product;
    uint256 private _beforeFund;

    function setUp() public virtual {
        json = vm.readFile("test/fixtures/claims.json");
        FixtureClaim[] memory parsed = abi.decode(vm.parseJson(json, ".claims"), (FixtureClaim[]));
        for (uint256 i = 0; i < parsed.length; ++i) {
            claims.push(parsed[i]);
        }
        deployer = vm.parseJsonAddress(json, ".deployer");
        noon = (vm.parseJsonUint(json, ".today") - 25_567) * 1 days + 12 hours;
        vm.warp(noon);
        registryDeployer = vm.parseJsonAddress(json, ".registryDeployer");
        vm.startPrank(registryDeployer);
        registry = TrustRegistry(_create("TrustRegistry", abi.encode(admin)));
        vm.stopPrank();
        assertEq(address(registry), vm.parseJsonAddress(json, ".registry"));
        euro = MunicipalEuro(_create("MunicipalEuro", abi.encode(admin)));
        vm.startPrank(admin);
        registry.grantRole(registry.REGISTRAR_ROLE(), admin);
        euro.grantRole(euro.MINTER_ROLE(), admin);
        bytes32 typeId = registry.registerType(vm.parseJsonBytes(json, ".header"));
        registry.admit(validators[0], typeId);
        registry.admit(validators[1], typeId);
        vm.stopPrank();
        bytes[] memory publicKeys = vm.parseJsonBytesArray(json, ".publicKeys");
        bytes[] memory possessions = vm.parseJsonBytesArray(json, ".possessions");
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(validators[i / 2]);
            keyIds[i] = registry.addKey(
                typeId, publicKeys[i], uint40(noon - 30 days), uint40(noon + 300 days), possessions[i]
            );
            shops[i] = vm.addr(shopKeys[i]);
        }
        _beforeFund = vm.snapshotState();
        _open(_rules());
    }

    // ---- opening ----

    function _rules() internal view returns (Rules memory r) {
        r.rulebook = vm.parseJsonBytes32(json, ".rulebook");
        r.period = uint64(vm.parseJsonUint(json, ".period"));
        r.opensAt = uint40(noon - 10 days);
        r.claimsUntil = uint40(noon + 20 days);
        r.closesAt = uint40(noon + 40 days);
        r.baseAmount = BASE;
        r.unitAmount = PER_CHILD;
        r.unit = 0;
        r.minUnits = 1;
        r.maxUnits = 5;
        r.claimsPerValidator = 100;
        r.categories = (1 << SPORT) | (1 << TOYS);
        r.validators = new address[](2);
        r.validators[0] = validators[0];
        r.validators[1] = validators[1];
        r.terms = abi.decode(vm.parseJsonBytes(json, ".terms"), (ClaimTerms));
    }

    /// @dev The limits on spending to open with: none, unless a test sets them.
    function _spending() internal view returns (SpendingRules memory) {
        return _limits;
    }

    /// @dev Deploys the fund alone: no money, no keys, no shops.
    function _deploy(Rules memory rules) internal {
        vm.startPrank(deployer);
        fund = _create(rules, sponsor);
        vm.stopPrank();
    }

    function _create(Rules memory rules, address sponsor_) internal returns (Fund) {
        return Fund(_create("Fund", _arguments(rules, sponsor_)));
    }

    function _arguments(Rules memory rules, address sponsor_) internal view returns (bytes memory) {
        return abi.encode(rules, _spending(), registry, euro, sponsor_);
    }

    /// @dev Deploys the fund and makes everything ready for claims and payments.
    function _open(Rules memory rules) internal {
        _deploy(rules);
        assertEq(address(fund), vm.parseJsonAddress(json, ".fund"));
        vm.startPrank(admin);
        euro.grantRole(euro.SETTLER_ROLE(), address(fund));
        euro.mint(sponsor, BUDGET, "deposit 1");
        vm.stopPrank();
        vm.startPrank(sponsor);
        euro.approve(address(fund), type(uint256).max);
        fund.fund(BUDGET);
        fund.grantRole(fund.SETTLER_ROLE(), settler);
        fund.approveMerchant(shops[0], SPORT);
        fund.approveMerchant(shops[1], TOYS);
        fund.approveMerchant(shops[2], SPORT);
        vm.stopPrank();
        for (uint256 i = 0; i < 3; ++i) {
            fund.accept(keyIds[i]);
        }
    }

    /// @dev The same fund at the same address with other rules, as if the first had never been.
    function _reopen(Rules memory rules) internal {
        // with the limits as they are: going back takes this contract's own storage with it
        SpendingRules memory kept = _spending();
        _unopen();
        (_limits.voucherAmount, _limits.paymentLimit, _limits.shopLimit) =
            (kept.voucherAmount, kept.paymentLimit, kept.shopLimit);
        _limits.products = kept.products;
        for (uint256 i = 0; i < kept.categoryLimits.length; ++i) {
            _limits.categoryLimits.push(kept.categoryLimits[i]);
        }
        _open(rules);
    }

    /// @dev The state before the fund was deployed.
    function _unopen() internal {
        assertTrue(vm.revertToState(_beforeFund));
    }

    // ---- acting ----

    function _claim(uint256 index) internal {
        _claim(claims[index]);
    }

    function _claim(FixtureClaim memory c) internal {
        vm.prank(relayer);
        fund.claim(keyIds[c.key], c.account, uint32(c.asOf), c.disclosed, c.proof);
    }

    function _allotment(uint256 index) internal view returns (uint64) {
        return BASE + PER_CHILD * uint64(claims[index].disclosed[0]);
    }

    function _permit(uint256 wallet, uint256 nonce) internal view returns (PaymentPermit memory) {
        return PaymentPermit(claims[wallet].account, address(0), 100_000, nonce, noon + 39 days);
    }

    /// @dev Claims for the wallet and pays `amount` to a shop with everything in order.
    function _pay(uint256 wallet, uint256 shop, uint256 amount, uint256 nonce) internal returns (bytes32 id) {
        PaymentPermit memory permit = _permit(wallet, nonce);
        id = keccak256(abi.encode(permit.account, nonce));
        bytes memory permitSignature = _signPermit(uint256(claims[wallet].accountKey), permit);
        bytes memory chargeSignature = _signCharge(shopKeys[shop], id, shops[shop], amount);
        vm.prank(relayer);
        fund.pay(permit, permitSignature, shops[shop], amount, _product, chargeSignature);
    }

    function _refund(uint256 wallet, uint256 nonce, uint256 total, uint256 shop) internal {
        address account = claims[wallet].account;
        bytes memory signature = _signRefund(shopKeys[shop], keccak256(abi.encode(account, nonce)), total);
        vm.prank(relayer);
        fund.refund(account, nonce, total, signature);
    }

    function _settle(uint256 shop, bytes32 settlementReference) internal {
        vm.prank(settler);
        fund.settle(_one(shops[shop]), settlementReference);
    }

    function _one(address item) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = item;
    }

    // ---- signing: the typed data of ISpending, written out once more ----

    function _digest(address verifyingContract, uint256 chainId, bytes32 structHash) internal pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stuiver"),
                keccak256("1"),
                chainId,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _sign(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(address(fund), block.chainid, structHash));
        return abi.encodePacked(r, s, v);
    }

    function _hashPermit(PaymentPermit memory p) internal pure returns (bytes32) {
        bytes32 kind =
            keccak256("PaymentPermit(address account,address merchant,uint256 limit,uint256 nonce,uint256 deadline)");
        return keccak256(abi.encode(kind, p.account, p.merchant, p.limit, p.nonce, p.deadline));
    }

    function _hashCharge(bytes32 payment, address merchant, uint256 amount) internal view returns (bytes32) {
        bytes32 kind = keccak256("Charge(bytes32 payment,address merchant,uint256 amount,uint256 product)");
        return keccak256(abi.encode(kind, payment, merchant, amount, _product));
    }

    function _hashRefund(bytes32 payment, uint256 total) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Refund(bytes32 payment,uint256 refundedTotal)"), payment, total));
    }

    function _signPermit(uint256 key, PaymentPermit memory permit) internal view returns (bytes memory) {
        return _sign(key, _hashPermit(permit));
    }

    function _signCharge(uint256 key, bytes32 payment, address merchant, uint256 amount)
        internal
        view
        returns (bytes memory)
    {
        return _sign(key, _hashCharge(payment, merchant, amount));
    }

    function _signRefund(uint256 key, bytes32 payment, uint256 total) internal view returns (bytes memory) {
        return _sign(key, _hashRefund(payment, total));
    }

    /// @dev The other signature of the same message: s in the upper half.
    function _malleate(bytes memory signature) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = abi.decode(bytes.concat(signature, new bytes(31)), (bytes32, bytes32));
        uint8 v = uint8(signature[64]) == 27 ? 28 : 27;
        return abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v);
    }

    /// @dev An address that holds nothing and plays no role here.
    function _assumeStranger(address who) internal view {
        vm.assume(who != address(0) && who != sponsor && who != settler && who != admin && who != address(fund));
        vm.assume(who != validators[0] && who != validators[1]);
        for (uint256 i = 0; i < 3; ++i) {
            vm.assume(who != shops[i]);
        }
    }

    function _assertBooks(uint256 unallocated, uint256 accounts, uint256 merchants) internal view {
        (uint64 u, uint64 a, uint64 m,,) = fund.books();
        assertEq(u, unallocated, "unallocated");
        assertEq(a, accounts, "accounts");
        assertEq(m, merchants, "merchants");
        assertEq(euro.balanceOf(address(fund)), unallocated + accounts + merchants, "backing");
    }
}
