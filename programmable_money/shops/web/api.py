# SPDX-License-Identifier: EUPL-1.2
"""The tills of a programme's shops in browsers: every subject's pages behind one edge.

Invariants:

- A form counts only when a page of this service sent it; each subject says whose it must be.
- Routes are coroutines: they run in the server's own thread, one after the other, as the embedded chain needs it.
"""

from collections.abc import Collection
from typing import Final

from fastapi import Depends, FastAPI

from edge.hosts import require_same_origin
from edge.limits import RateLimit, RateLimiter
from edge.problems import require_media_type
from edge.service import guard_service
from programmable_money.shops.pairing import PairingLinks
from programmable_money.shops.till_service import TillService
from programmable_money.shops.web.frame import PageFrame, Subject
from programmable_money.shops.web.pairing_pages import PairingPages
from programmable_money.shops.web.payment_pages import PaymentPages
from programmable_money.shops.web.statement_pages import StatementPages
from programmable_money.shops.web.till_pages import RequestAnswers, TillPages

__all__ = ["create_app"]

_MOST_OCTETS: Final = 32_768
_LIMITED: Final = ("/pair/", "/asked/", "/charges", "/requests")


def create_app(
    service: TillService, links: PairingLinks, *, hosts: Collection[str], public_url: str, title: str
) -> FastAPI:
    """Make the application.

    Args:
        hosts: names under which it may be called.
        public_url: where browsers and wallets find it, without a slash at the end.
        title: of the programme, for people.
    """
    app = FastAPI(title="Stuiver till", docs_url=None, redoc_url=None, openapi_url=None)
    frame = PageFrame(links, public_url, title)
    rate = RateLimit(RateLimiter(per_second=20, burst=200), _LIMITED)
    guard_service(app, hosts=hosts, shell=frame.shell, most_octets=_MOST_OCTETS, rate=rate, https=frame.is_https)
    subjects: tuple[Subject, ...] = (
        TillPages(frame, service),
        PaymentPages(frame, service),
        StatementPages(frame, service),
        PairingPages(frame),
    )
    own = [Depends(require_same_origin)]
    for subject in subjects:
        for path, shown in subject.shown.items():
            app.add_api_route(path, shown, methods=["GET"], response_model=None)
        for path, sent in subject.sent.items():
            app.add_api_route(path, sent, methods=["POST"], response_model=None, dependencies=own)
    answers, from_wallets = RequestAnswers(service), [Depends(require_media_type("application/json"))]
    app.add_api_route("/asked/{name}", answers.asked, methods=["GET"], response_model=None)
    app.add_api_route("/asked/{name}", answers.answer, methods=["POST"], response_model=None, dependencies=from_wallets)
    return app
