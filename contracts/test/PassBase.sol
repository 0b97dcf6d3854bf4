// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Offer, PassRules, Reduction} from "../src/IPass.sol";
import {Pass} from "../src/Pass.sol";
import {ProgrammeBase} from "./ProgrammeBase.sol";

/// @dev The fields of fixtures/pass.json, in the order in which forge decodes them.
struct Activation {
    address account;
    uint256 asOf;
    bytes32 nullifier;
    bytes proof;
    uint256 slot;
}

struct Use {
    uint256 asOf;
    bytes32 nullifier;
    uint256 number;
    uint256 offer;
    uint256 price;
    bytes proof;
    uint256 shop;
    uint256 slot;
}

/// @title A pass with real claims
/// @notice Three offers, three shops, and the claims of fixtures/pass.json (tests/contracts/make_programme_fixtures.py).
abstract contract PassBase is ProgrammeBase {
    uint64 internal constant BUDGET = 100_000;
    uint256 internal constant SCHOOL = 1;
    uint256 internal constant TICKET = 2;
    uint256 internal constant QUARTER_OFF = 3;
    uint16 internal constant ALL_MONTHS = 4_095;
    /// @dev Indexes in the fixture's uses.
    uint256 internal constant NOT_ACTIVATED = 3;
    uint256 internal constant FIRST_TICKET = 4;
    uint256 internal constant FIRST_QUARTER_OFF = 7;
    uint256 internal constant OTHER_PRICE = 11;
    uint256 internal constant OTHER_SHOP = 12;

    uint8 internal _schoolPercent = 100;
    Activation[] internal activations;
    Use[] internal uses;
    address internal passDesk = makeAddr("pass desk");
    bytes32 internal incomeKey;
    bytes32 internal passKey;
    Pass internal pass;
    uint256 private _beforePass;

    function setUp() public virtual {
        _prepare("test/fixtures/pass.json");
        Activation[] memory activated = abi.decode(vm.parseJson(json, ".activations"), (Activation[]));
        for (uint256 i = 0; i < activated.length; ++i) {
            activations.push(activated[i]);
        }
        Use[] memory used = abi.decode(vm.parseJson(json, ".uses"), (Use[]));
        for (uint256 i = 0; i < used.length; ++i) {
            uses.push(used[i]);
        }
        incomeKey = _addKey(".income", desk);
        passKey = _addKey(".passes", passDesk);
        _beforePass = vm.snapshotState();
        _open(_rules());
    }

    // ---- opening ----

    function _rules() internal view returns (PassRules memory r) {
        r.rulebook = vm.parseJsonBytes32(json, ".rulebook");
        r.period = uint64(vm.parseJsonUint(json, ".period"));
        r.opensAt = uint40(noon - 10 days);
        r.activateUntil = uint40(noon + 20 days);
        r.closesAt = uint40(noon + 40 days);
        r.activationsPerValidator = 100;
        r.categories = (1 << SPORT) | (1 << TOYS);
        r.validators = _one(desk);
        r.terms = _terms(".terms");
        r.desk = passDesk;
        r.useTerms = _terms(".useTerms");
    }

    function _deploy(PassRules memory rules) internal {
        bytes memory arguments = abi.encode(rules, registry, euro, sponsor);
        vm.startPrank(deployer);
        pass = Pass(_create("Pass", arguments));
        vm.stopPrank();
    }

    function _open(PassRules memory rules) internal {
        _deploy(rules);
        assertEq(address(pass), vm.parseJsonAddress(json, ".pass"));
        vm.startPrank(admin);
        euro.grantRole(euro.SETTLER_ROLE(), address(pass));
        euro.mint(sponsor, BUDGET, "deposit 1");
        vm.stopPrank();
        vm.startPrank(sponsor);
        euro.approve(address(pass), type(uint256).max);
        pass.fund(BUDGET);
        pass.grantRole(pass.SETTLER_ROLE(), settler);
        pass.approveMerchant(shops[0], SPORT);
        pass.approveMerchant(shops[1], TOYS);
        pass.approveMerchant(shops[2], SPORT);
        pass.publishOffer(_school());
        pass.publishOffer(_ticket());
        pass.publishOffer(_quarterOff());
        vm.stopPrank();
        pass.accept(incomeKey, 0, 0);
    }

    function _reopen(PassRules memory rules) internal {
        // with the offer as it is: going back takes this contract's own storage with it
        uint8 kept = _schoolPercent;
        assertTrue(vm.revertToState(_beforePass));
        _schoolPercent = kept;
        _open(rules);
    }

    /// @dev EUR 30 off a course of EUR 75, paid by the sponsor, once for each pass.
    function _school() internal view returns (Offer memory o) {
        o.description = "school";
        o.merchant = shops[0];
        o.category = SPORT;
        o.reduction = Reduction.FIXED;
        o.usesPerPass = 1;
        o.sponsorPercent = _schoolPercent;
        o.months = ALL_MONTHS;
        o.price = 7_500;
        o.value = 3_000;
    }

    /// @dev A free ticket, half of it paid by the sponsor, in November too, three times.
    function _ticket() internal view returns (Offer memory o) {
        o.description = "ticket";
        o.merchant = shops[1];
        o.category = TOYS;
        o.reduction = Reduction.FREE;
        o.usesPerPass = 3;
        o.sponsorPercent = 50;
        o.months = (1 << 5) | (1 << 6) | (1 << 8) | (1 << 10);
        o.price = 950;
    }

    /// @dev A quarter off at every shop of a category, at most EUR 15, all of it paid by the sponsor; the till enters
    /// the price.
    function _quarterOff() internal view returns (Offer memory o) {
        o.description = "quarter";
        o.category = SPORT;
        o.reduction = Reduction.PERCENTAGE;
        o.usesPerPass = 2;
        o.sponsorPercent = 100;
        o.months = ALL_MONTHS;
        o.value = 25;
        o.maxReduction = 1_500;
        o.startsAt = uint40(noon - 1 days);
        o.endsAt = uint40(noon + 30 days);
        o.total = 3;
    }

    // ---- acting ----

    function _activate(uint256 index) internal {
        Activation memory a = activations[index];
        vm.prank(relayer);
        pass.activate(incomeKey, a.account, uint32(a.asOf), a.proof);
    }

    /// @dev Accepts the slot first, if need be.
    function _use(uint256 index) internal {
        _acceptFor(index);
        _deliver(uses[index]);
    }

    function _acceptFor(uint256 index) internal {
        uint256 slot = uses[index].slot;
        if (pass.statementOf(passKey, slot, 1) == address(0)) pass.accept(passKey, slot, 1);
    }

    function _deliver(Use memory u) internal {
        bytes memory signature = _signUse(u, shopKeys[u.shop]);
        vm.prank(relayer);
        pass.use(u.offer, u.number, passKey, shops[u.shop], u.price, uint32(u.asOf), u.proof, signature);
    }

    function _signUse(Use memory u, uint256 key) internal view returns (bytes memory) {
        bytes32 kind = keccak256("OfferUse(uint256 offer,bytes32 nullifier,uint256 price)");
        return _sign(address(pass), key, keccak256(abi.encode(kind, u.offer, u.nullifier, u.price)));
    }

    function _balance(uint256 shop) internal view returns (uint64 balance) {
        (,, balance,) = pass.merchantOf(shops[shop]);
    }

    function _assertBooks(uint256 unallocated, uint256 merchants) internal view {
        (uint64 u, uint64 a, uint64 m,,) = pass.books();
        assertEq(u, unallocated, "unallocated");
        assertEq(a, 0, "accounts");
        assertEq(m, merchants, "merchants");
        assertEq(euro.balanceOf(address(pass)), unallocated + merchants, "backing");
    }
}
