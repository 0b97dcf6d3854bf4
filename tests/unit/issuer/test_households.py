# SPDX-License-Identifier: EUPL-1.2
"""Reading a household file: what is right is read, what is wrong is named, and nothing of it is repeated."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.errors import HouseholdFileError, RowError
from issuer.fields import COLUMNS
from tests.unit.issuer.material import HEADER, LINES, RULEBOOK, file_of, read_file

GOOD = LINES[0]
VALUES = ("amira", "Amira", "1989-04-12", "Hoofdstraat 1", "single_21_plus", "1540.60", "3", "GM1969")


def line_with(column: str, value: str) -> str:
    """A good line with one value changed."""
    return ",".join(value if name == column else old for name, old in zip(COLUMNS, VALUES, strict=True))


def errors_of(octets: bytes) -> tuple[RowError, ...]:
    with pytest.raises(HouseholdFileError) as refused:
        read_file(octets)
    return refused.value.rows


def test_reads_a_record_with_its_norm() -> None:
    amira, bas, cato = read_file(file_of(*LINES)).households
    assert (amira.person, amira.name, amira.address) == ("amira", "Amira Haddad", "Hoofdstraat 1, Zuidhorn")
    assert (amira.birth_date, amira.children, amira.municipality) == (date(1989, 4, 12), 3, "GM1969")
    assert (amira.kind, amira.income_cents, amira.norm_cents) == ("single_21_plus", 154_060, 128_383)
    assert (bas.income_cents, bas.norm_cents) == (0, 31_694)
    assert cato.income_cents == 154_061


def test_every_kind_of_the_table_gets_its_norm() -> None:
    assert RULEBOOK.norms is not None
    lines = [
        line_with("household_kind", kind).replace("amira", f"p{index}")
        for index, kind in enumerate(RULEBOOK.norms.kinds)
    ]
    read = read_file(file_of(*lines)).households
    assert [household.norm_cents for household in read] == [row.norm_cents for row in RULEBOOK.norms.households]
    assert len(read) == 10


@pytest.mark.parametrize(
    "octets",
    [
        b"\xef\xbb\xbf" + file_of(*LINES),
        file_of(*LINES).replace(b"\n", b"\r\n"),
        file_of(*LINES).replace(b"\n", b"\r"),
        file_of(*LINES).rstrip(b"\n"),
        file_of("", LINES[0], "  ", "", *LINES[1:], "", ""),
        b"\n\n" + file_of(*LINES),
    ],
    ids=["byte order mark", "CRLF", "CR", "no last line break", "empty lines", "empty lines first"],
)
def test_line_endings_empty_lines_and_a_byte_order_mark_do_not_matter(octets: bytes) -> None:
    assert read_file(octets).households == read_file(file_of(*LINES)).households


def test_values_may_be_quoted_and_have_commas_and_quotation_marks() -> None:
    line = 'amira,"Amira ""Mira"" Haddad",1989-04-12,"Hoofdstraat 1, Zuidhorn",single_21_plus,"1540.60",3,GM1969'
    (household,) = read_file(file_of(line)).households
    assert household.name == 'Amira "Mira" Haddad'
    assert household.address == "Hoofdstraat 1, Zuidhorn"


def test_names_of_any_language_are_read_in_one_form() -> None:
    (household,) = read_file(
        file_of(line_with("name", "Zoe\u0308 \u0141uczak \u0623\u0645\u064a\u0631\u0629"))
    ).households
    assert household.name == "Zo\u00eb \u0141uczak \u0623\u0645\u064a\u0631\u0629"


BAD = {
    "person": ["", " ", " amira", "amira ", "=1+1", "+31", "-1", "@x", "a" * 65, "a\tb", "a\u200bb", "a\u2028b"],
    "name": ["", "=HYPERLINK(1)", "@SUM(A1)", "-x", "+x", "x" * 201, "x\x00y", "x\x0by", "x\u202ey"],
    "birth_date": [
        "", "12-04-1989", "1989-4-12", "1989-02-30", "1899-12-31", "2026-03-03", "19890412", "\u0661989-04-12"
    ],
    "address": ["", "=1", "x" * 301],
    "household_kind": ["", "single", "SINGLE_21_PLUS", "single_21_plus ", "=1"],
    "net_income": [
        "", "1540", "1540.6", "1540.600", "1540,60", "1.540.60", "-1.00", "+1.00", "01.00", ".50", "1e3", "1540.60 ",
        "167772.16", "9999999.99", "NaN", "\u0661\u0662.\u0660\u0660", "\u20ac1540.60",
    ],
    "children": ["", "-1", "32", "1.0", "03", "three", "\u0663", " 3", "99999"],
    "municipality": ["", "1969", "GM196", "gm1969", "GM19690", "GM0014", " GM1969"],
}  # fmt: skip


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, values in BAD.items() for value in values])
def test_a_bad_value_is_named_by_line_column_and_rule(column: str, value: str) -> None:
    quoted = f'"{value}"' if "," in value else value
    (error,) = errors_of(file_of(GOOD.replace("amira", "other"), line_with(column, quoted)))
    assert (error.line, error.column) == (3, column)
    assert str(error) == f"line 3, {column}: {error.rule}"


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("start", ["", "="])
def test_no_value_is_repeated_in_a_message(column: str, start: str) -> None:
    with pytest.raises(HouseholdFileError) as refused:
        read_file(file_of(line_with(column, f"{start}canary{'8' * 300}")))
    assert "canary" not in f"{refused.value}{refused.value!r}{[str(row) for row in refused.value.rows]}"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("net_income", "0.00"),
        ("net_income", "167772.15"),
        ("children", "0"),
        ("children", "31"),
        ("birth_date", "1900-01-01"),
        ("birth_date", "2026-03-02"),
        ("birth_date", "2024-02-29"),
        ("name", "x" * 200),
        ("person", "p/1 #2"),
    ],
)
def test_values_at_the_bounds_are_read(column: str, value: str) -> None:
    assert len(read_file(file_of(line_with(column, value))).households) == 1


def test_every_fault_of_a_file_is_collected() -> None:
    errors = errors_of(file_of("a,,x,,y,1,99,GM1", GOOD, "too,few", GOOD))
    assert [(error.line, error.column) for error in errors] == [
        *((2, column) for column in COLUMNS[1:]),
        (4, None),
        (5, "person"),
    ]
    assert "line 3" in errors[-1].rule


def test_bad_rows_are_left_out_only_when_told() -> None:
    octets = file_of(LINES[0], "bas,too few", LINES[2])
    with pytest.raises(HouseholdFileError) as refused:
        read_file(octets)
    assert refused.value.readable
    found = read_file(octets, skip_bad_rows=True)
    assert [household.person for household in found.households] == ["amira", "cato"]
    assert [error.line for error in found.refused] == [3]


def test_a_person_is_on_one_line_only() -> None:
    found = read_file(file_of(GOOD, GOOD.replace("1540.60", "0.00")), skip_bad_rows=True)
    assert [household.income_cents for household in found.households] == [154_060]
    assert [(error.line, error.column) for error in found.refused] == [(3, "person")]


def test_a_stray_quotation_mark_spoils_its_own_line_only() -> None:
    octets = file_of(
        'bas,"Bas,2006-03-10,x,single_18_20,0.00,0,GM1969', GOOD, 'cato,Cato",1985-01-30,x,y,1.00,0,GM1969'
    )
    found = read_file(octets, skip_bad_rows=True)
    assert [household.person for household in found.households] == ["amira"]
    assert [error.line for error in found.refused] == [2, 4]


def test_a_value_does_not_span_lines() -> None:
    octets = file_of('bas,Bas,2006-03-10,"Straat 1', 'Zuidhorn",single_18_20,0.00,0,GM1969')
    assert [error.line for error in errors_of(octets)] == [2, 3]


HEADERS = {
    "missing": HEADER.replace(",children", ""),
    "unknown": HEADER + ",nationality",
    "twice": HEADER.replace("address", "name"),
    "another order": HEADER.replace("person,name", "name,person"),
    "capitals": HEADER.replace("person", "Person"),
    "spaces": HEADER.replace(",", ", "),
    "none": GOOD,
    "semicolons": HEADER.replace(",", ";"),
    "tabs": HEADER.replace(",", "\t"),
    "quotation mark": '"' + HEADER,
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_another_header_refuses_the_file_even_when_bad_rows_are_left_out(header: str) -> None:
    with pytest.raises(HouseholdFileError) as refused:
        read_file(file_of(*LINES, header=header), skip_bad_rows=True)
    assert not refused.value.readable
    assert {error.line for error in refused.value.rows} == {1}
    assert "nationality" not in str(refused.value.rows)


def test_says_which_columns_are_missing_doubled_or_unknown() -> None:
    errors = errors_of(file_of(header=HEADER.replace("address", "name") + ",nationality"))
    assert [(error.column, error.rule) for error in errors] == [
        ("name", "this column is there more than once"),
        ("address", "this column is missing"),
        (None, "1 of the column names is not known"),
    ]
    assert "commas" in errors_of(file_of(header=HEADERS["semicolons"]))[0].rule


@pytest.mark.parametrize("octets", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(octets: bytes) -> None:
    (error,) = errors_of(octets)
    assert error.rule == "the file is empty"


def test_a_file_that_is_not_utf_8_is_refused_with_its_line() -> None:
    octets = file_of(LINES[0], line_with("name", "Zo\u00eb")).replace("\u00eb".encode(), b"\xeb")
    (error,) = errors_of(octets)
    assert error.line == 3
    assert "UTF-8" in error.rule
    with pytest.raises(HouseholdFileError):
        read_file(file_of(*LINES).decode().encode("utf-16"))


def test_only_households_of_the_validators_municipalities_are_read() -> None:
    octets = file_of(line_with("municipality", "GM0014"))
    assert read_file(octets, municipalities={"GM1969", "GM0014"}).households[0].municipality == "GM0014"
    assert errors_of(octets)[0].column == "municipality"


def test_a_hundred_thousand_rows_are_read_with_progress() -> None:
    lines = [line_with("person", f"p{number}") for number in range(100_000)]
    seen: list[tuple[int, int]] = []
    found = read_file(file_of(*lines), progress=lambda done, total: seen.append((done, total)))
    assert len(found.households) == 100_000
    assert seen[-1][0] == seen[-1][1]
    assert len(seen) > 50


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    found = read_file(file_of(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")), skip_bad_rows=True)
    assert not found.households


def test_nothing_personal_shows() -> None:
    assert "Amira" not in repr(read_file(file_of(*LINES)))
