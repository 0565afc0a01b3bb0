"""``vestibule serve``: one Vestibule on one socket, or several processes on it, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event

import uvloop

from vestibule.app import Vestibule
from vestibule.courier_process import CourierApart
from vestibule.key_ring import ring_for
from vestibule.logs import set_up_logs
from vestibule.refused import Refused
from vestibule.rotating import why_not_opened
from vestibule.scim.errors import Unavailable
from vestibule.scratch import scratch
from vestibule.settings import Settings
from vestibule.stores.receiving import open_receiving_store
from vestibule.stores.url import SqliteUrl, parse_database_url
from vestibule.web.server import Listening, address_of, open_socket, server

Say = Callable[[str], None]

#: Somebody who was told to stop finishes his requests; not for ever.
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.2


class ServingRefused(Refused):
    """The server cannot be started as asked."""


async def serve_until_stopped(
    settings: Settings, listening: Listening, *, profile: str | None = None, say: Say
) -> None:
    """Listen and answer until SIGINT or SIGTERM; ``say`` is told the addresses once it is ready.

    ``profile`` (a name or a file) becomes the installation's default before the first answer.
    """
    bound = open_socket(listening)
    application = Vestibule(settings)
    application.open_store = partial(open_receiving_store, appends_apart=settings.appends_apart)
    if settings.webhooks_apart_from and parse_database_url(settings.database) != SqliteUrl(None):
        application.apart = CourierApart
    try:
        await _serve(
            application,
            listening,
            bound,
            profile or settings.profile,
            lambda: _say_where(application, say),
            say,
        )
    finally:
        bound.close()


def serve_with_workers(
    settings: Settings, listening: Listening, *, workers: int, profile: str | None = None, say: Say
) -> None:
    """The same in ``workers`` processes that share one socket and one PostgreSQL database.

    One that ends by itself is replaced; ServingRefused where it ended before it could serve.
    """
    if isinstance(parse_database_url(settings.database), SqliteUrl):
        raise ServingRefused(
            f"--workers {workers} was asked for, and the database is SQLite: two processes writing one file keep "
            "each other waiting. Use one worker, or a PostgreSQL database."
        )
    bound = open_socket(listening)
    try:
        shown = Vestibule(settings)
        shown.listening_url = address_of(listening, bound)
        uvloop.run(_prepare(settings, profile or settings.profile, shown.listening_url, say))
        _Workers(settings, listening, bound, workers).run(lambda: _say_where(shown, say))
    finally:
        bound.close()


async def _prepare(settings: Settings, profile: str, listening_url: str, say: Say) -> None:
    """What is done once, before any worker begins: the schema, the default profile, the first link."""
    application = Vestibule(settings, tidies=False, delivers=False)
    application.listening_url = listening_url
    await application.start()
    try:
        await _begin(application, profile, say)
    finally:
        await application.stop()


async def _serve(
    application: Vestibule,
    listening: Listening,
    bound: socket.socket,
    profile: str,
    when_ready: Callable[[], None],
    say: Say | None = None,
) -> None:
    set_up_logs(application.settings.log_format, application.settings.log_level)
    application.listening_url = address_of(listening, bound)
    application.scratch = scratch

    def ready() -> None:
        collect_less()
        when_ready()

    try:
        await application.start()
        if say is not None:
            await _begin(application, profile, say)
        await server(application, listening, on_ready=ready).serve(sockets=[bound])
    finally:
        await application.stop()


class _Workers:
    """The processes, and whoever looks after them."""

    def __init__(self, settings: Settings, listening: Listening, bound: socket.socket, many: int) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._given = (settings, listening, bound)
        self._many = many
        self._stops = False
        #: Each with its number, and whether it is ready.
        self._running: dict[SpawnProcess, tuple[int, Event]] = {}

    def run(self, when_ready: Callable[[], None]) -> None:
        """Until SIGINT or SIGTERM."""
        before = {name: signal.signal(name, self._stop) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            for number in range(self._many):
                self._start(number)
            said = False
            while not self._stops:
                self._replace_ended()
                if not said and all(ready.is_set() for _, ready in self._running.values()):
                    when_ready()
                    said = True
                wait([process.sentinel for process in self._running], timeout=_LOOK_SECONDS)
        finally:
            self._end()
            for name, handler in before.items():
                signal.signal(name, handler)

    def _stop(self, _signal: int, _frame: object) -> None:
        self._stops = True

    def _start(self, number: int) -> None:
        ready = self._context.Event()
        process = self._context.Process(target=_work, args=(*self._given, number, ready))
        process.start()
        self._running[process] = number, ready

    def _replace_ended(self) -> None:
        for process, (number, ready) in list(self._running.items()):
            if process.is_alive() or self._stops:
                continue
            del self._running[process]
            if not ready.is_set():
                raise ServingRefused(
                    f"A worker ended before it could serve (exit code {process.exitcode}); what it said stands above."
                )
            self._start(number)

    def _end(self) -> None:
        for process in self._running:
            process.terminate()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for process in self._running:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()


def _work(settings: Settings, listening: Listening, bound: socket.socket, number: int, ready: Event) -> None:
    """One worker's whole life. The first of them tidies up for all."""

    async def serve() -> None:
        parent = multiprocessing.parent_process()
        assert parent is not None, "a worker is somebody's child"
        asyncio.get_running_loop().add_reader(parent.sentinel, os.kill, os.getpid(), signal.SIGTERM)
        application = Vestibule(settings, migrates=False, tidies=number == 0)
        await _serve(application, listening, bound, "", ready.set)

    uvloop.run(serve())


async def _begin(application: Vestibule, profile: str, say: Say) -> None:
    """What is done once, before the first answer."""
    if profile:
        await application.choose_default_profile(profile)
    await _keep_address(application)
    if closed := await _why_not_opened(application):
        say(f"Warning: {closed}")
    await _say_first_link(application, say)


async def _why_not_opened(application: Vestibule) -> str:
    given, store = application.settings.keys.get_secret_value(), application.store
    ring = partial(ring_for, "secrets", given, store.tenancy.kept_key)
    return await why_not_opened(store.sealed, ring, "vestibule keys list")


async def _keep_address(application: Vestibule) -> None:
    """So that commands print links that lead here. A database that takes no change is served all the same."""
    tenancy = application.store.tenancy
    if await tenancy.listening_url() != application.listening_url:
        with suppress(Unavailable):
            await tenancy.keep_listening_url(application.listening_url)


async def _say_first_link(application: Vestibule, say: Say) -> None:
    link = await application.first_link()
    if link is not None:
        say(f"Nobody can sign in to the console yet. Become the first operator, by {link}")


def _say_where(application: Vestibule, say: Say) -> None:
    say(f"Vestibule listens on {application.listening_url}")
    say(f"SCIM base URL: {application.public_url()}/scim/v2")
    say(f"Console: {application.public_url()}/")
    say("Stop with Ctrl-C.")


def collect_less() -> None:
    """What stands after the start is for good, and a request's values go by reference count.

    With the defaults, looking for cycles took 6 % of a create, and once in a while everything is looked through: 60 ms
    in which nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
