"""The rooms beyond SCIM: the management API, sign-on, the console. One Starlette application over their routes.

A path leads here by its first part, as the routes name it; the door keeps the rest. Every answer
carries ``X-Request-Id`` and the headers that no page of ours goes without.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Message, Receive, Scope, Send

from vestibule.scim.errors import MethodNotAllowed, NotFound, ScimError
from vestibule.web.errors import error_reply
from vestibule.web.metrics import Metrics

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


class Rooms:
    """``has`` tells whether a path leads here; called, it answers as an ASGI application."""

    def __init__(
        self,
        routes: Sequence[BaseRoute],
        new_request_id: Callable[[], str],
        metrics: Metrics | None = None,
        public_url: Callable[[], str] = lambda: "",
        *,
        nothing: Callable[[Request, Exception], Awaitable[Response]] | None = None,
    ) -> None:
        self._metrics = metrics
        self._public_url = public_url
        handlers = {404: nothing or self._nothing, 405: nothing or self._nothing}
        self._application = Starlette(routes=list(routes), exception_handlers=handlers)
        self._new_request_id = new_request_id
        self._first_parts = frozenset(_first_part(getattr(route, "path", "")) for route in routes)

    def has(self, path: str) -> bool:
        """Whether a path leads to one of the rooms."""
        return _first_part(path) in self._first_parts

    async def _nothing(self, request: Request, fault: Exception) -> Response:
        """What no room has, as the door says it: whoever calls by mistake is a SCIM client (R77)."""
        where = f"{self._public_url()}/scim/v2"
        error: ScimError
        if isinstance(fault, HTTPException) and fault.status_code == 405:
            allowed = ", ".join(sorted((fault.headers or {}).get("Allow", "GET").replace(" ", "").split(",")))
            error = MethodNotAllowed(
                f"{request.method} is not offered at {request.url.path[:200]!r}. SCIM is at {where}.", allowed
            )
        else:
            error = NotFound(f"There is nothing at {request.url.path[:200]!r}. SCIM is at {where}.")
        reply = error_reply(error, self._public_url(), request.state.request_id)
        headers = {name.decode(): value.decode() for name, value in reply.headers}
        assert isinstance(reply.body, bytes)
        return Response(reply.body, reply.status, headers, media_type="application/scim+json")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. ``request.state.request_id`` has its number."""
        request_id = self._new_request_id()
        inner = dict(scope)
        inner["state"] = {**scope.get("state", {}), "request_id": request_id}
        # PostgreSQL keeps no text with U+0000; nothing has such a name.
        inner["path"] = scope["path"].replace("\0", "\ufffd")

        status = 500
        begun = time.perf_counter()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", []))
                named = {name for name, _ in headers}
                headers.append((b"x-request-id", request_id.encode()))
                headers += [header for header in _HEADERS if header[0] not in named]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self._application(inner, receive, sent)
        finally:
            if self._metrics is not None:
                seconds = time.perf_counter() - begun
                self._metrics.observe_room(_first_part(scope["path"]) or "console", status, seconds)


def _first_part(path: str) -> str:
    return path.lstrip("/").partition("/")[0]
