"""The measures, each small and large in turns; every one leaves its figures in ``Results``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

from bench.call import Call
from bench.commits import Commits, bare_commits, bare_commits_on_postgresql
from bench.lane import Script
from bench.load import drive
from bench.population import CONNECTIONS, Population
from bench.process import apart
from bench.results import Bar, Beside, Loaded, Membership, Memory, PageTime, Results, burst
from bench.servers import BareUvicorn
from bench.tally import Tally, milliseconds, paired_ratio, together
from bench.workload import (
    MIX_CONNECTIONS,
    create_as_okta,
    gets,
    lookups,
    mix,
    one_member_to_and_fro,
    patches,
    random_pages,
)

_PAGE = 100
#: Of fewer pages the last are not far from the first.
_LEAST_PAGES = 50
#: Lookups beside large answers are sent at this pace, all connections together, whatever comes back.
_BESIDE_PER_SECOND = 500
_BESIDE_CONNECTIONS = 16

LOOKUP = "W2 lookup"
#: Scripts on a single connection, and the kind of call that counts.
_ONE_CONNECTION: dict[str, tuple[Callable[[Population], Iterator[Call]], str]] = {
    "W1 create after lookup": (create_as_okta, "create"),
    LOOKUP: (lookups, ""),
    "W2 get by id": (gets, ""),
    "W3 PATCH active": (patches, ""),
    "W5 list of 100": (random_pages, ""),
}


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look: rounds, and seconds of one burst."""

    rounds: int
    seconds: float
    #: Requests of one burst on a single connection.
    requests: int


