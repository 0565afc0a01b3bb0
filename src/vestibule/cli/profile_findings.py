"""What a profile means for those whom a tenant has, as ``profile check`` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from vestibule.cli.output import asked, print_json, say

if TYPE_CHECKING:
    from vestibule.directory.profile_check import CheckedTenant, Finding
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
    for path in gaps:
        say(f"Warning: {path} is required, and no row of [[attributes]] maps it.")


def _record(finding: Finding) -> dict[str, object]:
    return {
        "type": finding.type,
        "path": finding.path,
        "hides": finding.hides,
        "count": finding.count,
        "examples": [{"id": e.id, "name": e.name, "sentence": e.sentence} for e in finding.examples],
    }
