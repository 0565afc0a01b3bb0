"""Tenants: make one, look at them, change plan, suspend, confirm sign-on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.database import settings_of
from vestibule.cli.desk import at_desk, tenant_record
from vestibule.cli.output import done, say, show_one, show_rows

if TYPE_CHECKING:
    from vestibule.profiles.profile import ApplicationProfile
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Tenant

app = typer.Typer(help="Tenants: make one, look at them, change plan, suspend, confirm sign-on.")

TenantArgument = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's slug, or its name.")]

_COLUMNS = {
    "slug": "SLUG",
    "name": "NAME",
    "account": "ACCOUNT",
    "profile": "PROFILE",
    "plan": "PLAN",
    "provisioning": "PROVISIONING",
    "suspended": "SUSPENDED",
}


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="The display name; the slug is made of it.")],
    plan: Annotated[str | None, typer.Option(help="One of the profile's plans.")] = None,
    account: Annotated[
        str | None, typer.Option(help="The customer account; made where there is none.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Application profile: a name, or a .toml file to copy.")
    ] = None,
    slug: Annotated[str | None, typer.Option(help="2 to 63 of a-z, 0-9 and the hyphen.")] = None,
) -> None:
    """Make a tenant. Its provisioning is a draft until a token is issued or it is switched on."""
    from vestibule.profiles.profile import SsoFirst  # noqa: PLC0415
    from vestibule.tenancy.kept_profiles import profile_named  # noqa: PLC0415
    from vestibule.tenancy.tenants import create_tenant  # noqa: PLC0415

    def before_that(product: ApplicationProfile, made: Tenant) -> str:
        first = ""
        if not product.plans[made.plan].provisioning:
            first = (
                f"vestibule tenant set-plan {made.slug} PLAN (plan {made.plan} has no provisioning), then "
            )
        if product.sso_first is SsoFirst.REQUIRE and not made.sso_confirmed:
            first += (
                f"vestibule sso set {made.slug} --metadata URL and vestibule sso test {made.slug}, or vestibule tenant sso "
                f"{made.slug} --confirmed ({product.product.name} wants sign-on set up first), then "
            )
        return first

    fallback = settings_of(ctx).profile

    async def work(desk: Desk) -> tuple[Tenant, str]:
        wanted = profile or ("" if await desk.store.default_profile() else fallback)
        product = await profile_named(desk, wanted) if wanted else None
        made = await create_tenant(
            desk, name, slug=slug, account=account, plan=plan, profile=product.name if product else None
        )
        return made, before_that(await desk.profile_of(made), made)

    tenant, first = at_desk(ctx, work)
    done(
        ctx,
        f"Tenant {tenant.slug} ({tenant.name}): profile {tenant.profile}, plan {tenant.plan}, "
        f"provisioning {tenant.provisioning}.",
        tenant_record(tenant),
    )
    say(f"Next: {first}vestibule token issue {tenant.slug}")


@app.command("list")
def list_tenants(ctx: typer.Context) -> None:
    """All tenants."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [tenant_record(tenant) for tenant in await desk.store.tenants()]

    show_rows(
        ctx, at_desk(ctx, work), _COLUMNS, nothing="There is no tenant yet: vestibule tenant create NAME"
    )


@app.command()
def show(ctx: typer.Context, tenant: TenantArgument) -> None:
    """One tenant with its addresses, tokens, domains, and what keeps identity providers out."""
    from vestibule.tenancy.gate import why_closed  # noqa: PLC0415

    public_url = settings_of(ctx).public_url

    async def work(desk: Desk) -> dict[str, Any]:
        found = await desk.tenant(tenant)
        product = await desk.profile_of(found)
        now = desk.clock()
        tokens = await desk.store.tokens(found.id)
        closed = why_closed(found, product)
        return {
            **tenant_record(found),
            "address": product.scim_path(found.slug),
            "publicUrl": public_url,
            "liveTokens": [token.name for token in tokens if token.state(now) == "live"],
            "domains": [domain.name for domain in await desk.store.domains(found.id)],
            "open": closed is None,
            "closedBecause": closed,
        }

    record = at_desk(ctx, work)
    show_one(
        ctx,
        record,
        {
            "slug": "Slug",
            "name": "Name",
            "account": "Account",
            "profile": "Profile",
            "plan": "Plan",
            "provisioning": "Provisioning",
            "suspended": "Suspended",
            "ssoConfirmed": "Sign-on confirmed",
            "address": "SCIM address",
            "liveTokens": "Live tokens",
            "domains": "Proven domains",
            "open": "Identity providers may come in",
            "closedBecause": "If not, because",
        },
    )


