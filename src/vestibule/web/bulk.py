"""POST on /Bulk (R164–R171): every operation goes in by the same door as a request of its own.

Each is admitted, repaired, decided and committed by itself, logged under the number of the bulk
request, a colon and its position. Between two of them others get their turn.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson

from vestibule.directory.resource import Resource
from vestibule.scim.bulk import BulkOperation, Step, bulk_response, ordered, parse_bulk, with_ids
from vestibule.scim.document import Document
from vestibule.scim.errors import CircularReference, InvalidValue, PayloadTooLarge, ScimError, Unavailable
from vestibule.scim.patch.message import PATCH_OP
from vestibule.web.bulk_results import BulkResults, positions_told
from vestibule.web.exchange import Exchange, Receive, Reply
from vestibule.web.part_of_bulk import PartOfBulk
from vestibule.web.scim_discovery import CAPABILITIES
from vestibule.web.scim_writes import is_dry_run, read_object
from vestibule.web.scope import ScimScope

#: Answers an exchange for a path below the SCIM root; never raises.
Door = Callable[[Exchange, str], Awaitable[Reply]]

_KEPT_HEADERS = (b"authorization", b"user-agent")
_DRY_RUN = b"vestibule-dry-run"
#: Larger requests are taken apart beside the loop.
_SMALL = 64 * 1024


async def answer_bulk(scope: ScimScope, exchange: Exchange, door: Door) -> Reply:
    """200 with a result for every operation that was processed; 413 naming the limit that was exceeded."""
    dry_run = _DRY_RUN in exchange.headers and is_dry_run(exchange)
    limit = CAPABILITIES.bulk_max_payload_size
    try:
        body = await read_object(exchange, limit)
    except PayloadTooLarge:
        raise PayloadTooLarge(
            f"The bulk request is larger than maxPayloadSize ({limit} bytes). Nothing was changed. Send "
            "fewer operations at once."
        ) from None
    if len(exchange.body_read) <= _SMALL:
        steps, fail_on_errors = _taken_apart(body, scope.standing.strict)
    else:
        steps, fail_on_errors = await asyncio.to_thread(_taken_apart, body, scope.standing.strict)
    results = BulkResults(scope.base_url, fail_on_errors, dry_run)
    run = _Run(scope, exchange, door, results, dry_run)
    for step in steps:
        if results.is_over:
            break
        await run.step(step)
    document = orjson.dumps(bulk_response(results.in_order()))
    told = results.told(sum(len(step.operations) for step in steps))
    if dry_run:
        return Reply(200, document, content_type=b"application/json", recorded=True)
    return Reply(200, document, rule="bulk", reason=told)


def _taken_apart(body: Document, strict: bool) -> tuple[list[Step], int | None]:
    request = parse_bulk(body, max_operations=CAPABILITIES.bulk_max_operations, strict=strict)
    return ordered(request.operations), request.fail_on_errors


class _Run:
    """One bulk request on its way."""

    def __init__(
        self, scope: ScimScope, exchange: Exchange, door: Door, results: BulkResults, dry_run: bool
    ) -> None:
        self._scope = scope
        self._exchange = exchange
        self._door = door
        self._results = results
        self._dry_run = dry_run
        self._root = exchange.path.rstrip("/").rpartition("/")[0]
        self._stopped_at: int | None = None

    async def step(self, step: Step) -> None:
        """Carry the operations of a step out, as far as ``failOnErrors`` lets it."""
        if step.is_hopeless:
            told = _positions(step.operations)
            for operation in step.operations:
                await self._refuse(
                    operation,
                    CircularReference(
                        f"Operation {operation.position}: the groups of operations {told} would be members of each "
                        "other, directly or through others, which no group can be. None of them was made."
                    ),
                )
        elif step.is_circle:
            await self._circle(step.operations)
        else:
            await self._one(step.operations[0])

    async def _one(self, operation: BulkOperation) -> None:
        failed = self._results.failed
        broken = min(operation.named & failed.keys(), default=None)
        if broken is None:
            await self._carry_out(operation, PartOfBulk(self._scope.new_id, operation.fault), {})
            return
        await self._refuse(
            operation,
            InvalidValue(
                f"Operation {operation.position}: bulkId {broken[:80]} is that of operation {failed[broken]}, "
                "which failed, so nothing was changed here either."
            ),
        )

    async def _circle(self, operations: Sequence[BulkOperation]) -> None:
        """POSTs that name each other: tried without effect to learn their ids, then made with these.

        Where one would be refused none is made. Where somebody else's change in between has one
        refused after others were made, these lose the reference to it.
        """
        makes = {one.position: _always(self._scope.new_id()) for one in operations}
        promised = {one.bulk_id or "": makes[one.position]() for one in operations}
        for operation in operations:
            resource = await self._tried(operation, makes[operation.position], promised)
            if resource is None:
                operations = [operation, *(one for one in operations if one is not operation)]
                break
            promised[operation.bulk_id or ""] = resource.id
            self._results.foreseen[operation.bulk_id or ""] = resource
        for operation in operations:
            if self._results.is_over:
                break
            failed = [one for one in operations if one.bulk_id in self._results.failed]
            if failed:
                await self._refuse(operation, _circle_broken(operation, operations, failed[0]))
            elif operation.named & self._results.failed.keys():
                await self._one(operation)
            else:
                await self._carry_out(operation, PartOfBulk(makes[operation.position]), promised)
        if not self._dry_run:
            for operation in operations:
                if operation.bulk_id in self._results.ids:
                    await self._mend(operation, promised)

    async def _tried(
        self, operation: BulkOperation, new_id: Callable[[], str], promised: Mapping[str, str]
    ) -> Resource | None:
        """What the operation would make as things are; None where it would be refused."""
        if operation.named & self._results.failed.keys():
            return None
        part = PartOfBulk(new_id)
        reply = await self._ask(operation, part, {**promised, **self._results.ids}, dry_run=True)
        return part.change.answer.resource if part.change is not None and reply.status < 400 else None

    async def _mend(self, operation: BulkOperation, promised: Mapping[str, str]) -> None:
        """Put right what was made with an id that came to nothing, or became another."""
        ids = self._results.ids
        wrong = {id for id in operation.named if id in promised and ids.get(id) != promised[id]}
        changes: list[Document] = []
        whole = with_ids(operation.data, operation.references, {**promised, **ids})
        for path in sorted({r.attribute for r in operation.references if wrong.intersection(r.bulk_ids)}):
            named = {id for r in operation.references if r.attribute == path for id in r.bulk_ids}
            if named <= ids.keys():
                changes.append({"op": "replace", "path": path, "value": _at(whole, path)})
            else:
                changes.append({"op": "remove", "path": path})
        if not changes:
            return
        path = f"{operation.path.rstrip('/')}/{ids[operation.bulk_id or '']}"
        message = {"schemas": [PATCH_OP], "Operations": changes}
        patch = BulkOperation(operation.position, "PATCH", path, data=message)
        part = PartOfBulk(self._scope.new_id, shows_resource=True)
        reply = await self._ask(patch, part, {}, dry_run=False, suffix=":mended")
        if part.change is not None and part.change.answer.resource is not None and reply.status < 400:
            self._results.mended(operation, part.change.answer.resource, bytes(reply.body))

    async def _refuse(self, operation: BulkOperation, fault: ScimError) -> None:
        await self._carry_out(operation, PartOfBulk(self._scope.new_id, fault), {})

    async def _carry_out(
        self, operation: BulkOperation, part: PartOfBulk, promised: Mapping[str, str]
    ) -> None:
        if self._results.is_over:
            return
        ids = {**promised, **self._results.ids} if promised else self._results.ids
        self._results.keep(operation, part, await self._ask(operation, part, ids, self._dry_run))

    async def _ask(
        self,
        operation: BulkOperation,
        part: PartOfBulk,
        ids: Mapping[str, str],
        dry_run: bool,
        suffix: str = "",
    ) -> Reply:
        """What the door answers to the operation with ``ids`` in the place of bulkIds."""
        await asyncio.sleep(0)
        if self._stopped_at is not None and part.fault is None:
            part.fault = Unavailable(
                f"Not tried: the server could not go on at operation {self._stopped_at}. Send this operation again."
            )
        path, raw = operation.path, b""
        if part.fault is None:
            path = operation.path_with(ids)
            if operation.data is not None:
                raw = orjson.dumps(with_ids(operation.data, operation.references, ids))
            if dry_run:
                foreseen = self._results.foreseen
                part.foreseen = [foreseen[id] for id in operation.named if id in foreseen]
        sent = self._exchange.headers
        headers = {name: sent[name] for name in _KEPT_HEADERS if name in sent}
        if operation.version is not None:
            headers[b"if-match"] = operation.version.encode("latin-1", "replace")
        if dry_run:
            headers[_DRY_RUN] = b"true"
        asked = Exchange(
            method=operation.method,
            path=self._root + path,
            query_string=b"",
            headers=headers,
            receive=_having(raw),
            request_id=f"{self._exchange.request_id}:{operation.position}{suffix}",
            at=self._scope.clock(),
            started=time.perf_counter(),
            part=part,
        )
        reply = await self._door(asked, path)
        if reply.status == Unavailable.status and self._stopped_at is None:
            self._stopped_at = operation.position
        return reply


def _circle_broken(
    operation: BulkOperation, circle: Sequence[BulkOperation], failed: BulkOperation
) -> CircularReference:
    return CircularReference(
        f"Operation {operation.position}: operations {_positions(circle)} name each other in a circle, and operation "
        f"{failed.position} failed. Nothing was changed here."
    )


def _positions(operations: Sequence[BulkOperation]) -> str:
    return positions_told([one.position for one in operations])


def _at(data: Any, path: str) -> Any:
    """The value at a path as ``Reference.attribute`` gives it."""
    if path in data:
        return data[path]
    urn, _, name = path.rpartition(":")
    return data[urn][name]


def _always(id: str) -> Callable[[], str]:
    return lambda: id


def _having(raw: bytes) -> Receive:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    return receive
