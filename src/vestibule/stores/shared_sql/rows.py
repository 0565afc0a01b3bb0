"""Resource rows: the columns that make a ``Resource``, and the fragments spliced onto it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.directory.change import ResourceWrite
from vestibule.directory.resource import Access, Resource, State
from vestibule.scim.fold import FOLD_VERSION
from vestibule.stores.shared_sql.filter_sql import external_id_sql

RESOURCE_WIDTH = 16

#: A member or group as JSON; ``x`` is its row, ``{base}`` the placeholder of the links' base.
FRAGMENT = (
    """'{{"value":"' || x.id || '","$ref":"' || {base} || """
    """CASE x.type WHEN 'Group' THEN '/Groups/' ELSE '/Users/' END || x.id || '"'"""
    """ || CASE WHEN x.label IN ('', '""') THEN '' ELSE ',"display":' || x.label END"""
    """ || ',"type":"' || {type} || '"}}'"""
)

_STATES = {state.value: state for state in State}
_ACCESS = {access.value: access for access in Access}


def resource_columns(connection: str) -> str:
    """The fields of ``Resource`` in its order, of the row ``r``; ``connection`` is the placeholder of who asks."""
    return (
        "r.id, r.type, r.version, r.created, r.modified, r.doc, r.state, r.connection, "
        f"{external_id_sql(connection)}, "
        "r.active, r.access, r.role, r.profile_version, r.user_name, r.display_name, r.email"
    )


def written_row(write: ResourceWrite, external_id: str | None) -> tuple[object, ...]:
    """What both stores keep of a resource that is made, ``type`` to ``find`` in the order of the table, less ``tenant``."""
    resource = write.resource
    return (
        resource.type,
        resource.state.value,
        resource.id,
        resource.connection,
        resource.version,
        resource.created,
        resource.modified,
        resource.user_name,
        resource.display_name,
        resource.email,
        external_id,
        resource.active,
        resource.access.value,
        resource.role,
        resource.profile_version,
        FOLD_VERSION,
        resource.modified if resource.state is State.TOMBSTONE else None,
        write.label,
        resource.doc,
        write.find.decode(),
    )


def resource_of(row: Sequence[Any]) -> Resource:
    """The resource in the first ``RESOURCE_WIDTH`` columns of a row."""
    return Resource(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        _STATES[row[6]],
        row[7],
        row[8],
        row[9] == 1,
        _ACCESS[row[10]],
        row[11],
        row[12],
        row[13],
        row[14],
        row[15],
    )
