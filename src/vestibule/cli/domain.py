"""Proven domains: people who existed under one before are adopted rather than refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.desk import at_desk
from vestibule.cli.output import done, show_rows
from vestibule.cli.tenant import TenantArgument

if TYPE_CHECKING:
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Domain

app = typer.Typer(help="Proven domains: people who existed under one before are adopted rather than refused.")

DomainArgument = Annotated[str, typer.Argument(metavar="DOMAIN", help="Such as example.com.")]


@app.command()
def add(ctx: typer.Context, tenant: TenantArgument, domain: DomainArgument) -> None:
    """Note that the tenant has proven a domain."""
    from vestibule.tenancy.domains import add_domain  # noqa: PLC0415

    async def work(desk: Desk) -> tuple[Domain, bool]:
        return await add_domain(desk, await desk.tenant(tenant), domain)

    kept, added = at_desk(ctx, work)
    sentence = f"Domain {kept.name} is proven." if added else f"Domain {kept.name} was proven already."
    done(ctx, sentence, {"domain": kept.name, "added": added})


@app.command("list")
def list_domains(ctx: typer.Context, tenant: TenantArgument) -> None:
    """A tenant's proven domains."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        found = await desk.tenant(tenant)
        return [
            {"domain": domain.name, "provenAt": domain.proven_at, "provenBy": domain.proven_by}
            for domain in await desk.store.domains(found.id)
        ]

    columns = {"domain": "DOMAIN", "provenAt": "PROVEN", "provenBy": "BY"}
    show_rows(ctx, at_desk(ctx, work), columns, nothing="No domain is proven.")


@app.command()
def remove(ctx: typer.Context, tenant: TenantArgument, domain: DomainArgument) -> None:
    """Forget a domain; whoever was adopted under it stays."""
    from vestibule.tenancy.domains import remove_domain  # noqa: PLC0415

    async def work(desk: Desk) -> None:
        await remove_domain(desk, await desk.tenant(tenant), domain)

    at_desk(ctx, work)
    done(ctx, f"Domain {domain} is forgotten.", {"domain": domain, "removed": True})
