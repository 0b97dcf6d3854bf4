# SPDX-License-Identifier: EUPL-1.2
"""Words that no criterion of a rulebook may use, in Dutch and in English.

After the childcare-benefit scandal, in which nationality and foreign-sounding names served as risk indicators: no
rulebook may decide on who somebody is. A word list is a safety net for people who write rulebooks in good faith; it
does not stop someone who calls a nationality "x7". The credential type's own titles are looked at for that reason too.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

__all__ = ["FORBIDDEN", "forbidden_subject"]

FORBIDDEN: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "nationality": (
        ("nation", "natie", "passport", "paspoort", "citizen", "verblijfsstatus", "allochtoon", "autochtoon"),
        (
            "nationalit",
            "citizenship",
            "staatsburger",
            "burgerschap",
            "immigra",
            "emigra",
            "migrant",
            "migrati",
            "foreign",
        )
        + ("buitenland", "vreemdeling", "verblijfsvergunning", "residencepermit", "asylum", "asiel", "vluchteling")
        + ("refugee", "alloch", "autoch", "statushouder"),
    ),
    "origin": (
        ("country", "land", "ancestry", "descent", "roots", "tribe"),
        ("herkomst", "afkomst", "afstamming", "countryof", "homeland", "vaderland", "moederland", "origin"),
    ),
    "birthplace": (
        ("birthplace", "birthtown"),
        ("placeofbirth", "birthplace", "birthcountry", "birthcity", "cityofbirth", "townofbirth", "bornin", "geborenin")
        + ("geboorteplaats", "geboorteland", "geboortestad", "geboortestreek", "geboortegemeente", "geboorteregio")
        + ("plaatsvangeboorte", "landvangeboorte", "nativecountry"),
    ),
    "name": (
        ("name", "names", "naam", "namen", "initials", "voorletters", "tussenvoegsel", "roepnaam", "alias"),
        ("surname", "firstname", "lastname", "givenname", "familyname", "fullname", "maidenname", "middlename")
        + ("achternaam", "voornaam", "familienaam", "geslachtsnaam", "meisjesnaam", "doopnaam", "patron"),
    ),
    "ethnicity": (
        ("race", "ras", "rassen", "racial", "tint", "roma", "sinti"),
        ("ethni", "etnic", "etnisch", "racial", "raciaal", "skincolo", "skintone", "huidskleur", "huidkleur"),
    ),
    "religion": (
        ("faith", "geloof", "kerk", "church", "mosque", "moskee", "synagogue", "synagoge", "creed", "god", "bible")
        + ("muslim", "moslim", "islam", "joods", "jewish", "jood", "christen", "christian", "hindoe", "hindu"),
        (
            "religi",
            "godsdienst",
            "geloofs",
            "gelovig",
            "levensbeschouw",
            "levensovertuig",
            "kerkgenoot",
            "halal",
            "kosher",
        ),
    ),
    "gender": (
        ("sex", "sekse", "male", "female", "man", "vrouw", "men", "women", "mannen", "vrouwen", "jongen", "meisje"),
        ("gender", "geslacht", "mannelijk", "vrouwelijk", "transsex", "intersex"),
    ),
    "sexual orientation": (
        ("gay", "lesbian", "homo", "lesbisch", "lgbt", "lhbt", "hetero"),
        ("sexualor", "seksuelegeaard", "geaardheid", "sexuality", "seksualiteit", "seksuelevoorkeur"),
    ),
    "language": (
        ("taal", "talen", "dialect", "accent", "tongue"),
        ("language", "moedertaal", "voertaal", "thuistaal", "taalniveau", "taalbeheers", "spreektaal", "mothertongue"),
    ),
    "political or union membership": (
        ("party", "partij", "union"),
        ("politi", "vakbond", "vakvereniging", "tradeunion", "labourunion", "laborunion"),
    ),
    "health": (
        ("diagnosis", "diagnose", "dna"),
        ("genetic", "genetisch", "medical", "medisch", "disease", "ziekte"),
    ),
    "identity number": (
        ("bsn", "sofinummer", "ssn"),
        ("burgerservice", "sofinummer", "socialsecuritynumber", "passportnumber", "paspoortnummer", "anummer"),
    ),
}
"""Subject: (whole words, parts that may stand anywhere once separators are taken away)."""

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS: Final = re.compile(r"[^a-z]+")


def forbidden_subject(text: str) -> str | None:
    """The forbidden subject that a name or title speaks of, if any; case, accents and separators do not matter."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
        if not unicodedata.combining(character)
    ).casefold()
    words = [word for word in _SEPARATORS.split(plain) if word]
    joined = "".join(words)
    for subject, (whole, parts) in FORBIDDEN.items():
        if not set(whole).isdisjoint(words) or any(part in joined for part in parts):
            return subject
    return None
