# SPDX-License-Identifier: EUPL-1.2
"""One signer and one credential that the BBS tests sign, prove and spoil."""

from ssi.bbs.keys import key_gen, sk_to_pk
from ssi.bbs.suite import BLS12381_SHA256

SECRET_KEY = key_gen(BLS12381_SHA256, b"the validator of the tests, at least 32 octets")
PUBLIC_KEY = sk_to_pk(SECRET_KEY)
OTHER_PUBLIC_KEY = sk_to_pk(SECRET_KEY + 1)
HEADER = b"credential type"
PRESENTATION_HEADER = b"nonce"
CONTEXT = b"programme and period"
MESSAGES = [b"income", b"", b"children", b"municipality"]
COMMITTED = [b"link secret", b"note"]
NYMS = [11, 22, 33]
ENTROPY = 44
IDENTITY_G1 = bytes([0xC0, *bytes(47)])
