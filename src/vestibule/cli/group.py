"""Groups of a tenant, as identity providers pushed them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.output import asked, print_json, print_table, say
from vestibule.cli.resources import every_page
from vestibule.cli.tenant import TenantArgument
from vestibule.cli.tenant_room import in_tenant
from vestibule.cli.told import told_moment
from vestibule.refused import Refused

if TYPE_CHECKING:
    from vestibule.directory.resource import Resource
    from vestibule.web.tenant_room import TenantRoom

app = typer.Typer(help="Groups of a tenant, as identity providers pushed them.")

#: So many members are shown on a terminal; ``--json`` has all.
_MOST_SHOWN = 200


class UnknownGroup(Refused):
    """No group, or more than one, is meant by the word."""


@app.command("list")
def list_groups(ctx: typer.Context, tenant: TenantArgument) -> None:
    """All groups. With --json: one array of SCIM resources, members included."""
    groups = in_tenant(ctx, tenant, lambda room: every_page(room, "Group"))
    if asked(ctx).json:
        print_json([document for _, document in groups])
    elif groups:
        lines = [{**document, "count": len(document.get("members", ()))} for _, document in groups]
        print_table(lines, {"displayName": "NAME", "count": "MEMBERS", "id": "ID"})
    else:
        say("No group was pushed yet.")


@app.command()
def show(
    ctx: typer.Context,
    tenant: TenantArgument,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="An id or a name.")],
) -> None:
    """One group: its members, and the member values that mean nobody yet, each with since when."""
    record = in_tenant(ctx, tenant, lambda room: _record(room, group))
    if asked(ctx).json:
        print_json(record)
    else:
        _print(record)


async def _record(room: TenantRoom, word: str) -> dict[str, Any]:
    from vestibule.directory.named import groups_named  # noqa: PLC0415

    room.type("Group")
    connections = [connection.id for connection in room.connections]
    found = await groups_named(room.directory, room.tenant.id, connections, word)
    group = _the_one(found, word, room.tenant.slug)
    unresolved = await room.directory.unresolved_members(room.tenant.id, group.id)
    return {
        **await room.rendered(group),
        "state": group.state.value,
        "managedBy": room.connection_name(group.connection),
        "unresolved": [
            {"value": one.value, "since": one.since, "connection": room.connection_name(one.connection)}
            for one in unresolved
        ],
    }


def _the_one(found: tuple[Resource, ...], word: str, slug: str) -> Resource:
    if not found:
        raise UnknownGroup(
            f"There is no group with the id or name {word!r} in tenant {slug!r}. `vestibule group list {slug}` "
            "shows all of them."
        )
    if len(found) > 1:
        ids = ", ".join(group.id for group in found)
        raise UnknownGroup(f"Several groups are called {word!r}: name one by the id ({ids}).")
    return found[0]


def _print(record: dict[str, Any]) -> None:
    typer.secho(str(record.get("displayName") or record["id"]), bold=True)
    typer.echo(f"Id          {record['id']}")
    if record.get("externalId"):
        typer.echo(f"External id {record['externalId']}")
    typer.echo(f"Managed by  connection {record['managedBy']}")
    typer.echo(
        f"Changed     {told_moment(record['meta']['lastModified'])} (version {record['meta']['version'][3:-1]})"
    )
    if record["state"] == "tombstone":
        typer.echo("Deleted by the identity provider.")
    members = record.get("members") or []
    typer.echo(f"\nMembers ({len(members)})")
    for member in members[:_MOST_SHOWN]:
        typer.echo(f"  {member.get('display') or '—'}  {member['value']}  {member.get('type', '')}".rstrip())
    if len(members) > _MOST_SHOWN:
        typer.echo(f"  … {len(members) - _MOST_SHOWN} more; --json has all.")
    if record["unresolved"]:
        typer.echo(f"\nUnresolved ({len(record['unresolved'])}): named as members, and nobody here yet")
        for one in record["unresolved"]:
            typer.echo(f"  {one['value']}  since {told_moment(one['since'])}")
