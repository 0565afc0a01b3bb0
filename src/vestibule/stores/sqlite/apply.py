"""A Change into the tables, inside one savepoint of the writer."""

from __future__ import annotations

import sqlite3

from vestibule.directory.change import Change, ExternalIdWrite, ResourceWrite, ReviewClosure, ReviewEntry
from vestibule.directory.resource import State
from vestibule.directory.store import Recorded
from vestibule.scim.fold import FOLD_VERSION
from vestibule.stores.shared_sql.rows import written_row
from vestibule.stores.sqlite.apply_members import apply_members, apply_pending
from vestibule.stores.sqlite.connection import SqliteConnection
from vestibule.stores.sqlite.log import write_log
from vestibule.stores.sqlite.preconditions import Conflict, check_free, check_nobody_waits, check_unique
from vestibule.stores.sqlite.seats import take_seats
from vestibule.stores.sqlite.text import array, json_text


def apply_change(connection: SqliteConnection, tenant: int, change: Change, record: Recorded | None) -> None:
    """Do all of it. ``Conflict`` where a precondition fails: then the savepoint must be undone."""
    if change.seats is not None:
        take_seats(connection, tenant, change.seats)
    if change.must_be_free:
        check_free(connection, tenant, change)
    if change.unique_keys:
        check_unique(connection, tenant, change)
    for write in change.resources:
        _write_resource(connection, tenant, write, change.external_ids)
    if change.external_ids:
        inserted = {
            (w.resource.id, w.resource.connection) for w in change.resources if w.expected_version is None
        }
        for external_id in change.external_ids:
            if (external_id.resource_id, external_id.connection) not in inserted:
                _write_external_id(connection, tenant, external_id)
    for touch in change.touches:
        if not connection.change(_TOUCH, (touch.modified, tenant, touch.group_id)):
            raise Conflict(f"group {touch.group_id} is gone")
    if change.members:
        apply_members(connection, tenant, change.members)
    if change.pending:
        apply_pending(connection, tenant, change.pending)
    if change.must_be_free:
        check_nobody_waits(connection, tenant, change)
    for review in change.reviews:
        _write_review(connection, tenant, review)
    for closure in change.closures:
        _close_review(connection, tenant, closure)
    write_log(connection, tenant, change, record)


