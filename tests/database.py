"""Where a test's installation keeps everything: on SQLite, or on PostgreSQL where the test or the session says so.

``VESTIBULE_TEST_STORE`` (sqlite, postgresql) puts everything on that store that can run on either.
Without it that is SQLite, and what ``STORES`` parametrizes runs on both.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

from tests.postgresql import Place, Server, running

_ASKED = os.environ.get("VESTIBULE_TEST_STORE", "")
assert _ASKED in ("", "sqlite", "postgresql"), f"VESTIBULE_TEST_STORE={_ASKED}: it is sqlite or postgresql"
#: What the tests that matter most are held against.
STORES = (_ASKED,) if _ASKED else ("sqlite", "postgresql")

_chosen: ContextVar[str] = ContextVar("store", default=_ASKED or "sqlite")
_SHARED = "shared postgresql"
_running = ExitStack()
_servers: list[Server] = []
_shared: list[Place] = []


@contextmanager
def on_store(name: str) -> Iterator[None]:
    """Installations made meanwhile are kept on that store.

    On PostgreSQL all of a session share one schema, as making it costs more than most tests: they
    meet the tenants of others, and must not mind.
    """
    token = _chosen.set(name if name == "sqlite" else _SHARED)
    try:
        yield
    finally:
        _chosen.reset(token)


def new_database(folder: Path | None = None, store: str = "") -> Place:
    """An empty database of that store, else of the chosen one; on SQLite a file in ``folder``, or in memory without."""
    match store or _chosen.get():
        case "postgresql":
            return postgresql_server().place()
        case "shared postgresql":
            if not _shared:
                _shared.append(postgresql_server().place())
            return _shared[0]
    return Place(f"sqlite:///{folder / 'vestibule.db'}" if folder else "sqlite://", "vestibule")


def new_own_database() -> Place:
    """As ``new_database``, in a schema that nobody shares."""
    return new_database(store="sqlite" if _chosen.get() == "sqlite" else "postgresql")


def postgresql_server() -> Server:
    """One PostgreSQL for the session, started when it is first needed; red where it does not start."""
    if not _servers:
        _servers.append(_running.enter_context(running()))
    return _servers[0]


def stop() -> None:
    """End what was started."""
    _servers.clear()
    _shared.clear()
    _running.close()
