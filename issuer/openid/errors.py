# SPDX-License-Identifier: EUPL-1.2
"""Refusals in the words of OpenID4VCI, each with what to do next.

Invariant: a description is ASCII without quotation mark and backslash, as the standard wants, and holds nothing that
was received.
"""

from enum import StrEnum
from typing import Final

from ssi.openid.errors import ErrorCode, OpenIdError

__all__ = ["Refusal", "refuse"]


class Refusal(StrEnum):
    """Why a request is refused."""

    CONFIGURATION_UNKNOWN = "configuration_unknown"
    IDENTIFIER_UNKNOWN = "identifier_unknown"
    NAMED_THE_OTHER_WAY = "named_the_other_way"
    NOT_AUTHORISED = "not_authorised"
    PROOFS_MISSING = "proofs_missing"
    PROOFS_OF_ANOTHER_KIND = "proofs_of_another_kind"
    TOO_MANY_PROOFS = "too_many_proofs"
    NO_NONCE_IN_PROOF = "no_nonce_in_proof"
    SEVERAL_NONCES = "several_nonces"
    NONCE_NOT_OURS = "nonce_not_ours"
    NONCE_USED = "nonce_used"
    PROOF_DOES_NOT_HOLD = "proof_does_not_hold"
    SAME_KEY_TWICE = "same_key_twice"
    COMPANION_OF_ANOTHER_KIND = "companion_of_another_kind"
    RECORD_MISSING = "record_missing"
    REVIEW_REFUSED = "review_refused"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    PINNED_TO_ANOTHER_WALLET = "pinned_to_another_wallet"
    PINNED_TO_ANOTHER_RECORD = "pinned_to_another_record"
    TRANSACTION_UNKNOWN = "transaction_unknown"
    NOTIFICATION_UNKNOWN = "notification_unknown"
    ENCRYPTION_UNUSABLE = "encryption_unusable"
    REQUEST_NOT_ENCRYPTED = "request_not_encrypted"
    UNDECRYPTABLE = "undecryptable"


_ANSWERS: Final = {
    Refusal.CONFIGURATION_UNKNOWN: (
        ErrorCode.UNKNOWN_CREDENTIAL_CONFIGURATION,
        "This issuer has no such credential configuration. Read the issuer metadata for those that it has.",
    ),
    Refusal.IDENTIFIER_UNKNOWN: (
        ErrorCode.UNKNOWN_CREDENTIAL_IDENTIFIER,
        "The token response named no such credential identifier. Use one that it named.",
    ),
    Refusal.NAMED_THE_OTHER_WAY: (
        ErrorCode.INVALID_CREDENTIAL_REQUEST,
        "Name it by credential_identifier if the token response had authorization_details, else by its configuration.",
    ),
    Refusal.NOT_AUTHORISED: (
        ErrorCode.INSUFFICIENT_SCOPE,
        "The access token is not for this credential. Ask for it in a new authorization or with another offer.",
    ),
    Refusal.PROOFS_MISSING: (ErrorCode.INVALID_PROOF, "Add proofs of the type that the metadata names."),
    Refusal.PROOFS_OF_ANOTHER_KIND: (
        ErrorCode.INVALID_PROOF,
        "This credential takes another proof type. See proof_types_supported in the issuer metadata.",
    ),
    Refusal.TOO_MANY_PROOFS: (
        ErrorCode.INVALID_PROOF,
        "More proofs than one request may have. See batch_credential_issuance in the issuer metadata.",
    ),
    Refusal.NO_NONCE_IN_PROOF: (
        ErrorCode.INVALID_PROOF,
        "A proof has no nonce. Get one at the nonce endpoint and put it into every proof.",
    ),
    Refusal.SEVERAL_NONCES: (
        ErrorCode.INVALID_NONCE,
        "The proofs have different nonces. Get one nonce and use it in all proofs of the request.",
    ),
    Refusal.NONCE_NOT_OURS: (
        ErrorCode.INVALID_NONCE,
        "The nonce is not one of this issuer, or has expired. Get a new one at the nonce endpoint and ask again.",
    ),
    Refusal.NONCE_USED: (
        ErrorCode.INVALID_NONCE,
        "The nonce was used before. Get a new one at the nonce endpoint and ask again.",
    ),
    Refusal.PROOF_DOES_NOT_HOLD: (ErrorCode.INVALID_PROOF, "A proof does not hold ({detail}). Make new proofs."),
    Refusal.SAME_KEY_TWICE: (
        ErrorCode.INVALID_PROOF,
        "Two proofs are of the same key. Use a key of its own for every copy.",
    ),
    Refusal.COMPANION_OF_ANOTHER_KIND: (
        ErrorCode.INVALID_CREDENTIAL_REQUEST,
        "The companion must be a BBS credential, and the credential that it comes with an SD-JWT VC.",
    ),
    Refusal.RECORD_MISSING: (
        ErrorCode.CREDENTIAL_REQUEST_DENIED,
        "The issuer has no record of this person any more. Ask at the desk.",
    ),
    Refusal.REVIEW_REFUSED: (
        ErrorCode.CREDENTIAL_REQUEST_DENIED,
        "The desk looked at the record and does not issue this credential. Ask at the desk why.",
    ),
    Refusal.SUSPENDED: (
        ErrorCode.CREDENTIAL_REQUEST_DENIED,
        "The desk has suspended this credential for this person. Ask at the desk.",
    ),
    Refusal.REVOKED: (
        ErrorCode.CREDENTIAL_REQUEST_DENIED,
        "The desk has revoked this credential for this person. Ask at the desk.",
    ),
    Refusal.PINNED_TO_ANOTHER_WALLET: (
        ErrorCode.CREDENTIAL_REQUEST_DENIED,
        "This record belongs to another wallet. Ask with that one; if it and its 24 words are lost, go to the desk.",
    ),
    Refusal.PINNED_TO_ANOTHER_RECORD: (
        ErrorCode.CREDENTIAL_REQUEST_DENIED,
        "This wallet belongs to the record of somebody else. Ask with a wallet of your own.",
    ),
    Refusal.TRANSACTION_UNKNOWN: (
        ErrorCode.INVALID_TRANSACTION_ID,
        "There is nothing to collect under this transaction_id. Send a new credential request.",
    ),
    Refusal.NOTIFICATION_UNKNOWN: (
        ErrorCode.INVALID_NOTIFICATION_ID,
        "This notification_id came with no credential response for this access token.",
    ),
    Refusal.ENCRYPTION_UNUSABLE: (
        ErrorCode.INVALID_ENCRYPTION_PARAMETERS,
        "Use a public P-256 key with alg ECDH-ES, enc A128GCM or A256GCM, and no zip.",
    ),
    Refusal.REQUEST_NOT_ENCRYPTED: (
        ErrorCode.INVALID_ENCRYPTION_PARAMETERS,
        "Encrypt the request too, with the key in credential_request_encryption of the issuer metadata.",
    ),
    Refusal.UNDECRYPTABLE: (
        ErrorCode.INVALID_ENCRYPTION_PARAMETERS,
        "The request cannot be decrypted. Read the issuer metadata again and encrypt to the key in it.",
    ),
}


def refuse(refusal: Refusal, detail: str = "") -> OpenIdError:
    """The error to raise.

    Args:
        refusal: why.
        detail: a reason code to put into the words, where they have room for it.
    """
    code, words = _ANSWERS[refusal]
    return OpenIdError(code, words.format(detail=detail))
