"""Erasing a person at the command line: what would go, and having it gone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.output import asked, print_json, say

if TYPE_CHECKING:
    from vestibule.erasing.erasure import Eraser, Preview
    from vestibule.erasing.store import OpenErasure
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.web.tenant_room import TenantRoom

_SAY_SECONDS = 2.0


def previewed(ctx: typer.Context, tenant: str, person: str) -> Preview:
    """What erasing that person would do."""
    from vestibule.web.person_record import one_person  # noqa: PLC0415

    async def work(store: ReceivingStore) -> Preview:
        room = await _room(ctx, store, tenant)
        return await _eraser(store, room).preview(await one_person(room, person))

    return with_store(ctx, work)


def erased(ctx: typer.Context, tenant: str, person: str, typed: str) -> Preview:
    """Erase them, and look through the log to its end; what was done."""
    from vestibule.erasing.erasure import look_through_all  # noqa: PLC0415
    from vestibule.web.person_record import one_person  # noqa: PLC0415

    async def work(store: ReceivingStore) -> Preview:
        room = await _room(ctx, store, tenant)
        eraser = _eraser(store, room)
        meant = await one_person(room, person)
        preview = await eraser.preview(meant)
        await eraser.erase(meant, typed)
        await look_through_all(store.erasure, _Told())
        return preview

    return with_store(ctx, work)


class _Told:
    """Says every few seconds how far it is."""

    def __init__(self) -> None:
        self._says_at = time.monotonic() + _SAY_SECONDS

    def __call__(self, erasure: OpenErasure) -> None:
        if time.monotonic() >= self._says_at:
            self._says_at = time.monotonic() + _SAY_SECONDS
            say(_far(erasure))


def _far(erasure: OpenErasure) -> str:
    return f"Others' entries looked through: {erasure.looked:,} of {erasure.rows:,}."


def print_preview(ctx: typer.Context, preview: Preview) -> None:
    """What goes and what stays."""
    if asked(ctx).json:
        print_json(_record(preview))
        return
    typer.secho(f"{preview.name} ({preview.id})", bold=True)
    if preview.is_erased:
        typer.echo("Erased before: nothing is kept but the id.")
    if preview.under_way is not None:
        typer.echo(_far(preview.under_way))
    for heading, lines in (("What goes:", _goes(preview)), ("What stays:", preview.stays)):
        typer.echo(heading)
        for line in lines:
            typer.echo(f"  {line}")
    if preview.comes_back:
        say(
            f"{preview.name} is managed by an identity provider still. Unassign them there first: its next request would "
            "make them anew."
        )


def print_erased(ctx: typer.Context, preview: Preview) -> None:
    """That it is done."""
    if asked(ctx).json:
        print_json({**_record(preview), "erased": True})
        return
    typer.echo(f"{preview.id} was erased: nothing personal of them is kept here any more.")
    say("Backups made before still have them. The product is told by the event user.erased.")


def _goes(preview: Preview) -> list[str]:
    lines = [f"attributes: {', '.join(preview.attributes)}"] if preview.attributes else []
    lines += [f"{what}: {many:,}" for what, many in preview.goes.items()]
    if preview.earlier:
        lines.append(f"whom they were before, deleted since: {', '.join(preview.earlier)}")
    return [*lines, "what other entries of the log say of them by name or address"]


def _record(preview: Preview) -> dict[str, Any]:
    return {
        "id": preview.id,
        "name": preview.name,
        "state": preview.state.value,
        "attributes": list(preview.attributes),
        "goes": dict(preview.goes),
        "earlier": list(preview.earlier),
        "stays": list(preview.stays),
        "comesBack": preview.comes_back,
        "wasErased": preview.is_erased,
        "lookedThrough": preview.under_way.looked if preview.under_way else None,
        "toLookThrough": preview.under_way.rows if preview.under_way else None,
    }


async def _room(ctx: typer.Context, store: ReceivingStore, tenant: str) -> TenantRoom:
    from vestibule.cli.tenant_room import room_of  # noqa: PLC0415

    desk = desk_over(store)
    return await room_of(store, desk, await desk.tenant(tenant), settings_of(ctx))


def _eraser(store: ReceivingStore, room: TenantRoom) -> Eraser:
    from vestibule.erasing.erasure import Eraser  # noqa: PLC0415

    return Eraser(store.erasure, store.directory, room.desk.clock, room.new_id, room.standing())
