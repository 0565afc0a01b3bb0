"""A directory in which everything has happened once: for looking at its pages, and for the gallery."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx2

from tests.console.company import EXAMPLE
from tests.console.directory import Directory
from vestibule.provisioning.application import Application
from vestibule.provisioning.push_rule import Fit, PushRule
from vestibule.provisioning.setting_up import Wanted
from vestibule.provisioning.under_way import Findings, Run

_PATIENCE_SECONDS = 60.0
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

NAMES = (
    "people", "person", "groups", "group", "import", "import-diff", "applications", "catalog", "catalog-add",
    "general", "sign-on", "provisioning", "connection", "to-app", "mappings", "attribute", "assignments", "assign",
    "assign-groups", "assigned", "run", "user-import", "reconcile", "push-groups", "push-rule", "tasks", "plans", "plan",
    "administrators", "api-tokens", "audit", "you",
)  # fmt: skip


def filled_directory(directory: Directory, base: str, token: str) -> dict[str, str]:
    """The path of each page of ``NAMES``, below the console's root. ``base`` and ``token`` are a GetAccept tenant's."""
    return directory.do(_filled(directory, base, token))


async def _filled(directory: Directory, base: str, token: str) -> dict[str, str]:
    application, sending = directory.application, directory.application.sending
    await directory.company.reads_the_example()
    desk = sending.desk("administrator:mia@example.com")
    await desk.add(Wanted(name="GetAccept"), from_="getaccept")
    await desk.add(Wanted(name="ACALL"), from_="acall")
    await desk.sign_on("GetAccept", "saml", "user.email")
    await desk.change("GetAccept", username_format="custom:user.nickName")
    people = [person.login for person in await sending.store.people()][:6]
    await desk.assign("GetAccept", people[:1], [], {"userType": "Manager"})
    await desk.connect("GetAccept", url=base, token=token)
    getaccept = await sending.store.application("GetAccept")
    await _settled(directory, getaccept.id)
    await desk.change("GetAccept", username_format="email")
    groups = [group.name for group, _ in await sending.store.source_groups()]
    await desk.assign("GetAccept", people[1:6], groups[:1], {"userType": "User"}, 1)
    await desk.push_group("GetAccept", groups[0])
    await desk.add_rule("GetAccept", PushRule(0, "Sales teams", Fit.CONTAINS, "sales"))
    await _settled(directory, getaccept.id)
    await desk.set_engine("GetAccept", needs_approval=True)
    await desk.change("GetAccept", username_format="custom:user.firstName")
    await desk.assign("GetAccept", ["hanako.sato2@kitano.example"], [], {})
    plan = await desk.make_plan("GetAccept", "mia@example.com")
    one = await sending.store.person(people[0])

    async def work(run: Run) -> object:
        await run.trace.begin(sending.store, getaccept, one.id)
        async with sending.worker(getaccept, progress=run.note, watch=run.trace.exchange) as worker:
            return await worker.provision([one.id])

    run = application.runs.begin(
        getaccept.id,
        f"Provision User: {one.login}",
        "administrator:mia@example.com",
        "2026-01-02T03:04:05.000Z",
        work,  # type: ignore[arg-type]
    )
    declared = sending.declared_source(
        str(EXAMPLE),
        given={"changes": [str(folder) for folder in sorted((EXAMPLE / "changes").iterdir())[:1]]},
    )
    reading = application.imports.begin(
        "people.csv, groups.csv", "", "administrator:mia@example.com", "2026-01-02T03:04:05.000Z",
        lambda: sending.prepare_import(declared),
    )  # fmt: skip
    await _read_anew(directory, getaccept, base, token)
    await desk.issue_token(sending.new_api_secret, ["directory:read", "plans:write"], "hr")
    group = await sending.store.source_group(groups[0])
    own = f"/applications/{getaccept.id}"
    return {
        "people": "/people", "person": f"/people/{one.id}", "groups": "/groups", "group": f"/groups/{group.id}",
        "import": "/import", "import-diff": f"/import/{reading.id}", "applications": "/applications",
        "catalog": "/catalog", "catalog-add": "/catalog/getaccept", "general": f"{own}/general",
        "sign-on": f"{own}/sign-on", "provisioning": f"{own}/provisioning",
        "connection": f"{own}/provisioning?edit=connection", "to-app": f"{own}/provisioning?edit=to-app",
        "mappings": f"{own}/mappings?who={one.login}", "attribute": f"{own}/mappings/attributes/displayName",
        "assignments": f"{own}/assignments", "assign": f"{own}/assignments/assign?to=people",
        "assign-groups": f"{own}/assignments/assign?to=groups", "assigned": f"{own}/assignments/{one.id}",
        "run": f"{own}/runs/{run.id}", "user-import": f"{own}/import", "reconcile": f"{own}/reconcile",
        "push-groups": f"{own}/push-groups", "push-rule": f"{own}/push-groups?add=rule",
        "tasks": "/tasks", "plans": "/plans", "plan": f"/plans/{getaccept.id}/{plan.id}",
        "administrators": "/administrators", "api-tokens": "/tokens", "audit": "/audit", "you": "/you",
    }  # fmt: skip


async def _read_anew(directory: Directory, application: Application, base: str, token: str) -> None:
    """Somebody edited one user there, and three are there of whom nobody was sent; all of it was read."""
    server, sending = directory.application, directory.application.sending
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    async with httpx2.AsyncClient(headers=headers) as client:
        first = (await client.get(f"{base}/Users?count=1")).json()["Resources"][0]
        edited = {
            "schemas": [_PATCH],
            "Operations": [{"op": "replace", "value": {"displayName": "Edited there"}}],
        }
        await client.patch(f"{base}/Users/{first['id']}", json=edited)
        for user_name, given, family in (
            ("takashi.yamada@kitano.example", "隆", "山田"), ("m.laine@old.example", "Mika", "Laine"),
            ("visitor@else.example", "Vi", "Sitor"),
        ):  # fmt: skip
            name = {"givenName": given, "familyName": family}
            emails = [{"value": user_name, "type": "work", "primary": True}]
            body = {"schemas": [_USER], "userName": user_name, "name": name, "emails": emails, "active": True}
            await client.post(f"{base}/Users", json=body)
    by, at = "administrator:mia@example.com", "2026-01-02T03:04:05.000Z"

    async def users(findings: Findings) -> list[Any]:
        return await sending.imported_users(application, findings.note)

    async def drift(findings: Findings) -> list[Any]:
        return [found async for found in sending.drift(application, seen=findings.note)]

    for kind, work in (("users", users), ("drift", drift)):
        begun = server.findings.begin(application.id, kind, by, at, work)
        while not begun.is_over:
            await asyncio.sleep(0.02)
        assert begun.found, begun.fault


async def _settled(directory: Directory, application_id: int) -> None:
    """Whatever is to be sent was sent."""
    store = directory.application.sending.store
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        stirring = await store.stirring(application_id)
        if stirring.newest == 0 and stirring.due is None:
            return
        assert time.monotonic() < end, "it was not sent"
        await asyncio.sleep(0.1)
