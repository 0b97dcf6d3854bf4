// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {TrustRegistry} from "../src/TrustRegistry.sol";
import {Bls12381} from "../src/bls/Bls12381.sol";
import {ClaimTerms, Constant, Predicate, Shape, Term} from "../src/claim/ClaimTerms.sol";
import {Deployed} from "./Deployed.sol";
import {IClaimCaller} from "./IClaimCaller.sol";

/// @dev Reads what tests/contracts/make_fixtures.py wrote: the same statements and proofs, made by the wallet's code.
abstract contract ClaimFixture is Deployed {
    uint40 internal constant NOW = 1_795_305_600;
    address internal constant VALIDATOR = address(0x7a11da7e);
    /// @dev Its first contract is the registry that the fixtures' proofs of possession name.
    address private constant DEPLOYER = address(0xde9108);

    struct ShownClaim {
        address recipient;
        uint32 asOf;
        uint256[] disclosed;
        bytes proof;
    }

    IClaimCaller internal caller;
    TrustRegistry internal registry;

    function _deploy() internal {
        vm.warp(NOW);
        caller = IClaimCaller(_createCaller("ClaimCaller"));
        _deployRegistry();
        registry.grantRole(registry.REGISTRAR_ROLE(), address(this));
    }

    function _deployRegistry() internal {
        vm.startPrank(DEPLOYER);
        registry = TrustRegistry(_create("TrustRegistry", abi.encode(this)));
        vm.stopPrank();
    }

    /// @dev (1.7) What the holder of the secret makes; the wallet's own code made those of the fixtures.
    function _prove(address where, bytes32 typeId, address validator, uint256 secret)
        internal
        view
        returns (bytes memory)
    {
        bytes memory point = Bls12381.hashToCurve(
            abi.encodePacked("stuiver/possession/v1", block.chainid, where, typeId, validator),
            "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_STUIVER_CLAIMS_V1_POSSESSION_"
        );
        return Bls12381.g1Msm(bytes.concat(point, bytes32(secret)));
    }

    function _load(string memory name) internal view returns (string memory) {
        return vm.readFile(string.concat("test/fixtures/", name, ".json"));
    }

    /// @dev Registers the fixture's type and key, as far as they are not yet known.
    function _register(string memory json) internal returns (bytes32 keyId) {
        bytes memory header = vm.parseJsonBytes(json, ".header");
        bytes32 typeId = keccak256(header);
        if (!registry.isAdmitted(VALIDATOR, typeId)) {
            registry.registerType(header);
            registry.admit(VALIDATOR, typeId);
            bytes memory possession = vm.parseJsonBytes(json, ".possession");
            vm.prank(VALIDATOR);
            return
                registry.addKey(typeId, vm.parseJsonBytes(json, ".publicKey"), NOW - 1, NOW + 1000, possession);
        }
        return keccak256(abi.encode(typeId, vm.parseJsonBytes(json, ".compressedKey")));
    }

    function _terms(string memory json) internal view returns (ClaimTerms memory terms) {
        terms.credentialType = keccak256(vm.parseJsonBytes(json, ".header"));
        uint256[] memory positions = vm.parseJsonUintArray(json, ".constants.positions");
        uint256[] memory scalars = vm.parseJsonUintArray(json, ".constants.scalars");
        terms.constants = new Constant[](positions.length);
        for (uint256 i = 0; i < positions.length; ++i) {
            terms.constants[i] = Constant(uint8(positions[i]), scalars[i]);
        }
        positions = vm.parseJsonUintArray(json, ".disclosed");
        terms.disclosed = new uint8[](positions.length);
        for (uint256 i = 0; i < positions.length; ++i) {
            terms.disclosed[i] = uint8(positions[i]);
        }
        terms.predicates = new Predicate[](vm.parseJsonUint(json, ".shape.predicates"));
        for (uint256 i = 0; i < terms.predicates.length; ++i) {
            terms.predicates[i] = _predicate(json, string.concat(".predicates[", vm.toString(i), "]"));
        }
    }

    function _predicate(string memory json, string memory path) private pure returns (Predicate memory predicate) {
        uint256[] memory positions = vm.parseJsonUintArray(json, string.concat(path, ".positions"));
        int256[] memory coefficients = vm.parseJsonIntArray(json, string.concat(path, ".coefficients"));
        predicate.terms = new Term[](positions.length);
        for (uint256 i = 0; i < positions.length; ++i) {
            predicate.terms[i] = Term(uint8(positions[i]), int32(coefficients[i]));
        }
        predicate.constantTerm = int64(vm.parseJsonInt(json, string.concat(path, ".constantTerm")));
        predicate.perDay = int8(vm.parseJsonInt(json, string.concat(path, ".perDay")));
    }

    /// @dev Stores the fixture's statement as a fund would.
    function _store(string memory json) internal returns (Shape memory shape, address statement) {
        bytes32 keyId = _register(json);
        ClaimTerms memory terms = _terms(json);
        shape = caller.shape(registry, terms);
        bytes memory context = vm.parseJsonBytes(json, ".contextId");
        statement = caller.store(registry, keyId, terms, context, vm.parseJsonBytes(json, ".op"));
    }

    function _count(string memory json) internal view returns (uint256 count) {
        while (vm.keyExistsJson(json, string.concat(".claims[", vm.toString(count), "]"))) ++count;
    }

    function _claim(string memory json, uint256 index) internal pure returns (ShownClaim memory claim) {
        string memory path = string.concat(".claims[", vm.toString(index), "]");
        claim.recipient = vm.parseJsonAddress(json, string.concat(path, ".recipient"));
        claim.asOf = uint32(vm.parseJsonUint(json, string.concat(path, ".asOf")));
        claim.disclosed = vm.parseJsonUintArray(json, string.concat(path, ".disclosed"));
        claim.proof = vm.parseJsonBytes(json, string.concat(path, ".proof"));
    }

    function _nullifier(string memory json, uint256 index) internal pure returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(".claims[", vm.toString(index), "].nullifier"));
    }
}
