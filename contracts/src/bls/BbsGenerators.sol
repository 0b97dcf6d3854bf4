// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Bls12381} from "./Bls12381.sol";

/// @title Generators and domain of the BBS suite BLS12-381-SHA-256
/// @notice draft-irtf-cfrg-bbs-signatures, `create_generators` and `calculate_domain`, byte-exact.
library BbsGenerators {
    /// @notice create_generators: `count` points in EVM form, 128 octets each.
    function create(uint256 count, bytes memory apiId) internal view returns (bytes memory points) {
        bytes memory seedDst = bytes.concat(apiId, "SIG_GENERATOR_SEED_");
        bytes memory generatorDst = bytes.concat(apiId, "SIG_GENERATOR_DST_");
        bytes memory v = Bls12381.expandMessage(bytes.concat(apiId, "MESSAGE_GENERATOR_SEED"), seedDst, 48);
        points = new bytes(count * 128);
        for (uint256 i = 0; i < count; ++i) {
            v = Bls12381.expandMessage(abi.encodePacked(v, uint64(i + 1)), seedDst, 48);
            bytes memory point = Bls12381.hashToCurve(v, generatorDst);
            assembly ("memory-safe") {
                mcopy(add(add(points, 32), mul(i, 128)), add(point, 32), 128)
            }
        }
    }

    /// @notice calculate_domain.
    /// @param publicKey compressed, 96 octets.
    /// @param points Q1, H_1, .. in EVM form, 128 octets each.
    function domain(bytes memory publicKey, bytes memory points, bytes memory header, bytes memory apiId)
        internal
        pure
        returns (uint256)
    {
        uint256 count = points.length / 128;
        bytes memory compressed = new bytes(count * 48);
        bytes memory point = new bytes(128);
        for (uint256 i = 0; i < count; ++i) {
            assembly ("memory-safe") {
                mcopy(add(point, 32), add(add(points, 32), mul(i, 128)), 128)
            }
            bytes memory octets = Bls12381.compressG1(point);
            assembly ("memory-safe") {
                mcopy(add(add(compressed, 32), mul(i, 48)), add(octets, 32), 48)
            }
        }
        return Bls12381.hashToScalar(
            abi.encodePacked(publicKey, uint64(count - 1), compressed, apiId, uint64(header.length), header),
            bytes.concat(apiId, "H2S_")
        );
    }
}
