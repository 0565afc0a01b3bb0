"""What is looked at in every answer of a run, whatever the check that asked was about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vestibule.judge.exchange import Exchange

#: RFC 7644 §3.12, RFC 9865 §2.1.
SCIM_TYPES = frozenset(
    {
        "invalidFilter",
        "tooMany",
        "uniqueness",
        "mutability",
        "invalidSyntax",
        "invalidPath",
        "noTarget",
        "invalidValue",
        "invalidVers",
        "sensitive",
        "invalidCursor",
        "expiredCursor",
        "invalidCount",
    }
)
_TRACES = (
    "Traceback (most recent call last)",
    "\n\tat ",
    "stack trace",
    "Exception in thread",
    "node_modules/",
)


@dataclass(slots=True)
class Seen:
    """One thing that was seen wrong: the first answer that shows it, and how many do."""

    example: Exchange
    got: str
    count: int = 1


@dataclass(slots=True)
class Watch:
    """Keeps the first example of each thing seen wrong, by a word for it."""

    errors: int = 0
    retry_afters: int = 0
    resources: int = 0
    #: What must never be shown again, and where it was sent.
    secret: str = ""
    seen: dict[str, Seen] = field(default_factory=dict)

    def __call__(self, exchange: Exchange) -> None:
        """Look at one exchange."""
        if "//" in exchange.url.partition("?")[0].partition("://")[2]:
            # Outside of the service: whatever stands in front of it may have answered.
            return
        if not exchange.status:
            self._see("no answer", exchange, exchange.failure)
            return
        for word, got in self._faults(exchange):
            self._see(word, exchange, got)

    def _see(self, word: str, exchange: Exchange, got: str) -> None:
        known = self.seen.get(word)
        if known is None:
            self.seen[word] = Seen(exchange, got)
        else:
            known.count += 1

    def _faults(self, exchange: Exchange) -> Iterator[tuple[str, str]]:
        status = exchange.status
        if self.secret and self.secret.encode() in exchange.body:
            yield "secret", "the password stands in the answer"
        if status == 429:
            self.retry_afters += 1
            wait = exchange.header("retry-after")
            if not (wait.isascii() and wait.isdigit()):
                yield "retry-after", f"Retry-After: {wait!r}" if wait else "no Retry-After"
        if exchange.body:
            kind = exchange.header("content-type").partition(";")[0].strip().lower()
            if kind != "application/scim+json" and not _asked_for_plain(exchange):
                yield "media type", f"Content-Type: {kind or 'none'}"
        if status >= 400:
            self.errors += 1
            yield from _error_faults(exchange)
        elif exchange.json is not None:
            for resource in _resources(exchange):
                self.resources += 1
                yield from _resource_faults(resource, exchange)


def _error_faults(exchange: Exchange) -> Iterator[tuple[str, str]]:
    status, document = exchange.status, exchange.document
    text = exchange.body[:20000].decode("utf-8", "replace")
    if status >= 500 and status != 501:
        yield "server fault", exchange.in_short()
    if any(trace in text for trace in _TRACES):
        yield "internals", "the answer holds a stack trace"
    if not exchange.is_scim_error:
        yield "error body", f"{exchange.in_short()}; no SCIM Error in the body"
        return
    if not isinstance(document.get("status"), str):
        yield "error status", f"status in the body: {document.get('status')!r}"
    elif document["status"] != str(status):
        yield "error status", f"status {document['status']!r} in the body of an answer with status {status}"
    scim_type = document.get("scimType")
    if scim_type is not None and scim_type not in SCIM_TYPES:
        yield "scimType", f"scimType {scim_type!r}"


def _resource_faults(resource: dict[str, Any], exchange: Exchange) -> Iterator[tuple[str, str]]:
    id, schemas = resource.get("id"), resource.get("schemas")
    if not isinstance(id, str) or not id:
        yield "id", f"id: {id!r}"
    elif "bulkid" in id.lower():
        yield "bulkId in id", f"id: {id!r}"
    if not isinstance(schemas, list) or not schemas:
        yield "schemas", f"schemas: {schemas!r}"
        return
    if len({str(urn).lower() for urn in schemas}) != len(schemas):
        yield "schemas twice", f"schemas: {schemas!r}"
    listed = {str(urn).lower() for urn in schemas}
    for key in resource:
        if key.lower().startswith("urn:") and key.lower() not in listed:
            yield "schemas incomplete", f"{key} is there, and not in schemas"


def _resources(exchange: Exchange) -> list[dict[str, Any]]:
    """The people and groups in an answer: those of a list, or the one."""
    path = exchange.url.partition("?")[0]
    if any(part in path for part in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/Bulk")):
        return []
    if exchange.is_list:
        return exchange.resources
    return [exchange.document] if exchange.document and "Resources" not in exchange.document else []


def _asked_for_plain(exchange: Exchange) -> bool:
    return exchange.sent_headers.get("Accept") != "application/scim+json"