_TOUCH = """
UPDATE resource SET version = version + 1, modified = max(modified, ?)
WHERE tenant = ? AND id = ? AND state = 'managed'"""
_INSERT = """
INSERT INTO resource (
    tenant, type, state, id, connection, version, created, modified,
    user_name, display_name, email, external_id,
    active, access, role, profile_version, fold_version, deleted_at, label, doc, find
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_BEFORE = """
SELECT seq, version, state, connection, user_name, display_name, email, external_id
FROM resource WHERE tenant = ? AND id = ?"""
_UPDATE = """
UPDATE resource SET version = ?, modified = ?, active = ?, access = ?, role = ?, profile_version = ?,
    fold_version = ?, label = ?, doc = ?, find = ? WHERE seq = ?"""
#: Apart from the above, as naming an indexed column makes SQLite write its index again.
_UPDATE_KEYS = """
UPDATE resource SET state = ?, connection = ?, user_name = ?, display_name = ?, email = ?, external_id = ?,
    deleted_at = ? WHERE seq = ?"""
_COUNT = """
INSERT INTO counter (tenant, type, managed, shifts) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET managed = managed + excluded.managed, shifts = shifts + excluded.shifts"""
_INSERT_KEY = "INSERT OR IGNORE INTO key (tenant, resource, attribute, value) VALUES (?, ?, ?, ?)"
#: Where its row is not written yet.
_INSERT_KEY_OF = """
INSERT OR IGNORE INTO key (tenant, resource, attribute, value)
VALUES (?1, (SELECT seq FROM resource WHERE tenant = ?1 AND id = ?2), ?3, ?4)"""
_IS_THERE = "SELECT 1 FROM resource WHERE tenant = ? AND id = ?"


def _write_resource(
    connection: SqliteConnection, tenant: int, write: ResourceWrite, external_ids: tuple[ExternalIdWrite, ...]
) -> None:
    try:
        if write.expected_version is None:
            _insert(connection, tenant, write, external_ids)
            return
        seq = _update(connection, tenant, write, write.expected_version)
    except sqlite3.IntegrityError as error:
        raise Conflict(str(error)) from None
    if write.keys is not None:
        connection.change("DELETE FROM key WHERE tenant = ? AND resource = ?", (tenant, seq))
        for attribute, value in write.keys:
            connection.change(_INSERT_KEY, (tenant, seq, attribute, value))


def _insert(
    connection: SqliteConnection, tenant: int, write: ResourceWrite, external_ids: tuple[ExternalIdWrite, ...]
) -> None:
    resource = write.resource
    external_id = None
    for each in external_ids:
        if each.resource_id == resource.id and each.connection == resource.connection:
            external_id = each.value
    row = (tenant, *written_row(write, external_id))
    if connection.appends_only:
        connection.append(_INSERT, (row,), proof=(_IS_THERE, (tenant, resource.id)))
        if write.keys:
            connection.append(_INSERT_KEY_OF, [(tenant, resource.id, *key) for key in write.keys])
    else:
        seq = connection.insert(_INSERT, row)
        for attribute, value in write.keys or ():
            connection.change(_INSERT_KEY, (tenant, seq, attribute, value))
    if resource.state is State.MANAGED:
        connection.append(_COUNT, ((tenant, resource.type, 1, 0),))


def _update(connection: SqliteConnection, tenant: int, write: ResourceWrite, expected_version: int) -> int:
    resource = write.resource
    before = connection.row(_BEFORE, (tenant, resource.id))
    if before is None:
        raise Conflict(f"{resource.id} is not there")
    seq, version, state, managed_by, user_name, display_name, email, external_id = before
    if version != expected_version or (write.state_before is not None and state != write.state_before.value):
        raise Conflict(f"{resource.id} has changed")
    connection.change(
        _UPDATE,
        (
            resource.version,
            resource.modified,
            resource.active,
            resource.access.value,
            resource.role,
            resource.profile_version,
            FOLD_VERSION,
            write.label,
            resource.doc,
            write.find.decode(),
            seq,
        ),
    )
    keys = (
        resource.state.value,
        resource.connection,
        resource.user_name,
        resource.display_name,
        resource.email,
    )
    if keys == (state, managed_by, user_name, display_name, email):
        return int(seq)
    if resource.connection != managed_by:
        external_id = _hand_over(
            connection, tenant, resource.type, seq, managed_by, resource.connection, external_id
        )
    deleted_at = resource.modified if resource.state is State.TOMBSTONE else None
    connection.change(_UPDATE_KEYS, (*keys, external_id, deleted_at, seq))
    was, now = state == State.MANAGED.value, resource.state is State.MANAGED
    if was != now:
        connection.change(_COUNT, (tenant, resource.type, int(now) - int(was), 1))
    return int(seq)


def _hand_over(
    connection: SqliteConnection,
    tenant: int,
    type: str,
    seq: int,
    from_connection: int | None,
    to_connection: int | None,
    external_id: str | None,
) -> str | None:
    """The managing connection changes: its externalId stands in the resource row, all others in rows of their own."""
    if from_connection is not None and external_id is not None:
        connection.change(_PUT_EXTERNAL_ID, (tenant, from_connection, seq, type, external_id))
    taken = connection.row(
        "DELETE FROM external_id WHERE tenant = ? AND connection = ? AND resource = ? RETURNING value",
        (tenant, to_connection, seq),
    )
    return taken[0] if taken else None


_PUT_EXTERNAL_ID = (
    "INSERT OR REPLACE INTO external_id (tenant, connection, resource, type, value) VALUES (?, ?, ?, ?, ?)"
)


def _write_external_id(connection: SqliteConnection, tenant: int, write: ExternalIdWrite) -> None:
    row = connection.row(
        "SELECT seq, connection, external_id FROM resource WHERE tenant = ? AND id = ?",
        (tenant, write.resource_id),
    )
    if row is None:
        raise Conflict(f"{write.resource_id} is not there")
    seq, managed_by, external_id = row
    if managed_by == write.connection:
        if external_id != write.value:
            connection.change("UPDATE resource SET external_id = ? WHERE seq = ?", (write.value, seq))
    elif write.value is None:
        connection.change(
            "DELETE FROM external_id WHERE tenant = ? AND connection = ? AND resource = ?",
            (tenant, write.connection, seq),
        )
    else:
        connection.change(_PUT_EXTERNAL_ID, (tenant, write.connection, seq, write.type, write.value))


_PUT_REVIEW = """
INSERT INTO review (tenant, id, connection, user_name, candidates, reason, asked_at, evidence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET reason = excluded.reason, asked_at = excluded.asked_at, evidence = excluded.evidence
RETURNING seq"""


def _write_review(connection: SqliteConnection, tenant: int, review: ReviewEntry) -> None:
    """A second entry on the same people, under the same name, refreshes the first."""
    candidates = sorted(review.candidates)
    seq = connection.value(
        _PUT_REVIEW,
        (
            tenant,
            review.id,
            review.connection,
            review.user_name,
            array(candidates),
            review.reason,
            review.asked_at,
            json_text(review.evidence),
        ),
    )
    connection.change_many(
        "INSERT OR IGNORE INTO review_candidate (tenant, candidate, review) VALUES (?, ?, ?)",
        [(tenant, candidate, seq) for candidate in candidates],
    )


def _close_review(connection: SqliteConnection, tenant: int, closure: ReviewClosure) -> None:
    closed = connection.change(
        "UPDATE review SET outcome = ?, closed_at = ?, user_id = ? WHERE tenant = ? AND id = ?",
        (closure.outcome, closure.closed_at, closure.user_id, tenant, closure.id),
    )
    if not closed:
        raise Conflict(f"review {closure.id} is not there")
