"""The order of a run: start, load, measure, write down; everything ended and removed at the end."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from bench.measures import Effort, Measures
from bench.population import Population
from bench.results import Results
from bench.servers import BareUvicorn
from tests.postgresql import running


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    users: Sequence[int]
    groups: Sequence[int]
    effort: Effort
    beside_seconds: float
    folder: Path
    #: sqlite or postgresql.
    store: str = "sqlite"


#: A PostgreSQL as an administrator would leave it; the one of the tests cares for no disk.
_POSTGRESQL = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "autovacuum": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}


def run(plan: Plan, progress: Progress) -> Results:
    """A whole run. Raises WrongAnswer, ConnectionLost or ChildFailed; servers are ended in any case."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    results = Results(machine=_machine())
    with ExitStack() as stack:
        server = None
        if plan.store == "postgresql":
            server = stack.enter_context(running(**_POSTGRESQL))
            results.store = "PostgreSQL"
            results.machine["PostgreSQL"] = server.version
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=plan.folder))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        bare = BareUvicorn(folder)
        stack.callback(bare.stop)
        reads = None
        if server is not None:
            reads = BareUvicorn(folder, server.place().environment)
            stack.callback(reads.stop)
        places = [server.place().environment if server else None for _ in plan.users]
        populations = [
            Population(folder, users, place=place)
            for users, place in zip(sorted(plan.users), places, strict=True)
        ]
        for population in populations:
            population.start()
            stack.callback(population.server.stop)
        measures = Measures(populations, bare, folder, plan.effort, results, reads)
        _load(measures, progress)
        _measure(measures, plan, progress)
    return results


def _load(measures: Measures, progress: Progress) -> None:
    total = sum(population.wanted for population in measures.populations)
    bar = progress.add_task("Creating people", total=total)
    for population in measures.populations:
        before = int(progress.tasks[bar].completed)
        measures.load(population, lambda users, before=before: progress.update(bar, completed=before + users))  # type: ignore[misc]
        population.add_ten_groups()


def _measure(measures: Measures, plan: Plan, progress: Progress) -> None:
    sizes = sorted({min(size, measures.largest.wanted) for size in plan.groups})
    steps: dict[str, Callable[[], None]] = {
        "Lookups over 32 connections, beside bare uvicorn": measures.lookups_under_load,
        "One connection": measures.one_connection,
        "Members": lambda: measures.members(sizes, lambda _: None),
        "Pages of an import": measures.imports,
        "Lookups beside large answers": lambda: measures.beside(plan.beside_seconds),
        "The mix": measures.mixed,
        "Memory": measures.memory,
        "Bare limits": measures.bare_limits,
    }
    bar = progress.add_task("Measuring", total=len(steps))
    for name, step in steps.items():
        progress.update(bar, description=name)
        step()
        progress.advance(bar)


def _machine() -> dict[str, str]:
    return {
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
    }
