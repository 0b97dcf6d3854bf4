// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {Bls12381} from "../src/bls/Bls12381.sol";
import {DataContract} from "../src/DataContract.sol";
import {ITrustRegistry} from "../src/ITrustRegistry.sol";
import {
    ClaimTerms,
    ClaimTermsBadGenerator,
    ClaimTermsBadHeader,
    ClaimTermsBadKey,
    ClaimTermsConstantAndDisclosed,
    ClaimTermsConstantTooLarge,
    ClaimTermsDisclosedText,
    ClaimTermsNotAscending,
    ClaimTermsOtherType,
    ClaimTermsRelatedGenerators,
    ClaimTermsTermCount,
    ClaimTermsTermNotHidden,
    ClaimTermsTermText,
    ClaimTermsTooFewHidden,
    ClaimTermsTooManyDisclosed,
    ClaimTermsTooManyPredicates,
    ClaimTermsUnknownPosition,
    ClaimTermsWrapAround,
    ClaimTermsZeroCoefficient,
    Constant,
    Predicate,
    Shape,
    Term
} from "../src/claim/ClaimTerms.sol";
import {ClaimFixture} from "./ClaimFixture.sol";
import {IPartsCaller} from "./IClaimCaller.sol";

contract ClaimStatementTest is ClaimFixture {
    /// @dev Eight claims: two texts, then widths 24, 24, 4, 17, 17, 32.
    bytes private constant HEADER = hex"080000181804111120697373756572";
    string[7] private names = ["none", "one", "two", "four", "disclosed", "single", "large"];
    IPartsCaller private parts;

    function setUp() public {
        _deploy();
        parts = IPartsCaller(_createCaller("PartsCaller"));
    }

    // ---- what the wallet computes, the contract computes ----

    function test_statementsAreTheWallets() public {
        for (uint256 i = 0; i < names.length; ++i) {
            string memory json = _load(names[i]);
            (Shape memory shape, address statement) = _store(json);
            bytes memory expected = vm.parseJsonBytes(json, ".statement");
            assertEq(statement.code, bytes.concat(hex"00", expected), names[i]);
            assertEq(shape.dataSize, expected.length, names[i]);
        }
    }

    function test_shapesAreTheWallets() public {
        for (uint256 i = 0; i < names.length; ++i) {
            string memory json = _load(names[i]);
            _register(json);
            Shape memory shape = caller.shape(registry, _terms(json));
            assertEq(shape.hidden, vm.parseJsonUint(json, ".shape.hidden"));
            assertEq(shape.disclosed, vm.parseJsonUintArray(json, ".disclosed").length);
            assertEq(shape.predicates, vm.parseJsonUint(json, ".shape.predicates"));
            assertEq(shape.commitments, vm.parseJsonUint(json, ".shape.commitments"));
            assertEq(shape.perCommitment, vm.parseJsonUint(json, ".shape.perCommitment"));
            assertEq(shape.kappa, vm.parseJsonUint(json, ".shape.kappa"));
        }
    }

    function test_scopesAreTheWallets() public view {
        string memory json = _load("none");
        bytes memory context = parts.contextId(
            vm.parseJsonUint(json, ".chainId"),
            vm.parseJsonAddress(json, ".fund"),
            vm.parseJsonBytes32(json, ".rulebook"),
            vm.parseJsonUint(json, ".period")
        );
        assertEq(context, vm.parseJsonBytes(json, ".contextId"));
        assertEq(parts.scopePoint(context), vm.parseJsonBytes(json, ".op"));
    }

    function test_kappaFollowsTheWidestPredicate() public view {
        ClaimTerms memory terms = _plain();
        assertEq(_shape(terms).kappa, 252);
        terms.predicates = new Predicate[](2);
        terms.predicates[0] = _predicate(4, 1, 0, 0);
        terms.predicates[1] = _predicate(2, 1, 0, 0);
        assertEq(_shape(terms).kappa, 108);
        terms.predicates[1] = _predicate(2, 1, 1, 0); // 2^24: 25 bits
        assertEq(_shape(terms).kappa, 107);
        terms.predicates[1] = _predicate(7, 1, 0, 0);
        assertEq(_shape(terms).kappa, 104);
        terms.predicates[1] = _predicate(7, -1, 0, 0); // never positive
        assertEq(_shape(terms).kappa, 108);
        terms.predicates[1] = _predicate(7, 1, 0, 127); // 2^32 + 127 (2^17 - 1): 33 bits
        assertEq(_shape(terms).kappa, 103);
    }

    function testFuzz_packedShapesGiveTheShapeBack(Shape memory shape) public view {
        Shape memory back = parts.unpack(parts.pack(shape));
        assertEq(abi.encode(back), abi.encode(shape));
    }

    // ---- (3.1) ----

    function testFuzz_refusesHeadersThatAreNone(uint8 claims, uint8 width) public {
        claims = uint8(bound(claims, 17, 255));
        width = uint8(bound(width, 33, 255));
        _refusesHeader("", 0);
        _refusesHeader(hex"00", 0);
        _refusesHeader(abi.encodePacked(claims, new bytes(255)), 0);
        _refusesHeader(hex"0320", 2);
        _refusesHeader(abi.encodePacked(hex"032000", width), 3);
    }

    function test_refusesHeaderOfAnotherType() public {
        ClaimTerms memory terms = _plain();
        terms.credentialType = keccak256("another");
        _refuses(terms, abi.encodeWithSelector(ClaimTermsBadHeader.selector, HEADER.length));
    }

    function testFuzz_refusesUnknownPositions(uint8 position) public {
        position = uint8(bound(position, 8, 255));
        bytes memory refusal = abi.encodeWithSelector(ClaimTermsUnknownPosition.selector, position, 8);
        ClaimTerms memory terms = _plain();
        terms.constants = _constants(position, 0);
        _refuses(terms, refusal);
        terms = _plain();
        terms.disclosed = _positions(position);
        _refuses(terms, refusal);
        _refuses(_with(_predicate(position, 1, 0, 0)), refusal);
    }

    function testFuzz_refusesPositionsNotAscending(uint8 first, uint8 second) public {
        first = uint8(bound(first, 2, 7));
        second = uint8(bound(second, 2, first));
        bytes memory refusal = abi.encodeWithSelector(ClaimTermsNotAscending.selector, first, second);
        ClaimTerms memory terms = _plain();
        terms.constants = new Constant[](2);
        terms.constants[0] = Constant(first, 1);
        terms.constants[1] = Constant(second, 1);
        _refuses(terms, refusal);
        terms = _plain();
        terms.disclosed = new uint8[](2);
        (terms.disclosed[0], terms.disclosed[1]) = (first, second);
        _refuses(terms, refusal);
        Predicate memory predicate = Predicate(new Term[](2), 0, 0);
        (predicate.terms[0], predicate.terms[1]) = (Term(first, 1), Term(second, 1));
        _refuses(_with(predicate), refusal);
    }

    function testFuzz_refusesConstantAndDisclosed(uint8 position) public {
        position = uint8(bound(position, 2, 7));
        ClaimTerms memory terms = _plain();
        terms.constants = _constants(position, 1);
        terms.disclosed = _positions(position);
        _refuses(terms, abi.encodeWithSelector(ClaimTermsConstantAndDisclosed.selector, position));
    }

    // ---- (3.2) ----

    function testFuzz_refusesConstantsTooLarge(uint256 scalar) public {
        ClaimTerms memory terms = _plain();
        terms.constants = _constants(0, bound(scalar, Bls12381.R, type(uint256).max));
        _refuses(terms, abi.encodeWithSelector(ClaimTermsConstantTooLarge.selector, 0, terms.constants[0].scalar));
        terms.constants = _constants(4, bound(scalar, 16, type(uint256).max));
        _refuses(terms, abi.encodeWithSelector(ClaimTermsConstantTooLarge.selector, 4, terms.constants[0].scalar));
        terms.constants = _constants(4, 15);
        assertEq(_shape(terms).hidden, 9);
        terms.constants = _constants(0, Bls12381.R - 1);
        assertEq(_shape(terms).hidden, 9);
    }

    function test_refusesDisclosedTexts() public {
        ClaimTerms memory terms = _plain();
        terms.disclosed = _positions(1);
        _refuses(terms, abi.encodeWithSelector(ClaimTermsDisclosedText.selector, 1));
    }

    // ---- (3.3) ----

    function test_refusesNoTermsOrMoreThanFour() public {
        _refuses(_with(Predicate(new Term[](0), 0, 0)), abi.encodeWithSelector(ClaimTermsTermCount.selector, 0, 0));
        Predicate memory predicate = Predicate(new Term[](5), 0, 0);
        for (uint8 i = 0; i < 5; ++i) {
            predicate.terms[i] = Term(2 + i, 1);
        }
        _refuses(_with(predicate), abi.encodeWithSelector(ClaimTermsTermCount.selector, 0, 5));
    }

    function test_refusesZeroCoefficients() public {
        _refuses(_with(_predicate(2, 0, 0, 0)), abi.encodeWithSelector(ClaimTermsZeroCoefficient.selector, 0, 2));
    }

    function test_refusesTermsThatAreNotHidden() public {
        bytes memory refusal = abi.encodeWithSelector(ClaimTermsTermNotHidden.selector, 0, 4);
        ClaimTerms memory terms = _with(_predicate(4, 1, 0, 0));
        terms.constants = _constants(4, 1);
        _refuses(terms, refusal);
        terms = _with(_predicate(4, 1, 0, 0));
        terms.disclosed = _positions(4);
        _refuses(terms, refusal);
    }

    function test_refusesTextsAsNumbers() public {
        _refuses(_with(_predicate(0, 1, 0, 0)), abi.encodeWithSelector(ClaimTermsTermText.selector, 0, 0));
    }

    /// @dev The blind and the nym secret follow the claims; no predicate may reach them.
    function test_refusesTermsOnBlindAndNymSecret() public {
        for (uint8 position = 8; position < 10; ++position) {
            _refuses(
                _with(_predicate(position, 1, 0, 0)),
                abi.encodeWithSelector(ClaimTermsUnknownPosition.selector, position, 8)
            );
        }
    }

    // ---- (3.4) ----

    function test_refusesValuesFrom2To33() public {
        int64 spare = int64(1 << 32); // 2^32 - 1 + 2^32 = 2^33 - 1
        assertEq(_shape(_with(_predicate(7, 1, spare, 0))).kappa, 103);
        assertEq(_shape(_with(_predicate(7, -1, -spare, 0))).kappa, 108);
        bytes memory refusal = abi.encodeWithSelector(ClaimTermsWrapAround.selector, 0, uint256(1) << 33);
        _refuses(_with(_predicate(7, 1, spare + 1, 0)), refusal);
        _refuses(_with(_predicate(7, -1, -spare - 1, 0)), refusal);
        _refuses(_with(_predicate(7, 1, -spare - 1, 0)), refusal);
    }

    function testFuzz_refusesWhatCouldWrapAround(int32 coefficient, int64 constantTerm, int8 perDay) public {
        vm.assume(coefficient != 0);
        uint256 bound_ = _abs(coefficient) * (2 ** 32 - 1) + _abs(constantTerm) + _abs(perDay) * (2 ** 17 - 1);
        ClaimTerms memory terms = _with(_predicate(7, coefficient, constantTerm, perDay));
        if (bound_ >= 2 ** 33) _refuses(terms, abi.encodeWithSelector(ClaimTermsWrapAround.selector, 0, bound_));
        else assertEq(_shape(terms).predicates, 1);
    }

    function test_refusesTheMostExtremePredicate() public {
        Predicate memory predicate = Predicate(new Term[](4), type(int64).min, type(int8).min);
        for (uint8 i = 0; i < 4; ++i) {
            predicate.terms[i] = Term(i + 4, type(int32).min);
        }
        uint256 sum = 15 + 2 * (2 ** 17 - 1) + 2 ** 32 - 1;
        uint256 bound_ = 2 ** 31 * sum + 2 ** 63 + 128 * (2 ** 17 - 1);
        _refuses(_with(predicate), abi.encodeWithSelector(ClaimTermsWrapAround.selector, 0, bound_));
    }

    // ---- (3.5) ----

    function test_refusesFewerThanThreeHiddenMessages() public {
        bytes memory header = hex"020808";
        ClaimTerms memory terms;
        terms.credentialType = keccak256(header);
        terms.constants = _constants(0, 1);
        assertEq(caller.shapeOf(header, terms).hidden, 3);
        terms.disclosed = _positions(1);
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsTooFewHidden.selector, 2));
        caller.shapeOf(header, terms);
    }

    function test_refusesMoreThanEightPredicates() public {
        ClaimTerms memory terms = _plain();
        terms.predicates = new Predicate[](8);
        for (uint256 i = 0; i < 8; ++i) {
            terms.predicates[i] = _predicate(4, 1, 0, 0);
        }
        assertEq(_shape(terms).commitments, 4);
        terms.predicates = new Predicate[](9);
        _refuses(terms, abi.encodeWithSelector(ClaimTermsTooManyPredicates.selector, 9));
    }

    function test_refusesMoreThanFourDisclosed() public {
        ClaimTerms memory terms = _plain();
        terms.disclosed = new uint8[](5);
        _refuses(terms, abi.encodeWithSelector(ClaimTermsTooManyDisclosed.selector, 5));
    }

    // ---- (3.6) ----

    function test_refusesKeysOfAnotherType() public {
        bytes32 keyId = _register(_load("single"));
        string memory json = _load("none");
        _register(json);
        ClaimTerms memory terms = _terms(json);
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsOtherType.selector, keyId, terms.credentialType));
        caller.store(registry, keyId, terms, "", "");
        vm.expectRevert(abi.encodeWithSelector(ITrustRegistry.TrustRegistryUnknownKey.selector, bytes32("none")));
        caller.store(registry, "none", terms, "", "");
    }

    function test_refusesKeysOutsideTheGroup() public {
        bytes[3] memory keys =
            [new bytes(256), vm.parseJsonBytes(_load("points"), ".g2OutsideSubgroup"), new bytes(255)];
        string memory json = _load("single");
        for (uint256 i = 0; i < keys.length; ++i) {
            vm.expectRevert(ClaimTermsBadKey.selector);
            _build(json, keys[i], vm.parseJsonBytes(json, ".generators"), vm.parseJsonBytes(json, ".op"));
        }
    }

    function test_refusesRelatedGenerators() public {
        string memory json = _load("single");
        bytes memory key = vm.parseJsonBytes(json, ".publicKey");
        bytes memory op = vm.parseJsonBytes(json, ".op");
        bytes memory generators = vm.parseJsonBytes(json, ".generators"); // Q1, H_0, blind, nym secret: 3 to 6
        // OP is P1, a generator, the opposite of one, or Bv
        _refusesRelated(json, key, generators, Bls12381.p1(), 0, 2);
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory point = _slice(generators, 128 * i);
            _refusesRelated(json, key, generators, point, 0, i + 3);
            bytes memory opposite = Bls12381.g1Msm(abi.encodePacked(point, Bls12381.R - 1));
            _refusesRelated(json, key, generators, opposite, 0, i + 3);
        }
        bytes memory bv = Bls12381.g1Msm(
            abi.encodePacked(Bls12381.p1(), uint256(1), _slice(generators, 0), vm.parseJsonUint(json, ".domain"))
        );
        _refusesRelated(json, key, generators, bv, 0, 1);
        // two generators alike
        for (uint256 i = 1; i < 4; ++i) {
            bytes memory planted = bytes.concat(generators);
            bytes memory point = _slice(generators, 128 * (i - 1));
            for (uint256 j = 0; j < 128; ++j) {
                planted[128 * i + j] = point[j];
            }
            _refusesRelated(json, key, planted, op, i + 2, i + 3);
        }
    }

    function test_refusesGeneratorsThatAreNone() public {
        string memory json = _load("single");
        bytes memory key = vm.parseJsonBytes(json, ".publicKey");
        bytes memory generators = vm.parseJsonBytes(json, ".generators");
        bytes memory outside = vm.parseJsonBytes(_load("points"), ".outsideSubgroup");
        bytes[2] memory planted = [new bytes(128), _padded(outside)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ClaimTermsBadGenerator.selector, 0));
            _build(json, key, generators, planted[i]);
            for (uint256 j = 0; j < 128; ++j) {
                generators[384 + j] = planted[i][j];
            }
            vm.expectRevert(abi.encodeWithSelector(ClaimTermsBadGenerator.selector, 6));
            _build(json, key, generators, vm.parseJsonBytes(json, ".op"));
        }
    }

    /// @dev Bv is the identity when the domain is chosen for it; a registry computes the domain, so it must be refused
    /// here.
    function test_refusesBvThatIsTheIdentity() public {
        string memory json = _load("single");
        bytes memory generators = vm.parseJsonBytes(json, ".generators");
        bytes memory opposite = Bls12381.g1Msm(abi.encodePacked(Bls12381.p1(), Bls12381.R - 1));
        for (uint256 j = 0; j < 128; ++j) {
            generators[j] = opposite[j];
        }
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsBadGenerator.selector, 1));
        caller.build{gas: 20_000_000}(
            vm.parseJsonBytes(json, ".header"),
            generators,
            vm.parseJsonBytes(json, ".publicKey"),
            1,
            _terms(json),
            vm.parseJsonBytes(json, ".contextId"),
            vm.parseJsonBytes(json, ".op")
        );
    }

    // ---- the data contract ----

    function testFuzz_dataContractsGiveTheDataBack(bytes memory data) public {
        vm.assume(data.length > 0);
        address pointer = parts.write(data);
        assertEq(parts.read(pointer), data);
        assertEq(pointer.code, bytes.concat(hex"00", data));
    }

    function test_dataContractsHaveALimit() public {
        assertEq(parts.read(parts.write(new bytes(24_575))).length, 24_575);
        vm.expectRevert(abi.encodeWithSelector(DataContract.DataContractTooLarge.selector, 24_576));
        parts.write(new bytes(24_576));
        assertEq(parts.read(address(0xdead)).length, 0);
    }

    // ---- the parts ----

    function _plain() private pure returns (ClaimTerms memory terms) {
        terms.credentialType = keccak256(HEADER);
    }

    function _with(Predicate memory predicate) private pure returns (ClaimTerms memory terms) {
        terms = _plain();
        terms.predicates = new Predicate[](1);
        terms.predicates[0] = predicate;
    }

    function _predicate(uint8 position, int32 coefficient, int64 constantTerm, int8 perDay)
        private
        pure
        returns (Predicate memory predicate)
    {
        predicate = Predicate(new Term[](1), constantTerm, perDay);
        predicate.terms[0] = Term(position, coefficient);
    }

    function _constants(uint8 position, uint256 scalar) private pure returns (Constant[] memory constants) {
        constants = new Constant[](1);
        constants[0] = Constant(position, scalar);
    }

    function _positions(uint8 position) private pure returns (uint8[] memory positions) {
        positions = new uint8[](1);
        positions[0] = position;
    }

    function _shape(ClaimTerms memory terms) private view returns (Shape memory) {
        return caller.shapeOf(HEADER, terms);
    }

    function _refuses(ClaimTerms memory terms, bytes memory refusal) private {
        vm.expectRevert(refusal);
        caller.shapeOf(HEADER, terms);
    }

    function _refusesHeader(bytes memory header, uint256 offset) private {
        ClaimTerms memory terms;
        terms.credentialType = keccak256(header);
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsBadHeader.selector, offset));
        caller.shapeOf(header, terms);
    }

    function _refusesRelated(
        string memory json,
        bytes memory key,
        bytes memory generators,
        bytes memory op,
        uint256 first,
        uint256 second
    ) private {
        vm.expectRevert(abi.encodeWithSelector(ClaimTermsRelatedGenerators.selector, first, second));
        _build(json, key, generators, op);
    }

    function _build(string memory json, bytes memory key, bytes memory generators, bytes memory op) private view {
        bytes memory header = vm.parseJsonBytes(json, ".header");
        uint256 domain = vm.parseJsonUint(json, ".domain");
        bytes memory context = vm.parseJsonBytes(json, ".contextId");
        // a refused precompile burns what it was given
        caller.build{gas: 20_000_000}(header, generators, key, domain, _terms(json), context, op);
    }

    function _abs(int256 value) private pure returns (uint256) {
        return uint256(value < 0 ? -value : value);
    }

    function _slice(bytes memory points, uint256 from) private pure returns (bytes memory point) {
        point = new bytes(128);
        for (uint256 i = 0; i < 128; ++i) {
            point[i] = points[from + i];
        }
    }

    function _padded(bytes memory point) private pure returns (bytes memory padded) {
        padded = new bytes(128);
        for (uint256 i = 0; i < 48; ++i) {
            padded[16 + i] = point[i];
            padded[80 + i] = point[48 + i];
        }
    }
}
