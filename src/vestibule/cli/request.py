"""Requests that identity providers sent: list them, look at one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.database import with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.logged import events_caused_by, request_numbered, slug_of
from vestibule.cli.output import asked, print_json, show_rows
from vestibule.cli.told import print_request

if TYPE_CHECKING:
    from vestibule.stores.receiving import ReceivingStore

app = typer.Typer(help="Requests that identity providers sent: list them, look at one.")

_COLUMNS = {
    "at": "WHEN",
    "method": "METHOD",
    "path": "PATH",
    "status": "STATUS",
    "rule": "RULE",
    "reason": "WHY",
    "request": "REQUEST",
}


@app.command("list")
def list_requests(
    ctx: typer.Context,
    tenant: Annotated[
        str | None,
        typer.Argument(
            metavar="[TENANT]",
            help="The tenant's slug, or its name; without it, requests that nobody was let in with.",
        ),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that were refused.")] = False,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many.")] = 50,
) -> None:
    """What came, newest first."""

    async def work(store: ReceivingStore) -> list[dict[str, Any]]:
        from vestibule.directory.telling import told_request  # noqa: PLC0415

        found = await desk_over(store).tenant(tenant) if tenant else None
        requests = await store.log.requests(found.id if found else None, limit=limit, failed=failed)
        slug = found.slug if found else None
        return [{"tenant": slug, **_brief(told_request(request))} for request in requests]

    nothing = "No request was refused." if failed else "No request is in the log."
    show_rows(ctx, with_store(ctx, work), _COLUMNS, nothing=nothing)


@app.command()
def show(
    ctx: typer.Context,
    request: Annotated[str, typer.Argument(metavar="ID", help="The request number, as in X-Request-Id.")],
) -> None:
    """One request with what was sent and answered, secrets left out."""

    async def work(store: ReceivingStore) -> dict[str, Any]:
        from vestibule.directory.telling import told_request  # noqa: PLC0415

        found = await request_numbered(store, request.rstrip("/").rpartition("/")[2])
        events = await events_caused_by(store, found)
        return {"tenant": await slug_of(store, found.tenant), **told_request(found, events)}

    told = with_store(ctx, work)
    if asked(ctx).json:
        print_json(told)
    else:
        print_request(told, tenant=told["tenant"] or "none: nobody was let in")


def _brief(told: dict[str, Any]) -> dict[str, Any]:
    """A line of the list: without bodies and events, which ``show`` has."""
    return {
        key: value
        for key, value in told.items()
        if key not in ("body", "answer", "events", "role", "forgotten")
    }
