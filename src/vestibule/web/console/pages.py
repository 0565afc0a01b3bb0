"""A page as its module declares it, and how a request becomes a visit: session, form, and any error as a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from vestibule.refused import Refused
from vestibule.scim.errors import ScimError, Unavailable
from vestibule.web.console.cookies import Cookies
from vestibule.web.console.forms import FILE_LIMIT
from vestibule.web.console.frame import Frame
from vestibule.web.console.languages import message
from vestibule.web.console.refusals import NothingThere, PageRefused, SignInFirst
from vestibule.web.console.visit import Visit
from vestibule.web.errors import note_fault

V = TypeVar("V", bound=Visit)


@dataclass(frozen=True, slots=True)
class Page(Generic[V]):
    """An address, and who answers there: ``shows`` a GET, ``does`` a POST."""

    path: str
    shows: Callable[[V], Awaitable[Response]] | None = None
    does: Callable[[V], Awaitable[Response]] | None = None
    #: How large a file in its form may be.
    file_limit: int = FILE_LIMIT


async def visit_of(frame: Frame, request: Request) -> Visit:
    """Who asks."""
    cookies: Cookies = frame.cookies
    secret = cookies.session(request)
    found = await frame.reception.who(secret) if secret else None
    now = frame.clock()
    if found is None:
        return Visit(frame, request, now, cookies.before(request))
    return Visit(frame, request, now, secret, *found)


def routes(
    frame: Frame, pages: Sequence[Page[V]], enter: Callable[[Visit], Awaitable[V]], prefix: str = ""
) -> list[Route]:
    """Routes of pages; ``enter`` makes of a visit the one that the pages are for, or raises."""

    def endpoint(page: Page[V]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            visit = await visit_of(frame, request)
            try:
                entered = await enter(visit)
                if request.method == "POST":
                    assert page.does is not None
                    await entered.read(page.file_limit)
                    return await page.does(entered)
                assert page.shows is not None
                return await page.shows(entered)
            except SignInFirst:
                return _to_sign_in(visit)
            except Exception as fault:
                return refused(visit, fault)

        return answer

    made = []
    for page in pages:
        methods = (["GET"] if page.shows else []) + (["POST"] if page.does else [])
        made.append(Route(prefix + page.path, endpoint(page), methods=methods))
    return made


def refused(visit: Visit, fault: Exception) -> Response:
    """Any error as a page: what is wrong and the way out."""
    values: dict[str, Any] = {}
    if isinstance(fault, PageRefused):
        status, text, values = fault.status, fault.text, fault.values
    elif isinstance(fault, Unavailable):
        status, text = 503, fault.detail
    elif isinstance(fault, Refused):
        status, text = 409, str(fault)
    elif isinstance(fault, ScimError):
        status, text = (404 if fault.status == 404 else 409), fault.detail
    else:
        note_fault(fault, visit.request.state.request_id)
        status = 500
        text = message(
            "Something went wrong on our side. Try again; if it stays, tell whoever runs this server."
        )
    is_known = isinstance(fault, PageRefused) or status == 500
    sentence = visit.say(text, **values) if is_known else text
    response = visit.show(
        "refused.html", status, sentence=sentence, status=status, number=visit.request.state.request_id
    )
    if status == 503:
        response.headers["retry-after"] = "5"
    return response


def _to_sign_in(visit: Visit) -> Response:
    """To the sign-in, and back here after."""
    path = visit.request.url.path if visit.request.method == "GET" else ""
    query = f"?{visit.request.url.query}" if path and visit.request.url.query else ""
    back = f"?next={quote(path + query, safe='')}" if path not in ("", "/") else ""
    address = visit.at(f"/sign-in{back}")
    if visit.is_part:
        return Response(status_code=204, headers={"hx-redirect": address})
    return RedirectResponse(address, 303, headers={"cache-control": "no-store"})


def nothing_there() -> NothingThere:
    """The one answer for what does not exist and for what is another's."""
    return NothingThere(message("There is nothing here, or it is not yours to see."))
