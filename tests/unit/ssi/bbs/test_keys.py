# SPDX-License-Identifier: EUPL-1.2
"""Secret and public keys, and what is refused as one."""

import pytest
from py_arkworks_bls12381 import G2Point

from ssi.bbs.keys import check_secret_key, decode_public_key, generate_secret_key, key_gen, sk_to_pk
from ssi.bbs.suite import BLS12381_SHA256, BLS12381_SHAKE256, R
from ssi.errors import Reason, VerificationError


def test_key_material_and_info_both_matter() -> None:
    keys = {
        key_gen(BLS12381_SHA256, bytes(32)),
        key_gen(BLS12381_SHA256, bytes(33)),
        key_gen(BLS12381_SHA256, bytes(32), b"info"),
        key_gen(BLS12381_SHA256, bytes(32), key_dst=b"dst"),
        key_gen(BLS12381_SHAKE256, bytes(32)),
    }
    assert len(keys) == 5


@pytest.mark.parametrize(("material", "info"), [(31, 0), (32, 65536)])
def test_refuses_little_material_and_long_info(material: int, info: int) -> None:
    with pytest.raises(ValueError, match="key material"):
        key_gen(BLS12381_SHA256, bytes(material), bytes(info))


@pytest.mark.parametrize("secret_key", [0, -1, R, R + 1])
def test_refuses_a_secret_key_out_of_range(secret_key: int) -> None:
    with pytest.raises(ValueError, match="secret key"):
        check_secret_key(secret_key)
    with pytest.raises(ValueError, match="secret key"):
        sk_to_pk(secret_key)


def test_a_fresh_key_has_a_public_key_that_decodes() -> None:
    public_key = sk_to_pk(generate_secret_key())
    assert decode_public_key(public_key).to_compressed_bytes() == public_key


@pytest.mark.parametrize("encoded", [b"", bytes(96), G2Point.identity().to_compressed_bytes(), sk_to_pk(1)[:-1]])
def test_refuses_what_is_no_public_key(encoded: bytes) -> None:
    with pytest.raises(VerificationError) as refusal:
        decode_public_key(encoded)
    assert refusal.value.reason is Reason.INVALID_PUBLIC_KEY
