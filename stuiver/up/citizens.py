# SPDX-License-Identifier: EUPL-1.2
"""The invented people whose letters the start page shows: Amira qualifies, Bas lives with her, Cato must be refused."""

from datetime import date
from typing import Final

import specs
from issuer.households import import_households
from issuer.model import Household, PersonId
from ssi.credential.document import Wording
from ssi.rulebook.model import Rulebook

__all__ = ["CITIZENS", "citizens"]

CITIZENS: Final = {
    PersonId("amira"): Wording(
        "Zij heeft drie kinderen en verdient precies wat de toeslag nog toelaat.",
        "She has three children and earns exactly what the allowance still permits.",
    ),
    PersonId("bas"): Wording(
        "Hij is negentien, woont bij Amira en heeft nog geen inkomen.",
        "He is nineteen, lives with Amira and has no income yet.",
    ),
    PersonId("cato"): Wording(
        "Zij verdient één cent te veel voor de toeslag. Haar wallet zegt dat, en laat niets zien.",
        "She earns one cent too much for the allowance. Her wallet says so, and shows nothing.",
    ),
}
"""Who they are, for the page; by the reference of their record."""
_ADULT: Final = 19
_FILE: Final = """person,name,birth_date,address,household_kind,net_income,children,municipality
amira,Amira Haddad,1991-05-14,"Hoofdstraat 1, 9351 AA Leek",single_21_plus,1540.60,3,GM1969
bas,Bas Haddad,{bas},"Hoofdstraat 1, 9351 AA Leek",single_18_20,0.00,0,GM1969
cato,Cato Bos,1985-01-30,"Kerkpad 2, 9351 BB Leek",single_21_plus,1540.61,2,GM1969
"""


def citizens(today: date) -> tuple[Household, ...]:
    """Their records, read as any household file is."""
    octets = _FILE.format(bas=date(today.year - _ADULT, 1, 1)).encode()
    rulebook = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
    found = import_households(octets, rulebook, municipalities={"GM1969"}, today=today, skip_bad_rows=False)
    return found.households
