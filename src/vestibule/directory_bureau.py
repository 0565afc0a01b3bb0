"""The sending side's API, wired: its resources, over an engine that is open."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import BaseRoute

from vestibule import registry
from vestibule.key_ring import KeyRing
from vestibule.provisioning.under_way import PendingImports, Runs
from vestibule.sending import Sending
from vestibule.web.api.operation import Resource
from vestibule.web.cursor import Cursors
from vestibule.web.directory_api.api import directory_api_routes
from vestibule.web.directory_api.side import Bureau


def api_resources() -> list[Resource]:
    """What the API offers: the folder ``web/directory_api/resources``."""
    return list(registry.members("vestibule.web.directory_api.resources", "RESOURCE").values())


def directory_api(
    sending: Sending, runs: Runs, imports: PendingImports, public_url: Callable[[], str]
) -> list[BaseRoute]:
    """``/api``; ``public_url`` is where it is reached."""

    async def keys() -> KeyRing:
        return sending.store.keys

    bureau = Bureau(sending, sending.store, runs, imports, keys, Cursors(keys), public_url)
    return directory_api_routes(bureau, api_resources())
