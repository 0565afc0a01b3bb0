"""What happened, in the order of commits."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.database import with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.output import asked
from vestibule.cli.told import print_event, told_moment

if TYPE_CHECKING:
    from vestibule.directory.story import LoggedEvent
    from vestibule.stores.receiving import ReceivingStore

app = typer.Typer(help="What happened, in the order of commits.")

_PAGE = 1000
_LOOK_SECONDS = 0.5


@app.callback()
def events() -> None:
    """What happened, in the order of commits."""


@app.command()
def tail(
    ctx: typer.Context,
    tenant: Annotated[str | None, typer.Option(metavar="TENANT", help="Of this tenant only.")] = None,
    after: Annotated[
        int, typer.Option(min=0, metavar="SEQ", help="Only those after the event of this number.")
    ] = 0,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as events come, until Ctrl-C.")
    ] = False,
) -> None:
    """The events in order, none skipped. With --json: one JSON object a line."""

    async def work(store: ReceivingStore) -> None:
        slugs = {one.id: one.slug for one in await store.tenancy.tenants()}
        only = (await desk_over(store).tenant(tenant)).id if tenant else None
        last = after
        while True:
            page = await store.log.events(last, _PAGE, tenant=only)
            for event in page:
                if event.tenant not in slugs:
                    slugs.update({one.id: one.slug for one in await store.tenancy.tenants()})
                _print(event, slugs.get(event.tenant, ""), as_json=asked(ctx).json)
                last = event.seq
            if len(page) < _PAGE:
                if not follow:
                    return
                await asyncio.sleep(_LOOK_SECONDS)

    try:
        with_store(ctx, work)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _print(event: LoggedEvent, slug: str, *, as_json: bool) -> None:
    from vestibule.directory.telling import told_event  # noqa: PLC0415

    if as_json:
        typer.echo(json.dumps(_record(event, slug), ensure_ascii=False))
        return
    typer.secho(
        f"{event.seq}  {told_moment(event.at)}  {slug}  {event.subject_type} {event.subject_id}", bold=True
    )
    print_event(told_event(event))


def _record(event: LoggedEvent, slug: str) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "tenant": slug,
        "at": event.at,
        "type": event.type,
        "subjectType": event.subject_type,
        "subjectId": event.subject_id,
        "request": event.request_id,
        **dict(event.fields),
        "payload": dict(event.payload) if event.payload is not None else None,
    }
