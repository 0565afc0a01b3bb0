"""A group's members as they go out, made by SQL from ready fragments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vestibule.directory.pieces import Part, Pieces
from vestibule.stores.postgresql.connection import PostgresConnection
from vestibule.stores.postgresql.database import PostgresDatabase
from vestibule.stores.postgresql.rows import found_by
from vestibule.stores.shared_sql.rows import FRAGMENT
from vestibule.stores.spool import Spool

#: Members that one statement renders at most.
_CHUNK = 1000

_RENDERED = f"""
SELECT g.id, convert_to(string_agg(c.fragment, ',' ORDER BY c.member), 'UTF8'), max(c.member), count(c.member)
FROM unnest($2::text[], $4::bigint[]) AS asked (id, after)
JOIN {found_by("id = asked.id", "g")} ON g.state = 'managed' AND g.type = 'Group'
JOIN LATERAL (
    SELECT m.member, CASE WHEN x.state = 'managed' THEN {FRAGMENT.format(base="$3", type="x.type")} END AS fragment
    FROM (
        SELECT member FROM member WHERE tenant = $1 AND grp = g.seq AND member > asked.after
        ORDER BY member LIMIT $5
    ) m JOIN {found_by("seq = m.member", "x")} ON TRUE
) c ON TRUE
GROUP BY g.id"""


async def members_of_many(
    database: PostgresDatabase, tenant: int, group_ids: Sequence[str], base_url: str
) -> Mapping[str, Pieces]:
    """The members of each group as a JSON array, empty for none; all of one snapshot.

    Few are one statement. Many are read chunk by chunk in one short snapshot, and put aside beyond
    what may be held in memory. Brackets and commas between chunks are pieces of their own, so that
    each other piece holds whole members.
    """
    share = max(1, _CHUNK // max(1, len(group_ids)))
    rows = await database.rows(_RENDERED, (tenant, list(group_ids), base_url, [0] * len(group_ids), share))
    if all(count < share for _, _, _, count in rows):
        found = {id: Pieces((b"[", rendered, b"]")) for id, rendered, _, _ in rows if rendered}
        return {id: found.get(id, Pieces()) for id in group_ids}

    spool = Spool()

    async def read(connection: PostgresConnection) -> Mapping[str, Pieces]:
        return {id: await _all_members(connection, tenant, id, base_url, spool) for id in group_ids}

    return await database.snapshot(read)


async def _all_members(
    connection: PostgresConnection, tenant: int, group_id: str, base_url: str, spool: Spool
) -> Pieces:
    parts: list[Part] = []
    length, after, count = 0, 0, _CHUNK
    while count == _CHUNK:
        rows = await connection.rows(_RENDERED, (tenant, [group_id], base_url, [after], _CHUNK))
        if not rows:
            break
        _, rendered, after, count = rows[0]
        if rendered:
            parts += (b"," if parts else b"[", spool.keep(rendered))
            length += 1 + len(rendered)
    return Pieces([*parts, b"]"], length + 1) if parts else Pieces()
