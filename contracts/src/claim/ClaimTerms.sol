// SPDX-License-Identifier: EUPL-1.2
pragma solidity =0.8.37;

/// @dev What a programme asks of a claim: specs/protocols/claim.md, section 3. The numbers in brackets, here and in the
/// libraries beside this file, are steps of that text.

/// @notice One summand `coefficient * claim` of a predicate.
/// @param position the claim's position in the credential type; hidden and numeric (3.3).
/// @param coefficient not zero.
struct Term {
    uint8 position;
    int32 coefficient;
}

/// @notice `sum of terms + constantTerm + perDay * asOf >= 0`.
/// @param terms one to four, positions strictly ascending.
/// @param constantTerm in the unit of the sum.
/// @param perDay factor of the day of the claim, in days since 1900-01-01; 0 if the rule does not depend on the day.
struct Predicate {
    Term[] terms;
    int64 constantTerm;
    int8 perDay;
}

/// @notice A claim that must have one fixed value.
/// @param position the claim's position in the credential type.
/// @param scalar the signed scalar: the integer itself, or `hash_to_scalar` of a text (1.2).
struct Constant {
    uint8 position;
    uint256 scalar;
}

/// @notice The terms of one programme.
/// @param credentialType keccak256 of the type's header (1.3).
/// @param constants positions strictly ascending.
/// @param disclosed numeric positions whose values every claim shows, strictly ascending; at most four.
/// @param predicates at most eight.
struct ClaimTerms {
    bytes32 credentialType;
    Constant[] constants;
    uint8[] disclosed;
    Predicate[] predicates;
}

/// @notice The sizes that follow from the terms (section 3, "Derived"). The same for every validator's key.
/// @param hidden h: hidden messages, with the prover blind and the nym secret.
/// @param disclosed n_d: values that a claim shows.
/// @param predicates k.
/// @param commitments q.
/// @param perCommitment predicates that share one commitment.
/// @param kappa bits of the challenge.
/// @param dataSize octets of the statement, without the leading STOP of its data contract.
/// @param disclosedWidths widths of the disclosed positions, eight bits each, the first in the lowest bits.
struct Shape {
    uint8 hidden;
    uint8 disclosed;
    uint8 predicates;
    uint8 commitments;
    uint8 perCommitment;
    uint16 kappa;
    uint32 dataSize;
    uint32 disclosedWidths;
}

// ---- refusals when a programme opens ----

/// @notice (3.1) The credential type's header is not a header; `offset` is the first octet that is wrong.
error ClaimTermsBadHeader(uint256 offset);
/// @notice (3.1) The credential type has only `claims` positions.
error ClaimTermsUnknownPosition(uint8 position, uint256 claims);
/// @notice (3.1) Positions must be strictly ascending.
error ClaimTermsNotAscending(uint8 previous, uint8 position);
/// @notice (3.1) The position is both constant and disclosed.
error ClaimTermsConstantAndDisclosed(uint8 position);
/// @notice (3.2) The constant is not below the group order, or not below 2^width of its numeric position.
error ClaimTermsConstantTooLarge(uint8 position, uint256 scalar);
/// @notice (3.2) Only numeric claims can be disclosed on chain.
error ClaimTermsDisclosedText(uint8 position);
/// @notice (3.3) A predicate has one to four terms.
error ClaimTermsTermCount(uint256 predicate, uint256 terms);
/// @notice (3.3) A term with coefficient 0 says nothing.
error ClaimTermsZeroCoefficient(uint256 predicate, uint8 position);
/// @notice (3.3) A term's position is constant or disclosed.
error ClaimTermsTermNotHidden(uint256 predicate, uint8 position);
/// @notice (3.3) A term's position carries a hashed text.
error ClaimTermsTermText(uint256 predicate, uint8 position);
/// @notice (3.4) The predicate's largest absolute value `bound` could wrap around.
error ClaimTermsWrapAround(uint256 predicate, uint256 bound);
/// @notice (3.5) Fewer than three hidden messages.
error ClaimTermsTooFewHidden(uint256 hidden);
/// @notice (3.5) More than eight predicates.
error ClaimTermsTooManyPredicates(uint256 predicates);
/// @notice (3.5) More than four disclosed positions.
error ClaimTermsTooManyDisclosed(uint256 disclosed);
/// @notice (3.6) The key belongs to another credential type than the terms.
error ClaimTermsOtherType(bytes32 keyId, bytes32 credentialType);
/// @notice (3.6) The public key is the identity or not in G2.
error ClaimTermsBadKey();
/// @notice (3.6) One of OP, Bv, P1, Q1, H_0.. (counted in this order) is the identity or not a point of G1.
error ClaimTermsBadGenerator(uint256 index);
/// @notice (3.6) Two of OP, Bv, P1, Q1, H_0.. (counted in this order) are equal or opposite.
error ClaimTermsRelatedGenerators(uint256 first, uint256 second);

// ---- refusals of a claim ----

/// @notice (7.1) The proof has not the length, or the claim not the number of disclosed values, of the programme's
/// shape.
error ClaimWrongLength(uint256 length, uint256 disclosed);
/// @notice (7.2) A point is the identity, off the curve, outside the subgroup or not reduced.
error ClaimInvalidPoint();
/// @notice (7.3) A scalar, short response, disclosed value or the day is out of its range.
error ClaimInvalidScalar();
/// @notice (7.4) The challenge is not the hash of the statement, the recipient, the day, the values and the points.
error ClaimInvalidChallenge();
/// @notice (7.5 to 7.7) The relations do not hold.
error ClaimInvalidProof();
