// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Bls12381} from "../src/bls/Bls12381.sol";
import {DataContract} from "../src/DataContract.sol";
import {
    ClaimInvalidChallenge,
    ClaimInvalidPoint,
    ClaimInvalidProof,
    ClaimInvalidScalar,
    ClaimWrongLength,
    Shape
} from "../src/claim/ClaimTerms.sol";
import {ClaimFixture} from "./ClaimFixture.sol";

contract ClaimVerifierTest is ClaimFixture {
    /// @dev A refused precompile burns what it was given: no test may give it everything.
    uint256 private constant GAS = 3_000_000;
    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    uint256 private constant SHORT_LIMIT = 1 << 126;

    string[7] private names = ["none", "one", "two", "four", "disclosed", "single", "large"];
    mapping(uint256 fixture => Shape) private shapes;
    mapping(uint256 fixture => address) private statements;
    mapping(uint256 fixture => ShownClaim[]) private claims;

    function setUp() public {
        _deploy();
        for (uint256 i = 0; i < names.length; ++i) {
            string memory json = _load(names[i]);
            (shapes[i], statements[i]) = _store(json);
            uint256 count = _count(json);
            for (uint256 j = 0; j < count; ++j) {
                claims[i].push(_claim(json, j));
            }
        }
    }

    // ---- accepted ----

    function test_acceptsEveryHonestClaim() public {
        uint256 accepted;
        for (uint256 i = 0; i < names.length; ++i) {
            string memory json = _load(names[i]);
            for (uint256 j = 0; j < claims[i].length; ++j) {
                (bytes32 nullifier, uint256 gasUsed) = _verify(i, claims[i][j]);
                assertEq(nullifier, _nullifier(json, j), names[i]);
                vm.snapshotValue("ClaimVerifier", names[i], gasUsed);
                ++accepted;
            }
        }
        assertEq(accepted, 16);
    }

    function test_nullifierIsThePersonsInTheScope() public view {
        (bytes32 first,) = _verify(4, claims[4][0]);
        (bytes32 again,) = _verify(4, claims[4][1]);
        (bytes32 other,) = _verify(4, claims[4][2]);
        assertEq(first, again);
        assertNotEq(first, other);
    }

    // ---- tampered octets ----

    /// @dev Every octet of one proof of each shape, one bit each.
    function test_refusesEveryChangedOctet() public {
        for (uint256 i = 0; i < names.length; ++i) {
            ShownClaim memory claim = claims[i][0];
            for (uint256 place = 0; place < claim.proof.length; ++place) {
                _refusesFlippedBit(i, claim, place, uint8(place % 8));
            }
        }
    }

    function testFuzz_refusesAnyFlippedBit(uint256 fixture, uint256 index, uint256 place, uint8 bit) public {
        fixture = bound(fixture, 0, names.length - 1);
        ShownClaim memory claim = claims[fixture][bound(index, 0, claims[fixture].length - 1)];
        _refusesFlippedBit(fixture, claim, bound(place, 0, claim.proof.length - 1), uint8(bound(bit, 0, 7)));
    }

    function testFuzz_refusesRandomProofs(uint256 seed) public {
        ShownClaim memory claim = claims[4][0];
        for (uint256 place = 0; place < claim.proof.length; ++place) {
            claim.proof[place] = bytes1(keccak256(abi.encode(seed, place)));
        }
        _refuses(4, claim, ClaimInvalidPoint.selector);
    }

    // ---- (7.1) ----

    function testFuzz_refusesWrongLength(uint256 fixture, uint256 length) public {
        fixture = bound(fixture, 0, names.length - 1);
        ShownClaim memory claim = claims[fixture][0];
        length = bound(length, 0, 2 * claim.proof.length);
        vm.assume(length != claim.proof.length);
        _refusesLength(fixture, claim, length);
    }

    function test_refusesOneOctetMoreOrLess() public {
        for (uint256 i = 0; i < names.length; ++i) {
            ShownClaim memory claim = claims[i][0];
            _refusesLength(i, claim, claim.proof.length + 1);
            _refusesLength(i, claim, claim.proof.length - 1);
            _refusesLength(i, claim, 0);
        }
    }

    function test_refusesAnotherNumberOfDisclosedValues() public {
        for (uint256 count = 0; count < 6; ++count) {
            if (count == 2) continue;
            ShownClaim memory claim = claims[4][0];
            claim.disclosed = new uint256[](count);
            _refuses(4, claim, abi.encodeWithSelector(ClaimWrongLength.selector, claim.proof.length, count));
        }
    }

    // ---- (7.2) ----

    function test_refusesStrangePointsEverywhere() public {
        string memory points = _load("points");
        bytes[4] memory strange = [
            new bytes(96),
            vm.parseJsonBytes(points, ".outsideSubgroup"),
            vm.parseJsonBytes(points, ".orderThree"),
            vm.parseJsonBytes(points, ".offCurve")
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            for (uint256 point = 0; point < _points(i); ++point) {
                for (uint256 j = 0; j < strange.length; ++j) {
                    ShownClaim memory claim = claims[i][0];
                    _replace(claim.proof, 96 * point, strange[j]);
                    _refuses(i, claim, ClaimInvalidPoint.selector);
                }
                ShownClaim memory unreduced = claims[i][0];
                _addPrime(unreduced.proof, 96 * point);
                _refuses(i, unreduced, ClaimInvalidPoint.selector);
                unreduced = claims[i][0];
                _addPrime(unreduced.proof, 96 * point + 48);
                _refuses(i, unreduced, ClaimInvalidPoint.selector);
            }
        }
    }

    function test_refusesOtherPointsOfTheGroup() public {
        bytes memory p1 = vm.parseJsonBytes(_load("points"), ".p1");
        for (uint256 i = 0; i < names.length; ++i) {
            for (uint256 point = 0; point < _points(i); ++point) {
                ShownClaim memory claim = claims[i][0];
                bytes memory neighbour = _part(claim.proof, 96 * ((point + 1) % _points(i)), 96);
                _replace(claim.proof, 96 * point, p1);
                _refuses(i, claim, ClaimInvalidChallenge.selector);
                _replace(claim.proof, 96 * point, neighbour);
                _refuses(i, claim, ClaimInvalidChallenge.selector);
            }
        }
    }

    // ---- (7.3) ----

    function test_refusesScalarsThatAreNotReduced() public {
        for (uint256 i = 0; i < names.length; ++i) {
            uint256 start = 96 * _points(i);
            for (uint256 place = start; place < start + 32 * _scalars(i); place += 32) {
                ShownClaim memory claim = claims[i][0];
                _write(claim.proof, place, _read(claim.proof, place) + Bls12381.R);
                _refuses(i, claim, ClaimInvalidScalar.selector);
                _write(claim.proof, place, Bls12381.R);
                _refuses(i, claim, ClaimInvalidScalar.selector);
                _write(claim.proof, place, type(uint256).max);
                _refuses(i, claim, ClaimInvalidScalar.selector);
            }
        }
    }

    function test_refusesLongShortResponses() public {
        for (uint256 i = 0; i < names.length; ++i) {
            uint256 start = 96 * _points(i) + 32 * _scalars(i);
            for (uint256 place = start; place < claims[i][0].proof.length; place += 16) {
                ShownClaim memory claim = claims[i][0];
                uint256 z = uint128(bytes16(_part(claim.proof, place, 16)));
                uint256[4] memory tooLong = [SHORT_LIMIT, z + SHORT_LIMIT, z + 2 * SHORT_LIMIT, 4 * SHORT_LIMIT - 1];
                for (uint256 j = 0; j < 4; ++j) {
                    _replace(claim.proof, place, abi.encodePacked(uint128(tooLong[j])));
                    _refuses(i, claim, ClaimInvalidScalar.selector);
                }
                _replace(claim.proof, place, abi.encodePacked(uint128(SHORT_LIMIT - 1)));
                _refuses(i, claim, ClaimInvalidProof.selector);
            }
        }
    }

    function testFuzz_refusesDisclosedValuesBeyondTheirWidth(uint256 value) public {
        ShownClaim memory claim = claims[4][0];
        claim.disclosed[0] = bound(value, 16, type(uint256).max);
        _refuses(4, claim, ClaimInvalidScalar.selector);
        claim = claims[4][0];
        claim.disclosed[1] = bound(value, 1 << 17, type(uint256).max);
        _refuses(4, claim, ClaimInvalidScalar.selector);
    }

    /// @dev Equal modulo the group order is not equal.
    function test_refusesDisclosedValueWithTheOrderAdded() public {
        ShownClaim memory claim = claims[4][0];
        claim.disclosed[0] += Bls12381.R;
        _refuses(4, claim, ClaimInvalidScalar.selector);
    }

    function testFuzz_refusesDaysOutOfRange(uint32 asOf) public {
        ShownClaim memory claim = claims[0][0];
        claim.asOf = uint32(bound(asOf, 1 << 17, type(uint32).max));
        _refuses(0, claim, ClaimInvalidScalar.selector);
    }

    // ---- (7.4) ----

    function testFuzz_refusesAnotherRecipient(uint256 fixture, address recipient) public {
        fixture = bound(fixture, 0, names.length - 1);
        ShownClaim memory claim = claims[fixture][0];
        vm.assume(recipient != claim.recipient);
        claim.recipient = recipient;
        _refuses(fixture, claim, ClaimInvalidChallenge.selector);
    }

    function testFuzz_refusesAnotherDay(uint256 fixture, uint32 asOf) public {
        fixture = bound(fixture, 0, names.length - 1);
        ShownClaim memory claim = claims[fixture][0];
        asOf = uint32(bound(asOf, 0, (1 << 17) - 1));
        vm.assume(asOf != claim.asOf);
        claim.asOf = asOf;
        _refuses(fixture, claim, ClaimInvalidChallenge.selector);
    }

    function testFuzz_refusesAnotherDisclosedValue(uint256 value) public {
        ShownClaim memory claim = claims[4][0];
        value = bound(value, 0, 15);
        vm.assume(value != claim.disclosed[0]);
        claim.disclosed[0] = value;
        _refuses(4, claim, ClaimInvalidChallenge.selector);
    }

    function test_refusesDisclosedValuesInAnotherOrder() public {
        ShownClaim memory claim = claims[6][0];
        (claim.disclosed[0], claim.disclosed[1]) = (claim.disclosed[1], claim.disclosed[0]);
        _refuses(6, claim, ClaimInvalidChallenge.selector);
    }

    function test_refusesAnotherPeriodsStatement() public {
        for (uint256 i = 0; i < names.length; ++i) {
            statements[i] = DataContract.write(vm.parseJsonBytes(_load(names[i]), ".otherPeriod"));
            _refuses(i, claims[i][0], ClaimInvalidChallenge.selector);
        }
    }

    function test_refusesAnotherChallengeInverse() public {
        for (uint256 i = 0; i < names.length; ++i) {
            ShownClaim memory claim = claims[i][0];
            uint256 place = 96 * _points(i);
            _write(claim.proof, place, 0);
            _refuses(i, claim, ClaimInvalidChallenge.selector);
            _write(claim.proof, place, addmod(_read(claims[i][0].proof, place), 1, Bls12381.R));
            _refuses(i, claim, ClaimInvalidChallenge.selector);
        }
    }

    function test_refusesAnAccountThatIsNoStatement() public {
        for (uint256 i = 0; i < names.length; ++i) {
            statements[i] = address(0xdead);
            // without code even the keys would be zero, and a pairing with zero is always one
            _refuses(i, claims[i][0], ClaimInvalidChallenge.selector);
        }
    }

    // ---- (7.7) ----

    function test_refusesOtherResponses() public {
        for (uint256 i = 0; i < names.length; ++i) {
            uint256 start = 96 * _points(i) + 32;
            uint256 end = start + 32 * (_scalars(i) - 1);
            for (uint256 place = start; place < end; place += 32) {
                ShownClaim memory claim = claims[i][0];
                uint256 scalar = _read(claim.proof, place);
                uint256[4] memory others = [
                    addmod(scalar, 1, Bls12381.R),
                    0,
                    Bls12381.R - scalar,
                    _read(claims[i][1 % claims[i].length].proof, place)
                ];
                for (uint256 j = 0; j < 4; ++j) {
                    if (others[j] == scalar) continue;
                    _write(claim.proof, place, others[j]);
                    _refuses(i, claim, ClaimInvalidProof.selector);
                }
            }
        }
    }

    /// @dev Errors that would cancel if all relations had the same weight.
    function test_refusesErrorsThatCancel() public {
        for (uint256 i = 1; i < names.length; ++i) {
            uint256 first = 96 * _points(i) + 32 * _scalars(i);
            for (uint256 place = first; place + 48 <= claims[i][0].proof.length; place += 48) {
                ShownClaim memory claim = claims[i][0];
                bytes memory z1 = _part(claim.proof, place, 16);
                bytes memory z2 = _part(claim.proof, place + 16, 16);
                if (keccak256(z1) == keccak256(z2)) continue;
                _replace(claim.proof, place, z2);
                _replace(claim.proof, place + 16, z1);
                _refuses(i, claim, ClaimInvalidProof.selector);
            }
        }
    }

    function test_refusesProversWithoutAWitness() public {
        string memory json = _load("forged");
        uint256 count = _count(json);
        assertEq(count, 7);
        for (uint256 i = 0; i < count; ++i) {
            _refuses(4, _claim(json, i), ClaimInvalidProof.selector);
        }
    }

    /// @dev Made without any signature, from what everybody sees of one claim: every equation holds but (7.4).
    function test_refusesAForgeryFromAPublicProof() public {
        string memory json = _load("unbound");
        uint256 count = _count(json);
        assertEq(count, 2);
        for (uint256 i = 0; i < count; ++i) {
            _refuses(4, _claim(json, i), ClaimInvalidChallenge.selector);
        }
    }

    // ---- the parts ----

    function _verify(uint256 fixture, ShownClaim memory claim) private view returns (bytes32, uint256) {
        return caller.verify{gas: GAS}(
            shapes[fixture], statements[fixture], claim.recipient, claim.asOf, claim.disclosed, claim.proof
        );
    }

    function _refuses(uint256 fixture, ShownClaim memory claim, bytes4 selector) private {
        _refuses(fixture, claim, abi.encodeWithSelector(selector));
    }

    function _refuses(uint256 fixture, ShownClaim memory claim, bytes memory refusal) private {
        (bool accepted, bytes memory answer) = _try(fixture, claim);
        assertFalse(accepted, names[fixture]);
        assertEq(answer, refusal, names[fixture]);
    }

    function _try(uint256 fixture, ShownClaim memory claim) private view returns (bool, bytes memory) {
        return address(caller).staticcall{gas: GAS}(
            abi.encodeCall(
                caller.verify,
                (shapes[fixture], statements[fixture], claim.recipient, claim.asOf, claim.disclosed, claim.proof)
            )
        );
    }

    /// @dev What a flipped bit may be refused for depends on the field it is in.
    function _refusesFlippedBit(uint256 fixture, ShownClaim memory claim, uint256 place, uint8 bit) private {
        claim.proof[place] ^= bytes1(uint8(1) << bit);
        (bool accepted, bytes memory answer) = _try(fixture, claim);
        claim.proof[place] ^= bytes1(uint8(1) << bit);
        assertFalse(accepted, string.concat(names[fixture], " octet ", vm.toString(place)));
        bytes4 reason = bytes4(answer);
        uint256 scalarsAt = 96 * _points(fixture);
        if (place < scalarsAt) {
            assertEq(reason, ClaimInvalidPoint.selector);
        } else if (reason != ClaimInvalidScalar.selector) {
            assertEq(reason, place < scalarsAt + 32 ? ClaimInvalidChallenge.selector : ClaimInvalidProof.selector);
        }
    }

    function _refusesLength(uint256 fixture, ShownClaim memory claim, uint256 length) private {
        bytes memory whole = claim.proof;
        claim.proof = new bytes(length);
        for (uint256 i = 0; i < length && i < whole.length; ++i) {
            claim.proof[i] = whole[i];
        }
        _refuses(fixture, claim, abi.encodeWithSelector(ClaimWrongLength.selector, length, claim.disclosed.length));
        claim.proof = whole;
    }

    function _points(uint256 fixture) private view returns (uint256) {
        return 6 + 2 * uint256(shapes[fixture].commitments);
    }

    function _scalars(uint256 fixture) private view returns (uint256) {
        return 4 + uint256(shapes[fixture].hidden) + shapes[fixture].commitments;
    }

    function _addPrime(bytes memory proof, uint256 place) private pure {
        uint256 high = uint128(bytes16(_part(proof, place, 16)));
        uint256 low = _read(proof, place + 16);
        unchecked {
            high += P_HIGH + (low + P_LOW < low ? 1 : 0);
            low += P_LOW;
        }
        _replace(proof, place, abi.encodePacked(uint128(high), low));
    }

    function _part(bytes memory octets, uint256 place, uint256 size) private pure returns (bytes memory part) {
        part = new bytes(size);
        for (uint256 i = 0; i < size; ++i) {
            part[i] = octets[place + i];
        }
    }

    function _replace(bytes memory octets, uint256 place, bytes memory part) private pure {
        for (uint256 i = 0; i < part.length; ++i) {
            octets[place + i] = part[i];
        }
    }

    function _read(bytes memory octets, uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(octets, 32), place))
        }
    }

    function _write(bytes memory octets, uint256 place, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(add(add(octets, 32), place), word)
        }
    }
}
