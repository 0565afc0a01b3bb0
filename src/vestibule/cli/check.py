"""Judge any SCIM server: what the RFCs, Okta and Entra demand of it, tried over HTTP."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vestibule.cli.output import asked, print_json, say

if TYPE_CHECKING:
    from vestibule.judge.report import Report, Result
    from vestibule.judge.run import Assignment, Progress

app = typer.Typer()

INTERRUPTED = 130


class As(StrEnum):
    """In whose place to judge."""

    OKTA = "okta"
    ENTRA = "entra"
    RFC = "rfc"
    ALL = "all"


@app.command()
def check(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The SCIM base URL: what stands before /Users.")],
    token: Annotated[
        str,
        typer.Option(
            metavar="T",
            envvar="VESTIBULE_CHECK_TOKEN",
            help="The access token; with its scheme where that is not Bearer, as in 'Basic dXNlcjpwYXNz'.",
        ),
    ] = "",
    role: Annotated[
        As, typer.Option("--as", help="In whose place to judge: okta, entra, rfc or all.")
    ] = As.ALL,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="Write a report to hand on: one HTML file, nothing secret in it."
        ),
    ] = None,
    domain: Annotated[
        str, typer.Option(metavar="DOMAIN", help="Where the addresses of the people lie that are created.")
    ] = "example.com",
    max_requests: Annotated[
        int,
        typer.Option(
            min=20, max=100_000, help="Requests that the server is asked at most, cleaning included."
        ),
    ] = 800,
    max_seconds: Annotated[
        int, typer.Option(min=1, max=86_400, help="After so long no check is begun.")
    ] = 900,
    timeout: Annotated[float, typer.Option(min=0.1, max=300, help="Seconds for one request.")] = 30.0,
    plain_http: Annotated[
        bool, typer.Option("--plain-http", help="Send the token over plain HTTP to another machine.")
    ] = False,
) -> None:
    """Judge any SCIM server: what the RFCs, Okta and Entra demand, each finding with request and answer.

    It creates people and groups of its own, changes and removes nothing else, and cleans up after itself.

    Exit code 0: clean. 1: a MUST is broken, or the run could not be finished. 2: only SHOULDs are not followed.
    """
    from vestibule.judge.check import Role  # noqa: PLC0415
    from vestibule.judge.redaction import authorization_of, redactor  # noqa: PLC0415
    from vestibule.judge.run import Assignment  # noqa: PLC0415
    from vestibule.judge.wire import Limits  # noqa: PLC0415
    from vestibule.provisioning.application import check_base_url  # noqa: PLC0415

    check_base_url(url.replace("http://", "https://", 1) if plain_http else url)
    if not token:
        say("No --token: requests are sent without Authorization.")
    assignment = Assignment(
        url,
        authorization_of(token) if token else "",
        tuple(Role) if role is As.ALL else (Role(role.value),),
        Limits(max_requests, max_seconds, timeout),
        domain,
    )
    redacted = redactor(token)
    with _bar(url) as progress:
        found = asyncio.run(_judged(assignment, progress))
    if report is not None:
        from vestibule.judge.html_report import html_report  # noqa: PLC0415

        report.write_text(html_report(found, redacted), "utf-8")
        say(f"The report: {report}")
    if asked(ctx).json:
        print_json(found.as_document(redacted))
    else:
        _tell(found, redacted)
    raise typer.Exit(INTERRUPTED if found.interrupted else found.exit_status)


async def _judged(assignment: Assignment, progress: Callable[[Progress], None]) -> Report:
    from vestibule.judge.run import judge  # noqa: PLC0415

    task = asyncio.current_task()
    assert task is not None
    # Ctrl-C cancels the task too (asyncio.run): it cleans up, and what was found until then is told.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    began = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return await judge(assignment, began=began, progress=progress)


@contextmanager
def _bar(url: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on standard error; silent where it is no terminal."""
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
    with bars:
        task = bars.add_task("Checks", total=None, latest="discovery")

        def show(progress: Progress) -> None:
            latest = f"{progress.topic.lower() or 'cleaning up'}, {progress.requests} requests"
            bars.update(task, completed=progress.done, total=progress.total, latest=latest)

        yield show


def _tell(report: Report, redacted: Callable[[str], str]) -> None:
    from vestibule.judge.report import Outcome, first_row, severity  # noqa: PLC0415

    typer.secho(f"{redacted(report.url)}, judged as {', '.join(report.roles)}", bold=True)
    for outcome, colour in ((Outcome.FAILED, typer.colors.RED), (Outcome.WARNED, typer.colors.YELLOW)):
        for result in report.by_weight(outcome):
            check = result.check
            for fault in result.faults:
                word = typer.style(f"{check.level}", fg=colour, bold=True)
                typer.echo(
                    f"\n{word} {first_row(check, fault)} ({severity(check)}), {check.sources[0]}: {check.demand}"
                )
                for exchange in fault.exchanges[-1:]:
                    typer.echo(f"    sent      {exchange.method} {redacted(exchange.url)}")
                    if exchange.sent:
                        typer.echo(
                            f"              {_one_line(redacted(exchange.sent.decode('utf-8', 'replace')))}"
                        )
                typer.echo(f"    came      {redacted(fault.got)}")
                typer.echo(f"    expected  {redacted(fault.expected)}")
                typer.echo(f"    means     {check.means}")
    _tell_reasons("Not offered", report.of(Outcome.NOT_OFFERED), redacted)
    _tell_reasons("Could not be tried", report.of(Outcome.UNTRIED), redacted)
    told = ", ".join(f"{len(report.of(outcome))} {outcome}" for outcome in Outcome)
    typer.echo(f"\n{told}; {report.requests} requests in {report.seconds:.0f} seconds.")
    typer.secho(report.verdict(), bold=True)
    if report.left:
        say("Could not be removed, please do it by hand:")
        for made in report.left:
            say(f"  {made.endpoint}/{made.id}  {made.name}")


def _tell_reasons(title: str, results: list[Result], redacted: Callable[[str], str]) -> None:
    if results:
        typer.echo(f"\n{title}:")
        for result in results:
            typer.echo(f"    {result.check.rows[0]:<6}{result.check.demand} ({redacted(result.reason)})")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:300]}…"
