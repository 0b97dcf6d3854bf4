# SPDX-License-Identifier: EUPL-1.2
"""The Kindpakket's rulebook and credential type, and rulebooks that differ from it in one place."""

import copy
import json
from collections.abc import Sequence
from typing import Any

from specs import credential_type_octets, rulebook_octets
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

PUBLISHED = {name: rulebook_octets(name, 1) for name in ("kindpakket", "kindpakket-vouchers", "stadjerspas", "heitje")}
"""Every rulebook that is published, by name."""
OCTETS = PUBLISHED["kindpakket"]
KINDPAKKET = Rulebook.from_json(OCTETS)
STADJERSPAS = Rulebook.from_json(PUBLISHED["stadjerspas"])
HEITJE = Rulebook.from_json(PUBLISHED["heitje"])
HOUSEHOLD = CredentialType.from_json(credential_type_octets("household-income", 1))
PASS = CredentialType.from_json(credential_type_octets("stadjerspas", 1))
RESIDENT_AGE = CredentialType.from_json(credential_type_octets("age", 2))
AGE = CredentialType.from_json(credential_type_octets("age", 1))

ABSENT = object()
"""In place of a value: take the member away."""


def changed(*changes: tuple[Sequence[str | int], Any], of: str = "kindpakket") -> dict[str, Any]:
    """A published document, the Kindpakket's unless said otherwise, with some places set to another value."""
    document: dict[str, Any] = json.loads(PUBLISHED[of])
    for path, value in changes:
        *parents, last = path
        place: Any = document
        for step in parents:
            place = place[step]
        if value is ABSENT:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(copy.deepcopy(value))
        else:
            place[last] = copy.deepcopy(value)
    return document


def octets(document: Any) -> bytes:
    """A document as it could be published."""
    return json.dumps(document, ensure_ascii=False).encode()


def rulebook(*changes: tuple[Sequence[str | int], Any], of: str = "kindpakket") -> Rulebook:
    """A published rulebook, the Kindpakket's unless said otherwise, with some places set to another value."""
    return Rulebook.from_json(octets(changed(*changes, of=of)))


def predicate(**changes: Any) -> dict[str, Any]:
    """A predicate that nothing is wrong with, or with changes."""
    return {"id": "x", "text": {"nl": "x", "en": "x"}, "sum": {"income": -1}, "plus": 1000, **changes}
