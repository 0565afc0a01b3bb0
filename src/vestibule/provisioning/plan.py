"""PURE · wanted − known = operations, in order: users, then groups (W151).

One person or group at a time, so that a directory of any size is planned in little memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.application import Application, Operation
from vestibule.provisioning.assignment import Assignment, effective_values
from vestibule.provisioning.connector import UserToSend
from vestibule.provisioning.expression import UnfitValue
from vestibule.provisioning.external_name import ExternalValue
from vestibule.provisioning.job import Kind, NewJob, Stage
from vestibule.provisioning.mapping import AppliesOn, MappingRow, mapped_values, sent_hash
from vestibule.provisioning.push_group import PushFacts, PushState
from vestibule.provisioning.source import Person, Status


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """All that the plan for a person needs: the person, what assigns them, the counterpart."""

    person: Person
    assignments: tuple[Assignment, ...] = ()
    app_user: AppUser | None = None
    #: Left so long ago that the counterpart is to be deleted.
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class PlannedUser:
    """What is to be done for a person. ``note`` is why nothing is, where that is worth a word.

    ``fault``: it cannot be done, for a reason on our side; nothing is sent. ``values`` are the
    mapped values by variable, those that are there.
    """

    kind: Kind
    user: UserToSend | None = None
    sent_hash: str = ""
    sent_variables: frozenset[str] = frozenset()
    note: str = ""
    fault: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fault_hash(self) -> str:
        """What is not tried again by itself once it was refused."""
        return f"{self.kind}:{self.sent_hash}"


NOTHING = PlannedUser(Kind.NOTHING)


def plan_user(
    application: Application, rows: Sequence[MappingRow], facts: PersonFacts, *, forced: bool = False
) -> PlannedUser:
    """What brings the counterpart of one person in step.

    ``forced`` (*Provision User*, *Retry*, *Force Sync*) passes over what holds an ordinary run
    back: an assignment from before provisioning, a refusal of the very same, an equal hash.
    """
    known = facts.app_user or AppUser(facts.person.id)
    if facts.person.status is Status.SUSPENDED:
        return PlannedUser(Kind.NOTHING, note="suspended: nothing is sent")
    if facts.person.status is Status.ACTIVE and facts.assignments:
        planned = _wanted(application, rows, facts, known, forced=forced)
    elif known.state is AppUserState.ACTIVE:
        planned = PlannedUser(Kind.DEACTIVATE, sent_hash=known.sent_hash, sent_variables=known.sent_variables)
    elif facts.overdue:
        planned = PlannedUser(Kind.DELETE, sent_hash=known.sent_hash, sent_variables=known.sent_variables)
    else:
        return NOTHING
    return _held_back(application, known, planned, forced=forced)


def due_kind(
    application: Application, rows: Sequence[MappingRow], facts: PersonFacts, *, forced: bool = False
) -> Kind:
    """The kind that ``plan_user`` gives. For whoever is not there yet without evaluating the mapping:
    that is done once, when it is sent."""
    is_wanted = facts.person.status is Status.ACTIVE and bool(facts.assignments)
    if facts.app_user is not None or not is_wanted or Operation.CREATE not in application.operations:
        return plan_user(application, rows, facts, forced=forced).kind
    return Kind.NOTHING if _waits(facts) and not forced else Kind.CREATE


def _waits(facts: PersonFacts) -> bool:
    return all(assignment.before_provisioning for assignment in facts.assignments)


def _wanted(
    application: Application, rows: Sequence[MappingRow], facts: PersonFacts, known: AppUser, *, forced: bool
) -> PlannedUser:
    if _waits(facts) and known.state is AppUserState.ABSENT and not forced:
        return PlannedUser(Kind.NOTHING, note="assigned before provisioning was set up: use provision-now")
    kind = {
        AppUserState.ABSENT: Kind.CREATE,
        AppUserState.INACTIVE: Kind.REACTIVATE,
        AppUserState.ACTIVE: Kind.UPDATE,
    }[known.state]
    try:
        user_name = application.username_of(facts.person)
        values = mapped_values(rows, facts.person, user_name, effective_values(facts.assignments, rows))
    except UnfitValue as fault:
        return PlannedUser(kind, sent_hash=known.sent_hash, fault=str(fault))
    digest = sent_hash(values)
    if kind is Kind.UPDATE and digest == known.sent_hash and not forced:
        return NOTHING
    if not user_name:
        reason = f"the application username format ({application.username_format}) gives no user name"
        return PlannedUser(kind, sent_hash=digest, fault=reason)
    if missing := _missing(values):
        return PlannedUser(kind, sent_hash=digest, fault=missing)
    present = {row.variable: value.value for row, value in values if value.value is not None}
    return PlannedUser(
        kind,
        _user_to_send(application, facts.person, user_name, values, known),
        digest,
        frozenset(present),
        values=present,
    )


def _missing(values: tuple[tuple[MappingRow, ExternalValue], ...]) -> str:
    """Which mandatory attributes have no value, in words; a person is sent whole or not at all."""
    empty = [row for row, value in values if (value.value is None or value.value == "") and row.required]
    if not empty:
        return ""
    named = ", ".join(f"{row.external_name} ({row.expression or 'set on the assignment'})" for row in empty)
    return f"mandatory and without a value: {named}"


def _user_to_send(
    application: Application,
    person: Person,
    user_name: str,
    values: tuple[tuple[MappingRow, ExternalValue], ...],
    known: AppUser,
) -> UserToSend:
    on_update = tuple(
        value
        for row, value in values
        if (value.value is not None or row.variable in known.sent_variables)
        and row.applies_on is AppliesOn.CREATE_AND_UPDATE
        and (application.update_username or not row.is_user_name)
    )
    found_by = {"userName": user_name, "externalId": person.id}
    return UserToSend(
        own_id=person.id,
        user_name=user_name,
        lookup=(application.unique_identifier, found_by.get(application.unique_identifier, person.email)),
        on_create=tuple(value for _, value in values),
        on_update=on_update,
    )


#: What must be ticked for an operation; activating again belongs to assigning (W29, W47).
_TICK = {
    Kind.CREATE: Operation.CREATE,
    Kind.REACTIVATE: Operation.CREATE,
    Kind.UPDATE: Operation.UPDATE,
    Kind.DEACTIVATE: Operation.DEACTIVATE,
    Kind.DELETE: Operation.DEACTIVATE,
}


def _held_back(
    application: Application, known: AppUser, planned: PlannedUser, *, forced: bool
) -> PlannedUser:
    if planned.kind is Kind.NOTHING:
        return planned
    tick = _TICK[planned.kind]
    if tick not in application.operations:
        return PlannedUser(Kind.NOTHING, note=f"{planned.kind}: not ticked ({tick})")
    if known.fault and known.fault_hash == planned.fault_hash and not forced:
        return PlannedUser(Kind.NOTHING, note=f"waits for a retry: {known.fault}")
    return planned


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """What is to be done for a push group."""

    kind: Kind
    rename: bool = False
    note: str = ""
    fault_hash: str = ""


def plan_group(application: Application, facts: PushFacts, *, forced: bool = False) -> PlannedGroup:
    """What brings one push group in step; NOTHING where it is, or where it sends nothing."""
    group = facts.group
    if not application.pushes_groups:
        return PlannedGroup(Kind.NOTHING, note="the application pushes no groups")
    if group.state is PushState.PAUSED:
        gone = "left the directory: push-group with --unlink or --delete says what becomes of it there"
        return PlannedGroup(Kind.NOTHING, note=gone if facts.left_directory else "paused")
    rename = group.name_sent != group.name_there
    if group.state is PushState.DELETING:
        kind = Kind.DELETE_GROUP if group.external_id else Kind.NOTHING
    elif not group.external_id:
        kind = Kind.PUSH_GROUP
    elif rename or facts.to_add or facts.to_remove or group.full_push or forced:
        kind = Kind.CHANGE_GROUP
    else:
        note = f"{facts.without_id} assigned members have no id there yet" if facts.without_id else ""
        return PlannedGroup(Kind.NOTHING, note=note)
    fault_hash = f"{kind}:{group.name}:{facts.to_add}:{facts.to_remove}"
    if group.fault and group.fault_hash == fault_hash and not forced:
        return PlannedGroup(Kind.NOTHING, note=f"waits for a retry: {group.fault}")
    return PlannedGroup(kind, rename=rename, fault_hash=fault_hash)


def user_job(facts: PersonFacts, kind: Kind, *, forced: bool = False) -> NewJob:
    """The job for a person's operation."""
    return NewJob(Stage.USERS, facts.person.id, facts.person.shown_name, kind, forced)


def group_job(facts: PushFacts, planned: PlannedGroup, *, forced: bool = False) -> NewJob:
    """The job for a push group's operation."""
    return NewJob(Stage.GROUPS, facts.group.group_id, facts.group.name, planned.kind, forced)
