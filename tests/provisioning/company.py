"""A small company with one application, on a store of its own and a server on a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count

from tests.connectors.scim_server import TOKEN, ScimServer, scim_server
from tests.database import new_own_database
from vestibule.connectors.scim import ScimConnector
from vestibule.key_ring import KeyRing, new_key
from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.mapping import TEMPLATE
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.source import GroupRow, PersonRow, Reading, Status, difference
from vestibule.provisioning.worker import Worker
from vestibule.stores.sending import SendingStore, open_sending_store


@dataclass
class Company:
    """What is read from its files, and what was sent."""

    store: SendingStore
    server: ScimServer
    application: Application
    reading: Reading
    _numbers: Callable[[], int]

    async def reads(self, **changes: object) -> None:
        """The directory now says so."""
        self.reading = replace(self.reading, **changes)  # type: ignore[arg-type]
        change = difference(await self.store.known(), self.reading, lambda p: f"{p}{self._numbers():017d}")
        await self.store.apply_source(change)

    async def person(self, login: str, **changes: str) -> None:
        """One person's attributes, or status, changed."""
        row = self.reading.people[login]
        status = Status(changes.pop("status", row.status))
        changed = PersonRow(row.login, {**row.attributes, **changes}, status)
        await self.reads(people={**self.reading.people, login: changed})

    async def assign_all(self) -> None:
        people = await self.store.people()
        await self.store.assign(self.application.id, [Assignment(Subject.PERSON, p.id) for p in people])

    async def push(self, name: str) -> None:
        group = await self.store.source_group(name)
        await self.store.put_push_group(self.application.id, PushGroup(group.id, group.name))

    async def apply(self, **given: object) -> RunReport:
        self.application = await self.store.application(self.application.name)
        connector = ScimConnector(self.application)
        try:
            return await Worker(self.store, self.application, connector, **given).apply()  # type: ignore[arg-type]
        finally:
            await connector.close()


def staff(size: int) -> dict[str, PersonRow]:
    return {
        f"p{n:03d}": PersonRow(
            f"p{n:03d}",
            {
                "login": f"p{n:03d}",
                "email": f"P{n:03d}@corp.test",
                "firstName": f"Given{n}",
                "lastName": f"Family{n}",
            },
        )
        for n in range(size)
    }


def new_store(url: str = "") -> SendingStore:
    """An empty store of the chosen kind, or the one at ``url``; not started."""
    place = new_own_database()
    keys = KeyRing.from_text(new_key())
    return open_sending_store(url or place.url, None if url else keys, schema=place.schema)


@asynccontextmanager
async def company(
    size: int = 5, url: str = "", memory: ScimServer | None = None, **given: object
) -> AsyncIterator[Company]:
    """``size`` people, all in the group Everyone; on the chosen store, or at ``url``."""
    store = new_store(url)
    await store.start()
    numbers = count(1)
    try:
        async with scim_server(memory) as server:
            application = Application(
                0,
                "app",
                "generic",
                connection=Connection(server.url, TOKEN),
                **given,  # type: ignore[arg-type]
            )
            application = await store.add_application(application, TEMPLATE)
            made = Company(store, server, application, Reading(), lambda: next(numbers))
            people = staff(size)
            await made.reads(
                people=people,
                groups={"all": GroupRow("all", "Everyone")},
                memberships=frozenset(("all", login) for login in people),
            )
            yield made
    finally:
        await store.stop()
