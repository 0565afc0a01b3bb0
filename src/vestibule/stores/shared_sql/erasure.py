"""What both stores say to let a person go: by their id at once, and row by row where others' rows may speak of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.directory.change import ERASE_JOB
from vestibule.erasing.store import OpenErasure, Without, WithoutPacked
from vestibule.scim.fold import fold, fold_user_name
from vestibule.stores.shared_sql.asking import Ask, Asking, ask, do, listed

_OF_PERSON = "tenant = $1 AND subject_id = $2"
#: The index of requests holds those with a subject alone.
_REQUESTS = f"{_OF_PERSON} AND subject_id <> ''"
_COUNTED = {
    "requests": f"SELECT count(*) FROM request_log WHERE {_REQUESTS} AND payload IS NOT NULL",
    "events": f"SELECT count(*) FROM event WHERE {_OF_PERSON} AND payload IS NOT NULL",
    "audit entries": f"SELECT count(*) FROM audit WHERE {_OF_PERSON} AND payload IS NOT NULL",
    "sign-on attempts": "SELECT count(*) FROM sign_on_attempt WHERE tenant = $1 AND person = $2"
    " AND payload IS NOT NULL",
    "sessions": "SELECT count(*) FROM sign_on_session WHERE tenant = $1 AND person = $2",
    "linked accounts": "SELECT count(*) FROM linked_account WHERE tenant = $1 AND user_id = $2",
    "the product's answers": "SELECT count(*) FROM acknowledgement WHERE tenant = $1 AND person = $2 AND reason <> ''",
    "reviews": "SELECT count(*) FROM review_candidate WHERE tenant = $1 AND candidate = $2",
    "memberships": "SELECT count(*) FROM member WHERE tenant = $1"
    " AND member = (SELECT seq FROM resource WHERE tenant = $1 AND id = $2)",
}
_ROW = "(SELECT seq FROM resource WHERE tenant = $1 AND id = $2)"
_LET_GO = (
    "UPDATE webhook_attempt SET answer = '' WHERE tenant IN ($1, 0) AND answer <> ''"
    f" AND event IN (SELECT seq FROM event WHERE {_OF_PERSON})",
    "UPDATE parked_event SET error = '' WHERE tenant = $1 AND subject = $2",
    "UPDATE acknowledgement SET reason = NULL WHERE tenant = $1 AND person = $2",
    "UPDATE sign_on_attempt SET payload = NULL WHERE tenant = $1 AND person = $2",
    "DELETE FROM sign_on_session WHERE tenant = $1 AND person = $2",
    "DELETE FROM linked_account WHERE tenant = $1 AND user_id = $2",
    "DELETE FROM leaver WHERE tenant = $1 AND person = $2",
    "DELETE FROM pending_member WHERE tenant = $1 AND folded = lower($2)",
    f"DELETE FROM external_id WHERE tenant = $1 AND resource = {_ROW}",
    f"DELETE FROM key WHERE tenant = $1 AND resource = {_ROW}",
    f"DELETE FROM member WHERE tenant = $1 AND member = {_ROW}",
)


#: Of which there may be many: a table, which of its rows are the person's and hold something, and what is written.
_EMPTIED = (
    ("request_log", f"{_REQUESTS} AND payload IS NOT NULL", "payload = NULL"),
    ("audit", f"{_OF_PERSON} AND (payload IS NOT NULL OR salt IS NOT NULL)", "payload = NULL, salt = NULL"),
    ("event", f"{_OF_PERSON} AND payload IS NOT NULL", "payload = NULL"),
)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Rows that may speak of anybody: what of them is text, and which they are."""

    table: str
    columns: tuple[str, ...]
    #: Which rows; ``$1`` is the tenant.
    of: str = "tenant = $1"
    #: What is written instead of a text that spoke of the person; else the text without them.
    emptied: tuple[str, ...] | None = None
    packed: bool = False


_NOBODY = "(tenant IS NULL OR tenant = 0) AND coalesce(tenant, 0) <> $1"
_WALKS = (
    _Walk("request_log", ("path", "payload")),
    _Walk("request_log", ("path", "payload"), of=_NOBODY),
    _Walk("request_batch", ("requests",), packed=True),
    _Walk("event", ("payload",)),
    _Walk("audit", ("payload",), emptied=("payload = NULL", "salt = NULL")),
    _Walk("sign_on_attempt", ("payload",)),
    _Walk("acknowledgement", ("reason",)),
    _Walk("webhook_attempt", ("answer",), of="tenant IN ($1, 0)"),
    _Walk("review", ("evidence", "reason")),
)


def counts(tenant: int, person: str) -> Asking[Mapping[str, int]]:
    """How many rows are kept of that person, by what they are."""
    found = {}
    for what, sql in _COUNTED.items():
        rows = yield ask(sql, tenant, person)
        found[what] = int(rows[0][0])
    return found


