"""Set-up links: a customer's administrator opens one and is shown Tenant URL and token, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.output import asked, done, print_json, say, show_rows
from vestibule.cli.public_url import public_url_of
from vestibule.cli.tenant import TenantArgument

if TYPE_CHECKING:
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.api_token import SetUpLink
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.setup_links import MadeLink
    from vestibule.tenancy.store import SetUpLinkStore

app = typer.Typer(
    help="Set-up links: a customer's administrator opens one and is shown Tenant URL and token, once."
)

T = TypeVar("T")

_COLUMNS = {
    "id": "NUMBER",
    "state": "STATE",
    "created": "MADE",
    "createdBy": "BY",
    "expires": "UNTIL",
    "token": "TOKEN",
}


@app.command()
def issue(
    ctx: typer.Context,
    tenant: TenantArgument,
    expires_in: Annotated[
        float, typer.Option(metavar="DAYS", min=0.01, max=90, help="So many days it waits to be opened.")
    ] = 7,
) -> None:
    """Print a new link, and nothing else, on standard output. It is shown this once and can be opened once."""
    from vestibule.tenancy.setup_links import make_set_up_link, set_up_url  # noqa: PLC0415

    settings = settings_of(ctx)

    async def work(desk: Desk, links: SetUpLinkStore) -> tuple[MadeLink, str]:
        found = await desk.tenant(tenant)
        made = await make_set_up_link(desk, links, found, lifetime=timedelta(days=expires_in))
        return made, set_up_url(await public_url_of(settings, desk.store), made.code)

    made, url = _at_links(ctx, work)
    if asked(ctx).json:
        print_json({"id": made.record.id, "url": url, "expires": made.record.expires_at})
        return
    typer.echo(url)
    say(
        f"Link {made.record.id} of {made.record.tenant_slug}. It can be opened once, until {made.record.expires_at}."
    )


@app.command("list")
def list_links(ctx: typer.Context, tenant: TenantArgument) -> None:
    """A tenant's links, newest first, without their codes."""

    async def work(desk: Desk, links: SetUpLinkStore) -> list[dict[str, Any]]:
        found = await desk.tenant(tenant)
        return [_told(link, desk.clock()) for link in await links.set_up_links(found.id)]

    show_rows(ctx, _at_links(ctx, work), _COLUMNS, nothing="There is no set-up link.")


@app.command()
def revoke(
    ctx: typer.Context,
    tenant: TenantArgument,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As list shows it.")],
) -> None:
    """Withdraw a link that nobody has opened yet."""
    from vestibule.tenancy.setup_links import revoke_set_up_link  # noqa: PLC0415

    async def work(desk: Desk, links: SetUpLinkStore) -> None:
        await revoke_set_up_link(desk, links, await desk.tenant(tenant), number)

    _at_links(ctx, work)
    done(ctx, f"Link {number} opens nothing any more.", {"id": number, "revoked": True})


def _at_links(ctx: typer.Context, work: Callable[[Desk, SetUpLinkStore], Awaitable[T]]) -> T:
    async def worked(store: ReceivingStore) -> T:
        return await work(desk_over(store), store.set_up_links)

    return with_store(ctx, worked)


def _told(link: SetUpLink, now: str) -> dict[str, Any]:
    return {
        "id": link.id,
        "state": link.state(now),
        "created": link.created_at,
        "createdBy": link.created_by,
        "expires": link.expires_at,
        "used": link.used_at,
        "token": link.token,
    }
