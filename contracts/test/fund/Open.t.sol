// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "../../src/IBudget.sol";
import {IFund, Rules} from "../../src/IFund.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {ClaimTermsTermNotHidden, ClaimTermsUnknownPosition} from "../../src/claim/ClaimTerms.sol";
import {FundBase} from "../FundBase.sol";

contract OpenTest is FundBase {
    function test_keepsItsRulesReadable() public {
        Rules memory opened = fund.rules();
        assertEq(abi.encode(opened), abi.encode(_rules()));
        assertEq(address(fund.registry()), address(registry));
        assertEq(address(fund.euro()), address(euro));
        assertEq(fund.sponsor(), sponsor);
    }

    function test_announcesItself() public {
        _unopen();
        Rules memory r = _rules();
        vm.expectEmit(vm.parseJsonAddress(json, ".fund"));
        emit IFund.Opened(r.rulebook, r.period, sponsor, address(registry), address(euro));
        _deploy(r);
    }

    function test_givesTheSponsorItsRolesAndNobodyElse() public view {
        assertTrue(fund.hasRole(fund.DEFAULT_ADMIN_ROLE(), sponsor));
        assertTrue(fund.hasRole(fund.SPONSOR_ROLE(), sponsor));
        assertFalse(fund.hasRole(fund.SETTLER_ROLE(), sponsor));
        assertFalse(fund.hasRole(fund.DEFAULT_ADMIN_ROLE(), admin));
        assertFalse(fund.hasRole(fund.SPONSOR_ROLE(), admin));
    }

    function test_scopeIsThatOfTheProtocol() public view {
        bytes memory expected = abi.encodePacked(
            "stuiver/scope/v1", uint256(31_337), address(fund), _rules().rulebook, uint256(_rules().period)
        );
        assertEq(fund.scope(), expected);
    }

    function test_fitsIntoTheLimitsOfACreation() public view {
        assertLe(address(fund).code.length, 24_576);
        assertLe(_code("Fund").length + _arguments(_rules(), sponsor).length, 49_152);
    }

    function test_refusesAZeroSponsor() public {
        Rules memory r = _rules();
        vm.expectRevert(IProgramme.FundZeroAccount.selector);
        _create(r, address(0));
    }

    function test_refusesASponsorThatCannotGetTheRestBack() public {
        Rules memory r = _rules();
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundBadSuccessor.selector, address(fund)));
        _create(r, address(fund));
        address itself = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundBadSuccessor.selector, itself));
        _create(r, itself);
    }

    function testFuzz_refusesAnEmptyClaimPeriod(uint40 opensAt, uint40 claimsUntil) public {
        vm.assume(claimsUntil <= opensAt);
        Rules memory r = _rules();
        (r.opensAt, r.claimsUntil) = (opensAt, claimsUntil);
        _expectBad(r, "claimsUntil");
    }

    function testFuzz_refusesToCloseWhileClaimsRun(uint40 closesAt) public {
        Rules memory r = _rules();
        r.closesAt = uint40(bound(closesAt, 0, r.claimsUntil - 1));
        _expectBad(r, "closesAt");
    }

    function testFuzz_refusesAnAllotmentAbove64Bits(uint64 baseAmount, uint64 unitAmount, uint32 maxUnits) public {
        vm.assume(maxUnits > 0 && uint256(baseAmount) + uint256(unitAmount) * maxUnits > type(uint64).max);
        Rules memory r = _rules();
        (r.baseAmount, r.unitAmount, r.maxUnits) = (baseAmount, unitAmount, maxUnits);
        _expectBad(r, "baseAmount");
    }

    function test_refusesAClaimWorthNothing() public {
        Rules memory r = _rules();
        (r.baseAmount, r.minUnits) = (0, 0);
        _expectBad(r, "baseAmount");
    }

    function testFuzz_refusesMoreUnitsAtLeastThanAtMost(uint32 minUnits, uint32 maxUnits) public {
        vm.assume(minUnits > maxUnits);
        Rules memory r = _rules();
        (r.minUnits, r.maxUnits) = (minUnits, maxUnits);
        _expectBad(r, "maxUnits");
    }

    function testFuzz_refusesAUnitThatIsNotDisclosed(uint8 unit) public {
        Rules memory r = _rules();
        r.unit = uint8(bound(unit, 1, 254));
        _expectBad(r, "unit");
    }

    function test_refusesUnitsWithoutAUnit() public {
        Rules memory r = _rules();
        r.unit = 255;
        _expectBad(r, "unitAmount");
        r.unitAmount = 0;
        _expectBad(r, "minUnits");
        r.minUnits = 0;
        _expectBad(r, "maxUnits");
        r.maxUnits = 0;
        _create(r, sponsor);
    }

    function test_refusesACapOfZero() public {
        Rules memory r = _rules();
        r.claimsPerValidator = 0;
        _expectBad(r, "claimsPerValidator");
    }

    function test_refusesWrongLists() public {
        Rules memory r = _rules();
        r.validators = new address[](0);
        _expectBad(r, "validators");
        r.validators = new address[](9);
        for (uint160 i = 0; i < 9; ++i) {
            r.validators[i] = address(i + 1);
        }
        _expectBad(r, "validators");
        r.validators = new address[](2);
        r.validators[0] = validators[0];
        _expectBad(r, "validators");
        r.validators[1] = validators[0];
        _expectBad(r, "validators");
    }

    function test_takesEightValidators() public {
        Rules memory r = _rules();
        r.validators = new address[](8);
        for (uint160 i = 0; i < 8; ++i) {
            r.validators[i] = address(i + 1);
        }
        assertEq(_create(r, sponsor).rules().validators.length, 8);
    }

    function test_refusesWrongTerms() public {
        Rules memory r = _rules();
        uint8 position = r.terms.disclosed[0];
        r.terms.predicates[0].terms[0].position = 200;
        vm.expectPartialRevert(ClaimTermsUnknownPosition.selector);
        _create(r, sponsor);
        r = _rules();
        r.terms.predicates[1].terms[0].position = position;
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsTermNotHidden.selector, 1, position));
        _create(r, sponsor);
    }

    function testFuzz_refusesAnUnknownType(bytes32 typeId) public {
        Rules memory r = _rules();
        vm.assume(typeId != r.terms.credentialType);
        r.terms.credentialType = typeId;
        vm.expectRevert(abi.encodeWithSignature("TrustRegistryUnknownType(bytes32)", typeId));
        _create(r, sponsor);
    }

    function _expectBad(Rules memory r, bytes32 rule) private {
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBadRules.selector, rule));
        _create(r, sponsor);
    }
}
