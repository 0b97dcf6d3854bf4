// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {Bls12381} from "../src/bls/Bls12381.sol";
import {ITrustRegistry} from "../src/ITrustRegistry.sol";
import {TrustRegistry} from "../src/TrustRegistry.sol";
import {ClaimFixture} from "./ClaimFixture.sol";

contract TrustRegistryTest is ClaimFixture {
    bytes private constant HEADER = hex"0120";
    bytes32 private constant TYPE = keccak256(HEADER);
    address private constant REGISTRAR = address(0x4e6157a4);
    address private constant OTHER = address(0x07e4);

    bytes[20] private keys;
    /// @dev Of VALIDATOR, for TYPE.
    bytes[20] private possessions;

    function setUp() public {
        vm.warp(NOW);
        _deployRegistry();
        for (uint256 secret = 1; secret < keys.length; ++secret) {
            (, keys[secret]) = address(0x0e).staticcall(abi.encodePacked(Bls12381.bp2(), secret));
            possessions[secret] = _prove(address(registry), TYPE, VALIDATOR, secret);
        }
        registry.grantRole(registry.REGISTRAR_ROLE(), REGISTRAR);
        registry.registerType(HEADER);
        _admit(VALIDATOR);
    }

    // ---- types ----

    function test_registeredTypesAreTheWallets() public {
        string[3] memory names = ["none", "single", "large"];
        registry = TrustRegistry(_create("TrustRegistry", abi.encode(this)));
        for (uint256 i = 0; i < names.length; ++i) {
            string memory json = _load(names[i]);
            bytes memory header = vm.parseJsonBytes(json, ".header");
            vm.expectEmit(address(registry));
            emit ITrustRegistry.TypeRegistered(keccak256(header), header);
            bytes32 typeId = registry.registerType(header);
            assertEq(typeId, keccak256(header));
            assertEq(registry.generators(typeId), vm.parseJsonBytes(json, ".generators"));
            (bytes memory known, uint8[] memory widths) = registry.typeOf(typeId);
            assertEq(known, header);
            assertEq(widths.length, uint8(header[0]));
            for (uint256 j = 0; j < widths.length; ++j) {
                assertEq(widths[j], uint8(header[j + 1]));
            }
        }
    }

    function testFuzz_anyoneRegistersAType(address someone, uint8 claims, uint8 width, bytes memory rest) public {
        claims = uint8(bound(claims, 1, 16));
        width = uint8(bound(width, 0, 32));
        vm.assume(rest.length < 1000);
        bytes memory header = abi.encodePacked(claims);
        for (uint256 i = 0; i < claims; ++i) {
            header = abi.encodePacked(header, width);
        }
        header = bytes.concat(header, rest);
        vm.assume(keccak256(header) != TYPE);
        vm.prank(someone);
        bytes32 typeId = registry.registerType(header);
        (bytes memory known,) = registry.typeOf(typeId);
        assertEq(known, header);
        assertEq(registry.generators(typeId).length, 128 * (uint256(claims) + 3));
    }

    function testFuzz_refusesBadHeaders(uint8 claims, uint8 width) public {
        claims = uint8(bound(claims, 17, 255));
        width = uint8(bound(width, 33, 255));
        _refusesHeader("", 0);
        _refusesHeader(hex"00", 0);
        _refusesHeader(abi.encodePacked(claims, new bytes(255)), 0);
        _refusesHeader(hex"020a", 2);
        _refusesHeader(abi.encodePacked(hex"0220", width), 2);
    }

    function test_refusesATypeTwice() public {
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryTypeExists.selector, TYPE));
        registry.registerType(HEADER);
    }

    function testFuzz_refusesUnknownTypes(bytes32 typeId) public {
        vm.assume(typeId != TYPE);
        bytes memory refusal = abi.encodeWithSelector(ITrustRegistry.TrustRegistryUnknownType.selector, typeId);
        vm.expectRevert(refusal);
        registry.typeOf(typeId);
        vm.expectRevert(refusal);
        registry.generators(typeId);
        vm.prank(REGISTRAR);
        vm.expectRevert(refusal);
        registry.admit(VALIDATOR, typeId);
    }

    // ---- admitting and dismissing ----

    function testFuzz_registrarAdmitsAndDismisses(address validator) public {
        vm.assume(validator != address(0) && validator != VALIDATOR);
        vm.expectEmit(address(registry));
        emit ITrustRegistry.Admitted(validator, TYPE);
        _admit(validator);
        assertTrue(registry.isAdmitted(validator, TYPE));
        vm.expectEmit(address(registry));
        emit ITrustRegistry.Dismissed(validator, TYPE);
        vm.prank(REGISTRAR);
        registry.dismiss(validator, TYPE);
        assertFalse(registry.isAdmitted(validator, TYPE));
    }

    function testFuzz_onlyRegistrarsAdmitAndDismiss(address someone) public {
        vm.assume(someone != REGISTRAR);
        bytes memory refusal = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, someone, registry.REGISTRAR_ROLE()
        );
        vm.startPrank(someone);
        vm.expectRevert(refusal);
        registry.admit(OTHER, TYPE);
        vm.expectRevert(refusal);
        registry.dismiss(VALIDATOR, TYPE);
        vm.stopPrank();
    }

    function testFuzz_onlyTheAdminAppointsRegistrars(address someone) public {
        vm.assume(someone != address(this));
        bytes32 role = registry.REGISTRAR_ROLE();
        vm.prank(someone);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, someone, bytes32(0))
        );
        registry.grantRole(role, someone);
        registry.revokeRole(role, REGISTRAR);
        assertFalse(registry.hasRole(role, REGISTRAR));
    }

    function test_refusesTheZeroValidator() public {
        vm.prank(REGISTRAR);
        vm.expectRevert(ITrustRegistry.TrustRegistryZeroValidator.selector);
        registry.admit(address(0), TYPE);
    }

    function test_refusesToAdmitTwice() public {
        vm.prank(REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryAlreadyAdmitted.selector, VALIDATOR, TYPE));
        registry.admit(VALIDATOR, TYPE);
    }

    function testFuzz_refusesToDismissWhoIsNotAdmitted(address someone) public {
        vm.assume(someone != VALIDATOR);
        vm.prank(REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryNotAdmitted.selector, someone, TYPE));
        registry.dismiss(someone, TYPE);
    }

    function test_dismissalRevokesTheValidatorsKeysOfTheTypeOnly() public {
        bytes32 otherType = registry.registerType(hex"0220201234");
        vm.prank(REGISTRAR);
        registry.admit(VALIDATOR, otherType);
        _admit(OTHER);
        bytes32 first = _add(VALIDATOR, 1);
        bytes32 second = _add(VALIDATOR, 2);
        bytes32 third = _add(OTHER, 3);
        bytes memory possession = _prove(address(registry), otherType, VALIDATOR, 1);
        vm.startPrank(VALIDATOR);
        bytes32 fourth = registry.addKey(otherType, _key(1), NOW, NOW + 100, possession);
        registry.revokeKey(second);
        vm.stopPrank();
        vm.expectEmit(address(registry));
        emit ITrustRegistry.Dismissed(VALIDATOR, TYPE);
        vm.expectEmit(address(registry));
        emit ITrustRegistry.KeyRevoked(first);
        vm.prank(REGISTRAR);
        registry.dismiss(VALIDATOR, TYPE);
        assertFalse(registry.isValid(first));
        assertFalse(registry.isValid(second));
        assertTrue(registry.isValid(third));
        assertTrue(registry.isValid(fourth));
        // admitting again revives nothing, and the key cannot be added again
        _admit(VALIDATOR);
        assertFalse(registry.isValid(first));
        vm.prank(VALIDATOR);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryKeyExists.selector, first));
        registry.addKey(TYPE, _key(1), NOW, NOW + 100, possessions[1]);
    }

    // ---- keys ----

    function test_keysAreTheWallets() public {
        string memory json = _load("none");
        bytes memory publicKey = vm.parseJsonBytes(json, ".publicKey");
        bytes memory possession = vm.parseJsonBytes(json, ".possession");
        bytes32 typeId = registry.registerType(vm.parseJsonBytes(json, ".header"));
        vm.prank(REGISTRAR);
        registry.admit(VALIDATOR, typeId);
        bytes32 expected = keccak256(abi.encode(typeId, vm.parseJsonBytes(json, ".compressedKey")));
        vm.expectEmit(address(registry));
        emit ITrustRegistry.KeyAdded(expected, typeId, VALIDATOR, publicKey, NOW - 1, NOW + 100);
        vm.prank(VALIDATOR);
        bytes32 keyId = registry.addKey(typeId, publicKey, NOW - 1, NOW + 100, possession);
        assertEq(keyId, expected);
        (bool found, bytes memory known) = address(registry).staticcall(abi.encodeCall(registry.key, (keyId)));
        assertTrue(found);
        uint256 domain = vm.parseJsonUint(json, ".domain");
        assertEq(known, abi.encode(typeId, VALIDATOR, NOW - 1, NOW + 100, false, publicKey, domain));
    }

    function testFuzz_keysAreValidInTheirTime(uint40 from, uint40 until, uint40 now_) public {
        until = uint40(bound(until, NOW + 1, type(uint40).max));
        from = uint40(bound(from, 0, until));
        now_ = uint40(bound(now_, NOW, type(uint40).max));
        vm.prank(VALIDATOR);
        bytes32 keyId = registry.addKey(TYPE, _key(1), from, until, possessions[1]);
        vm.warp(now_);
        assertEq(registry.isValid(keyId), from <= now_ && now_ <= until);
    }

    function test_validityIncludesBothEnds() public {
        vm.prank(VALIDATOR);
        bytes32 keyId = registry.addKey(TYPE, _key(1), NOW + 10, NOW + 20, possessions[1]);
        vm.warp(NOW + 9);
        assertFalse(registry.isValid(keyId));
        vm.warp(NOW + 10);
        assertTrue(registry.isValid(keyId));
        vm.warp(NOW + 20);
        assertTrue(registry.isValid(keyId));
        vm.warp(NOW + 21);
        assertFalse(registry.isValid(keyId));
    }

    function testFuzz_validityIsOneStorageRead(bytes32 keyId) public {
        if (uint256(keyId) % 2 == 0) keyId = _add(VALIDATOR, 1);
        vm.record();
        registry.isValid(keyId);
        (bytes32[] memory reads,) = vm.accesses(address(registry));
        assertEq(reads.length, 1);
    }

    function testFuzz_unknownKeysAreNotValid(bytes32 keyId, uint40 now_) public {
        vm.warp(now_);
        vm.assume(now_ != 0);
        assertFalse(registry.isValid(keyId));
    }

    function testFuzz_onlyAdmittedValidatorsAddKeys(address someone) public {
        vm.assume(someone != VALIDATOR);
        vm.prank(someone);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryNotAdmitted.selector, someone, TYPE));
        registry.addKey(TYPE, _key(1), NOW, NOW + 100, possessions[1]);
    }

    function testFuzz_refusesBadValidity(uint40 from, uint40 until) public {
        from = uint40(bound(from, 1, type(uint40).max));
        _refusesValidity(from, uint40(bound(until, 0, from - 1)));
        _refusesValidity(0, uint40(bound(until, 0, NOW)));
    }

    function test_refusesKeysThatAreNone() public {
        bytes memory unreduced = bytes.concat(Bls12381.bp2());
        unreduced[16] = bytes1(uint8(unreduced[16]) + 0x60);
        bytes[6] memory strange = [
            new bytes(256),
            vm.parseJsonBytes(_load("points"), ".g2OutsideSubgroup"),
            bytes.concat(Bls12381.bp2(), hex"00"),
            new bytes(0),
            unreduced,
            bytes.concat(Bls12381.p1(), Bls12381.p1())
        ];
        for (uint256 i = 0; i < strange.length; ++i) {
            vm.prank(VALIDATOR);
            vm.expectRevert(ITrustRegistry.TrustRegistryBadKey.selector);
            registry.addKey{gas: 5_000_000}(TYPE, strange[i], NOW, NOW + 100, possessions[1]);
        }
    }

    function test_refusesAKeyTwice() public {
        bytes32 keyId = _add(VALIDATOR, 1);
        _admit(OTHER);
        bytes memory refusal = abi.encodeWithSelector(ITrustRegistry.TrustRegistryKeyExists.selector, keyId);
        address[2] memory validators = [VALIDATOR, OTHER];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory possession = _prove(address(registry), TYPE, validators[i], 1);
            vm.prank(validators[i]);
            vm.expectRevert(refusal);
            registry.addKey(TYPE, _key(1), NOW, NOW + 100, possession);
        }
    }

    function test_aValidatorHoldsFewLiveKeys() public {
        uint256 limit = registry.MAX_KEYS();
        bytes32 last;
        for (uint256 i = 1; i <= limit; ++i) {
            last = _add(VALIDATOR, i);
        }
        bytes memory refusal = abi.encodeWithSelector(ITrustRegistry.TrustRegistryTooManyKeys.selector, limit);
        bytes memory another = _key(limit + 1);
        vm.prank(VALIDATOR);
        vm.expectRevert(refusal);
        registry.addKey(TYPE, another, NOW, NOW + 100, possessions[limit + 1]);
        // a revoked key makes room for one, expiry for all
        vm.prank(VALIDATOR);
        registry.revokeKey(last);
        _add(VALIDATOR, limit + 1);
        vm.prank(VALIDATOR);
        vm.expectRevert(refusal);
        registry.addKey(TYPE, _key(limit + 2), NOW, NOW + 100, possessions[limit + 2]);
        vm.warp(NOW + 1001);
        for (uint256 i = 2; i <= limit + 1; ++i) {
            vm.prank(VALIDATOR);
            last = registry.addKey(TYPE, _key(limit + i), 0, NOW + 2000, possessions[limit + i]);
        }
        assertTrue(registry.isValid(last));
        vm.prank(REGISTRAR);
        registry.dismiss(VALIDATOR, TYPE);
        assertFalse(registry.isValid(last));
    }

    // ---- rotation and revocation ----

    function test_keysRotateWithAnOverlap() public {
        bytes32 old = _add(VALIDATOR, 1);
        bytes32 new_ = _add(VALIDATOR, 2);
        vm.expectEmit(address(registry));
        emit ITrustRegistry.KeyRetired(old, NOW + 10);
        vm.prank(VALIDATOR);
        registry.retireKey(old, NOW + 10);
        vm.warp(NOW + 10);
        assertTrue(registry.isValid(old));
        assertTrue(registry.isValid(new_));
        vm.warp(NOW + 11);
        assertFalse(registry.isValid(old));
        assertTrue(registry.isValid(new_));
    }

    function testFuzz_keysRetireOnlyEarlierAndNotInThePast(uint40 until) public {
        bytes32 keyId = _add(VALIDATOR, 1);
        vm.prank(VALIDATOR);
        if (until < NOW || until >= NOW + 1000) {
            vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryBadValidity.selector, NOW - 1, until));
        }
        registry.retireKey(keyId, until);
    }

    function testFuzz_onlyItsValidatorRetiresAKey(address someone) public {
        vm.assume(someone != VALIDATOR);
        bytes32 keyId = _add(VALIDATOR, 1);
        vm.prank(someone);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryNotKeyHolder.selector, keyId, someone));
        registry.retireKey(keyId, NOW + 1);
    }

    function test_validatorsAndRegistrarsRevokeAtOnce() public {
        address[2] memory revokers = [VALIDATOR, REGISTRAR];
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 keyId = _add(VALIDATOR, i + 1);
            assertTrue(registry.isValid(keyId));
            vm.expectEmit(address(registry));
            emit ITrustRegistry.KeyRevoked(keyId);
            vm.prank(revokers[i]);
            registry.revokeKey(keyId);
            assertFalse(registry.isValid(keyId));
            (,,,, bool revoked,,) = registry.key(keyId);
            assertTrue(revoked);
        }
    }

    function testFuzz_othersRevokeNothing(address someone) public {
        vm.assume(someone != VALIDATOR && someone != REGISTRAR);
        bytes32 keyId = _add(VALIDATOR, 1);
        vm.prank(someone);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryNotKeyHolder.selector, keyId, someone));
        registry.revokeKey(keyId);
    }

    function test_revocationIsFinal() public {
        bytes32 keyId = _add(VALIDATOR, 1);
        bytes memory refusal = abi.encodeWithSelector(ITrustRegistry.TrustRegistryKeyRevoked.selector, keyId);
        vm.startPrank(VALIDATOR);
        registry.revokeKey(keyId);
        vm.expectRevert(refusal);
        registry.revokeKey(keyId);
        vm.expectRevert(refusal);
        registry.retireKey(keyId, NOW + 1);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryKeyExists.selector, keyId));
        registry.addKey(TYPE, _key(1), NOW, NOW + 100, possessions[1]);
        vm.stopPrank();
    }

    function testFuzz_refusesUnknownKeys(bytes32 keyId) public {
        bytes memory refusal = abi.encodeWithSelector(ITrustRegistry.TrustRegistryUnknownKey.selector, keyId);
        vm.expectRevert(refusal);
        registry.key(keyId);
        vm.expectRevert(refusal);
        registry.retireKey(keyId, NOW + 1);
        vm.expectRevert(refusal);
        registry.revokeKey(keyId);
    }

    // ---- the parts ----

    function _admit(address validator) private {
        vm.prank(REGISTRAR);
        registry.admit(validator, TYPE);
    }

    function _add(address validator, uint256 secret) private returns (bytes32) {
        bytes memory publicKey = _key(secret);
        bytes memory possession = _prove(address(registry), TYPE, validator, secret);
        vm.prank(validator);
        return registry.addKey(TYPE, publicKey, NOW - 1, NOW + 1000, possession);
    }

    /// @dev The public key of a small secret key. Computed beforehand: a call here would use up a prank or an
    /// expectation.
    function _key(uint256 secret) private view returns (bytes memory) {
        return keys[secret];
    }

    function _refusesHeader(bytes memory header, uint256 offset) private {
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryBadHeader.selector, offset));
        registry.registerType(header);
    }

    function _refusesValidity(uint40 from, uint40 until) private {
        bytes memory publicKey = _key(1);
        bytes memory possession = possessions[1];
        vm.prank(VALIDATOR);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryBadValidity.selector, from, until));
        registry.addKey(TYPE, publicKey, from, until, possession);
    }
}
