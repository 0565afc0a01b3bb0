"""The order of a run: start, load, measure, write down; everything ended and removed at the end."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
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


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands before any population does."""

    folder: Path
    machine: dict[str, str]
    #: SQLite or PostgreSQL.
    store: str
    bare: BareUvicorn
    #: The limit of reading, on PostgreSQL.
    reads: BareUvicorn | None
    #: An empty database of that name, as settings.
    place: Callable[[str], Mapping[str, str]]


@contextmanager
def stage(plan: Plan) -> Iterator[Stage]:
    """The bare limits running, and a folder; everything ended and removed at the end."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    machine = _machine()
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=plan.folder))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        bare = BareUvicorn(folder)
        stack.callback(bare.stop)
        if plan.store != "postgresql":
            file = f"sqlite:///{folder.resolve()}"
            yield Stage(
                folder,
                machine,
                "SQLite",
                bare,
                None,
                lambda name: {"VESTIBULE_DATABASE": f"{file}/{name}.db"},
            )
            return
        server = stack.enter_context(running(**_POSTGRESQL))
        machine["PostgreSQL"] = server.version
        reads = BareUvicorn(folder, server.place().environment)
        stack.callback(reads.stop)
        yield Stage(folder, machine, "PostgreSQL", bare, reads, lambda _: server.place().environment)


@contextmanager
def populations(
    stage: Stage, users: Sequence[int], name: str = "", settings: Mapping[str, str] | None = None
) -> Iterator[list[Population]]:
    """A server with an empty tenant for each size, with those settings beside its defaults."""
    with ExitStack() as stack:
        found = []
        for size in sorted(users):
            place = {**stage.place(f"{name}users-{size}"), **(settings or {})}
            population = Population(stage.folder / name, size, place=place)
            stack.callback(population.server.stop)
            found.append(population)
        with ThreadPoolExecutor() as starting:
            list(starting.map(Population.start, found))
        yield found


def run(plan: Plan, progress: Progress) -> Results:
    """A whole run. Raises WrongAnswer, ConnectionLost or ChildFailed; servers are ended in any case."""
    with stage(plan) as set_up, populations(set_up, plan.users) as found:
        results = Results(machine=set_up.machine, store=set_up.store)
        measures = Measures(found, set_up.bare, set_up.folder, plan.effort, results, set_up.reads)
        load(found, measures.load, progress)
        _measure(measures, plan, progress)
    return results


def load(
    populations: Sequence[Population],
    create: Callable[[Population, Callable[[int], None]], None],
    progress: Progress,
) -> None:
    """Everybody into every population, in ten groups."""
    bar = progress.add_task("Creating people", total=sum(population.wanted for population in populations))
    for population in populations:
        before = int(progress.tasks[bar].completed)
        create(population, lambda users, before=before: progress.update(bar, completed=before + users))  # type: ignore[misc]
        population.add_ten_groups()


def sizes_of_groups(measures: Measures, plan: Plan) -> list[int]:
    """Those of the plan that the largest population has people for."""
    return sorted({min(size, measures.largest.wanted) for size in plan.groups})


def _measure(measures: Measures, plan: Plan, progress: Progress) -> None:
    steps: dict[str, Callable[[], None]] = {
        "Lookups over 32 connections, beside bare uvicorn": measures.lookups_under_load,
        "One connection": measures.one_connection,
        "Groups": lambda: measures.add_groups(sizes_of_groups(measures, plan)),
        "Members": measures.members,
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
