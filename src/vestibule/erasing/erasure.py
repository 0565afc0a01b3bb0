"""Erasing a person: looked at before, asked for by name, done in two steps of which the second may be gone on with.

The first step is a Change like any other: the person's row keeps an id, whoever follows the log is told
(``user.erased``), and with it goes all that is kept under the id. The second looks through what is kept about
others, as far back as anything is kept. A job carries it: killed half-way, it is gone on with where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from vestibule.directory.erase import is_erased
from vestibule.directory.facts import ById
from vestibule.directory.request import Erase, Standing
from vestibule.directory.resource import Resource, State
from vestibule.directory.run import carry_out
from vestibule.directory.store import DirectoryStore
from vestibule.erasing.store import ErasureStore, OpenErasure
from vestibule.erasing.traces import Known, Traces
from vestibule.refused import Refused
from vestibule.scim.fold import fold_user_name

#: Between two steps of the second half, so that others get their turn.
_PAUSE_SECONDS = 0.002
#: After so many steps it is written down how far it is.
_KEEP_AFTER = 10

#: What stays, and why; told beside what goes.
STAYS = (
    "the id, with the times at which something happened to it and of what kind it was: no name, no value",
    "the audit trail's seals: a hash of what was erased, without the salt that it was made with, so that "
    "`vestibule audit verify` still holds",
    "what others say of the person in attributes of their own, such as a manager's name",
    "backups and copies made before, the log of the identity provider, and what the product keeps itself: it is "
    "told by the event user.erased",
)


class NotNamed(Refused):
    """What was typed is not the name of the person who is to be erased."""

    status = 409


@dataclass(frozen=True, slots=True)
class Preview:
    """What erasing a person would do."""

    id: str
    #: What has to be typed.
    name: str
    state: State
    #: The attributes that are kept, by their names.
    attributes: tuple[str, ...]
    #: How many rows of what go; none that is 0.
    goes: Mapping[str, int]
    #: Ids under which the same person was here before and was deleted: erased with them.
    earlier: tuple[str, ...]
    stays: Sequence[str] = STAYS
    is_erased: bool = False
    #: Where the person was erased, and others' entries are being looked through.
    under_way: OpenErasure | None = None

    @property
    def comes_back(self) -> bool:
        """Whether an identity provider manages the person still, and so will make them anew."""
        return self.state is State.MANAGED


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases people of one tenant, on behalf of whoever ``standing`` says."""

    store: ErasureStore
    directory: DirectoryStore
    clock: Callable[[], str]
    new_id: Callable[[], str]
    standing: Standing

    async def preview(self, person: Resource) -> Preview:
        """What would go and what would stay; nothing is changed."""
        tenant = self.standing.tenant
        document = person.document()
        counted = await self.store.counts(tenant, person.id)
        return Preview(
            person.id,
            str(document.get("userName") or person.id),
            person.state,
            tuple(name for name in document if name not in ("id", "schemas")),
            {what: many for what, many in counted.items() if many},
            tuple(await self.store.earlier(tenant, person.id)),
            is_erased=is_erased(person),
            under_way=next(
                (one for one in await self.store.open() if (one.tenant, one.person) == (tenant, person.id)),
                None,
            ),
        )

    async def erase(self, person: Resource, typed: str) -> Sequence[OpenErasure]:
        """The first half, for the person and whoever they were before; what is left to look through.

        ``NotNamed`` unless ``typed`` is the person's userName, or the id where there is none.
        """
        preview = await self.preview(person)
        if fold_user_name(typed.strip()) != fold_user_name(preview.name):
            raise NotNamed(
                f"Nobody was erased: {typed[:200]!r} is not the name of the person, which is {preview.name!r}."
                if typed.strip()
                else f"Nobody was erased: type the name of the person, {preview.name!r}, to erase them."
            )
        done = []
        for id in (person.id, *preview.earlier):
            done.append(await self._row(id))
        return done

    async def _row(self, id: str) -> OpenErasure:
        standing = self.standing
        key = ById("User", id, standing.connection)
        person: Resource | None = (await self.directory.facts(standing.tenant, (key,)))[key]
        values = await self._values(person) if person is not None else ()
        applied = await carry_out(self.directory, standing, Erase(id, values), self.clock, self.new_id)
        if applied.change.answer.error is not None:
            raise applied.change.answer.error
        await _let_go(self.store, standing.tenant, id)
        return OpenErasure(standing.tenant, id, values)

    async def _values(self, person: Resource) -> tuple[str, ...]:
        tenant, known, after = self.standing.tenant, Known(), 0
        known.document(person.document())
        while told := await self.store.told_of(tenant, person.id, after):
            for _, payload in told:
                known.event(payload)
            after = told[-1][0]
            await asyncio.sleep(_PAUSE_SECONDS)
        others = await self.store.known_as(tenant, person.id)
        return known.values([*others, person.external_id or "", person.user_name or "", person.email or ""])


async def look_through(
    store: ErasureStore, erasure: OpenErasure, progress: Callable[[OpenErasure], None] | None = None
) -> None:
    """The second half: every place that may speak of the person, from where it was left. It may be done twice."""
    traces = Traces(erasure.person, erasure.values)
    # What was written while the first half was under way, such as the row of a request, went in after it.
    await _let_go(store, erasure.tenant, erasure.person)
    if not erasure.place:
        await store.by_name(erasure)
        erasure = replace(erasure, rows=await store.to_look_through(erasure.tenant))
    for number in count(1):
        step = await store.look_through(erasure, erasure.place, traces.without)
        erasure = replace(erasure, place=step.place, looked=erasure.looked + step.rows)
        if progress is not None:
            progress(erasure)
        if not step.place:
            break
        if number % _KEEP_AFTER == 0:
            await store.keep(erasure)
        await asyncio.sleep(_PAUSE_SECONDS)
    await _let_go(store, erasure.tenant, erasure.person)
    await store.close(erasure)


async def look_through_all(store: ErasureStore, progress: Callable[[OpenErasure], None] | None = None) -> int:
    """The second half of every erasure that has one left; how many."""
    erasures = await store.open()
    for erasure in erasures:
        await look_through(store, erasure, progress)
    if erasures:
        await store.overwrite()
    return len(erasures)


async def _let_go(store: ErasureStore, tenant: int, person: str) -> None:
    place = ""
    while place := await store.let_go(tenant, person, place):
        await asyncio.sleep(_PAUSE_SECONDS)
