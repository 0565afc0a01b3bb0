"""The sending side's API over ASGI, on a company of its own with a server that it is provisioned to."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.connectors.scim_server import TOKEN, ScimServer, scim_server
from vestibule.directory_bureau import directory_api
from vestibule.identifiers import Identifiers
from vestibule.provisioning.importing import Import
from vestibule.provisioning.setting_up import Wanted
from vestibule.provisioning.source import GroupRow, PersonRow, Reading, difference
from vestibule.provisioning.under_way import PendingImports, Runs
from vestibule.sending import Sending, new_source_id
from vestibule.settings import Settings
from vestibule.web.rooms import Rooms

PUBLIC = "https://directory.test"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    json: Any


@dataclass
class Office:
    """A directory of three people in one group, and an application ``app``; calls are those of ``token``."""

    sending: Sending
    server: ScimServer
    rooms: Rooms
    token: str

    async def __call__(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request; ``body`` goes as JSON."""
        transport = httpx2.ASGITransport(self.rooms)
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC) as client:
            content = None if body is None else json.dumps(body)
            answer = await client.request(
                method, f"/api/v1{path}", content=content, headers={k: v for k, v in sent.items() if v}
            )
        return Answer(answer.status_code, answer.headers, answer.json() if answer.content else None)

    async def hand(self, *scopes: str, name: str = "") -> Office:
        """The same with a new token."""
        text, _ = await self.sending.desk("administrator:mia").issue_token(
            self.sending.new_api_secret, scopes, name
        )
        return Office(self.sending, self.server, self.rooms, text)


def _new_id() -> str:
    return os.urandom(8).hex()


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    """Opened, and closed after."""
    sending = Sending(Settings(directory_database=f"sqlite:///{folder / 'directory.db'}"))
    await sending.start()
    try:
        async with scim_server() as server:
            desk = sending.desk("administrator:mia")
            reading = Reading(
                people={
                    login: PersonRow(login, {
                        "login": login, "email": f"{login}@corp.test", "firstName": "Given", "lastName": login,
                        "displayName": login.title(),
                    })
                    for login in ("ana", "bo", "cy")
                },
                groups={"all": GroupRow("all", "Everyone")},
                memberships=frozenset(("all", login) for login in ("ana", "bo", "cy")),
            )  # fmt: skip
            known = await sending.store.known()
            change = difference(known, reading, new_source_id)
            await desk.keep_import(Import(known, change, (), ""), "test")
            await desk.add(Wanted("app", url=server.url, token=TOKEN))
            runs, imports = Runs(_new_id), PendingImports(_new_id)
            api = directory_api(sending, runs, imports, lambda: PUBLIC)
            rooms = Rooms(api, Identifiers().request_id)
            opened = Office(sending, server, rooms, "")
            yield await opened.hand("*", name="all")
            await runs.stop()
            await imports.stop()
    finally:
        await sending.stop()
