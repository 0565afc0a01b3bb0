"""Stored bytes in, served bytes out: ``meta``, ``externalId``, ``groups`` and ``members`` are spliced on."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from vestibule.directory.resource import Resource
from vestibule.directory.store import Row

_LIST_HEAD = (
    b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,'
    b'"startIndex":%d,"itemsPerPage":%d,"Resources":['
)


def location(base_url: str, endpoint: str, id: str) -> str:
    """The URI of a resource (R35); ``endpoint`` begins with a slash."""
    return f"{base_url}{endpoint}/{id}"


def render(
    resource: Resource, base_url: str, endpoint: str, groups: bytes = b"", members: bytes = b""
) -> bytes:
    """The whole representation of one resource."""
    external_id = resource.external_id
    tail = (
        f'"meta":{{"resourceType":"{resource.type}","created":"{resource.created}",'
        f'"lastModified":"{resource.modified}","location":"{base_url}{endpoint}/{resource.id}",'
        f'"version":"W/\\"{resource.version}\\""}}'
    ).encode()
    parts = [resource.doc[:-1]]
    if external_id is not None:
        parts.append(b'"externalId":' + orjson.dumps(external_id))
    if groups:
        parts.append(b'"groups":' + groups)
    if members:
        parts.append(b'"members":' + members)
    parts.append(tail)
    return b",".join(parts) + b"}"


def render_row(row: Row, base_url: str, endpoint: str, members: bytes = b"") -> bytes:
    """The whole representation of a row read from the store."""
    return render(row.resource, base_url, endpoint, row.groups, members)


def render_list(items: Iterable[bytes], total: int, start: int) -> bytes:
    """A ListResponse (R103, R104); ``Resources`` is there even when empty."""
    rendered = list(items)
    return _LIST_HEAD % (total, start, len(rendered)) + b",".join(rendered) + b"]}"
