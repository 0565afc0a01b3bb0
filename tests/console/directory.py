"""The sending side's console as it listens, in a thread of its own: for tests that use a browser."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.console.company import Company
from vestibule.directory_serving import DirectoryServer
from vestibule.key_ring import new_key
from vestibule.settings import Settings
from vestibule.sign_in.administrator import Administrator
from vestibule.web.server import Listening, address_of, open_socket, server

T = TypeVar("T")


class Directory:
    """A directory that listens: ``url``, and ``do`` to have something done in its loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, application: DirectoryServer) -> None:
        self._loop = loop
        self.application = application
        self.url = application.public_url()
        self.company = Company(application, os.urandom)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def administrator(self, email: str) -> Administrator:
        """Somebody who administers it."""
        return self.do(self.company.administrator(email))

    def link(self, one: Administrator) -> str:
        """Where they sign in, once."""
        return self.do(self.company.link(one))


@contextmanager
def directory_served(folder: Path, **settings: object) -> Iterator[Directory]:
    """One on loopback, which keeps applications in step; stopped at the end."""
    ready = threading.Event()
    found: list[Any] = []

    async def serve() -> None:
        given = {
            "directory_database": f"sqlite:///{folder / 'directory.db'}",
            "keys": new_key(),
            **settings,
        }
        application = DirectoryServer(Settings(**given))  # type: ignore[arg-type]
        listening = Listening("127.0.0.1", 0)
        bound = open_socket(listening)
        application.listening_url = address_of(listening, bound)
        serving = server(application, listening, on_ready=ready.set, signals=False)
        async with application.lifespan():
            found.extend((asyncio.get_running_loop(), application, serving))
            await serving.serve(sockets=[bound])

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(30), "the server did not start"
    try:
        yield Directory(found[0], found[1])
    finally:
        found[2].should_exit = True
        thread.join(30)
