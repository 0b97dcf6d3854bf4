// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {DataContract} from "../DataContract.sol";
import {ITrustRegistry} from "../ITrustRegistry.sol";
import {Bls12381} from "../bls/Bls12381.sol";
import {CredentialType} from "./CredentialType.sol";
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
    Predicate,
    Shape
} from "./ClaimTerms.sol";

/// @title What all claims of one programme and one validator's key share
/// @notice Sections 2 to 4 of specs/protocols/claim.md: the scope, the checks of the terms when a programme opens, and
/// the
/// statement octets with their hash S. Runs when a programme opens or accepts a key, never for a claim.
library ClaimStatement {
    uint256 private constant MAX_PREDICATES = 8;
    uint256 private constant MAX_DISCLOSED = 4;
    uint256 private constant MAX_TERMS = 4;
    /// @dev (3.4) Days are below 2^17.
    uint256 private constant MAX_DAY = (1 << 17) - 1;
    /// @dev (4.4) Pairs of the pairing check.
    uint256 private constant PAIRS = 2;
    /// @dev Octets of a record: a point and a scalar.
    uint256 private constant RECORD = 160;

    /// @notice The scope's octets (2.1).
    function contextId(uint256 chainId, address fund, bytes32 rulebook, uint256 period)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked("stuiver/scope/v1", chainId, fund, rulebook, period);
    }

    /// @notice The scope's point OP (2.2), 128 octets.
    function scopePoint(bytes memory context) internal view returns (bytes memory) {
        return Bls12381.hashToCurve(context, CredentialType.API_ID);
    }

    /// @notice Checks the terms (3.1 to 3.5) and derives the sizes.
    function shape(ITrustRegistry registry, ClaimTerms memory terms) internal view returns (Shape memory) {
        (bytes memory header,) = registry.typeOf(terms.credentialType);
        return shape(header, terms);
    }

    /// @notice Checks the terms (3.1 to 3.5) against a type's header and derives the sizes.
    function shape(bytes memory header, ClaimTerms memory terms) internal pure returns (Shape memory derived) {
        (uint8[] memory widths, uint256 fault) = CredentialType.parse(header);
        if (fault != CredentialType.NO_FAULT) revert ClaimTermsBadHeader(fault);
        if (keccak256(header) != terms.credentialType) revert ClaimTermsBadHeader(header.length);
        uint256 k = terms.predicates.length;
        if (terms.disclosed.length > MAX_DISCLOSED) revert ClaimTermsTooManyDisclosed(terms.disclosed.length); // (3.5)
        if (k > MAX_PREDICATES) revert ClaimTermsTooManyPredicates(k); // (3.5)

        (uint256 shown, uint32 disclosedWidths) = _shown(terms, widths);
        uint256 nd = terms.disclosed.length;
        uint256 h = widths.length + 2 - terms.constants.length - nd;
        if (h < 3) revert ClaimTermsTooFewHidden(h); // (3.5)

        uint256 xMax;
        uint256[] memory bounds = new uint256[](k);
        for (uint256 i = 0; i < k; ++i) {
            uint256 largest;
            (bounds[i], largest) = _bounds(i, terms.predicates[i], widths, shown);
            if (bounds[i] >> 33 != 0) revert ClaimTermsWrapAround(i, bounds[i]); // (3.4)
            if (largest > xMax) xMax = largest;
        }
        uint256 kappa = k == 0 ? 252 : _kappa(xMax);
        for (uint256 i = 0; i < k; ++i) {
            // (3.4) below 2^252 + 2^255: cannot overflow
            if ((3 << 252) + ((4 * bounds[i] + 1) << (2 * kappa)) >= Bls12381.R) {
                revert ClaimTermsWrapAround(i, bounds[i]);
            }
        }

        uint256 per = (1 + h + nd) / 4;
        derived.hidden = uint8(h);
        derived.disclosed = uint8(nd);
        derived.predicates = uint8(k);
        derived.commitments = uint8((k + per - 1) / per);
        derived.perCommitment = uint8(per);
        derived.kappa = uint16(kappa);
        derived.dataSize = uint32(_recordsAt(k) + RECORD * (2 + h + nd));
        derived.disclosedWidths = disclosedWidths;
    }

    /// @notice The shape as one word, to be kept in one immutable.
    function pack(Shape memory derived) internal pure returns (uint256) {
        return uint256(derived.hidden) | (uint256(derived.disclosed) << 8) | (uint256(derived.predicates) << 16)
            | (uint256(derived.commitments) << 24) | (uint256(derived.perCommitment) << 32)
            | (uint256(derived.kappa) << 40) | (uint256(derived.dataSize) << 56)
            | (uint256(derived.disclosedWidths) << 88);
    }

    /// @notice The shape of a word that `pack` made.
    function unpack(uint256 packed) internal pure returns (Shape memory derived) {
        derived.hidden = uint8(packed);
        derived.disclosed = uint8(packed >> 8);
        derived.predicates = uint8(packed >> 16);
        derived.commitments = uint8(packed >> 24);
        derived.perCommitment = uint8(packed >> 32);
        derived.kappa = uint16(packed >> 40);
        derived.dataSize = uint32(packed >> 56);
        derived.disclosedWidths = uint32(packed >> 88);
    }

    /// @notice Checks the key and the generators (3.6), builds the statement (section 4), and keeps it in a data
    /// contract.
    /// @param registry computed the generators and the domain itself; whoever opens cannot choose them.
    /// @param terms passed `shape` before.
    /// @param context `contextId` of the caller.
    /// @param op `scopePoint(context)`.
    function store(
        ITrustRegistry registry,
        bytes32 keyId,
        ClaimTerms memory terms,
        bytes memory context,
        bytes memory op
    ) internal returns (address) {
        (bytes32 typeId,,,,, bytes memory publicKey, uint256 domain) = registry.key(keyId);
        if (typeId != terms.credentialType) revert ClaimTermsOtherType(keyId, terms.credentialType);
        (bytes memory header,) = registry.typeOf(typeId);
        return DataContract.write(build(header, registry.generators(typeId), publicKey, domain, terms, context, op));
    }

    /// @notice The statement octets (4.3) with S (4.4); checks the key and the generators (3.6).
    function build(
        bytes memory header,
        bytes memory generators,
        bytes memory publicKey,
        uint256 domain,
        ClaimTerms memory terms,
        bytes memory context,
        bytes memory op
    ) internal view returns (bytes memory octets) {
        if (!Bls12381.isG2(publicKey)) revert ClaimTermsBadKey(); // (3.6)
        Shape memory derived = shape(header, terms);
        (uint8[] memory widths,) = CredentialType.parse(header);
        (uint256 shown,) = _shown(terms, widths);
        bytes memory bv = _valuePoint(generators, domain, terms);
        _checkGenerators(bytes.concat(op, bv, Bls12381.p1(), generators));

        octets = new bytes(derived.dataSize);
        for (uint256 i = 0; i < derived.predicates; ++i) {
            uint256 word = _word(terms.predicates[i], shown);
            assembly ("memory-safe") {
                mstore(add(octets, add(64, mul(i, 32))), word)
            }
        }
        uint256 recordsAt = _recordsAt(derived.predicates);
        _copy(octets, recordsAt - 640, publicKey, 0, 256);
        _copy(octets, recordsAt - 256, Bls12381.bp2(), 0, 256);
        _copy(octets, recordsAt, op, 0, 128);
        _copy(octets, recordsAt + RECORD, bv, 0, 128);
        uint256 recordAt = recordsAt + 2 * RECORD;
        for (uint256 position = 0; position < widths.length + 2; ++position) {
            if ((shown >> position) & 1 == 1) continue;
            _copy(octets, recordAt, generators, 128 * (position + 1), 128);
            recordAt += RECORD;
        }
        for (uint256 i = 0; i < derived.disclosed; ++i) {
            _copy(octets, recordAt, generators, 128 * (uint256(terms.disclosed[i]) + 1), 128);
            recordAt += RECORD;
        }

        bytes32 s = keccak256( // (4.4)
            bytes.concat(
                "stuiver/claim/v1/squares",
                bytes32(context.length),
                context,
                bytes32(uint256(derived.hidden)),
                bytes32(uint256(derived.disclosed)),
                bytes32(uint256(derived.predicates)),
                bytes32(PAIRS),
                bytes32(uint256(derived.kappa)),
                octets
            )
        );
        assembly ("memory-safe") {
            mstore(add(octets, 32), s)
        }
    }

    /// @dev (3.1, 3.2) The constant and the disclosed positions as one bit mask, and the widths of the disclosed ones.
    function _shown(ClaimTerms memory terms, uint8[] memory widths)
        private
        pure
        returns (uint256 shown, uint32 disclosedWidths)
    {
        for (uint256 i = 0; i < terms.constants.length; ++i) {
            uint8 position = terms.constants[i].position;
            uint256 scalar = terms.constants[i].scalar;
            _checkPosition(position, widths.length, i > 0, i > 0 ? terms.constants[i - 1].position : 0);
            if (scalar >= Bls12381.R || (widths[position] != 0 && scalar >> widths[position] != 0)) {
                revert ClaimTermsConstantTooLarge(position, scalar);
            }
            shown |= 1 << position;
        }
        for (uint256 i = 0; i < terms.disclosed.length; ++i) {
            uint8 position = terms.disclosed[i];
            _checkPosition(position, widths.length, i > 0, i > 0 ? terms.disclosed[i - 1] : 0);
            if ((shown >> position) & 1 == 1) revert ClaimTermsConstantAndDisclosed(position);
            if (widths[position] == 0) revert ClaimTermsDisclosedText(position);
            shown |= 1 << position;
            disclosedWidths |= uint32(uint256(widths[position]) << (8 * i));
        }
    }

    /// @dev (3.1)
    function _checkPosition(uint8 position, uint256 claims, bool follows, uint8 previous) private pure {
        if (position >= claims) revert ClaimTermsUnknownPosition(position, claims);
        if (follows && position <= previous) revert ClaimTermsNotAscending(previous, position);
    }

    /// @dev (3.1, 3.3) A predicate's largest absolute value X (3.4), and its largest value.
    function _bounds(uint256 index, Predicate memory predicate, uint8[] memory widths, uint256 shown)
        private
        pure
        returns (uint256 bound, uint256 largest)
    {
        uint256 count = predicate.terms.length;
        if (count == 0 || count > MAX_TERMS) revert ClaimTermsTermCount(index, count);
        for (uint256 i = 0; i < count; ++i) {
            uint8 position = predicate.terms[i].position;
            _checkPosition(position, widths.length, i > 0, i > 0 ? predicate.terms[i - 1].position : 0);
            if ((shown >> position) & 1 == 1) revert ClaimTermsTermNotHidden(index, position);
            if (widths[position] == 0) revert ClaimTermsTermText(index, position);
            int256 coefficient = predicate.terms[i].coefficient;
            if (coefficient == 0) revert ClaimTermsZeroCoefficient(index, position);
            (bound, largest) = _extend(bound, largest, coefficient, (1 << widths[position]) - 1);
        }
        (bound, largest) = _extend(bound, largest, predicate.constantTerm, 1);
        (bound, largest) = _extend(bound, largest, predicate.perDay, MAX_DAY);
    }

    /// @dev Adds `factor * times`, of which 0 to `times` may occur, to both bounds.
    function _extend(uint256 bound, uint256 largest, int256 factor, uint256 times)
        private
        pure
        returns (uint256, uint256)
    {
        if (factor > 0) return (bound + uint256(factor) * times, largest + uint256(factor) * times);
        return (bound + uint256(-factor) * times, largest);
    }

    /// @dev `min(108, 120 - ceil(width / 2))`.
    function _kappa(uint256 xMax) private pure returns (uint256) {
        uint256 width;
        for (; xMax >> width != 0;) {
            ++width;
        }
        uint256 kappa = 120 - (width + 1) / 2;
        return kappa < 108 ? kappa : 108;
    }

    /// @dev (4.2) A predicate word; positions become indexes among the hidden messages.
    function _word(Predicate memory predicate, uint256 shown) private pure returns (uint256 word) {
        uint256 count = predicate.terms.length;
        for (uint256 i = 0; i < count; ++i) {
            uint256 index;
            for (uint256 position = 0; position < predicate.terms[i].position; ++position) {
                index += ((shown >> position) & 1) ^ 1;
            }
            word |= (index | (uint256(uint32(predicate.terms[i].coefficient)) << 8)) << (40 * i);
        }
        word |= uint256(uint64(predicate.constantTerm)) << 160;
        word |= uint256(uint8(predicate.perDay)) << 224;
        word |= count << 232;
    }

    /// @dev (4.1) Bv = P1 + Q1 domain + the constants.
    function _valuePoint(bytes memory generators, uint256 domain, ClaimTerms memory terms)
        private
        view
        returns (bytes memory)
    {
        bytes memory records = new bytes(RECORD * (2 + terms.constants.length));
        _copy(records, 0, Bls12381.p1(), 0, 128);
        _putScalar(records, 0, 1);
        _copy(records, RECORD, generators, 0, 128);
        _putScalar(records, 1, domain);
        for (uint256 i = 0; i < terms.constants.length; ++i) {
            _copy(records, RECORD * (i + 2), generators, 128 * (uint256(terms.constants[i].position) + 1), 128);
            _putScalar(records, i + 2, terms.constants[i].scalar);
        }
        return Bls12381.g1Msm(records);
    }

    /// @dev (3.6) No point may be the identity or outside G1; no two may be equal or opposite, so their x are compared.
    function _checkGenerators(bytes memory points) private view {
        uint256 count = points.length / 128;
        bytes32[] memory hashes = new bytes32[](count);
        bytes memory point = new bytes(128);
        for (uint256 i = 0; i < count; ++i) {
            _copy(point, 0, points, 128 * i, 128);
            if (!Bls12381.isG1(point)) revert ClaimTermsBadGenerator(i);
            bytes32 hash;
            assembly ("memory-safe") {
                hash := keccak256(add(point, 32), 64)
            }
            for (uint256 j = 0; j < i; ++j) {
                if (hashes[j] == hash) revert ClaimTermsRelatedGenerators(j, i);
            }
            hashes[i] = hash;
        }
    }

    /// @dev (4.3) Octets before the records.
    function _recordsAt(uint256 predicates) private pure returns (uint256) {
        return 32 + 32 * predicates + 768;
    }

    function _copy(bytes memory to, uint256 toAt, bytes memory from, uint256 fromAt, uint256 size) private pure {
        assert(toAt + size <= to.length && fromAt + size <= from.length);
        assembly ("memory-safe") {
            mcopy(add(add(to, 32), toAt), add(add(from, 32), fromAt), size)
        }
    }

    function _putScalar(bytes memory records, uint256 index, uint256 scalar) private pure {
        assembly ("memory-safe") {
            mstore(add(records, add(160, mul(index, 160))), scalar)
        }
    }
}
