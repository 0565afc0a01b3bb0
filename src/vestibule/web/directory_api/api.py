"""The sending side's API as one mount."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute

from vestibule.web.api.api import routes_of
from vestibule.web.api.operation import Resource
from vestibule.web.directory_api.side import Bureau, SendingSide


def directory_api_routes(bureau: Bureau, resources: Sequence[Resource]) -> list[BaseRoute]:
    """``/api``, with what these resources offer below ``/v1``."""
    return routes_of(SendingSide(bureau), resources)
