"""What the rooms beyond SCIM answer, room by room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.routing import BaseRoute

from vestibule import registry
from vestibule.services import event_readers
from vestibule.web.api.api import api_routes
from vestibule.web.console.receiving.console import receiving_console
from vestibule.web.integrations import routes as integration_routes
from vestibule.web.premises import Premises
from vestibule.web.rooms import Rooms
from vestibule.web.security_events import security_event_routes
from vestibule.web.sign_on.routes import routes as sign_on_routes


def resources() -> Mapping[str, Any]:
    """What the API has: the folder is its own list."""
    return registry.members("vestibule.web.api.resources", "RESOURCE")


def pages() -> Mapping[str, Any]:
    """What the console has: the folder is its own list."""
    return registry.members("vestibule.web.console.receiving.pages", "PAGES", third_parties=False)


def fetch() -> None:
    """Import whatever ``rooms_of`` needs."""
    resources()
    pages()


def rooms_of(premises: Premises, new_request_id: Callable[[], str]) -> Rooms:
    """All of them."""
    routes: list[BaseRoute] = [
        *api_routes(premises, list(resources().values())),
        *sign_on_routes(premises.front(), premises.seconds),
        *security_event_routes(premises),
        *receiving_console(premises, pages()),
        *integration_routes(
            premises.connecting,
            premises.linking,
            premises.connecting.labels(),
            event_readers(premises.settings),
            premises.clock,
        ),
    ]
    return Rooms(routes, new_request_id, premises.metrics, premises.public_url)
