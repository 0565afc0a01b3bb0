"""``vestibule app``: what would be sent, sending it, and what waits."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import asked, done, say, show_rows
from vestibule.cli.sending import desk_of, progress_bar, tell_faults, with_sending

if TYPE_CHECKING:
    from vestibule.provisioning.application import Application
    from vestibule.provisioning.report import RunReport
    from vestibule.sending import Sending

runs = typer.Typer()

_ACCEPT = typer.Option(
    [], "--accept", metavar="THRESHOLD", help="Let this pass: deactivations, member-removals, group-deletions."
)  # fmt: skip
_NAME = typer.Argument(..., metavar="APP", help="The application's name.")
_WHICH = typer.Argument(None, metavar="[APP]...", help="Which; none means all that are connected.")
_LOGINS = typer.Argument(None, metavar="[LOGIN]...", help="Whom; nobody means all who wait.")


@runs.command("apply")
def apply(
    ctx: typer.Context,
    name: str = _NAME,
    force: bool = typer.Option(False, "--force-sync", help="Send everybody's attributes again."),
    wait: int = typer.Option(60, help="Seconds to stay for what is to be tried again."),
    plan: int = typer.Option(None, help="Do what this plan says, and nothing else."),
    accept: list[str] = _ACCEPT,
) -> None:
    """Bring the application in step: users, then groups. With --plan, what was planned and just that."""
    from vestibule.provisioning.threshold import accepted_names  # noqa: PLC0415

    accepted = accepted_names(accept)

    async def work(sending: Sending) -> RunReport:
        application = await sending.store.application(name)
        if plan is None:
            await sending.check_unplanned(application)
        told = {"plan": plan} if plan else {"forced": force}
        await desk_of(sending).note("run.asked", application.name, **told, accepted=sorted(accepted))
        with progress_bar(name) as progress:
            async with sending.worker(application, progress=progress, longest_wait=wait) as worker:
                if plan is None:
                    return await worker.apply(forced=force, accepted=accepted)
                return await sending.perform(worker, application, plan, accepted)

    _tell(ctx, name, with_sending(ctx, work))


@runs.command("provision-now")
def provision_now(
    ctx: typer.Context,
    name: str = _NAME,
    people: list[str] = _LOGINS,
) -> None:
    """Provision User: these people at once, also those assigned before provisioning was set up.

    For one person all of it is shown: read, mapped, scoped, matched, sent, answered.
    """
    from vestibule.provisioning.trace import Trace  # noqa: PLC0415

    trace = Trace()

    async def work(sending: Sending) -> RunReport:
        application = await sending.store.application(name)
        ids = [(await sending.store.person(login)).id for login in people or []]
        if not ids:
            await desk_of(sending).release_held(name)
        else:
            await desk_of(sending).note("person.provisioned", application.name, people=people)
        if len(ids) == 1:
            await trace.begin(sending.store, application, ids[0])
        with progress_bar(name) as progress:
            async with sending.worker(application, progress=progress, watch=trace.exchange) as worker:
                report = await (worker.provision(ids) if ids else worker.apply())
        if len(ids) == 1:
            await trace.end(sending.store, application, ids[0])
        return report

    report = with_sending(ctx, work)
    if not asked(ctx).json:
        for step in trace.steps:
            typer.echo(f"{step.step:<9} {step.sentence}")
            for line in step.lines:
                typer.echo(f"{'':9} {line}")
    _tell(ctx, name, report, trace=[step.document() for step in trace.steps])


@runs.command("run")
def run(
    ctx: typer.Context,
    names: list[str] = _WHICH,
    once: bool = typer.Option(False, "--once", help="Send what has changed and what is due, then end."),
) -> None:
    """Keep applications in step until Ctrl-C: what changes in the directory is sent at once, retries when due."""

    def told(application: Application, report: RunReport) -> None:
        tell_faults(report)
        said = report.in_words() or "nothing was sent"
        typer.echo(f"{application.name}: {said}." if not asked(ctx).json else _line(application.name, report))
        sys.stdout.flush()

    async def work(sending: Sending) -> None:
        for name in names or []:
            await sending.store.application(name)
        watching = sending.watching(told)
        if not once:
            say("Watching. Ctrl-C ends it.")
            await watching.watch(names or [])
        while await watching.look(names or []):
            pass

    with suppress(KeyboardInterrupt):
        with_sending(ctx, work)


@runs.command("status")
def status(
    ctx: typer.Context,
    name: str = _NAME,
    finished: bool = typer.Option(False, "--all", help="Finished ones too, the latest thousand."),
) -> None:
    """What is under way, will be tried again, or waits for somebody."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        application = await sending.store.application(name)
        if application.quarantined:
            say(f"{name} is stopped: {application.quarantined}")
        return [
            {
                "state": str(job.state),
                "operation": str(job.kind),
                "label": job.label,
                "attempts": job.attempts,
                "retry_at": job.retry_at,
                "detail": job.detail,
            }
            for job in await sending.store.jobs(application.id, finished=finished)
        ]

    columns = {
        "state": "State",
        "operation": "Operation",
        "label": "Who",
        "attempts": "Attempts",
        "detail": "Why",
    }
    show_rows(ctx, with_sending(ctx, work), columns, nothing="Nothing waits.")


@runs.command("retry")
def retry(
    ctx: typer.Context,
    name: str = _NAME,
    person: str = typer.Option(None, help="Only this person's."),
) -> None:
    """Retry Selected: what was given up runs again, at once."""

    async def work(sending: Sending) -> RunReport:
        application = await sending.store.application(name)
        await desk_of(sending).retry(name, person)
        with progress_bar(name) as progress:
            async with sending.worker(application, progress=progress) as worker:
                return await worker.apply()

    _tell(ctx, name, with_sending(ctx, work))


def _line(name: str, report: RunReport) -> str:
    return json.dumps({"application": name, **report.as_document(), "stopped": report.stopped})


def _tell(ctx: typer.Context, name: str, report: RunReport, **more: Any) -> None:
    tell_faults(report)
    document: dict[str, Any] = {**report.as_document(), "waiting": report.waiting, "stopped": report.stopped}
    document["faults"] = [
        {"label": f.label, "operation": str(f.kind), "outcome": f.outcome, "detail": f.detail}
        for f in report.faults
    ]
    document |= {"held": report.held, **more}
    nothing = "nothing was done" if report.waiting or report.stopped or report.held else "nothing to do"
    done(ctx, f"{name}: {report.in_words() or nothing}.", document)
    if report.failures or report.stopped or report.waiting or report.held:
        raise typer.Exit(1)
