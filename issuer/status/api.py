# SPDX-License-Identifier: EUPL-1.2
"""Status lists for anybody: as JWT or CWT, with what a cache needs to know."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse

from edge.problems import Problem
from issuer.openid.descriptions import PUBLIC_PROBLEMS
from issuer.openid.negotiation import choose_media_type
from issuer.status.service import TIME_TO_LIVE, StatusPublisher
from ssi.status.tokens import TokenFormat

__all__ = ["status_router"]

_FORMATS: Final = {token_format.media_type: token_format for token_format in TokenFormat}
_ANYWHERE: Final = {"Access-Control-Allow-Origin": "*"}
_CONTENT: Final = {media_type: {"schema": {"type": "string"}} for media_type in _FORMATS}


def status_router(publisher: StatusPublisher) -> APIRouter:
    """The routes of a publisher."""
    router = APIRouter(tags=["published"])
    fresh = f"public, max-age={int(TIME_TO_LIVE.total_seconds())}"

    @router.get("/status-lists", summary="All status lists (aggregation)", responses=PUBLIC_PROBLEMS)
    def aggregation() -> JSONResponse:
        return JSONResponse(publisher.aggregation(), headers={**_ANYWHERE, "Cache-Control": fresh})

    @router.get(
        "/status-lists/{number}",
        summary="A status list",
        response_class=Response,
        responses={
            200: {"description": "The list's token.", "content": _CONTENT},
            304: {"description": "It is still the one that you have."},
            **PUBLIC_PROBLEMS,
        },
    )
    def status_list(request: Request, number: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> Response:
        media_type = choose_media_type(request.headers.get("accept"), tuple(_FORMATS))
        if media_type is None:
            raise Problem(406)
        found = publisher.find(number, _FORMATS[media_type])
        if found is None:
            raise Problem(404)
        tag = f'W/"{found.tag}"'
        headers = {**_ANYWHERE, "Cache-Control": fresh, "ETag": tag, "Vary": "Accept"}
        if tag in {text.strip() for text in request.headers.get("if-none-match", "").split(",")}:
            return Response(status_code=304, headers=headers)
        return Response(found.octets, media_type=found.media_type, headers=headers)

    return router
