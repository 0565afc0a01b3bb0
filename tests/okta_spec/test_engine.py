"""C3 to C13 once more, with our own sending side in Okta's place, over a socket, in both modes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import pytest

from tests.installation import Site
from tests.provisioning.company import Company
from vestibule.app import Vestibule
from vestibule.provisioning.application import Application, Connection, Mode
from vestibule.provisioning.assignment import Subject
from vestibule.provisioning.mapping import TEMPLATE
from vestibule.provisioning.source import PersonRow, Reading, Status
from vestibule.stores.sqlite.provisioning import SqliteProvisioningStore
from vestibule.web.server import Listening, address_of, open_socket, server

LENA = PersonRow(
    "lena",
    {
        "login": "lena",
        "email": "Lena.Roth@corp.test",
        "firstName": "Lena",
        "lastName": "Roth",
        "title": "Engineer",
        "primaryPhone": "+49 30 1234",
    },
)


@asynccontextmanager
async def listening(application: Vestibule) -> AsyncIterator[str]:
    """The application on a loopback socket; its address."""
    where = Listening("127.0.0.1", 0)
    bound, ready = open_socket(where), asyncio.Event()
    uvicorn = server(application, where, on_ready=ready.set)
    serving = asyncio.create_task(uvicorn.serve(sockets=[bound]))
    await ready.wait()
    try:
        yield address_of(where, bound)
    finally:
        uvicorn.should_exit = True
        await serving


@pytest.mark.requirement("K2", "K5")
@pytest.mark.parametrize("as_okta", [True, False], ids=["as Okta", "our own way"])
@pytest.mark.parametrize("mode", list(Mode))
async def test_c3_to_c13(mode: Mode, as_okta: bool, site: Site) -> None:
    tenant = await site.tenant("generic")
    store, numbers = SqliteProvisioningStore("sqlite://"), count(1)
    await store.start()
    try:
        async with listening(site.application) as address:
            connection = Connection(f"{address}/t/{tenant.slug}/scim/v2", tenant.token)
            application = await store.add_application(
                Application(0, "product", "generic", mode, connection=connection, as_okta=as_okta), TEMPLATE
            )
            okta = Company(store, None, application, Reading(), lambda: next(numbers))  # type: ignore[arg-type]

            # C2 to C4: added, assigned, created
            await okta.reads(people={"lena": LENA})
            await okta.assign_all()
            assert (await okta.apply()).as_document()["creates"] == 1
            [found] = (await tenant.get("/Users")).json["Resources"]
            assert found["userName"] == "Lena.Roth@corp.test"
            assert found["emails"][0]["value"] == "Lena.Roth@corp.test"
            assert found["name"] == {"givenName": "Lena", "familyName": "Roth"}
            path = f"/Users/{found['id']}"

            # C5, C6: the first name changes
            await okta.person("lena", firstName="Magdalena")
            assert (await okta.apply()).as_document()["updates"] == 1
            assert (await tenant.get(path)).json["name"]["givenName"] == "Magdalena"

            # C7, C8: deactivated in the directory
            await okta.person("lena", status=Status.DEPROVISIONED)
            assert (await okta.apply()).as_document()["deactivations"] == 1
            assert (await tenant.get(path)).json["active"] is False

            # C9 to C11: activated and assigned again
            await okta.person("lena", status=Status.ACTIVE)
            assert (await okta.apply()).as_document()["reactivations"] == 1
            again = (await tenant.get(path)).json
            assert again["active"] is True
            assert again["name"]["givenName"] == "Magdalena"
            assert again["externalId"] == found["externalId"]

            # C12, C13: unassigned
            [person] = await store.people()
            await store.unassign(application.id, Subject.PERSON, [person.id])
            assert (await okta.apply()).as_document()["deactivations"] == 1
            assert (await tenant.get(path)).json["active"] is False
            assert (await tenant.get("/Users")).json["totalResults"] == 1

            # nothing more is sent
            assert not (await okta.apply()).counts
    finally:
        await store.stop()
