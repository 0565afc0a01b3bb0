"""Spans of requests, decisions and deliveries; off, nothing of OpenTelemetry is even imported."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.installation import Site, Tenant, over_asgi
from tests.served import person
from tests.webhooks.receiver import receiving
from vestibule.app import Vestibule
from vestibule.profiles.shelf import ProfileShelf
from vestibule.recordings.replay import Request
from vestibule.settings import Settings
from vestibule.tenancy.desk import Desk
from vestibule.tracing import Tracing, route_of
from vestibule.webhooks.endpoints import add_endpoint

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_a_request_its_decision_and_its_delivery_are_spans() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    settings = Settings(database="sqlite://", allowed_networks="127.0.0.0/8")
    application = Vestibule(settings, tracing=Tracing(provider))
    async with receiving() as product, application.lifespan():
        premises = application.premises
        shelf = ProfileShelf(premises.tenancy)
        desk = Desk(premises.tenancy, shelf, premises.clock, premises.random, "operator:test")
        tenant: Tenant = await Site(application, desk).tenant()
        await add_endpoint(premises.webhook_desk("operator:test"), product.url)
        answer = await tenant.post(
            "/Users",
            person("ada@example.com"),
            {"Content-Type": "application/scim+json", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
        )
        await over_asgi(application, "", Request("GET", f"/scim/v2/Users/{answer.json['id']}", {}, b""))
        await product.has(1)
        await asyncio.sleep(0.05)
        header = product.came[0].headers["traceparent"]
    found = {span.name: span for span in spans.get_finished_spans()}
    request, decision = found["POST /scim/v2/Users"], found["decision"]
    assert f"{request.context.trace_id:032x}" == TRACE
    assert decision.parent is not None
    assert decision.parent.span_id == request.context.span_id
    assert attributes(request)["http.response.status_code"] == 201
    assert attributes(request)["vestibule.request_id"] == answer.headers["x-request-id"]
    assert attributes(decision)["vestibule.events"] >= 1
    delivery = found["webhook delivery"]
    assert attributes(delivery)["http.response.status_code"] == 204
    assert f"{delivery.context.trace_id:032x}" in header
    assert "GET /scim/v2/Users/{id}" in found
    for span in found.values():
        assert "ada@" not in span.to_json()
        assert tenant.slug not in span.to_json()


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/scim/v2/Users", "/scim/v2/Users"),
        ("/scim/v2/Users/abc", "/scim/v2/Users/{id}"),
        ("/t/corp/scim/v2/Groups/abc", "/t/{tenant}/scim/v2/Groups/{id}"),
        ("/api/v1/tenants/corp", "/api/v1/tenants/{id}"),
        ("/r/123", "/r/{id}"),
        ("/metrics", "/metrics"),
        ("/", "/"),
    ],
)
def test_a_span_is_named_by_the_route(path: str, route: str) -> None:
    assert route_of(path) == route


def test_without_the_setting_nothing_of_it_is_imported() -> None:
    code = "import sys, vestibule.app, vestibule.serving; print([n for n in sys.modules if 'opentelemetry' in n])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
