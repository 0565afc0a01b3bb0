"""What both stores say of wanted states and their acknowledgements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.feed.acknowledgement import Held, Unconfirmed
from vestibule.feed.wanted_state import LinkedRow, StateRow
from vestibule.stores.shared_sql.rows import RESOURCE_WIDTH, resource_columns, resource_of

#: Of a person or team, whoever asks: externalId as the managing connection gave it.
STATE = f"{resource_columns('r.connection')}, r.seq"

#: The last end of a person's access, where it still holds and nobody has settled it. ``{}`` limits the tenant.
UNCONFIRMED = """
SELECT e.tenant, e.subject_id, coalesce(r.user_name, ''), e.seq, e.at, coalesce((
    SELECT a.reason FROM acknowledgement a
    WHERE a.tenant = e.tenant AND a.person = e.subject_id AND a.outcome = 'refused' AND a.at >= e.at
    ORDER BY a.seq DESC LIMIT 1
), '')
FROM event e JOIN resource r ON r.tenant = e.tenant AND r.id = e.subject_id
WHERE e.type = 'access.ended' {} AND r.access = 'ended'
AND NOT EXISTS (
    SELECT 1 FROM acknowledgement a
    WHERE a.tenant = e.tenant AND a.person = e.subject_id AND a.confirms >= e.seq
)
AND NOT EXISTS (
    SELECT 1 FROM event l
    WHERE l.tenant = e.tenant AND l.type = 'access.ended' AND l.subject_id = e.subject_id AND l.seq > e.seq
)
ORDER BY e.seq LIMIT {}"""


def state_of(row: Sequence[Any]) -> StateRow:
    """From ``STATE``, followed by the groups."""
    return StateRow(resource_of(row), bytes(row[RESOURCE_WIDTH + 1] or b""), row[RESOURCE_WIDTH])


def unconfirmed_of(row: Sequence[Any]) -> Unconfirmed:
    """From ``UNCONFIRMED``."""
    return Unconfirmed(*row)


#: Whose access is held. ``{0}`` and ``{1}`` limit the tenant and the time.
HELD = """
SELECT l.tenant, l.person, coalesce(r.user_name, ''), l.at, l.held_until
FROM leaver l JOIN resource r ON r.tenant = l.tenant AND r.id = l.person
WHERE l.held_until IS NOT NULL {0} {1} AND r.access = 'held' ORDER BY l.held_until, l.person"""


def held_of(row: Sequence[Any]) -> Held:
    """From ``HELD``."""
    return Held(*row)


#: Accounts at outside services. ``{}`` limits the people.
LINKED = """
SELECT user_id, service, value, state, member_id, email FROM linked_account
WHERE tenant = {} AND user_id {} ORDER BY user_id, service"""


def linked_of(row: Sequence[Any]) -> LinkedRow:
    """From ``LINKED``."""
    return LinkedRow(*row)
