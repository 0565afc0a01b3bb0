"""Administrators of a customer, who sign in to the console: add, list, remove, and their sign-in links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.operator import EmailArgument, NameOption
from vestibule.cli.output import done, show_rows
from vestibule.cli.sign_in_desk import at_sign_in_desk, grant_of, hand_over_link, link_of
from vestibule.cli.tenant import TenantArgument

if TYPE_CHECKING:
    from vestibule.sign_in.administrator import Administrator
    from vestibule.sign_in.administrators import SignInDesk
    from vestibule.stores.receiving import ReceivingStore

app = typer.Typer(
    help="Administrators of a customer, who sign in to the console: add, list, remove, and their sign-in links."
)

WholeAccount = Annotated[
    bool, typer.Option("--account", help="Every tenant of the same customer account, later ones too.")
]


@app.command()
def add(
    ctx: typer.Context,
    tenant: TenantArgument,
    email: EmailArgument,
    name: NameOption = "",
    account: WholeAccount = False,
) -> None:
    """Have somebody look after a tenant. A link that lets them in once is printed, alone."""
    from vestibule.sign_in.administrators import add_administrator  # noqa: PLC0415

    async def work(desk: SignInDesk, store: ReceivingStore) -> tuple[Administrator, str]:
        grant, id = await grant_of(store, tenant, whole_account=account)
        one = await add_administrator(desk, email, grant, name=name, tenant=id)
        return one, await link_of(desk, one)

    hand_over_link(ctx, *at_sign_in_desk(ctx, work))


@app.command("list")
def list_administrators(ctx: typer.Context, tenant: TenantArgument) -> None:
    """Who looks after a tenant."""

    async def work(desk: SignInDesk, store: ReceivingStore) -> list[dict[str, Any]]:
        grant, id = await grant_of(store, tenant)
        return [
            {
                "email": one.email,
                "name": one.name,
                "tenants": "all of the account" if one.reaches(grant.account, -1) else "this one",
                "added": one.created_at,
                "signedIn": one.signed_in_at,
            }
            for one in await desk.store.administrators(grant.account)
            if one.reaches(grant.account, id)
        ]

    columns = {"email": "E-MAIL", "name": "NAME", "tenants": "LOOKS AFTER", "signedIn": "SIGNED IN LAST"}
    show_rows(
        ctx,
        at_sign_in_desk(ctx, work),
        columns,
        nothing=f"Nobody yet: vestibule administrator add {tenant} EMAIL",
    )


@app.command()
def link(ctx: typer.Context, email: EmailArgument) -> None:
    """Print a link that lets an administrator in once, within 24 hours. Earlier ones end."""
    from vestibule.sign_in.administrators import administrator_named  # noqa: PLC0415

    async def work(desk: SignInDesk) -> tuple[Administrator, str]:
        one = await administrator_named(desk, email)
        return one, await link_of(desk, one)

    hand_over_link(ctx, *at_sign_in_desk(ctx, work))


@app.command()
def remove(
    ctx: typer.Context, tenant: TenantArgument, email: EmailArgument, account: WholeAccount = False
) -> None:
    """Take the tenant away from somebody, from the next request on."""
    from vestibule.sign_in.administrators import administrator_named, remove_administrator  # noqa: PLC0415

    async def work(desk: SignInDesk, store: ReceivingStore) -> Administrator:
        grant, id = await grant_of(store, tenant, whole_account=account)
        one = await administrator_named(desk, email)
        await remove_administrator(desk, one, grant, tenant=id)
        return one

    one = at_sign_in_desk(ctx, work)
    done(ctx, f"{one.email} does not look after {tenant} any more.", {"email": one.email, "tenant": tenant})
