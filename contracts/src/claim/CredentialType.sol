// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {BbsGenerators} from "../bls/BbsGenerators.sol";
import {Bls12381} from "../bls/Bls12381.sol";

/// @title What follows from a credential type's header (section 1)
library CredentialType {
    /// @notice (1.1)
    bytes internal constant API_ID = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_STUIVER_CLAIMS_V1_";
    /// @notice (1.2) The most claims a type may have.
    uint256 internal constant MAX_CLAIMS = 16;
    /// @notice (1.2) The widest number, in bits.
    uint256 internal constant MAX_WIDTH = 32;
    /// @notice `parse`: the header is in order.
    uint256 internal constant NO_FAULT = type(uint256).max;

    /// @notice (1.3) The widths of the claims, and the first wrong octet or `NO_FAULT`.
    function parse(bytes memory header) internal pure returns (uint8[] memory widths, uint256 fault) {
        if (header.length == 0) return (widths, 0);
        uint256 claims = uint8(header[0]);
        if (claims == 0 || claims > MAX_CLAIMS) return (widths, 0);
        if (header.length < claims + 1) return (widths, header.length);
        widths = new uint8[](claims);
        for (uint256 i = 0; i < claims; ++i) {
            uint8 width = uint8(header[i + 1]);
            if (width > MAX_WIDTH) return (widths, i + 1);
            widths[i] = width;
        }
        return (widths, NO_FAULT);
    }

    /// @notice (1.4) Q1, H_0, .., H_(L+1) in EVM form, 128 octets each.
    function generators(uint256 claims) internal view returns (bytes memory) {
        return
            bytes.concat(
                BbsGenerators.create(claims + 1, API_ID), BbsGenerators.create(2, bytes.concat("BLIND_", API_ID))
            );
    }

    /// @notice (1.5) `publicKey` is compressed; the nym vector has length one.
    function domain(bytes memory publicKey, bytes memory points, bytes memory header) internal pure returns (uint256) {
        return BbsGenerators.domain(publicKey, points, abi.encodePacked(header, uint64(1)), API_ID);
    }

    /// @notice (1.7) The point, 128 octets, that a validator multiplies with its secret key to register the key at
    /// `registry` on this chain.
    function possessionPoint(address registry, bytes32 typeId, address validator)
        internal
        view
        returns (bytes memory)
    {
        return Bls12381.hashToCurve(
            abi.encodePacked("stuiver/possession/v1", block.chainid, registry, typeId, validator),
            bytes.concat(API_ID, "POSSESSION_")
        );
    }
}
