"""What became of the operations of a bulk request: the results for the client, the ids for the others."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import orjson

from vestibule.directory.change_document import change_document
from vestibule.directory.resource import Resource
from vestibule.scim.bulk import BulkOperation
from vestibule.scim.document import Document
from vestibule.web.exchange import Reply
from vestibule.web.part_of_bulk import PartOfBulk

_REFUSED_NAMED = 5


class BulkResults:
    """Grows with every operation that was processed; at most a short document for each."""

    def __init__(self, base_url: str, fail_on_errors: int | None, dry_run: bool) -> None:
        self._base_url = base_url
        self._fail_on_errors = fail_on_errors
        self._dry_run = dry_run
        self._results: dict[int, Document] = {}
        self._refused: list[int] = []
        #: What each bulkId stands for, as far as its resource was made.
        self.ids: dict[str, str] = {}
        #: The positions of those that were not made, by bulkId.
        self.failed: dict[str, int] = {}
        #: Resources that were decided on and not committed, by bulkId.
        self.foreseen: dict[str, Resource] = {}

    @property
    def is_over(self) -> bool:
        """Whether there are as many errors as ``failOnErrors`` allows (R166)."""
        return self._fail_on_errors is not None and len(self._refused) >= self._fail_on_errors

    def keep(self, operation: BulkOperation, part: PartOfBulk, reply: Reply) -> None:
        """Note the result of an operation (R170), and what others may name it by."""
        change = part.change
        resource = change.answer.resource if change is not None else None
        is_refused = reply.status >= 400
        result: Document = {"method": operation.method} if operation.method else {}
        if operation.bulk_id is not None:
            result["bulkId"] = operation.bulk_id
        location = self._location(operation, None if is_refused else resource)
        if location:
            result["location"] = location
        if resource is not None and not is_refused:
            result["version"] = resource.etag
        result["status"] = str(reply.status if change is None or is_refused else change.answer.status)
        if is_refused:
            result["response"] = orjson.Fragment(bytes(reply.body))
            self._refused.append(operation.position)
        elif self._dry_run and change is not None:
            result["response"] = change_document(change)
        self._results[operation.position] = result
        if operation.method != "POST" or operation.bulk_id is None:
            return
        if resource is None or is_refused:
            self.failed[operation.bulk_id] = operation.position
            return
        self.ids[operation.bulk_id] = resource.id
        if self._dry_run:
            self.foreseen[operation.bulk_id] = resource

    def mended(self, operation: BulkOperation, resource: Resource, body: bytes) -> None:
        """The resource became another after it was made: its version, and the whole of it, so that it is seen."""
        result: dict[str, Any] = self._results[operation.position]
        result["version"] = resource.etag
        result["response"] = orjson.Fragment(body)

    def in_order(self) -> list[Document]:
        """The results, in the order in which the operations came."""
        return [self._results[position] for position in sorted(self._results)]

    def told(self, count: int) -> str:
        """How it went with ``count`` operations, in a sentence for the log."""
        done = len(self._results) - len(self._refused)
        sentence = f"{count} operations: {done} done, {len(self._refused)} refused"
        if self._refused:
            sentence += f" ({positions_told(self._refused)})"
        if len(self._results) < count:
            sentence += f", {count - len(self._results)} not tried because of failOnErrors"
        return f"{sentence}. Each is logged under this number, a colon and its position."

    def _location(self, operation: BulkOperation, resource: Resource | None) -> str:
        """The address of the resource; "" for a POST that made none, and where the path says nothing."""
        path = operation.path.rstrip("/")
        if operation.method == "POST":
            return "" if resource is None or self._dry_run else f"{self._base_url}{path}/{resource.id}"
        if operation.target is not None and operation.target in self.ids:
            path = operation.path_with(self.ids)
        return f"{self._base_url}{_NO_ESCAPE.sub('%25', quote(path, _OF_PATHS))}" if path else ""


#: What may stand in the path of a URI as it is (RFC 3986 §3.3), escapes that were sent among it.
_OF_PATHS = "/:@!$&'()*+,;=~%"
_NO_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def positions_told(positions: list[int]) -> str:
    """The first few positions, for a sentence."""
    named = ", ".join(map(str, sorted(positions)[:_REFUSED_NAMED]))
    return f"{named}, …" if len(positions) > _REFUSED_NAMED else named
