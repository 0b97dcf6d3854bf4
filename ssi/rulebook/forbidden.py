# SPDX-License-Identifier: EUPL-1.2
"""Words that no criterion of a rulebook may use, in Dutch and in English.

After the childcare-benefit scandal, in which nationality and foreign-sounding names served as risk indicators: no
rulebook may decide on who somebody is. A word list is a safety net for people who write rulebooks in good faith; it
does not stop someone who calls a nationality "x7". The credential type's own titles are looked at for that reason too.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

__all__ = ["FORBIDDEN", "Subject", "forbidden_subject"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject that no rulebook may decide on, and how it is recognised.

    Attributes:
        name: the subject, for the finding.
        words: whole words; a hyphen stands for a space between two words.
        parts: letters that may stand anywhere once everything but letters is taken away.
    """

    name: str
    words: str
    parts: str


FORBIDDEN: Final = (
    Subject(
        "nationality",
        "nation natie passport paspoort citizen verblijfsstatus residence-status",
        """nationalit citizenship staatsburger burgerschap immigra emigra migrant migrati foreign buitenland vreemdeling
        verblijfsvergunning verblijfstitel residencepermit asylum asielz refugee vluchteling statushouder allochto
        autochto""",
    ),
    Subject(
        "birthplace",
        "birth-place born-in geboren-in native",
        """birthplace birthcountry birthcity birthtown placeofbirth cityofbirth townofbirth geboorteplaats geboorteland
        geboortestad geboortestreek geboortegemeente geboorteregio plaatsvangeboorte landvangeboorte""",
    ),
    Subject(
        "origin",
        "country land origin ancestry descent roots tribe born-abroad",
        "herkomst afkomst afstamming countryof homeland vaderland moederland",
    ),
    Subject(
        "name",
        "name names naam namen initials voorletters tussenvoegsel roepnaam alias",
        """surname firstname lastname givenname familyname fullname maidenname middlename achternaam voornaam
        familienaam geslachtsnaam meisjesnaam doopnaam patronym""",
    ),
    Subject(
        "ethnicity",
        "race races ras rassen tint roma sinti",
        "ethni etnici etnisch racial raciaal skincolo skintone huidskleur huidkleur",
    ),
    Subject(
        "religion",
        """faith geloof kerk church mosque moskee synagogue synagoge creed muslim moslim islam joods jewish jood
        christen christian hindoe hindu""",
        "religi godsdienst geloofs gelovig levensbeschouw levensovertuig kerkgenoot",
    ),
    Subject(
        "gender",
        "sex sekse male female man men woman women vrouw vrouwen mannen jongen jongens meisje meisjes",
        "gender geslacht mannelijk vrouwelijk",
    ),
    Subject(
        "sexual orientation",
        "gay lesbian lesbisch homo lgbt lhbt hetero",
        "sexualor sexualit seksuelegeaard seksualiteit geaardheid",
    ),
    Subject(
        "language",
        "taal talen dialect accent",
        "language moedertaal voertaal thuistaal spreektaal taalniveau taalbeheers mothertongue",
    ),
    Subject(
        "political or union membership",
        "party partij union",
        "politic politiek vakbond vakvereniging tradeunion",
    ),
    Subject(
        "identity number",
        "bsn ssn sofi anummer",
        "burgerservice sofinummer socialsecuritynumber passportnumber paspoortnummer",
    ),
)
"""Everything that is refused."""

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS: Final = re.compile(r"[^a-z]+")


def forbidden_subject(text: str) -> str | None:
    """The forbidden subject that a name or title speaks of, if any; case, accents and separators do not matter."""
    decomposed = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text)).casefold()
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    spaced = f" {' '.join(_SEPARATORS.split(plain)).strip()} "
    joined = spaced.replace(" ", "")
    for subject in FORBIDDEN:
        words = (f" {word.replace('-', ' ')} " for word in subject.words.split())
        if any(word in spaced for word in words) or any(part in joined for part in subject.parts.split()):
            return subject.name
    return None
