"""What the whole suite shares: the line that says what this machine could not give.

A test that needs something of the machine (a PostgreSQL, a browser) and does not find it calls
``pytest.skip("machine: …")``. At the end one line names them all, and under CI they turn the run red.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import database
from tests.postgresql import Place, Server

_MACHINE = "machine: "
_missing: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect what was asked of the machine in vain."""
    if report.skipped and isinstance(report.longrepr, tuple):
        _, _, reason = report.longrepr
        _, found, what = reason.partition(_MACHINE)
        if found:
            _missing.add(what)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI a run with something missing is red."""
    if _missing and os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers that the session started."""
    database.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was missing."""
    said = "; ".join(sorted(_missing)) if _missing else "nothing"
    terminalreporter.write_line(f"What this machine could not give: {said}.")


@pytest.fixture(params=database.STORES)
def each_store(request: pytest.FixtureRequest) -> Iterator[None]:
    """The installations of a test are on one store, and then on the other."""
    with database.on_store(request.param):
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> Server:
    """One PostgreSQL for the session; red where it does not start."""
    return database.postgresql_server()


@pytest.fixture
def postgresql(postgresql_server: Server) -> Place:
    """A database URL and a schema that nobody has used."""
    return postgresql_server.place()
