"""An installation of its own, in memory, with one tenant like another: to be tried out, and gone afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from vestibule.app import Vestibule
from vestibule.profiles.profile import Role
from vestibule.profiles.shelf import StoredProfile
from vestibule.settings import Settings
from vestibule.tenancy.access_tokens import issue_token
from vestibule.tenancy.kept_profiles import keep_profile
from vestibule.tenancy.tenant import Tenant
from vestibule.tenancy.tenants import confirm_sign_on, create_tenant
from vestibule.web.premises import Scratch
from vestibule.web.server import Listening, address_of, open_socket, server

_ACTOR = "operator:scratch"


@asynccontextmanager
async def scratch(
    like: Tenant, stored: StoredProfile | None, roles: Sequence[Role]
) -> AsyncIterator[Scratch]:
    """Its SCIM address on loopback and a token, with the same profile, plan and roles; removed at the end."""
    application = Vestibule(Settings(database="sqlite://"), tidies=False)
    listening = Listening("127.0.0.1", 0)
    bound = open_socket(listening)
    application.listening_url = address_of(listening, bound)
    ready = asyncio.Event()
    serving = server(application, listening, on_ready=ready.set, signals=False)
    async with application.lifespan():
        running = asyncio.create_task(serving.serve(sockets=[bound]))
        try:
            await asyncio.wait_for(ready.wait(), 30)
            desk = application.desk(_ACTOR)
            if stored is not None:
                await keep_profile(desk, stored.text, f"{stored.name}.toml")
            tenant = await create_tenant(desk, "scratch", profile=like.profile, plan=like.plan)
            tenant = await confirm_sign_on(desk, tenant)
            for role in roles:
                entry = desk.entry("role.added", "Tenant", tenant.slug)
                await desk.store.put_role(tenant.id, role, entry, desk.clock())
            issued = await issue_token(desk, tenant)
            yield Scratch(f"{application.listening_url}/t/{tenant.slug}/scim/v2", issued.secret)
        finally:
            serving.should_exit = True
            await running