@app.command("set-plan")
def set_plan(
    ctx: typer.Context,
    tenant: TenantArgument,
    plan: Annotated[str, typer.Argument(help="One of the profile's plans.")],
) -> None:
    """Put a tenant on another plan; the next request sees it."""
    from vestibule.tenancy.tenants import change_plan  # noqa: PLC0415

    async def work(desk: Desk) -> Tenant:
        return await change_plan(desk, await desk.tenant(tenant), plan)

    changed = at_desk(ctx, work)
    done(ctx, f"Tenant {changed.slug} is on plan {changed.plan}.", tenant_record(changed))


@app.command("set-profile")
def set_profile(
    ctx: typer.Context,
    tenant: TenantArgument,
    profile: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A profile, or a .toml file to copy.")],
    accept: Annotated[
        bool, typer.Option("--accept", help="Although people there are would not fit it. Audited.")
    ] = False,
) -> None:
    """Make a tenant one of another product; the next request sees it. `profile check` says what that means."""
    from vestibule.tenancy.kept_profiles import profile_named  # noqa: PLC0415
    from vestibule.tenancy.tenants import change_profile  # noqa: PLC0415

    async def work(desk: Desk) -> Tenant:
        found = await desk.tenant(tenant)
        product = await profile_named(desk, profile, accept=accept)
        return await change_profile(desk, found, product.name, accept=accept)

    changed = at_desk(ctx, work)
    done(
        ctx,
        f"Tenant {changed.slug} has profile {changed.profile}, plan {changed.plan}.",
        tenant_record(changed),
    )


@app.command()
def suspend(ctx: typer.Context, tenant: TenantArgument) -> None:
    """Refuse every token of a tenant until it is resumed."""
    from vestibule.tenancy import tenants  # noqa: PLC0415

    async def work(desk: Desk) -> Tenant:
        return await tenants.suspend(desk, await desk.tenant(tenant))

    changed = at_desk(ctx, work)
    done(ctx, f"Tenant {changed.slug} is suspended.", tenant_record(changed))


@app.command()
def resume(ctx: typer.Context, tenant: TenantArgument) -> None:
    """End a suspension."""
    from vestibule.tenancy import tenants  # noqa: PLC0415

    async def work(desk: Desk) -> Tenant:
        return await tenants.resume(desk, await desk.tenant(tenant))

    changed = at_desk(ctx, work)
    done(ctx, f"Tenant {changed.slug} is not suspended.", tenant_record(changed))


@app.command()
def sso(
    ctx: typer.Context,
    tenant: TenantArgument,
    confirmed: Annotated[
        bool | None,
        typer.Option("--confirmed/--not-confirmed", help="Say that sign-on is set up, or is not any more."),
    ] = None,
) -> None:
    """Whether single sign-on is set up, where the product wants it first. Confirming it is audited."""
    from vestibule.tenancy.tenants import confirm_sign_on  # noqa: PLC0415

    async def work(desk: Desk) -> Tenant:
        found = await desk.tenant(tenant)
        return found if confirmed is None else await confirm_sign_on(desk, found, confirmed)

    changed = at_desk(ctx, work)
    state = "is confirmed" if changed.sso_confirmed else "is not confirmed"
    done(ctx, f"Sign-on of tenant {changed.slug} {state}.", tenant_record(changed))
