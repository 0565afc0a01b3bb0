"""The ASGI door: which room a path leads to.

SCIM at both addresses, health, metrics; whatever the rooms beyond SCIM have goes to them. Everything
unknown is answered as a SCIM error, because whoever calls this server by mistake is a SCIM client.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from starlette.types import Receive, Scope, Send

from vestibule.scim.errors import NotFound, ScimError, Unavailable
from vestibule.web.errors import error_reply, unforeseen
from vestibule.web.exchange import Exchange, Reply, headers_by_name
from vestibule.web.lookup_at_once import Head, LookedUp, LookupsAhead, LookupsAtOnce
from vestibule.web.metrics import Metrics
from vestibule.web.rooms_on_demand import RoomsNotFurnished, RoomsOnDemand
from vestibule.web.scim_api import ScimApi

_SCIM = "/scim/v2"
#: How long requests that came before the end may take, looked at so often.
_PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.01


class Door:
    """Takes one HTTP request and sends one answer."""

    def __init__(
        self,
        scim: ScimApi,
        metrics: Metrics,
        public_url: Callable[[], str],
        clock: Callable[[], str],
        new_request_id: Callable[[], str],
        rooms: RoomsOnDemand,
        stopping: asyncio.Event,
        lookups: LookupsAtOnce | LookupsAhead | None = None,
    ) -> None:
        self._lookups = lookups
        self._scim = scim
        self._metrics = metrics
        self._public_url = public_url
        self._clock = clock
        self._new_request_id = new_request_id
        self._rooms = rooms
        self._stopping = stopping
        self._inside = 0
        #: Whoever comes now is told so, and touches no store.
        self.is_closed = False

    async def close(self) -> None:
        """Let nobody in any more, and wait for those inside; not for ever, as a client may send slowly."""
        self.is_closed = True
        self._stopping.set()
        ends = time.monotonic() + _PATIENCE_SECONDS
        while self._inside and time.monotonic() < ends:
            await asyncio.sleep(_LOOK_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of an ASGI server."""
        path, fault = _path_within(scope), None
        if not self.is_closed and self.leads_on(path):
            self._inside += 1
            try:
                rooms = await self._rooms.furnished()
                if rooms.has(path):
                    await rooms(scope, receive, send)
                    return
            except RoomsNotFurnished as unfurnished:
                fault = unfurnished.fault
            finally:
                self._inside -= 1
        exchange, reply = await self.answer(
            scope["method"],
            path,
            scope["query_string"],
            headers_by_name(list(scope["headers"])),
            receive,
            fault=fault,
        )
        await self.send(exchange, reply, send)

    def lookup(self, url: bytes, head: Head) -> LookedUp:
        """The answer to a plain lookup, from ``x-request-id`` on; None where ``answer`` is to be asked."""
        if self._lookups is None or self.is_closed:
            return None
        return self._lookups.answer(url, head)

    def may_begin(self, path: str) -> bool:
        """Whether a request to that path may be begun outside any task."""
        return not self.leads_on(path)

    def leads_on(self, path: str) -> bool:
        """Whether a path may lead to the rooms beyond SCIM, which answer as an ASGI application only."""
        return path[:5] != _SCIM[:5] and path[:3] != "/t/" and self._rooms.may_have(path)

    async def answer(
        self,
        method: str,
        path: str,
        query_string: bytes,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        body: bytes | None = None,
        fault: Exception | None = None,
    ) -> tuple[Exchange, Reply]:
        """The answer to one request; ``headers`` by their names in lower case, ``path`` unquoted.

        ``body`` is the whole of a small one that has arrived; else ``receive`` gives it. ``fault`` is ours, and
        came before anything was looked at.
        """
        if "\0" in path:
            path = path.replace(
                "\0", "\ufffd"
            )  # PostgreSQL keeps no text with U+0000; nothing has such a name
        exchange = Exchange(
            method=method,
            path=path,
            query_string=query_string,
            headers=headers,
            receive=receive,
            request_id=self._new_request_id(),
            at=self._clock(),
            started=time.perf_counter(),
            arrived=body,
        )
        self._inside += 1
        try:
            if fault is not None:
                raise fault
            return exchange, await self._answer(exchange)
        except Exception as unforeseen_fault:
            return exchange, self._refused(exchange, unforeseen(unforeseen_fault, exchange.request_id))
        finally:
            self._inside -= 1

    def head(self, exchange: Exchange, reply: Reply) -> list[tuple[bytes, bytes]]:
        """The headers of an answer."""
        headers = [(b"x-request-id", exchange.request_id.encode()), *reply.headers]
        if reply.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(reply.body)))
        if reply.body:
            headers.append((b"content-type", reply.content_type))
        return headers

    async def send(self, exchange: Exchange, reply: Reply, send: Send) -> None:
        """Send an answer to an ASGI server."""
        head = self.head(exchange, reply)
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        if exchange.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
        elif isinstance(reply.body, bytes):
            await send({"type": "http.response.body", "body": reply.body})
        else:
            for piece in reply.body:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    async def _answer(self, exchange: Exchange) -> Reply:
        if self.is_closed:
            return self._refused(
                exchange,
                Unavailable("Nothing was changed: the server is stopping. Try again in 5 seconds."),
            )
        path = exchange.path
        if path.startswith("//"):
            path = "/" + path.lstrip("/")  # base URLs with a trailing slash (W12)
        if path.startswith(_SCIM) and path[8:9] in ("", "/"):
            return await self._scim.answer(exchange, None, path[8:])
        if path.startswith("/t/"):
            slug, _, rest = path[3:].partition("/")
            rest = "/" + rest.lstrip("/")
            if rest.startswith(_SCIM) and rest[8:9] in ("", "/"):
                return await self._scim.answer(exchange, slug, rest[8:])
        if exchange.method in ("GET", "HEAD"):
            if path in ("/healthz", "/readyz"):
                return Reply(200, b'{"status":"ok"}', content_type=b"application/json")
            if path == "/metrics":
                await self._metrics.refresh()
                return Reply(
                    200, self._metrics.page(), content_type=b"text/plain; version=0.0.4; charset=utf-8"
                )
        return self._refused(
            exchange,
            NotFound(f"There is nothing at {path[:200]!r}. SCIM is at {self._public_url()}/scim/v2."),
        )

    def _refused(self, exchange: Exchange, error: ScimError) -> Reply:
        reply = error_reply(error, self._public_url(), exchange.request_id)
        reply.content_type = b"application/scim+json"
        return reply


def _path_within(scope: Scope) -> str:
    """The path below the place where this application is mounted."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(root) else path
