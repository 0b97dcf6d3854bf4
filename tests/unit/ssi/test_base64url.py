# SPDX-License-Identifier: EUPL-1.2
"""Octets have one text in base64url, and only that text is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.base64url import decode_base64url, encode_base64url


@given(st.binary(max_size=100))
def test_gives_back_what_was_written(octets: bytes) -> None:
    assert decode_base64url(encode_base64url(octets)) == octets


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "AA=", "+/8", "A A", "AAA\n", "é", "AAAAA", "-_9="])
def test_no_other_text_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        decode_base64url(text)
