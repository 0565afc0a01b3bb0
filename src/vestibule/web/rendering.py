"""Stored bytes in, served bytes out: ``meta``, ``externalId``, ``groups`` and ``members`` are spliced on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import cast

import orjson

from vestibule.directory.pieces import Pieces
from vestibule.directory.resource import Resource
from vestibule.scim.projection import Projection

#: An answer up to this size is sent as one text.
_SMALL = 64 * 1024
_WHOLE = frozenset((bytes,))
_PUNCTUATION = (b"[", b",", b"]")

_LIST_HEAD = (
    b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,'
    b'"startIndex":%d,"itemsPerPage":%d,"Resources":['
)
_STRETCH_HEAD = (
    b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,'
    b'"itemsPerPage":%d,%s"Resources":['
)


def location(base_url: str, endpoint: str, id: str) -> str:
    """The URI of a resource (R35); ``endpoint`` begins with a slash."""
    return f"{base_url}{endpoint}/{id}"


def render(resource: Resource, base_url: str, endpoint: str, groups: bytes = b"") -> bytes:
    """The whole representation of one resource, but for a group's ``members``."""
    external_id = resource.external_id
    tail = (
        f'"meta":{{"resourceType":"{resource.type}","created":"{resource.created}",'
        f'"lastModified":"{resource.modified}","location":"{base_url}{endpoint}/{resource.id}",'
        f'"version":"W/\\"{resource.version}\\""}}}}'
    ).encode()
    parts = [resource.doc[:-1]]
    if external_id is not None:
        parts.append(b'"externalId":' + orjson.dumps(external_id))
    if groups:
        parts.append(b'"groups":' + groups)
    parts.append(tail)
    return b",".join(parts)


def projected(rendered: bytes, projection: Projection) -> bytes:
    """The representation less what the client did not ask for."""
    if projection.is_default:
        return rendered
    return orjson.dumps(projection.project(orjson.loads(rendered)))


async def with_members(rendered: bytes, members: Pieces, projection: Projection) -> bytes | Pieces:
    """A group's representation with its ``members`` spliced on; what is small is one text."""
    head = projected(rendered, projection)
    if not members:
        return head
    if not projection.is_default and not projection.wants_whole("members"):
        members = await asyncio.to_thread(members.changed, partial(_projected_members, projection))
    whole = Pieces.joined((head[:-1], b',"members":', members, b"}"))
    return bytes(whole) if len(whole) <= _SMALL else whole


def render_list(items: Iterable[bytes | Pieces], total: int, start: int, head: bytes = b"") -> bytes | Pieces:
    """A ListResponse (R103, R104); ``Resources`` is there even when empty."""
    rendered = list(items)
    head = head or _LIST_HEAD % (total, start, len(rendered))
    if _WHOLE.issuperset(map(type, rendered)):
        return b"%b%b]}" % (head, b",".join(cast("list[bytes]", rendered)))
    texts: list[bytes | Pieces] = [head]
    for position, item in enumerate(rendered):
        texts += (b",", item) if position else (item,)
    return Pieces.joined([*texts, b"]}"])


def render_stretch(
    items: Sequence[bytes | Pieces], total: int, previous_cursor: str | None, next_cursor: str | None
) -> bytes | Pieces:
    """The ListResponse of a page by cursor (RFC 9865 §2, R191): no ``startIndex``, and the cursors there are."""
    cursors = b""
    if previous_cursor is not None:
        cursors += b'"previousCursor":"%s",' % previous_cursor.encode()
    if next_cursor is not None:
        cursors += b'"nextCursor":"%s",' % next_cursor.encode()
    return render_list(items, total, 1, _STRETCH_HEAD % (total, len(items), cursors))


def _projected_members(projection: Projection, piece: bytes) -> bytes:
    if piece in _PUNCTUATION:
        return piece
    shown = projection.project({"members": orjson.loads(b"[" + piece + b"]")})
    return orjson.dumps(shown.get("members", []))[1:-1]
