"""From request to answer: who calls, with what, what is carried out, what is said, and what is logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vestibule.refused import Refused
from vestibule.scim.errors import ScimError
from vestibule.web.api.message import adapter
from vestibule.web.api.operation import Operation, Resource
from vestibule.web.api.problems import (
    PROBLEM_JSON,
    NoSuchMethod,
    NoSuchPlace,
    document_of,
    headers_of,
    rendered,
)
from vestibule.web.api.reading import arguments_of, read_body
from vestibule.web.api.side import Side, SideCall
from vestibule.web.errors import unforeseen

_PRIVATE = {"cache-control": "no-store"}


class Endpoint:
    """All operations at one path, as an ASGI application."""

    def __init__(
        self,
        operations: Sequence[Operation],
        resources: Sequence[Resource],
        side: Side,
    ) -> None:
        self._resources = resources
        self._operations = {operation.method: operation for operation in operations}
        self._side = side
        self._repeats = side.repeats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        number, at = request.state.request_id, self._side.clock()
        call = self._side.call(self._resources, request, number, at)
        try:
            operation = self._operation(request)
            call.operation = operation.id
            call.caller = await self._side.admit(request.headers.get("authorization"), operation, call.at)
            call.raw = await read_body(request, operation)
            response = await self._carried_out(operation, call)
        except (Refused, ScimError) as fault:
            response = problem(fault, self._side, call.request_id)
        except Exception as fault:
            response = problem(unforeseen(fault, call.request_id), self._side, call.request_id)
        await response(scope, receive, send)
        await self._side.record(call, response)

    def _operation(self, request: Request) -> Operation:
        found = self._operations.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            allowed = ", ".join(self._operations)
            raise NoSuchMethod(
                f"{request.method[:20]} is not offered on {request.url.path[:200]}; {allowed} is.",
                headers={"allow": allowed},
            )
        return found

    async def _carried_out(self, operation: Operation, call: SideCall) -> Response:
        request = call.request
        key = request.headers.get("idempotency-key")
        if key is None or not operation.writes or call.caller is None:
            return await self._answer(operation, call)
        token = call.caller.id
        kept = await self._repeats.begin(
            token, key, request.method, request.url.path, request.url.query, call.raw
        )
        if kept is not None:
            headers = {**_PRIVATE, **kept.headers, "idempotency-replayed": "true"}
            return _json(kept.status, kept.body, headers)
        try:
            response = await self._answer(operation, call)
        except BaseException:
            await self._repeats.give_up(token, key)
            raise
        await self._repeats.end(token, key, response.status_code, response.headers, bytes(response.body))
        return response

    async def _answer(self, operation: Operation, call: SideCall) -> Response:
        request = call.request
        arguments = arguments_of(
            operation,
            request.path_params,
            request.query_params.multi_items(),
            call.raw,
            request.headers.get("content-type", ""),
        )
        found = await operation.handler(call, **arguments)
        if isinstance(found, Response):
            return found
        headers = {**_PRIVATE, **call.headers}
        if operation.answer is None:
            return _json(operation.status, b"" if found is None else orjson.dumps(found), headers)
        if operation.is_page:
            items = adapter(list[operation.answer]).dump_json(list(found.items))  # type: ignore[name-defined]
            body = b'{"items":%s,"next":%s}' % (items, orjson.dumps(found.next))
        else:
            body = adapter(operation.answer).dump_json(found)
        return _json(operation.status, body, headers)


def problem(fault: Refused | ScimError, side: Side, request_id: str) -> Response:
    """The answer for a refusal."""
    document = document_of(fault, side.public_url(), side.story(request_id), request_id)
    return Response(
        rendered(document),
        type(fault).status,
        {**_PRIVATE, **headers_of(fault)},
        PROBLEM_JSON,
    )


class NothingHere:
    """The answer for addresses that no operation has."""

    def __init__(self, side: Side) -> None:
        self._side = side

    async def __call__(self, request: Request, fault: Exception) -> Response:
        """The problem."""
        path = request.url.path[:200]
        if isinstance(fault, HTTPException) and fault.status_code == 405:
            refused: Refused = NoSuchMethod(f"{request.method[:20]} is not offered on {path}.")
        else:
            refused = NoSuchPlace(
                f"There is nothing at {path}. {self._side.public_url()}/api/v1/openapi.json lists what there is."
            )
        return problem(refused, self._side, request.state.request_id)


def _json(status: int, body: bytes, headers: Mapping[str, str]) -> Response:
    return Response(body, status, dict(headers), "application/json" if body else None)
