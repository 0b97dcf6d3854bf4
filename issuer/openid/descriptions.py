# SPDX-License-Identifier: EUPL-1.2
"""What OpenAPI says about the credential issuer's endpoints: what they take, what they answer, how they refuse."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = [
    "CREDENTIAL_OPERATION",
    "DEFERRED_OPERATION",
    "NONCE_OPERATION",
    "NOTIFICATION_OPERATION",
    "OAUTH_PROBLEMS",
    "PAGE_ANSWERS",
    "PUBLIC_PROBLEMS",
    "SECURITY_SCHEMES",
]

_JSON: Final = "application/json"
_JWT: Final = "application/jwt"
_TEXT: Final = {"type": "string"}
_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 200}
_IDENTIFIER: Final = {"type": "string", "minLength": 1, "maxLength": 4096}
_COMMITMENT: Final = {"type": "string", "pattern": "^[A-Za-z0-9_-]{384}$", "description": "288 octets in base64url."}
_MEMBERS_OF_PROBLEM: Final = {
    "type": _TEXT,
    "title": _TEXT,
    "status": {"type": "integer"},
    "detail": _TEXT,
    "instance": _TEXT,
    "correlation_id": _TEXT,
}
_PROBLEM: Final = {
    "type": "object",
    "properties": _MEMBERS_OF_PROBLEM,
    "required": ["type", "title", "status", "detail", "instance", "correlation_id"],
}
_OAUTH_PROBLEM: Final = {
    **_PROBLEM,
    "properties": {"error": _TEXT, "error_description": _TEXT, **_MEMBERS_OF_PROBLEM},
    "required": ["error", *_PROBLEM["required"]],
}
SECURITY_SCHEMES: Final = {
    "DPoP": {"type": "http", "scheme": "DPoP", "description": "An access token and a DPoP proof (RFC 9449)."}
}


def _problems(schema: Mapping[str, Any], media_type: str, described: Mapping[int, str]) -> dict[int | str, Any]:
    return {
        status: {"description": words, "content": {media_type: {"schema": schema}}}
        for status, words in described.items()
    }


_ASKED_WRONGLY: Final = {
    404: "There is no such thing.",
    405: "Another method is needed.",
    406: "None of the media types that are accepted exists.",
    421: "The service is called by another name.",
    422: "The address is not one of this form.",
    429: "Too many requests; see Retry-After.",
    503: "Try again in a moment.",
}
PUBLIC_PROBLEMS: Final = _problems(_PROBLEM, "application/problem+json", _ASKED_WRONGLY)
"""How a public document is refused."""
_REFUSALS: Final = _problems(
    _OAUTH_PROBLEM,
    _JSON,
    {
        400: "Refused, with a code of OpenID4VCI 1.0 in the member error.",
        401: "No access token that is good, or no good proof for it; see WWW-Authenticate.",
        403: "The access token is not for this credential.",
        405: "Another method is needed.",
        413: "The body is too long.",
        415: "The body is of another media type than those that are taken.",
        421: "The service is called by another name.",
        429: "Too many requests; see Retry-After.",
        503: "Try again in a moment.",
    },
)
OAUTH_PROBLEMS: Final[dict[int | str, Any]] = {
    **{status: found for status, found in _REFUSALS.items() if status in {400, 405, 413, 421, 429, 503}},
    400: {**_REFUSALS[400], "description": "Refused, with a code of RFC 6749 or its relatives in the member error."},
}
"""How the authorization server refuses a wallet."""
PAGE_ANSWERS: Final[dict[int | str, Any]] = {
    200: {"description": "A page.", "content": {"text/html": {"schema": _TEXT}}},
    303: {"description": "To the next page, or back to the wallet."},
    **_problems(
        _PROBLEM,
        "application/problem+json",
        {
            **{status: words for status, words in _ASKED_WRONGLY.items() if status not in {404, 406}},
            400: "This does not go on here.",
            403: "Not from here.",
            413: "The form is too long.",
        },
    ),
}
"""What is answered to a browser; a problem is a page for who accepts HTML."""
_JWK: Final = {"type": "object", "properties": {"kty": _TEXT, "crv": _TEXT, "x": _TEXT, "y": _TEXT, "alg": _TEXT}}
_ENCRYPTION: Final = {
    "type": "object",
    "properties": {"jwk": _JWK, "enc": {"enum": ["A128GCM", "A256GCM"]}},
    "required": ["jwk", "enc"],
}
_BBS_PROOFS: Final = {
    "type": "object",
    "properties": {"bbs_commitment": {"type": "array", "items": _COMMITMENT, "minItems": 1, "maxItems": 1}},
    "required": ["bbs_commitment"],
}
_PROOFS: Final = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"jwt": {"type": "array", "items": _IDENTIFIER, "minItems": 1, "maxItems": 10}},
            "required": ["jwt"],
        },
        _BBS_PROOFS,
    ]
}
_CREDENTIAL_REQUEST: Final = {
    "type": "object",
    "properties": {
        "credential_configuration_id": _NAME,
        "credential_identifier": _IDENTIFIER,
        "proofs": _PROOFS,
        "c_nonce": {**_NAME, "description": "With bbs_commitment: the nonce that it is bound to."},
        "credential_response_encryption": _ENCRYPTION,
        "companion": {
            "type": "object",
            "description": "A BBS credential to be issued in the same call; ours, no wallet has to know it.",
            "properties": {
                "credential_configuration_id": _NAME,
                "credential_identifier": _IDENTIFIER,
                "proofs": _BBS_PROOFS,
            },
            "required": ["proofs"],
        },
    },
}
_DEFERRED_REQUEST: Final = {
    "type": "object",
    "properties": {"transaction_id": _IDENTIFIER, "credential_response_encryption": _ENCRYPTION},
    "required": ["transaction_id"],
}
_NOTIFICATION_REQUEST: Final = {
    "type": "object",
    "properties": {
        "notification_id": _IDENTIFIER,
        "event": {"enum": ["credential_accepted", "credential_failure", "credential_deleted"]},
        "event_description": {**_TEXT, "maxLength": 1000, "pattern": r"^[\x20-\x21\x23-\x5B\x5D-\x7E]+$"},
    },
    "required": ["notification_id", "event"],
}
_ISSUED: Final = {
    "type": "array",
    "items": {"type": "object", "properties": {"credential": _TEXT, "entropy": _TEXT}, "required": ["credential"]},
}
_CREDENTIALS: Final = {
    "type": "object",
    "properties": {
        "credentials": _ISSUED,
        "notification_id": _TEXT,
        "companion": {"type": "object", "properties": {"credentials": _ISSUED}},
    },
    "required": ["credentials"],
}
_DEFERRED: Final = {
    "type": "object",
    "properties": {"transaction_id": _TEXT, "interval": {"type": "integer", "minimum": 1}},
    "required": ["transaction_id", "interval"],
}


def _body(schema: Mapping[str, Any], *, encrypted: bool) -> dict[str, Any]:
    content: dict[str, Any] = {_JSON: {"schema": schema}}
    if encrypted:
        content[_JWT] = {"schema": {**_TEXT, "description": "The same as a JWE, to the key in the metadata."}}
    dpop = {"name": "DPoP", "in": "header", "required": False, "schema": _TEXT}
    return {"requestBody": {"required": True, "content": content}, "parameters": [dpop], "security": [{"DPoP": []}]}


def _answers(words: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {_JSON: {"schema": schema}, _JWT: {"schema": _TEXT}}}


_ISSUING: Final[dict[int | str, Any]] = {
    200: _answers("The credentials.", _CREDENTIALS),
    202: _answers("The desk looks at the record first; ask the deferred credential endpoint later.", _DEFERRED),
    **_REFUSALS,
}
NONCE_OPERATION: Final[dict[str, Any]] = {
    "summary": "A nonce for proofs",
    "responses": {
        200: {
            "description": "The nonce; a DPoP nonce is in the header DPoP-Nonce.",
            "content": {
                _JSON: {"schema": {"type": "object", "properties": {"c_nonce": _TEXT}, "required": ["c_nonce"]}}
            },
        },
        **{status: answer for status, answer in _REFUSALS.items() if status in {405, 413, 421, 429, 503}},
    },
}
CREDENTIAL_OPERATION: Final[dict[str, Any]] = {
    "summary": "Credentials for the person of the access token",
    "responses": _ISSUING,
    "openapi_extra": _body(_CREDENTIAL_REQUEST, encrypted=True),
}
DEFERRED_OPERATION: Final[dict[str, Any]] = {
    "summary": "Credentials that were deferred",
    "responses": _ISSUING,
    "openapi_extra": _body(_DEFERRED_REQUEST, encrypted=True),
}
NOTIFICATION_OPERATION: Final[dict[str, Any]] = {
    "summary": "What became of issued credentials",
    "status_code": 204,
    "response_model": None,
    "responses": {status: answer for status, answer in _REFUSALS.items() if status != 403},
    "openapi_extra": _body(_NOTIFICATION_REQUEST, encrypted=False),
}
