# SPDX-License-Identifier: EUPL-1.2
"""The letters as PDF: one page each, readable, tagged, names right, and the PIN away from the QR code."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import pytest
from pypdf import PdfReader

from edge.fonts import is_printable
from edge.language import Language
from issuer.activation.errors import UnprintableError
from issuer.activation.letters import LetterPress
from issuer.activation.posting import Letter
from issuer.activation.service import ActivationService
from issuer.activation.settings import Sender
from issuer.errors import SettingsError
from issuer.store import Store
from ssi.credential.document import DocumentError, Wording
from ssi.openid.offer import CredentialOffer, OfferReference, parse_offer_link
from tests.unit.issuer.activation.material import BOTH, CONFIGURATIONS, ISSUER, SECRET
from tests.unit.issuer.material import AGE_TYPE, INCOME_TYPE, START

SENDER = Sender(
    "Gemeente Westerkwartier",
    ISSUER,
    "Postbus 100, 9350 AC Leek",
    "14 0594",
    Wording("op werkdagen van 9 tot 17 uur", "on weekdays, 9 am to 5 pm"),
    "westerkwartier.example/wallet",
)
TITLES = {"household-income": INCOME_TYPE.title, "age": AGE_TYPE.title}
LETTER = Letter(
    "Özgür Łukaszewski",
    "Hoofdstraat 1, 9801 BW Zuidhorn",
    Language.NL,
    BOTH,
    "r" * 43,
    "048213",
    START + timedelta(days=30),
)


class MakePress(Protocol):
    """Makes a press with other settings."""

    def __call__(self, **changes: Any) -> LetterPress: ...


@pytest.fixture
def press(store: Store) -> MakePress:
    service = ActivationService(store, SECRET, ISSUER, CONFIGURATIONS)
    return lambda **changes: LetterPress(service, SENDER, TITLES, **changes)


def read(octets: bytes | None) -> PdfReader:
    assert octets is not None
    return PdfReader(BytesIO(octets))


def words(reader: PdfReader, page: int = 0) -> str:
    return " ".join(reader.pages[page].extract_text().split())


def places(reader: PdfReader) -> dict[str, tuple[float, float]]:
    """Where each line begins: millimetres from the left and from the upper edge."""
    found: dict[str, tuple[float, float]] = {}

    def visit(text: str, _cm: Any, matrix: Any, *_rest: Any) -> None:
        if text.strip():
            found[text.strip()] = (matrix[4] / 72 * 25.4, 297 - matrix[5] / 72 * 25.4)

    reader.pages[0].extract_text(visitor_text=visit)
    return found


def link(reader: PdfReader) -> str:
    [note] = [reference.get_object() for reference in reader.pages[0]["/Annots"]]  # type: ignore[attr-defined]
    return str(note["/A"]["/URI"])


def structure(reader: PdfReader) -> list[tuple[str, str | None]]:
    catalogue: Any = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    document = catalogue["/StructTreeRoot"]["/K"][0].get_object()
    elements = [kid.get_object() for kid in document["/K"]]
    return [(element["/S"], element.get("/Alt")) for element in elements]


def test_a_letter_has_all_that_its_reader_needs(press: MakePress) -> None:
    reader = read(press().print([LETTER]).letters)
    assert len(reader.pages) == 1
    text = words(reader)
    for part in ("Beste Özgür Łukaszewski,", "Scan met de wallet", "uiterlijk op 31 maart 2026", "14 0594", "048213"):
        assert part in text
    assert "op werkdagen van 9 tot 17 uur" in text
    assert INCOME_TYPE.title.nl in text
    assert (reader.trailer["/Root"]["/Lang"], reader.metadata and reader.metadata.title) == (  # type: ignore[index]
        "nl",
        "Haal uw digitale bewijzen op met uw telefoon",
    )


def test_a_letter_in_english_is_english(press: MakePress) -> None:
    text = words(read(press().print([replace(LETTER, language=Language.EN)]).letters))
    assert "Dear Özgür Łukaszewski," in text
    assert "on 31 March 2026 at the latest" in text
    assert INCOME_TYPE.title.en in text
    assert not re.search(r"\b(de|het|een|uw|niet)\b", text.replace("Łukaszewski", ""))


def test_the_address_shows_in_the_envelope_s_window(press: MakePress) -> None:
    found = places(read(press().print([LETTER]).letters))
    for line in ("Postbus 100, 9350 AC Leek", "Özgür Łukaszewski", "Hoofdstraat 1", "9801 BW Zuidhorn"):
        left, top = found[line]
        assert 19 < left < 30
        assert 45 < top < 90
    [pin] = [place for text, place in found.items() if "048213" in text]
    assert pin[1] > 260


def test_a_long_address_stays_in_the_window(press: MakePress) -> None:
    letter = replace(LETTER, name="N" * 200, address=", ".join(["Straat", *"abcdefghij"]))
    reader = read(press().print([letter]).letters)
    [last] = [place for text, place in places(reader).items() if "i, j" in text]
    assert last[1] < 90
    assert "Goedendag," in words(reader)


def test_the_qr_code_can_be_followed_by_who_reads_on_a_screen(press: MakePress) -> None:
    reader = read(press().print([LETTER]).letters)
    assert parse_offer_link(link(reader)) == OfferReference(f"{ISSUER}/offers/{LETTER.reference}")
    whole = parse_offer_link(link(read(press(is_by_value=True).print([LETTER]).letters)))
    assert isinstance(whole, CredentialOffer)


def test_a_letter_is_tagged_for_who_has_it_read_aloud(press: MakePress) -> None:
    found = structure(read(press().print([LETTER]).letters))
    assert [kind for kind, _ in found].count("/H1") == 1
    assert [kind for kind, _ in found].count("/H2") == 3
    [alt] = [alt for kind, alt in found if kind == "/Figure"]
    assert alt is not None
    assert alt.startswith("QR-code met een link")
    assert {kind for kind, _ in found} == {"/H1", "/H2", "/P", "/Figure"}


def test_pins_can_go_by_letters_of_their_own(press: MakePress) -> None:
    made = press(is_pin_apart=True).print([LETTER, replace(LETTER, name="Bas Haddad", pin="993571")])
    letters, pins = read(made.letters), read(made.pins)
    assert "048213" not in words(letters)
    assert "in een andere brief" in words(letters)
    assert "048213" in words(pins)
    assert "993571" in words(pins, 1)
    assert "Bas Haddad" in words(pins, 1)
    assert "/Annots" not in pins.pages[0]


def test_a_new_pin_is_a_letter_without_a_qr_code(press: MakePress) -> None:
    made = press().print([replace(LETTER, reference=None)])
    assert made.letters is None
    assert "048213" in words(read(made.pins))


NAMES = (
    "Łukasz Żółć",
    "Ngô Thị Hương",
    "Σοφία Παπαδοπούλου",
    "Оксана Ющенко",
    "Māra Ķēniņa",
    "Ș. Țîrlea",
)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_european_alphabets_print_right(press: MakePress, name: str) -> None:
    assert name in words(read(press().print([replace(LETTER, name=name)]).letters))


def test_accents_that_stand_apart_are_put_together(press: MakePress) -> None:
    apart = "O\u0308zgu\u0308r"
    assert "Beste Özgür," in words(read(press().print([replace(LETTER, name=apart)]).letters))


def test_a_name_that_cannot_be_printed_is_refused_and_named_by_its_place(press: MakePress) -> None:
    assert not is_printable("王芳")
    with pytest.raises(UnprintableError) as caught:
        press().print([LETTER, replace(LETTER, name="王芳")])
    assert caught.value.index == 1


def test_the_longest_texts_still_fit_on_the_page(press: MakePress) -> None:
    longest = Sender("G" * 60, ISSUER, "R" * 80, "0" * 30, Wording("uur " * 14, "hour " * 11), "w" * 50)
    for language in Language:
        letter = replace(LETTER, name="Naam " * 39 + "einde", language=language)
        made = replace(press(), sender=longest).print([letter])
        assert len(read(made.letters).pages) == 1


def test_a_batch_is_one_file_with_a_page_for_each(press: MakePress) -> None:
    many = [replace(LETTER, name=f"Persoon {number}") for number in range(30)]
    reader = read(press().print(many).letters)
    assert len(reader.pages) == 30
    assert all(f"Persoon {number}," in words(reader, number) for number in range(30))


def test_the_sender_is_kept_in_the_desk_s_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="activation setup"):
        Sender.read(tmp_path)
    SENDER.write(tmp_path)
    assert Sender.read(tmp_path) == SENDER
    replace(SENDER, phone="0594 123456").write(tmp_path)
    assert Sender.read(tmp_path).phone == "0594 123456"
    (tmp_path / "activation.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DocumentError):
        Sender.read(tmp_path)


@pytest.mark.parametrize(
    ("member", "change"),
    [
        ("public_url", lambda: replace(SENDER, public_url="http://desk.example")),
        ("public_url", lambda: replace(SENDER, public_url="https://desk.example/")),
        ("phone", lambda: replace(SENDER, phone=" ")),
        ("website", lambda: replace(SENDER, website="w" * 81)),
        ("hours", lambda: replace(SENDER, hours=Wording("ok", "a\nb"))),
        ("return_address", lambda: replace(SENDER, return_address="王芳")),
    ],
    ids=["insecure", "slash", "blank", "long", "line break", "unprintable"],
)
def test_a_sender_that_cannot_be_printed_is_refused(member: str, change: Callable[[], Sender]) -> None:
    with pytest.raises(SettingsError) as caught:
        change()
    assert caught.value.member == member
