"""``vestibule directory serve``: the sending side's console on one socket, and the engine beside it.

A process of its own: the receiving side is reached over HTTP alone, and a long import delays no request of SCIM.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from starlette.routing import Mount
from starlette.types import Message, Receive, Scope, Send

from vestibule import registry
from vestibule.clock import utc_clock
from vestibule.directory_bureau import directory_api
from vestibule.identifiers import Identifiers
from vestibule.key_ring import KeyRing
from vestibule.logs import set_up_logs
from vestibule.provisioning.application import Application
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.under_way import AllFindings, PendingImports, Runs
from vestibule.refused import Refused
from vestibule.rotating import why_not_opened
from vestibule.scim.errors import Unavailable
from vestibule.sending import Sending
from vestibule.settings import Settings
from vestibule.sign_in.administrator import Grant
from vestibule.sign_in.administrators import SignInDesk, issue_first_link
from vestibule.sign_in.entering import Reception
from vestibule.web.console.frame import Frame
from vestibule.web.console.sending.console import PACKAGE, nothing_of, sending_console
from vestibule.web.console.sending.visit import Office
from vestibule.web.rooms import Rooms
from vestibule.web.server import Listening, address_of, open_socket, server

#: Below which all of it lies, so that a proxy can put it beside the product.
PREFIX = "/directory"
#: What a directory administrator looks after: there is one directory.
WHOLE_DIRECTORY = Grant(1)

_LOOK_SECONDS = 0.25
_AFTER_A_FAULT_SECONDS = 5.0
_ID_BYTES = 8

_log = structlog.get_logger("vestibule.directory")


class DirectoryServer:
    """One sending side: settings in, ASGI application out. ``watches``: what changes is sent at once."""

    def __init__(self, settings: Settings, *, watches: bool = True) -> None:
        self.settings = settings
        self.sending = Sending(settings)
        #: Where links lead when no public URL is set; whoever listens sets it.
        self.listening_url = f"http://{settings.host}:{settings.directory_port}"
        self._watches = watches
        self._clock = utc_clock()
        self._stopping = asyncio.Event()
        self._started = False
        self._watcher: asyncio.Task[None] | None = None
        self.runs = Runs(_new_id)
        identifiers = Identifiers()
        frame = Frame(
            name="vestibule-directory",
            packages=[PACKAGE],
            reception=Reception(
                self.sending.store.sign_in,
                self._clock,
                os.urandom,
                time.monotonic,
                first_gets=WHOLE_DIRECTORY,
            ),
            public_url=self.public_url,
            clock=self._clock,
            random=os.urandom,
            stopping=self._stopping,
        )
        self.imports = PendingImports(_new_id)
        self.findings = AllFindings(_new_id)
        office = Office(self.sending, self.runs, self.imports, self.findings)
        pages = registry.members("vestibule.web.console.sending.pages", "PAGES", third_parties=False)
        mounted = Mount(PREFIX, routes=sending_console(frame, office, pages))
        api = directory_api(self.sending, self.runs, self.imports, self.address)
        self._rooms = Rooms([mounted, *api], identifiers.request_id, nothing=nothing_of(frame))

    def public_url(self) -> str:
        """Where the console is: the setting, else the listening address; never the Host header."""
        return f"{self.address()}{PREFIX}"

    def address(self) -> str:
        """Where the server is reached."""
        return self.settings.directory_public_url or self.listening_url

    async def first_link(self) -> str | None:
        """The address that makes the first directory administrator, used once; None where there is one."""
        desk = SignInDesk(self.sending.store.sign_in, self._clock, os.urandom, "operator:serve")
        secret = await issue_first_link(desk, WHOLE_DIRECTORY)
        return f"{self.public_url()}/welcome/{secret}" if secret else None

    async def why_not_opened(self) -> str:
        """How many of the applications' tokens the keys here do not open; "" where all open."""
        store = self.sending.store

        async def ring() -> KeyRing:
            return store.keys

        return await why_not_opened(store.sealed, ring, "vestibule keys list --directory")

    async def start(self) -> None:
        """Open the database; begin to keep applications in step. A second call does nothing."""
        if self._started:
            return
        self._started = True
        await self.sending.start()
        if self._watches:
            self._watcher = asyncio.create_task(self._keep_in_step())

    async def stop(self) -> None:
        """End what is under way, and close the database."""
        if not self._started:
            return
        self._started = False
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        await self.runs.stop()
        await self.imports.stop()
        await self.findings.stop()
        await self.sending.stop()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Started inside, stopped after."""
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI event."""
        if scope["type"] == "http":
            if scope["path"] == "/":
                await _send_to(f"{scope.get('root_path', '')}{PREFIX}/", send)
                return
            await self._rooms(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _keep_in_step(self) -> None:
        """Send what changes as it changes, but of applications that take approved plans alone."""
        watching = self.sending.watching(_told)
        while True:
            try:
                async with self.runs.turn:
                    for application in await self.sending.store.applications():
                        is_ready = application.connection is not None and application.enabled
                        if is_ready and not await self._needs_approval(application):
                            await watching.look([application.name])
            except (Refused, Unavailable) as fault:
                reason = fault.detail if isinstance(fault, Unavailable) else str(fault)
                _log.warning("applications were not kept in step", reason=reason)
                await asyncio.sleep(_AFTER_A_FAULT_SECONDS)
            except Exception as fault:
                _log.error("unforeseen fault beside the console", fault=type(fault).__name__)
                await asyncio.sleep(_AFTER_A_FAULT_SECONDS)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _needs_approval(self, application: Application) -> bool:
        return (await self.sending.store.engine_settings(application.id)).needs_approval


async def serve_directory(
    settings: Settings, listening: Listening, *, watches: bool, say: Callable[[str], None]
) -> None:
    """Listen and answer until SIGINT or SIGTERM; ``say`` is told the address once it is ready."""
    bound = open_socket(listening)
    try:
        set_up_logs(settings.log_format, settings.log_level)
        application = DirectoryServer(settings, watches=watches)
        application.listening_url = address_of(listening, bound)
        async with application.lifespan():
            link = await application.first_link()
            if closed := await application.why_not_opened():
                say(f"Warning: {closed}")

            def ready() -> None:
                say(f"The directory's console is at {application.public_url()}/")
                if link:
                    say(
                        f"There is no administrator yet. Whoever opens this link becomes the first one: {link}"
                    )

            await server(application, listening, on_ready=ready).serve(sockets=[bound])
    finally:
        bound.close()


def _told(application: Application, report: RunReport) -> None:
    _log.info("sent", application=application.id, stopped=bool(report.stopped), **report.as_document())


def _new_id() -> str:
    return os.urandom(_ID_BYTES).hex()


async def _send_to(address: str, send: Send) -> None:
    headers = [(b"location", address.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    message: Message = {"type": "http.response.body", "body": b""}
    await send(message)
