// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IBudget} from "../../src/IBudget.sol";
import {IPass, PassRules} from "../../src/IPass.sol";
import {IProgramme} from "../../src/IProgramme.sol";
import {PassBase} from "../PassBase.sol";

contract PassOpenTest is PassBase {
    function test_keepsItsRulesReadable() public view {
        assertEq(abi.encode(pass.rules()), abi.encode(_rules()));
        assertEq(address(pass.registry()), address(registry));
        assertEq(address(pass.euro()), address(euro));
        assertEq(pass.sponsor(), sponsor);
        assertTrue(pass.hasRole(pass.SPONSOR_ROLE(), sponsor));
    }

    function test_announcesItself() public {
        PassRules memory r = _rules();
        vm.expectEmit(false, false, false, true);
        emit IPass.PassOpened(r.rulebook, r.period, sponsor, address(registry), address(euro));
        _new(r);
    }

    function test_scopesAreThoseOfTheProtocol() public view {
        PassRules memory r = _rules();
        bytes memory scope =
            abi.encodePacked("stuiver/scope/v1", uint256(31_337), address(pass), r.rulebook, uint256(r.period));
        assertEq(pass.scopeOf(0), abi.encodePacked(scope, uint256(0)));
        assertEq(pass.scopeOf(515), abi.encodePacked(scope, uint256(515)));
    }

    function test_fitsIntoTheLimitsOfACreation() public view {
        assertLe(address(pass).code.length, 24_576);
        assertLe(_code("Pass").length + abi.encode(_rules()).length, 49_152);
    }

    function testFuzz_refusesAnEmptyPeriod(uint40 opensAt, uint40 activateUntil) public {
        vm.assume(activateUntil <= opensAt);
        PassRules memory r = _rules();
        (r.opensAt, r.activateUntil) = (opensAt, activateUntil);
        _expectBad(r, "activateUntil");
    }

    function testFuzz_refusesToCloseWhileActivationsRun(uint40 closesAt) public {
        PassRules memory r = _rules();
        r.closesAt = uint40(bound(closesAt, 0, r.activateUntil - 1));
        _expectBad(r, "closesAt");
    }

    function test_refusesACapOfZeroAndNoDesk() public {
        PassRules memory r = _rules();
        r.activationsPerValidator = 0;
        _expectBad(r, "activationsPerValidator");
        r = _rules();
        r.desk = address(0);
        _expectBad(r, "desk");
    }

    /// @dev A shop learns that the pass is valid, and nothing else: also not by a sponsor's mistake.
    function test_refusesTermsThatDisclose() public {
        PassRules memory r = _rules();
        r.terms.disclosed = new uint8[](1);
        r.terms.disclosed[0] = 4;
        _expectBad(r, "terms");
        r = _rules();
        r.useTerms.disclosed = new uint8[](1);
        r.useTerms.disclosed[0] = 3;
        _expectBad(r, "useTerms");
    }

    function test_refusesWrongValidators() public {
        PassRules memory r = _rules();
        r.validators = new address[](0);
        _expectBad(r, "validators");
        r.validators = new address[](9);
        for (uint160 i = 0; i < 9; ++i) {
            r.validators[i] = address(i + 1);
        }
        _expectBad(r, "validators");
        r.validators = new address[](2);
        r.validators[0] = desk;
        _expectBad(r, "validators");
        r.validators[1] = desk;
        _expectBad(r, "validators");
    }

    function test_refusesASponsorThatCannotGetTheRestBack() public {
        bytes memory arguments = abi.encode(_rules(), registry, euro, address(pass));
        vm.expectRevert(abi.encodeWithSelector(IBudget.FundBadSuccessor.selector, address(pass)));
        _create("Pass", arguments);
    }

    function _new(PassRules memory r) private {
        _create("Pass", abi.encode(r, registry, euro, sponsor));
    }

    function _expectBad(PassRules memory r, bytes32 rule) private {
        vm.expectRevert(abi.encodeWithSelector(IProgramme.FundBadRules.selector, rule));
        _new(r);
    }
}
