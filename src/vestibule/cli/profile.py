"""Application profiles: which there are, what one declares, whether a file is one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.desk import at_desk
from vestibule.cli.output import asked, done, print_json, print_table, show_rows

if TYPE_CHECKING:
    from vestibule.profiles.profile import ApplicationProfile
    from vestibule.tenancy.desk import Desk

app = typer.Typer(help="Application profiles: which there are, what one declares, whether a file is one.")


@app.command("list")
def list_profiles(ctx: typer.Context) -> None:
    """Every profile a tenant can have; those of the database come before built-in ones of their name."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        kept = {profile.name for profile in await desk.store.stored_profiles()}
        default = await desk.store.default_profile() or "generic"
        found = []
        for name in await desk.profiles.names():
            profile = await desk.profiles.current(name)
            found.append(
                {
                    "name": name,
                    "product": profile.product.name,
                    "version": profile.version,
                    "plans": list(profile.plans),
                    "from": "database" if name in kept else "built in",
                    "default": name == default,
                }
            )
        return found

    columns = {"name": "NAME", "product": "PRODUCT", "plans": "PLANS", "from": "FROM", "default": "DEFAULT"}
    show_rows(ctx, at_desk(ctx, work), columns, nothing="There is no profile.")


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Such as acall; or a .toml file.")],
) -> None:
    """What a profile declares, with its attribute table."""
    if name.endswith(".toml") and Path(name).is_file():
        from vestibule.profiles.load import load_profile  # noqa: PLC0415

        _show(ctx, load_profile(Path(name).read_text("utf-8"), name))
        return

    async def work(desk: Desk) -> ApplicationProfile:
        return await desk.profiles.current(name)

    _show(ctx, at_desk(ctx, work))


@app.command()
def check(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A profile in TOML.", exists=True, dir_okay=False)
    ],
) -> None:
    """Say whether a file is a profile; if not, every fault with key, what was found and what is allowed."""
    from vestibule.profiles.load import load_profile  # noqa: PLC0415

    profile = load_profile(file.read_text("utf-8"), str(file))
    done(
        ctx,
        f"{file}: profile {profile.name}, {len(profile.attributes)} mapped attributes, no fault.",
        {"name": profile.name, "version": profile.version},
    )


def _show(ctx: typer.Context, profile: ApplicationProfile) -> None:
    from vestibule.profiles.attribute_table import HEADINGS, optional_rows, required_rows  # noqa: PLC0415

    facts = {
        "name": profile.name,
        "product": profile.product.name,
        "version": profile.version,
        "support": profile.product.support_contact,
        "plans": [
            plan.name if plan.provisioning else f"{plan.name} (no provisioning)"
            for plan in profile.plans.values()
        ],
        "defaultPlan": profile.default_plan,
        "roles": [f"{role.name} (default)" if role.default else role.name for role in profile.roles],
        "roleSources": list(profile.role_sources),
        "teams": profile.teams,
        "address": profile.address.value,
        "ssoFirst": profile.sso_first.value,
        "userName": profile.user_name.value,
        "delete": profile.delete.value,
        "required": ["userName", *profile.required],
    }
    rows = [
        dict(zip(HEADINGS, row, strict=True)) for row in (*required_rows(profile), *optional_rows(profile))
    ]
    if asked(ctx).json:
        print_json({**facts, "attributes": rows})
        return
    print_table(
        [{"key": key, "value": value} for key, value in facts.items()], {"key": "KEY", "value": "VALUE"}
    )
    typer.echo()
    print_table(rows, {heading: heading.upper() for heading in HEADINGS})
