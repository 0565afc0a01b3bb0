"""A fault: a named function that stands between the network and Vestibule and gets one thing wrong."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from vestibule.recordings.replay import Reply, Request
from vestibule.registry import module_names

_FOLDER = "tests.judge.faults"

#: Asks Vestibule itself.
Ask = Callable[[Request], Awaitable[Reply]]
#: What a fault remembers from one request to the next; empty when it is switched in.
Memory = dict[str, Any]
Twist = Callable[[Request, Ask, Memory], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. Its name is the function's, what it does the docstring's."""

    name: str
    #: The checks that must find it, each with the row it names.
    finds: Mapping[str, str]
    #: Checks that cannot but fail too, each with its row, and why.
    follows: Mapping[str, str]
    why: str
    #: Findings of a clean run that it takes away, for they ask for the very thing.
    heals: tuple[str, ...]
    twist: Twist


def fault(
    finds: Mapping[str, str],
    *,
    follows: Mapping[str, str] | None = None,
    why: str = "",
    heals: tuple[str, ...] = (),
) -> Callable[[Twist], Fault]:
    """Declares a function to be a fault. ``follows`` needs a ``why``."""
    assert bool(follows) == bool(why)

    def declared(twist: Twist) -> Fault:
        return Fault(getattr(twist, "__name__", ""), finds, follows or {}, why, heals, twist)

    return declared


def every_fault() -> list[Fault]:
    """The faults of every module in this folder."""
    return [
        value
        for name in module_names(_FOLDER)
        for value in vars(import_module(f"{_FOLDER}.{name}")).values()
        if isinstance(value, Fault)
    ]


# What faults are made of


def document_of(message: Request | Reply) -> dict[str, Any]:
    """The body as a JSON object; empty where it is none."""
    try:
        found = json.loads(message.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def answering(reply: Reply, document: Any, status: int = 0) -> Reply:
    """The same reply with another body, and another status where one is given."""
    body = json.dumps(document, ensure_ascii=False).encode() if document is not None else b""
    return Reply(status or reply.status, reply.headers, body)


def asking(request: Request, document: Any) -> Request:
    """The same request with another body."""
    return replace(request, body=json.dumps(document).encode())


def refusal(status: int, scim_type: str = "", detail: str = "Refused.") -> Reply:
    """A SCIM error."""
    error = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": str(status),
        "detail": detail,
    }
    body = json.dumps({**error, **({"scimType": scim_type} if scim_type else {})}).encode()
    return Reply(status, {"content-type": "application/scim+json"}, body)


def without_header(request: Request, name: str) -> Request:
    """The same request less a header."""
    return replace(request, headers={key: value for key, value in request.headers.items() if key != name})


def query_of(request: Request) -> dict[str, str]:
    """The parameters of the query."""
    return dict(parse_qsl(request.path.partition("?")[2], keep_blank_values=True))


def with_query(request: Request, **changes: str | None) -> Request:
    """The same request with other parameters; None leaves one out."""
    query = {**query_of(request), **changes}
    kept = urlencode({key: value for key, value in query.items() if value is not None}, quote_via=quote)
    path = request.path.partition("?")[0]
    return replace(request, path=f"{path}?{kept}" if kept else path)


def place(request: Request) -> tuple[str, str]:
    """The endpoint and the id of a request: ("Users", "") for a list, ("Users", id) for one of it."""
    endpoint, _, id = request.path.partition("?")[0].strip("/").partition("/")
    return endpoint, id


def resources_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The people and groups in an answer: those of a list, or the one."""
    found = document.get("Resources")
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))
    elif "id" in document:
        yield document


def shown_otherwise(
    reply: Reply,
    change: Callable[[dict[str, Any]], None],
    *,
    on: Callable[[dict[str, Any]], bool] | None = None,
) -> Reply:
    """The reply with every person and group in it changed; discovery stays as it is."""
    document = document_of(reply)
    touched = [one for one in resources_of(document) if "attributes" not in one and "endpoint" not in one]
    for resource in touched:
        if on is None or on(resource):
            change(resource)
    return answering(reply, document) if touched else reply


def operations_of(request: Request) -> list[dict[str, Any]]:
    """The operations of a PATCH; none of any other request."""
    if request.method != "PATCH":
        return []
    found = document_of(request).get("Operations")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def with_operations(request: Request, operations: list[dict[str, Any]]) -> Request:
    """The same PATCH with other operations."""
    return asking(request, {**document_of(request), "Operations": operations})
