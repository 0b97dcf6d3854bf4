// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

import {
    ClaimInvalidChallenge,
    ClaimInvalidPoint,
    ClaimInvalidProof,
    ClaimInvalidScalar,
    ClaimWrongLength,
    Shape
} from "./ClaimTerms.sol";

/// @title Checks a claim proof
/// @notice Section 7 of specs/protocols/claim.md: one copy of the statement, one multi-scalar multiplication, one
/// pairing check.
///
/// Memory, from `Frame.pairs` on: the pairing's input (two records of 384), then the records of the multiplication (160
/// each):
/// the fixed ones of the statement, then those of the proof's points. Until the points are written, their place serves
/// as
/// scratch for the hashes. Everything is computed before anything is refused, so that a refusal names the first step
/// that
/// fails, whatever else is wrong; on the way to acceptance this costs nothing.
library ClaimVerifier {
    /// @dev The group order; assembly accepts it only as a number.
    uint256 private constant R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;
    uint256 private constant RECORD = 160;
    uint256 private constant POINT = 96;
    /// @dev (5) The pseudonym is the third point. Assembly accepts no product.
    uint256 private constant NYM_AT = 192;
    /// @dev (3.4)
    uint256 private constant DAY_BITS = 17;
    /// @dev (7.3)
    uint256 private constant SHORT_BITS = 126;

    /// @dev Where things are, and what has been found so far.
    struct Frame {
        uint256 words; // memory: first predicate word
        uint256 pairs; // memory: input of the pairing
        uint256 records; // memory: first record, OP
        uint256 own; // memory: first record of the proof's points
        uint256 points; // calldata
        uint256 scalars; // calldata
        uint256 challenge; // c
        uint256 rho;
        uint256 identities; // not 0: a point is the identity
        uint256 outside; // not 0: a scalar is out of its range
    }

    /// @notice The nullifier of a proof: keccak256 of its pseudonym (2.2). Who calls `verify` checks that it is new,
    /// before or after: both read the same octets, and no other octets are a valid proof with the same pseudonym (7.2).
    /// @param proof section 5, of any length; only what `verify` accepts has a pseudonym.
    function nullifierOf(bytes calldata proof) internal pure returns (bytes32 nullifier) {
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            calldatacopy(scratch, add(proof.offset, NYM_AT), POINT)
            nullifier := keccak256(scratch, POINT)
        }
    }

    /// @notice Reverts unless the proof is valid.
    /// @param shape of the programme's terms.
    /// @param statement a data contract made by `ClaimStatement.store` for these terms; never an address from outside.
    /// @param recipient the account that the proof names.
    /// @param asOf day of the claim in days since 1900-01-01; the caller checks that it is near today.
    /// @param disclosed the values of the disclosed positions.
    /// @param proof section 5.
    function verify(
        Shape memory shape,
        address statement,
        address recipient,
        uint32 asOf,
        uint256[] calldata disclosed,
        bytes calldata proof
    ) internal view {
        unchecked {
            uint256 pointCount = 6 + 2 * uint256(shape.commitments);
            uint256 scalarCount = 4 + uint256(shape.hidden) + shape.commitments;
            // (7.1)
            if (
                proof.length != POINT * pointCount + 32 * scalarCount + 48 * uint256(shape.predicates)
                    || disclosed.length != shape.disclosed
            ) revert ClaimWrongLength(proof.length, disclosed.length);

            Frame memory frame;
            _load(frame, shape, statement, proof);
            _challenge(frame, shape, recipient, asOf, disclosed, POINT * pointCount, proof.length);
            _core(frame, shape, asOf, disclosed);
            if (shape.predicates != 0) _squares(frame, shape, asOf);
            _decide(frame, RECORD * (2 + uint256(shape.hidden) + shape.disclosed + pointCount));
        }
    }

    /// @dev Copies the statement to memory and reserves what follows it.
    function _load(Frame memory frame, Shape memory shape, address statement, bytes calldata proof) private view {
        unchecked {
            uint256 size = shape.dataSize;
            uint256 reserved = size + 2 * proof.length + 1024;
            uint256 data;
            uint256 points;
            assembly ("memory-safe") {
                data := mload(0x40)
                mstore(0x40, add(data, reserved))
                extcodecopy(statement, data, 1, size)
                points := proof.offset
            }
            frame.words = data + 32;
            frame.pairs = frame.words + 32 * uint256(shape.predicates);
            frame.records = frame.pairs + 768;
            frame.own = data + size;
            frame.points = points;
            frame.scalars = points + POINT * (6 + 2 * uint256(shape.commitments));
        }
    }

    /// @dev (6.3, 7.4, 7.5)
    function _challenge(
        Frame memory frame,
        Shape memory shape,
        address recipient,
        uint256 asOf,
        uint256[] calldata disclosed,
        uint256 pointsSize,
        uint256 proofSize
    ) private pure {
        uint256 s = _read(frame.words - 32);
        // an account without code is no statement
        if (s == 0) revert ClaimInvalidChallenge();
        uint256 scratch = frame.own;
        uint256 points = frame.points;
        uint256 digest;
        uint256 batch;
        assembly ("memory-safe") {
            mstore(scratch, s)
            mstore(add(scratch, 32), shr(96, shl(96, recipient)))
            mstore(add(scratch, 64), asOf)
            let size := shl(5, disclosed.length)
            calldatacopy(add(scratch, 96), disclosed.offset, size)
            let pointsAt := add(add(scratch, 96), size)
            calldatacopy(pointsAt, points, pointsSize)
            digest := keccak256(scratch, add(add(96, size), pointsSize))
            mstore(scratch, digest)
            size := sub(proofSize, pointsSize)
            calldatacopy(add(scratch, 32), add(points, pointsSize), size)
            batch := keccak256(scratch, add(32, size))
        }
        frame.challenge = digest >> (256 - uint256(shape.kappa));
        frame.rho = batch % R;
    }

    /// @dev (7.7) The relations of the signature and of the pseudonym: scalars of the fixed records, records of six
    /// points.
    function _core(Frame memory frame, Shape memory shape, uint256 asOf, uint256[] calldata disclosed) private pure {
        unchecked {
            uint256 c = frame.challenge;
            uint256 rho = frame.rho;
            uint256 inverse = _input(frame.scalars);
            uint256 e = _input(frame.scalars + 32);
            uint256 r1 = _input(frame.scalars + 64);
            uint256 r3 = _input(frame.scalars + 96);
            uint256 outside = _above(inverse) | _above(e) | _above(r1) | _above(r3) | (asOf >> DAY_BITS);
            uint256 rho2 = mulmod(rho, rho, R);
            uint256 weighted = mulmod(rho, c, R);

            uint256 slot = frame.records + 128; // scalar of OP, then of Bv, the hidden and the disclosed generators
            _write(slot + RECORD, weighted);
            uint256 response;
            uint256 from = frame.scalars + 128;
            uint256 to = slot + RECORD * (2 + uint256(shape.hidden));
            for (uint256 hiddenSlot = slot + 2 * RECORD; hiddenSlot != to; hiddenSlot += RECORD) {
                response = _input(from);
                from += 32;
                outside |= _above(response);
                _write(hiddenSlot, mulmod(rho, response, R));
            }
            _write(slot, mulmod(rho2, response, R)); // the last response is the nym secret's
            uint256 widths = shape.disclosedWidths;
            for (uint256 i = 0; i != disclosed.length; ++i) {
                uint256 value = disclosed[i];
                outside |= value >> (widths & 0xff);
                widths >>= 8;
                _write(to, mulmod(weighted, value, R));
                to += RECORD;
            }

            slot = frame.own;
            from = frame.points;
            uint256 identities = _put(slot, from, mulmod(inverse, e, R)); // Abar
            identities |= _put(slot + 160, from + 96, addmod(mulmod(inverse, r1, R), mulmod(rho, r3, R), R)); // D
            identities |= _put(slot + 320, from + NYM_AT, R - mulmod(rho2, c, R)); // nym
            identities |= _put(slot + 480, from + 288, R - inverse); // T1
            identities |= _put(slot + 640, from + 384, R - rho); // T2
            identities |= _put(slot + 800, from + 480, R - rho2); // U
            frame.identities = identities;
            frame.outside = outside;
        }
    }

    /// @dev (7.7) The relations of the squares, one for each commitment.
    function _squares(Frame memory frame, Shape memory shape, uint256 asOf) private pure {
        unchecked {
            uint256 rho = frame.rho;
            uint256 weight = mulmod(rho, rho, R);
            uint256 own = frame.own + 6 * RECORD;
            uint256 points = frame.points + 6 * POINT;
            uint256 blind = frame.scalars + 32 * (4 + uint256(shape.hidden));
            uint256 short = blind + 32 * uint256(shape.commitments);
            uint256 word = frame.words;
            uint256 identities;
            uint256 outside;
            while (word != frame.pairs) {
                weight = mulmod(weight, rho, R);
                identities |= _put(own, points, R - mulmod(weight, frame.challenge, R)); // C
                identities |= _put(own + RECORD, points + POINT, R - weight); // TC
                own += 2 * RECORD;
                points += 2 * POINT;
                uint256 response = _input(blind);
                blind += 32;
                outside |= _above(response);
                uint256 slot = frame.records + 128;
                _write(slot, addmod(_read(slot), mulmod(weight, response, R), R)); // G_0
                uint256 end = slot + 4 * RECORD * uint256(shape.perCommitment);
                while (slot != end && word != frame.pairs) {
                    outside |= _predicate(frame, _read(word), asOf, weight, slot + RECORD, short);
                    word += 32;
                    slot += 4 * RECORD;
                    short += 48;
                }
            }
            frame.identities |= identities;
            frame.outside |= outside;
        }
    }

    /// @dev (7.6) Adds the weighted z_1, z_2, z_3 and f of a predicate to four scalars, from `slot` on.
    /// @param word the predicate (4.2).
    /// @param short calldata: z_1, z_2, z_3.
    /// @return outside not 0 if a z is out of its range; then the sums are meaningless.
    function _predicate(Frame memory frame, uint256 word, uint256 asOf, uint256 weight, uint256 slot, uint256 short)
        private
        pure
        returns (uint256 outside)
    {
        uint256 c = frame.challenge;
        uint256 responses = frame.scalars + 128;
        assembly ("memory-safe") {
            // c (b + d asOf); a negative number is represented by itself plus r
            let zx := add(signextend(7, shr(160, word)), mul(signextend(0, shr(224, word)), asOf))
            zx := mulmod(c, add(zx, mul(slt(zx, 0), R)), R)
            for { let terms := byte(2, word) } terms { terms := sub(terms, 1) } {
                let a := signextend(3, shr(8, word))
                a := add(a, mul(slt(a, 0), R))
                zx := addmod(zx, mulmod(a, calldataload(add(responses, shl(5, and(word, 0xff)))), R), R)
                word := shr(40, word)
            }
            // three squares of numbers below 2^126 add up to less than r
            let squares := 0
            for { let end := add(short, 48) } lt(short, end) { short := add(short, 16) } {
                let z := shr(128, calldataload(short))
                outside := or(outside, shr(SHORT_BITS, z))
                squares := add(squares, mul(z, z))
                mstore(slot, addmod(mload(slot), mulmod(weight, z, R), R))
                slot := add(slot, RECORD)
            }
            let f := addmod(mulmod(c, addmod(mulmod(4, zx, R), c, R), R), sub(R, squares), R)
            mstore(slot, addmod(mload(slot), mulmod(weight, f, R), R))
        }
    }

    /// @dev (7.2 to 7.7) The multiplication, the pairing check, and the first reason to refuse.
    function _decide(Frame memory frame, uint256 recordsSize) private view {
        uint256 pairs = frame.pairs;
        uint256 records = frame.records;
        uint256 own = frame.own;
        bool valid;
        assembly ("memory-safe") {
            mcopy(pairs, own, 128)
            valid := staticcall(gas(), 0x0c, records, recordsSize, add(pairs, 384), 128)
        }
        assembly ("memory-safe") {
            valid := and(valid, eq(returndatasize(), 128))
        }
        if (!valid || frame.identities != 0) revert ClaimInvalidPoint(); // (7.2)
        if (frame.outside != 0) revert ClaimInvalidScalar(); // (7.3)
        if (mulmod(frame.challenge, _input(frame.scalars), R) != 1) revert ClaimInvalidChallenge(); // (7.4)
        if (frame.rho == 0) revert ClaimInvalidProof(); // (7.5)
        uint256 one;
        assembly ("memory-safe") {
            valid := staticcall(gas(), 0x0f, pairs, 768, 0, 32)
        }
        assembly ("memory-safe") {
            valid := and(valid, eq(returndatasize(), 32))
            one := mload(0)
        }
        if (!valid || one != 1) revert ClaimInvalidProof(); // (7.7)
    }

    /// @dev A point of the proof as a record; not 0 if its x is 0, which only the identity has in the subgroup.
    function _put(uint256 to, uint256 from, uint256 scalar) private pure returns (uint256 isIdentity) {
        assembly ("memory-safe") {
            let high := shr(128, calldataload(from))
            let low := calldataload(add(from, 16))
            mstore(to, high)
            mstore(add(to, 32), low)
            mstore(add(to, 64), shr(128, calldataload(add(from, 48))))
            mstore(add(to, 96), calldataload(add(from, 64)))
            mstore(add(to, 128), scalar)
            isIdentity := iszero(or(high, low))
        }
    }

    /// @dev 1 if the scalar is not below the group order.
    function _above(uint256 scalar) private pure returns (uint256 is_) {
        assembly ("memory-safe") {
            is_ := iszero(lt(scalar, R))
        }
    }

    function _input(uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(place)
        }
    }

    function _read(uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(place)
        }
    }

    function _write(uint256 place, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(place, word)
        }
    }
}
