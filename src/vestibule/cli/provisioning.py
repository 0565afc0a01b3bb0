"""Switch a tenant's provisioning: draft → on → paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from vestibule.cli.desk import at_desk, tenant_record
from vestibule.cli.output import done
from vestibule.cli.tenant import TenantArgument

if TYPE_CHECKING:
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Tenant

app = typer.Typer(help="Switch a tenant's provisioning: draft → on → paused.")


@app.command()
def on(ctx: typer.Context, tenant: TenantArgument) -> None:
    """Let identity providers in, as Save does in the console."""
    _switch(ctx, tenant, "on")


@app.command()
def pause(ctx: typer.Context, tenant: TenantArgument) -> None:
    """Refuse identity providers for a while; nothing is lost."""
    _switch(ctx, tenant, "paused")


@app.command()
def off(ctx: typer.Context, tenant: TenantArgument) -> None:
    """Back to draft: tokens are refused until Save is pressed again."""
    _switch(ctx, tenant, "draft")


def _switch(ctx: typer.Context, named: str, state: str) -> None:
    from vestibule.tenancy.tenant import Provisioning  # noqa: PLC0415
    from vestibule.tenancy.tenants import switch_provisioning  # noqa: PLC0415

    async def work(desk: Desk) -> Tenant:
        return await switch_provisioning(desk, await desk.tenant(named), Provisioning(state))

    changed = at_desk(ctx, work)
    done(ctx, f"Provisioning of tenant {changed.slug} is {changed.provisioning}.", tenant_record(changed))
