"""What both stores say of people's accounts at services, and of the members that a full run has read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from vestibule.linking.linked_account import LinkedAccount, LinkState, Member, Outcome, Wanted
from vestibule.linking.service_connection import Progress
from vestibule.stores.shared_sql.asking import Asking, ask, do, listed

_ACCOUNT = """
SELECT tenant, service, user_id, value, key, is_active, state, reason, member_id, name, email, is_guest, is_alias,
    since, checked_at, seen_at, outlives_since FROM linked_account"""
_OF = " WHERE tenant = $1 AND service = $2"

_WANT = """
INSERT INTO linked_account (tenant, service, user_id, value, key, is_active, state, reason, member_id, name, email,
    is_guest, is_alias, since)
VALUES ($1, $2, $3, $4, $5, $6, 'pending', '', '', '', '', 0, 0, $7)
ON CONFLICT (tenant, service, user_id) DO UPDATE SET value = excluded.value, key = excluded.key,
    is_active = excluded.is_active, state = 'pending', reason = '', since = excluded.since, member_id =
    CASE WHEN linked_account.key = excluded.key THEN linked_account.member_id ELSE '' END, seen_at =
    CASE WHEN linked_account.key = excluded.key THEN linked_account.seen_at ELSE NULL END, outlives_since = NULL"""
_SAME = "UPDATE linked_account SET is_active = $4, value = $5" + _OF + " AND user_id = $3"
#: Somebody whose access here began or ended: what was seen there counts anew.
_REST = (
    "UPDATE linked_account SET is_active = $4, value = $5, outlives_since = NULL" + _OF + " AND user_id = $3"
)
#: Whoever shared a member with them may have it alone now.
_FREE = (
    "UPDATE linked_account SET state = 'pending', reason = '', since = $4"
    + _OF
    + " AND state = 'conflict' AND member_id <> '' AND member_id IN {listed}($3)"
)


def want(tenant: int, service: str, wanted: Sequence[Wanted], at: str) -> Asking[int]:
    """Rows as they are wanted; how many are to be looked up."""
    before = {
        row[0]: row
        for row in (
            yield ask(
                "SELECT user_id, key, is_active, member_id FROM linked_account"
                + _OF
                + " AND user_id IN {listed}($3)",
                tenant,
                service,
                listed(one.user_id for one in wanted),
            )
        )
    }
    freed, pending = [], 0
    for one in wanted:
        known = before.get(one.user_id)
        if known is not None and known[3] and (known[1] != one.key or bool(known[2]) != one.is_active):
            freed.append(known[3])
        if known is not None and known[1] == one.key and (bool(known[2]) or not one.is_active):
            yield do(
                _REST if bool(known[2]) != one.is_active else _SAME,
                tenant,
                service,
                one.user_id,
                int(one.is_active),
                one.value,
            )
            continue
        yield do(_WANT, tenant, service, one.user_id, one.value, one.key, int(one.is_active), at)
        pending += one.is_active
    if freed:
        yield do(_FREE, tenant, service, listed(freed), at)
    return pending


def want_nothing(tenant: int, service: str, user_ids: Sequence[str], at: str) -> Asking[None]:
    """Their rows go."""
    rows = yield ask(
        "DELETE FROM linked_account" + _OF + " AND user_id IN {listed}($3) RETURNING member_id",
        tenant,
        service,
        listed(user_ids),
    )
    freed = [row[0] for row in rows if row[0]]
    if freed:
        yield do(_FREE, tenant, service, listed(freed), at)


def look_again(tenant: int, service: str, keys: Sequence[str], at: str) -> Asking[int]:
    """Of active people."""
    rows = yield ask(
        "UPDATE linked_account SET state = 'pending', reason = '', since = $4"
        + _OF
        + " AND is_active = 1 AND (key IN {listed}($3) OR member_id IN {listed}($5)) RETURNING user_id",
        tenant,
        service,
        listed(keys),
        at,
        listed(key.removeprefix("id:") for key in keys if key.startswith("id:")),
    )
    return len(rows)


def pending(tenant: int, service: str, limit: int) -> Asking[list[LinkedAccount]]:
    """To be looked up."""
    rows = yield ask(
        f"{_ACCOUNT}{_OF} AND state = 'pending' AND is_active = 1 ORDER BY user_id LIMIT $3",
        tenant,
        service,
        limit,
    )
    return [_account(row) for row in rows]


def after(tenant: int, service: str, user_id: str, limit: int) -> Asking[list[LinkedAccount]]:
    """Row by row."""
    rows = yield ask(
        f"{_ACCOUNT}{_OF} AND user_id > $3 ORDER BY user_id LIMIT $4", tenant, service, user_id, limit
    )
    return [_account(row) for row in rows]


def accounts(
    tenant: int,
    service: str | None,
    *,
    state: LinkState | None,
    user_id: str | None,
    outliving: bool,
    after: str,
    limit: int,
) -> Asking[list[LinkedAccount]]:
    """Filtered, by user id."""
    which, values = [], []
    for condition, value in (
        ("service = ${n}", service),
        ("state = ${n}", state.value if state else None),
        ("user_id = ${n}", user_id),
    ):
        if value is not None:
            values.append(value)
            which.append(condition.replace("{n}", str(len(values) + 3)))
    if outliving:
        which.append("outlives_since IS NOT NULL")
    conditions = "".join(f" AND {one}" for one in which)
    rows = yield ask(
        f"{_ACCOUNT} WHERE tenant = $1 AND user_id > $2{conditions} ORDER BY user_id, service LIMIT $3",
        tenant,
        after,
        limit,
        *values,
    )
    return [_account(row) for row in rows]


def counts(tenant: int, service: str) -> Asking[dict[str, int]]:
    """By state, of active people; and who is active there although ended here."""
    rows = yield ask(
        "SELECT state, count(*) FROM linked_account" + _OF + " AND is_active = 1 GROUP BY state",
        tenant,
        service,
    )
    found = {str(state): int(count) for state, count in rows}
    outliving = yield ask(
        "SELECT count(*) FROM linked_account" + _OF + " AND outlives_since IS NOT NULL", tenant, service
    )
    return {**found, "outliving": int(outliving[0][0])}


def stage(tenant: int, service: str, members: Sequence[Member], progress: Progress) -> Asking[None]:
    """A row for each key; what came twice counts once (a page may repeat)."""
    for member in members:
        text = json.dumps(asdict(member), ensure_ascii=False)
        for key in dict.fromkeys(member.keys):
            yield do(
                "INSERT INTO staged_member (tenant, service, key, member_id, member) VALUES ($1, $2, $3, $4, $5) "
                "ON CONFLICT (tenant, service, key, member_id) DO UPDATE SET member = excluded.member",
                tenant,
                service,
                key,
                member.id,
                text,
            )
    yield do(
        "UPDATE service_connection SET progress = $3" + _OF, tenant, service, json.dumps(asdict(progress))
    )


def staged(tenant: int, service: str, keys: Sequence[str]) -> Asking[dict[str, list[Member]]]:
    """By key."""
    rows = yield ask(
        "SELECT key, member FROM staged_member" + _OF + " AND key IN {listed}($3) ORDER BY key, member_id",
        tenant,
        service,
        listed(keys),
    )
    found: dict[str, list[Member]] = {}
    for key, text in rows:
        read = json.loads(text)
        found.setdefault(key, []).append(Member(**{**read, "keys": tuple(read["keys"])}))
    return found


def clear_stage(tenant: int, service: str) -> Asking[None]:
    """All of it."""
    yield do("DELETE FROM staged_member" + _OF, tenant, service)


_SETTLE = (
    "UPDATE linked_account SET since = CASE WHEN state = $5 THEN since ELSE $4 END, state = $5, reason = $6, "
    "member_id = $7, name = $8, email = $9, is_guest = $10, is_alias = $11, checked_at = $4, "
    "seen_at = CASE WHEN $7 = '' THEN seen_at ELSE $4 END, "
    "outlives_since = CASE WHEN is_active = 0 AND $5 = 'linked' THEN coalesce(outlives_since, $4) ELSE NULL END"
    + _OF
    + " AND user_id = $3 AND key = $12"
)
#: The state is asked last, so that it is the members' index that is used: by state, each step reads all who are linked.
_SHARED = (
    "SELECT member_id FROM linked_account"
    + _OF
    + " AND is_active = 1 AND member_id <> '' AND member_id IN {listed}($3) GROUP BY member_id "
    "HAVING sum(CASE WHEN state IN ('linked', 'conflict') THEN 1 ELSE 0 END) > 1"
)
_CONFLICT = (
    "UPDATE linked_account SET since = CASE WHEN state = 'conflict' THEN since ELSE $5 END, state = 'conflict', "
    "reason = $4"
    + _OF
    + " AND is_active = 1 AND state IN ('linked', 'conflict') AND member_id <> '' AND member_id IN {listed}($3)"
)
_STANDING = "SELECT user_id, state, member_id FROM linked_account" + _OF + " AND user_id IN {listed}($3)"


def settle(
    tenant: int, service: str, outcomes: Sequence[Outcome], conflict: str, at: str
) -> Asking[list[Outcome]]:
    """Keep what was found; then whoever shares a member is in conflict."""
    ids = listed(one.user_id for one in outcomes)
    before = {row[0]: (row[1], row[2]) for row in (yield ask(_STANDING, tenant, service, ids))}
    for one in outcomes:
        yield do(
            _SETTLE,
            tenant,
            service,
            one.user_id,
            at,
            one.state.value,
            one.reason,
            one.member_id,
            one.name,
            one.email,
            int(one.is_guest),
            int(one.is_alias),
            one.key,
        )
    claimed = listed({one.member_id for one in outcomes if one.member_id})
    shared = [row[0] for row in (yield ask(_SHARED, tenant, service, claimed))]
    if shared:
        yield do(_CONFLICT, tenant, service, listed(shared), conflict, at)
    rows = yield ask(f"{_ACCOUNT}{_OF} AND user_id IN {{listed}}($3)", tenant, service, ids)
    return [
        _outcome(account)
        for account in map(_account, rows)
        if before.get(account.user_id) != (account.state.value, account.member_id)
    ]


def _outcome(account: LinkedAccount) -> Outcome:
    return Outcome(
        account.user_id,
        account.key,
        account.state,
        account.reason,
        account.member_id,
        account.name,
        account.email,
        account.is_guest,
        account.is_alias,
    )


def _account(row: Sequence[Any]) -> LinkedAccount:
    return LinkedAccount(
        tenant=row[0],
        service=row[1],
        user_id=row[2],
        value=row[3],
        key=row[4],
        is_active=bool(row[5]),
        state=LinkState(row[6]),
        reason=row[7],
        member_id=row[8],
        name=row[9],
        email=row[10],
        is_guest=bool(row[11]),
        is_alias=bool(row[12]),
        since=row[13],
        checked_at=row[14],
        seen_at=row[15],
        outlives_since=row[16],
    )
