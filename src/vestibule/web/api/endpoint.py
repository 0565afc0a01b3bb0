"""From request to answer: who calls, with what, what is carried out, what is said, and what is logged."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vestibule.directory.store import Recorded
from vestibule.refused import Refused
from vestibule.scim.errors import ScimError
from vestibule.web.api.call import Call
from vestibule.web.api.callers import Callers
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
from vestibule.web.api.repeats import Repeats
from vestibule.web.errors import unforeseen
from vestibule.web.premises import Premises
from vestibule.web.redaction import redacted_body, redacted_query

_PRIVATE = {"cache-control": "no-store"}


class Endpoint:
    """All operations at one path, as an ASGI application."""

    def __init__(
        self,
        operations: Sequence[Operation],
        resources: Sequence[Resource],
        premises: Premises,
        callers: Callers,
        repeats: Repeats,
    ) -> None:
        self._resources = resources
        self._operations = {operation.method: operation for operation in operations}
        self._premises = premises
        self._callers = callers
        self._repeats = repeats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        started = time.perf_counter()
        number, at = request.state.request_id, self._premises.clock()
        call = Call(self._premises, self._resources, request, number, at, "")
        raw = b""
        try:
            operation = self._operation(request)
            call.operation = operation.id
            call.caller = await self._callers.admit(request.headers.get("authorization"), operation, call.at)
            raw = await read_body(request, operation)
            response = await self._carried_out(operation, call, raw)
        except (Refused, ScimError) as fault:
            response = problem(fault, self._premises.public_url(), call.request_id)
        except Exception as fault:
            seen = unforeseen(fault, call.request_id)
            response = problem(seen, self._premises.public_url(), call.request_id)
        await response(scope, receive, send)
        seconds = time.perf_counter() - started
        if request.method not in ("GET", "HEAD") or response.status_code >= 400:
            await self._premises.directory.record(_recorded(call, response, raw, seconds))

    def _operation(self, request: Request) -> Operation:
        found = self._operations.get("GET" if request.method == "HEAD" else request.method)
        if found is None:
            allowed = ", ".join(self._operations)
            raise NoSuchMethod(
                f"{request.method[:20]} is not offered on {request.url.path[:200]}; {allowed} is.",
                headers={"allow": allowed},
            )
        return found

    async def _carried_out(self, operation: Operation, call: Call, raw: bytes) -> Response:
        request = call.request
        key = request.headers.get("idempotency-key")
        if key is None or not operation.writes or call.caller is None:
            return await self._answer(operation, call, raw)
        token = call.caller.id
        kept = await self._repeats.begin(token, key, request.method, request.url.path, request.url.query, raw)
        if kept is not None:
            headers = {**_PRIVATE, **kept.headers, "idempotency-replayed": "true"}
            return _json(kept.status, kept.body, headers)
        try:
            response = await self._answer(operation, call, raw)
        except BaseException:
            await self._repeats.give_up(token, key)
            raise
        await self._repeats.end(token, key, response.status_code, response.headers, bytes(response.body))
        return response

    async def _answer(self, operation: Operation, call: Call, raw: bytes) -> Response:
        request = call.request
        arguments = arguments_of(
            operation,
            request.path_params,
            request.query_params.multi_items(),
            raw,
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


def problem(fault: Refused | ScimError, public_url: str, request_id: str) -> Response:
    """The answer for a refusal."""
    document = document_of(fault, public_url, request_id)
    return Response(
        rendered(document),
        type(fault).status,
        {**_PRIVATE, **headers_of(fault)},
        PROBLEM_JSON,
    )


class NothingHere:
    """The answer for addresses that no operation has."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises

    async def __call__(self, request: Request, fault: Exception) -> Response:
        """The problem."""
        path = request.url.path[:200]
        if isinstance(fault, HTTPException) and fault.status_code == 405:
            refused: Refused = NoSuchMethod(f"{request.method[:20]} is not offered on {path}.")
        else:
            refused = NoSuchPlace(
                f"There is nothing at {path}. {self._premises.public_url()}/api/v1/openapi.json lists what there is."
            )
        return problem(refused, self._premises.public_url(), request.state.request_id)


def _json(status: int, body: bytes, headers: Mapping[str, str]) -> Response:
    return Response(body, status, dict(headers), "application/json" if body else None)


def _recorded(call: Call, response: Response, raw: bytes, seconds: float) -> Recorded:
    request = call.request
    payload: dict[str, Any] = {
        "query": redacted_query(request.url.query.encode()),
        "user_agent": request.headers.get("user-agent", "")[:200],
        "request": redacted_body(raw),
    }
    rule = reason = ""
    if response.status_code >= 400:
        body = bytes(response.body)
        payload["response"] = redacted_body(body)
        told = orjson.loads(body)
        rule, reason = f"api.{told['type'].rpartition('/')[2]}", told["title"]
    elif request.method not in ("GET", "HEAD"):
        rule, reason = f"api.{call.operation}", f"Carried out for the API token {call.token.name!r}."
    return Recorded(
        id=call.request_id,
        tenant=call.tenant_id,
        connection=None,
        at=call.at,
        method=request.method[:20],
        path=request.url.path[:512],
        status=response.status_code,
        duration_us=int(seconds * 1e6),
        token_name=f"api:{call.caller.name}" if call.caller else "",
        subject_type=call.subject_type,
        subject_id=call.subject_id[:64],
        rule=rule,
        reason=reason,
        payload=payload,
    )
