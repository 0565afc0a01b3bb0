"""A whole Vestibule in memory, spoken to over ASGI: for suites that come from outside (recordings, Okta's checks)."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.database import new_database
from tests.postgresql import Place
from vestibule.app import Vestibule
from vestibule.clock import utc_clock
from vestibule.directory.profile_check import ProfileChecker
from vestibule.directory.request import Import, Standing
from vestibule.directory.run import carry_out
from vestibule.identifiers import new_resource_id
from vestibule.profiles.shelf import ProfileShelf
from vestibule.recordings.format import Setup
from vestibule.recordings.replay import DEFAULT_HEADERS, Reply, Request
from vestibule.scim.dialects.dialect import Dialect
from vestibule.settings import Settings
from vestibule.sign_on.outward import Outward
from vestibule.tenancy.access_tokens import issue_token
from vestibule.tenancy.connections import choose_dialect, connection_named
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.domains import add_domain
from vestibule.tenancy.tenant import Tenant as TenantRecord
from vestibule.tenancy.tenants import confirm_sign_on, create_tenant


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, its body read as JSON (None where there is none)."""

    status: int
    headers: Mapping[str, str]
    json: Any


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant with provisioning on, and the hand of the identity provider that holds its token."""

    application: Vestibule
    record: TenantRecord
    token: str
    base: str = "/scim/v2"

    @property
    def slug(self) -> str:
        """Its name in the Tenant URL."""
        return self.record.slug

    async def send(self, request: Request) -> Reply:
        """One request below the tenant's base URL, as the replayer sends it."""
        return await over_asgi(self.application, self.base, request)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET."""
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """POST."""
        return await self._ask("POST", path, body, headers)

    async def put(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """PUT."""
        return await self._ask("PUT", path, body, headers)

    async def patch(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """PATCH."""
        return await self._ask("PATCH", path, body, headers)

    async def delete(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """DELETE."""
        return await self._ask("DELETE", path, None, headers)

    async def post_all(self, path: str, bodies: Sequence[Any], at_once: int = 64) -> None:
        """POST each body, so many side by side; every one must be created."""
        for start in range(0, len(bodies), at_once):
            answers = await asyncio.gather(*(self.post(path, b) for b in bodies[start : start + at_once]))
            assert {answer.status for answer in answers} == {201}

    async def _ask(self, method: str, path: str, body: Any, headers: Mapping[str, str] | None) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}", **(headers or DEFAULT_HEADERS)}
        raw = b"" if body is None else json.dumps(body).encode()
        reply = await self.send(Request(method, path, sent, raw))
        return Answer(reply.status, reply.headers, json.loads(reply.body) if reply.body else None)


@dataclass(frozen=True, slots=True)
class Site:
    """An installation that serves, and an operator's hand in it."""

    application: Vestibule
    desk: Desk

    async def tenant(self, profile: str = "generic", slug: str = "") -> Tenant:
        """A new tenant of that product with a token; sign-on is confirmed, should the product ask for it."""
        made = await create_tenant(self.desk, slug or f"{profile}-{secrets.token_hex(4)}", profile=profile)
        made = await confirm_sign_on(self.desk, made)
        issued = await issue_token(self.desk, made)
        return Tenant(self.application, made, issued.secret)

    async def pin(self, tenant: Tenant, dialect: str) -> None:
        """Have the tenant's connection read in that dialect, whoever calls."""
        connection = await connection_named(self.desk, tenant.record)
        await choose_dialect(self.desk, tenant.record, connection, dialect, [dialect])

    async def prepare(self, tenant: Tenant, setup: Setup) -> None:
        """Bring about what a recording needs and SCIM cannot make: proven domains, people who existed before."""
        for domain in setup.domains:
            await add_domain(self.desk, tenant.record, domain)
        connection = (await self.desk.store.connections(tenant.record.id))[0].id
        profile = await self.desk.profile_of(tenant.record)
        standing = Standing(tenant.record.id, connection, profile, "strict", self.desk.actor, "r-set-up")
        store = self.application.store.directory
        for columns in setup.existing:
            document = person_of_columns(columns)
            applied = await carry_out(store, standing, Import(document), self.desk.clock, new_resource_id)
            assert applied.change.answer.status == 201, applied.change.answer.error


def person_of_columns(columns: Mapping[str, str]) -> dict[str, Any]:
    """The SCIM document of one row of a ``user import`` file, for the columns that recordings use."""
    document: dict[str, Any] = {"name": {}}
    for name, value in columns.items():
        if name in ("givenName", "familyName"):
            document["name"][name] = value
        elif name == "email":
            document["emails"] = [{"value": value, "type": "work", "primary": True}]
        elif name == "active":
            document["active"] = value == "true"
        else:
            document[name] = value
    return document


@asynccontextmanager
async def installation(
    database: str | Place = "",
    *,
    keys: str = "",
    clock: Callable[[], str] | None = None,
    dialects: Mapping[str, Dialect] | None = None,
    public_url: str = "https://vestibule.test",
    requests_per_second: int = 0,
    outward: Outward | None = None,
    seconds: Callable[[], float] = time.monotonic,
    **further: Any,
) -> AsyncIterator[Site]:
    """A started Vestibule; stopped and forgotten at the end. Without ``database`` on the chosen store.

    ``further`` are settings by name.
    """
    place = database or new_database()
    if isinstance(place, str):
        place = Place(place, "vestibule")
    settings = Settings(
        database=place.url,
        schema=place.schema,
        public_url=public_url,
        keys=keys,
        requests_per_second=requests_per_second,
        **further,
    )
    application = Vestibule(settings, clock=clock, dialects=dialects, seconds=seconds, outward=outward)
    async with application.lifespan():
        tenancy = application.store.tenancy
        desk = Desk(
            tenancy,
            ProfileShelf(tenancy),
            utc_clock(),
            secrets.token_bytes,
            "operator:test",
            _checker(application),
        )
        yield Site(application, desk)


def _checker(application: Vestibule) -> ProfileChecker:
    return ProfileChecker(application.store.directory, application.store.derivation)


async def over_asgi(application: Vestibule, base: str, request: Request) -> Reply:
    """One request straight into the application, no socket between."""
    path, _, query = request.path.partition("?")
    raw_path = f"{base}{path}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "https",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (name.lower().encode(), value.encode("latin-1")) for name, value in request.headers.items()
        ]
        + [(b"content-length", str(len(request.body)).encode())] * bool(request.body),
        "client": ("127.0.0.1", 1),
        "server": ("vestibule.test", 443),
    }
    came: list[MutableMapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        came.append(message)

    await application(scope, receive, send)
    start, *rest = came
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return Reply(start["status"], headers, b"".join(message.get("body", b"") for message in rest))
