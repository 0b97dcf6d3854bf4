# SPDX-License-Identifier: EUPL-1.2
"""Reading a list of approved persons: every fault with its line, column and rule, and nothing half read."""

import pytest

from edge.language import Language
from issuer.activation.approvals import MAX_OCTETS, ApprovalList, read_approvals
from issuer.activation.errors import ApprovalFileError
from issuer.activation.model import MAX_BATCH, Approval
from issuer.model import PersonId
from tests.unit.issuer.material import AMIRA, BAS

HEADER = "person,language,credentials"
CREDENTIALS = "must be one or more of age, household-income, with one space between them"


def read(*lines: str, header: str = HEADER, skip_bad_rows: bool = False) -> ApprovalList:
    return read_octets("\n".join([header, *lines, ""]).encode(), skip_bad_rows=skip_bad_rows)


def read_octets(octets: bytes, *, skip_bad_rows: bool = False) -> ApprovalList:
    return read_approvals(
        octets,
        credentials=["household-income", "age"],
        refusal_of=lambda person: "is not there" if person == "nobody" else None,
        skip_bad_rows=skip_bad_rows,
    )


def faults(*lines: str, header: str = HEADER) -> list[str]:
    with pytest.raises(ApprovalFileError) as caught:
        read(*lines, header=header)
    return [str(row) for row in caught.value.rows]


def test_reads_persons_languages_and_credentials() -> None:
    assert read("amira,nl,household-income age", "", '"bas",en,age').approvals == (
        Approval(AMIRA, Language.NL, ("household-income", "age")),
        Approval(BAS, Language.EN, ("age",)),
    )


def test_a_byte_order_mark_and_other_line_endings_do_not_matter() -> None:
    octets = b"\xef\xbb\xbf" + f"{HEADER}\r\namira,nl,age\r\n".encode()
    assert [approval.person for approval in read_octets(octets).approvals] == [AMIRA]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (",nl,age", "line 2, person: is empty"),
        (
            "=1,nl,age",
            "line 2, person: must not begin with =, +, - or @, because a spreadsheet would run it as a formula",
        ),
        ("nobody,nl,age", "line 2, person: is not there"),
        ("bas,de,age", "line 2, language: must be nl or en"),
        ("bas,NL,age", "line 2, language: must be nl or en"),
        ("bas,nl,", f"line 2, credentials: {CREDENTIALS}"),
        (
            "bas,nl,pass",
            f"line 2, credentials: {CREDENTIALS}",
        ),
        (
            "bas,nl,age age",
            f"line 2, credentials: {CREDENTIALS}",
        ),
        ("bas,nl", "line 2: has 2 values instead of 3"),
        (
            'bas,nl,"age',
            'line 2: has quotation marks that do not fit: write "..." around a whole value, and "" for one inside',
        ),
    ],
    ids=lambda value: value[:20],
)
def test_names_line_column_and_rule(line: str, fault: str) -> None:
    assert faults(line) == [fault]


def test_every_fault_is_listed_and_a_person_has_one_line() -> None:
    assert faults("amira,xx,yy", "amira,nl,age") == [
        "line 2, language: must be nl or en",
        f"line 2, credentials: {CREDENTIALS}",
        "line 3, person: is the same person as on line 2; each person has one line",
    ]


def test_good_lines_can_be_taken_without_the_bad_ones() -> None:
    found = read("amira,nl,age", "bas,xx,age", skip_bad_rows=True)
    assert [approval.person for approval in found.approvals] == [AMIRA]
    assert [(row.line, row.column) for row in found.refused] == [(3, "language")]


@pytest.mark.parametrize("header", ["person;language;credentials", "person,language", "name,language,credentials"])
def test_another_header_is_refused_whatever_was_asked(header: str) -> None:
    with pytest.raises(ApprovalFileError) as caught:
        read("amira,nl,age", header=header, skip_bad_rows=True)
    assert not caught.value.readable


@pytest.mark.parametrize(
    ("octets", "rule"),
    [(b"", "empty"), (b"\xff", "UTF-8"), (b"x" * (MAX_OCTETS + 1), "larger than 1 MB")],
    ids=["empty", "not utf-8", "large"],
)
def test_what_is_no_list_is_refused(octets: bytes, rule: str) -> None:
    with pytest.raises(ApprovalFileError, match="cannot be used") as caught:
        read_octets(octets)
    assert rule in caught.value.rows[0].rule


def test_a_list_has_an_end() -> None:
    persons = [PersonId(f"p{number}") for number in range(MAX_BATCH + 1)]
    assert len(read(*(f"{person},nl,age" for person in persons[:-1])).approvals) == MAX_BATCH
    assert "at most 500" in faults(*(f"{person},nl,age" for person in persons))[0]
