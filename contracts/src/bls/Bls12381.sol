// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @title BLS12-381 through the precompiles of EIP-2537
/// @notice Points are in EVM form: 128 octets in G1, 256 in G2 (x.c0, x.c1, y.c0, y.c1), each coordinate left-padded to
/// 64 octets; the identity is all zero. Hashing is RFC 9380, `BLS12381G1_XMD:SHA-256_SSWU_RO_`.
library Bls12381 {
    /// @notice A precompile refused its input.
    error Bls12381Refused(uint256 precompile);
    /// @notice The octets have not the length of a point.
    error Bls12381WrongLength(uint256 length);
    /// @notice The domain separation tag has more than 255 octets, or more than 255 blocks were asked for.
    error Bls12381HashTooLong();

    /// @dev Order of G1 and G2.
    uint256 internal constant R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;
    /// @dev 2^256 mod R.
    uint256 private constant TWO_256_MOD_R = 0x1824b159acc5056f998c4fefecbc4ff55884b7fa0003480200000001fffffffe;
    /// @dev The field's prime, its high 128 and its low 256 bits; then (p - 1) / 2 alike.
    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    uint256 private constant HALF_HIGH = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant HALF_LOW = 0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;

    /// @dev Flags of a compressed point, at the top of its first 16 octets.
    uint256 private constant COMPRESSED = 1 << 127;
    uint256 private constant INFINITY = 1 << 126;
    uint256 private constant LARGER_Y = 1 << 125;

    uint256 private constant MODEXP = 0x05;
    uint256 private constant G1_ADD = 0x0b;
    uint256 internal constant G1_MSM = 0x0c;
    uint256 private constant G2_MSM = 0x0e;
    uint256 internal constant PAIRING = 0x0f;
    uint256 private constant MAP_FP_TO_G1 = 0x10;

    /// @notice P1 of the BBS suite BLS12-381-SHA-256.
    function p1() internal pure returns (bytes memory) {
        return hex"0000000000000000000000000000000008ce256102840821a3e94ea9025e4662"
            hex"b205762f9776b3a766c872b948f1fd225e7c59698588e70d11406d161b4e28c9"
            hex"0000000000000000000000000000000010a711acd16ff43e30b3373b7b6a9233"
            hex"945ec74adf00b0481fbcd5e3b1e342e7a105b4966195e6a678857a0e0493d5b1";
    }

    /// @notice The generator BP2 of G2.
    function bp2() internal pure returns (bytes memory) {
        return hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051"
            hex"c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
            hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65"
            hex"596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
            hex"000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351a"
            hex"adfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"
            hex"000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99"
            hex"cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be";
    }

    /// @notice The sum of two points of the curve.
    function g1Add(bytes memory a, bytes memory b) internal view returns (bytes memory) {
        if (a.length != 128 || b.length != 128) revert Bls12381WrongLength(a.length);
        return _call(G1_ADD, bytes.concat(a, b), 128);
    }

    /// @notice The sum of `scalar * point` over records of 160 octets; every point must be in the subgroup.
    function g1Msm(bytes memory records) internal view returns (bytes memory) {
        if (records.length == 0 || records.length % 160 != 0) revert Bls12381WrongLength(records.length);
        return _call(G1_MSM, records, 128);
    }

    /// @notice Whether the octets are a point of G1 other than the identity.
    function isG1(bytes memory point) internal view returns (bool) {
        if (point.length != 128 || isZero(point)) return false;
        (bool accepted,) = _tryCall(G1_MSM, bytes.concat(point, bytes32(uint256(1))), 128);
        return accepted;
    }

    /// @notice Whether the octets are a point of G2 other than the identity.
    function isG2(bytes memory point) internal view returns (bool) {
        if (point.length != 256 || isZero(point)) return false;
        (bool accepted,) = _tryCall(G2_MSM, bytes.concat(point, bytes32(uint256(1))), 256);
        return accepted;
    }

    /// @notice Whether all octets are zero: the identity in EVM form.
    function isZero(bytes memory octets) internal pure returns (bool) {
        return keccak256(octets) == keccak256(new bytes(octets.length));
    }

    /// @notice Whether the product of the pairings of (G1 || G2) records of 384 octets is one.
    function pairing(bytes memory records) internal view returns (bool) {
        if (records.length == 0 || records.length % 384 != 0) revert Bls12381WrongLength(records.length);
        return abi.decode(_call(PAIRING, records, 32), (uint256)) == 1;
    }

    /// @notice RFC 9380 hash_to_curve for G1.
    function hashToCurve(bytes memory message, bytes memory dst) internal view returns (bytes memory) {
        bytes memory uniform = expandMessage(message, dst, 128);
        return g1Add(_mapToCurve(uniform, 0), _mapToCurve(uniform, 64));
    }

    /// @notice BBS hash_to_scalar: 48 uniform octets, reduced.
    function hashToScalar(bytes memory message, bytes memory dst) internal pure returns (uint256) {
        bytes memory uniform = expandMessage(message, dst, 48);
        uint256 high;
        uint256 low;
        assembly ("memory-safe") {
            high := shr(128, mload(add(uniform, 32)))
            low := mload(add(uniform, 48))
        }
        return addmod(mulmod(high, TWO_256_MOD_R, R), low, R);
    }

    /// @notice RFC 9380 expand_message_xmd with SHA-256.
    function expandMessage(bytes memory message, bytes memory dst, uint256 length)
        internal
        pure
        returns (bytes memory uniform)
    {
        uint256 blocks = (length + 31) / 32;
        if (dst.length > 255 || blocks > 255) revert Bls12381HashTooLong();
        bytes memory dstPrime = abi.encodePacked(dst, uint8(dst.length));
        bytes32 first = sha256(abi.encodePacked(new bytes(64), message, uint16(length), uint8(0), dstPrime));
        bytes32 previous;
        uniform = new bytes(blocks * 32);
        for (uint256 i = 1; i <= blocks; ++i) {
            previous = sha256(abi.encodePacked(first ^ previous, uint8(i), dstPrime));
            assembly ("memory-safe") {
                mstore(add(uniform, mul(i, 32)), previous)
            }
        }
        assembly ("memory-safe") {
            mstore(uniform, length)
        }
    }

    /// @notice The compressed form of a point of G1, 48 octets.
    function compressG1(bytes memory point) internal pure returns (bytes memory) {
        if (point.length != 128) revert Bls12381WrongLength(point.length);
        (uint256 high, uint256 low) = _coordinate(point, 0);
        (uint256 yHigh, uint256 yLow) = _coordinate(point, 64);
        high |= COMPRESSED;
        if (isZero(point)) high |= INFINITY;
        else if (_isLarger(yHigh, yLow)) high |= LARGER_Y;
        return abi.encodePacked(uint128(high), low);
    }

    /// @notice The compressed form of a point of G2, 96 octets: x.c1, then x.c0.
    function compressG2(bytes memory point) internal pure returns (bytes memory) {
        if (point.length != 256) revert Bls12381WrongLength(point.length);
        (uint256 high, uint256 low) = _coordinate(point, 64);
        (uint256 restHigh, uint256 restLow) = _coordinate(point, 0);
        (uint256 yHigh, uint256 yLow) = _coordinate(point, 192);
        if (yHigh == 0 && yLow == 0) (yHigh, yLow) = _coordinate(point, 128);
        high |= COMPRESSED;
        if (isZero(point)) high |= INFINITY;
        else if (_isLarger(yHigh, yLow)) high |= LARGER_Y;
        return abi.encodePacked(uint128(high), low, uint128(restHigh), restLow);
    }

    /// @notice keccak256 of x || y, 48 + 48 octets.
    function hashPoint(bytes memory point) internal pure returns (bytes32) {
        if (point.length != 128) revert Bls12381WrongLength(point.length);
        (uint256 xHigh, uint256 xLow) = _coordinate(point, 0);
        (uint256 yHigh, uint256 yLow) = _coordinate(point, 64);
        return keccak256(abi.encodePacked(uint128(xHigh), xLow, uint128(yHigh), yLow));
    }

    /// @dev 64 uniform octets at `offset`, reduced mod p (hash_to_field) and mapped.
    function _mapToCurve(bytes memory uniform, uint256 offset) private view returns (bytes memory) {
        bytes32 high;
        bytes32 low;
        assembly ("memory-safe") {
            high := mload(add(add(uniform, 32), offset))
            low := mload(add(add(uniform, 64), offset))
        }
        bytes memory power = abi.encodePacked(uint256(64), uint256(1), uint256(64), high, low, uint8(1), P_HIGH, P_LOW);
        return _call(MAP_FP_TO_G1, _call(MODEXP, power, 64), 128);
    }

    function _coordinate(bytes memory point, uint256 offset) private pure returns (uint256 high, uint256 low) {
        assembly ("memory-safe") {
            high := mload(add(add(point, 32), offset))
            low := mload(add(add(point, 64), offset))
        }
    }

    function _isLarger(uint256 high, uint256 low) private pure returns (bool) {
        return high > HALF_HIGH || (high == HALF_HIGH && low > HALF_LOW);
    }

    function _call(uint256 precompile, bytes memory input, uint256 size) private view returns (bytes memory output) {
        bool accepted;
        (accepted, output) = _tryCall(precompile, input, size);
        if (!accepted) revert Bls12381Refused(precompile);
    }

    /// @dev A chain without the precompile answers with nothing: the returned size counts.
    function _tryCall(uint256 precompile, bytes memory input, uint256 size)
        private
        view
        returns (bool accepted, bytes memory output)
    {
        output = new bytes(size);
        assembly ("memory-safe") {
            accepted := staticcall(gas(), precompile, add(input, 32), mload(input), add(output, 32), size)
        }
        assembly ("memory-safe") {
            accepted := and(accepted, eq(returndatasize(), size))
        }
    }
}
