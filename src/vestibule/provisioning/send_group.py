"""Carries out the job of one push group: create or link, name, members in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import (
    Connector,
    Failure,
    Member,
    MembersDropped,
    NotThere,
    Refused,
)
from vestibule.provisioning.job import Job, Kind
from vestibule.provisioning.plan import PlannedGroup, plan_group
from vestibule.provisioning.push_group import PushedMember, PushGroup
from vestibule.provisioning.record import Recorder
from vestibule.provisioning.send_user import CHANGED_SINCE
from vestibule.provisioning.store import MemberDelta, ProvisioningStore

_MOST_NAMED = 5


async def send_group(
    store: ProvisioningStore, application: Application, connector: Connector, recorder: Recorder, job: Job
) -> None:
    """Bring one push group in step. Failures are recorded, never raised.

    The link, and each batch of members, is recorded as soon as it is there: a restart goes on
    from the batch that was not.
    """
    found = await store.push_facts(application.id, job.subject_id)
    planned = plan_group(application, found[0], forced=job.forced) if found else None
    if planned is None or planned.kind is Kind.NOTHING:
        await recorder.done(job, Kind.NOTHING, detail=planned.note if planned else "no longer pushed")
        return
    group = found[0].group
    if job.plan_id and not await _is_as_planned(store, application, job):
        await recorder.done(job, Kind.NOTHING, detail=CHANGED_SINCE)
        return
    try:
        if planned.kind is Kind.DELETE_GROUP:
            await _delete(connector, group)
            await store.drop_push_group(application.id, group.group_id)
            await recorder.done(job, planned.kind)
            return
        pushing = _Pushing(store, application, connector, group)
        await pushing.push(planned)
    except Failure as failure:
        latest = await store.push_facts(application.id, job.subject_id)
        faulty = replace(latest[0].group, fault=str(failure), fault_hash=planned.fault_hash)
        await recorder.failed(job, planned.kind, failure, push_group=faulty)
    else:
        in_step = replace(pushing.group, fault="", fault_hash="")
        await recorder.done(job, planned.kind, push_group=in_step, detail=pushing.detail)


async def _is_as_planned(store: ProvisioningStore, application: Application, job: Job) -> bool:
    """Nobody comes in or goes out whom the plan does not name; whoever did not get an id stays out."""
    planned = await store.plan_operation(application.id, job.plan_id, job.stage, job.subject_id)
    if planned is None or planned.fingerprint != job.fingerprint:
        return False
    members = await store.push_members(application.id, job.subject_id)
    return members.to_add <= planned.people_in and members.to_remove <= planned.people_out


async def _delete(connector: Connector, group: PushGroup) -> None:
    try:
        await connector.delete_group(group.external_id)
    except NotThere:
        return


class _Pushing:
    """One group on its way."""

    def __init__(
        self, store: ProvisioningStore, application: Application, connector: Connector, group: PushGroup
    ) -> None:
        self._store = store
        self._application = application
        self._connector = connector
        self.group = group
        self.detail = ""
        self._dropped: list[PushedMember] = []

    async def push(self, planned: PlannedGroup) -> None:
        """Link, name and members; once again from the lookup where the group is gone there."""
        if not self.group.external_id:
            await self._link()
        elif planned.rename:
            await self._rename()
        try:
            await self._members(reassert=not planned.rename and planned.kind is Kind.CHANGE_GROUP)
        except NotThere:
            self.detail = "The group was gone at the application and was looked up again."
            await self._store.record_members(
                self._application.id, self.group.group_id, MemberDelta(), replaced=True
            )
            await self._link()
            await self._members(reassert=False)

    async def _link(self) -> None:
        """Find the group by its name, or create it empty (W83, W84)."""
        group = self.group
        first = bool(group.link_name) and not group.external_id
        sought = group.link_name if first else group.name_there
        found = await self._connector.find_group(sought)
        if first and not found:
            raise Refused(
                f"Link group {group.name}: there is no group {group.link_name!r} there. Unlink it, and link it to "
                "one that is there, or push it anew."
            )
        external_id = found or await self._connector.create_group(sought, group.group_id)
        await self._keep(replace(group, external_id=external_id, name_sent=sought))
        if sought != group.name_there:
            await self._rename()

    async def _rename(self) -> None:
        try:
            await self._connector.rename_group(self.group.external_id, self.group.name_there)
        except NotThere:
            return  # the members' turn finds out, and looks up again
        await self._keep(replace(self.group, name_sent=self.group.name_there))

    async def _members(self, *, reassert: bool) -> None:
        """Everybody in and out, batch by batch. Okta says the name before that each time (W85)."""
        if self.group.full_push and self._connector.replaces_members:
            await self._replace_all()
        elif self.group.full_push:
            await self._say_all_again()
        elif reassert and self._application.as_okta:
            await self._connector.rename_group(self.group.external_id, self.group.name_there)
        await self._differences()

    async def _differences(self) -> None:
        while delta := await self._next():
            dropped = await self._connector.change_members(
                self.group.external_id, self.group.name_there, _members(delta.add), _members(delta.remove)
            )
            await self._store.record_members(self._application.id, self.group.group_id, delta)
            self._note_dropped(dropped, delta)
        self._tell_dropped()

    async def _replace_all(self) -> None:
        """*Push Now*: the first batch says the whole (W88), the rest is added to it."""
        await self._store.record_members(
            self._application.id, self.group.group_id, MemberDelta(), replaced=True
        )
        delta = await self._next() or MemberDelta()
        dropped = await self._connector.replace_members(
            self.group.external_id, self.group.name_there, _members(delta.add)
        )
        self._note_dropped(dropped, delta)
        await self._store.record_members(self._application.id, self.group.group_id, delta, replaced=True)
        await self._keep(replace(self.group, full_push=False))

    def _note_dropped(self, dropped: frozenset[str], delta: MemberDelta) -> None:
        self._dropped += [member for member in delta.add if member.external_id in dropped]

    def _tell_dropped(self) -> None:
        """They count as told: said again and again they would be dropped again. Push now, or reconcile, says them anew."""
        if self._dropped:
            shown = ", ".join(member.display for member in self._dropped[:_MOST_NAMED])
            more = len(self._dropped) - _MOST_NAMED
            raise MembersDropped(
                f"Change members of group {self.group.name}: the application took the request and not all of its "
                f"members. Missing there: {shown}{f', and {more} more' if more > 0 else ''}."
            )

    async def _say_all_again(self) -> None:
        """*Push Now* where a whole membership cannot be said (W134): what differs first, then everybody once more."""
        await self._differences()
        await self._store.record_members(
            self._application.id, self.group.group_id, MemberDelta(), replaced=True
        )
        await self._keep(replace(self.group, full_push=False))

    async def _next(self) -> MemberDelta | None:
        delta = await self._store.member_delta(
            self._application.id, self.group.group_id, self._connector.members_at_once
        )
        return delta if delta.add or delta.remove else None

    async def _keep(self, group: PushGroup) -> None:
        await self._store.put_push_group(self._application.id, group)
        self.group = group


def _members(members: Sequence[PushedMember]) -> list[Member]:
    return [Member(member.external_id, member.display) for member in members]
