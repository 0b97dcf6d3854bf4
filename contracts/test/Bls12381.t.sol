// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Test} from "forge-std/Test.sol";
import {BbsGenerators} from "../src/bls/BbsGenerators.sol";
import {Bls12381} from "../src/bls/Bls12381.sol";

/// @dev Libraries behind external calls, so that their reverts can be expected.
contract Bls12381Caller {
    function g1Add(bytes memory a, bytes memory b) external view returns (bytes memory) {
        return Bls12381.g1Add(a, b);
    }

    function g1Msm(bytes memory records) external view returns (bytes memory) {
        return Bls12381.g1Msm(records);
    }

    function pairing(bytes memory records) external view returns (bool) {
        return Bls12381.pairing(records);
    }

    function compressG1(bytes memory point) external pure returns (bytes memory) {
        return Bls12381.compressG1(point);
    }

    function compressG2(bytes memory point) external pure returns (bytes memory) {
        return Bls12381.compressG2(point);
    }

    function hashPoint(bytes memory point) external pure returns (bytes32) {
        return Bls12381.hashPoint(point);
    }

    function expandMessage(bytes memory message, bytes memory dst, uint256 length)
        external
        pure
        returns (bytes memory)
    {
        return Bls12381.expandMessage(message, dst, length);
    }
}

