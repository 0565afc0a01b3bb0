"""The API as one mount: every resource's operations, the OpenAPI document, the explanations of problems."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount, Route

from vestibule.web.api.endpoint import Endpoint, NothingHere
from vestibule.web.api.operation import Operation, Resource
from vestibule.web.api.receiving import ReceivingSide
from vestibule.web.api.side import Side
from vestibule.web.premises import Premises

PREFIX = "/v1"


def api_routes(premises: Premises, resources: Sequence[Resource]) -> list[BaseRoute]:
    """``/api`` of the receiving side, with what these resources offer below ``/v1``."""
    return routes_of(ReceivingSide(premises), resources)


def routes_of(side: Side, resources: Sequence[Resource]) -> list[BaseRoute]:
    """``/api`` of a side."""
    routes = [
        Route(f"{PREFIX}{path}", Endpoint(operations, resources, side))
        for path, operations in by_path(resources).items()
    ]
    nothing = NothingHere(side)
    inner = Starlette(routes=routes, exception_handlers={HTTPException: nothing, 404: nothing, 405: nothing})
    inner.router.redirect_slashes = False
    mount = Mount("/api", app=inner)
    # Its own pattern stops at a line feed, which a path may hold, percent-encoded.
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return [mount]


def by_path(resources: Sequence[Resource]) -> dict[str, list[Operation]]:
    """The operations at each path; a path of literals comes before one with parameters that it fits too."""
    found: dict[str, list[Operation]] = {}
    for resource in resources:
        for operation in resource.operations:
            at_path = found.setdefault(operation.path, [])
            if any(one.method == operation.method for one in at_path):
                raise ValueError(f"{operation.method} {operation.path} is declared twice")
            at_path.append(operation)
    return dict(sorted(found.items(), key=lambda pair: pair[0].count("{")))
