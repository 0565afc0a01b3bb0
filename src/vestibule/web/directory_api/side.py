"""The sending side in the frame of the API: its tokens, its calls, its engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from starlette.requests import Request
from starlette.responses import Response

from vestibule.key_ring import KeyRing
from vestibule.provisioning.api_token import ApiToken
from vestibule.provisioning.application import Application
from vestibule.provisioning.desk import Desk
from vestibule.provisioning.store import ProvisioningStore
from vestibule.provisioning.under_way import PendingImports, Runs
from vestibule.tenancy.store import RepeatStore
from vestibule.web.api.callers import Callers
from vestibule.web.api.operation import Operation, Resource
from vestibule.web.api.paging import Place
from vestibule.web.api.repeats import Repeats
from vestibule.web.api.side import SideCall
from vestibule.web.cursor import Cursors
from vestibule.web.directory_api.engine import Engine

ISSUED_BY = "vestibule directory token issue"

_log = structlog.get_logger("vestibule.directory.api")


@dataclass(frozen=True, slots=True)
class Bureau:
    """The sending side as the API has it; what goes on by itself is the console's too."""

    engine: Engine
    repeats: RepeatStore
    runs: Runs
    imports: PendingImports
    #: Seals cursors and kept answers.
    keys: Callable[[], Awaitable[KeyRing]]
    cursors: Cursors
    #: Where the API is reached.
    public_url: Callable[[], str]

    def clock(self) -> str:
        """Now, as text."""
        return self.engine.clock().isoformat(timespec="milliseconds")


@dataclass(slots=True)
class Call:
    """One call, as an operation's function sees it."""

    bureau: Bureau
    resources: Sequence[Resource]
    request: Request
    request_id: str
    at: str
    operation: str = ""
    caller: ApiToken | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def token(self) -> ApiToken:
        """The token that was shown."""
        assert self.caller is not None, "this operation is open to all"
        return self.caller

    @property
    def store(self) -> ProvisioningStore:
        """What is kept."""
        return self.bureau.engine.store

    @property
    def desk(self) -> Desk:
        """Where changes are made on the caller's behalf."""
        return self.bureau.engine.desk(f"api:{self.token.name}")

    async def application(self, name: str) -> Application:
        """By name; ``UnknownName``."""
        return await self.store.application(name)

    async def places(self, *parts: object) -> Place:
        """Where this list's cursors lead."""
        return await Place.of(
            self.bureau.cursors, self.at, "directory api", self.operation, self.token.id, *parts
        )

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[Engine]:
        """The engine, while nobody else sends in this process."""
        async with self.bureau.runs.turn:
            yield self.bureau.engine


class SendingSide:
    """``vestibule.web.api.side.Side`` over a bureau."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau
        self._callers: Callers[ApiToken] = Callers(bureau.engine.store, None, ISSUED_BY)
        self.repeats = Repeats(bureau)

    def clock(self) -> str:
        return self._bureau.clock()

    def public_url(self) -> str:
        return self._bureau.public_url()

    def story(self, request_id: str) -> str:
        """There is no request log on this side: the number stands in the process's own log."""
        return f"urn:vestibule:request:{request_id}"

    def call(self, resources: Sequence[Resource], request: Request, request_id: str, at: str) -> Call:
        return Call(self._bureau, resources, request, request_id, at)

    async def admit(self, authorization: str | None, operation: Operation, at: str) -> ApiToken | None:
        return await self._callers.admit(authorization, operation, at)

    async def record(self, call: SideCall, response: Response) -> None:
        """A line in the log; what was changed is in the audit trail."""
        if call.request.method not in ("GET", "HEAD") or response.status_code >= 400:
            name = call.caller.name if call.caller else ""
            _log.info(
                "api",
                request=call.request_id,
                operation=call.operation,
                status=response.status_code,
                token=name,
            )
