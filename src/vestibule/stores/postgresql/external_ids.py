"""What connections call a resource: the managing one in the resource's row, all others in rows of their own."""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.directory.change import Change
from vestibule.directory.resource import State
from vestibule.stores.postgresql.statement import Statement
from vestibule.stores.postgresql.written import Written

_EXTERNAL_ID = (("id", "text"), ("connection", "bigint"), ("type", "text"), ("value", "text"))
_MOVED = (("id", "text"), ("connection", "bigint"))


def managing_external_ids(change: Change) -> Mapping[tuple[str, int | None], str | None]:
    """Those that go into the rows written: (resource, its managing connection) → value."""
    managers = {(write.resource.id, write.resource.connection) for write in change.resources}
    return {
        (each.resource_id, each.connection): each.value
        for each in change.external_ids
        if (each.resource_id, each.connection) in managers
    }


def may_move(change: Change) -> bool:
    """Whether a resource comes under another managing connection: claimed, or brought back."""
    return any(
        write.expected_version is not None and write.state_before is not State.MANAGED
        for write in change.resources
    )


def add_moves(statement: Statement, written: Written, change: Change) -> None:
    """The former manager's name gets a row of its own, the new one's row ends in the resource's."""
    rows = [
        (w.resource.id, w.resource.connection) for w in change.resources if w.expected_version is not None
    ]
    if not rows:
        return
    said: list[tuple[str | None, int | None]] = [(x.resource_id, x.connection) for x in change.external_ids]
    source, explicit = (
        statement.table("v", _MOVED, rows),
        statement.table("s", _MOVED, said or [(None, None)]),
    )
    part = statement.add(
        "moved",
        f"""SELECT r.seq, r.type, r.connection, r.external_id, v.connection AS managed_by, EXISTS (
            SELECT 1 FROM {explicit} WHERE s.id = r.id AND s.connection = r.connection
        ) AS is_said
        FROM {source} JOIN resource r ON r.tenant = {written.tenant} AND r.id = v.id
        WHERE r.connection IS DISTINCT FROM v.connection""",
    )
    statement.add(
        "moved_out",
        f"""INSERT INTO external_id (tenant, connection, resource, type, value)
        SELECT {written.tenant}, connection, seq, type, external_id FROM {part}
        WHERE connection IS NOT NULL AND external_id IS NOT NULL AND NOT is_said
        ON CONFLICT (tenant, connection, resource) DO UPDATE SET value = excluded.value""",
    )
    statement.add(
        "moved_in",
        f"""DELETE FROM external_id AS e USING {part} m
        WHERE e.tenant = {written.tenant} AND e.connection = m.managed_by AND e.resource = m.seq""",
    )


def add_external_ids(statement: Statement, written: Written, change: Change) -> None:
    """Those that ``managing_external_ids`` leaves. Conflict where a resource is not there."""
    given = managing_external_ids(change)
    rest = [each for each in change.external_ids if (each.resource_id, each.connection) not in given]
    if not rest:
        return
    rows = [(each.resource_id, each.connection, each.type, each.value) for each in rest]
    source = statement.table("v", _EXTERNAL_ID, rows)
    named = statement.add("named", f"SELECT * FROM {source}")
    others = sorted({each.resource_id for each in rest} - set(written.ids))
    owners = [f"SELECT id, seq, NULL::bigint AS managed_by FROM {part}" for part in written.rows]
    if others:
        ids = statement.bind(others, "text[]")
        there = f"resource WHERE tenant = {written.tenant} AND id = ANY ({ids})"
        owners.append(f"SELECT id, seq, connection AS managed_by FROM {there}")
        statement.expect(f"(SELECT count(*) FROM {there}) = cardinality({ids})", "a resource is not there")
        statement.add(
            "renamed",
            f"""UPDATE resource AS r SET external_id = v.value FROM {written.first}{named} v
            WHERE r.tenant = {written.tenant} AND r.id = v.id AND r.id = ANY ({ids}) AND r.connection = v.connection""",
        )
    owner = statement.add("owner", " UNION ALL ".join(owners))
    statement.add(
        "unnamed",
        f"""DELETE FROM external_id AS e USING {named} v JOIN {owner} o ON o.id = v.id
        WHERE v.value IS NULL AND e.tenant = {written.tenant} AND e.connection = v.connection AND e.resource = o.seq""",
    )
    statement.add(
        "renamed_there",
        f"""INSERT INTO external_id (tenant, connection, resource, type, value)
        SELECT {written.tenant}, v.connection, o.seq, v.type, v.value FROM {named} v JOIN {owner} o ON o.id = v.id
        WHERE v.value IS NOT NULL AND o.managed_by IS DISTINCT FROM v.connection
        ON CONFLICT (tenant, connection, resource) DO UPDATE SET type = excluded.type, value = excluded.value""",
    )
