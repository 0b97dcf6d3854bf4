# SPDX-License-Identifier: EUPL-1.2
"""The customer's code before the camera of the till: the page sends pictures, and is told what stands in the code.

No telephone needs anything installed, and few browsers read a code themselves. So the service does.

Invariants:

- A picture is read in memory and forgotten: it is not kept, not logged, and nothing but its code comes out of it.
- Only a paired browser of a shop that takes part may send one, with its form's token; who it is, is known before the
  picture is received.
- Only the text of a permit goes back to the page; of any other code it hears that it is another.
- Reading takes a thread of its own, and never touches the chain.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from importlib.resources import files
from typing import Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from edge.limits import RateLimiter, too_many
from edge.problems import Problem, require_media_type
from edge.qr_reading import PictureError, PictureRefusal, read_qr
from edge.visitors import language_of
from programmable_money.messages import SignedPermit
from programmable_money.shops.web.frame import PageFrame, Routes
from ssi.credential.document import Wording
from ssi.errors import SsiError

__all__ = ["MOST_PICTURE_OCTETS", "SCANS", "ScanPages"]

SCANS: Final = "/scans"
MOST_PICTURE_OCTETS: Final = 1_048_576
"""Longest picture; the page sends some 100,000 octets."""
_SCRIPT: Final = "scan.js"
_TOKEN: Final = "stuiver-form-token"  # noqa: S105 (a header's name)
_PER_SECOND: Final = 5
_BURST: Final = 25
_AT_ONCE: Final = 2
_READ: Final = Wording("De code is gelezen.", "The code was read.")
_OTHER: Final = Wording(
    "Dit is een andere code, geen betaalcode. Vraag de klant om de betaalcode.",
    "This is another code, no payment code. Ask the customer for the payment code.",
)
_SAID: Final = {
    PictureRefusal.NO_CODE: Wording(
        "Er is geen code te zien. Zorg dat de hele code met de witte rand erop staat, scherp en zonder schaduw.",
        "No code can be seen. Get the whole code with its white border in the picture, sharp and without a shadow.",
    ),
    PictureRefusal.SEVERAL_CODES: Wording(
        "Er staan meer codes op. Zorg dat alleen de code van de klant te zien is.",
        "There are several codes in it. Show the customer's code alone.",
    ),
    PictureRefusal.NOT_A_PICTURE: Wording(
        "Dit bestand is geen foto die gelezen kan worden. Kies een foto in JPEG of PNG, of plak de code.",
        "This file is no picture that can be read. Choose a picture in JPEG or PNG, or paste the code.",
    ),
    PictureRefusal.TOO_MANY_PIXELS: Wording(
        "Deze foto is te groot. Kies een kleinere foto, of plak de code.",
        "This picture is too large. Choose a smaller one, or paste the code.",
    ),
}
_STATUS: Final = {
    PictureRefusal.NOT_A_PICTURE: HTTPStatus.UNPROCESSABLE_ENTITY,
    PictureRefusal.TOO_MANY_PIXELS: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
"""What is wrong with the request; that no code is seen yet is what most frames of a camera are."""
_NOT_READ: Final = Wording("De foto is niet gelezen", "The picture was not read")
_is_picture = require_media_type("image/jpeg", "image/png")


class ScanPages:
    """The endpoints."""

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        self._script = (files(__package__) / _SCRIPT).read_bytes()
        self._rate = RateLimiter(per_second=_PER_SECOND, burst=_BURST)
        self._readers = ThreadPoolExecutor(_AT_ONCE, "scan")
        self.shown: Routes = {f"/{_SCRIPT}": self.script}
        self.sent: Routes = {SCANS: self.scan}

    async def script(self) -> Response:
        """Opens the camera and sends pictures."""
        return Response(self._script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    async def scan(self, request: Request) -> Response:
        """Read a picture: its body, JPEG or PNG. The form's token is in the header ``Stuiver-Form-Token``.

        The answer has ``state`` (``read``, ``other``, ``no_code`` or ``several_codes``), ``words`` for the seller, and
        when it is ``read`` the permit as ``text``.
        """
        till = self._frame.taking_part(request, request.headers.get(_TOKEN, ""))
        seconds = self._rate.take(till.key.key)
        if seconds:
            raise too_many(seconds)
        await _is_picture(request)
        unverified, language = await request.body(), language_of(request)
        content = {"state": "read"}
        try:
            text = await asyncio.get_running_loop().run_in_executor(self._readers, read_qr, unverified)
            SignedPermit.from_text(text)
            content |= {"words": language.of(_READ), "text": text}
        except PictureError as error:
            if error.reason in _STATUS:
                raise Problem(_STATUS[error.reason], error.reason.value, _NOT_READ, _SAID[error.reason]) from None
            content = {"state": error.reason.value, "words": language.of(_SAID[error.reason])}
        except SsiError:
            content = {"state": "other", "words": language.of(_OTHER)}
        return JSONResponse(content, headers={"Cache-Control": "no-store"})
