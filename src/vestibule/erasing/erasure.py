"""Erasing a person: looked at before, asked for by name, done in two steps of which the second may be gone on with.

The first step is a Change like any other: the person's row keeps an id, whoever follows the log is told
(``user.erased``), and with it goes all that is kept under the id. The second looks through what is kept about
others. A job carries it: killed half-way, it is begun again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vestibule.directory.erase import is_erased
from vestibule.directory.facts import ById
from vestibule.directory.request import Erase, Standing
from vestibule.directory.resource import Resource, State
from vestibule.directory.run import carry_out
from vestibule.directory.store import DirectoryStore
from vestibule.directory.story import DirectoryLog
from vestibule.erasing.store import ErasureStore, OpenErasure
from vestibule.erasing.traces import Traces, documents_of_event, telling_values
from vestibule.refused import Refused
from vestibule.scim.fold import fold_user_name

#: Between two steps of the second half, so that others get their turn.
_PAUSE_SECONDS = 0.002

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

    @property
    def comes_back(self) -> bool:
        """Whether an identity provider manages the person still, and so will make them anew."""
        return self.state is State.MANAGED


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases people of one tenant, on behalf of whoever ``standing`` says."""

    store: ErasureStore
    directory: DirectoryStore
    log: DirectoryLog
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
        await self.store.let_go(standing.tenant, id)
        return OpenErasure(standing.tenant, id, values)

    async def _values(self, person: Resource) -> tuple[str, ...]:
        story = await self.log.story_of(self.standing.tenant, person.id)
        documents = [person.document()]
        for event in story.events:
            documents += documents_of_event(event.payload)
        known = [*await self.store.known_as(self.standing.tenant, person.id), person.external_id or ""]
        return telling_values(documents, [*known, person.user_name or "", person.email or ""])


async def look_through(
    store: ErasureStore, erasure: OpenErasure, progress: Callable[[str], None] | None = None
) -> None:
    """The second half: every place that may speak of the person. It may be done twice."""
    traces = Traces(erasure.person, erasure.values)
    # What was written while the first half was under way, such as the row of a request, went in after it.
    await store.let_go(erasure.tenant, erasure.person)
    await store.by_name(erasure)
    place = ""
    while place := await store.look_through(erasure, place, traces.without):
        if progress is not None:
            progress(place)
        await asyncio.sleep(_PAUSE_SECONDS)
    await store.let_go(erasure.tenant, erasure.person)
    await store.close(erasure)


async def look_through_all(store: ErasureStore) -> int:
    """The second half of every erasure that has one left; how many."""
    erasures = await store.open()
    for erasure in erasures:
        await look_through(store, erasure)
    if erasures:
        await store.overwrite()
    return len(erasures)
