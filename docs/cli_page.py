"""The reference page of the command line, from its own commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from docs.markdown import prose, table
from vestibule.cli.main import app as command_line


def cli_page() -> str:
    """Every command with its arguments and options."""
    root = typer.main.get_command(command_line)
    shared = _options(next(iter(commands()))[1], shared=True)
    lines = [
        "# The command line",
        "",
        "Exit codes: 0 done, 1 refused (the sentence on standard error says why), 2 usage. Standard output holds",
        "what was asked for and nothing else; what is said beside it goes to standard error.",
        "",
        "Every command takes:",
        "",
        *table(("option", "meaning"), shared),
        "",
        (root.help or "").split("\n\n")[0],
    ]
    group = ""
    for words, command in commands():
        if words[0] != group:
            group = words[0]
            lines += ["", f"## vestibule {group}"]
            parent = root.get_command(typer.Context(root), group)  # type: ignore[attr-defined]
            if len(words) > 1 and parent is not None:
                lines += ["", prose(parent.help)]
        lines += ["", *_command(words, command)]
    return "\n".join(lines) + "\n"


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """(words after ``vestibule``, command) of every command that does something."""
    yield from _below((), typer.main.get_command(command_line))


def _below(words: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "list_commands"):
        yield words, command
        return
    context = typer.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner is not None and not inner.hidden:
            yield from _below((*words, name), inner)


def _command(words: tuple[str, ...], command: Any) -> list[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    shown = " ".join(_placeholder(one) for one in arguments)
    options = _options(command, shared=False)
    usage = " ".join(part for part in ("vestibule", *words, shown, "[OPTIONS]" if options else "") if part)
    lines = [f"### {' '.join(words)}", "", f"`{usage}`", "", prose(command.help)]
    told = [(f"`{_placeholder(one)}`", getattr(one, "help", "") or "") for one in arguments]
    rows = [row for row in told if row[1]]
    if rows or options:
        lines += ["", *table(("argument or option", "meaning"), [*rows, *options])]
    return lines


def _placeholder(argument: Any) -> str:
    name = argument.metavar or argument.name.upper().rstrip("_")
    if name.startswith("["):
        return name
    more = "…" if argument.nargs == -1 and "..." not in name else ""
    return f"{name}{more}" if argument.required else f"[{name}{more}]"


def _options(command: Any, *, shared: bool) -> list[tuple[str, str]]:
    rows = []
    for one in command.params:
        is_shared = getattr(one, "rich_help_panel", None) == "Everywhere"
        if one.param_type_name != "option" or one.hidden or is_shared is not shared:
            continue
        names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
        value = "" if one.is_flag else f" {_metavar(one)}"
        default = one.default if isinstance(one.default, str | int) and not one.is_flag else ""
        more = [f"default: `{default}`"] if default not in ("", None) else []
        more += [f"environment: `{one.envvar}`"] if one.envvar else []
        rows.append((f"{names}{value}", " ".join([one.help or "", *(f"({part})" for part in more)]).strip()))
    return rows


def _metavar(option: Any) -> str:
    return option.metavar or option.opts[0].strip("-").upper().replace("-", "_")
