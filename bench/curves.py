"""Which curves of a run are drawn."""

from __future__ import annotations

from bench.chart import BarChart, BarRow, Line, LineChart, picture
from bench.results import Results


def draw(results: Results) -> str:
    """The run as one SVG document."""
    panels = [_requests(results), _loading(results), _members(results), _pages(results), _under_load(results)]
    bars = BarChart(
        "What is promised",
        "the mark is the bar; shares of bare uvicorn reach over it, all others stay under it",
        [
            BarRow(
                bar.name,
                bar.value,
                f"{bar.value:.{2 if bar.unit == '×' else 1}f} {bar.unit}",
                bar.limit,
                f"{'≥' if bar.at_least else '≤'} {bar.limit:g} {bar.unit}",
                not bar.met,
            )
            for bar in results.bars
        ],
    )
    drawn = [panel for panel in panels if all(line.points for line in panel.lines) and panel.lines]
    return picture("Vestibule: the curves of one benchmark run", [*drawn, bars])


def _requests(results: Results) -> LineChart:
    names = {
        "W5 list of 100": "list of 100",
        "W1 create after lookup": "create",
        "W3 PATCH active": "PATCH active",
        "W2 lookup": "lookup",
        "W2 get by id": "get by id",
    }
    lines = [
        Line(said, [(float(users), row.p50_ms) for users, row in sorted(results.of(workload).items())])
        for workload, said in names.items()
    ]
    return LineChart("One request", "median ms, one connection", "users in the directory", lines, log_x=True)


def _loading(results: Results) -> LineChart:
    chunks = results.loaded[max(results.loaded)] if results.loaded else []
    lines = [
        Line("of uvicorn", [(float(chunk.users), chunk.of_bare * 100) for chunk in chunks]),
        Line("of rows", [(float(chunk.users), chunk.of_commits * 100) for chunk in chunks]),
    ]
    note = f"32 connections, as % of bare uvicorn answers and of bare {results.store} rows"
    return LineChart(
        "Durable creates while the directory grows", note, "users in the directory", lines, unit="%"
    )


def _members(results: Results) -> LineChart:
    rows = results.memberships
    lines = [
        Line("add one", [(float(row.members), row.add_p50_ms) for row in rows]),
        Line("take one out", [(float(row.members), row.remove_p50_ms) for row in rows]),
    ]
    return LineChart(
        "One member of a group", "median ms, one connection", "members of the group", lines, log_x=True
    )


def _pages(results: Results) -> LineChart:
    lines = [
        Line("in order", [(float(row.page), row.ms) for row in results.walk]),
        Line("from anywhere", [(float(row.page), row.ms) for row in results.random_pages], dotted=True),
    ]
    return LineChart("Pages of an import", "ms for 100 users, one connection", "page", lines)


def _under_load(results: Results) -> LineChart:
    names = {"lookup": "lookup (32)", "W6 mix": "mix W6 (16)"}
    lines = [
        Line(said, [(float(users), row.p99_ms) for users, row in sorted(results.of(workload).items())])
        for workload, said in names.items()
    ]
    note = "p99 in ms over so many connections at once"
    return LineChart("Under load", note, "users in the directory", lines, log_x=True)
