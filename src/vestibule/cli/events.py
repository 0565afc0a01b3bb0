"""What happened, in the order of commits."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from vestibule.cli.database import with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.output import asked, print_json, print_table, say
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


@app.command()
def consumers(ctx: typer.Context) -> None:
    """Who follows the log in this database, how far they are, and what is parked."""

    async def work(store: ReceivingStore) -> list[dict[str, object]]:
        last = await store.feed.last()
        return [
            {
                "name": one.name,
                "place": one.place,
                "behind": max(0, last - one.place),
                "parked": one.parked,
                "givenUp": one.given_up,
            }
            for one in await store.consumers.consumers()
        ]

    rows = with_store(ctx, work)
    if asked(ctx).json:
        print_json(rows)
    else:
        print_table(
            rows,
            {"name": "NAME", "place": "PLACE", "behind": "BEHIND", "parked": "PARKED", "givenUp": "GIVEN UP"},
        )


@app.command()
def parked(
    ctx: typer.Context, consumer: Annotated[str, typer.Argument(metavar="CONSUMER")] = "handlers"
) -> None:
    """Events that a function of the product raised on, and those that wait behind them."""

    async def work(store: ReceivingStore) -> list[dict[str, object]]:
        slugs = {one.id: one.slug for one in await store.tenancy.tenants()}
        return [
            {
                "seq": one.seq,
                "tenant": slugs.get(one.tenant, ""),
                "subjectId": one.subject,
                "tries": one.attempts,
                "next": "given up" if one.given_up else one.until or "in its turn",
                "error": one.error,
            }
            for one in await store.consumers.parked(consumer)
        ]

    rows = with_store(ctx, work)
    if asked(ctx).json:
        print_json(rows)
        return
    print_table(
        rows,
        {
            "seq": "EVENT",
            "tenant": "TENANT",
            "subjectId": "OF",
            "tries": "TRIES",
            "next": "NEXT",
            "error": "ERROR",
        },
    )


@app.command()
def replay(
    ctx: typer.Context,
    consumer: Annotated[
        str, typer.Argument(metavar="CONSUMER", help="As `vestibule events consumers` names it.")
    ],
    after: Annotated[
        int, typer.Option(min=0, metavar="SEQ", help="The events after this number come again.")
    ],
) -> None:
    """Have a consumer hear events again; parked ones are dropped, as they come again too."""
    from vestibule.feed.errors import UnknownConsumer  # noqa: PLC0415

    async def work(store: ReceivingStore) -> tuple[int, int]:
        place = max(after, await store.feed.forgotten())
        if not await store.consumers.set_place(consumer, place):
            raise UnknownConsumer(consumer, [one.name for one in await store.consumers.consumers()])
        return place, await store.feed.last()

    place, last = with_store(ctx, work)
    if asked(ctx).json:
        print_json({"consumer": consumer, "after": place, "last": last})
    else:
        say(f"{consumer} hears the events after {place} again, up to {last} for now.")
        if place > after:
            say(f"Events up to {place} were forgotten.")


def _print(event: LoggedEvent, slug: str, *, as_json: bool) -> None:
    from vestibule.directory.telling import told_event  # noqa: PLC0415
    from vestibule.feed.event_document import event_document  # noqa: PLC0415

    if as_json:
        typer.echo(json.dumps(event_document(event, slug), ensure_ascii=False))
        return
    typer.secho(
        f"{event.seq}  {told_moment(event.at)}  {slug}  {event.subject_type} {event.subject_id}", bold=True
    )
    print_event(told_event(event))
