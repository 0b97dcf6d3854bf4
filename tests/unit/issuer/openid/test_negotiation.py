# SPDX-License-Identifier: EUPL-1.2
"""Which media type an Accept header wants."""

import pytest

from issuer.openid.negotiation import choose_media_type

JSON, JWT = "application/json", "application/jwt"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/jwt", JWT),
        ("Application/JWT", JWT),
        ("application/json, application/jwt", JSON),
        ("application/json;q=0.5, application/jwt", JWT),
        ("application/jwt;q=0, */*", JSON),
        ("*/*, application/json;q=0", JWT),
        ("text/html", None),
        ("text/html, application/json;q=0", None),
        ("application/jwt;q=nonsense", JWT),
        (",,;", None),
    ],
)
def test_chooses(accept: str | None, chosen: str | None) -> None:
    assert choose_media_type(accept, (JSON, JWT)) == chosen