class Measures:
    """One run over several populations, each behind a server of its own, and the bare limits.

    ``reads`` is the limit of reading where the populations are kept on PostgreSQL.
    """

    def __init__(
        self,
        populations: Sequence[Population],
        bare: BareUvicorn,
        folder: Path,
        effort: Effort,
        results: Results,
        reads: BareUvicorn | None = None,
    ) -> None:
        self.populations = populations
        self.bare = bare
        self.reads = reads
        self.effort = effort
        self.results = results
        self._commits = folder / "bare.db"
        self._groups: dict[int, tuple[str, set[str]]] = {}
        self._bare_rates: list[float] = []
        self._bare_commits: list[Commits] = []

    def begin_anew(self, results: Results) -> None:
        """What is measured from now on is noted there, and the bare limits are those of that alone."""
        self.results = results
        self._bare_rates.clear()
        self._bare_commits.clear()

    @property
    def smallest(self) -> Population:
        """The population that growth is counted from."""
        return self.populations[0]

    @property
    def largest(self) -> Population:
        """The population of the large measures."""
        return self.populations[-1]

    def load(self, population: Population, progress: Callable[[int], None]) -> None:
        """Everybody in, over 32 connections; the bare limits after each chunk: durable create as a share of them."""

        def between(tally: Tally, users: int) -> None:
            self._note_creates(population, tally)
            progress(users)

        population.load(between, chunk=max(200, min(5000, population.wanted // 8)))

    def creates(self, count: int) -> None:
        """So many more people on the largest population in each round, over 32 connections, bare limits after each."""
        for _ in range(self.effort.rounds):
            self._note_creates(self.largest, self.largest.create(count))

    def lookups_under_load(self) -> None:
        """W2 over 32 connections at every size, in turns with the bare answer, and on PostgreSQL with bare reads."""
        arms: dict[str, Callable[[], Tally]] = {"bare": lambda: self.bare_burst(self.effort.seconds)}
        if self.reads is not None:
            arms["reads"] = partial(self._burst, self.reads, self.effort.seconds)
        for population in self.populations:
            arms[str(population.wanted)] = partial(self._endless, population, lookups, CONNECTIONS)
        turns = in_turns(arms, self.effort.rounds)
        bare = [tally.per_second for tally in turns["bare"]]
        for population in self.populations:
            tallies = turns[str(population.wanted)]
            of_bare = paired_ratio([tally.per_second for tally in tallies], bare)
            self._add("lookup", population, CONNECTIONS, tallies, of_bare=of_bare)
        self.results.bursts.append(burst("bare uvicorn", 0, CONNECTIONS, together(turns["bare"])))
        if self.reads is not None:
            reads = [tally.per_second for tally in turns["reads"]]
            share = paired_ratio([tally.per_second for tally in turns[str(self.largest.wanted)]], reads)
            of_bare = paired_ratio(reads, bare)
            row = burst("bare asyncpg reads", 0, CONNECTIONS, together(turns["reads"]), of_bare=of_bare)
            self.results.bursts.append(row)
            name = f"lookup at {self.largest.wanted:,} users, share of bare asyncpg reads behind uvicorn"
            self.results.bars.append(Bar(name, share * 100, 40.0, at_least=True, unit="%"))

    def one_connection(self, workloads: Iterable[str] = tuple(_ONE_CONNECTION)) -> None:
        """W1, W2, W3 and W5 as one identity provider sends them, the sizes in turns."""
        for name in workloads:
            script, kind = _ONE_CONNECTION[name]
            arms = {str(p.wanted): partial(self._counted, p, script) for p in self.populations}
            turns = in_turns(arms, self.effort.rounds)
            for population in self.populations:
                self._add(name, population, 1, turns[str(population.wanted)], kind=kind)
            if name == LOOKUP:
                self._growth_of_lookups(turns)

    def add_groups(self, sizes: Iterable[int]) -> None:
        """Groups of those sizes on the largest population."""
        population = self.largest
        ids = [user_id for _, user_id in population.people]
        for size in sizes:
            tally = population.add_group(f"Everybody up to {size}", ids[:size])
            self.results.thousand_ms[size] = [t * 1000 for t in tally.of("add a thousand")]
            self._groups[size] = (population.groups[-1][0], set(ids[:size]))

    def members(self) -> None:
        """W4: one member to and fro in each of the added groups, in turns. Somebody must be in none of them."""
        population, groups = self.largest, self._groups

        def arm(size: int) -> Tally:
            group_id, members = groups[size]
            script = one_member_to_and_fro(population, group_id, members)
            return population.drive([Script(script)], most=2 * max(10, self.effort.requests // 4))

        turns = in_turns({str(size): partial(arm, size) for size in groups}, 2 * self.effort.rounds)
        for size in groups:
            tally = together(turns[str(size)])
            adds = tally.of("add member")
            self.results.memberships.append(
                Membership(
                    size,
                    milliseconds(adds),
                    milliseconds(adds, 0.99),
                    milliseconds(tally.of("remove member")),
                )
            )
        if len(groups) > 1:
            first, last = min(groups), max(groups)
            self._bar(
                f"add one member: group of {last:,} against {first:,}",
                paired_ratio(
                    _medians(turns[str(last)], "add member"), _medians(turns[str(first)], "add member")
                ),
                1.3,
            )

    def imports(self) -> None:
        """All pages of an import in order, several times; and pages from anywhere, for which nothing is prepared."""
        population = self.largest
        pages = population.wanted // _PAGE
        walks: list[list[float]] = []
        for _ in range(min(3, self.effort.rounds)):
            calls = (population.calls.page(1 + at * _PAGE) for at in range(pages))
            walks.append(population.drive([Script(calls)]).of("list"))
        by_page = [median(times) for times in zip(*walks, strict=True)]
        self.results.walk = [
            PageTime(first + 1, median(by_page[first : first + 10]) * 1000) for first in range(0, pages, 10)
        ]
        last = min(899, pages - 11) if pages > 20 else 0
        if pages >= _LEAST_PAGES:
            ratios = [median(w[last - 10 : last + 11]) / median(w[:20]) for w in walks]
            self._bar(f"import in order: page {last + 1} against page 1", median(ratios), 2.0)
        starts = [1 + pages * tenth // 10 * _PAGE for tenth in range(10)]
        cold: dict[int, list[float]] = {start: [] for start in starts}
        for turn in range(4 * self.effort.rounds):
            for start in starts if turn % 2 == 0 else reversed(starts):
                # A few rows further each time: never the page an earlier answer led up to.
                tally = population.drive([Script(iter([population.calls.page(start + 3 * turn + 1)]))])
                cold[start] += tally.of("list")
        self.results.random_pages = [
            PageTime(start // _PAGE + 1, milliseconds(times)) for start, times in cold.items()
        ]

    def beside(self, seconds: float) -> None:
        """Lookups at a steady pace while a large group is read and an unindexed attribute is scanned, on end."""
        population = self.largest
        group_id, members = max(population.groups, key=lambda group: len(group[1]))
        pace = _BESIDE_CONNECTIONS / _BESIDE_PER_SECOND

        def group_reads() -> Iterator[Call]:
            while True:
                yield population.calls.group(group_id, len(members))

        def scans() -> Iterator[Call]:
            for number in count():
                yield population.calls.scan(f"nobody{number}")

        def steady() -> list[Script]:
            return [Script(lookups(population), pace) for _ in range(_BESIDE_CONNECTIONS)]

        alone = population.drive(steady(), seconds=seconds / 2)
        tally = population.drive([*steady(), Script(group_reads()), Script(scans())], seconds=seconds)
        times = tally.of("lookup")
        p99 = milliseconds(times, 0.99)
        self.results.beside = Beside(
            users=population.wanted,
            members=len(members),
            lookups=len(times),
            p50_ms=milliseconds(times),
            p99_ms=p99,
            worst_ms=milliseconds(times, 1.0),
            alone_p99_ms=milliseconds(alone.of("lookup"), 0.99),
            group_answers=len(tally.of("get group")),
            group_ms=milliseconds(tally.of("get group")),
            scans=len(tally.of("scan")),
            scan_ms=milliseconds(tally.of("scan")),
        )
        name = f"p99 of lookups beside GETs of {len(members):,} members and scans"
        self._bar(name, p99, 20.0, unit="ms")

    def mixed(self) -> None:
        """W6 over 16 connections at every size, in turns."""
        arms = {str(p.wanted): partial(self._endless, p, mix, MIX_CONNECTIONS) for p in self.populations}
        turns = in_turns(arms, max(2, self.effort.rounds // 2))
        for population in self.populations:
            self._add("W6 mix", population, MIX_CONNECTIONS, turns[str(population.wanted)])

    def memory(self) -> None:
        """Resident memory of every server, now that all was asked of it."""
        for population in self.populations:
            found = population.server.resident()
            if found is None:
                continue
            self.results.memory.append(Memory(population.wanted, *found))
            limit = {10_000: 100.0, 100_000: 200.0}.get(population.wanted)
            if limit is not None:
                self._bar(f"resident memory at {population.wanted:,} users", found[0], limit, unit="MB")

    def bare_limits(self) -> None:
        """The medians of the bare limits, and the two shares of them that are promised."""
        self.results.bare_http_per_second = median(self._bare_rates)
        self.results.bare_rows_per_second = median(commits.rows_per_second for commits in self._bare_commits)
        self.results.bare_commit_ms = median(commits.milliseconds for commits in self._bare_commits)
        if self.reads is not None:
            return  # the shares are promised of SQLite
        looked_up = self.results.of("lookup")[self.largest.wanted].of_bare or 0.0
        name = f"lookup at {self.largest.wanted:,} users, share of bare uvicorn"
        self.results.bars.insert(0, Bar(name, looked_up * 100, 35.0, at_least=True, unit="%", aim=45.0))
        created = median(chunk.of_bare for chunk in self.results.loaded[self.largest.wanted])
        name = f"durable create up to {self.largest.wanted:,} users, share of bare uvicorn"
        self.results.bars.insert(1, Bar(name, created * 100, 10.0, at_least=True, unit="%", aim=14.0))

    def bare_burst(self, seconds: float) -> Tally:
        """The bare answer over 32 connections."""
        tally = self._burst(self.bare, seconds)
        self._bare_rates.append(tally.per_second)
        return tally

    def _burst(self, server: BareUvicorn, seconds: float) -> Tally:
        wire = b"GET /scim/v2/Users HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/scim+json\r\n\r\n"
        call = Call("bare", wire, least=1024)

        def forever() -> Iterator[Call]:
            while True:
                yield call

        scripts = [Script(forever()) for _ in range(CONNECTIONS)]
        return drive(server.port, scripts, seconds=seconds, pid=server.pid)

    def bare_http(self, seconds: float) -> float:
        """Bare answers a second."""
        return self.bare_burst(seconds).per_second

    def bare_rows(self, seconds: float) -> float:
        """Bare durable rows a second, 32 to a commit."""
        url = self.largest.server.place["VESTIBULE_DATABASE"]
        if self.reads is not None:
            found = bare_commits_on_postgresql(url, seconds=seconds, group=CONNECTIONS)
        else:
            found = bare_commits(self._commits, seconds=seconds, group=CONNECTIONS)
        self._bare_commits.append(found)
        return self._bare_commits[-1].rows_per_second

    def _note_creates(self, population: Population, tally: Tally) -> None:
        http = self.bare_http(0.3)
        rows = self.bare_rows(0.2)
        of_bare, of_commits = tally.per_second / http, tally.per_second / rows
        users = len(population.people)
        self.results.loaded.setdefault(population.wanted, []).append(
            Loaded(users, tally.per_second, of_bare, of_commits, tally.cpu_microseconds)
        )

    def _growth_of_lookups(self, turns: dict[str, list[Tally]]) -> None:
        if len(self.populations) > 1:
            large, small = str(self.largest.wanted), str(self.smallest.wanted)
            ratio = paired_ratio(_medians(turns[large], "lookup"), _medians(turns[small], "lookup"))
            self._bar(f"lookup: {self.largest.wanted:,} users against {self.smallest.wanted:,}", ratio, 1.3)

    def _endless(
        self, population: Population, script: Callable[[Population], Iterator[Call]], connections: int
    ) -> Tally:
        shared = script(population)
        return population.drive([Script(shared)] * connections, seconds=self.effort.seconds)

    def _counted(self, population: Population, script: Callable[[Population], Iterator[Call]]) -> Tally:
        with apart(population.server.pid):
            return population.drive([Script(script(population))], most=self.effort.requests, seconds=10.0)

    def _add(
        self,
        workload: str,
        population: Population,
        connections: int,
        tallies: Sequence[Tally],
        *,
        kind: str = "",
        of_bare: float | None = None,
    ) -> None:
        row = burst(workload, population.wanted, connections, together(tallies), kind=kind, of_bare=of_bare)
        self.results.bursts.append(row)

    def _bar(self, name: str, value: float, limit: float, *, unit: str = "×") -> None:
        self.results.bars.append(Bar(name, value, limit, at_least=False, unit=unit))


def in_turns(arms: Mapping[str, Callable[[], Tally]], rounds: int) -> dict[str, list[Tally]]:
    """Every arm once in each round, to and fro, so that what drifts drifts for all."""
    found: dict[str, list[Tally]] = {name: [] for name in arms}
    for number in range(rounds):
        for name in list(arms) if number % 2 == 0 else reversed(list(arms)):
            found[name].append(arms[name]())
    return found


def _medians(tallies: Sequence[Tally], kind: str) -> list[float]:
    return [median(tally.of(kind)) for tally in tallies]
