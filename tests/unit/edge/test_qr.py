# SPDX-License-Identifier: EUPL-1.2
"""QR codes in pages."""

import re
from xml.etree import ElementTree as ET

import pytest
import segno
from jinja2 import Environment

from edge.qr import MAX_TEXT, qr_svg, qr_text

OFFER = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffers%2Fabc"


def test_the_picture_is_the_code_with_its_quiet_zone() -> None:
    svg = ET.fromstring(qr_svg(OFFER, label="offer"))  # noqa: S314
    size = int(svg.attrib["viewBox"].split()[2])
    drawn = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg[1].attrib["d"])}
    matrix = segno.make_qr(OFFER, error="m", boost_error=False).matrix
    expected = {(x + 4, y + 4) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    assert drawn == expected
    assert size == len(matrix) + 8
    assert svg[0].attrib["fill"] == "#fff"


def test_a_terminal_shows_the_code_black_on_white_with_its_quiet_zone() -> None:
    dark = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}
    lines = qr_text(OFFER).splitlines()
    black_on_white, as_before = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
    assert all(line.startswith(black_on_white) and line.endswith(as_before) for line in lines)
    halves = [[dark[one] for one in line.removeprefix(black_on_white).removesuffix(as_before)] for line in lines]
    rows = [[pair[half] for pair in line] for line in halves for half in (0, 1)]
    matrix = segno.make_qr(OFFER, error="m", boost_error=False).matrix
    size = len(matrix)
    assert [[bool(shown) for shown in row[4:-4]] for row in rows[4 : 4 + size]] == [
        [bool(module) for module in row] for row in matrix
    ]
    border = [*rows[:4], *rows[4 + size :], *([*row[:4], *row[-4:]] for row in rows)]
    assert not any(any(row) for row in border)
    assert len(rows[4 + size :]) == 5


def test_the_picture_has_words_and_escapes_them() -> None:
    page = Environment(autoescape=True).from_string("{{ code }}").render(code=qr_svg("x", label='"><script>'))
    assert page.startswith('<svg class="qr" role="img" aria-label="&#34;&gt;&lt;script&gt;"')
    assert "<script>" not in page
    assert "style=" not in page


@pytest.mark.parametrize("text", ["x" * MAX_TEXT, "é" * (MAX_TEXT // 2)])
def test_the_longest_text_fits(text: str) -> None:
    assert qr_svg(text, label="long")


@pytest.mark.parametrize("text", ["", "x" * (MAX_TEXT + 1), "é" * MAX_TEXT])
def test_a_text_that_no_phone_reads_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 1200 octets"):
        qr_svg(text, label="long")
    with pytest.raises(ValueError, match="1 to 1200 octets"):
        qr_text(text)
