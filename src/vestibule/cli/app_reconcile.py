"""``vestibule app reconcile`` and ``app import-users``: what an application really holds."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import say, show_rows
from vestibule.cli.sending import desk_of, progress_bar, tell_faults, with_sending

if TYPE_CHECKING:
    from vestibule.provisioning.drift import Drift
    from vestibule.provisioning.report import RunReport
    from vestibule.provisioning.user_import import ImportedUser
    from vestibule.sending import Sending

reconciles = typer.Typer()

_NAME = typer.Argument(..., metavar="APP", help="The application's name.")
_NEW_TO = typer.Option(None, help="Write the new ones to this file, as rows for people.csv.")
_LINK = typer.Option([], "--link", metavar="USERNAME=LOGIN", help="That user there is this person here.")


@reconciles.command("reconcile")
def reconcile(
    ctx: typer.Context,
    name: str = _NAME,
    mend: bool = typer.Option(False, "--mend", help="Send what brings it in step again."),
) -> None:
    """Compare both sides: what was changed there, is missing there, or unknown here. Nothing is sent without --mend."""

    async def work(sending: Sending) -> tuple[list[dict[str, Any]], RunReport | None]:
        application = await sending.store.application(name)
        if not mend:
            return [_record(one) async for one in sending.drift(application)], None
        with progress_bar(name) as progress:
            found, report = await sending.mend(application, desk_of(sending), progress=progress)
            return [_record(one) for one in found], report

    found, report = with_sending(ctx, work)
    columns = {"kind": "Drift", "of": "Of", "label": "Who", "sentence": "What"}
    show_rows(ctx, found, columns, nothing=f"{name} holds what it was told.")
    if report is not None:
        tell_faults(report)
        say(f"{name}: {report.in_words() or 'nothing was to be sent'}.")
    unmended = [one for one in found if report is None or one["kind"] == "unknown here"]
    if unmended or (report is not None and (report.failures or report.stopped or report.held)):
        raise typer.Exit(1)


def _record(one: Drift) -> dict[str, Any]:
    return {
        "kind": str(one.kind),
        "of": one.of,
        "label": one.label,
        "id": one.external_id,
        "sentence": one.sentence,
        "differences": {
            change.variable: {"there": change.before, "told": change.after} for change in one.differences
        },
    }


@reconciles.command("import-users")
def import_users(
    ctx: typer.Context,
    name: str = _NAME,
    confirm: str = typer.Option(None, help="Link those of this match: exact, or partial (exact ones too)."),
    links: list[str] = _LINK,
    new_to: Path = _NEW_TO,
) -> None:
    """Import users: who is there and not linked, and who of us that seems to be. Linked only once confirmed."""
    from vestibule.provisioning import user_import  # noqa: PLC0415
    from vestibule.refused import Refused  # noqa: PLC0415

    confirmable = {"": (), "exact": ("exact",), "partial": ("exact", "partial")}
    if (confirm or "") not in confirmable:
        raise Refused(f"Match {confirm!r} cannot be confirmed. Allowed: exact, partial.")
    wanted = confirmable[confirm or ""]

    async def work(sending: Sending) -> tuple[list[ImportedUser], set[str]]:
        application = await sending.store.application(name)
        users = await sending.imported_users(application)
        chosen = {user.external_id: user for user in users if user.match in wanted}
        for link in links:
            user_name, _, login = link.partition("=")
            user = next((one for one in users if one.user_name.casefold() == user_name.casefold()), None)
            if user is None:
                raise Refused(f"{user_name!r} is not among those who are there and not linked.")
            chosen[user.external_id] = await user_import.matched_by_hand(sending.store, user, login)
        linked = await desk_of(sending).link_users(name, list(chosen.values()))
        return users, {user.external_id for user in linked}

    users, linked = with_sending(ctx, work)
    rows = [
        {
            "userName": user.user_name,
            "match": str(user.match),
            "login": user.login,
            "id": user.external_id,
            "active": user.active,
            "linked": user.external_id in linked,
        }
        for user in users
    ]
    columns = {"userName": "User there", "match": "Match", "login": "Person here", "linked": "Linked"}
    show_rows(ctx, rows, columns, nothing="Everybody there is linked.")
    if new_to:
        _write(new_to, list(user_import.as_people(one for one in users if one.external_id not in linked)))
    if linked:
        say(f"Linked: {len(linked)}. Next: vestibule app plan {name}.")


def _write(path: Path, rows: list[tuple[str, str, str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as written:
        csv.writer(written).writerows(rows)
    say(f"{len(rows) - 1} new ones are written to {path}.")
