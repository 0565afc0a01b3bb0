"""A command group that is a command as well: ``app plan APP`` beside ``app plan approve APP 3``."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

#: What is called where none of the group's commands is named.
DEFAULT = "make"


class DefaultCommand(TyperGroup):
    """Whatever does not begin with one of its commands is meant for ``make``."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """The arguments, with the default command put first where none is named."""
        wants_help = bool(args) and args[0] in ("--help", "-h")
        if args and args[0] not in self.commands and not wants_help:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)
