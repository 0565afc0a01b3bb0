"""Requests that identity providers sent: list them, look at one, export it, play it again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.logged import slug_of
from vestibule.cli.output import asked, complain, print_json, say, show_rows
from vestibule.cli.recorded import CannotReplay, played
from vestibule.cli.tenant_room import in_tenant, room_of
from vestibule.cli.told import print_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vestibule.profiles.profile import Role
    from vestibule.profiles.shelf import StoredProfile
    from vestibule.recordings.format import Recording
    from vestibule.recordings.replay import Report
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.web.tenant_room import TenantRoom

app = typer.Typer(
    help="Requests that identity providers sent: list them, look at one, export it, play it again."
)

_COLUMNS = {
    "at": "WHEN",
    "method": "METHOD",
    "path": "PATH",
    "status": "STATUS",
    "rule": "RULE",
    "reason": "WHY",
    "request": "REQUEST",
}


@app.command("list")
def list_requests(
    ctx: typer.Context,
    tenant: Annotated[
        str | None,
        typer.Argument(
            metavar="[TENANT]",
            help="The tenant's slug, or its name; without it, requests that nobody was let in with.",
        ),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that were refused.")] = False,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many.")] = 50,
) -> None:
    """What came, newest first."""

    async def work(store: ReceivingStore) -> list[dict[str, Any]]:
        from vestibule.directory.telling import told_request  # noqa: PLC0415

        found = await desk_over(store).tenant(tenant) if tenant else None
        requests = await store.log.requests(found.id if found else None, limit=limit, failed=failed)
        slug = found.slug if found else None
        return [{"tenant": slug, **_brief(told_request(request))} for request in requests]

    nothing = "No request was refused." if failed else "No request is in the log."
    show_rows(ctx, with_store(ctx, work), _COLUMNS, nothing=nothing)


@app.command()
def show(
    ctx: typer.Context,
    request: Annotated[str, typer.Argument(metavar="ID", help="The request number, as in X-Request-Id.")],
) -> None:
    """One request with what was sent and answered, secrets left out."""

    async def work(store: ReceivingStore) -> dict[str, Any]:
        from vestibule.directory.logged import events_caused_by, request_numbered  # noqa: PLC0415
        from vestibule.directory.telling import told_request  # noqa: PLC0415

        found = await request_numbered(store.log, request.rstrip("/").rpartition("/")[2])
        events = await events_caused_by(store.log, found)
        return {"tenant": await slug_of(store, found.tenant), **told_request(found, events)}

    told = with_store(ctx, work)
    if asked(ctx).json:
        print_json(told)
    else:
        print_request(told, tenant=told["tenant"] or "none: nobody was let in")


@app.command()
def export(
    ctx: typer.Context,
    request: Annotated[str, typer.Argument(metavar="ID", help="The request number, as in X-Request-Id.")],
) -> None:
    """Print a request as a recording: what it met and what it said, with invented texts for all that is personal."""
    settings = settings_of(ctx)

    async def work(store: ReceivingStore) -> dict[str, Any]:
        from vestibule.directory.logged import request_numbered  # noqa: PLC0415
        from vestibule.web.recording_export import CannotExport, recording_of  # noqa: PLC0415

        found = await request_numbered(store.log, request.rstrip("/").rpartition("/")[2])
        tenants = [one for one in await store.tenancy.tenants() if one.id == found.tenant]
        if not tenants:
            raise CannotExport("Nobody was let in with this request, so there is nothing to play again.")
        return await recording_of(await room_of(store, desk_over(store), tenants[0], settings), found)

    print_json(with_store(ctx, work))


@app.command()
def replay(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording, as `request export` prints it.")],
    tenant: Annotated[
        str | None,
        typer.Option(
            metavar="TENANT", help="Play it by the product and roles of this tenant, which stays as it is."
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Play it for real against this SCIM base URL: it changes people there."
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help="The access token for --url; else VESTIBULE_REPLAY_TOKEN."),
    ] = None,
) -> None:
    """Play a recording and say what was not as expected.

    Without --url it is a dry run: a new installation in memory, of the recording's product or that of --tenant,
    in the recording's dialect, which is gone afterwards.
    """
    import asyncio  # noqa: PLC0415

    if url is not None and tenant is not None:
        raise typer.BadParameter("--tenant and --url exclude each other: a dry run, or a server.")
    recording = _recording(file)
    if url is None:
        report = _rehearsal(ctx, recording, tenant)
    else:
        secret = token or os.environ.get("VESTIBULE_REPLAY_TOKEN", "")
        if not secret:
            raise CannotReplay("An access token is needed: --token, or VESTIBULE_REPLAY_TOKEN.")
        if recording.setup.existing or recording.setup.domains:
            say(
                "This recording wants people who existed before, or proven domains: import and add them first."
            )
        report = asyncio.run(played(recording, url, secret))
    _tell(ctx, report)
    if not report.ok:
        raise typer.Exit(1)


def _rehearsal(ctx: typer.Context, recording: Recording, tenant: str | None) -> Report:
    import asyncio  # noqa: PLC0415

    from vestibule.cli.rehearsal import rehearsed  # noqa: PLC0415
    from vestibule.profiles.builtin import builtin_texts  # noqa: PLC0415

    if tenant is None:
        if recording.profile not in builtin_texts():
            raise CannotReplay(
                f"The recording is for the profile {recording.profile!r}, which is not built in. Name a tenant of that "
                "product with --tenant."
            )
        return asyncio.run(rehearsed(recording, recording.profile))

    async def declared(room: TenantRoom) -> tuple[str, StoredProfile | None, Sequence[Role]]:
        store, name = room.desk.store, room.tenant.profile
        return name, await store.stored_profile(name), await store.roles(room.tenant.id)

    profile, stored, roles = in_tenant(ctx, tenant, declared)
    return asyncio.run(rehearsed(recording, profile, stored, roles))


def _recording(file: Path) -> Recording:
    from vestibule.recordings.format import RecordingFault  # noqa: PLC0415
    from vestibule.recordings.reading import read_recording  # noqa: PLC0415

    try:
        return read_recording(file.read_bytes(), file.name)
    except OSError as fault:
        raise CannotReplay(f"{file} cannot be read: {fault.strerror}.") from None
    except RecordingFault as fault:
        raise CannotReplay(str(fault)) from None


def _tell(ctx: typer.Context, report: Report) -> None:
    steps = [
        {"step": step.name, "status": step.reply.status, "faults": list(step.faults)} for step in report.steps
    ]
    if asked(ctx).json:
        print_json(
            {"recording": report.recording, "ok": report.ok, "steps": steps, "faults": list(report.faults)}
        )
        return
    for step in steps:
        typer.echo(f"{'differs' if step['faults'] else 'as expected'}  {step['step']} → {step['status']}")
    for fault in report.faults:
        complain(fault)


def _brief(told: dict[str, Any]) -> dict[str, Any]:
    """A line of the list: without bodies and events, which ``show`` has."""
    return {
        key: value
        for key, value in told.items()
        if key not in ("body", "answer", "events", "role", "forgotten")
    }