def known_as(tenant: int, person: str) -> Asking[Sequence[str]]:
    """What connections and outside services call the person."""
    rows = yield ask(
        f"SELECT value FROM external_id WHERE tenant = $1 AND resource = {_ROW}"
        " UNION SELECT external_id FROM resource WHERE tenant = $1 AND id = $2 AND external_id IS NOT NULL",
        tenant,
        person,
    )
    accounts = yield ask(
        "SELECT value, name, email, member_id FROM linked_account WHERE tenant = $1 AND user_id = $2",
        tenant,
        person,
    )
    asked_for = yield ask(
        "SELECT r.user_name FROM review r JOIN review_candidate c ON c.tenant = r.tenant AND c.review = r.seq"
        " WHERE c.tenant = $1 AND c.candidate = $2 AND r.outcome <> 'kept_apart'",
        tenant,
        person,
    )
    return [str(value) for row in (*rows, *accounts, *asked_for) for value in row if value]


def earlier(tenant: int, person: str) -> Asking[Sequence[str]]:
    """Ids under which the person was here before and was deleted: the same userName."""
    rows = yield ask(
        "SELECT t.id FROM resource t JOIN resource r ON r.tenant = t.tenant AND r.user_name = t.user_name"
        " WHERE r.tenant = $1 AND r.id = $2 AND t.state = 'tombstone' AND t.type = 'User' AND t.id <> r.id"
        " ORDER BY t.seq",
        tenant,
        person,
    )
    return [str(row[0]) for row in rows]


def told_of(
    tenant: int, person: str, after: int, limit: int
) -> Asking[Sequence[tuple[int, Mapping[str, Any]]]]:
    """What events say of the person, in their order."""
    rows = yield ask(
        f"SELECT seq, payload FROM event WHERE {_OF_PERSON} AND seq > $3 AND payload IS NOT NULL ORDER BY seq LIMIT $4",
        tenant,
        person,
        after,
        limit,
    )
    return [(int(seq), json.loads(payload)) for seq, payload in rows]


def let_go(tenant: int, person: str, place: str, limit: int) -> Asking[str]:
    """What is kept under the person's id, a step at a time."""
    at, after = _at(place)
    if not place:
        reviews = yield ask(
            "SELECT review FROM review_candidate WHERE tenant = $1 AND candidate = $2", tenant, person
        )
        yield from _without_reviews(tenant, reviews)
        for sql in _LET_GO:
            yield do(sql, tenant, person)
    table, of, emptied = _EMPTIED[at]
    rows = yield ask(
        f"SELECT seq FROM {table} WHERE {of} AND seq > $3 ORDER BY seq LIMIT $4", tenant, person, after, limit
    )
    if rows:
        upto = rows[-1][0]
        yield do(
            f"UPDATE {table} SET {emptied} WHERE {of} AND seq > $3 AND seq <= $4", tenant, person, after, upto
        )
    return _after(at, rows, limit, len(_EMPTIED))


def open_erasures() -> Asking[Sequence[OpenErasure]]:
    """Those whose log is still to be looked through."""
    rows = yield ask(
        "SELECT tenant, payload FROM job WHERE kind = $1 AND state = 'queued' AND not_before <= $2 ORDER BY seq",
        ERASE_JOB,
        "9",
    )
    found = []
    for tenant, payload in rows:
        told = json.loads(payload)
        left = told.get("place", ""), told.get("looked", 0), told.get("rows", 0)
        found.append(OpenErasure(tenant, told["person"], tuple(told.get("values", ())), *left))
    return found


def keep(erasure: OpenErasure) -> Asking[None]:
    """In the job."""
    for seq, told in (yield from _jobs(erasure)):
        told |= {"place": erasure.place, "looked": erasure.looked, "rows": erasure.rows}
        yield do(
            "UPDATE job SET payload = $3 WHERE tenant = $1 AND seq = $2",
            erasure.tenant,
            seq,
            json.dumps(told, ensure_ascii=False),
        )


def close(erasure: OpenErasure) -> Asking[None]:
    """The job goes, and with it what was looked for."""
    for seq, _ in (yield from _jobs(erasure)):
        yield do("DELETE FROM job WHERE tenant = $1 AND seq = $2", erasure.tenant, seq)


def _jobs(erasure: OpenErasure) -> Asking[list[tuple[int, dict[str, Any]]]]:
    rows = yield ask(
        "SELECT seq, payload FROM job WHERE tenant = $1 AND kind = $2", erasure.tenant, ERASE_JOB
    )
    told = [(int(seq), json.loads(payload)) for seq, payload in rows]
    return [(seq, one) for seq, one in told if one["person"] == erasure.person]


