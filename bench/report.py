"""A run as text for the terminal, and as a page for the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

from rich.console import Console
from rich.table import Table

from bench.results import Bar, Results

Rows = list[list[str]]
Tables = list[tuple[str, list[str], Rows]]

#: What makes a commit durable.
DURABLE = {
    "SQLite": "`synchronous=FULL`",
    "PostgreSQL": "on disk: `fsync` and `synchronous_commit` on; PostgreSQL on the same machine",
}


def print_tables(tables: Tables, console: Console) -> None:
    """Every table of a run; the bars last, because they are what a reader looks for."""
    for title, headings, rows in tables:
        table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for at, heading in enumerate(headings):
            table.add_column(heading, justify="left" if at == 0 else "right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print()


def markdown(results: Results, picture: str) -> str:
    """The page of the documentation: the picture, then the tables."""
    intro = [
        "Written by `python -m bench`; do not edit. Everything compared was measured in one run, small and large in",
        "turns, with all shipped defaults on (request log, audit, events, metrics; every commit",
        f"{DURABLE[results.store]}). The client shares the machine with the server. *Ratios* hold from machine to",
        "machine, absolute figures do not: measure your own. What loads a directory is ready before the clock runs; where W1,",
        "W2, W3 and W5 are timed over one connection, client and server have a core each, if there are two.",
        "",
        f"Machine: {machine(results.machine)}.",
        "",
        f"![The curves of the benchmark]({picture})",
    ]
    return page(f"Benchmark on {results.store}", intro, tables(results))


def machine(facts: Mapping[str, str]) -> str:
    """What it is, in one line."""
    return ", ".join(f"{key} {value}" for key, value in facts.items())


def page(title: str, intro: Sequence[str], tables: Tables) -> str:
    """A page of the documentation, the bars first."""
    parts = [f"# {title}", "", *intro, ""]
    for name, headings, rows in reversed(tables):
        parts += [f"## {name}", "", _line(headings), _line(["---"] + ["---:"] * (len(headings) - 1))]
        parts += [*(_line(row) for row in rows), ""]
    return "\n".join(parts)


def tables(results: Results) -> Tables:
    """(title, headings, rows) of everything that was measured."""
    found = [_limits(results), _loading(results), _bursts(results), _memberships(results), _pages(results)]
    found += [_beside(results), _memory(results), _bars(results.bars)]
    return [table for table in found if table[2]]


def _limits(results: Results) -> tuple[str, list[str], Rows]:
    rows = [
        ["uvicorn, 1 KB of JSON, 32 connections", f"{results.bare_http_per_second:,.0f} answers/s"],
        [
            f"{results.store}, rows of 1 KB, 32 to a durable commit",
            f"{results.bare_rows_per_second:,.0f} rows/s",
        ],
        ["one such commit", f"{results.bare_commit_ms:.2f} ms"],
    ]
    return "Bare limits of this machine, with the client beside", ["what", "measured"], rows


def _loading(results: Results) -> tuple[str, list[str], Rows]:
    rows = []
    for users, chunks in results.loaded.items():
        for chunk in dict.fromkeys((chunks[0], chunks[len(chunks) // 2], chunks[-1])):
            rows.append(
                [
                    f"{chunk.users:,} of {users:,}",
                    f"{chunk.per_second:,.0f}",
                    f"{chunk.of_bare:.1%}",
                    f"{chunk.of_commits:.1%}",
                    _number(chunk.cpu_us, "{:.0f}"),
                ]
            )
    headings = ["users", "creates/s", "of bare uvicorn", "of bare rows", "server CPU µs each"]
    return "Durable creates over 32 connections (the loading)", headings, rows


def _bursts(results: Results) -> tuple[str, list[str], Rows]:
    rows = [
        [
            burst.workload,
            f"{burst.users:,}" if burst.users else "",
            str(burst.connections),
            f"{burst.requests:,}",
            f"{burst.per_second:,.0f}",
            f"{burst.p50_ms:.2f}",
            f"{burst.p99_ms:.2f}",
            _number(burst.cpu_us, "{:.0f}"),
            _number(burst.of_bare, "{:.1%}"),
        ]
        for burst in results.bursts
    ]
    headings = [
        *("workload", "users", "connections", "requests", "requests/s"),
        *("p50 ms", "p99 ms", "server CPU µs each", "of bare"),
    ]
    return "Requests", headings, rows


def _memberships(results: Results) -> tuple[str, list[str], Rows]:
    rows = [
        [
            f"{row.members:,}",
            f"{row.add_p50_ms:.2f}",
            f"{row.add_p99_ms:.2f}",
            f"{row.remove_p50_ms:.2f}",
            _number(max(results.thousand_ms.get(row.members) or [float("nan")]), "{:.1f}"),
        ]
        for row in results.memberships
    ]
    headings = [
        "members",
        "add one: p50 ms",
        "p99 ms",
        "take one out: p50 ms",
        "slowest batch while it grew: ms",
    ]
    return "W4: one member in a group, one connection", headings, rows


def _pages(results: Results) -> tuple[str, list[str], Rows]:
    walk = {row.page: row.ms for row in results.walk}
    picked = [page for page in walk if (page - 1) % 100 == 0 or page in (51, 891)]
    rows = [[f"{page:,} to {page + 9:,}, in order", f"{walk[page]:.2f}"] for page in picked]
    rows += [[f"about {row.page:,}, nothing prepared", f"{row.ms:.2f}"] for row in results.random_pages]
    return "W5: pages of 100 at the largest size, one connection", ["page", "median ms"], rows


def _beside(results: Results) -> tuple[str, list[str], Rows]:
    beside = results.beside
    if beside is None:
        return "", [], []
    rows = [
        ["lookups at a steady pace", f"{beside.lookups:,}"],
        ["their p50 / p99 / worst", f"{beside.p50_ms:.2f} / {beside.p99_ms:.2f} / {beside.worst_ms:.2f} ms"],
        [
            f"GET of {beside.members:,} members",
            f"{beside.group_answers} times, {beside.group_ms:.0f} ms each",
        ],
        [f"scan of {beside.users:,} rows", f"{beside.scans} times, {beside.scan_ms:.0f} ms each"],
    ]
    return "Lookups beside large answers", ["what", "measured"], rows


def _memory(results: Results) -> tuple[str, list[str], Rows]:
    rows = [[f"{row.users:,}", f"{row.resident_mb:.0f}", f"{row.highest_mb:.0f}"] for row in results.memory]
    return (
        "Resident memory of the server, all its processes, after all of this",
        ["users", "MB", "at its highest MB"],
        rows,
    )


def _bars(bars: Sequence[Bar]) -> tuple[str, list[str], Rows]:
    rows = []
    for bar in bars:
        rows.append([bar.name, measured(bar, bar.value), promised(bar), yes_or_no(bar.met)])
    return "What is promised", ["measure", "measured", "bar", "met"], rows


def measured(bar: Bar, value: float) -> str:
    """A value in the bar's unit."""
    return f"{value:.{2 if bar.unit in ('×', 's') else 1}f} {bar.unit}"


def promised(bar: Bar) -> str:
    """The limit, and the aim where there is one."""
    aim = f" (aim {bar.aim:g} {bar.unit})" if bar.aim is not None else ""
    return f"{'≥' if bar.at_least else '≤'} {bar.limit:g} {bar.unit}{aim}"


def yes_or_no(met: bool) -> str:
    """What is not kept stands out."""
    return "yes" if met else "NO"


def _number(value: float | None, form: str) -> str:
    return "" if value is None or isnan(value) else form.format(value)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
