// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Rules} from "../../src/IFund.sol";
import {TrustRegistry} from "../../src/TrustRegistry.sol";
import {ITrustRegistry} from "../../src/ITrustRegistry.sol";
import {Bls12381} from "../../src/bls/Bls12381.sol";
import {
    ClaimInvalidChallenge,
    ClaimTermsBadGenerator,
    ClaimTermsRelatedGenerators
} from "../../src/claim/ClaimTerms.sol";
import {FundBase} from "../FundBase.sol";

/// @dev What a fund asks a registry, answered as whoever wrote it likes.
contract AttackersRegistry {
    ITrustRegistry private immutable _honest;
    address private immutable _validator;
    bytes private _points;

    /// @param validator whose keys all keys are.
    /// @param points the generators of every type; none for the right ones.
    constructor(ITrustRegistry honest, address validator, bytes memory points) {
        _honest = honest;
        _validator = validator;
        _points = points;
    }

    function typeOf(bytes32 typeId) external view returns (bytes memory header, uint8[] memory widths) {
        return _honest.typeOf(typeId);
    }

    function generators(bytes32 typeId) external view returns (bytes memory) {
        return _points.length == 0 ? _honest.generators(typeId) : _points;
    }

    function isValid(bytes32) external pure returns (bool) {
        return true;
    }

    function key(bytes32 keyId)
        external
        view
        returns (bytes32 typeId, address, uint40, uint40, bool, bytes memory publicKey, uint256 domain)
    {
        (typeId,,,,, publicKey, domain) = _honest.key(keyId);
        return (typeId, _validator, 0, type(uint40).max, false, publicKey, domain);
    }
}

/// @notice A fund trusts its registry, and the wallets do not trust the fund: they know the right registry, and compute
/// the statement themselves.
contract RegistryTest is FundBase {
    /// @dev Q1, H_0, .., H_9 of the household type.
    uint256 private constant GENERATORS = 11;

    /// @dev The attacker knows a relation between these points, and could break every commitment of squares.
    function test_aFundOnWrongGeneratorsOpensAndNoWalletsProofHoldsThere() public {
        bytes32 honest = fund.statementOf(keyIds[0]).codehash;
        _openOn(validators[0], _multiples(2));
        bytes32 strange = fund.statementOf(keyIds[0]).codehash;
        assertTrue(strange != bytes32(0) && strange != honest, "a wallet sees another statement than its own");
        // all else is as the claim says: chain, fund, rulebook, period, terms, key, day
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _claim(0);
        assertFalse(fund.isClaimed(claims[0].nullifier));
        _assertBooks(BUDGET, 0, 0);
    }

    /// @dev The right proof of a credential that the rules do not accept: the registry says whose key it is.
    function test_whoWritesTheRegistryDecidesWhoClaims() public {
        _openOn(validators[0], "");
        assertEq(claims[13].key, 2, "signed by the second validator");
        assertEq(fund.rules().validators.length, 1);
        _claim(13);
        assertEq(fund.accountOf(claims[13].account), _allotment(13));
        assertEq(fund.claimsOf(validators[0]), 1);
        // but nobody without the signature of the key
        claims[1].key = 2;
        vm.expectRevert(ClaimInvalidChallenge.selector);
        _claim(1);
    }

    function test_aFundRefusesGeneratorsThatAreRelatedAtSight() public {
        bytes memory points = _multiples(2);
        bytes memory identity = bytes.concat(points);
        bytes memory opposite = Bls12381.g1Msm(bytes.concat(_point(points, 0), bytes32(Bls12381.R - 1)));
        for (uint256 i = 0; i < 128; ++i) {
            points[128 * 4 + i] = opposite[i];
            identity[128 * 5 + i] = 0;
        }
        // counted from OP, Bv and P1
        _deployOn(validators[0], points);
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsRelatedGenerators.selector, 3, 7));
        fund.accept(keyIds[0]);
        _deployOn(validators[0], identity);
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsBadGenerator.selector, 8));
        fund.accept(keyIds[0]);
        _deployOn(validators[0], _multiples(1));
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsRelatedGenerators.selector, 2, 3));
        fund.accept(keyIds[0]);
    }

    /// @dev P1 times `first`, `first + 1`, ..
    function _multiples(uint256 first) private view returns (bytes memory points) {
        for (uint256 i = 0; i < GENERATORS; ++i) {
            points = bytes.concat(points, Bls12381.g1Msm(bytes.concat(Bls12381.p1(), bytes32(first + i))));
        }
    }

    function _point(bytes memory points, uint256 index) private pure returns (bytes memory point) {
        point = new bytes(128);
        for (uint256 i = 0; i < 128; ++i) {
            point[i] = points[128 * index + i];
        }
    }

    /// @dev The rules name one validator; the fund is at the address that the claims are for.
    function _openOn(address validator, bytes memory points) private {
        _unopen();
        registry = TrustRegistry(address(new AttackersRegistry(registry, validator, points)));
        _open(_rulesOf(validator));
    }

    function _deployOn(address validator, bytes memory points) private {
        _unopen();
        registry = TrustRegistry(address(new AttackersRegistry(registry, validator, points)));
        _deploy(_rulesOf(validator));
    }

    function _rulesOf(address validator) private view returns (Rules memory r) {
        r = _rules();
        r.validators = _one(validator);
    }
}