contract Bls12381Test is Test {
    /// @dev Order of the field, 48 octets; (p + 1) / 4.
    bytes private constant P =
        hex"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    bytes private constant ROOT =
        hex"0680447a8e5ff9a692c6e9ed90d2eb35d91dd2e13ce144afd9cc34a83dac3d8907aaffffac54ffffee7fbfffffffeaab";
    /// @dev draft-irtf-cfrg-bbs-signatures, BLS12-381-SHA-256, generators.json: P1, Q1, H_1 .. H_10, compressed.
    bytes private constant DRAFT = hex"a8ce256102840821a3e94ea9025e4662b205762f9776b3a766c872b948f1fd225e7c59698588e70d11406d161b4e28c9"
        hex"a9ec65b70a7fbe40c874c9eb041c2cb0a7af36ccec1bea48fa2ba4c2eb67ef7f9ecb17ed27d38d27cdeddff44c8137be"
        hex"98cd5313283aaf5db1b3ba8611fe6070d19e605de4078c38df36019fbaad0bd28dd090fd24ed27f7f4d22d5ff5dea7d4"
        hex"a31fbe20c5c135bcaa8d9fc4e4ac665cc6db0226f35e737507e803044093f37697a9d452490a970eea6f9ad6c3dcaa3a"
        hex"b479263445f4d2108965a9086f9d1fdc8cde77d14a91c856769521ad3344754cc5ce90d9bc4c696dffbc9ef1d6ad1b62"
        hex"ac0401766d2128d4791d922557c7b4d1ae9a9b508ce266575244a8d6f32110d7b0b7557b77604869633bb49afbe20035"
        hex"b95d2898370ebc542857746a316ce32fa5151c31f9b57915e308ee9d1de7db69127d919e984ea0747f5223821b596335"
        hex"8f19359ae6ee508157492c06765b7df09e2e5ad591115742f2de9c08572bb2845cbf03fd7e23b7f031ed9c7564e52f39"
        hex"abc914abe2926324b2c848e8a411a2b6df18cbe7758db8644145fefb0bf0a2d558a8c9946bd35e00c69d167aadf304c1"
        hex"80755b3eb0dd4249cbefd20f177cee88e0761c066b71794825c9997b551f24051c352567ba6c01e57ac75dff763eaa17"
        hex"82701eb98070728e1769525e73abff1783cedc364adb20c05c897a62f2ab2927f86f118dcb7819a7b218d8f3fee4bd7f"
        hex"a1f229540474f4d6f1134761b92b788128c7ac8dc9b0c52d59493132679673032ac7db3fb3d79b46b13c1c41ee495bca";
    /// @dev draft-irtf-cfrg-bbs-pseudonyms, BLS12-381-SHA-256, generators.json: Q1, H_1 .. H_10, compressed.
    bytes private constant PSEUDONYM = hex"a87fa55cfc29d0d0ef43b7816018c6162b9c4a5ddd5239ed24d9799f8e105c267d81ccb22f6379853c4070c28c71f13c"
        hex"8c6de69580b83b7c6d773857ae64b4495955eb06e67ebc5855af89c72cd8d9bea9fd7f71eca20c6a3388dfa67b1e7ccf"
        hex"aed1785c1c00d00893413e5011ecdc98706958a2ccf175be8a42afa56ef19c86ca6c14afe7e74a72596704fe34b6611d"
        hex"b5b5142c6314a918882439b634adb926cf42a55da2962865bcf09fe746554851ae075d9a4a03add64a0bec997eb708a8"
        hex"b54f25df3ba79539da4ceb375522625518590eebd52211d40cf1083f8a9e8c1bb19212f1f31711fd333678002a362830"
        hex"8fcb548cd1e5cddba514a7f90e3b0ebd00bd82bd66158f70cc7fffdb09f14ac8fc56ef9587cc41a82614533444494e75"
        hex"94a1d50478150c469711ccd09fa4544a590a1903f16445a4a5bc0ab639f1a408580f2464972198d128f1bb4a4fa41b0b"
        hex"b36ceb6c0cc0850fd3a2e64fa534a1c15566f99688ec6134c5223a33de83ce5534d43c0973a2769ce887d5bac8481519"
        hex"a4e6dff6038ab2e8265d9c177d110c742bc97f3a32bd70123ecd67176181b2068a0ae8323db6e061e4d8e62db6f283ad"
        hex"90977c482711c97318d1e4c4205308847727ca7dbf3ca7d1c55f1906aeca21aae22b7f43e73feae41c9a9be75319015d"
        hex"a435ee46442dd320426a1eb163176154bb144a7f829900d0e14ec7c28d882572acc1b4f670ef7cf5b41a4bea2efae6c6";
    /// @dev The same file's first three blind generators, compressed.
    bytes private constant BLIND = hex"a264ef107598f1caaeb323b65164bcea80e88814810efc61ea27412e879c7cb9344b1b513118d3cf5c79bfa81268ef36"
        hex"8af923aaeaad46bf889049b2e5de19ff17778343114e589d716cde6eaa553c9e54fd6805afb244e445be2939ac789b35"
        hex"aa6c94da21fafb4cd604029cf599df139aa88ca1cf3676fb7da1e12ec6a8dc83c3d7fdbf33a79e760d810c4fbac37f6a";
    bytes private constant API_ID = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_HM2S_";
    bytes private constant PSEUDONYM_API_ID = "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_H2G_HM2S_PSEUDONYM_";

    Bls12381Caller private caller;

    function setUp() public {
        caller = new Bls12381Caller();
    }

    function test_fixedPointsAreTheSuites() public pure {
        assertEq(Bls12381.compressG1(Bls12381.p1()), _slice(DRAFT, 0, 48));
        assertEq(
            Bls12381.compressG2(Bls12381.bp2()),
            hex"93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
            hex"024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        );
    }

    function test_generatorsAreTheDrafts() public view {
        assertEq(_compressed(BbsGenerators.create(11, API_ID)), _slice(DRAFT, 48, 528));
    }

    function test_generatorsArePseudonymDrafts() public view {
        assertEq(_compressed(BbsGenerators.create(11, PSEUDONYM_API_ID)), PSEUDONYM);
        assertEq(_compressed(BbsGenerators.create(3, bytes.concat("BLIND_", PSEUDONYM_API_ID))), BLIND);
    }

    /// @dev draft-irtf-cfrg-bbs-signatures, BLS12-381-SHA-256, signature001.json.
    function test_domainIsTheDrafts() public view {
        bytes memory key = hex"a820f230f6ae38503b86c70dc50b61c58a77e45c39ab25c0652bbaa8fa136f2851bd4781c9dcde39fc9d1d52c9e60268"
            hex"061e7d7632171d91aa8d460acee0e96f1e7c4cfb12d3ff9ab5d5dc91c277db75c845d649ef3c4f63aebc364cd55ded0c";
        uint256 domain =
            BbsGenerators.domain(key, BbsGenerators.create(2, API_ID), hex"11223344556677889900aabbccddeeff", API_ID);
        assertEq(domain, 0x25d57fab92a8274c68fde5c3f16d4b275e4a156f211ae34b3ab32fbaf506ed5c);
    }

    /// @dev draft-irtf-cfrg-bbs-signatures, BLS12-381-SHA-256, h2s.json.
    function test_hashToScalarIsTheDrafts() public pure {
        assertEq(
            Bls12381.hashToScalar(
                hex"9872ad089e452c7b6e283dfac2a80d58e8d0ff71cc4d5e310a1debdda4a45f02", bytes.concat(API_ID, "H2S_")
            ),
            0x0f90cbee27beb214e6545becb8404640d3612da5d6758dffeccd77ed7169807c
        );
    }

    /// @dev RFC 9380, appendix J.9.1, empty message.
    function test_hashToCurveIsTheRfcs() public view {
        assertEq(
            Bls12381.hashToCurve("", "QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_"),
            hex"00000000000000000000000000000000052926add2207b76ca4fa57a8734416c"
            hex"8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1"
            hex"0000000000000000000000000000000008ba738453bfed09cb546dbb0783dbb3"
            hex"a5f1f566ed67bb6be0e8c67e2e81a4cc68ee29813bb7994998f3eae0c9c6a265"
        );
    }

    function test_refusesHashesTooLong() public {
        vm.expectRevert(Bls12381.Bls12381HashTooLong.selector);
        caller.expandMessage("", new bytes(256), 32);
        vm.expectRevert(Bls12381.Bls12381HashTooLong.selector);
        caller.expandMessage("", "tag", 255 * 32 + 1);
    }

    function testFuzz_expandedLengthIsAsAsked(bytes memory message, uint16 length) public pure {
        length = uint16(bound(length, 1, 255 * 32));
        assertEq(Bls12381.expandMessage(message, "tag", length).length, length);
    }

    function testFuzz_compressedPointsGiveThePointBack(bytes memory seed, bool negate) public view {
        bytes memory point = Bls12381.hashToCurve(seed, API_ID);
        if (negate) point = _negate(point);
        bytes memory compressed = Bls12381.compressG1(point);
        assertEq(compressed.length, 48);
        assertEq(_decompress(compressed), point);
    }

    function testFuzz_compressedKeysTellAKeyFromItsOpposite(uint256 scalar) public view {
        scalar = bound(scalar, 1, Bls12381.R - 1);
        bytes memory one = Bls12381.compressG2(_timesBp2(scalar));
        bytes memory other = Bls12381.compressG2(_timesBp2(Bls12381.R - scalar));
        assertEq(one.length, 96);
        assertEq(uint8(one[0]) ^ uint8(other[0]), 0x20);
        one[0] &= 0x1f;
        other[0] &= 0x1f;
        assertEq(one, other);
    }

    function test_compressesTheIdentity() public pure {
        assertEq(Bls12381.compressG1(new bytes(128)), bytes.concat(bytes1(0xc0), new bytes(47)));
        assertEq(Bls12381.compressG2(new bytes(256)), bytes.concat(bytes1(0xc0), new bytes(95)));
    }

    function testFuzz_pointHashIsOfTheUnpaddedPoint(bytes memory seed) public view {
        bytes memory point = Bls12381.hashToCurve(seed, API_ID);
        assertEq(Bls12381.hashPoint(point), keccak256(bytes.concat(_slice(point, 16, 48), _slice(point, 80, 48))));
    }

    function test_pairingIsBilinear() public view {
        bytes memory records = bytes.concat(
            Bls12381.p1(), _timesBp2(6), Bls12381.g1Msm(abi.encodePacked(Bls12381.p1(), Bls12381.R - 3)), _timesBp2(2)
        );
        assertTrue(Bls12381.pairing(records));
        records = bytes.concat(Bls12381.p1(), _timesBp2(6), _negate(Bls12381.p1()), _timesBp2(2));
        assertFalse(Bls12381.pairing(records));
    }

    function testFuzz_sumsAreMultiples(uint128 a, uint128 b) public view {
        bytes memory p1 = Bls12381.p1();
        bytes memory both = Bls12381.g1Msm(abi.encodePacked(p1, uint256(a), p1, uint256(b)));
        assertEq(both, Bls12381.g1Msm(abi.encodePacked(p1, uint256(a) + b)));
        assertEq(
            both,
            Bls12381.g1Add(
                Bls12381.g1Msm(abi.encodePacked(p1, uint256(a))), Bls12381.g1Msm(abi.encodePacked(p1, uint256(b)))
            )
        );
    }

    function test_tellsPointsOfTheGroupsFromOthers() public view {
        string memory points = vm.readFile("test/fixtures/points.json");
        assertTrue(Bls12381.isG1(Bls12381.p1()));
        assertTrue(Bls12381.isG2(Bls12381.bp2()));
        assertFalse(Bls12381.isG1(new bytes(128)));
        assertFalse(Bls12381.isG2(new bytes(256)));
        assertFalse(Bls12381.isG1(_slice(Bls12381.p1(), 0, 127)));
        assertFalse(Bls12381.isG2(_slice(Bls12381.bp2(), 0, 255)));
        assertFalse(Bls12381.isG2(vm.parseJsonBytes(points, ".g2OutsideSubgroup")));
        string[3] memory names = [".outsideSubgroup", ".orderThree", ".offCurve"];
        for (uint256 i = 0; i < names.length; ++i) {
            assertFalse(Bls12381.isG1(_padded(vm.parseJsonBytes(points, names[i]))), names[i]);
        }
    }

    function testFuzz_refusesWrongLengths(uint16 length) public {
        bytes memory octets = new bytes(length);
        bytes memory refusal = abi.encodeWithSelector(Bls12381.Bls12381WrongLength.selector, uint256(length));
        if (length % 160 != 0 || length == 0) {
            vm.expectRevert(refusal);
            caller.g1Msm(octets);
        }
        if (length % 384 != 0 || length == 0) {
            vm.expectRevert(refusal);
            caller.pairing(octets);
        }
        if (length != 128) {
            vm.expectRevert(refusal);
            caller.g1Add(octets, new bytes(128));
            vm.expectRevert(refusal);
            caller.compressG1(octets);
            vm.expectRevert(refusal);
            caller.hashPoint(octets);
        }
        if (length != 256) {
            vm.expectRevert(refusal);
            caller.compressG2(octets);
        }
    }

    function test_refusesWhatThePrecompilesRefuse() public {
        bytes memory offCurve = _padded(vm.parseJsonBytes(vm.readFile("test/fixtures/points.json"), ".offCurve"));
        vm.expectRevert(abi.encodeWithSelector(Bls12381.Bls12381Refused.selector, 0x0b));
        caller.g1Add{gas: 1_000_000}(offCurve, Bls12381.p1());
        vm.expectRevert(abi.encodeWithSelector(Bls12381.Bls12381Refused.selector, 0x0c));
        caller.g1Msm{gas: 1_000_000}(abi.encodePacked(offCurve, uint256(1)));
        vm.expectRevert(abi.encodeWithSelector(Bls12381.Bls12381Refused.selector, 0x0f));
        caller.pairing{gas: 1_000_000}(bytes.concat(offCurve, Bls12381.bp2()));
    }

    function _compressed(bytes memory points) private pure returns (bytes memory octets) {
        for (uint256 i = 0; i < points.length; i += 128) {
            octets = bytes.concat(octets, Bls12381.compressG1(_slice(points, i, 128)));
        }
    }

    function _timesBp2(uint256 scalar) private view returns (bytes memory) {
        return _call(0x0e, abi.encodePacked(Bls12381.bp2(), scalar));
    }

    function _negate(bytes memory point) private view returns (bytes memory) {
        return Bls12381.g1Msm(abi.encodePacked(point, Bls12381.R - 1));
    }

    /// @dev y = (x^3 + 4)^((p + 1) / 4), or p - y, whichever the flag asks for.
    function _decompress(bytes memory compressed) private view returns (bytes memory) {
        bool larger = uint8(compressed[0]) & 0x20 != 0;
        bytes memory x = bytes.concat(compressed);
        x[0] &= 0x1f;
        bytes memory cube = _power(x, hex"03");
        (uint256 high, uint256 low) = _limbs(cube);
        unchecked {
            if (low + 4 < low) ++high;
            low += 4;
        }
        bytes memory y = _power(abi.encodePacked(uint128(high), low), ROOT);
        (uint256 yHigh, uint256 yLow) = _limbs(y);
        (uint256 pHigh, uint256 pLow) = _limbs(P);
        uint256 otherLow;
        uint256 otherHigh;
        unchecked {
            otherLow = pLow - yLow;
            otherHigh = pHigh - yHigh - (pLow < yLow ? 1 : 0);
        }
        bool isLarger = yHigh > otherHigh || (yHigh == otherHigh && yLow > otherLow);
        if (isLarger != larger) y = abi.encodePacked(uint128(otherHigh), otherLow);
        return bytes.concat(bytes16(0), x, bytes16(0), y);
    }

    function _power(bytes memory base, bytes memory exponent) private view returns (bytes memory) {
        return _call(5, abi.encodePacked(uint256(48), exponent.length, uint256(48), base, exponent, P));
    }

    function _limbs(bytes memory octets) private pure returns (uint256 high, uint256 low) {
        return (uint128(bytes16(_slice(octets, 0, 16))), uint256(bytes32(_slice(octets, 16, 32))));
    }

    function _call(uint160 precompile, bytes memory input) private view returns (bytes memory) {
        (bool accepted, bytes memory output) = address(precompile).staticcall(input);
        require(accepted);
        return output;
    }

    function _padded(bytes memory point) private pure returns (bytes memory) {
        return bytes.concat(bytes16(0), _slice(point, 0, 48), bytes16(0), _slice(point, 48, 48));
    }

    function _slice(bytes memory octets, uint256 from, uint256 size) private pure returns (bytes memory part) {
        part = new bytes(size);
        for (uint256 i = 0; i < size; ++i) {
            part[i] = octets[from + i];
        }
    }
}
