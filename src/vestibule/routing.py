"""What the rooms beyond SCIM answer, room by room."""

from __future__ import annotations

from starlette.routing import BaseRoute

from vestibule import registry
from vestibule.web.api.api import api_routes
from vestibule.web.console.receiving.console import receiving_console
from vestibule.web.premises import Premises
from vestibule.web.security_events import security_event_routes
from vestibule.web.sign_on.routes import routes as sign_on_routes


def routes_of(premises: Premises) -> list[BaseRoute]:
    """All of them: the folders of resources and of pages are their own lists."""
    resources = list(registry.members("vestibule.web.api.resources", "RESOURCE").values())
    pages = registry.members("vestibule.web.console.receiving.pages", "PAGES", third_parties=False)
    return [
        *api_routes(premises, resources),
        *sign_on_routes(premises.front(), premises.seconds),
        *security_event_routes(premises),
        *receiving_console(premises, pages),
    ]
