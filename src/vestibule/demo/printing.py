"""What the demo prints: steps, a bar for each run, and tables of what is held."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from vestibule.demo.linking import Linked
from vestibule.demo.readback import Held
from vestibule.provisioning.report import Progress, RunReport

_WIDTH = 118
_MOST_LINES = 12


class Printer:
    """Writes to standard output; bars only where that is a terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        if not self._console.is_terminal:
            self._console = Console(highlight=False, width=_WIDTH)

    def heading(self, text: str) -> None:
        """A step begins."""
        self._console.print()
        self._console.print(Text(text, style="bold"))

    def line(self, text: str) -> None:
        """A sentence."""
        self._console.print(Text(f"  {text}"), soft_wrap=True)

    def lines(self, texts: Sequence[str]) -> None:
        """Sentences, the first of them where they are many."""
        for text in texts[:_MOST_LINES]:
            self.line(text)
        if len(texts) > _MOST_LINES:
            self.line(f"… and {len(texts) - _MOST_LINES} more.")

    @contextmanager
    def bar(self, application: str) -> Iterator[Callable[[Progress], None]]:
        """A bar for users and one for groups."""
        bars = Bars(
            TextColumn("  {task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        tasks: dict[str, TaskID] = {}

        def show(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(f"{application} {progress.stage}", total=progress.total)
            bars.update(tasks[progress.stage], completed=progress.settled, total=progress.total)

        with bars:
            yield show

    def run(self, application: str, report: RunReport) -> None:
        """What a run did."""
        self.line(f"{application}: {report.in_words() or 'nothing to send'}")

    def holdings(self, all_held: Mapping[str, Held]) -> None:
        """What each application holds, as it says itself."""
        table = Table(title="What the products hold, read back through SCIM", title_justify="left")
        for heading in ("Application", "Active", "Inactive", "Roles", "Accounts kept", "Teams"):
            table.add_column(heading)
        for name, held in all_held.items():
            table.add_row(
                name,
                str(held.active),
                str(held.inactive),
                ", ".join(f"{count} {role}" for role, count in held.roles.most_common()),
                ", ".join(f"{count} {kind}" for kind, count in held.accounts.most_common()) or "—",
                str(len(held.teams)) if held.teams else "—",
            )
        self._console.print(table)

    def teams(self, application: str, held: Held) -> None:
        """The teams with their sizes."""
        table = Table(title=f"Teams in {application}", title_justify="left")
        table.add_column("Team")
        table.add_column("Members", justify="right")
        for name, count in sorted(held.teams.items()):
            table.add_row(Text(name), str(count))
        self._console.print(table)

    def refused(self, all_held: Mapping[str, Held]) -> None:
        """Who is not there, and why: in the application's own words where it refused them."""
        table = Table(
            title="Refused by the product, or not sent at all, until somebody mends it", title_justify="left"
        )
        for heading in ("Application", "Who", "Why"):
            table.add_column(heading, overflow="fold")
        for name, held in all_held.items():
            for label, reason in held.refused:
                table.add_row(name, Text(label), Text(reason))
        if table.row_count:
            self._console.print(table)

    def linked(self, linked: Linked) -> None:
        """How people's accounts at Slack were found, and some of each."""
        table = Table(title="People's Slack accounts, as they were found there", title_justify="left")
        for heading in ("State", "People", "For instance", "Why"):
            table.add_column(heading, overflow="fold")
        for state, count in linked.counts.items():
            some = linked.some[state]
            table.add_row(
                state.value.replace("_", " "),
                str(count),
                Text(", ".join(account.value for account in some)),
                Text(some[0].reason if some else ""),
            )
        self._console.print(table)
