"""People of a tenant: bring in those who existed before, list, look at, or erase one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.output import asked, print_json, print_table, say
from vestibule.cli.resources import every_page
from vestibule.cli.tenant import TenantArgument
from vestibule.cli.tenant_room import in_tenant

if TYPE_CHECKING:
    from vestibule.directory.import_file import ImportFile
    from vestibule.directory.import_run import ImportReport
    from vestibule.directory.resource import Resource
    from vestibule.web.tenant_room import TenantRoom

app = typer.Typer(help="People of a tenant: bring in those who existed before, list, look at, or erase one.")

#: So many refused rows are told on a terminal; ``--json`` has all.
_MOST_TOLD = 50

_COLUMNS = {
    "userName": "USER NAME",
    "displayName": "NAME",
    "email": "E-MAIL",
    "active": "ACTIVE",
    "role": "ROLE",
    "state": "STATE",
    "id": "ID",
}


@app.command("import")
def import_users(
    ctx: typer.Context,
    tenant: TenantArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, UTF-8; its first line names the columns.")
    ],
) -> None:
    """Bring in people who existed in the product before, so that they are linked rather than doubled.

    The header has SCIM's names. userName is needed; givenName, familyName,
    displayName, email, active, userType, title, department and all others that
    the product knows may follow (name.givenName and emails.value are understood
    too). A broken row is reported with its line, the good ones are imported.

    Importing a person again puts the new values over the old ones; an empty cell
    leaves what is there.
    """
    from vestibule.directory.import_file import UnreadableFile, read_people  # noqa: PLC0415
    from vestibule.directory.import_run import import_people  # noqa: PLC0415
    from vestibule.identifiers import new_resource_id  # noqa: PLC0415

    try:
        data = file.read_bytes()
    except OSError as fault:
        raise UnreadableFile(f"{file} cannot be read: {fault.strerror}.") from None

    async def work(room: TenantRoom) -> tuple[ImportFile, ImportReport]:
        read = read_people(data, room.type("User"), file.name)
        report = await import_people(
            room.directory, room.standing(), read, room.desk.clock, new_resource_id, _progress(len(read.rows))
        )
        return read, report

    read, report = in_tenant(ctx, tenant, work)
    _tell_import(ctx, file.name, read, report)
    if report.faults:
        raise typer.Exit(1)


@app.command("list")
def list_users(
    ctx: typer.Context,
    tenant: TenantArgument,
    filter: Annotated[
        str | None, typer.Option(metavar="FILTER", help="""A SCIM filter, such as 'userName sw "a"'.""")
    ] = None,
    everybody: Annotated[
        bool,
        typer.Option(
            "--all", help="Also those who existed before and whom no identity provider manages yet."
        ),
    ] = False,
) -> None:
    """The people whom identity providers manage. With --json: one array of SCIM resources."""
    people = in_tenant(ctx, tenant, lambda room: every_page(room, "User", filter, unclaimed=everybody))
    if asked(ctx).json:
        print_json([document for _, document in people])
    elif people:
        print_table([_line(resource, document) for resource, document in people], _COLUMNS)
        say(f"{len(people)} {'person' if len(people) == 1 else 'people'}.")
    else:
        say("Nobody." if filter else "Nobody is managed by an identity provider yet. --all shows the others.")


@app.command()
def show(
    ctx: typer.Context,
    tenant: TenantArgument,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="An id, a userName or an e-mail address.")],
) -> None:
    """One person: attributes, state, access, the role and why it is that one, teams, who manages them."""
    from vestibule.cli.person_sheet import named_person_record, print_person  # noqa: PLC0415

    record = in_tenant(ctx, tenant, lambda room: named_person_record(room, person))
    if asked(ctx).json:
        print_json(record)
    else:
        print_person(record)


@app.command()
def erase(
    ctx: typer.Context,
    tenant: TenantArgument,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="An id, a userName or an e-mail address.")],
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The person's userName, typed once more. Asked for where there is a terminal.",
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would go and what would stay, and change nothing.")
    ] = False,
) -> None:
    """Erase a person: nothing personal of them stays, in no log either. It cannot be undone.

    What goes: attributes, memberships, sessions, linked accounts, reviews, the product's answers, the bodies of
    requests and the details of events and audit entries, and whatever other entries say of them by name. An id
    stays, and the audit trail's seals still hold. Whoever follows the log is told by user.erased.

    Unassign the person in the identity provider first: its next request would make them anew.
    """
    from vestibule.cli.erasing import erased, previewed, print_erased, print_preview  # noqa: PLC0415

    seen = previewed(ctx, tenant, person)
    if preview:
        print_preview(ctx, seen)
        return
    if name is None and sys.stdin.isatty() and not asked(ctx).json:
        print_preview(ctx, seen)
        name = typer.prompt(f"To erase them, type {seen.name}")
    print_erased(ctx, erased(ctx, tenant, seen.id, name or ""))


def _line(resource: Resource, document: dict[str, Any]) -> dict[str, Any]:
    return {
        **document,
        "displayName": _name(document),
        "email": resource.email,
        "active": resource.active,
        "role": resource.role,
        "state": resource.state.value,
    }


def _name(document: dict[str, Any]) -> str:
    """The display name, else what there is of the name."""
    name = document.get("name") or {}
    parts = " ".join(name[part] for part in ("givenName", "familyName") if name.get(part))
    return str(document.get("displayName") or name.get("formatted") or parts)


def _progress(total: int) -> Any:
    """Told how many rows are done: a line on a terminal, nothing elsewhere."""

    def show_progress(done: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done >= total else ""
            sys.stderr.write(f"\rImported {done:,} of {total:,} rows{end}")
            sys.stderr.flush()

    return show_progress


def _tell_import(ctx: typer.Context, file: str, read: ImportFile, report: ImportReport) -> None:
    imported = report.created + report.updated + report.unchanged
    if asked(ctx).json:
        print_json(
            {
                "imported": imported,
                "created": report.created,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "refused": len(report.faults),
                "faults": [
                    {"line": fault.line, "userName": fault.user_name, "reason": fault.reason}
                    for fault in report.faults
                ],
                "ignoredColumns": [{"column": name, "reason": reason} for name, reason in read.ignored],
                "notes": [{"line": line, "note": note} for line, note in report.notes],
            }
        )
    else:
        typer.echo(
            f"{imported} imported ({report.created} new, {report.updated} changed, {report.unchanged} as they "
            f"were), {len(report.faults)} refused."
        )
    for name, reason in read.ignored:
        say(f"{file}: the column {name!r} is ignored: {reason}.")
    for fault in report.faults[:_MOST_TOLD]:
        say(f"{file}, line {fault.line}: {fault.reason}")
    if len(report.faults) > _MOST_TOLD:
        say(f"… and {len(report.faults) - _MOST_TOLD} more; --json has all of them.")
    for line, note in report.notes[:_MOST_TOLD]:
        say(f"{file}, line {line}: {note}")
