"""Membership deltas: only the rows named are read or written, however large the group."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.change import MemberDelta, PendingDelta
from vestibule.stores.postgresql.statement import Statement
from vestibule.stores.postgresql.written import Written

_MEMBER = (("grp", "text"), ("member", "text"), ("tombstone", "boolean"))
_LEAVER = (("grp", "text"), ("member", "text"))
_PENDING = (
    ("grp", "text"),
    ("value", "text"),
    ("folded", "text"),
    ("connection", "bigint"),
    ("since", "text"),
)


def add_members(statement: Statement, written: Written, deltas: Sequence[MemberDelta]) -> None:
    """Conflict where one was there already, or not; where an added one is gone, or its group is."""
    come = [(delta.group_id, delta.member_id, delta.tombstone) for delta in deltas if delta.present]
    go = [(delta.group_id, delta.member_id) for delta in deltas if not delta.present]
    if come:
        groups, members = _finders(statement, written, come)
        part = statement.add(
            "joined",
            f"""INSERT INTO member (tenant, grp, member)
            SELECT {written.tenant}, g.seq, x.seq FROM {statement.table("v", _MEMBER, come)}, {groups}, {members}
            WHERE g.type = 'Group' AND g.state = 'managed'
            AND (x.state = 'managed' OR (x.state = 'tombstone' AND v.tombstone)) AND {written.after}
            ON CONFLICT DO NOTHING RETURNING member""",
        )
        statement.expect_rows(part, len(come), "the members of a group have changed")
    if go:
        groups, members = _finders(statement, written, go)
        part = statement.add(
            "parted",
            f"""DELETE FROM member AS m USING (
                SELECT g.seq AS grp, x.seq AS member
                FROM {statement.table("v", _LEAVER, go)}, {groups}, {members} WHERE g.type = 'Group' OFFSET 0
            ) AS named
            WHERE m.tenant = {written.tenant} AND m.grp = named.grp AND m.member = named.member
            AND {written.after} RETURNING m.member""",
        )
        statement.expect_rows(part, len(go), "the members of a group have changed")


def add_pending(statement: Statement, written: Written, deltas: Sequence[PendingDelta]) -> None:
    """Unresolved values. Conflict where one to forget is not there, or the group of one to keep is gone."""
    keep = [(d.group_id, d.value, d.folded, d.connection, d.since) for d in deltas if d.present]
    forget = [(d.group_id, d.value, d.folded, d.connection, d.since) for d in deltas if not d.present]
    if keep:
        group = written.found("v.grp", _ids(statement, written, [row[0] for row in keep]), "g")
        part = statement.add(
            "unresolved",
            f"""SELECT g.seq, v.* FROM {statement.table("v", _PENDING, keep)}, {group}
            WHERE g.type = 'Group' AND g.state = 'managed' AND {written.after}""",
        )
        statement.expect_rows(part, len(keep), "a group is gone")
        statement.add(
            "kept",
            f"""INSERT INTO pending_member (tenant, grp, value, folded, connection, since)
            SELECT {written.tenant}, seq, value, folded, connection, since FROM {part} ON CONFLICT DO NOTHING""",
        )
    if forget:
        group = written.found("v.grp", _ids(statement, written, [row[0] for row in forget]), "g")
        part = statement.add(
            "forgotten",
            f"""DELETE FROM pending_member AS p USING {statement.table("v", _PENDING, forget)}, {group}
            WHERE p.tenant = {written.tenant} AND p.grp = g.seq AND p.value = v.value AND {written.after}
            RETURNING p.value""",
        )
        statement.expect_rows(part, len(forget), "an unresolved member does not wait any more")


def _finders(
    statement: Statement, written: Written, rows: Sequence[tuple[str, str] | tuple[str, str, bool]]
) -> tuple[str, str]:
    groups = _ids(statement, written, [row[0] for row in rows])
    members = _ids(statement, written, [row[1] for row in rows])
    return written.found("v.grp", groups, "g"), written.found("v.member", members, "x")


def _ids(statement: Statement, written: Written, meant: Sequence[str]) -> str | None:
    """The placeholder of the ids that the Change writes, if one of them may be meant."""
    if not written.rows or set(written.ids).isdisjoint(meant):
        return None
    return statement.bind(list(written.ids), "text[]")
