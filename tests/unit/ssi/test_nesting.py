# SPDX-License-Identifier: EUPL-1.2
"""Deep nesting is refused before a parser sees it."""

import pytest

from ssi.credential.document import DocumentError, parse_document
from ssi.did import DidError
from ssi.did.parse import parse_json_object
from ssi.nesting import MAX_DEPTH, nests_too_deep


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_counts_open_brackets(opening: bytes) -> None:
    levels = opening.count(b"[") + opening.count(b"{")
    assert not nests_too_deep(opening * (MAX_DEPTH // levels))
    assert nests_too_deep(opening * (MAX_DEPTH // levels + 1))
    assert not nests_too_deep(b"[]" * 1000)


def test_a_document_of_brackets_does_not_end_the_process() -> None:
    with pytest.raises(DocumentError, match="deeper"):
        parse_document(b"[" * 200_000)
    with pytest.raises(DidError):
        parse_json_object(b"[" * 60_000)
