"""A directory in plain Python structures: answers facts, applies Changes, checks their preconditions.

It doubles as the model of what ``directory.store`` promises: slow, obvious, in one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import orjson

from tests.cast import CORE_GROUP, PATCH_OP, Document
from vestibule.directory.change import Change, MemberDelta, PendingDelta, ResourceWrite, ReviewEntry
from vestibule.directory.decide import decide
from vestibule.directory.events import Event
from vestibule.directory.facts import (
    AllMembers,
    AllPending,
    ByDisplayName,
    ByEmail,
    ByExternalId,
    ById,
    ByKey,
    ByUserName,
    DeletedByKey,
    Domains,
    FactKey,
    Facts,
    GroupsOf,
    Inactivated,
    Membership,
    MembersMatching,
    MemberTarget,
    Need,
    PendingCount,
    PendingOf,
    Reaches,
    RecentLeavers,
    Reviews,
    SeatsInUse,
    TenantRoles,
    Waiting,
)
from vestibule.directory.request import (
    Create,
    Delete,
    Import,
    KeepApart,
    Link,
    Patch,
    Replace,
    Request,
    Standing,
)
from vestibule.directory.resource import Resource, State
from vestibule.directory.store import Applied, Recorded
from vestibule.profiles.profile import ApplicationProfile, Role
from vestibule.scim.filter.evaluate import matches
from vestibule.scim.fold import fold_user_name
from vestibule.scim.patch import parse_patch

OKTA, ENTRA = 1, 2


class PreconditionFailed(Exception):
    """The Change was decided on facts that are no more so."""


class World:
    """One tenant. ``rounds`` counts how often facts were asked for in the last request."""

    def __init__(self, profile: ApplicationProfile, *, domains: Sequence[str] = ("corp.test",)) -> None:
        self.profile = profile
        self.domains = frozenset(domains)
        self.roles: tuple[Role, ...] = ()
        self.writes: dict[str, ResourceWrite] = {}
        self.external_ids: dict[tuple[int, str], str] = {}
        self.members: dict[tuple[str, str], None] = {}
        self.pending: dict[tuple[str, str], PendingDelta] = {}
        self.reviews: list[ReviewEntry] = []
        self.outcomes: dict[str, tuple[str, str]] = {}
        self.events: list[Event] = []
        self.changes: list[Change] = []
        self.rounds = 0
        self.asked: list[FactKey] = []
        self._ids = count(1)
        self._ticks = count(1)

    # What tests do.

    def standing(self, connection: int = OKTA, **more: Any) -> Standing:
        return Standing(
            tenant=1,
            connection=connection,
            profile=self.profile,
            dialect="strict" if more.get("strict") else "okta",
            actor="token:okta",
            request_id="req-1",
            public_url="https://vestibule.test",
            **more,
        )

    def do(self, request: Request, standing: Standing | None = None) -> Change:
        """Decide and commit, as ``run.carry_out`` does."""
        standing = standing or self.standing()
        self.rounds, self.asked = 0, []
        return self.commit(self.decided(request, standing), request, standing)

    def decided(
        self, request: Request, standing: Standing | None = None, facts: Facts | None = None
    ) -> Change:
        """The Change as things are now, not committed."""
        standing, facts = standing or self.standing(), facts or Facts()
        for self.rounds in range(10):
            outcome = decide(facts, request, standing, self.now(), self.new_id)
            if not isinstance(outcome, Need):
                return outcome
            self.asked += outcome.keys
            facts = facts.and_these({key: self.answer(key) for key in outcome.keys})
        raise AssertionError(f"asks without end: {self.asked}")

    def commit(self, change: Change, request: Request, standing: Standing | None = None) -> Change:
        """Apply, deciding again on facts of the moment where a precondition fails."""
        try:
            self.check(change)
        except PreconditionFailed:
            change = self.decided(request, standing)
            self.check(change)
        self._write(change)
        return change

    def post(self, document: Document, **more: Any) -> Change:
        return self.do(self.create_request(document), self.standing(**more))

    def create_request(self, document: Document) -> Create:
        return Create("Group" if CORE_GROUP in document["schemas"] else "User", document)

    def put(self, id: str, document: Document, *, if_match: str | None = None, **more: Any) -> Change:
        return self.do(Replace(self._type(id), id, document, if_match), self.standing(**more))

    def patch(self, id: str, *operations: Document, if_match: str | None = None, **more: Any) -> Change:
        return self.do(self.patch_request(id, *operations, if_match=if_match), self.standing(**more))

    def patch_request(self, id: str, *operations: Document, if_match: str | None = None) -> Patch:
        message = {
            "schemas": [PATCH_OP],
            "Operations": list(operations),
        }
        return Patch(self._type(id), id, tuple(parse_patch(message)), if_match, True)

    def delete(self, id: str, **more: Any) -> Change:
        return self.do(Delete(self._type(id), id), self.standing(**more))

    def bring(self, document: Document) -> str:
        """Import a person who existed before; their id."""
        change = self.do(Import(document))
        assert change.answer.resource is not None, change.answer.error
        return change.answer.resource.id

    def link(self, review_id: str, user_id: str, connection: int = OKTA) -> Change:
        return self.do(Link(review_id, user_id), self.standing(connection))

    def keep_apart(self, review_id: str, user_id: str, connection: int = OKTA) -> Change:
        return self.do(KeepApart(review_id, user_id), self.standing(connection))

    # What tests look at.

    def get(self, id: str, connection: int = OKTA) -> Document:
        """As a GET answers: the document with externalId and a group's members."""
        resource = self.resource(id, connection)
        assert resource.state is not State.TOMBSTONE
        document = resource.document()
        if resource.external_id is not None:
            document["externalId"] = resource.external_id
        if resource.type == "Group" and (members := self.shown_members(id)):
            document["members"] = [{"value": member} for member in members]
        return document

    def resource(self, id: str, connection: int = OKTA) -> Resource:
        found = self.answer(ById(self._type(id), id, connection))
        assert isinstance(found, Resource)
        return found

    def shown_members(self, group_id: str) -> list[str]:
        return [
            m for g, m in self.members if g == group_id and self.writes[m].resource.state is State.MANAGED
        ]

    def waiting(self, group_id: str) -> list[str]:
        return [value for group, value in self.pending if group == group_id]

    def event_types(self, since: int = 0) -> list[str]:
        return [event.type for event in self.events[since:]]

    def snapshot(self) -> dict[str, Any]:
        """Everything that stands, by names rather than ids, for comparing worlds."""
        name = {
            id: str(write.resource.user_name or write.resource.display_name)
            for id, write in self.writes.items()
        }
        return {
            "resources": {
                name[id]: (
                    {key: value for key, value in write.resource.document().items() if key != "id"},
                    write.resource.state,
                    write.resource.access,
                    write.resource.role,
                )
                for id, write in self.writes.items()
            },
            "external_ids": {(c, name[id]): value for (c, id), value in self.external_ids.items()},
            "members": {(name[g], name[m]) for g, m in self.members},
            "pending": {(name[g], value) for g, value in self.pending},
        }

    # What a store does.

    async def facts(self, tenant: int, keys: Sequence[FactKey]) -> Mapping[FactKey, Any]:
        return {key: self.answer(key) for key in keys}

    async def apply(
        self,
        tenant: int,
        change: Change,
        again: Callable[[Facts], Change | Need],
        record: Callable[[Change], Recorded] | None = None,
    ) -> Applied:
        try:
            self.check(change)
        except PreconditionFailed:
            facts = Facts()
            while isinstance(outcome := again(facts), Need):
                facts = facts.and_these({key: self.answer(key) for key in outcome.keys})
            change = outcome
            self.check(change)
        self._write(change)
        return Applied(change)

    def answer(self, key: FactKey) -> Any:
        match key:
            case ById(type, id, connection):
                write = self.writes.get(id)
                known = write is not None and write.resource.type == type
                return self._seen(write.resource, connection) if write and known else None
            case ByUserName(user_name, connection):
                return tuple(r for r in self._live("User", connection) if r.user_name == user_name)
            case ByEmail(email, connection):
                found = [r for r in self._live("User", connection) if r.email == email]
                return tuple(sorted(found, key=lambda r: r.state is State.MANAGED)[:3])
            case Inactivated(user_name, connection):
                dead = [w.resource for w in self.writes.values() if w.resource.state is State.TOMBSTONE]
                named = [r for r in dead if r.type == "User" and r.user_name == user_name]
                return self._seen(max(named, key=lambda r: r.modified), connection) if named else None
            case ByExternalId(type, external_id, connection):
                return tuple(r for r in self._live(type, connection) if r.external_id == external_id)[:2]
            case ByDisplayName(type, display_name, connection):
                return tuple(
                    r
                    for r in self._live(type, connection)
                    if r.display_name == display_name and r.connection == connection
                )[:2]
            case ByKey(type, attribute, value, connection):
                return tuple(
                    r for r in self._live(type, connection) if self._has_key(r.id, attribute, value)
                )[:2]
            case DeletedByKey(type, attribute, value, connection):
                dead = [w.resource for w in self.writes.values() if w.resource.state is State.TOMBSTONE]
                named = [r for r in dead if r.type == type and self._has_key(r.id, attribute, value)]
                return self._seen(max(named, key=lambda r: r.modified), connection) if named else None
            case MemberTarget():
                return self._meaning(key)
            case Membership(group_id, ids):
                return frozenset(id for id in ids if (group_id, id) in self.members)
            case PendingOf(group_id, values):
                return frozenset(v for v in values if (group_id, v) in self.pending)
            case PendingCount(group_id):
                return len(self.waiting(group_id))
            case AllMembers(group_id):
                rows = [self.writes[m].resource for g, m in self.members if g == group_id]
                return tuple((r.id, r.type, r.state is State.MANAGED) for r in rows)
            case AllPending(group_id):
                return tuple(self.waiting(group_id))
            case MembersMatching(group_id, filter):
                shown = [self.writes[m].resource for m in self.shown_members(group_id)]
                return tuple(
                    (r.id, r.type)
                    for r in shown
                    if matches(filter, {"members": [{"value": r.id, "type": r.type.lower()}]})
                )
            case Waiting(values):
                return tuple(
                    (row.group_id, row.value, row.connection)
                    for row in self.pending.values()
                    if row.folded in values and self._is_managed(row.group_id)
                )
            case GroupsOf(member_id):
                return tuple(g for g, m in self.members if m == member_id and self._is_managed(g))
            case Reaches(group_id, member_id):
                return self._reaches(group_id, member_id)
            case RecentLeavers():
                return (0, 0, 0)
            case SeatsInUse():
                return sum(
                    write.resource.active
                    and write.resource.state is State.MANAGED
                    and write.resource.type == "User"
                    for write in self.writes.values()
                )
            case Domains():
                return self.domains
            case TenantRoles():
                return self.roles
            case Reviews(candidate, connection):
                return tuple(
                    (entry.id, *self.outcomes.get(entry.id, ("open", "")), entry.user_name)
                    for entry in reversed(self.reviews)
                    if candidate in entry.candidates and entry.connection == connection
                )

    def check(self, change: Change) -> None:
        """Raise ``PreconditionFailed`` where the Change no longer fits."""
        for write in change.resources:
            held = self.writes.get(write.resource.id)
            if write.expected_version is None:
                _demand(held is None)
            else:
                _demand(held is not None and held.resource.version == write.expected_version)
                _demand(held is not None and held.resource.state is write.state_before)
        for touch in change.touches:
            _demand(self._is_managed(touch.group_id))
        inserted = {write.resource.id for write in change.resources}
        for member in change.members:
            self._check_member(member, inserted)
        gone = {(p.group_id, p.value) for p in change.pending if not p.present}
        own = {write.resource.id for write in change.resources}
        for unique in change.unique_keys:
            holders = self.answer(ByKey(unique.type, unique.attribute, unique.value, OKTA))
            _demand(all(holder.id in own for holder in holders))
        for kind, key in change.must_be_free:
            _demand(not any(self._takes(kind, key, change, own, gone)))

    def _check_member(self, member: MemberDelta, inserted: set[str]) -> None:
        there = (member.group_id, member.member_id) in self.members
        _demand(there is not member.present)
        if member.present and member.member_id not in inserted:
            state = self.writes[member.member_id].resource.state
            _demand(state is (State.TOMBSTONE if member.tombstone else State.MANAGED))
            if member.member_type == "Group":
                _demand(not self._reaches(member.group_id, member.member_id))

    def _takes(
        self, kind: str, key: str, change: Change, own: set[str], gone: set[tuple[str, str]]
    ) -> Iterator[bool]:
        others = [w.resource for id, w in self.writes.items() if id not in own]
        match kind:
            case "userName":
                yield from (r.user_name == key and r.state is not State.TOMBSTONE for r in others)
            case "displayName":
                connection = change.resources[0].resource.connection
                yield from (
                    r.type == "Group"
                    and r.display_name == key
                    and r.state is State.MANAGED
                    and r.connection == connection
                    for r in others
                )
            case "id":
                yield any(r.id == key and r.state is not State.UNCLAIMED for r in others)
            case "member":
                connections = {p.connection for p in change.pending if p.present}
                targets = [MemberTarget(key, connection, True) for connection in connections]
                yield from (self._meaning(target)[0] != "unknown" for target in targets)
            case "waiting":
                yield any(
                    row.folded == key and place not in gone and self._is_managed(row.group_id)
                    for place, row in self.pending.items()
                )
            case _:
                raise AssertionError(f"unknown kind {kind}")

    def _write(self, change: Change) -> None:
        self.changes.append(change)
        for write in change.resources:
            held = self.writes.get(write.resource.id)
            assert orjson.loads(write.find) is not None
            keys = write.keys if write.keys is not None or held is None else held.keys
            self.writes[write.resource.id] = replace(write, keys=keys)
        for external in change.external_ids:
            place = (external.connection, external.resource_id)
            self.external_ids.pop(place, None)
            if external.value is not None:
                self.external_ids[place] = external.value
        for touch in change.touches:
            write = self.writes[touch.group_id]
            touched = replace(write.resource, version=write.resource.version + 1, modified=touch.modified)
            self.writes[touch.group_id] = replace(write, resource=touched)
        for member in change.members:
            if member.present:
                self.members[member.group_id, member.member_id] = None
            else:
                del self.members[member.group_id, member.member_id]
        for pending in change.pending:
            if pending.present:
                self.pending[pending.group_id, pending.value] = pending
            else:
                self.pending.pop((pending.group_id, pending.value), None)
        for review in change.reviews:
            self.reviews = [entry for entry in self.reviews if entry.id != review.id] + [review]
        for closure in change.closures:
            self.outcomes[closure.id] = (closure.outcome, closure.user_id)
        self.events += change.events

    def _has_key(self, id: str, attribute: str, value: str) -> bool:
        return (attribute, value) in (self.writes[id].keys or ())

    def _live(self, type: str, connection: int) -> list[Resource]:
        rows = [w.resource for w in self.writes.values()]
        return [self._seen(r, connection) for r in rows if r.type == type and r.state is not State.TOMBSTONE]

    def _seen(self, resource: Resource, connection: int) -> Resource:
        return replace(resource, external_id=self.external_ids.get((connection, resource.id)))

    def _is_managed(self, id: str) -> bool:
        return id in self.writes and self.writes[id].resource.state is State.MANAGED

    def _meaning(self, key: MemberTarget) -> tuple[str, str, str]:
        write = self.writes.get(key.value)
        if write is not None and write.resource.state is not State.UNCLAIMED:
            kind = "id" if write.resource.state is State.MANAGED else "tombstone"
            return (kind, write.resource.id, write.resource.type)
        if key.match_people:
            people = [r for r in self._live("User", key.connection) if r.state is State.MANAGED]
            by_external_id = [r for r in people if r.external_id == key.value]
            if len(by_external_id) == 1:
                return ("externalId", by_external_id[0].id, "User")
            by_name = [r for r in people if r.user_name == fold_user_name(key.value)]
            if not by_external_id and by_name:
                return ("userName", by_name[0].id, "User")
        return ("unknown", "", "")

    def _reaches(self, group_id: str, member_id: str) -> bool:
        todo, seen = [member_id], set()
        while todo:
            at = todo.pop()
            if at == group_id:
                return True
            if at not in seen:
                seen.add(at)
                todo += [m for g, m in self.members if g == at]
        return False

    def _type(self, id: str) -> str:
        return self.writes[id].resource.type if id in self.writes else "User"

    def new_id(self) -> str:
        return f"id-{next(self._ids)}"

    def now(self) -> str:
        tick = next(self._ticks)
        return f"2026-01-02T{tick // 3600 % 24:02}:{tick // 60 % 60:02}:{tick % 60:02}.000Z"


def _demand(holds: bool) -> None:
    if not holds:
        raise PreconditionFailed
