"""``vestibule app plan``: what would be sent, kept to be read, approved and applied exactly so."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.default_command import DefaultCommand
from vestibule.cli.output import asked, done, print_json, say, show_rows
from vestibule.cli.sending import desk_of, with_sending

if TYPE_CHECKING:
    from vestibule.provisioning.application import Application
    from vestibule.provisioning.plan_file import PlanFile
    from vestibule.sending import Sending

plans = typer.Typer(cls=DefaultCommand, no_args_is_help=True, help="What apply would send. Nothing is sent.")

_NAME = typer.Argument(..., metavar="APP", help="The application's name.")
_ID = typer.Argument(..., metavar="PLAN", help="The plan's number.")
_BY = typer.Option(None, help="Who you are; else the name of the user logged in.")
_FORMAT = typer.Option("text", help="text, json or html.")
_OUT = typer.Option(None, help="Write it to this file rather than print it.")
_PAGE = 500


@plans.command("make")
def make(
    ctx: typer.Context,
    name: str = _NAME,
    save: bool = typer.Option(False, "--save", help="Keep it, to be read, approved and applied just so."),
    by: str = _BY,
    refresh: bool = typer.Option(False, "--refresh", help="Read first what is really there."),
) -> None:
    """Dry run: what apply would send, and why. This is what `app plan APP` does."""
    if save:
        _save(ctx, name, who(by), refresh=refresh)
        return
    from vestibule.provisioning.preview import preview  # noqa: PLC0415

    async def work(sending: Sending) -> tuple[list[dict[str, Any]], bool]:
        application = await sending.store.application(name)
        if refresh:
            await sending.refresh(application)
        entries = [entry async for entry in preview(sending.planning(application))]
        return entries, bool(entries or await sending.store.assignments(application.id))

    columns = {"operation": "Operation", "label": "Who", "note": "Why", "requests": "Requests"}
    entries, is_assigned = with_sending(ctx, work)
    nothing = f"{name} is in step with the directory."
    if not is_assigned:
        nothing += f" Nobody is assigned yet. Next: vestibule app assign {name} --person LOGIN"
    show_rows(ctx, entries, columns, nothing=nothing)


@plans.command("list")
def list_(ctx: typer.Context, name: str = _NAME) -> None:
    """List the plans of an application, the newest first."""
    from vestibule.provisioning.plan_text import document  # noqa: PLC0415

    async def work(sending: Sending) -> list[dict[str, Any]]:
        application = await sending.store.application(name)
        return [document(plan) for plan in await sending.store.plans(application.id)]

    columns = {
        "id": "Plan",
        "state": "State",
        "operations": "Operations",
        "requests": "Requests",
        "made_at": "Made",
        "made_by": "By",
    }
    show_rows(ctx, with_sending(ctx, work), columns, nothing="There is none.")


@plans.command("show")
def show(
    ctx: typer.Context, name: str = _NAME, id: int = _ID, format: str = _FORMAT, out: Path = _OUT
) -> None:
    """Show a plan: every operation with its reason and what it changes."""
    from vestibule.refused import Refused  # noqa: PLC0415

    if format not in ("text", "json", "html"):
        raise Refused(f"Format {format!r} is not known. Allowed: text, json, html.")
    wanted = "json" if asked(ctx).json else format

    async def work(sending: Sending) -> str:
        application = await sending.store.application(name)
        plan = await sending.store.plan(application.id, id)
        return await _written(sending, application, plan, wanted)

    text = with_sending(ctx, work)
    if out:
        out.write_text(text, "utf-8")
        say(f"Written to {out}.")
    else:
        sys.stdout.write(text)


@plans.command("approve")
def approve(ctx: typer.Context, name: str = _NAME, id: int = _ID, by: str = _BY) -> None:
    """Approve a plan: what it says may be sent."""
    from vestibule.provisioning.plan_text import document  # noqa: PLC0415

    async def work(sending: Sending) -> PlanFile:
        return await desk_of(sending).approve_plan(name, id, who(by))

    plan = with_sending(ctx, work)
    done(ctx, f"Plan {id} is approved. Next: vestibule app apply {name} --plan {id}.", document(plan))


@plans.command("drop")
def drop(ctx: typer.Context, name: str = _NAME, id: int = _ID) -> None:
    """Forget a plan that nobody wants."""

    async def work(sending: Sending) -> dict[str, Any]:
        return {"id": (await desk_of(sending).drop_plan(name, id)).id}

    done(ctx, f"Plan {id} is dropped.", with_sending(ctx, work))


def who(by: str | None) -> str:
    """The name given, else that of the user logged in."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _save(ctx: typer.Context, name: str, by: str, *, refresh: bool) -> None:
    from vestibule.provisioning.plan_text import document, headlines  # noqa: PLC0415

    async def work(sending: Sending) -> PlanFile:
        if refresh:
            await sending.refresh(await sending.store.application(name))
        return await desk_of(sending).make_plan(name, by, refreshed=refresh)

    plan = with_sending(ctx, work)
    if asked(ctx).json:
        print_json(document(plan))
        return
    for line in headlines(name, plan):
        typer.echo(line)
    if plan.operations:
        typer.echo(
            f"Read it: vestibule app plan show {name} {plan.id}. Send it: vestibule app apply {name} --plan {plan.id}."
        )


async def _written(sending: Sending, application: Application, plan: PlanFile, format: str) -> str:
    from vestibule.provisioning import plan_text  # noqa: PLC0415

    parts: list[str] = []
    records: list[dict[str, Any]] = []
    after = 0
    while page := await sending.store.operations(application.id, plan.id, after, _PAGE):
        for position, operation in page:
            match format:
                case "json":
                    records.append(plan_text.operation_document(position, operation))
                case "html":
                    parts.append(plan_text.page_row(position, operation))
                case _:
                    parts += [f"{line}\n" for line in plan_text.lines_of(position, operation)]
        after = page[-1][0]
    if format == "json":
        import json  # noqa: PLC0415

        whole = {**plan_text.document(plan), "planned": records}
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    if format == "html":
        return plan_text.page_start(application.name, plan) + "".join(parts) + plan_text.PAGE_END
    return "".join(f"{line}\n" for line in plan_text.headlines(application.name, plan)) + "".join(parts)
