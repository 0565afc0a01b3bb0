"""``vestibule app``: push groups, by name or by rule, created there or linked to one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import done, show_rows
from vestibule.cli.sending import desk_of, with_sending
from vestibule.provisioning.wording import number_of

if TYPE_CHECKING:
    from vestibule.sending import Sending

pushes = typer.Typer()
rules = typer.Typer(no_args_is_help=True, help="Push groups by rule: every group whose name fits.")

_NAME = typer.Argument(..., metavar="APP", help="The application's name.")
_GROUP_NAMES = typer.Argument(..., metavar="GROUP...", help="Names of groups.")
_RULE = typer.Argument(..., help="The rule's name.")


@pushes.command("push-group")
def push_group(
    ctx: typer.Context,
    name: str = _NAME,
    groups: list[str] = _GROUP_NAMES,
    pause: bool = typer.Option(False, "--pause", help="Send nothing for them until pushed again."),
    now: bool = typer.Option(False, "--now", help="Push Now: say the whole membership again."),
    link_to: str = typer.Option(
        "", metavar="NAME", help="Link to the group of that name there; its members stay."
    ),
    keep_name: bool = typer.Option(
        False, "--keep-name/--rename", help="A linked group keeps its name, or is renamed to ours."
    ),
    unlink: bool = typer.Option(False, "--unlink", help="Push no longer, and leave them as they are there."),
    delete: bool = typer.Option(False, "--delete", help="Push no longer, and delete them there."),
) -> None:
    """Push groups: created there, or linked to those of the same name, with their members."""
    from vestibule.refused import Refused  # noqa: PLC0415

    if link_to and len(groups) > 1:
        raise Refused("One group is linked at a time: --link-to names one group there.")

    async def work(sending: Sending) -> None:
        desk = desk_of(sending)
        for group in groups:
            if unlink or delete:
                await desk.unlink_group(name, group, delete=delete)
            elif pause:
                await desk.hold_back_group(name, group)
            else:
                await desk.push_group(name, group, now=now, link_to=link_to, keep_name=keep_name)

    with_sending(ctx, work)
    done(ctx, f"Noted. Next: vestibule app apply {name}.", {"groups": groups})


@pushes.command("push-groups")
def push_groups(ctx: typer.Context, name: str = _NAME) -> None:
    """List the push groups: what they are there, by which rule, and how far they are from being in step."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        application = await sending.store.application(name)
        names = {rule.id: rule.name for rule in await sending.store.push_rules(application.id)}
        return [
            {
                "group": facts.group.name,
                "state": str(facts.group.state),
                "id": facts.group.external_id,
                "name_there": facts.group.name_sent,
                "rule": names.get(facts.group.rule_id, ""),
                "to_add": facts.to_add,
                "to_remove": facts.to_remove,
                "without_id": facts.without_id,
                "fault": facts.group.fault,
            }
            for facts in await sending.store.push_facts(application.id)
        ]

    columns = {
        "group": "Group",
        "state": "State",
        "name_there": "Name there",
        "rule": "By rule",
        "to_add": "In",
        "to_remove": "Out",
        "without_id": "Without id",
        "fault": "Why not",
    }
    show_rows(ctx, with_sending(ctx, work), columns, nothing="No group is pushed.")


@rules.command("add")
def add(
    ctx: typer.Context,
    name: str = _NAME,
    rule: str = _RULE,
    starts_with: str = typer.Option("", help="Groups whose name begins so."),
    ends_with: str = typer.Option("", help="Groups whose name ends so."),
    contains: str = typer.Option("", help="Groups whose name has this in it."),
    description: bool = typer.Option(
        False, "--description", help="Look at the description, not at the name."
    ),
) -> None:
    """Push every group that fits, now and whenever one is imported."""
    from vestibule.provisioning.push_rule import Fit, PushRule  # noqa: PLC0415
    from vestibule.refused import Refused  # noqa: PLC0415

    given = {Fit.STARTS_WITH: starts_with, Fit.ENDS_WITH: ends_with, Fit.CONTAINS: contains}
    chosen = [(fit, text) for fit, text in given.items() if text]
    if len(chosen) != 1:
        raise Refused("Say one of --starts-with, --ends-with, --contains.")
    fit, text = chosen[0]
    wanted = PushRule(0, rule, fit, text, "description" if description else "name")

    async def work(sending: Sending) -> int:
        return (await desk_of(sending).add_rule(name, wanted))[1]

    count = with_sending(ctx, work)
    said = number_of(count, "group is", "groups are")
    done(ctx, f"{said} pushed by it. Next: vestibule app apply {name}.", {"rule": rule, "groups": count})


@rules.command("list")
def list_(ctx: typer.Context, name: str = _NAME) -> None:
    """List the rules of an application."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        application = await sending.store.application(name)
        return [
            {"rule": rule.name, "takes": rule.in_words(), "active": rule.active}
            for rule in await sending.store.push_rules(application.id)
        ]

    columns = {"rule": "Rule", "takes": "Takes groups whose", "active": "Active"}
    show_rows(ctx, with_sending(ctx, work), columns, nothing="There is no rule.")


@rules.command("activate")
def activate(ctx: typer.Context, name: str = _NAME, rule: str = _RULE) -> None:
    """Push the rule's groups again, and those that fit by now."""
    _switch(ctx, name, rule, active=True)


@rules.command("deactivate")
def deactivate(ctx: typer.Context, name: str = _NAME, rule: str = _RULE) -> None:
    """Hold the rule's groups back: nothing is sent for them until it is activated."""
    _switch(ctx, name, rule, active=False)


@rules.command("delete")
def delete(
    ctx: typer.Context,
    name: str = _NAME,
    rule: str = _RULE,
    groups: bool = typer.Option(
        False, "--delete-groups/--leave-groups", help="Delete its groups there, or leave them."
    ),
) -> None:
    """Forget a rule, and push its groups no longer."""

    async def work(sending: Sending) -> int:
        return await desk_of(sending).drop_rule(name, rule, delete_groups=groups)

    count = with_sending(ctx, work)
    said = number_of(count, "group is", "groups are")
    done(ctx, f"{said} pushed no longer. Next: vestibule app apply {name}.", {"rule": rule, "groups": count})


def _switch(ctx: typer.Context, name: str, rule: str, *, active: bool) -> None:
    async def work(sending: Sending) -> int:
        return await desk_of(sending).activate_rule(name, rule, active=active)

    count = with_sending(ctx, work)
    said = number_of(count, "group is", "groups are")
    state = "pushed again" if active else "held back"
    done(ctx, f"{said} {state}. Next: vestibule app apply {name}.", {"rule": rule, "groups": count})
