"""``vestibule app engine`` and ``app task``: how an application is sent to, and what waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import done, show_one, show_rows
from vestibule.cli.sending import desk_of, with_sending

if TYPE_CHECKING:
    from vestibule.sending import Sending

engines = typer.Typer()
tasks = typer.Typer(no_args_is_help=True, help="What was given up and waits for somebody.")

_NAME = typer.Argument(..., metavar="APP", help="The application's name.")
_WHOSE = typer.Argument(None, metavar="[LOGIN]", help="Whose; without it all of them.")


@engines.command("engine")
def engine(
    ctx: typer.Context,
    name: str = _NAME,
    concurrency: int = typer.Option(None, help="Requests in flight at a time."),
    schedule: str = typer.Option(None, help="Retry schedule: vestibule, okta, entra."),
    threshold_number: int = typer.Option(None, help="So many may be deactivated without a word."),
    threshold_share: float = typer.Option(None, help="And so large a share of all: 0.2 is a fifth."),
    approval: bool = typer.Option(None, help="Whether only approved plans are applied."),
) -> None:
    """How the engine sends to an application: show it, or change what is named."""

    async def work(sending: Sending) -> dict[str, Any]:
        application, after = await desk_of(sending).set_engine(
            name,
            threshold_number=threshold_number,
            threshold_share=threshold_share,
            concurrency=concurrency,
            schedule=schedule,
            needs_approval=approval,
        )
        state = await sending.store.engine_state(application.id)
        return {
            "name": application.name,
            "concurrency": after.concurrency,
            "schedule": after.schedule,
            "threshold_number": after.limits.number,
            "threshold_share": after.limits.share,
            "needs_approval": after.needs_approval,
            "learned_per_second": state.learned or None,
            "measured_per_second": state.measured or None,
            "quarantined": application.quarantined,
            "quarantined_since": state.quarantined_since,
            "tried_again_at": state.next_try,
        }

    record = with_sending(ctx, work)
    show_one(ctx, record, {key: key.replace("_", " ") for key in record})


@tasks.command("list")
def list_(ctx: typer.Context, name: str = _NAME) -> None:
    """List the tasks: whose, what, how often it was tried, and the application's own words."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        application = await sending.store.application(name)
        return [
            {
                "label": job.label,
                "operation": str(job.kind),
                "outcome": job.outcome,
                "attempts": job.attempts,
                "since": job.finished,
                "detail": job.detail,
            }
            for job in await sending.store.jobs(application.id)
            if job.state == "quarantined"
        ]

    columns = {
        "label": "Who",
        "operation": "Operation",
        "attempts": "Attempts",
        "since": "Since",
        "detail": "Why",
    }
    show_rows(ctx, with_sending(ctx, work), columns, nothing="Nothing waits for anybody.")


@tasks.command("retry")
def retry(ctx: typer.Context, name: str = _NAME, whose: str = _WHOSE) -> None:
    """Retry Selected: queue what was given up again; apply or run sends it."""

    async def work(sending: Sending) -> dict[str, Any]:
        return {"queued": await desk_of(sending).retry(name, whose)}

    record = with_sending(ctx, work)
    done(ctx, f"Queued again: {record['queued']}. Next: vestibule app apply {name}.", record)


@tasks.command("dismiss")
def dismiss(ctx: typer.Context, name: str = _NAME, whose: str = _WHOSE) -> None:
    """Dismiss: nothing more is tried until something about the person changes."""

    async def work(sending: Sending) -> dict[str, Any]:
        return {"dismissed": await desk_of(sending).dismiss(name, whose)}

    record = with_sending(ctx, work)
    done(ctx, f"Dismissed: {record['dismissed']}.", record)
