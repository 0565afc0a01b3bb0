"""Access that ended or is held: who has confirmed it, who has not, what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.output import asked, print_json, print_table, say
from vestibule.cli.tenant import TenantArgument
from vestibule.cli.tenant_room import room_of

if TYPE_CHECKING:
    from vestibule.stores.receiving import ReceivingStore

app = typer.Typer(help="Access that ended or is held: who has confirmed it, who has not, what to do.")

_COLUMNS = {
    "tenant": "TENANT",
    "userName": "USER NAME",
    "endedAt": "ENDED",
    "age": "AGE",
    "refused": "REFUSED BECAUSE",
    "id": "ID",
}


@app.callback()
def access() -> None:
    """Access that ended or is held: who has confirmed it, who has not, what to do."""


@app.command()
def unconfirmed(
    ctx: typer.Context,
    tenant: Annotated[str | None, typer.Option(metavar="TENANT", help="Of this tenant only.")] = None,
) -> None:
    """People whose access ended, and of whom the product has not said yet that sessions and keys are gone.

    The product says so by acknowledging the wanted state. The oldest come first;
    beyond five minutes somebody should look.
    """

    async def work(store: ReceivingStore) -> list[dict[str, Any]]:
        slugs = {one.id: one.slug for one in await store.tenancy.tenants()}
        only = (await desk_over(store).tenant(tenant)).id if tenant else None
        found = await store.states.unconfirmed(only, limit=100_000)
        now = datetime.now(UTC)
        return [
            {
                "tenant": slugs.get(one.tenant, ""),
                "id": one.person,
                "userName": one.user_name,
                "endedAt": one.ended_at,
                "ageSeconds": round((now - datetime.fromisoformat(one.ended_at)).total_seconds()),
                "refused": one.refused,
            }
            for one in found
        ]

    rows = with_store(ctx, work)
    if asked(ctx).json:
        print_json(rows)
        return
    print_table([{**row, "age": _age(row["ageSeconds"])} for row in rows], _COLUMNS)
    if not rows:
        say("Every end of access is confirmed.")


_HELD_COLUMNS = {"userName": "USER NAME", "leftAt": "LEFT", "until": "HELD UNTIL", "id": "ID"}

PersonArgument = Annotated[
    str | None, typer.Argument(metavar="PERSON", help="Id, userName or e-mail address.", show_default=False)
]
AllOption = Annotated[bool, typer.Option("--all", help="Everybody whose access is held.")]


@app.command()
def held(ctx: typer.Context, tenant: TenantArgument) -> None:
    """Leavers among many whose access is held: it ends by itself unless somebody releases it."""

    async def work(store: ReceivingStore) -> list[dict[str, Any]]:
        found = await desk_over(store).tenant(tenant)
        return [
            {"id": one.person, "userName": one.user_name, "leftAt": one.left_at, "until": one.until}
            for one in await store.states.held(found.id)
        ]

    rows = with_store(ctx, work)
    if asked(ctx).json:
        print_json(rows)
        return
    print_table(rows, _HELD_COLUMNS)
    if not rows:
        say("Nobody's access is held.")


@app.command()
def end(
    ctx: typer.Context, tenant: TenantArgument, person: PersonArgument = None, all: AllOption = False
) -> None:
    """End access that is held now, of one person or with --all of everybody."""
    _settle(ctx, tenant, person, all, ends=True)


@app.command()
def release(
    ctx: typer.Context, tenant: TenantArgument, person: PersonArgument = None, all: AllOption = False
) -> None:
    """Give access that is held back: it was a mistake, and the identity provider will say so later.

    The person stays inactive in SCIM until the identity provider says otherwise.
    """
    _settle(ctx, tenant, person, all, ends=False)


def _settle(ctx: typer.Context, tenant: str, person: str | None, all: bool, *, ends: bool) -> None:
    from vestibule.directory.request import SettleHeld  # noqa: PLC0415
    from vestibule.web.person_record import one_person  # noqa: PLC0415

    if (person is None) == (not all):
        raise typer.BadParameter("name a person, or everybody with --all")

    async def work(store: ReceivingStore) -> list[str]:
        desk = desk_over(store)
        room = await room_of(store, desk, await desk.tenant(tenant), settings_of(ctx))
        if person is not None:
            found = [(await one_person(room, person)).id]
        else:
            found = [one.person for one in await store.states.held(room.tenant.id)]
        return [(await room.carry_out(SettleHeld(id, ends))).explanation.reason for id in found]

    reasons = with_store(ctx, work)
    if asked(ctx).json:
        print_json({"people": len(reasons), "reasons": sorted(set(reasons))})
        return
    for reason in dict.fromkeys(reasons):
        say(f"{reasons.count(reason)}: {reason}")
    if not reasons:
        say("Nobody's access is held.")


def _age(seconds: int) -> str:
    """``42 s``, ``7 min``, ``5 h``, ``12 days``."""
    for length, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
