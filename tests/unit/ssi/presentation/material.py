# SPDX-License-Identifier: EUPL-1.2
"""A municipality, the income credentials of the cast, and what a housing association asks of them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from specs import credential_type_octets
from ssi.base64url import encode_base64url
from ssi.bbs.keys import key_gen, sk_to_pk
from ssi.bbs.suite import BLS12381_SHA256
from ssi.credential.issuance import HeldCredential, accept, issue
from ssi.credential.pinning import holder_entropy, request_issuance
from ssi.credential.types import ClaimValue, CredentialType
from ssi.presentation import Binding, ClaimRequest

INCOME = CredentialType.from_json(credential_type_octets("household-income", 1))
AGE = CredentialType.from_json(credential_type_octets("age", 1))
TYPES = (AGE, INCOME)
SECRET_KEY = key_gen(BLS12381_SHA256, b"the municipality of the presentation tests")
PUBLIC_KEY = sk_to_pk(SECRET_KEY)
OTHER_SECRET_KEY = key_gen(BLS12381_SHA256, b"the neighbouring municipality of the tests")
OTHER_PUBLIC_KEY = sk_to_pk(OTHER_SECRET_KEY)
VALIDATOR = "did:web:issuer.example"
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
TODAY = date(2027, 3, 1)
AMIRA: dict[str, ClaimValue] = {
    "exp": date(2027, 5, 31),
    "recovered_at": date(1900, 1, 1),
    "municipality": "GM1969",
    "children": 3,
    "income": 154_060,
    "norm": 128_383,
}
CATO = AMIRA | {"income": 154_063}
BINDING = Binding("x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk", "n-0S6_WzA2Mj", "https://v.example/post", ())

EXPIRY = {"sum": {"exp": 1}, "plus": 0, "per_as_of": -1, "text": {"nl": "Nog geldig.", "en": "Still valid."}}
INCOME_RULE = {
    "sum": {"norm": 120, "income": -100},
    "plus": 50,
    "text": {"nl": "Hoogstens 120 procent van de norm.", "en": "At most 120 percent of the norm."},
}


def meta(**changes: object) -> dict[str, Any]:
    """The request: lives here, at most 120 percent of the norm, shows the number of children."""
    return {
        "vct_values": [INCOME.vct],
        "scope": "low-rent/2027",
        "constants": {"municipality": "GM1969"},
        "disclosed": {"children": [1, 15]},
        "predicates": [EXPIRY, INCOME_RULE],
        "keys": [encode_base64url(OTHER_PUBLIC_KEY), encode_base64url(PUBLIC_KEY)],
        **changes,
    }


def request(**changes: object) -> ClaimRequest:
    """The request, parsed."""
    return ClaimRequest.from_meta(meta(**changes), TYPES)


def held(
    values: Mapping[str, ClaimValue] = AMIRA, *, holder_secret: int = 4711, secret_key: int = SECRET_KEY
) -> HeldCredential:
    """A credential, issued blindly and accepted."""
    nonce = bytes(range(32))
    pending = request_issuance(holder_secret, validator=VALIDATOR, nonce=nonce)
    verified = pending.request.verify(validator=VALIDATOR, nonce=nonce)
    issuance = issue(secret_key, INCOME, values, verified, holder_entropy(bytes(32), "amira"))
    return accept(issuance, pending, TYPES, sk_to_pk(secret_key))


@cache
def amira() -> HeldCredential:
    """Amira's credential."""
    return held()
