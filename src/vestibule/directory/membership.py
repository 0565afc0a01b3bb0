"""Members of a group: what a value means, and what a request does to the rows.

A value is the id of a person or group; the id of a tombstone (kept, back on restore); outside of
strict, exactly one person by externalId, then userName; otherwise it is unresolved and waits.
Adds and removes touch the rows they name and no others, so they commute; only what says the
whole (PUT with ``members``, replace, clear) reads the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vestibule.directory.change import MemberDelta, PendingDelta
from vestibule.directory.events import Event, TeamMemberAdded, TeamMemberRemoved
from vestibule.directory.facts import (
    AllMembers,
    AllPending,
    FactKey,
    Membership,
    MembersMatching,
    MemberTarget,
    PendingCount,
    PendingOf,
    Reaches,
)
from vestibule.directory.refusal import Refusal
from vestibule.directory.situation import Situation
from vestibule.scim.errors import InvalidValue
from vestibule.scim.fold import fold_user_name
from vestibule.scim.frozen import frozen
from vestibule.scim.patch import (
    AddMembers,
    ClearMembers,
    MembershipOperation,
    RemoveMatching,
    RemoveMembers,
    ReplaceMembers,
)

#: Unresolved values that a group keeps at most.
MAX_UNRESOLVED = 1_000
#: How long an unresolved value is kept; the store's clean-up forgets older ones.
UNRESOLVED_DAYS = 30


@frozen
class Roll:
    """What changes in a group's members, worked out against the facts.

    ``is_visible``: ``members`` reads differently afterwards (tombstones and unresolved values
    never show). ``says_the_whole``: it was worked out against all members there were, and holds
    for no others.
    """

    members: tuple[MemberDelta, ...] = ()
    pending: tuple[PendingDelta, ...] = ()
    events: tuple[Event, ...] = ()
    must_be_free: tuple[tuple[str, str], ...] = ()
    tolerances: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    says_the_whole: bool = False

    @property
    def is_visible(self) -> bool:
        return bool(self.events)


NO_CHANGE = Roll()


def first_roll(situation: Situation, group_id: str, values: Sequence[str]) -> Roll:
    """The members a group is created with."""
    if not values:
        return NO_CHANGE
    situation.facts.demand(*member_targets(situation, values))
    hand = _Hand(situation, group_id, {}, frozenset(), is_new=True)
    hand.add(values)
    return hand.roll(0)


def roll_of(situation: Situation, group_id: str, operations: Sequence[MembershipOperation]) -> Roll:
    """What the operations, one after the other, do to the members of a group that is there."""
    if not operations:
        return NO_CHANGE
    facts = situation.facts
    values = tuple(
        dict.fromkeys(
            value
            for operation in operations
            if isinstance(operation, AddMembers | RemoveMembers | ReplaceMembers)
            for value in operation.values
        )
    )
    named = frozenset(values)
    matching = {
        operation: MembersMatching(group_id, operation.filter)
        for operation in operations
        if isinstance(operation, RemoveMatching)
    }
    whole = any(isinstance(operation, ReplaceMembers | ClearMembers) for operation in operations)
    rows: tuple[FactKey, FactKey] = (
        (AllMembers(group_id), AllPending(group_id))
        if whole
        else (Membership(group_id, named), PendingOf(group_id, named))
    )
    targets = member_targets(situation, values)
    facts.demand(*targets, *matching.values(), *rows)
    if whole:
        known = {id: (type, alive) for id, type, alive in facts[rows[0]]}
        waiting = frozenset(facts[rows[1]])
    else:
        waiting = facts[rows[1]]
        known = _known(situation, group_id, targets, named, facts[rows[0]])
    for key in matching.values():
        known.update((id, (type, True)) for id, type in facts[key])
    hand = _Hand(situation, group_id, known, waiting)
    for operation in operations:
        match operation:
            case AddMembers():
                hand.add(operation.values)
            case RemoveMembers():
                hand.remove(operation.values)
            case RemoveMatching():
                hand.remove_ids(id for id, _ in facts[matching[operation]])
            case ReplaceMembers():
                hand.clear()
                hand.add(operation.values)
            case ClearMembers():
                hand.clear()
    roll = hand.roll(None if not whole else len(waiting))
    return replace(roll, says_the_whole=True) if whole else roll


def member_targets(situation: Situation, values: Sequence[str]) -> list[MemberTarget]:
    """The facts that say what these member values are."""
    standing = situation.standing
    return [MemberTarget(value, standing.connection, standing.match_people) for value in values]


def _known(
    situation: Situation,
    group_id: str,
    targets: Sequence[MemberTarget],
    named: frozenset[str],
    present: frozenset[str],
) -> dict[str, tuple[str, bool]]:
    """Members among those named, also where a value is not the id itself."""
    facts = situation.facts
    meant = {id: (type, kind != "tombstone") for kind, id, type in (facts[key] for key in targets) if id}
    others = frozenset(id for id in meant if id not in named)
    if others:
        present = present | facts[Membership(group_id, others)]
    return {id: what for id, what in meant.items() if id in present}


class _Hand:
    """Goes through the operations with the members as they would be, then says the difference."""

    __slots__ = (
        "_group_id",
        "_is_new",
        "_known",
        "_members",
        "_notes",
        "_situation",
        "_tolerances",
        "_waiting",
        "_was",
    )

    def __init__(
        self,
        situation: Situation,
        group_id: str,
        known: dict[str, tuple[str, bool]],
        waiting: frozenset[str],
        *,
        is_new: bool = False,
    ) -> None:
        self._is_new = is_new
        self._situation = situation
        self._group_id = group_id
        #: (type, alive) of the members before, as far as they were read, and now.
        self._known = known
        self._members = dict(known)
        self._was = waiting
        self._waiting = dict.fromkeys(sorted(waiting))
        self._tolerances: dict[str, int] = {}
        self._notes: list[str] = []

    def add(self, values: Iterable[str]) -> None:
        for value in values:
            kind, id, type = self._meaning(value)
            if kind == "unknown":
                if self._situation.standing.strict:
                    raise _unknown_member(value)
                self._waiting[value] = None
                continue
            if kind in ("externalId", "userName"):
                name = f"member_by_{'external_id' if kind == 'externalId' else 'user_name'}"
                self._tolerances[name] = self._tolerances.get(name, 0) + 1
            self._waiting.pop(value, None)
            if id not in self._members:
                self._members[id] = (type, kind != "tombstone")

    def remove(self, values: Iterable[str]) -> None:
        for value in values:
            _, id, _ = self._meaning(value)
            self._waiting.pop(value, None)
            self._members.pop(id, None)

    def remove_ids(self, ids: Iterable[str]) -> None:
        for id in ids:
            self._members.pop(id, None)

    def clear(self) -> None:
        self._members.clear()
        self._waiting.clear()

    def roll(self, waiting_before: int | None) -> Roll:
        """The difference. ``waiting_before`` is how many unresolved values there are, None if not read yet."""
        group = self._group_id
        added = [(id, *of) for id, of in self._members.items() if id not in self._known]
        removed = [(id, *of) for id, of in self._known.items() if id not in self._members]
        wait = [value for value in self._waiting if value not in self._was]
        forget = sorted(self._was - self._waiting.keys())
        if not self._is_new:  # nobody can be above a group that is not there yet
            self._refuse_cycles([id for id, type, _ in added if type == "Group"])
        if wait:
            self._refuse_too_many(len(wait) - len(forget), waiting_before)
            self._tolerances["member_unresolved"] = len(wait)
            self._notes.append(
                f"{len(wait)} member value(s) name nobody known yet; they wait, and are resolved when "
                "that person is provisioned"
            )
        connection, now = self._situation.connection, self._situation.now
        members = [MemberDelta(group, id, type, False, not alive) for id, type, alive in removed]
        members += [MemberDelta(group, id, type, True, not alive) for id, type, alive in added]
        pending = [PendingDelta(group, value, False, connection) for value in forget]
        events: list[Event] = [
            TeamMemberRemoved(group, None, id, type) for id, type, alive in removed if alive
        ]
        events += [TeamMemberAdded(group, None, id, type) for id, type, alive in added if alive]
        pending += [
            PendingDelta(group, value, True, connection, now, fold_user_name(value)) for value in wait
        ]
        kind = "member" if self._situation.standing.match_people else "id"
        return Roll(
            tuple(members),
            tuple(pending),
            tuple(events),
            tuple((kind, value) for value in wait),
            tuple(self._tolerances.items()),
            tuple(self._notes),
        )

    def _meaning(self, value: str) -> tuple[str, str, str]:
        standing = self._situation.standing
        meaning: tuple[str, str, str] = self._situation.facts[
            MemberTarget(value, standing.connection, standing.match_people)
        ]
        return meaning

    def _refuse_cycles(self, groups: Sequence[str]) -> None:
        if not groups:
            return
        facts = self._situation.facts
        reaches = [Reaches(self._group_id, id) for id in groups]
        facts.demand(*reaches)
        for key in reaches:
            if facts[key]:
                raise Refusal(
                    InvalidValue(
                        f"members: the group {key.member_id} cannot be a member of the group {key.group_id}, "
                        "because that group is itself in it, directly or through others."
                    ),
                    "members.cycle",
                    "A group cannot contain itself, directly or through others.",
                )

    def _refuse_too_many(self, more: int, before: int | None) -> None:
        if before is None:
            before = self._situation.facts[PendingCount(self._group_id)]
        count = before + more
        if count > MAX_UNRESOLVED:
            raise Refusal(
                InvalidValue(
                    f"members: {count:,} values would name nobody known here; a group keeps {MAX_UNRESOLVED:,} of "
                    "them at most. Nothing was changed. Provision these people first, then push the group again."
                ),
                "members.too_many_unresolved",
                f"{count} unresolved members; a group keeps {MAX_UNRESOLVED} at most.",
            )


def _unknown_member(value: str) -> Refusal:
    shown = value if len(value) <= 80 else value[:79] + "…"
    return Refusal(
        InvalidValue(
            f'members: "{shown}" is not the id of a user or group. Provision it first, then add it.'
        ),
        "members.unknown",
        "A member value is not the id of a user or group, and the dialect is strict.",
    )
