# SPDX-License-Identifier: EUPL-1.2
"""The statements and proofs that forge tests the contracts with are what ``ssi.claim`` makes today."""

import pytest

from tests.contracts import make_programme_fixtures
from tests.contracts.make_fixtures import FOLDER, render

FILES = render()


@pytest.mark.parametrize("name", sorted(FILES))
def test_fixture_is_what_the_wallet_makes(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == FILES[name], "run `python -m tests.contracts.make_fixtures`"


@pytest.mark.parametrize("name", sorted(make_programme_fixtures.FILES))
def test_claims_in_slots_are_what_the_wallet_makes(name: str) -> None:
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == make_programme_fixtures.rendered(name), "run `python -m tests.contracts.make_programme_fixtures`"
