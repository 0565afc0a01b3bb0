"""The client's journal against the database, read from another process than the one that wrote it.

``python -m tests.batteries.compare DATABASE JOURNAL``: prints every fault, exits 1 if there is one.
All that was acknowledged is there, with its event, audit entry and request row; and nothing is
there by half, acknowledged or not.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.batteries.journal import Heard, Sent, read_journal

_EVENT_OF = {
    "create": {"user.created"},
    "title": {"user.updated"},
    "active": {"user.deactivated", "user.reactivated"},
    "join": {"team.member_added"},
    "leave": {"team.member_removed"},
    "delete": {"user.deleted"},
}


@dataclass(slots=True)
class _Story:
    """What the client knows of one person: the last acknowledged state, and one write perhaps under way."""

    name: str
    title: str = "new"
    active: bool = True
    joined: bool = False
    deleted: bool = False
    under_way: Sent | None = None
    acknowledged: int = 1


@dataclass(slots=True)
class _Database:
    """What is there, read in one go."""

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: set[tuple[str, str]] = field(default_factory=set)
    events: dict[str, list[tuple[str, str, dict[str, Any]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    audited: Counter[str] = field(default_factory=Counter)
    requests: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    changing: set[str] = field(default_factory=set)
    touched_by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    balance: Counter[tuple[str, str]] = field(default_factory=Counter)


def faults(database: Path, journal: Path) -> Iterator[str]:
    """Every way in which the two disagree, or the database with itself."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        connection.execute("BEGIN")
        yield from _broken(connection)
        found = _read(connection)
    finally:
        connection.close()
    sent, heard = _entries(journal)
    yield from _missing(found, sent, heard)
    yield from _wrong_states(found, _stories(sent, heard))
    yield from _half_there(found)


def _missing(found: _Database, sent: dict[int, Sent], heard: dict[int, Heard]) -> Iterator[str]:
    """Acknowledged, and not there."""
    for number, answer in heard.items():
        asked = sent[number]
        what = f"{asked.kind} of {asked.user}, acknowledged with {answer.status} as {answer.request_id}"
        if found.requests.get(answer.request_id) != [answer.status]:
            yield f"{what}: request rows {found.requests.get(answer.request_id)}"
        if not found.audited[answer.request_id]:
            yield f"{what}: no audit entry"
        types = {type for type, _, _ in found.events.get(answer.request_id, ())}
        if not types & _EVENT_OF[asked.kind]:
            yield f"{what}: events {sorted(types)}"


def _wrong_states(found: _Database, stories: dict[str, _Story]) -> Iterator[str]:
    """People who are not as the client last heard, nor as the one write under way would leave them."""
    for user_id, story in stories.items():
        row = found.resources.get(user_id)
        if row is None:
            yield f"{story.name} ({user_id}) was created and is not there"
            continue
        joined = any((group, user_id) in found.members for group in {group for group, _ in found.members})
        held = {
            "title": row["doc"].get("title"),
            "active": bool(row["active"]) if not row["deleted"] else story.active,
            "joined": joined,
            "deleted": row["deleted"],
        }
        told = {key: getattr(story, key) for key in held}
        allowed = [told]
        if story.under_way is not None:
            allowed.append({**told, **_effect(story.under_way)})
        if row["deleted"]:
            allowed = [{**state, "title": held["title"]} for state in allowed]
        if held not in allowed:
            yield f"{story.name} ({user_id}) is {held}, the client was told {told}; under way: {story.under_way}"
        elif not row["deleted"] and bool(row["doc"].get("active")) != bool(row["active"]):
            yield f"{story.name} ({user_id}): the row says active {row['active']}, its document {row['doc']['active']}"


