"""A Vestibule that listens, in a thread of its own, with an operator's hand in it: for tests that use a browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.console.hand import Stage
from tests.installation import Site
from vestibule.app import Vestibule
from vestibule.directory.import_file import read_people
from vestibule.directory.import_run import import_people
from vestibule.directory.request import Standing
from vestibule.identifiers import new_resource_id
from vestibule.scratch import scratch
from vestibule.settings import Settings
from vestibule.sign_in.administrator import Administrator
from vestibule.sign_in.administrators import issue_link
from vestibule.tenancy.access_tokens import issue_token
from vestibule.tenancy.tenant import Tenant
from vestibule.tenancy.tenants import confirm_sign_on, create_tenant
from vestibule.web.server import Listening, address_of, open_socket, server

T = TypeVar("T")


class Served:
    """The installation: ``url``, and ``do`` to have something done in its loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, application: Vestibule) -> None:
        self._loop = loop
        self.application = application
        self.url = application.listening_url
        self.stage = Stage(Site(application, application.desk("operator:test")))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def tenant(self, name: str, profile: str, *, account: str = "", confirmed: bool = True) -> Tenant:
        """A new tenant, in draft."""
        desk = self.stage.site.desk
        made = self.do(create_tenant(desk, name, profile=profile, account=account or None))
        return self.do(confirm_sign_on(desk, made)) if confirmed else made

    def token(self, tenant: Tenant, *, draft: bool = False) -> str:
        """A token; provisioning is on, unless ``draft``."""
        return self.do(issue_token(self.stage.site.desk, tenant, draft=draft)).secret

    def administrator(self, email: str, *tenants: Tenant, whole: bool = False) -> Administrator:
        """Somebody who looks after these tenants."""
        return self.do(self.stage.administrator(email, *tenants, whole=whole))

    def link(self, one: Administrator) -> str:
        """Where they sign in, once."""
        return f"{self.url}/welcome/{self.do(issue_link(self.stage.sign_ins, one))}"

    def existing(self, tenant: Tenant, csv: str) -> None:
        """People who existed in the product before."""

        async def brought_in() -> None:
            desk = self.stage.site.desk
            profile = await desk.profile_of(tenant)
            connection = (await desk.store.connections(tenant.id))[0].id
            standing = Standing(tenant.id, connection, profile, "", desk.actor, "r-set-up")
            people = read_people(csv.encode(), profile.types["User"], "people.csv")
            store = self.application.store.directory
            await import_people(store, standing, people, desk.clock, new_resource_id)

        self.do(brought_in())

    def base(self, tenant: Tenant) -> str:
        """Its Tenant URL."""
        return f"{self.url}/t/{tenant.slug}/scim/v2"


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[Served]:
    """One on loopback with these settings, stopped at the end."""
    ready = threading.Event()
    found: list[Any] = []

    async def serve() -> None:
        application = Vestibule(Settings(database=f"sqlite:///{folder / 'vestibule.db'}", **settings))
        listening = Listening("127.0.0.1", 0)
        bound = open_socket(listening)
        application.listening_url = address_of(listening, bound)
        application.scratch = scratch
        serving = server(application, listening, on_ready=ready.set, signals=False)
        async with application.lifespan():
            found.extend((asyncio.get_running_loop(), application, serving))
            await serving.serve(sockets=[bound])

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(30), "the server did not start"
    try:
        yield Served(found[0], found[1])
    finally:
        found[2].should_exit = True
        thread.join(30)
