"""A recording played where it changes nothing: in an installation of its own, in memory, gone afterwards."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from vestibule.cli.recorded import CannotReplay, played

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vestibule.app import Vestibule
    from vestibule.profiles.profile import Role
    from vestibule.profiles.shelf import StoredProfile
    from vestibule.recordings.format import Recording
    from vestibule.recordings.replay import Report
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Tenant

_URL = "http://127.0.0.1"


async def rehearsed(
    recording: Recording, profile: str, stored: StoredProfile | None = None, roles: Sequence[Role] = ()
) -> Report:
    """The recording played against a new tenant of that product, with what its set-up asks for.

    ``stored`` is the profile's own declaration where it is not built in. ``CannotReplay``.
    """
    import httpx2  # noqa: PLC0415

    from vestibule.app import Vestibule  # noqa: PLC0415
    from vestibule.cli.desk import desk_over  # noqa: PLC0415
    from vestibule.settings import Settings  # noqa: PLC0415
    from vestibule.tenancy.access_tokens import issue_token  # noqa: PLC0415
    from vestibule.tenancy.kept_profiles import keep_profile  # noqa: PLC0415
    from vestibule.tenancy.tenants import confirm_sign_on, create_tenant  # noqa: PLC0415

    application = Vestibule(Settings(database="sqlite://", public_url=_URL), tidies=False)
    async with application.lifespan():
        desk = desk_over(application.store)
        if stored is not None:
            await keep_profile(desk, stored.text, f"{stored.name}.toml")
        plan = await _open_plan(desk, profile)
        tenant = await create_tenant(desk, "rehearsal", profile=profile, plan=plan)
        tenant = await confirm_sign_on(desk, tenant)
        for role in roles:
            entry = desk.entry("role.added", "Tenant", tenant.slug)
            await desk.store.put_role(tenant.id, role, entry, desk.clock())
        await _set_up(application, desk, tenant, recording)
        token = (await issue_token(desk, tenant)).secret
        transport = httpx2.ASGITransport(application)
        return await played(recording, f"{_URL}/scim/v2", token, transport)


async def _open_plan(desk: Desk, profile: str) -> str:
    """A plan of that product with which identity providers may come in."""
    product = await desk.profiles.current(profile)
    return next((name for name, plan in product.plans.items() if plan.provisioning), product.default_plan)


async def _set_up(application: Vestibule, desk: Desk, tenant: Tenant, recording: Recording) -> None:
    """The dialect, proven domains, and people who existed before, which SCIM cannot bring about."""
    from vestibule import registry  # noqa: PLC0415
    from vestibule.directory.import_file import read_people  # noqa: PLC0415
    from vestibule.directory.import_run import import_people  # noqa: PLC0415
    from vestibule.directory.request import Standing  # noqa: PLC0415
    from vestibule.identifiers import new_request_id, new_resource_id  # noqa: PLC0415
    from vestibule.tenancy.connections import choose_dialect, connection_named  # noqa: PLC0415
    from vestibule.tenancy.domains import add_domain  # noqa: PLC0415

    connection = await connection_named(desk, tenant)
    installed = registry.members("vestibule.scim.dialects", "DIALECT")
    if recording.dialect in installed:
        await choose_dialect(desk, tenant, connection, recording.dialect, installed)
    for domain in recording.setup.domains:
        await add_domain(desk, tenant, domain)
    if not recording.setup.existing:
        return
    product = await desk.profile_of(tenant)
    people = read_people(_as_csv(recording), product.types["User"], "setup.existing")
    standing = Standing(tenant.id, connection.id, product, "", desk.actor, new_request_id())
    store = application.store.directory
    report = await import_people(store, standing, people, desk.clock, new_resource_id)
    for fault in report.faults:
        raise CannotReplay(f"setup.existing, {fault.user_name or 'a person'}: {fault.reason}")


def _as_csv(recording: Recording) -> bytes:
    columns = list(dict.fromkeys(name for person in recording.setup.existing for name in person))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(recording.setup.existing)
    return text.getvalue().encode()
