"""OpenTelemetry spans of requests, decisions and deliveries: the extra ``vestibule[otel]``.

Nothing of this is imported unless VESTIBULE_TRACE is set, and nothing on the way of a request asks
whether it is: what is traced is wrapped when it is wired. Where spans go is said by OpenTelemetry's own
variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, …). No span holds what is personal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from opentelemetry import propagate
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from starlette.types import Message, Receive, Scope, Send

from vestibule.directory.change import Change
from vestibule.directory.facts import Facts, Need
from vestibule.directory.store import Applied, DirectoryStore, Recorded
from vestibule.web.door import Door
from vestibule.webhooks.poster import Posted, Poster


class Tracing:
    """What wraps the parts of one Vestibule. Without ``provider`` spans go over OTLP; the global one is left alone."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        if provider is None:
            provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "vestibule"}))
            provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._provider = provider
        self._tracer = provider.get_tracer("vestibule")

    def door(self, *parts: Any) -> Door:
        """A ``Door`` with a span for each request."""
        door = TracedDoor(*parts)
        door.tracer = self._tracer
        return door

    def directory(self, store: DirectoryStore) -> DirectoryStore:
        """The store with a span for each decision."""
        return cast(DirectoryStore, TracedDirectory(store, self._tracer))

    def poster(self, poster: Poster) -> Poster:
        """The poster with a span for each delivery."""
        return TracedPoster(poster, self._tracer)

    def flush(self) -> None:
        """Send what is gathered; at the end, in a thread."""
        self._provider.force_flush()


class TracedDoor(Door):
    """A door with a span for each request; ``tracer`` is set once it is made."""

    tracer: Tracer

    def may_begin(self, path: str) -> bool:
        """Never at once: a span belongs to a task."""
        return False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of an ASGI server."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method = scope["method"]
        route = route_of(scope["path"])
        with self.tracer.start_as_current_span(
            f"{method} {route}", context=propagate.extract(headers), kind=SpanKind.SERVER
        ) as span:
            span.set_attribute("http.request.method", method)
            span.set_attribute("http.route", route)

            async def sent(message: Message) -> None:
                if message["type"] == "http.response.start":
                    status = message["status"]
                    span.set_attribute("http.response.status_code", status)
                    for name, value in message.get("headers", ()):
                        if name == b"x-request-id":
                            span.set_attribute("vestibule.request_id", value.decode("latin-1"))
                    if status >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            await super().__call__(scope, receive, sent)


class TracedDirectory:
    """A ``DirectoryStore`` whose decisions are spans: what was read for them, and what was committed."""

    def __init__(self, store: DirectoryStore, tracer: Tracer) -> None:
        self._store = store
        self._tracer = tracer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def facts(self, tenant: int, keys: Sequence[Any]) -> Any:
        """As the store does."""
        with self._tracer.start_as_current_span("facts") as span:
            span.set_attribute("vestibule.facts", len(keys))
            return await self._store.facts(tenant, keys)

    async def apply(
        self,
        tenant: int,
        change: Change,
        again: Callable[[Facts], Change | Need],
        record: Callable[[Change], Recorded] | None = None,
    ) -> Applied:
        """As the store does."""
        with self._tracer.start_as_current_span("decision") as span:
            applied = await self._store.apply(tenant, change, again, record)
            span.set_attribute("vestibule.rule", applied.change.explanation.rule)
            span.set_attribute("vestibule.status", applied.change.answer.status)
            span.set_attribute("vestibule.events", len(applied.change.events))
            span.set_attribute("vestibule.decided_again", applied.change is not change)
            return applied


class TracedPoster:
    """A ``Poster`` with a span for each delivery, which the endpoint's own tracing can go on from."""

    def __init__(self, poster: Poster, tracer: Tracer) -> None:
        self._poster = poster
        self._tracer = tracer

    async def post(self, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Posted:
        """As the poster does."""
        with self._tracer.start_as_current_span("webhook delivery", kind=SpanKind.CLIENT) as span:
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
            span.set_attribute("server.address", urlsplit(url).hostname or "")
            span.set_attribute("vestibule.event", dict(headers).get("webhook-id", ""))
            posted = await self._poster.post(url, [*headers, *carrier.items()], body)
            if posted.status is not None:
                span.set_attribute("http.response.status_code", posted.status)
            if posted.status is None or posted.status >= 300:
                span.set_status(Status(StatusCode.ERROR, posted.fault))
            return posted

    async def close(self) -> None:
        """As the poster does."""
        await self._poster.close()


def route_of(path: str) -> str:
    """The path without what names a tenant, a person or anything else one by one: ``/scim/v2/Users/{id}``."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["t"]:
        parts[1:2] = ["{tenant}"]
    start = parts.index("v2") + 1 if "v2" in parts else 2 if parts[:1] == ["api"] else 0
    shown = parts[: start + 1] + ["{id}"] * (len(parts) > start + 1)
    return "/" + "/".join(shown)
