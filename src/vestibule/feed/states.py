"""People and teams as the product should hold them: one, a snapshot of all, and the product's answers."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vestibule.directory.resource import Access
from vestibule.feed.acknowledgement import Acknowledgement, Answered, Outcome, Unconfirmed
from vestibule.feed.errors import NeverTold, UnknownPerson
from vestibule.feed.store import StateStore
from vestibule.feed.wanted_state import (
    LinkedRow,
    StateRow,
    TeamState,
    Versions,
    WantedState,
    team_state,
    wanted_state,
)
from vestibule.profiles.shelf import ProfileShelf
from vestibule.tenancy.store import TenancyStore
from vestibule.tenancy.tenant import Tenant

#: Access whose end the product has not confirmed after so long is late: five minutes is what IPSIE asks for.
LATE_SECONDS = 300
_KEY = "state versions"


@dataclass(frozen=True, slots=True)
class SnapshotPage:
    """A part of a tenant's people and teams; ``place`` is where to go on, None at the end."""

    people: Sequence[WantedState]
    teams: Sequence[TeamState]
    place: tuple[str, int] | None


class States:
    """One for each process. ``fresh_key`` makes the key of versions, should none be kept yet."""

    def __init__(
        self,
        store: StateStore,
        tenancy: TenancyStore,
        profiles: ProfileShelf,
        clock: Callable[[], str],
        fresh_key: Callable[[], str],
    ) -> None:
        self._store = store
        self._tenancy = tenancy
        self._profiles = profiles
        self._clock = clock
        self._fresh_key = fresh_key
        self._versions: Versions | None = None

    async def person(self, tenant: Tenant, id: str) -> WantedState:
        """The wanted state of that person, deleted ones included. ``UnknownPerson``."""
        found = await self.people(tenant, (id,))
        if not found:
            raise UnknownPerson(id, tenant.slug)
        return found[0]

    async def people(self, tenant: Tenant, ids: Sequence[str]) -> Sequence[WantedState]:
        """Those of them whom the tenant has or had, in no order."""
        rows = await self._store.states(tenant.id, ids)
        return await self._states(tenant, rows)

    async def snapshot(self, tenant: Tenant, place: tuple[str, int] | None, count: int) -> SnapshotPage:
        """The people and teams after a place, in the order in which they were made; people first.

        A page is as of now. Whoever read the feed's place before the first page and goes on there
        after the last has everything: what changed meanwhile comes as an event once more.
        """
        type, after = place or ("User", 0)
        rows = await self._store.walk_states(tenant.id, type, after, count)
        going_on = (type, rows[-1].seq) if len(rows) == count else ("Group", 0) if type == "User" else None
        if type == "User":
            return SnapshotPage(await self._states(tenant, rows), (), going_on)
        return SnapshotPage((), [team_state(row, tenant.slug) for row in rows], going_on)

    async def acknowledge(
        self, tenant: Tenant, id: str, version: str, outcome: Outcome, reason: str, by: str
    ) -> Answered:
        """Keep the product's answer. ``UnknownPerson``, ``NeverTold``.

        Applied is only what is the wanted state still: an end of access is settled by the version that
        told it, and by no earlier one.
        """
        current = await self.person(tenant, id)
        told = (await self._ready()).told(version, tenant.id, id)
        if told is None:
            raise NeverTold(version, id)
        is_current = current.version == version
        settles = outcome is Outcome.APPLIED and told.access is Access.ENDED and is_current
        number = told.number if settles else None
        answer = Acknowledgement(id, self._clock(), version, outcome, reason, by)
        kept = await self._store.acknowledge(tenant.id, answer, settles=number)
        return Answered(is_current, kept.confirms is not None)

    async def unconfirmed(self, tenant: Tenant | None = None, *, limit: int = 1000) -> Sequence[Unconfirmed]:
        """Access that ended and is not confirmed, the oldest first; of one tenant or of all."""
        return await self._store.unconfirmed(tenant.id if tenant else None, limit=limit)

    async def _states(self, tenant: Tenant, rows: Sequence[StateRow]) -> list[WantedState]:
        if not rows:
            return []
        versions = await self._ready()
        profile = await self._profiles.current(tenant.profile)
        own_roles = await self._tenancy.roles(tenant.id)
        linked: dict[str, list[LinkedRow]] = {}
        if profile.services:
            for one in await self._store.linked(tenant.id, [row.resource.id for row in rows]):
                linked.setdefault(one.person, []).append(one)
        return [
            wanted_state(
                row, tenant.id, tenant.slug, profile, own_roles, versions, linked.get(row.resource.id, ())
            )
            for row in rows
        ]

    async def _ready(self) -> Versions:
        if self._versions is None:
            kept = await self._tenancy.kept_key(_KEY, self._fresh_key())
            self._versions = Versions(base64.b64decode(kept))
        return self._versions
