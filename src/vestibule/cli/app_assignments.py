"""``vestibule app``: who is assigned to an application, and which groups are pushed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from vestibule.cli.output import done
from vestibule.cli.sending import with_sending
from vestibule.provisioning.wording import number_of

if TYPE_CHECKING:
    from vestibule.sending import Sending

assignments = typer.Typer()

_NAME = typer.Argument(..., metavar="APP", help="The application's name.")
_PEOPLE = typer.Option([], "--person", help="A login; may be given several times.")
_GROUPS = typer.Option([], "--group", help="A group's name; may be given several times.")
_VALUES = typer.Option([], "--set", metavar="ATTRIBUTE=VALUE", help="As userType=Manager.")
_GROUP_NAMES = typer.Argument(..., metavar="GROUP...", help="Names of groups.")


@assignments.command("assign")
def assign(
    ctx: typer.Context,
    name: str = _NAME,
    people: list[str] = _PEOPLE,
    groups: list[str] = _GROUPS,
    values: list[str] = _VALUES,
    priority: int = typer.Option(0, help="Of a group: the lowest number wins."),
) -> None:
    """Assign people and groups, with their application attributes."""
    from vestibule.provisioning.assignment import Assignment, Subject, check_values  # noqa: PLC0415
    from vestibule.refused import Refused  # noqa: PLC0415

    pairs = [value.partition("=") for value in values]
    if any(not sign or not key for key, sign, _ in pairs):
        raise Refused("--set takes ATTRIBUTE=VALUE, as in --set userType=Manager.")
    given = {key: value for key, _, value in pairs}

    async def work(sending: Sending) -> int:
        application = await sending.store.application(name)
        rows = await sending.store.mapping(application.id)
        before = application.connection is None or not application.enabled
        made = []
        for login in people:
            check_values(given, rows, Subject.PERSON)
            person = await sending.store.person(login)
            made.append(Assignment(Subject.PERSON, person.id, 0, given, before))
        for group_name in groups:
            check_values(given, rows, Subject.GROUP)
            group = await sending.store.source_group(group_name)
            made.append(Assignment(Subject.GROUP, group.id, priority, given, before))
        return await sending.store.assign(application.id, made)

    count = with_sending(ctx, work)
    said = number_of(count, "assignment is", "assignments are")
    done(ctx, f"{said} new or changed. Next: vestibule app apply {name}.", {"changed": count})


@assignments.command("unassign")
def unassign(
    ctx: typer.Context,
    name: str = _NAME,
    people: list[str] = _PEOPLE,
    groups: list[str] = _GROUPS,
) -> None:
    """Take assignments away: with the next apply, whoever has no other one is deactivated there."""
    from vestibule.provisioning.assignment import Subject  # noqa: PLC0415

    async def work(sending: Sending) -> int:
        application = await sending.store.application(name)
        person_ids = [(await sending.store.person(login)).id for login in people]
        group_ids = [(await sending.store.source_group(group, even_gone=True)).id for group in groups]
        gone = await sending.store.unassign(application.id, Subject.PERSON, person_ids)
        return gone + await sending.store.unassign(application.id, Subject.GROUP, group_ids)

    count = with_sending(ctx, work)
    said = number_of(count, "assignment is", "assignments are")
    done(ctx, f"{said} gone. Next: vestibule app apply {name}.", {"gone": count})


@assignments.command("push-group")
def push_group(
    ctx: typer.Context,
    name: str = _NAME,
    groups: list[str] = _GROUP_NAMES,
    pause: bool = typer.Option(False, "--pause", help="Send nothing for them until pushed again."),
    now: bool = typer.Option(False, "--now", help="Push Now: say the whole membership again."),
    unlink: bool = typer.Option(False, "--unlink", help="Push no longer, and leave them as they are there."),
    delete: bool = typer.Option(False, "--delete", help="Push no longer, and delete them there."),
) -> None:
    """Push groups: created there, or linked to those of the same name, with their members."""
    from vestibule.provisioning.push_group import PushGroup, PushState  # noqa: PLC0415
    from vestibule.refused import Refused  # noqa: PLC0415

    async def work(sending: Sending) -> None:
        application = await sending.store.application(name)
        for group_name in groups:
            group = await sending.store.source_group(group_name, even_gone=unlink or delete)
            found = await sending.store.push_facts(application.id, group.id)
            if unlink:
                await sending.store.drop_push_group(application.id, group.id)
                continue
            if delete and not found:
                raise Refused(f"{group.name} is not pushed to {name}: there is nothing to delete.")
            known = found[0].group if found else PushGroup(group.id, group.name)
            state = PushState.DELETING if delete else PushState.PAUSED if pause else PushState.ACTIVE
            resumed = known.state is PushState.PAUSED and state is PushState.ACTIVE
            full_push = known.full_push or now or (resumed and bool(known.external_id))
            await sending.store.put_push_group(
                application.id, replace(known, state=state, full_push=full_push)
            )

    with_sending(ctx, work)
    done(ctx, f"Noted. Next: vestibule app apply {name}.", {"groups": groups})
