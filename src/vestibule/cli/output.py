"""What a command says: tables and sentences for people, JSON with ``--json``, refusals to standard error.

Standard output holds what was asked for and nothing else; what is said beside it goes to
standard error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer


@dataclass(slots=True)
class Asked:
    """What was given on the command line for every command."""

    database: str | None = None
    json: bool = False


def asked(ctx: typer.Context) -> Asked:
    """The shared options of this call."""
    found: Asked = ctx.ensure_object(Asked)
    return found


def show_rows(
    ctx: typer.Context, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, nothing: str
) -> None:
    """A list: with ``--json`` one array of everything, else a table of ``columns`` (key → heading).

    ``nothing`` is the sentence for an empty one, said on standard error.
    """
    if asked(ctx).json:
        print_json(list(rows))
    elif not rows:
        say(nothing)
    else:
        print_table(rows, columns)


def show_one(ctx: typer.Context, record: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    """One thing: with ``--json`` all of ``record``, else a line for each of ``labels`` (key → label)."""
    if asked(ctx).json:
        print_json(record)
        return
    width = max(len(label) for label in labels.values())
    for key, label in labels.items():
        typer.echo(f"{label:<{width}}  {_cell(record.get(key))}")


def print_json(value: Any) -> None:
    """JSON on standard output, as people read it."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """A table on standard output; columns in the order given. Nothing is cut off where it is no terminal."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(key))) for key in columns))
    console = Console()
    if not console.is_terminal:
        console = Console(width=10_000)
    console.print(table)


def say(sentence: str) -> None:
    """A sentence beside the result: to standard error."""
    typer.echo(sentence, err=True)


def done(ctx: typer.Context, sentence: str, record: Mapping[str, Any]) -> None:
    """What was done: the sentence, or ``record`` with ``--json``."""
    if asked(ctx).json:
        print_json(record)
    else:
        typer.echo(sentence)


def complain(message: str) -> None:
    """A refusal: to standard error. The caller ends with exit code 1."""
    typer.secho(message, err=True, fg=typer.colors.RED)


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple, frozenset, set)):
        return ", ".join(str(item) for item in value) or "—"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_cell(item)}" for key, item in value.items()) or "—"
    return str(value)