def _half_there(found: _Database) -> Iterator[str]:
    """Parts of a write without its other parts."""
    for request_id, statuses in found.requests.items():
        if len(statuses) > 1:
            yield f"request {request_id} is logged {len(statuses)} times"
    for request_id in found.events.keys() | found.audited.keys() | found.changing:
        parts = {
            "request row": bool(found.requests.get(request_id)),
            "audit entry": found.audited[request_id] == 1,
            "event": bool(found.events.get(request_id)),
        }
        if not all(parts.values()):
            yield f"request {request_id} is half there: {parts}"
    for resource_id, row in found.resources.items():
        writes = len(found.touched_by[resource_id])
        if row["version"] != writes:
            yield f"{row['type']} {resource_id} has version {row['version']} after {writes} writes with events"
    for pair in found.members | set(found.balance):
        if (pair in found.members) != (found.balance[pair] == 1):
            yield f"membership {pair}: {pair in found.members} by its row, {found.balance[pair]} by its events"


def _broken(connection: sqlite3.Connection) -> Iterator[str]:
    """What SQLite and the kept counts say of the file itself."""
    for (said,) in connection.execute("PRAGMA integrity_check"):
        if said != "ok":
            yield f"integrity: {said}"
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield f"foreign key: {row}"
    counted = dict(
        connection.execute(
            "SELECT type, COUNT(*) FROM resource WHERE state = 'managed' GROUP BY type"
        ).fetchall()
    )
    kept = dict(connection.execute("SELECT type, SUM(managed) FROM counter GROUP BY type").fetchall())
    for type in counted.keys() | kept.keys():
        if counted.get(type, 0) != kept.get(type, 0):
            yield f"count of {type}: {kept.get(type)} kept, {counted.get(type)} there"


def _read(connection: sqlite3.Connection) -> _Database:
    found = _Database()
    ids = {}
    rows = connection.execute("SELECT seq, id, type, state, version, active, doc FROM resource")
    for seq, id, type, state, version, active, doc in rows:
        ids[seq] = id
        found.resources[id] = {
            "type": type,
            "deleted": state == "tombstone",
            "version": version,
            "active": active,
            "doc": json.loads(doc),
        }
    found.members = {(ids[g], ids[m]) for g, m in connection.execute("SELECT grp, member FROM member")}
    for type, subject, request_id, fields in connection.execute(
        "SELECT type, subject_id, request_id, fields FROM event ORDER BY seq"
    ):
        own = json.loads(fields) if fields else {}
        found.events[request_id].append((type, subject, own))
        found.touched_by[subject].add(request_id)
        if type.startswith("team.member_"):
            found.balance[(subject, own["member_id"])] += 1 if type.endswith("added") else -1
    for (request_id,) in connection.execute("SELECT request_id FROM audit WHERE request_id IS NOT NULL"):
        found.audited[request_id] += 1
    for id, method, status in connection.execute("SELECT id, method, status FROM request_log"):
        found.requests[id].append(status)
        if method in ("POST", "PUT", "PATCH", "DELETE") and status < 300:
            found.changing.add(id)
    return found


def _entries(journal: Path) -> tuple[dict[int, Sent], dict[int, Heard]]:
    sent: dict[int, Sent] = {}
    heard: dict[int, Heard] = {}
    for entry in read_journal(journal):
        if isinstance(entry, Sent):
            sent[entry.number] = entry
        else:
            heard[entry.number] = entry
    return sent, heard


def _stories(sent: dict[int, Sent], heard: dict[int, Heard]) -> dict[str, _Story]:
    stories: dict[str, _Story] = {}
    for number, asked in sorted(sent.items()):
        if asked.kind == "create":
            if number in heard:
                stories[heard[number].user] = _Story(asked.user)
        elif number in heard:
            for key, value in _effect(asked).items():
                setattr(stories[asked.user], key, value)
        else:
            stories[asked.user].under_way = asked
    return stories


def _effect(asked: Sent) -> dict[str, Any]:
    match asked.kind:
        case "join" | "leave":
            return {"joined": asked.kind == "join"}
        case "delete":
            return {"deleted": True}
        case _:
            return {asked.kind: asked.value}


def main(database: str, journal: str) -> int:
    """Compare and say so; 1 where something is wrong."""
    found = list(faults(Path(database), Path(journal)))
    for fault in found[:50]:
        print(fault)
    if len(found) > 50:
        print(f"… and {len(found) - 50} more")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
