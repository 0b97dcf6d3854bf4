# SPDX-License-Identifier: EUPL-1.2
"""Refusals of the activation desk that no other test expects."""

import pytest

from issuer.activation.errors import DeskActionError, DeskRefusal
from issuer.store import Store
from tests.unit.issuer.activation.material import JOKE, SIEM, Office
from tests.unit.issuer.material import AMIRA


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


@pytest.mark.parametrize("employee", [SIEM, JOKE], ids=["the colleague", "who prepared it"])
def test_a_batch_is_approved_once(office: Office, employee: str) -> None:
    batch = office.prepare(AMIRA)
    office.desk.approve(batch, employee=SIEM)
    with pytest.raises(DeskActionError) as refused:
        office.desk.approve(batch, employee=employee)
    assert refused.value.reason is DeskRefusal.ALREADY_APPROVED
