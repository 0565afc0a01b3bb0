"""``vestibule app catalog``: the applications that can be added by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import asked, print_json, show_one, show_rows

if TYPE_CHECKING:
    from vestibule.provisioning.catalogue import Catalogue, CatalogueEntry

catalogue = typer.Typer(no_args_is_help=True, help="The applications that can be added with app add --from.")


@catalogue.command("list")
def list_(ctx: typer.Context) -> None:
    """List the catalogue."""
    rows = [_shown(entry) for entry in _catalogue().entries()]
    columns = {
        "name": "Name",
        "title": "Application",
        "kind": "Kind",
        "authentication": "Token",
        "profile": "Product",
    }
    show_rows(ctx, rows, columns, nothing="The catalogue is empty.")


@catalogue.command("show")
def show(ctx: typer.Context, name: str = typer.Argument(..., help="A name of the catalogue.")) -> None:
    """Show one application: how it is spoken to, and what it takes."""
    entry = _catalogue().entry(name)
    record = _shown(entry)
    limits = asdict(entry.limits)
    if asked(ctx).json:
        print_json({**record, "limits": limits})
        return
    show_one(ctx, record, {key: key.replace("_", " ") for key in record})
    show_one(ctx, limits, {key: key.replace("_", " ") for key in limits})


def _shown(entry: CatalogueEntry) -> dict[str, Any]:
    return {key: value for key, value in asdict(entry).items() if key != "limits"}


def _catalogue() -> Catalogue:
    from vestibule.sending import catalogue as whole  # noqa: PLC0415

    return whole()
