"""``python -m bench``: run, print, write JSON and the page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench import webhooks, webhooks_report
from bench.curves import draw
from bench.measures import Effort
from bench.population import WrongAnswer
from bench.process import ChildFailed
from bench.report import Tables, markdown, print_tables, tables
from bench.results import Bar
from bench.run import Plan, run

_REPOSITORY = Path(__file__).resolve().parent.parent
_DOCS = _REPOSITORY / "docs" / "reference"
_MOST_USERS = 200_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a run comes to."""

    tables: Tables
    document: dict[str, Any]
    #: Files of the documentation by name.
    docs: dict[str, str]
    #: Whether every event arrived.
    complete: bool
    bars: Sequence[Bar]


def main() -> int:
    """0 done; 1 an answer was wrong, an event did not arrive, or with ``--strict`` a bar was missed."""
    given = _arguments()
    said = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description:<50}"), BarColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=said) as progress:
            report = (_with_webhooks if given.with_webhooks else _alone)(given, progress)
    except (WrongAnswer, ConnectionError, ChildFailed, TimeoutError) as fault:
        said.print(f"[red]{fault}", markup=True)
        return 1
    print_tables(report.tables, Console() if sys.stdout.isatty() else Console(width=200))
    if given.json:
        given.json.write_text(json.dumps(report.document, indent=1))
    docs = given.docs or (None if given.quick or given.users or given.no_docs else _DOCS)
    if docs:
        docs.mkdir(parents=True, exist_ok=True)
        for name, text in report.docs.items():
            (docs / name).write_text(text, "utf-8")
        said.print(f"{' and '.join(report.docs)}: in {docs}.")
    if not report.complete:
        said.print("[red]Events did not arrive, or not in order: see the deliveries.", markup=True)
        return 1
    return 1 if given.strict and not all(bar.met for bar in report.bars) else 0


def _alone(given: argparse.Namespace, progress: Progress) -> Report:
    if given.quick:
        effort = Effort(rounds=2, seconds=0.2, requests=40)
        plan = Plan(given.users or [1000], [100, 500], effort, 1.0, given.folder, given.store)
    else:
        effort = Effort(rounds=given.rounds or 5, seconds=given.seconds or 1.0, requests=300)
        users = given.users or [1000, 10_000, 100_000]
        plan = Plan(users, [100, 10_000, 50_000], effort, 8.0, given.folder, given.store)
    results = run(plan, progress)
    name = _page("benchmark", plan)
    docs = {f"{name}.svg": draw(results), f"{name}.md": markdown(results, f"{name}.svg")}
    return Report(tables(results), results.to_document(), docs, True, results.bars)


def _with_webhooks(given: argparse.Namespace, progress: Progress) -> Report:
    if given.quick:
        effort = Effort(rounds=1, seconds=0.1, requests=40)
        plan = Plan(given.users or [1000], [100, 500], effort, 0.3, given.folder, given.store)
        surroundings = webhooks.Surroundings(rounds=2, creates=100, warm_up=1.0)
    else:
        # Each turn is short, so that there are many: what is compared is that of one round.
        effort = Effort(rounds=4, seconds=given.seconds or 0.25, requests=200)
        users = given.users or [1000, 10_000]
        plan = Plan(users, [100, 50_000], effort, 3.0, given.folder, given.store)
        surroundings = webhooks.Surroundings(rounds=given.rounds or 6, creates=150)
    found = webhooks.run(plan, surroundings, progress)
    docs = {f"{_page('benchmark-webhooks', plan)}.md": webhooks_report.markdown(found)}
    return Report(webhooks_report.tables(found), found.to_document(), docs, found.complete, found.bars)


def _page(name: str, plan: Plan) -> str:
    return name if plan.store == "sqlite" else f"{name}-{plan.store}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="1,000 users and short bursts: does it all work?"
    )
    parser.add_argument(
        "--store",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="where the server keeps everything (default sqlite); a PostgreSQL is started for the run",
    )
    parser.add_argument(
        "--with-webhooks",
        action="store_true",
        help="the promises with 100 webhook endpoints (ten dead) and the feed followed, beside those without",
    )
    parser.add_argument(
        "--users",
        type=_sizes,
        help="sizes of the directory (default 1000,10000,100000; with webhooks 1000,10000)",
    )
    parser.add_argument("--rounds", type=int, help="turns of each measure (default 5; with webhooks 6)")
    parser.add_argument("--seconds", type=float, help="seconds of one burst (default 1; with webhooks 0.25)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument(
        "--docs", type=Path, metavar="FOLDER", help="write the page (benchmark.md) and its picture there"
    )
    parser.add_argument("--no-docs", action="store_true", help="leave the page in docs as it is")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a bar is missed")
    default = _REPOSITORY / "build" / "bench"
    parser.add_argument("--folder", type=Path, default=default, help=f"for the databases (default {default})")
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    sizes = sorted({int(part) for part in text.split(",")})
    if not sizes or sizes[0] < 100 or sizes[-1] > _MOST_USERS:
        raise argparse.ArgumentTypeError(f"sizes are between 100 and {_MOST_USERS:,}, separated by commas")
    return sizes


if __name__ == "__main__":
    sys.exit(main())