def by_name(erasure: OpenErasure) -> Asking[None]:
    """What is found by a value itself: unresolved members, members staged of a service, sign-ins under way, and the
    answers that the API keeps sealed for a day, which nothing can look into."""
    folded = {fold_user_name(value) for value in erasure.values} | {fold(value) for value in erasure.values}
    names = listed(sorted(folded | set(erasure.values)))
    tenant = erasure.tenant
    yield do("DELETE FROM pending_member WHERE tenant = $1 AND folded IN {listed}($2)", tenant, names)
    yield do("DELETE FROM staged_member WHERE tenant = $1 AND key IN {listed}($2)", tenant, names)
    yield do("DELETE FROM sign_on_session WHERE tenant = $1 AND subject IN {listed}($2)", tenant, names)
    yield do(
        "UPDATE repeat SET answer = $2 WHERE answer IS NOT NULL"
        " AND token IN (SELECT id FROM api_token WHERE tenant IS NULL OR tenant = $1)",
        tenant,
        b"",
    )
    reviews = yield ask(
        "SELECT seq FROM review WHERE tenant = $1 AND lower(user_name) IN {listed}($2)", tenant, names
    )
    yield from _without_reviews(tenant, reviews)
    once = yield ask("SELECT kind, key, document FROM sign_on_once WHERE tenant = $1", tenant)
    for kind, key, document in once:
        if any(value in document for value in erasure.values) or erasure.person in document:
            yield do(
                "DELETE FROM sign_on_once WHERE tenant = $1 AND kind = $2 AND key = $3", tenant, kind, key
            )
    parked = yield ask(
        "SELECT consumer, seq, error FROM parked_event WHERE tenant = $1 AND error <> ''", tenant
    )
    for consumer, seq, error in parked:
        if any(value in error for value in erasure.values):
            yield do(
                "UPDATE parked_event SET error = '' WHERE tenant = $1 AND consumer = $2 AND seq = $3",
                tenant,
                consumer,
                seq,
            )


def _without_reviews(tenant: int, reviews: Sequence[Sequence[Any]]) -> Asking[None]:
    for (review,) in reviews:
        yield do("DELETE FROM review WHERE tenant = $1 AND seq = $2", tenant, review)
        yield do("DELETE FROM review_candidate WHERE tenant = $1 AND review = $2", tenant, review)


def to_look_through(tenant: int) -> Asking[int]:
    """How many rows ``look`` gives from the first place to the last."""
    total = 0
    for walk in _WALKS:
        rows = yield ask(f"SELECT count(*) FROM {walk.table} WHERE {walk.of}", tenant)
        total += int(rows[0][0])
    return total


def look(erasure: OpenErasure, place: str, limit: int) -> Asking[tuple[Sequence[Sequence[Any]], str]]:
    """The rows after ``place``, and the place behind them."""
    at, after = _at(place)
    walk = _WALKS[at]
    rows = yield ask(
        f"SELECT seq, {', '.join(walk.columns)} FROM {walk.table} WHERE {walk.of} AND seq > $2 ORDER BY seq LIMIT $3",
        erasure.tenant,
        after,
        limit,
    )
    return rows, _after(at, rows, limit, len(_WALKS))


def taken_out(
    erasure: OpenErasure, place: str, rows: Sequence[Sequence[Any]], without: Without, packed: WithoutPacked
) -> Sequence[Ask]:
    """What takes the person out of the rows that ``look`` gave for that place. It takes its time."""
    at, _ = _at(place)
    return list(_taken_out(_WALKS[at], erasure.tenant, rows, without, packed))


def _at(place: str) -> tuple[int, int]:
    """Which table of a list, and the number of the row behind which to go on."""
    at, _, after = place.partition(":")
    return int(at or 0), int(after or 0)


def _after(at: int, rows: Sequence[Sequence[Any]], limit: int, tables: int) -> str:
    if len(rows) == limit:
        return f"{at}:{rows[-1][0]}"
    return f"{at + 1}:0" if at + 1 < tables else ""


def write(statements: Sequence[Ask]) -> Asking[None]:
    """Do them."""
    for statement in statements:
        _ = yield statement


def _taken_out(
    walk: _Walk, tenant: int, rows: Sequence[Sequence[Any]], without: Without, packed: WithoutPacked
) -> Iterator[Ask]:
    for seq, *texts in rows:
        clean: list[Any] = [packed(bytes(t)) if walk.packed else without(t) for t in texts]
        if all(now == before for now, before in zip(clean, texts, strict=True)):
            continue
        where = f"WHERE {walk.of} AND seq = $2"
        if walk.emptied is not None:
            yield do(f"UPDATE {walk.table} SET {', '.join(walk.emptied)} {where}", tenant, seq)
        else:
            sets = ", ".join(f"{column} = ${number}" for number, column in enumerate(walk.columns, start=3))
            yield do(f"UPDATE {walk.table} SET {sets} {where}", tenant, seq, *clean)
