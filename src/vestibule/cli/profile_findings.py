"""What a profile means for those whom a tenant has, as ``profile check`` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from vestibule.cli.output import asked, print_json, say

if TYPE_CHECKING:
    from vestibule.directory.profile_check import CheckedTenant, Finding
    from vestibule.directory.role_simulation import RoleOutlook
    from vestibule.profiles.profile import ApplicationProfile


def show_check(
    ctx: typer.Context, slug: str, profile: ApplicationProfile, checked: CheckedTenant, gaps: list[str]
) -> None:
    """Counts, each attribute with examples, and required attributes that nothing maps."""
    if asked(ctx).json:
        print_json(
            {
                "tenant": slug,
                "profile": profile.name,
                "version": profile.version,
                "resources": checked.seen,
                "unfit": checked.unfit,
                "findings": [_record(finding) for finding in checked.findings],
                "roleChanges": outlook_record(checked.roles) if checked.roles else None,
                "unmappedRequired": gaps,
            }
        )
        return
    seen = ", ".join(f"{count:,} {type}" for type, count in sorted(checked.seen.items())) or "nothing"
    typer.echo(f"Tenant {slug}, profile {profile.name}: looked at {seen}.")
    for finding in checked.findings:
        word = "hidden" if finding.hides else "does not fit"
        typer.echo(f"  {finding.type} {finding.path}: {finding.count:,} ({word})")
        for example in finding.examples:
            typer.echo(f"    {example.name or example.id}: {example.sentence}")
    typer.echo(
        f"{checked.unfit:,} would not fit. They stay readable as they are; only what a request changes is checked."
        if checked.unfit
        else "Everybody fits."
    )
    if checked.roles is not None:
        tell_outlook(checked.roles)
    for path in gaps:
        say(f"Warning: {path} is required, and no row of [[attributes]] maps it.")


def tell_outlook(outlook: RoleOutlook) -> None:
    """How many would get another role, from what to what, and the first of them with the reason."""
    if not outlook.changed and not outlook.refused:
        typer.echo(f"Nobody of {outlook.looked:,} would get another role.")
        return
    typer.echo(f"{outlook.changed:,} of {outlook.looked:,} would get another role with their next change:")
    for (was, becomes), count in sorted(outlook.counts.items(), key=lambda one: -one[1]):
        typer.echo(f"  {was or 'none'} → {becomes or 'none'}: {count:,}")
    if outlook.refused:
        typer.echo(f"  refused, and left as they are: {outlook.refused:,}")
    for move in outlook.people:
        what = "refused" if move.refused else f"{move.was or 'none'} → {move.becomes or 'none'}"
        typer.echo(f"    {move.name or move.id}: {what}. {move.why}")


def outlook_record(outlook: RoleOutlook) -> dict[str, object]:
    """The same for ``--json``."""
    return {
        "looked": outlook.looked,
        "changed": outlook.changed,
        "refused": outlook.refused,
        "counts": [
            {"was": was or None, "becomes": becomes or None, "count": count}
            for (was, becomes), count in outlook.counts.items()
        ],
        "people": [
            {
                "id": move.id,
                "name": move.name,
                "was": move.was,
                "becomes": move.becomes,
                "refused": move.refused,
                "why": move.why,
            }
            for move in outlook.people
        ],
    }


def _record(finding: Finding) -> dict[str, object]:
    return {
        "type": finding.type,
        "path": finding.path,
        "hides": finding.hides,
        "count": finding.count,
        "examples": [{"id": e.id, "name": e.name, "sentence": e.sentence} for e in finding.examples],
    }
