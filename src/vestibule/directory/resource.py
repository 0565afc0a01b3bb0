"""What the directory keeps of a person, a group or another resource."""

from __future__ import annotations

from enum import StrEnum

import orjson

from vestibule.scim.document import Document
from vestibule.scim.frozen import frozen


class State(StrEnum):
    """Whether a resource is part of the directory that identity providers see.

    ``UNCLAIMED`` people existed in the product before: found by a lookup and by id, in no
    list, import or count, until a first write claims them (design: *Adopting*).
    ``TOMBSTONE`` is what a DELETE leaves: 404 for every operation (R161), names free (R163).
    """

    MANAGED = "managed"
    UNCLAIMED = "unclaimed"
    TOMBSTONE = "tombstone"


class Access(StrEnum):
    """What the product applies; ``active`` is what the identity provider said."""

    GRANTED = "granted"
    ENDED = "ended"
    HELD = "held"


@frozen
class Resource:
    """One row of the directory.

    ``doc`` is the served form: the JSON bytes a client gets back, ``schemas`` and ``id``
    included, less what is derived or spliced in (``externalId``, ``meta``, a user's
    ``groups``, a group's ``members``). Times are UTC with milliseconds,
    ``2026-01-02T03:04:05.678Z``, of fixed width, so that they compare as text.
    """

    id: str
    type: str
    version: int
    created: str
    modified: str
    doc: bytes
    state: State = State.MANAGED
    #: The connection that manages it; None for people who existed before.
    connection: int | None = None
    #: As the asking connection gave it.
    external_id: str | None = None
    active: bool = True
    access: Access = Access.GRANTED
    #: The application role (profile or tenant role), None where there is none.
    role: str | None = None
    profile_version: int = 0
    #: Folded, as the unique key of a user or the name key of a group (``keys`` of the search form).
    user_name: str | None = None
    display_name: str | None = None
    email: str | None = None

    def document(self) -> Document:
        """A fresh dict of the served form, safe to change."""
        document: Document = orjson.loads(self.doc)
        return document

    @property
    def etag(self) -> str:
        """The weak validator shown as ``meta.version`` and as ETag (R36)."""
        return f'W/"{self.version}"'
