"""``/r/{request-id}`` and ``/reviews/{id}``: where the links in SCIM errors lead.

For a signed-in administrator of the tenant they lead to its story. For anybody else the page names the
command that tells it, and shows no data.
"""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from vestibule.tenancy.tenant import Tenant
from vestibule.web.console.frame import Frame
from vestibule.web.console.pages import Page, routes
from vestibule.web.console.receiving.tenant_visit import tenants_of
from vestibule.web.console.visit import Visit
from vestibule.web.exchange import Reply
from vestibule.web.premises import Premises
from vestibule.web.story_page import review_page, story_page


def story_pages(frame: Frame, premises: Premises) -> list[Route]:
    """Both addresses."""

    async def request(visit: Visit) -> Response:
        plain = story_page(visit.path("id"))
        if plain.status == 200 and visit.is_signed_in:
            recorded = await premises.log.request(visit.path("id"))
            for tenant in await _in_sight(premises, visit):
                if recorded is not None and recorded.tenant == tenant.id:
                    return _to(visit, f"/tenants/{tenant.slug}/activity/{recorded.id}")
            if recorded is not None and visit.administrator.is_operator and recorded.tenant:
                return _to(visit, f"/operator/requests-of/{recorded.id}")
        return _as_it_stands(plain)

    async def review(visit: Visit) -> Response:
        plain = review_page(visit.path("id"))
        if plain.status == 200 and visit.is_signed_in:
            for tenant in await _in_sight(premises, visit):
                reviews = await premises.log.reviews(tenant.id, closed=True)
                if any(one.id == visit.path("id") for one in reviews):
                    return _to(visit, f"/tenants/{tenant.slug}/people/review?entry={visit.path('id')}")
        return _as_it_stands(plain)

    async def anybody(visit: Visit) -> Visit:
        return visit

    pages = (Page("/r/{id}", shows=request), Page("/reviews/{id}", shows=review))
    return routes(frame, pages, anybody)


async def _in_sight(premises: Premises, visit: Visit) -> list[Tenant]:
    """The tenants of whoever is signed in, and the one whose screens an operator looks at."""
    mine = await tenants_of(premises, visit)
    if visit.session is not None and visit.session.viewing is not None and visit.administrator.is_operator:
        mine += [one for one in await premises.tenancy.tenants() if one.id == visit.session.viewing]
    return mine


def _to(visit: Visit, path: str) -> Response:
    return RedirectResponse(visit.at(path), 303, headers={"cache-control": "no-store"})


def _as_it_stands(reply: Reply) -> Response:
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return Response(bytes(reply.body), reply.status, headers, media_type=reply.content_type.decode())
