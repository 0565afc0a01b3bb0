"""What both stores say of events that are forgotten before an endpoint had them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from vestibule.directory.events import WebhookEventsForgotten, plain_fields
from vestibule.stores.shared_sql.asking import Asking, ask, do, listed
from vestibule.stores.shared_sql.text import json_text
from vestibule.stores.shared_sql.webhook_rows import ENDPOINT, endpoint_of
from vestibule.webhooks.attempt import FORGOTTEN
from vestibule.webhooks.endpoint import INSTALLATION, Endpoint
from vestibule.webhooks.gap import Gap

_FRONT = "SELECT tenant, seq, type, subject_id, at FROM event WHERE seq <= $1 ORDER BY seq"
#: A place may be behind because nothing that the endpoint wants has come since.
_BEHIND = (
    f"{ENDPOINT} WHERE place < $1 AND state <> 'removed' "
    "AND (tenant = 0 OR tenant IN (SELECT tenant FROM event WHERE seq <= $1))"
)
_OPEN = """
SELECT first FROM webhook_gap WHERE tenant = $1 AND endpoint = $2 AND last > $3 ORDER BY first DESC LIMIT 1"""
_GROW = """
UPDATE webhook_gap SET last = $4, events = events + $5, until = $6
WHERE tenant = $1 AND endpoint = $2 AND first = $3"""
_BEGIN = """
INSERT INTO webhook_gap (tenant, endpoint, first, last, events, since, until) VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_GAP = "first, last, events, since, until"
_GROWN = f"""
SELECT g.tenant, g.endpoint, e.url, {_GAP} FROM webhook_gap g
JOIN webhook_endpoint e ON e.tenant = g.tenant AND e.id = g.endpoint
WHERE g.last > g.told_last AND e.state <> 'removed' AND (g.told_at < $1 OR e.place >= g.last)
ORDER BY g.tenant, g.endpoint, g.first"""
_TELL = """
INSERT INTO event (tenant, at, type, subject_type, subject_id, fields) VALUES ($1, $2, $3, $4, $5, $6)"""
_TOLD = """
UPDATE webhook_gap SET told_last = $4, told_at = $5
WHERE tenant = $1 AND endpoint = $2 AND first = $3 AND told_last < $4 RETURNING first"""
_UNDELIVERED = """
SELECT tenant, endpoint, event, attempts FROM webhook_held WHERE state = 'waiting' AND event <= $1 LIMIT $2"""
_BURY = """
UPDATE webhook_held SET state = 'dead'
WHERE tenant = $1 AND endpoint = $2 AND event = $3 AND state = 'waiting' RETURNING event"""
_NOTE = """
INSERT INTO webhook_attempt (tenant, endpoint, event, type, at, number, status, milliseconds, fault, answer)
VALUES ($1, $2, $3, '', $4, $5, NULL, 0, $6, '')"""
_MOST_SHOWN = 20

#: An event that is about to go: number, type, whom it is about, when.
_Going = tuple[int, str, str, str]


def note(upto: int) -> Asking[None]:
    """Of the events up to that number, which are about to go, those that an endpoint would still have got."""
    behind = yield ask(_BEHIND, upto)
    if not behind:
        return
    of_tenant: dict[int, list[_Going]] = defaultdict(list)
    for tenant, *going in (yield ask(_FRONT, upto)):
        of_tenant[tenant].append(tuple(going))
        if tenant != INSTALLATION:
            of_tenant[INSTALLATION].append(tuple(going))
    for row in behind:
        endpoint = endpoint_of(row)
        if missed := _missed(endpoint, of_tenant[endpoint.tenant]):
            yield from _noted(endpoint, missed)


def gaps(endpoints: Sequence[str]) -> Asking[Mapping[str, Sequence[Gap]]]:
    """By endpoint, newest first."""
    rows = yield ask(
        f"SELECT endpoint, {_GAP} FROM webhook_gap WHERE endpoint IN {{listed}}($1) ORDER BY first DESC",
        listed(endpoints),
    )
    found: dict[str, list[Gap]] = {}
    for endpoint, *gap in rows:
        several = found.setdefault(endpoint, [])
        if len(several) < _MOST_SHOWN:
            several.append(Gap(*gap))
    return found


def missed() -> Asking[int]:
    """Of all endpoints together."""
    rows = yield ask("SELECT coalesce(sum(events), 0) FROM webhook_gap")
    return int(rows[0][0])


def bury(upto: int, at: str, limit: int) -> Asking[int]:
    """Dead letters, each with an attempt that says why."""
    rows = yield ask(_UNDELIVERED, upto, limit)
    for tenant, endpoint, event, attempts in rows:
        # Another process may tidy as well: whoever changes the row says why.
        if (yield ask(_BURY, tenant, endpoint, event)):
            yield do(_NOTE, tenant, endpoint, event, at, attempts, FORGOTTEN)
    return len(rows)


def tell(again_before: str, at: str) -> Asking[int]:
    """Events about the endpoints."""
    rows = yield ask(_GROWN, again_before)
    for tenant, id, url, *values in rows:
        gap = Gap(*values)
        event = WebhookEventsForgotten(
            id,
            host=urlsplit(url).hostname or "",
            first=gap.first,
            last=gap.last,
            events=gap.events,
            since=gap.since,
            until=gap.until,
        )
        fields = json_text(plain_fields(event))
        if (yield ask(_TOLD, tenant, id, gap.first, gap.last, at)):
            yield do(_TELL, tenant, at, event.type, event.subject_type, event.subject_id, fields)
    return len(rows)


def _missed(endpoint: Endpoint, going: Sequence[_Going]) -> list[_Going]:
    """But for the news of a gap itself: whoever misses those would be told of them for ever."""
    return [
        one
        for one in going
        if one[0] > endpoint.cursor
        and one[1] != WebhookEventsForgotten.type
        and endpoint.wants(one[1], one[2])
    ]


def _noted(endpoint: Endpoint, missed: Sequence[_Going]) -> Asking[None]:
    key = endpoint.tenant, endpoint.id
    first, last = missed[0], missed[-1]
    begun: Sequence[Sequence[Any]] = yield ask(_OPEN, *key, endpoint.cursor)
    if begun:
        yield do(_GROW, *key, begun[0][0], last[0], len(missed), last[3])
    else:
        yield do(_BEGIN, *key, first[0], last[0], len(missed), first[3], last[3])
