// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {ITrustRegistry} from "../src/ITrustRegistry.sol";
import {Bls12381} from "../src/bls/Bls12381.sol";
import {ClaimFixture} from "./ClaimFixture.sol";

/// @notice (1.7) Whoever registers a key has its secret.
contract PossessionTest is ClaimFixture {
    bytes private constant HEADER = hex"0120";
    bytes32 private constant TYPE = keccak256(HEADER);
    address private constant OTHER = address(0x07e4);

    /// @dev The public key of the secret key 1, and VALIDATOR's proofs with the secret keys 0 to 2.
    bytes private key;
    bytes[3] private possessions;

    function setUp() public {
        _deploy();
        registry.registerType(HEADER);
        registry.admit(VALIDATOR, TYPE);
        key = Bls12381.bp2();
        for (uint256 secret = 0; secret < 3; ++secret) {
            possessions[secret] = _prove(address(registry), TYPE, VALIDATOR, secret);
        }
    }

    /// @dev OTHER is admitted as well, sees VALIDATOR's key, and wants to have it first, to revoke it.
    function test_nobodyRegistersSomebodyElsesKey() public {
        registry.admit(OTHER, TYPE);
        _refusesPossession(OTHER, key, "");
        // what VALIDATOR sends, seen before it is in a block
        _refusesPossession(OTHER, key, possessions[1]);
        // what OTHER can make: proofs with its own secret, and sums with the other's
        bytes memory own = _prove(address(registry), TYPE, OTHER, 2);
        _refusesPossession(OTHER, key, own);
        _refusesPossession(OTHER, key, Bls12381.g1Add(own, possessions[1]));
        bytes32 keyId = _add(VALIDATOR, key, possessions[1]);
        assertTrue(registry.isValid(keyId));
        vm.prank(OTHER);
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryNotKeyHolder.selector, keyId, OTHER));
        registry.revokeKey(keyId);
        _add(OTHER, _double(), own);
    }

    function test_aPossessionIsForOneChainRegistryTypeValidatorAndKey() public {
        bytes32 otherType = registry.registerType(hex"0220201234");
        _refusesPossession(VALIDATOR, key, _prove(address(this), TYPE, VALIDATOR, 1));
        _refusesPossession(VALIDATOR, key, _prove(address(registry), otherType, VALIDATOR, 1));
        _refusesPossession(VALIDATOR, key, _prove(address(registry), TYPE, OTHER, 1));
        _refusesPossession(VALIDATOR, key, possessions[2]);
        // not `block.chainid`: the compiler takes it for constant
        vm.chainId(31_338);
        _refusesPossession(VALIDATOR, key, possessions[1]);
        vm.chainId(31_337);
        _add(VALIDATOR, key, possessions[1]);
    }

    function test_refusesPossessionsThatAreNoPoint() public {
        string memory points = _load("points");
        bytes memory opposite = Bls12381.g1Msm(bytes.concat(possessions[1], bytes32(Bls12381.R - 1)));
        bytes memory unreduced = bytes.concat(possessions[1]);
        unreduced[16] = bytes1(uint8(unreduced[16]) + 0x60);
        bytes[9] memory strange = [
            new bytes(128),
            _padded(vm.parseJsonBytes(points, ".outsideSubgroup")),
            _padded(vm.parseJsonBytes(points, ".orderThree")),
            _padded(vm.parseJsonBytes(points, ".offCurve")),
            unreduced,
            opposite,
            bytes.concat(possessions[1], hex"00"),
            new bytes(0),
            new bytes(256)
        ];
        for (uint256 i = 0; i < strange.length; ++i) {
            _refusesPossession(VALIDATOR, key, strange[i]);
        }
    }

    function testFuzz_refusesAnyOtherMultiple(uint256 factor) public {
        factor = bound(factor, 2, Bls12381.R - 1);
        bytes memory other = Bls12381.g1Msm(bytes.concat(possessions[1], bytes32(factor)));
        _refusesPossession(VALIDATOR, key, other);
    }

    function _add(address validator, bytes memory publicKey, bytes memory possession) private returns (bytes32) {
        vm.prank(validator);
        return registry.addKey(TYPE, publicKey, NOW - 1, NOW + 1000, possession);
    }

    /// @dev The public key of the secret key 2.
    function _double() private view returns (bytes memory publicKey) {
        (, publicKey) = address(0x0e).staticcall(abi.encodePacked(Bls12381.bp2(), uint256(2)));
    }

    /// @dev x || y as the EVM reads it.
    function _padded(bytes memory xy) private pure returns (bytes memory point) {
        point = new bytes(128);
        for (uint256 i = 0; i < 48; ++i) {
            point[16 + i] = xy[i];
            point[80 + i] = xy[48 + i];
        }
    }

    function _refusesPossession(address validator, bytes memory publicKey, bytes memory possession) private {
        vm.prank(validator);
        vm.expectRevert(ITrustRegistry.TrustRegistryNoPossession.selector);
        registry.addKey{gas: 5_000_000}(TYPE, publicKey, NOW, NOW + 100, possession);
    }
}
