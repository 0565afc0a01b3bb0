"""The sending side's console: the frame, the sign-in, and every page of the folder ``pages``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from vestibule.web.console.frame import Frame
from vestibule.web.console.pages import Page, nothing_there, refused, routes, visit_of
from vestibule.web.console.refusals import SignInFirst
from vestibule.web.console.sending.visit import (
    ApplicationVisit,
    DirectoryVisit,
    Office,
    enter,
    enter_application,
)
from vestibule.web.console.signing_in import sign_in_routes
from vestibule.web.console.visit import Visit

PACKAGE = "vestibule.web.console.sending"
_OF_APPLICATION = "application_"


def sending_console(
    frame: Frame, office: Office, pages: Mapping[str, Sequence[Page[Any]]]
) -> list[BaseRoute]:
    """Every route; ``pages`` are the modules of the folder ``pages``, by name."""

    async def directory(visit: Visit) -> DirectoryVisit:
        return await enter(office, visit)

    async def application(visit: Visit) -> ApplicationVisit:
        return await enter_application(office, visit)

    async def anybody(visit: Visit) -> Visit:
        return visit

    own = [page for name, listed in pages.items() if name.startswith(_OF_APPLICATION) for page in listed]
    others = [
        page for name, listed in pages.items() if not name.startswith(_OF_APPLICATION) for page in listed
    ]
    return [
        *frame.routes(),
        *sign_in_routes(frame),
        *routes(frame, (Page("/", shows=_home),), anybody),
        *routes(frame, _plain_first(others), directory),
        *routes(frame, _plain_first(own), application, "/applications/{application}"),
    ]


def nothing_of(frame: Frame) -> Callable[[Request, Exception], Any]:
    """What is answered where no page is."""

    async def answer(request: Request, fault: Exception) -> Response:
        visit = await visit_of(frame, request)
        response = refused(visit, nothing_there())
        if isinstance(fault, HTTPException) and fault.status_code == 405:
            response.status_code = 405
        return response

    return answer


def _plain_first(pages: Sequence[Page[Any]]) -> list[Page[Any]]:
    """A path that is written out goes before one with a name in its place."""
    return sorted(pages, key=lambda page: page.path.count("{"))


async def _home(visit: Visit) -> Response:
    if not visit.is_signed_in:
        raise SignInFirst()
    return RedirectResponse(visit.at("/applications"), 303, headers={"cache-control": "no-store"})
