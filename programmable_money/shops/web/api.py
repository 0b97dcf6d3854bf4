# SPDX-License-Identifier: EUPL-1.2
"""The shops of a programme in browsers, from application to statement: every subject's pages behind one edge.

Invariants:

- A form counts only when a page of this service sent it; each subject says whose it must be.
- Routes are coroutines: they run in the server's own thread, one after the other, as the embedded chain needs it.
"""

from collections.abc import Collection
from typing import Final

from fastapi import Depends, FastAPI

from edge.hosts import require_same_origin
from edge.limits import RateGuard, RateLimit, RateLimiter
from edge.problems import require_media_type
from edge.service import guard_service
from programmable_money.shops.applications import Applications
from programmable_money.shops.pairing import PairingLinks
from programmable_money.shops.sponsor_desk import SponsorDesk
from programmable_money.shops.till_service import TillService
from programmable_money.shops.web.application_pages import ApplicationPages
from programmable_money.shops.web.desk_pages import DeskPages
from programmable_money.shops.web.frame import PageFrame, Subject
from programmable_money.shops.web.pairing_pages import PairingPages
from programmable_money.shops.web.payment_pages import PaymentPages
from programmable_money.shops.web.scanning import MOST_PICTURE_OCTETS, SCANS, ScanPages
from programmable_money.shops.web.statement_pages import StatementPages
from programmable_money.shops.web.till_pages import RequestAnswers, TillPages

__all__ = ["create_app"]

_MOST_OCTETS: Final = 32_768
_LIMITED: Final = ("/pair/", "/asked/", "/charges", "/requests")
_PUBLIC: Final = ("/apply",)
"""What anybody may use who has no key; a person needs it a few times."""


def create_app(
    service: TillService,
    links: PairingLinks,
    applications: Applications,
    desk: SponsorDesk,
    *,
    hosts: Collection[str],
    public_url: str,
    title: str,
) -> FastAPI:
    """Make the application.

    Args:
        service: what tills do.
        links: who is who.
        applications: the door for new shops.
        desk: what the sponsor's employees decide.
        hosts: names under which it may be called.
        public_url: where browsers and wallets find it, without a slash at the end.
        title: of the programme, for people.
    """
    app = FastAPI(title="Stuiver till", docs_url=None, redoc_url=None, openapi_url=None)
    frame = PageFrame(links, public_url, title)
    # Added first, so that it is inside what tells a problem in words.
    app.add_middleware(RateGuard, limit=RateLimit(RateLimiter(per_second=0.2, burst=30), _PUBLIC))
    rate = RateLimit(RateLimiter(per_second=20, burst=200), _LIMITED)
    guard_service(
        app,
        hosts=hosts,
        shell=frame.shell,
        most_octets=_MOST_OCTETS,
        larger={SCANS: MOST_PICTURE_OCTETS},
        rate=rate,
        https=frame.is_https,
    )
    subjects: tuple[Subject, ...] = (
        TillPages(frame, service),
        ScanPages(frame),
        PaymentPages(frame, service),
        StatementPages(frame, service),
        PairingPages(frame),
        ApplicationPages(frame, applications),
        DeskPages(frame, desk),
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
