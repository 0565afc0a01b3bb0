"""``python -m bench``: run, print, write JSON and the picture."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bench.curves import draw
from bench.measures import Effort
from bench.population import WrongAnswer
from bench.process import ChildFailed
from bench.report import markdown, print_report
from bench.run import Plan, run

_REPOSITORY = Path(__file__).resolve().parent.parent
_DOCS = _REPOSITORY / "docs" / "reference"
_MOST_USERS = 200_000


def main() -> int:
    """0 done; 1 an answer was wrong, or with ``--strict`` a bar was missed."""
    given = _arguments()
    plan = _plan(given)
    said = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description:<50}"), BarColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=said) as progress:
            results = run(plan, progress)
    except (WrongAnswer, ConnectionError, ChildFailed, TimeoutError) as fault:
        said.print(f"[red]{fault}", markup=True)
        return 1
    print_report(results, Console() if sys.stdout.isatty() else Console(width=150))
    if given.json:
        given.json.write_text(json.dumps(results.to_document(), indent=1))
    docs = given.docs or (None if given.quick or given.users or given.no_docs else _DOCS)
    if docs:
        docs.mkdir(parents=True, exist_ok=True)
        name = "benchmark" if plan.store == "sqlite" else f"benchmark-{plan.store}"
        (docs / f"{name}.svg").write_text(draw(results), "utf-8")
        (docs / f"{name}.md").write_text(markdown(results, f"{name}.svg"), "utf-8")
        said.print(f"The picture and its page are in {docs}.")
    return 1 if given.strict and not all(bar.met for bar in results.bars) else 0


def _plan(given: argparse.Namespace) -> Plan:
    if given.quick:
        effort = Effort(rounds=2, seconds=0.2, requests=40)
        return Plan(given.users or [1000], [100, 500], effort, 1.0, given.folder, given.store)
    users = given.users or [1000, 10_000, 100_000]
    groups = [100, 10_000, 50_000]
    effort = Effort(rounds=given.rounds, seconds=given.seconds, requests=100)
    return Plan(users, groups, effort, 8.0, given.folder, given.store)


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
    parser.add_argument("--users", type=_sizes, help="sizes of the directory (default 1000,10000,100000)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each measure (default 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="seconds of one burst (default 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument(
        "--docs", type=Path, metavar="FOLDER", help="write benchmark.svg and benchmark.md there"
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
