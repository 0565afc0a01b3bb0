"""The BulkRequest and BulkResponse messages (RFC 7644 §3.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vestibule.scim.bulk.references import Reference, references_in
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidSyntax, InvalidValue, PayloadTooLarge, ScimError
from vestibule.scim.findings import Findings, respelled, shown
from vestibule.scim.frozen import frozen

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

METHODS = ("POST", "PUT", "PATCH", "DELETE")
MAX_BULK_ID = 256
MAX_PATH = 512

_ENVELOPE = {name.lower(): name for name in ("schemas", "failOnErrors", "Operations")}
_PARTS = {name.lower(): name for name in ("method", "bulkId", "version", "path", "data")}
_ON_BULK_ID = re.compile(r"/[^/]+/bulkid:(.+)", re.IGNORECASE | re.DOTALL)


@frozen
class BulkOperation:
    """One operation as it was sent. ``position`` counts from 1.

    ``fault`` is what is wrong with it before anything is looked up; then ``method`` and ``path``
    are for the log only. ``target`` is the bulkId that the path names in the place of an id.
    """

    position: int
    method: str
    path: str
    bulk_id: str | None = None
    version: str | None = None
    data: Document | None = None
    references: tuple[Reference, ...] = ()
    target: str | None = None
    fault: ScimError | None = None

    @property
    def named(self) -> frozenset[str]:
        """Every bulkId that the operation needs the resource of."""
        ids = {id for reference in self.references for id in reference.bulk_ids}
        return frozenset(ids | {self.target}) if self.target is not None else frozenset(ids)

    def path_with(self, ids: Mapping[str, str]) -> str:
        """The path with the id in the place of the bulkId that it names, if it names one."""
        if self.target is None:
            return self.path
        return f"{self.path[: self.path.index('/', 1)]}/{ids[self.target]}"


@frozen
class BulkRequest:
    """A bulk request; ``fail_on_errors`` None means that no number of errors ends it (R166)."""

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None = None


def parse_bulk(body: Document, *, max_operations: int, strict: bool = False) -> BulkRequest:
    """The operations of a BulkRequest message, each with its own fault (R164).

    Raises InvalidSyntax or InvalidValue for what concerns the whole: another message, no
    operations, an operation that is no object, a ``failOnErrors`` that is no number, a bulkId
    that two operations have; PayloadTooLarge for more than ``max_operations`` (R171). ``strict``
    refuses keys nobody declared (K44).
    """
    message = respelled(body, _ENVELOPE, "", Findings(strict))
    schemas = message.get("schemas")
    if not isinstance(schemas, list) or BULK_REQUEST.lower() not in (str(urn).lower() for urn in schemas):
        raise InvalidSyntax(f'The body of a bulk request needs "schemas": ["{BULK_REQUEST}"].')
    raw = message.get("Operations")
    if not isinstance(raw, list) or not raw:
        raise InvalidSyntax(
            'The body of a bulk request needs "Operations", an array of one or more operations.'
        )
    if len(raw) > max_operations:
        raise PayloadTooLarge(
            f"The bulk request has {len(raw):,} operations, more than maxOperations ({max_operations}). "
            "Nothing was changed. Send them in several requests."
        )
    fail_on_errors = _fail_on_errors(message.get("failOnErrors"))
    operations = tuple(_operation(one, position, strict) for position, one in enumerate(raw, 1))
    _refuse_doubled(operations)
    return BulkRequest(operations, fail_on_errors)


def bulk_response(results: Sequence[Document]) -> Document:
    """A BulkResponse with the result of every operation that was processed (R170)."""
    return {"schemas": [BULK_RESPONSE], "Operations": list(results)}


def _fail_on_errors(raw: Any) -> int | None:
    if raw is None:
        return None
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 1:
        raise InvalidValue(
            f"failOnErrors must be a whole number from 1, not {shown(raw)}. Leave it out to have every "
            "operation tried."
        )
    return raw


def _refuse_doubled(operations: Sequence[BulkOperation]) -> None:
    first: dict[str, int] = {}
    for operation in operations:
        id = operation.bulk_id
        if id is None:
            continue
        if id in first:
            raise InvalidValue(
                f"Operations {first[id]} and {operation.position} have the same bulkId {shown(id)}. "
                "Nothing was changed. Give each one of its own."
            )
        first[id] = operation.position


def _operation(raw: Any, position: int, strict: bool) -> BulkOperation:
    where = f"Operation {position}"
    if not isinstance(raw, dict):
        raise InvalidSyntax(f"{where} must be an object with method, path and data, not {shown(raw)}.")
    parts = respelled(raw, _PARTS, f"{where}: ", Findings(strict))
    method, path, bulk_id = parts.get("method"), parts.get("path"), parts.get("bulkId")
    bulk_id = bulk_id if isinstance(bulk_id, str) and 0 < len(bulk_id) <= MAX_BULK_ID else None
    try:
        return _read(parts, position, where)
    except ScimError as fault:
        shown_path = path[:MAX_PATH] if isinstance(path, str) and path.startswith("/") else ""
        shown_method = method[:20].upper() if isinstance(method, str) else ""
        return BulkOperation(position, shown_method, shown_path, bulk_id, fault=fault)


def _read(parts: Mapping[str, Any], position: int, where: str) -> BulkOperation:
    method = _method(parts.get("method"), where)
    path = _path(parts.get("path"), where)
    bulk_id = parts.get("bulkId")
    if bulk_id is not None and (not isinstance(bulk_id, str) or not 0 < len(bulk_id) <= MAX_BULK_ID):
        raise InvalidValue(
            f"{where}: bulkId must be text of 1 to {MAX_BULK_ID} characters, not {shown(bulk_id)}."
        )
    version = parts.get("version")
    if version is not None and not isinstance(version, str):
        raise InvalidValue(f'{where}: version must be text such as W/"3", not {shown(version)}.')
    if method == "POST" and bulk_id is None:
        raise InvalidValue(f"{where}: a POST needs a bulkId of its own.")
    on = _ON_BULK_ID.fullmatch(path)
    data: Document | None = None
    references: tuple[Reference, ...] = ()
    if method != "DELETE":
        data = parts.get("data")
        if not isinstance(data, dict):
            found = "is missing" if data is None else f"must be an object, not {shown(data)}"
            raise InvalidSyntax(f"{where}: data {found}. It is what the body of a {method} would be.")
        try:
            references = references_in(data)
        except InvalidSyntax as fault:
            raise InvalidSyntax(f"{where}: {fault.detail}") from None
    if method == "POST":
        version = None
    return BulkOperation(position, method, path, bulk_id, version, data, references, on[1] if on else None)


def _method(raw: Any, where: str) -> str:
    word = raw.upper() if isinstance(raw, str) else ""
    if word not in METHODS:
        found = (
            "is missing"
            if raw is None
            else f"must be {', '.join(METHODS[:-1])} or {METHODS[-1]}, not {shown(raw)}"
        )
        raise InvalidSyntax(f"{where}: method {found}.")
    return word


def _path(raw: Any, where: str) -> str:
    if not isinstance(raw, str) or not raw.startswith("/"):
        found = "is missing" if raw is None else f"is {shown(raw)}"
        raise InvalidValue(f"{where}: path {found}. It must be like /Users or /Users/ID.")
    if len(raw) > MAX_PATH:
        raise InvalidValue(f"{where}: path has {len(raw)} characters; {MAX_PATH} are allowed.")
    if "\0" in raw:
        raise InvalidValue(f"{where}: path holds U+0000, which is not allowed in text.")
    segments = [segment.lower() for segment in raw.split("/") if segment]
    if not segments or segments[0] == "bulk" or segments[-1] == ".search" or "?" in raw or "#" in raw:
        raise InvalidValue(
            f"{where}: path is {shown(raw)}. A bulk request writes resources: the path must be like /Users or "
            "/Users/ID, without a query."
        )
    return raw
