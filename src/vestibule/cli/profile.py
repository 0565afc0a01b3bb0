"""Application profiles: which there are, what one declares, whether a file is one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.desk import at_desk
from vestibule.cli.output import asked, done, print_json, print_table, say, show_rows
from vestibule.cli.profile_findings import show_check

if TYPE_CHECKING:
    from vestibule.directory.profile_check import CheckedTenant
    from vestibule.profiles.profile import ApplicationProfile
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Tenant

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
    name: Annotated[
        str, typer.Argument(metavar="NAME|FILE|TENANT", help="Such as acall; or a .toml file; or a tenant.")
    ],
) -> None:
    """What a profile declares, with its attribute table. Of a tenant, its profile and how far its rows follow from it."""
    if name.endswith(".toml") and Path(name).is_file():
        from vestibule.profiles.load import load_profile  # noqa: PLC0415

        _show(ctx, load_profile(Path(name).read_text("utf-8"), name))
        return

    async def work(desk: Desk) -> tuple[ApplicationProfile, dict[str, Any]]:
        from vestibule.profiles.shelf import UnknownProfile  # noqa: PLC0415

        try:
            return await desk.profiles.current(name), {}
        except UnknownProfile:
            named = await desk.store.tenants_named(name)
            if len(named) != 1:
                raise
            profile = await desk.profile_of(named[0])
            return profile, await _derivation(desk, named[0], profile)

    profile, more = at_desk(ctx, work)
    _show(ctx, profile, more)


async def _derivation(desk: Desk, tenant: Tenant, profile: ApplicationProfile) -> dict[str, Any]:
    """How far the tenant's rows follow from its profile, and whose names collide."""
    from vestibule.directory.derive_anew import derived_as  # noqa: PLC0415

    assert desk.checker is not None
    progress = await desk.checker.derivation.progress(tenant.id)
    target = derived_as(profile)
    state = "follow from this profile"
    if tenant.derived != target:
        state = "are derived anew as soon as the server runs"
        if progress is not None and progress.target == target:
            state = f"are being derived anew: {progress.looked:,} looked at since {progress.started_at}"
    collisions = [
        {"id": one.id, "userName": one.user_name} for one in (progress.collisions if progress else ())
    ]
    return {"tenant": tenant.slug, "rows": f"its rows {state}", "collidingUserNames": collisions}


@app.command()
def check(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(metavar="TENANT|FILE", help="A tenant, or a .toml file.")],
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="What the tenant's people are held to; else its own profile."),
    ] = None,
) -> None:
    """Say whether a file is a profile, or whom of a tenant a profile does not fit. Exit code 1 where somebody is.

    Of a file, every fault with key, what was found and what is allowed. Of a tenant, each attribute that
    does not fit, how many have it, and examples; nothing is changed.
    """
    from vestibule.profiles.load import is_profile_file, load_profile, profile_text  # noqa: PLC0415
    from vestibule.profiles.mapping_gaps import unmapped_required  # noqa: PLC0415

    if is_profile_file(what):
        if not Path(what).is_file():
            raise typer.BadParameter(f"There is no file {what!r}.", param_hint="TENANT|FILE")
        found = load_profile(profile_text(what), what)
        gaps = unmapped_required(found)
        done(
            ctx,
            f"{what}: profile {found.name}, {len(found.attributes)} mapped attributes, no fault.",
            {"name": found.name, "version": found.version, "unmappedRequired": gaps},
        )
        _warn_of(gaps)
        return

    async def work(desk: Desk) -> tuple[str, ApplicationProfile, CheckedTenant]:
        tenant = await desk.tenant(what)
        own = await desk.profile_of(tenant)
        wanted, before = own, None
        if profile is not None:
            before = own
            wanted = (
                load_profile(profile_text(profile), profile)
                if is_profile_file(profile)
                else await desk.profiles.current(profile)
            )
        assert desk.checker is not None
        return tenant.slug, wanted, await desk.checker.check(tenant.id, wanted, before)

    slug, held_to, checked = at_desk(ctx, work)
    show_check(ctx, slug, held_to, checked, unmapped_required(held_to))
    if checked.invalidates:
        raise typer.Exit(1)


@app.command()
def keep(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A profile in TOML.")],
    accept: Annotated[
        bool, typer.Option("--accept", help="Although people there are would not fit it. Audited.")
    ] = False,
) -> None:
    """Copy a profile into the database: from then on its name means this, for every tenant that has it."""
    from vestibule.profiles.load import profile_text  # noqa: PLC0415
    from vestibule.tenancy.kept_profiles import keep_profile  # noqa: PLC0415

    async def work(desk: Desk) -> ApplicationProfile:
        return await keep_profile(desk, profile_text(file), file, accept=accept)

    kept = at_desk(ctx, work)
    done(ctx, f"{file} is the profile {kept.name} now.", {"name": kept.name, "version": kept.version})


def _show(ctx: typer.Context, profile: ApplicationProfile, more: Mapping[str, Any] | None = None) -> None:
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
        "types": list(profile.types),
        **(more or {}),
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


def _warn_of(gaps: list[str]) -> None:
    for path in gaps:
        say(f"Warning: {path} is required, and no row of [[attributes]] maps it.")
