"""What a decision may ask of the directory, and the answers it got.

``decide`` is handed ``Facts``; where one is missing it answers ``Need`` with the keys, the
caller has the store read them, and asks again. Every key is a frozen value and says what its
answer is. A store answers all keys of one tenant from one snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from vestibule.directory.change import Seats
from vestibule.scim.frozen import frozen

T = TypeVar("T")


@frozen
class ById:
    """→ Resource | None: live, unclaimed or tombstone, with ``external_id`` of ``connection``."""

    type: str
    id: str
    connection: int


@frozen
class ByUserName:
    """→ tuple[Resource, ...]: managed and unclaimed users of that folded userName (tombstones not)."""

    user_name: str
    connection: int


@frozen
class ByEmail:
    """→ tuple[Resource, ...]: users whose ``Resource.email`` equals it, at most 3; unclaimed ones come first.

    Tombstones are left out.
    """

    email: str
    connection: int
    #: As ``ByUserName`` is asked of the same text, their hashes would be one, and the two be compared each time.
    kind: str = "email"


@frozen
class Inactivated:
    """→ Resource | None: the tombstone of that folded userName deleted last (``delete = "inactivate"`` revives it)."""

    user_name: str
    connection: int
    #: As with ``ByEmail``.
    kind: str = "inactivated"


@frozen
class ByExternalId:
    """→ tuple[Resource, ...]: of that type with that externalId under that connection, no tombstones, at most 2."""

    type: str
    external_id: str
    connection: int


@frozen
class ByDisplayName:
    """→ tuple[Resource, ...]: managed groups of that folded displayName managed by that connection, at most 2."""

    type: str
    display_name: str
    connection: int


@frozen
class ByKey:
    """→ tuple[Resource, ...]: managed and unclaimed resources of that type with that key row, at most 2."""

    type: str
    attribute: str
    value: str
    connection: int


@frozen
class DeletedByKey:
    """→ Resource | None: the tombstone of that type with that key row that was deleted last."""

    type: str
    attribute: str
    value: str
    connection: int


@frozen
class MemberTarget:
    """→ tuple[str, ...] state words and identity: what a member value is.

    ``(kind, id, type)`` with kind ``id`` (managed user or group of that id), ``tombstone``,
    ``externalId`` or ``userName`` (exactly one managed person), or ``("unknown", "", "")``.
    ``match_people`` False looks for ids only (dialect strict).
    """

    value: str
    connection: int
    match_people: bool


@frozen
class Membership:
    """→ frozenset[str]: those of ``member_ids`` that are members of the group now, tombstones included."""

    group_id: str
    member_ids: frozenset[str]


@frozen
class PendingOf:
    """→ frozenset[str]: those of ``values`` that wait as unresolved members of the group."""

    group_id: str
    values: frozenset[str]


@frozen
class PendingCount:
    """→ int: how many unresolved values the group has."""

    group_id: str


@frozen
class AllMembers:
    """→ tuple[tuple[str, str, bool], ...]: (member id, member type, alive) of the whole group.

    Tombstones are included, with ``alive`` False. Only for writes that say the whole: PUT with
    members, replace, remove without filter.
    """

    group_id: str


@frozen
class AllPending:
    """→ tuple[str, ...]: the unresolved values of the whole group."""

    group_id: str


@frozen
class MembersMatching:
    """→ tuple[tuple[str, str], ...]: members for which a resolved filter on ``members`` holds (rare forms)."""

    group_id: str
    filter: Any


@frozen
class Waiting:
    """→ tuple[tuple[str, str, int], ...]: (group id, value, connection) of unresolved members that may now resolve.

    Those rows, under any connection of the tenant and in groups that are no tombstones, whose
    ``PendingDelta.folded`` is one of ``values``.
    """

    values: frozenset[str]


@frozen
class GroupsOf:
    """→ tuple[str, ...]: ids of the groups (no tombstones) that have a membership row of that resource."""

    member_id: str


@frozen
class Reaches:
    """→ bool: whether making ``member_id`` a member of ``group_id`` closes a cycle.

    That is: they are the same group, or ``group_id`` is a direct or indirect member of ``member_id``.
    """

    group_id: str
    member_id: str


@frozen
class Domains:
    """→ frozenset[str]: the domains the tenant has proven, lower case."""


@frozen
class TenantRoles:
    """→ tuple[Role, ...]: the roles of the tenant's own; the rules lay them over the profile's."""


@frozen
class Reviews:
    """→ tuple[tuple[str, str, str, str], ...]: (id, outcome, user id, user name) of that connection's review entries.

    Those that have the person among their candidates, newest first. Outcome is ``open``,
    ``linked`` or ``kept_apart``; user id is the one of the ``ReviewClosure`` ("" while open),
    user name the ``ReviewEntry.user_name`` that asked.
    """

    candidate: str
    connection: int


@frozen
class RecentLeavers:
    """→ tuple[int, int, int]: how many left since that moment beside the person, how many of them are held, and of how many.

    Each person counts once. The last number is the managed people of the tenant.
    """

    since: str
    person_id: str


@frozen
class SeatsInUse:
    """→ int: active people whom an identity provider manages, as kept since ``seats.basis``, else counted now."""

    seats: Seats


FactKey = (
    SeatsInUse
    | ById
    | ByUserName
    | ByEmail
    | Inactivated
    | ByExternalId
    | ByDisplayName
    | ByKey
    | DeletedByKey
    | MemberTarget
    | Membership
    | PendingOf
    | PendingCount
    | AllMembers
    | AllPending
    | MembersMatching
    | Waiting
    | GroupsOf
    | Reaches
    | Domains
    | TenantRoles
    | Reviews
    | RecentLeavers
)


@frozen
class Need:
    """The keys without which nothing can be decided yet."""

    keys: tuple[FactKey, ...]


class Missing(Exception):
    """Raised by ``Facts`` for an unread key and turned into ``Need`` by ``decide`` alone."""

    def __init__(self, keys: tuple[FactKey, ...]) -> None:
        super().__init__("facts are missing")
        self.keys = keys


class Facts:
    """The answers read so far. ``facts[key]`` raises ``Missing`` where one was not read."""

    __slots__ = ("_known", "_worked_out")

    def __init__(self, known: Mapping[FactKey, Any] | None = None) -> None:
        self._known: dict[FactKey, Any] = dict(known or {})
        self._worked_out: dict[str, Any] = {}

    def __getitem__(self, key: FactKey) -> Any:
        try:
            return self._known[key]
        except KeyError:
            raise Missing((key,)) from None

    def demand(self, *keys: FactKey) -> None:
        """Raise ``Missing`` with all of ``keys`` that were not read, so that one read brings them."""
        if unread := self.unread(keys):
            raise Missing(unread)

    def unread(self, keys: tuple[FactKey, ...]) -> tuple[FactKey, ...]:
        """Those of the keys that were not read."""
        known = self._known
        return tuple([key for key in keys if key not in known]) if known else keys

    def __contains__(self, key: FactKey) -> bool:
        """Whether the fact was read."""
        return key in self._known

    def and_these(self, more: Mapping[FactKey, Any]) -> Facts:
        """These facts and ``more``."""
        facts = Facts({**self._known, **more})
        facts._worked_out = self._worked_out
        return facts

    def once(self, name: str, work_out: Callable[[], T]) -> T:
        """What follows from the request alone, worked out in the first round and kept for the others."""
        if name not in self._worked_out:
            self._worked_out[name] = work_out()
        kept: T = self._worked_out[name]
        return kept
