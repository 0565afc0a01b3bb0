"""A Change: all that a decision wants done, as one frozen value.

``decide`` makes it, a store applies it in one transaction, and the same value is the dry
run, the diff that is shown and the story behind ``vestibule explain``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from vestibule.directory.events import Event
from vestibule.directory.resource import Resource, State
from vestibule.scim.errors import ScimError
from vestibule.scim.frozen import frozen


@frozen
class Answer:
    """What the client is told.

    ``resource`` is the state after the change (for 200 and 201), ``error`` the refusal.
    Neither: 204.
    """

    status: int
    resource: Resource | None = None
    error: ScimError | None = None


@frozen
class ResourceWrite:
    """One resource row as it shall be afterwards.

    ``expected_version`` None inserts; a number is the precondition: the row has that version
    and still is in ``state_before``. ``find`` is the search form as JSON bytes, ``label`` the
    JSON-quoted text shown beside the id in ``members`` and ``groups``. ``keys`` are the
    attributes declared indexed or unique, and further e-mails: (attribute, folded value); None
    leaves them as they are. ``resource.external_id`` is for the answer only: what is kept of it is
    said by ``ExternalIdWrite``.
    """

    resource: Resource
    find: bytes
    label: str
    expected_version: int | None = None
    state_before: State | None = None
    keys: tuple[tuple[str, str], ...] | None = None
    #: Whether the row was active before.
    active_before: bool = False

    @property
    def seats(self) -> int:
        """How many seats it takes, or gives back where negative: a managed person who is active has one."""
        resource = self.resource
        if resource.type != "User":
            return 0
        before = self.active_before and self.state_before is State.MANAGED
        return int(resource.active and resource.state is State.MANAGED) - int(before)


@frozen
class Seats:
    """The seats of a tenant's plan. ``basis`` tells when what is counted was counted: another one is counted anew."""

    limit: int
    basis: str


@frozen
class SeatsTaken:
    """A Change that takes seats of a plan, or gives some back: precondition is that so many are free."""

    seats: Seats
    taken: int


@frozen
class UniqueKey:
    """A value that no other managed or unclaimed resource of the type may have: a key row of ``attribute``."""

    type: str
    attribute: str
    value: str


@frozen
class ExternalIdWrite:
    """The row (connection, type, value) → resource; ``value`` None drops the connection's row."""

    connection: int
    type: str
    resource_id: str
    value: str | None


@frozen
class GroupTouch:
    """A group's version and ``modified`` advance by one step, without precondition on the version.

    Precondition: the group is managed (not a tombstone meanwhile).
    """

    group_id: str
    modified: str


@frozen
class MemberDelta:
    """One membership row that shall be there, or not.

    Precondition: before, it is not there (add), or is there (remove); and an added member is
    managed, or a tombstone the identity provider named (``tombstone``): it comes back on restore.
    An added member of type Group must not reach the group (``Reaches``): two groups that add
    each other at once would otherwise both succeed.
    """

    group_id: str
    member_id: str
    member_type: str
    present: bool
    #: The member was a tombstone when this was decided.
    tombstone: bool = False


@frozen
class PendingDelta:
    """An unresolved member value of a group, to be kept (``present``) or forgotten; one row for each (group, value).

    ``folded`` is the value folded as a userName is: the key by which ``Waiting`` finds it.
    """

    group_id: str
    value: str
    present: bool
    connection: int
    since: str = ""
    folded: str = ""


@frozen
class ReviewEntry:
    """A person who existed before and needs a human to say *link* or *keep apart*.

    One open entry for each (connection, candidate, userName); a second asks only to refresh.
    """

    id: str
    user_name: str
    candidates: tuple[str, ...]
    connection: int
    reason: str
    asked_at: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@frozen
class ReviewClosure:
    """A review entry that this change answers (``linked``, ``kept_apart``), and for whom.

    ``user_id`` is the candidate meant; an answer given before is replaced.
    """

    id: str
    outcome: str
    closed_at: str
    user_id: str = ""


@frozen
class AuditEntry:
    """Who did what to whom; ``payload`` holds what is personal, and can be forgotten."""

    actor: str
    action: str
    subject_type: str
    subject_id: str
    payload: Mapping[str, Any] | None = None
    #: The request that asked for it, where one did; a Change's entry takes the Change's.
    request: str | None = None


#: The kind of the job that looks through the log for somebody who was erased.
ERASE_JOB = "erase"


@frozen
class Job:
    """Work for later, enqueued in the change's own transaction."""

    kind: str
    payload: Mapping[str, Any]
    not_before: str = ""


@frozen
class Explanation:
    """Which rule decided, and why, in words; ``notes`` are what was ignored, coerced or kept back."""

    rule: str
    reason: str
    notes: tuple[str, ...] = ()
    #: The rule and sources behind the role, where one was decided: sent, rule, ignored, why.
    role: Mapping[str, Any] | None = None


@frozen
class Change:
    """What is to happen; empty deltas with an answer are a write that changes nothing.

    A refusal may carry deltas too (a review entry, tolerance counts): they are committed
    although the request is refused.

    ``must_be_free`` are preconditions beyond those that rows carry themselves, as (kind, key).
    A store checks them in its transaction and has the caller decide again where one fails:

    - ``userName``, folded: no managed or unclaimed user has it (other than the one written);
    - ``displayName``, folded: no managed group of the connection that manages the group written has it;
    - ``member``, a member value: ``MemberTarget(value, connection, match_people=True)`` still is
      unknown, for the connection of the pending rows that are kept;
    - ``id``, a member value where people are not matched: no managed resource or tombstone has that id;
    - ``waiting``, folded: once this Change's pending deltas are done, no unresolved member has that
      ``folded`` value (in a group that is no tombstone).
    """

    answer: Answer
    explanation: Explanation
    resources: tuple[ResourceWrite, ...] = ()
    external_ids: tuple[ExternalIdWrite, ...] = ()
    touches: tuple[GroupTouch, ...] = ()
    members: tuple[MemberDelta, ...] = ()
    pending: tuple[PendingDelta, ...] = ()
    must_be_free: tuple[tuple[str, str], ...] = ()
    #: Precondition: nobody but the resource written has one of these.
    unique_keys: tuple[UniqueKey, ...] = ()
    #: Precondition where domains or roles of the tenant were looked at: its settings are still these.
    settings_version: int | None = None
    reviews: tuple[ReviewEntry, ...] = ()
    closures: tuple[ReviewClosure, ...] = ()
    events: tuple[Event, ...] = ()
    audit: AuditEntry | None = None
    jobs: tuple[Job, ...] = ()
    #: People whose access ends here and who count towards the bulk-leaver guard rail.
    leavers: tuple[str, ...] = ()
    #: Where the plan has seats and this takes or frees some.
    seats: SeatsTaken | None = None
    #: Until when access of these leavers is held; "" where it ends at once.
    held_until: str = ""
    tolerances: Mapping[str, int] = field(default_factory=dict)

    @property
    def changes_something(self) -> bool:
        """Whether a commit of it leaves the directory different."""
        return bool(
            self.resources
            or self.external_ids
            or self.touches
            or self.members
            or self.pending
            or self.reviews
            or self.closures
            or self.jobs
        )
