# SPDX-License-Identifier: EUPL-1.2
"""The scan finds what is there, in every form it says it searches, and nothing in random octets."""

import hashlib
import time
from random import Random

import pytest

from programmable_money.scan import (
    HOUSEHOLD_COLUMNS,
    Fragment,
    FragmentKind,
    Needles,
    PersonalValue,
    ValueKind,
    personal_values,
    scan,
)
from ssi.keccak import keccak256

NAME = PersonalValue(ValueKind.TEXT, "row 1, name", "Amira Yıldız")
SHORT = PersonalValue(ValueKind.TEXT, "row 1, person", "P7")
BORN = PersonalValue(ValueKind.DATE, "row 1, birth_date", "1991-02-28")
INCOME = PersonalValue(ValueKind.INCOME, "row 1, net_income", "1540.60")
ADDRESS = PersonalValue(ValueKind.TEXT, "row 1, address", "Dijk 4, 2671AB Naaldwijk")
EVERYTHING = Needles([NAME, SHORT, BORN, INCOME, ADDRESS])
NOISE = Random(1).randbytes(3_000)


def sources(octets: bytes, kind: FragmentKind = FragmentKind.CALLDATA, *, aligned: bool = False) -> set[str]:
    around = (bytes(64), bytes(64)) if aligned else (NOISE[:77], NOISE[77:])
    planted = Fragment(kind, "here", around[0] + octets + around[1])
    return {finding.source for finding in scan([planted], EVERYTHING).findings}


def test_finds_nothing_in_noise() -> None:
    assert sources(b"") == set()
    assert sources(b"", FragmentKind.STORAGE, aligned=True) == set()


@pytest.mark.parametrize("text", ["Amira Yıldız", "amira yıldız", "AMIRA", "Amira", "Yıldız"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_finds_a_name_and_its_words_in_every_encoding(text: str, encoding: str) -> None:
    octets = text.encode(encoding)
    assert sources(octets) == {"row 1, name"}
    assert sources(octets.hex().encode()) == {"row 1, name"}
    assert sources(octets.hex().upper().encode()) == {"row 1, name"}


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha512", "sha3_256", "md5", "blake2b", "keccak256"])
def test_finds_plain_digests_whole_and_shortened(name: str) -> None:
    octets = "Amira Yıldız".encode()
    digest = keccak256(octets) if name == "keccak256" else hashlib.new(name, octets, usedforsecurity=False).digest()
    for form in (
        digest,
        digest[:16],
        digest[-16:],
        digest[-20:] if len(digest) >= 20 else digest,
        digest.hex().encode(),
    ):
        assert sources(form) == {"row 1, name"}


def test_finds_a_short_text_as_a_word_only() -> None:
    assert sources(b"P7".ljust(32, b"\0"), aligned=True) == {"row 1, person"}
    assert sources(b"P7" + NOISE[:30]) == set()
    assert sources(hashlib.sha256(b"P7").digest()) == {"row 1, person"}


@pytest.mark.parametrize("text", ["1991-02-28", "28-02-1991", "28-2-1991", "28/02/1991", "19910228", "28021991"])
def test_finds_a_birth_date_as_people_write_it(text: str) -> None:
    assert sources(text.encode()) == {"row 1, birth_date"}
    assert sources(keccak256(text.encode())) == {"row 1, birth_date"}


@pytest.mark.parametrize("number", [19_910_228, 667_699_200])
def test_finds_a_birth_date_as_a_number(number: int) -> None:
    assert sources(number.to_bytes(32, "big"), aligned=True) == {"row 1, birth_date"}


@pytest.mark.parametrize("text", ["1540.60", "1540,60", "154060"])
def test_finds_an_income_as_text(text: str) -> None:
    assert sources(text.encode()) == {"row 1, net_income"}
    assert sources(hashlib.sha1(text.encode(), usedforsecurity=False).digest()) == {"row 1, net_income"}


def test_finds_an_income_as_a_word_a_part_of_storage_and_the_digest_of_its_word() -> None:
    word = (154_060).to_bytes(32, "big")
    assert sources(word, aligned=True) == {"row 1, net_income"}
    assert sources(keccak256(word)) == {"row 1, net_income"}
    packed = bytes(8) + (154_060).to_bytes(8, "big") + (3).to_bytes(16, "big")
    assert sources(packed, FragmentKind.STORAGE, aligned=True) == {"row 1, net_income"}
    selector = Fragment(FragmentKind.CALLDATA, "call", b"\x12\x34\x56\x78" + bytes(32) + word)
    created = Fragment(FragmentKind.CALLDATA, "creation", NOISE[:45] + bytes(32) + word)
    assert len(scan([selector, created], EVERYTHING).findings) == 2


def test_an_income_that_equals_a_public_amount_is_a_coincidence() -> None:
    fragment = Fragment(FragmentKind.EVENT, "payment", (154_060).to_bytes(32, "big"))
    report = scan([fragment], EVERYTHING, public_numbers=frozenset({154_060}))
    assert report.findings == ()
    assert [found.source for found in report.coincidences] == ["row 1, net_income"]


def test_finds_a_postcode_with_and_without_its_space() -> None:
    for text in ("2671AB", "2671 AB", "2671ab"):
        assert sources(text.encode()) == {"row 1, address"}


def test_a_finding_names_place_and_offset_and_never_the_value() -> None:
    report = scan([Fragment(FragmentKind.CODE, "code of X", b"12345Amira")], EVERYTHING)
    assert [(found.place, found.offset) for found in report.findings] == [("code of X", 5)]
    assert "Amira" not in repr(report)
    assert "Amira" not in repr(NAME)


def test_a_table_of_households_gives_its_personal_columns() -> None:
    row = {"person": "p1", "name": "Amira", "birth_date": "1991-02-28", "address": "", "children": "3"}
    values = list(personal_values([row, row]))
    assert [value.source for value in values[:3]] == ["row 1, person", "row 1, name", "row 1, birth_date"]
    assert len(values) == 6
    assert "children" not in HOUSEHOLD_COLUMNS
    assert "municipality" not in HOUSEHOLD_COLUMNS


def test_a_story_of_80_households_is_searched_in_seconds() -> None:
    random = Random(2)
    letters = "abcdefghijklmnopqrstuvwxyz"

    def text(count: int) -> str:
        return " ".join("".join(random.choices(letters, k=9)).title() for _ in range(count))

    rows = [
        {
            "person": f"P{number:04}",
            "name": text(3),
            "birth_date": f"{1950 + number % 50}-03-{1 + number % 28:02}",
            "address": f"{text(1)} {number}, {1000 + number} AB {text(1)}",
            "household_kind": "single_21_plus",
            "net_income": f"{900 + number}.{number % 100:02}",
        }
        for number in range(160)
    ]
    octets = random.randbytes(1_000_000)
    start = time.perf_counter()
    needles = Needles(personal_values(rows))
    report = scan([Fragment(FragmentKind.CALLDATA, "all", octets)], needles)
    assert report.findings == ()
    assert report.needles > 10_000
    assert time.perf_counter() - start < 10
