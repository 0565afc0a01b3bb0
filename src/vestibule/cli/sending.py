"""Opens the sending side for one command, and closes it after; shows what a run does."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import typer

from vestibule.cli.database import settings_of, show_waiting, tell_if_new
from vestibule.cli.desk import operator
from vestibule.cli.output import say

if TYPE_CHECKING:
    from rich.progress import TaskID

    from vestibule.provisioning.desk import Desk
    from vestibule.provisioning.report import Progress, RunReport
    from vestibule.sending import Sending

T = TypeVar("T")


def with_sending(ctx: typer.Context, work: Callable[[Sending], Awaitable[T]]) -> T:
    """What ``work`` gives, handed the sending side of VESTIBULE_DIRECTORY_DATABASE.

    By default that is directory.db beside the database of ``--database``.
    """
    import uvloop  # noqa: PLC0415

    from vestibule.sending import Sending  # noqa: PLC0415

    settings = settings_of(ctx)
    tell_if_new(settings.directory_database)

    async def opened() -> T:
        sending = Sending(settings, waiting=show_waiting)
        await sending.start()
        try:
            return await work(sending)
        finally:
            await sending.stop()

    return uvloop.run(opened())


def desk_of(sending: Sending) -> Desk:
    """The desk of whoever runs this command."""
    return sending.desk(operator())


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on standard error, a line of its own for users and for groups; silent where it is no terminal."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[latest]}", markup=False),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    shown: dict[str, TaskID] = {}

    def show(progress: Progress) -> None:
        if progress.stage not in shown:
            shown[progress.stage] = bars.add_task(
                f"{title}: {progress.stage}", total=progress.total, latest=""
            )
        bars.update(
            shown[progress.stage],
            completed=progress.settled,
            total=progress.total,
            latest=progress.latest if progress.settled < progress.total else "",
        )

    with bars:
        yield show


def tell_faults(report: RunReport) -> None:
    """What went wrong and what waits, on standard error."""
    for fault in report.faults:
        say(f"{fault.label} ({fault.kind}): {fault.detail}")
    for sentence in report.held.values():
        say(f"Kept back: {sentence}")
    if report.waiting and not report.stopped:
        say(f"{report.waiting} will be tried again later: run apply again, or see status.")
    if report.stopped:
        say(f"The run was stopped, nothing is lost, {report.waiting} wait: {report.stopped}")
