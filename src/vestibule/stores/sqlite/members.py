"""A group's members as they go out, made by SQL from ready fragments."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.pieces import Part, Pieces
from vestibule.stores.spool import Spool
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.rows import FRAGMENT

#: Members to one statement: SQLite makes the text while Python does other things.
_CHUNK = 1000

_GROUP = "SELECT seq FROM resource WHERE tenant = ? AND id = ? AND state = 'managed' AND type = 'Group'"
_MEMBERS = f"""
SELECT CAST(group_concat(fragment) AS BLOB), max(member), count(*) FROM (
    SELECT m.member, CASE WHEN x.state = 'managed' THEN {FRAGMENT.format(base="?3", type="x.type")} END AS fragment
    FROM member m CROSS JOIN resource x ON x.seq = m.member
    WHERE m.tenant = ?1 AND m.grp = ?2 AND m.member > ?4
    ORDER BY m.member LIMIT {_CHUNK}
)"""
_MANY = "SELECT count(*) FROM (SELECT 1 FROM member WHERE tenant = ? AND grp = ? LIMIT ?)"


def members_json(
    connection: SqliteConnection, tenant: int, group_id: str, base_url: str, spool: Spool
) -> Pieces:
    """The members as a JSON array, empty for none. In one snapshot only if the caller holds one.

    Brackets and commas between chunks are pieces of their own, so that each other piece holds
    whole members.
    """
    group = connection.value(_GROUP, (tenant, group_id))
    if group is None:
        return Pieces()
    parts: list[Part] = []
    length = 0
    after = 0
    while True:
        rendered, last, count = connection.rows(_MEMBERS, (tenant, group, base_url, after))[0]
        if rendered:
            parts += (b"," if parts else b"[", spool.keep(rendered))
            length += 1 + len(rendered)
        if count < _CHUNK:
            break
        after = last
    return Pieces([*parts, b"]"], length + 1) if parts else Pieces()


def has_more_members_than(
    connection: SqliteConnection, tenant: int, group_ids: Sequence[str], limit: int
) -> bool:
    """Whether the groups together have more than ``limit`` membership rows; no more are counted."""
    left = limit
    for group_id in group_ids:
        group = connection.value(_GROUP, (tenant, group_id))
        if group is not None:
            left -= connection.value(_MANY, (tenant, group, left + 1))
            if left < 0:
                return True
    return False
