"""The receiving side's console: the frame, the sign-in, and every page of the folder ``pages``."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from vestibule.sign_in.entering import Reception
from vestibule.web.console.frame import Frame
from vestibule.web.console.pages import Page, routes
from vestibule.web.console.receiving.setup_page import setup_pages
from vestibule.web.console.receiving.stories import story_pages
from vestibule.web.console.receiving.tenant_visit import (
    PREFIX,
    OperatorVisit,
    TenantVisit,
    enter_operators,
    enter_tenant,
    tenants_of,
)
from vestibule.web.console.refusals import SignInFirst
from vestibule.web.console.signing_in import sign_in_routes
from vestibule.web.console.visit import Visit
from vestibule.web.premises import Premises

_PACKAGE = "vestibule.web.console.receiving"


def receiving_console(premises: Premises, pages: Mapping[str, Sequence[Page[Any]]]) -> list[BaseRoute]:
    """Every route; ``pages`` are the modules of the folder ``pages``, by name."""
    frame = Frame(
        name="vestibule",
        packages=[_PACKAGE],
        reception=Reception(premises.sign_in, premises.clock, premises.random, time.monotonic),
        public_url=premises.public_url,
        clock=premises.clock,
        random=premises.random,
        stopping=premises.stopping,
    )

    async def tenant(visit: Visit) -> TenantVisit:
        return await enter_tenant(premises, visit)

    async def operators(visit: Visit) -> OperatorVisit:
        return await enter_operators(premises, visit)

    async def anybody(visit: Visit) -> Visit:
        return visit

    async def home(visit: Visit) -> Response:
        return await _home(premises, visit)

    async def choose(visit: Visit) -> Response:
        """Another tenant of theirs, chosen in the bar on top."""
        return visit.go(f"/tenants/{quote(visit.query('slug', 63), safe='')}/overview")

    of_operators = [page for name, listed in pages.items() if name.startswith("operator") for page in listed]
    of_tenants = [
        page for name, listed in pages.items() if not name.startswith("operator") for page in listed
    ]
    return [
        *frame.routes(),
        *sign_in_routes(frame),
        *routes(frame, (Page("/", shows=home), Page("/choose", shows=choose)), anybody),
        *story_pages(frame, premises),
        *setup_pages(frame, premises),
        *routes(frame, _plain_first(of_tenants), tenant, PREFIX),
        *routes(frame, _plain_first(of_operators), operators, "/operator"),
    ]


def _plain_first(pages: Sequence[Page[Any]]) -> list[Page[Any]]:
    """A path that is written out goes before one with a name in its place."""
    return sorted(pages, key=lambda page: page.path.count("{"))


async def _home(premises: Premises, visit: Visit) -> Response:
    """To where somebody's work is: their only tenant, the choice among several, or the operators' pages."""
    if not visit.is_signed_in:
        raise SignInFirst()
    mine = await tenants_of(premises, visit)
    if len(mine) == 1 and not visit.administrator.is_operator:
        return _to(visit, f"/tenants/{mine[0].slug}/overview")
    if visit.administrator.is_operator:
        return _to(visit, "/operator/health")
    return visit.show("choose_tenant.html", tenants=mine)


def _to(visit: Visit, path: str) -> Response:
    return RedirectResponse(visit.at(path), 303, headers={"cache-control": "no-store"})
