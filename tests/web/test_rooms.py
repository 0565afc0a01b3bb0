"""Paths beyond SCIM lead to the rooms; everything else stays as it was."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.types import Message

from vestibule.web.rooms import Rooms


async def _number(request: Request) -> JSONResponse:
    return JSONResponse({"request": request.state.request_id})


def rooms() -> Rooms:
    """One room at ``/api/v1``, and a first page."""
    routes = [Mount("/api/v1", routes=[Route("/number", _number)]), Route("/", _number)]
    return Rooms(routes, lambda: "r-1")


def test_the_first_part_of_a_path_leads() -> None:
    one = rooms()
    assert one.has("/")
    assert one.has("/api/v1/number")
    assert one.has("/api/v2")
    assert not one.has("/scim/v2/Users")
    assert not one.has("/apis")


async def test_every_answer_has_its_number_and_the_headers_that_none_goes_without() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/api/v1/number", "query_string": b"", "headers": []}
    await rooms()(scope, receive, send)
    headers = dict(sent[0]["headers"])
    assert headers[b"x-request-id"] == b"r-1"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert sent[1]["body"] == b'{"request":"r-1"}'
