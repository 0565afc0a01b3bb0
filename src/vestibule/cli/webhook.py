"""Webhooks: where events are sent, what came of it, and sending again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.output import asked, done, print_json, say, show_one, show_rows
from vestibule.cli.token import lifetime_of
from vestibule.cli.webhook_deliveries import deliveries, resend, test
from vestibule.cli.webhook_desk import at_webhooks, endpoint_record, say_gaps

if TYPE_CHECKING:
    from vestibule.tenancy.desk import Desk
    from vestibule.webhooks.desk import WebhookDesk
    from vestibule.webhooks.endpoint import Endpoint
    from vestibule.webhooks.endpoints import Secretly
    from vestibule.webhooks.gap import Gap

app = typer.Typer(
    no_args_is_help=True, help="Webhooks: where events are sent, what came of it, and sending again."
)

EndpointArgument = Annotated[str, typer.Argument(metavar="ENDPOINT", help="Its id: we_…")]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", help="Only events of this type, or user.*; may be repeated."),
]
SecretOption = Annotated[
    str,
    typer.Option(
        "--secret",
        envvar="VESTIBULE_WEBHOOK_SECRET",
        metavar="WHSEC",
        help="A signing secret that is in use already; - reads it from standard input. Else one is made.",
    ),
]


@app.command()
def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are posted to: https://…")],
    tenant: Annotated[
        str, typer.Option(metavar="TENANT", help="Only this tenant's events; else those of all.")
    ] = "",
    types: Types = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    secret: SecretOption = "",
) -> None:
    """Add an endpoint; it gets what happens from now on. Its signing secret is printed."""
    from vestibule.webhooks.endpoints import add_endpoint  # noqa: PLC0415

    given = _secret(secret)

    async def work(desk: WebhookDesk, tenants: Desk) -> Secretly:
        whose = (await tenants.tenant(tenant)).id if tenant else 0
        return await add_endpoint(
            desk, url, tenant=whose, types=types or (), description=description, secret=given
        )

    added = at_webhooks(ctx, work)
    _hand_over(ctx, added)
    say(f"Next: vestibule webhook test {added.endpoint.id}")


@app.command("list")
def list_endpoints(
    ctx: typer.Context,
    tenant: Annotated[str, typer.Option(metavar="TENANT", help="Only this tenant's.")] = "",
) -> None:
    """The endpoints, and how they stand."""

    async def work(desk: WebhookDesk, tenants: Desk) -> list[dict[str, Any]]:
        slugs = {one.id: one.slug for one in await tenants.store.tenants()}
        found = await desk.endpoints((await tenants.tenant(tenant)).id if tenant else None)
        ids = [endpoint.id for endpoint in found]
        counts, gaps = await desk.store.counts(ids), await desk.gaps.gaps(ids)
        return [endpoint_record(one, slugs, counts.get(one.id), gaps.get(one.id, ())) for one in found]

    columns = {
        "id": "ID",
        "tenant": "TENANT",
        "url": "URL",
        "types": "TYPES",
        "state": "STATE",
        "waiting": "HELD BACK",
        "deadLetters": "DEAD LETTERS",
        "eventsForgotten": "FORGOTTEN",
        "lastDelivered": "LAST DELIVERED",
    }
    show_rows(ctx, at_webhooks(ctx, work), columns, nothing="There is none: vestibule webhook add URL")


@app.command()
def show(ctx: typer.Context, endpoint: EndpointArgument) -> None:
    """One endpoint: where it is in the log, what waits, what fails and since when."""

    async def work(desk: WebhookDesk, tenants: Desk) -> tuple[dict[str, Any], Sequence[Gap]]:
        slugs = {one.id: one.slug for one in await tenants.store.tenants()}
        found = await desk.endpoint(endpoint)
        counts = await desk.store.counts([found.id])
        gaps = (await desk.gaps.gaps([found.id])).get(found.id, ())
        record = endpoint_record(found, slugs, counts.get(found.id), gaps)
        return record | {"lastEvent": await desk.store.last_event()}, gaps

    labels = {
        "id": "ID",
        "url": "URL",
        "tenant": "Tenant",
        "types": "Types",
        "description": "Description",
        "state": "State",
        "why": "Why",
        "deliveredUpTo": "Delivered up to event",
        "lastEvent": "Last event there is",
        "lastDelivered": "Last delivered",
        "waiting": "Held back",
        "deadLetters": "Dead letters",
        "eventsForgotten": "Forgotten before delivery",
        "failures": "Failures on end",
        "failingSince": "Failing since",
        "nextAttempt": "Next attempt",
        "oldSecretUntil": "Old secret signs until",
    }
    record, gaps = at_webhooks(ctx, work)
    show_one(ctx, record, labels)
    say_gaps(gaps)


@app.command()
def change(
    ctx: typer.Context,
    endpoint: EndpointArgument,
    url: Annotated[str | None, typer.Option(help="Another address.")] = None,
    types: Types = None,
    all_types: Annotated[bool, typer.Option("--all-types", help="Events of every type.")] = False,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
) -> None:
    """Another address, other types, another description."""
    from vestibule.webhooks.endpoints import change_endpoint  # noqa: PLC0415

    wanted = [] if all_types else types or None

    async def work(desk: WebhookDesk, _: Desk) -> Endpoint:
        found = await desk.endpoint(endpoint)
        return await change_endpoint(desk, found, url=url, types=wanted, description=description)

    _told(ctx, at_webhooks(ctx, work), "is changed")


@app.command()
def roll(
    ctx: typer.Context,
    endpoint: EndpointArgument,
    overlap: Annotated[
        str,
        typer.Option(metavar="D", help="How long the old secret signs too: 1, 12h, 30m; 0 ends it at once."),
    ] = "1",
    secret: SecretOption = "",
) -> None:
    """Put a new signing secret in the place of the old one. It is printed."""
    from datetime import timedelta  # noqa: PLC0415

    from vestibule.webhooks.endpoints import roll_secret  # noqa: PLC0415

    given, kept = _secret(secret), lifetime_of(overlap)
    if kept is None:
        raise typer.BadParameter("the old secret ends some day: say for how long it signs")

    async def work(desk: WebhookDesk, _: Desk) -> Secretly:
        return await roll_secret(desk, await desk.endpoint(endpoint), overlap=kept, secret=given)

    rolled = at_webhooks(ctx, work)
    _hand_over(ctx, rolled)
    if kept > timedelta(0):
        say(f"The old secret signs too until {rolled.endpoint.old_secret_until}.")


@app.command()
def reveal(ctx: typer.Context, endpoint: EndpointArgument) -> None:
    """Print the signing secret. That it was looked at stands in the audit."""
    from vestibule.webhooks.endpoints import Secretly, reveal_secret  # noqa: PLC0415

    async def work(desk: WebhookDesk, _: Desk) -> Secretly:
        found = await desk.endpoint(endpoint)
        return Secretly(found, await reveal_secret(desk, found))

    _print_secret(ctx, at_webhooks(ctx, work))


@app.command()
def pause(ctx: typer.Context, endpoint: EndpointArgument) -> None:
    """Send nothing there until it is resumed; nothing is lost."""
    from vestibule.webhooks.endpoints import pause_endpoint  # noqa: PLC0415

    async def work(desk: WebhookDesk, _: Desk) -> Endpoint:
        return await pause_endpoint(desk, await desk.endpoint(endpoint))

    _told(ctx, at_webhooks(ctx, work), "is paused")


@app.command()
def resume(
    ctx: typer.Context,
    endpoint: EndpointArgument,
    from_now: Annotated[
        bool, typer.Option("--from-now", help="Leave out what happened while it got nothing.")
    ] = False,
) -> None:
    """Go on from where it stopped; one that fails is tried at once."""
    from vestibule.webhooks.endpoints import resume_endpoint  # noqa: PLC0415

    async def work(desk: WebhookDesk, _: Desk) -> Endpoint:
        return await resume_endpoint(desk, await desk.endpoint(endpoint), from_now=from_now)

    _told(ctx, at_webhooks(ctx, work), "goes on")


@app.command()
def remove(ctx: typer.Context, endpoint: EndpointArgument) -> None:
    """Send nothing there any more, for good."""
    from vestibule.webhooks.endpoints import remove_endpoint  # noqa: PLC0415

    async def work(desk: WebhookDesk, _: Desk) -> Endpoint:
        found = await desk.endpoint(endpoint)
        await remove_endpoint(desk, found)
        return found

    _told(ctx, at_webhooks(ctx, work), "is removed")


app.command("test")(test)
app.command("deliveries")(deliveries)
app.command("resend")(resend)


def _told(ctx: typer.Context, endpoint: Endpoint, what: str) -> None:
    done(ctx, f"{endpoint.id} ({endpoint.url}) {what}.", {"id": endpoint.id, "state": endpoint.state.value})


def _hand_over(ctx: typer.Context, made: Secretly) -> None:
    _print_secret(ctx, made)
    say("Give the signing secret to whoever verifies.")


def _print_secret(ctx: typer.Context, made: Secretly) -> None:
    if asked(ctx).json:
        print_json({"id": made.endpoint.id, "url": made.endpoint.url, "secret": made.secret})
    else:
        typer.echo(f"{made.endpoint.id}  {made.secret}")


def _secret(given: str) -> str:
    return (sys.stdin.readline() if given == "-" else given).strip()
