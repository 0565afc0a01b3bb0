"""Application roles of a tenant: the product's, and the tenant's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.desk import at_desk
from vestibule.cli.output import asked, done, print_json, show_rows
from vestibule.cli.profile_findings import outlook_record, tell_outlook
from vestibule.cli.tenant import TenantArgument

if TYPE_CHECKING:
    from vestibule.directory.role_simulation import RoleOutlook
    from vestibule.profiles.profile import Role
    from vestibule.tenancy.desk import Desk

app = typer.Typer(help="Application roles of a tenant: the product's, and the tenant's own.")


@app.command()
def add(
    ctx: typer.Context,
    tenant: TenantArgument,
    name: Annotated[str, typer.Argument(help="As the identity provider sends it.")],
    rights: Annotated[str, typer.Option(help="What it may do, separated by commas.")] = "",
    like: Annotated[
        str | None, typer.Option(metavar="ROLE", help="Give it the rights of another role.")
    ] = None,
) -> None:
    """Add a role of the tenant's own, or change the rights of one."""
    from vestibule.tenancy.roles import add_role  # noqa: PLC0415

    wanted = [right.strip() for right in rights.split(",") if right.strip()]

    async def work(desk: Desk) -> Role:
        return await add_role(desk, await desk.tenant(tenant), name, rights=wanted, like=like)

    role = at_desk(ctx, work)
    done(ctx, f"Role {role.name}: {', '.join(role.rights)}.", _record(role, own=True))


@app.command("list")
def list_roles(ctx: typer.Context, tenant: TenantArgument) -> None:
    """The roles a person of the tenant can have, and the rights they mean."""
    from vestibule.tenancy.roles import roles_of  # noqa: PLC0415

    async def work(desk: Desk) -> list[dict[str, Any]]:
        found = await desk.tenant(tenant)
        own = {role.name for role in await desk.store.roles(found.id)}
        return [_record(role, own=role.name in own) for role in await roles_of(desk, found)]

    columns = {"role": "ROLE", "rights": "RIGHTS", "default": "DEFAULT", "own": "TENANT'S OWN"}
    show_rows(ctx, at_desk(ctx, work), columns, nothing="This product takes no roles.")


@app.command()
def simulate(
    ctx: typer.Context,
    tenant: TenantArgument,
    rule: Annotated[
        list[str] | None,
        typer.Option(help="The rules as they would be, in order, once for each: userType."),
    ] = None,
    default: Annotated[str, typer.Option(metavar="ROLE", help="The role where nothing is sent.")] = "",
    added: Annotated[str, typer.Option(metavar="ROLE", help="A role of the tenant's own.")] = "",
    source: Annotated[
        str, typer.Option(metavar="RULE", help="Where --value stands; else what the first rule names.")
    ] = "",
    value: Annotated[str, typer.Option(help="What the identity provider sends now.")] = "",
    instead: Annotated[str, typer.Option(metavar="ROLE", help="What it would send for --value.")] = "",
    team: Annotated[str, typer.Option(help="A team, by its name.")] = "",
    team_role: Annotated[str, typer.Option(metavar="ROLE", help="What would be sent for its members.")] = "",
) -> None:
    """Say who would get another role by an edit of the rules: how many, from what to what, and why. Nothing is changed."""
    from vestibule.tenancy.role_edits import RoleEdit, who_would_change  # noqa: PLC0415

    edit = RoleEdit(rule or (), default, added, source, value, instead, team, team_role)

    async def work(desk: Desk) -> RoleOutlook:
        return await who_would_change(desk, await desk.tenant(tenant), edit)

    outlook = at_desk(ctx, work)
    if asked(ctx).json:
        print_json(outlook_record(outlook))
    else:
        tell_outlook(outlook)


def _record(role: Role, *, own: bool) -> dict[str, Any]:
    return {"role": role.name, "rights": list(role.rights), "default": role.default, "own": own}
