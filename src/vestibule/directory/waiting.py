"""Unresolved members that a person resolves by being created, claimed, restored or renamed."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.change import GroupTouch, MemberDelta, PendingDelta
from vestibule.directory.events import Event, TeamMemberAdded
from vestibule.directory.facts import ByExternalId, GroupsOf, Membership, Waiting
from vestibule.directory.situation import Situation
from vestibule.scim.fold import fold_user_name
from vestibule.scim.frozen import frozen


@frozen
class Arrivals:
    """The memberships that come to life with a person, in the very Change that makes them known."""

    members: tuple[MemberDelta, ...] = ()
    pending: tuple[PendingDelta, ...] = ()
    touches: tuple[GroupTouch, ...] = ()
    events: tuple[Event, ...] = ()
    must_be_free: tuple[tuple[str, str], ...] = ()


def waiting_key(person_id: str | None, user_name: str, external_id: str | None) -> Waiting:
    """Under which values such a person may be waited for; ``person_id`` only if it was known before."""
    values = [user_name]
    if person_id:
        values.append(person_id)
    if external_id:
        values.append(fold_user_name(external_id))
    return Waiting(frozenset(values))


def arrivals(
    situation: Situation,
    person_id: str,
    key: Waiting,
    *,
    user_name: str,
    external_id: str | None,
    is_new: bool,
    comes_back: bool = False,
) -> Arrivals:
    """The groups that wait for that person, and with ``comes_back`` those whose member they were all along."""
    facts = situation.facts
    rows: Sequence[tuple[str, str, int]] = facts[key]
    if not rows and not comes_back:
        return Arrivals(must_be_free=tuple([("waiting", value) for value in key.values]))
    meant = [row for row in rows if _means(situation, row, person_id, user_name, external_id)]
    kept = {fold_user_name(value) for _, value, _ in rows} - {fold_user_name(value) for _, value, _ in meant}
    waiting_groups = list(dict.fromkeys(group for group, _, _ in meant))
    present: set[str] = set()
    if not is_new:
        here = frozenset((person_id,))
        membership = [Membership(group, here) for group in waiting_groups]
        facts.demand(*membership)
        present = {row.group_id for row in membership if facts[row]}
    returning: tuple[str, ...] = facts[GroupsOf(person_id)] if comes_back else ()
    joined = [group for group in waiting_groups if group not in present]
    return Arrivals(
        tuple(MemberDelta(group, person_id, "User", True) for group in joined),
        tuple(PendingDelta(group, value, False, connection) for group, value, connection in meant),
        tuple(GroupTouch(group, situation.now) for group in (*returning, *joined)),
        tuple(TeamMemberAdded(group, None, person_id, "User") for group in (*returning, *joined)),
        tuple(("waiting", value) for value in key.values if value not in kept),
    )


def _means(
    situation: Situation,
    row: tuple[str, str, int],
    person_id: str,
    user_name: str,
    external_id: str | None,
) -> bool:
    """Whether the value names this person: by id, by externalId under the connection that sent it, by userName."""
    _, value, connection = row
    if value == person_id:
        return True
    if external_id is not None and value == external_id and connection == situation.connection:
        others = situation.facts[ByExternalId("User", value, connection)]
        return all(other.id == person_id for other in others)
    return fold_user_name(value) == user_name
