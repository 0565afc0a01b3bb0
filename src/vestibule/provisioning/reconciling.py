"""Reconciliation: reads what an application really holds, lists the drift, and takes it into account on request.

Mending sends nothing by itself: it corrects what is known, so that the next plan or run sends what
differs. Whoever is unknown here is listed and never touched.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vestibule.provisioning.app_user import AppUserState
from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import Connector
from vestibule.provisioning.drift import Drift, DriftKind, gone_there, known_as_it_is, user_drift
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.plan import PersonFacts
from vestibule.provisioning.push_group import PushedMember, PushFacts
from vestibule.provisioning.source import fold_login
from vestibule.provisioning.store import MemberDelta, ProvisioningStore
from vestibule.provisioning.wording import number_of

_PAGE = 100


class Reconciling:
    """Of one application; ``seen`` is told how many users were read so far.

    All of it raises Failures where the application cannot be read to the end.
    """

    def __init__(
        self,
        store: ProvisioningStore,
        application: Application,
        connector: Connector,
        *,
        mends: bool = False,
        seen: Callable[[int], None] = lambda seen: None,
    ) -> None:
        self._store = store
        self._application = application
        self._connector = connector
        self._mends = mends
        self._tell = seen
        self._rows: Sequence[MappingRow] = ()
        self._seen: set[str] = set()

    async def drift(self) -> AsyncIterator[Drift]:
        """Every finding: users, then groups."""
        self._rows = await self._store.mapping(self._application.id)
        page: list[dict[str, Any]] = []
        async for user in self._connector.users():
            page.append(dict(user))
            if len(page) == _PAGE:
                async for found in self._of_users(page):
                    yield found
                page = []
        async for found in self._of_users(page):
            yield found
        async for found in self._missing_users():
            yield found
        if self._application.pushes_groups:
            async for found in self._of_groups():
                yield found

    async def _of_users(self, page: Sequence[dict[str, Any]]) -> AsyncIterator[Drift]:
        by_id = {str(user.get("id")): user for user in page}
        people = await self._store.people_there(self._application.id, list(by_id))
        self._seen |= by_id.keys()
        self._tell(len(self._seen))
        for id, user in by_id.items():
            label = str(user.get("userName"))
            if id not in people:
                yield Drift(
                    DriftKind.UNKNOWN_HERE, "user", label, id, "is there and nobody here stands for them"
                )
                continue
            facts = await self._store.person_facts(self._application.id, people[id])
            differing = user_drift(self._application, self._rows, facts, user)
            if differing:
                names = ", ".join(one.variable for one in differing)
                yield Drift(
                    DriftKind.CHANGED_THERE,
                    "user",
                    facts.person.shown_name,
                    id,
                    f"differs in {names}",
                    differing,
                )
                if self._mends and facts.app_user is not None:
                    corrected = known_as_it_is(facts.app_user, user, differing)
                    await self._store.note_app_user(self._application.id, corrected)

    async def _missing_users(self) -> AsyncIterator[Drift]:
        after = ""
        while page := await self._store.people_facts(self._application.id, after):
            for facts in page:
                if _is_told(facts) and facts.app_user and facts.app_user.external_id not in self._seen:
                    yield Drift(
                        DriftKind.UNKNOWN_THERE,
                        "user",
                        facts.person.shown_name,
                        facts.app_user.external_id,
                        "was created or linked, and is not there",
                    )
                    if self._mends:
                        await self._store.note_app_user(self._application.id, gone_there(facts.app_user))
            after = fold_login(page[-1].person.login)

    async def _of_groups(self) -> AsyncIterator[Drift]:
        there = {str(group.get("id")): group async for group in self._connector.groups()}
        for facts in await self._store.push_facts(self._application.id):
            push = facts.group
            if not push.external_id:
                continue
            group = there.pop(push.external_id, None)
            if group is None:
                yield Drift(
                    DriftKind.UNKNOWN_THERE,
                    "group",
                    push.name,
                    push.external_id,
                    "was pushed, and is not there",
                )
                if self._mends:
                    await self._forget_members(push.group_id)
                    await self._store.put_push_group(
                        self._application.id,
                        replace(push, external_id="", name_sent="", fault="", fault_hash=""),
                    )
                continue
            async for found in self._of_group(facts, group):
                yield found
        for id, group in there.items():
            name = str(group.get("displayName"))
            yield Drift(DriftKind.UNKNOWN_HERE, "group", name, id, "is there and is not pushed from here")

    async def _of_group(self, facts: PushFacts, group: Mapping[str, Any]) -> AsyncIterator[Drift]:
        push = facts.group
        said = []
        name = str(group.get("displayName"))
        if name != push.name_sent:
            said.append(f"is called {name} there, not {push.name_sent}")
        members = group.get("members")
        told = {
            one.external_id: one
            for one in await self._store.told_members(self._application.id, push.group_id)
        }
        actual = _ids(members) if isinstance(members, list) else set(told)
        if missing := told.keys() - actual:
            said.append(f"{number_of(len(missing), 'member')} missing there")
        if extra := actual - told.keys():
            said.append(f"{number_of(len(extra), 'member')} there whom it was not told")
        if not said:
            return
        yield Drift(DriftKind.CHANGED_THERE, "group", push.name, push.external_id, "; ".join(said))
        if self._mends:
            kept = [told[id] for id in told if id in actual]
            ours = await self._store.people_there(self._application.id, sorted(extra))
            strangers = [PushedMember(ours.get(id, ""), id, id) for id in sorted(extra)]
            await self._store.record_members(
                self._application.id, push.group_id, MemberDelta((*kept, *strangers)), replaced=True
            )
            await self._store.put_push_group(
                self._application.id, replace(push, name_sent=name, fault="", fault_hash="")
            )

    async def _forget_members(self, group_id: str) -> None:
        await self._store.record_members(self._application.id, group_id, MemberDelta(), replaced=True)


def _is_told(facts: PersonFacts) -> bool:
    known = facts.app_user
    return known is not None and known.state is not AppUserState.ABSENT


def _ids(members: list[Any]) -> set[str]:
    return {str(one["value"]) for one in members if isinstance(one, dict) and one.get("value")}
