"""A Change into the tables: one statement, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.change import Change
from vestibule.directory.resource import State
from vestibule.directory.store import Recorded
from vestibule.stores.postgresql.apply_members import add_members, add_pending
from vestibule.stores.postgresql.change_log import add_log
from vestibule.stores.postgresql.external_ids import (
    add_external_ids,
    add_moves,
    managing_external_ids,
    may_move,
)
from vestibule.stores.postgresql.preconditions import expect_free
from vestibule.stores.postgresql.statement import Statement
from vestibule.stores.postgresql.written import Written
from vestibule.stores.shared_sql.rows import written_row
from vestibule.stores.shared_sql.text import array, json_text

_RESOURCE = (
    ("type", "text"),
    ("state", "text"),
    ("id", "text"),
    ("connection", "bigint"),
    ("version", "bigint"),
    ("created", "text"),
    ("modified", "text"),
    ("user_name", "text"),
    ("display_name", "text"),
    ("email", "text"),
    ("external_id", "text"),
    ("active", "boolean"),
    ("access", "text"),
    ("role", "text"),
    ("profile_version", "bigint"),
    ("fold_version", "text"),
    ("deleted_at", "text"),
    ("label", "text"),
    ("doc", "bytea"),
    ("find", "jsonb"),
)
_EXPECTED = (("expected", "bigint"), ("state_before", "text"), ("sets_external_id", "boolean"))
_NAMES = ", ".join(name for name, _ in _RESOURCE)
_KEY = (("id", "text"), ("attribute", "text"), ("value", "text"))
_REVIEW = (
    ("id", "text"),
    ("connection", "bigint"),
    ("user_name", "text"),
    ("candidates", "text"),
    ("reason", "text"),
    ("asked_at", "text"),
    ("evidence", "text"),
)
_COUNT = (("type", "text"), ("managed", "bigint"), ("shifts", "bigint"))


def change_statement(
    tenant: int, change: Change, record: Recorded | None, *, is_first: bool = False
) -> Statement:
    """The statement that does all of ``change``; it raises ``CONFLICT``, or a violated index, where a precondition fails.

    With ``is_first`` it takes for granted that no managed resource comes under another connection;
    where one does, that is a conflict too, and the second statement does it.
    """
    statement = Statement(tenant)
    written = Written(statement.tenant, [write.resource.id for write in change.resources])
    written.gate = expect_free(statement, change)
    if change.settings_version is not None:
        version = statement.bind(change.settings_version, "bigint")
        statement.expect(
            f"(SELECT settings_version FROM tenant WHERE id = {statement.tenant}) = {version}",
            "the settings have changed",
        )
    _lock_in_order(statement, written, change)
    moves = not is_first or may_move(change)
    _insert(statement, written, change)
    _update(statement, written, change, moves=moves)
    if moves:
        add_moves(statement, written, change)
    _touch(statement, written, change)
    _count(statement, written, change)
    _keys(statement, written, change)
    add_external_ids(statement, written, change)
    add_members(statement, written, change.members)
    add_pending(statement, written, change.pending)
    _reviews(statement, written, change)
    add_log(statement, written, change, record)
    return statement


def _lock_in_order(statement: Statement, written: Written, change: Change) -> None:
    """Whoever changes several rows takes them in one order, so that two do not wait for each other."""
    ids = [write.resource.id for write in change.resources if write.expected_version is not None]
    ids += [touch.group_id for touch in change.touches]
    if len(ids) < 2:
        return
    named = statement.bind(ids, "text[]")
    part = statement.add(
        "held",
        f"SELECT r.seq FROM {written.first}resource r WHERE r.tenant = {written.tenant} AND r.id = ANY ({named}) "
        "ORDER BY r.seq FOR NO KEY UPDATE OF r",
    )
    written.gate = statement.add("turn", f"SELECT count(*) AS held FROM {part}")


def _insert(statement: Statement, written: Written, change: Change) -> None:
    new = [write for write in change.resources if write.expected_version is None]
    if not new:
        return
    given = managing_external_ids(change)
    rows = [written_row(write, given.get((write.resource.id, write.resource.connection))) for write in new]
    source = statement.table("v", _RESOURCE, rows)
    part = statement.add(
        "made",
        f"INSERT INTO resource (tenant, {_NAMES}) "
        f"SELECT {written.tenant}, {', '.join(f'v.{name}' for name, _ in _RESOURCE)} FROM {written.first}{source} "
        "RETURNING id, seq, type, state",
    )
    written.rows.append(part)
    written.all.append(part)


def _update(statement: Statement, written: Written, change: Change, *, moves: bool) -> None:
    """Without ``state_before`` the row must be in the state that it shall have."""
    old = [write for write in change.resources if write.expected_version is not None]
    if not old:
        return
    given = managing_external_ids(change)
    rows = []
    for write in old:
        key = (write.resource.id, write.resource.connection)
        before = (write.state_before or write.resource.state).value
        rows.append((*written_row(write, given.get(key)), write.expected_version, before, key in given))
    source = statement.table("v", (*_RESOURCE, *_EXPECTED), rows)
    part = statement.add(
        "changed",
        f"""UPDATE resource AS r SET
            state = v.state, connection = v.connection, version = v.version, modified = v.modified,
            user_name = v.user_name, display_name = v.display_name, email = v.email,
            external_id = CASE
                WHEN v.sets_external_id THEN v.external_id
                WHEN r.connection IS NOT DISTINCT FROM v.connection THEN r.external_id
                ELSE (
                    SELECT e.value FROM external_id e
                    WHERE e.tenant = r.tenant AND e.connection = v.connection AND e.resource = r.seq
                )
            END,
            active = v.active, access = v.access, role = v.role, profile_version = v.profile_version,
            fold_version = v.fold_version,
            deleted_at = CASE WHEN r.state = v.state THEN r.deleted_at ELSE v.deleted_at END,
            label = v.label, doc = v.doc, find = v.find
        FROM {written.first}{source}
        WHERE r.tenant = {written.tenant} AND r.id = v.id AND r.version = v.expected AND r.state = v.state_before
        {"" if moves else "AND r.connection IS NOT DISTINCT FROM v.connection"}
        RETURNING r.id, r.seq, r.type, r.state""",
    )
    statement.expect_rows(part, len(rows), "a resource has changed")
    written.rows.append(part)
    written.all.append(part)


def _touch(statement: Statement, written: Written, change: Change) -> None:
    if not change.touches:
        return
    touches = {touch.group_id: touch.modified for touch in change.touches}
    source = statement.table("v", (("id", "text"), ("modified", "text")), list(touches.items()))
    part = statement.add(
        "touched",
        f"""UPDATE resource AS r SET version = r.version + 1, modified = greatest(r.modified, v.modified)
        FROM {written.first}{source}
        WHERE r.tenant = {written.tenant} AND r.id = v.id AND r.state NOT IN ('unclaimed', 'tombstone') RETURNING r.id""",
    )
    statement.expect_rows(part, len(touches), "a group is gone")
    written.all.append(part)


def _count(statement: Statement, written: Written, change: Change) -> None:
    """Last of all rows, in one of sixteen places: nobody waits for a row while he holds this one."""
    counts: dict[str, list[int]] = {}
    for write in change.resources:
        now = write.resource.state is State.MANAGED
        if write.expected_version is None:
            was, shifts = False, 0
        else:
            was = (write.state_before or write.resource.state) is State.MANAGED
            shifts = int(was != now)
        if was != now:
            count = counts.setdefault(write.resource.type, [0, 0])
            count[0] += int(now) - int(was)
            count[1] += shifts
    if not counts:
        return
    source = statement.table("v", _COUNT, [(type, *count) for type, count in sorted(counts.items())])
    statement.add(
        "counted",
        f"""INSERT INTO counter AS c (tenant, type, slot, managed, shifts)
        SELECT {written.tenant}, v.type, pg_backend_pid() & 15, v.managed, v.shifts FROM {source}
        WHERE {written.after}
        ON CONFLICT (tenant, type, slot) DO UPDATE
        SET managed = c.managed + excluded.managed, shifts = c.shifts + excluded.shifts""",
    )


def _keys(statement: Statement, written: Written, change: Change) -> None:
    """What is not a key any more goes, what is new comes."""
    replaced = [w for w in change.resources if w.keys is not None and w.expected_version is not None]
    if replaced:
        kept = statement.table(
            "k",
            _KEY,
            [(w.resource.id, *key) for w in replaced for key in w.keys or ()] or [(None, None, None)],
        )
        ids = statement.bind([write.resource.id for write in replaced], "text[]")
        statement.add(
            "unkeyed",
            f"""DELETE FROM key AS o USING changed c
            WHERE o.tenant = {written.tenant} AND o.resource = c.seq AND c.id = ANY ({ids})
            AND NOT EXISTS (
                SELECT 1 FROM {kept} WHERE k.id = c.id AND k.attribute = o.attribute AND k.value = o.value
            )""",
        )
    rows = [(w.resource.id, *key) for w in change.resources for key in w.keys or ()]
    if rows:
        source = statement.table("k", _KEY, rows)
        statement.add(
            "keyed",
            f"""INSERT INTO key (tenant, resource, attribute, value)
            SELECT {written.tenant}, w.seq, k.attribute, k.value FROM {source}
            JOIN ({_union(written.rows)}) w ON w.id = k.id ON CONFLICT DO NOTHING""",
        )


def _reviews(statement: Statement, written: Written, change: Change) -> None:
    """A second entry on the same people, under the same name or of the same id, refreshes the first."""
    for number, review in enumerate(change.reviews):
        row = (
            review.id,
            review.connection,
            review.user_name,
            array(sorted(review.candidates)),
            review.reason,
            review.asked_at,
            json_text(review.evidence),
        )
        asked = statement.add(f"asked{number}", f"SELECT * FROM {statement.table('v', _REVIEW, [row])}")
        again = statement.add(
            f"asked_again{number}",
            f"""UPDATE review AS o SET reason = v.reason, asked_at = v.asked_at, evidence = v.evidence FROM {asked} v
            WHERE o.tenant = {written.tenant} AND o.seq = (
                SELECT seq FROM review WHERE tenant = {written.tenant} AND (id = v.id OR (
                    outcome = 'open' AND connection = v.connection AND user_name = v.user_name
                    AND candidates = v.candidates
                )) ORDER BY (id = v.id) DESC LIMIT 1
            ) RETURNING o.seq""",
        )
        anew = statement.add(
            f"asked_anew{number}",
            f"""INSERT INTO review (tenant, {", ".join(name for name, _ in _REVIEW)})
            SELECT {written.tenant}, v.* FROM {asked} v WHERE NOT EXISTS (SELECT 1 FROM {again}) RETURNING seq""",
        )
        candidates = statement.bind(sorted(review.candidates), "text[]")
        statement.add(
            f"asked_about{number}",
            f"""INSERT INTO review_candidate (tenant, candidate, review)
            SELECT {written.tenant}, candidate, seq
            FROM (SELECT seq FROM {again} UNION ALL SELECT seq FROM {anew}) AS entry, unnest({candidates}) AS candidate
            ON CONFLICT DO NOTHING""",
        )
    for number, closure in enumerate(change.closures):
        bind = statement.bind
        part = statement.add(
            f"answered{number}",
            f"""UPDATE review SET outcome = {bind(closure.outcome, "text")},
                closed_at = {bind(closure.closed_at, "text")}, user_id = {bind(closure.user_id, "text")}
            WHERE tenant = {written.tenant} AND id = {bind(closure.id, "text")} RETURNING seq""",
        )
        statement.expect_rows(part, 1, "a review is not there")


def _union(parts: Sequence[str]) -> str:
    return " UNION ALL ".join(f"SELECT id, seq, type, state FROM {part}" for part in parts)
