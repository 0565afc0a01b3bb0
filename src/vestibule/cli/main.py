"""``vestibule``: every module of this folder that has an ``app`` is a command group, or one command.

A module is imported when its command is called, and all of them only for the list in
``--help``: they import typer and what they print, the rest inside their commands.

``--database`` and ``--json`` are declared here once and stand on every command;
``cli.output.asked(ctx)`` has what was given.
"""

from __future__ import annotations

import io
import sys
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from vestibule.cli.output import Asked, asked, complain
from vestibule.refused import Refused
from vestibule.registry import module_names
from vestibule.scim.errors import ScimError

REFUSED = 1

#: What typer gives every application of its own; ours are parts of one.
_COMPLETION = ("install_completion", "show_completion")


class Commands(TyperGroup):
    """The folder ``vestibule/cli`` as a group of commands."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """The names, found by importing the modules."""
        names = [name.replace("_", "-") for name in module_names("vestibule.cli")]
        return [name for name in names if self.get_command(ctx, name)]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        """The command of that name, or None."""
        return _command(cmd_name)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command; a refusal goes to standard error, with exit code 1."""
        try:
            return super().invoke(ctx)
        except Refused as refusal:
            complain(str(refusal))
        except ScimError as refusal:
            complain(refusal.detail)
        raise typer.Exit(REFUSED)


@cache
def _command(name: str) -> Any:
    """The command that ``vestibule NAME`` is, or begins with; built once, as it is asked for twice in a call."""
    module_name = name.replace("-", "_")
    if "_" in name or module_name not in module_names("vestibule.cli") or name == "main":
        return None
    module = import_module(f"vestibule.cli.{module_name}")
    if not isinstance(getattr(module, "app", None), typer.Typer):
        return None
    command = typer.main.get_command(module.app)
    command.name = name
    command.params = [one for one in command.params if one.name not in _COMPLETION]
    if not command.help and module.__doc__:
        command.help = module.__doc__.splitlines()[0]
    _give_shared_options(command)
    return command


@cache
def _shared() -> list[Any]:
    """``--database`` and ``--json``."""
    return list(typer.main.get_command(_everywhere).params)


def _give_shared_options(command: Any) -> None:
    """``--database`` and ``--json`` on every command of a tree, unless it has its own of that name."""
    if isinstance(command, TyperGroup) and command.commands:
        for inner in command.commands.values():
            _give_shared_options(inner)
    else:
        taken = {declared for parameter in command.params for declared in parameter.opts}
        command.params += [option for option in _shared() if taken.isdisjoint(option.opts)]


def _take_database(ctx: typer.Context, value: str | None) -> str | None:
    asked(ctx).database = value or asked(ctx).database
    return value


def _take_json(ctx: typer.Context, value: bool) -> bool:
    asked(ctx).json = value or asked(ctx).json
    return value


_everywhere = typer.Typer(add_completion=False)


@_everywhere.command()
def _shared_options(
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="sqlite:////absolute/path, sqlite:// (in memory) or postgresql://…; "
            "else VESTIBULE_DATABASE (VESTIBULE_DIRECTORY_DATABASE for the directory and its applications), else a file in "
            "your data folder.",
            callback=_take_database,
            expose_value=False,
            rich_help_panel="Everywhere",
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print JSON rather than tables and sentences.",
            callback=_take_json,
            expose_value=False,
            rich_help_panel="Everywhere",
        ),
    ] = False,
) -> None:
    """Never run: its two options are lent to every command."""


def _say_version(value: bool) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415

        typer.echo(f"vestibule {version('vestibule')}")
        raise typer.Exit()


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def vestibule(
    ctx: typer.Context,
    database: Annotated[str | None, typer.Option(metavar="URL", hidden=True)] = None,
    json: Annotated[bool, typer.Option("--json", hidden=True)] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """User provisioning with SCIM 2.0: lets identity providers fill your product's directory.

    To receive: vestibule serve; then tenant create NAME, and token issue NAME.

    To send: directory import FOLDER; then app add APP, app assign APP, and app apply APP.
    """
    ctx.obj = Asked(database=database, json=json)


def run() -> None:
    """The entry point of the ``vestibule`` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names are in every script, and a terminal or a pipe may take Latin-1 alone.
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="vestibule")


if __name__ == "__main__":
    run()
