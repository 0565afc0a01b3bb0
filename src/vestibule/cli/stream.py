"""Streams of security event tokens (RFC 9967), a preview: set up, and what signs them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.output import asked, done, print_json, say, show_one, show_rows
from vestibule.cli.stream_desk import at_streams, stream_record
from vestibule.cli.token import lifetime_of
from vestibule.cli.webhook_deliveries import deliveries, resend
from vestibule.cli.webhook_desk import say_gaps

if TYPE_CHECKING:
    from vestibule.security_events.desk import StreamDesk
    from vestibule.security_events.store import SetKey
    from vestibule.tenancy.desk import Desk
    from vestibule.webhooks.deliveries import Happened
    from vestibule.webhooks.endpoint import Endpoint
    from vestibule.webhooks.gap import Gap

app = typer.Typer(
    no_args_is_help=True,
    help="Streams of security event tokens (RFC 9967), a preview: set up, and what signs them.",
)

StreamArgument = Annotated[str, typer.Argument(metavar="STREAM", help="Its id: st_…")]
_LABELS = {
    "id": "ID",
    "tenant": "Tenant",
    "delivery": "Delivery",
    "url": "Address",
    "issuer": "Issuer (iss)",
    "audience": "Audience (aud)",
    "keySet": "Key set",
    "full": "Values",
    "types": "Types",
    "description": "Description",
    "state": "State",
    "why": "Why",
    "deliveredUpTo": "Delivered up to event",
    "lastDelivered": "Last delivered",
    "waiting": "Waiting",
    "refused": "Refused",
    "eventsForgotten": "Forgotten before",
}
_SWITCHED_OFF = (
    "The preview is switched off: nothing is given out, and streams wait where they stopped, until "
    "VESTIBULE_SECURITY_EVENTS=true is set and the server is started again."
)


@app.command()
def add(
    ctx: typer.Context,
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="Whose changes it tells.")],
    push: Annotated[
        str,
        typer.Option(metavar="URL", help="Push tokens there (RFC 8935); else they are polled (RFC 8936)."),
    ] = "",
    full: Annotated[
        bool, typer.Option("--full", help="Tokens hold values; else the names of attributes alone.")
    ] = False,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="Only events of this type, or user.*; may be repeated."),
    ] = None,
    audience: Annotated[str, typer.Option(metavar="AUD", help="Whom it is for; else the address.")] = "",
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    authorization: Annotated[
        str,
        typer.Option(
            envvar="VESTIBULE_STREAM_AUTHORIZATION",
            metavar="HEADER",
            help="The Authorization header that the receiver asks for; - reads it from standard input.",
        ),
    ] = "",
) -> None:
    """Set up a stream; it tells what happens from now on. What a receiver has to enter is printed."""
    from vestibule.security_events.streams import add_stream  # noqa: PLC0415

    header = (sys.stdin.readline() if authorization == "-" else authorization).strip()

    async def work(desk: StreamDesk, tenants: Desk) -> dict[str, Any]:
        whose = await tenants.tenant(tenant)
        stream = await add_stream(
            desk,
            whose.id,
            url=push,
            types=types or (),
            audience=audience,
            full=full,
            description=description,
            authorization=header,
        )
        return stream_record(desk, stream, whose.slug)

    added = at_streams(ctx, work)
    if asked(ctx).json:
        print_json(added)
        return
    show_one(ctx, added, {key: _LABELS[key] for key in ("id", "url", "issuer", "audience", "keySet")})
    if push:
        say(f"Next: vestibule stream test {added['id']}")
    else:
        say(
            f"It is polled with an API token: vestibule api-token issue --scope events:write --tenant {tenant}"
        )


@app.command("list")
def list_streams(
    ctx: typer.Context,
    tenant: Annotated[str, typer.Option(metavar="TENANT", help="Only this tenant's.")] = "",
) -> None:
    """The streams, and how they stand."""

    async def work(desk: StreamDesk, tenants: Desk) -> list[dict[str, Any]]:
        slugs = {one.id: one.slug for one in await tenants.store.tenants()}
        found = await desk.streams((await tenants.tenant(tenant)).id if tenant else None)
        ids = [one.id for one in found]
        counts, gaps = await desk.webhooks.store.counts(ids), await desk.webhooks.gaps.gaps(ids)
        return [
            stream_record(desk, one, slugs.get(one.tenant, ""), counts.get(one.id), gaps.get(one.id, ()))
            for one in found
        ]

    columns = {
        "id": "ID",
        "tenant": "TENANT",
        "delivery": "DELIVERY",
        "url": "ADDRESS",
        "full": "VALUES",
        "state": "STATE",
        "waiting": "WAITING",
        "refused": "REFUSED",
        "eventsForgotten": "FORGOTTEN",
        "lastDelivered": "LAST DELIVERED",
    }
    rows = at_streams(ctx, work)
    show_rows(ctx, rows, columns, nothing="There is none: vestibule stream add TENANT")
    _say_where_off(rows)


@app.command()
def show(ctx: typer.Context, stream: StreamArgument) -> None:
    """One stream: what a receiver enters, where it is in the log, what waits."""

    async def work(desk: StreamDesk, tenants: Desk) -> tuple[dict[str, Any], Sequence[Gap]]:
        slugs = {one.id: one.slug for one in await tenants.store.tenants()}
        found = await desk.stream(stream)
        counts = await desk.webhooks.store.counts([found.id])
        gaps = (await desk.webhooks.gaps.gaps([found.id])).get(found.id, ())
        return stream_record(desk, found, slugs.get(found.tenant, ""), counts.get(found.id), gaps), gaps

    record, gaps = at_streams(ctx, work)
    show_one(ctx, record, _LABELS)
    say_gaps(gaps)
    _say_where_off([record])


@app.command()
def test(ctx: typer.Context, stream: StreamArgument) -> None:
    """Push a verification event now, and say what came back. Exit 1 where it was not taken."""
    from vestibule.security_events.streams import send_verification  # noqa: PLC0415

    async def work(desk: StreamDesk, tenants: Desk) -> Happened:
        found = await desk.stream(stream)
        slugs = {one.id: one.slug for one in await tenants.store.tenants()}
        return await send_verification(desk, found, slugs.get(found.tenant, ""))

    happened = at_streams(ctx, work)
    attempt = happened.attempt
    came = attempt.fault or f"It answered {attempt.status} after {attempt.milliseconds} ms."
    record = {"taken": happened.taken, "status": attempt.status, "fault": attempt.fault}
    done(ctx, f"{'Taken.' if happened.taken else 'Not taken.'} {came}", record)
    if not happened.taken:
        raise typer.Exit(1)


@app.command()
def pause(ctx: typer.Context, stream: StreamArgument) -> None:
    """Give nothing out until it is resumed; nothing is lost."""
    from vestibule.webhooks.endpoints import pause_endpoint  # noqa: PLC0415

    async def work(desk: StreamDesk, _: Desk) -> Endpoint:
        return await pause_endpoint(desk.webhooks, await desk.stream(stream))

    _told(ctx, at_streams(ctx, work), "is paused")


@app.command()
def resume(ctx: typer.Context, stream: StreamArgument) -> None:
    """Go on from where it stopped; one that fails is tried at once."""
    from vestibule.webhooks.endpoints import resume_endpoint  # noqa: PLC0415

    async def work(desk: StreamDesk, _: Desk) -> tuple[Endpoint, bool]:
        return await resume_endpoint(desk.webhooks, await desk.stream(stream)), desk.offered

    resumed, offered = at_streams(ctx, work)
    _told(ctx, resumed, "goes on" if offered else "is resumed")
    if not offered:
        say(_SWITCHED_OFF)


@app.command()
def remove(ctx: typer.Context, stream: StreamArgument) -> None:
    """Give nothing out any more, for good."""
    from vestibule.webhooks.endpoints import remove_endpoint  # noqa: PLC0415

    async def work(desk: StreamDesk, _: Desk) -> Endpoint:
        found = await desk.stream(stream)
        await remove_endpoint(desk.webhooks, found)
        return found

    _told(ctx, at_streams(ctx, work), "is removed")


@app.command()
def keys(ctx: typer.Context) -> None:
    """What signs the tokens of all streams, oldest first."""

    async def work(desk: StreamDesk, _: Desk) -> list[dict[str, Any]]:
        return [_key_record(key) for key in await desk.store.keys()]

    columns = {
        "id": "KEY",
        "created": "CREATED",
        "signsFrom": "SIGNS FROM",
        "publishedUntil": "PUBLISHED UNTIL",
    }
    show_rows(ctx, at_streams(ctx, work), columns, nothing="There is none: the first stream makes one.")


@app.command("rotate-key")
def rotate_key(
    ctx: typer.Context,
    lead: Annotated[
        str,
        typer.Option(
            metavar="D", help="So long it is published before it signs: 1, 12h, 30m; 0 signs at once."
        ),
    ] = "1h",
) -> None:
    """Publish a new key, which signs after a while; the old ones stay published for a week after that."""
    from vestibule.security_events.keys import rotate  # noqa: PLC0415

    waits = lifetime_of(lead)
    if waits is None:
        raise typer.BadParameter("a new key signs some day: say after how long")

    async def work(desk: StreamDesk, tenants: Desk) -> SetKey:
        desk.demand_offered()
        webhooks = desk.webhooks
        return await rotate(desk.store, webhooks.keys, webhooks.clock(), tenants.actor, waits)

    key = at_streams(ctx, work)
    done(ctx, f"The key {key.id} signs from {key.signs_from}.", _key_record(key))


app.command("deliveries")(deliveries)
app.command("resend")(resend)


def _told(ctx: typer.Context, stream: Endpoint, what: str) -> None:
    done(ctx, f"{stream.id} {what}.", {"id": stream.id, "state": stream.state.value})


def _say_where_off(streams: Sequence[Mapping[str, Any]]) -> None:
    """Beside the streams: that those which would go on wait for the preview."""
    from vestibule.security_events.desk import OFF  # noqa: PLC0415

    if any(stream["state"] == OFF for stream in streams):
        say(_SWITCHED_OFF)


def _key_record(key: SetKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "created": key.created_at,
        "signsFrom": key.signs_from,
        "publishedUntil": key.published_until,
    }
