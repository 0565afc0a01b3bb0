"""The page of directory sources, from the folder that is their list."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any

from docs.markdown import prose, table
from vestibule import registry
from vestibule.sources.kind import SourceKind


def sources_page() -> str:
    """A table of settings for each kind of source."""
    lines = [
        "# Directory sources",
        "",
        "`vestibule directory import SOURCE` reads each of these; [how to use them](../how-to/directory-sources.md).",
        "Settings stand under `[settings]` of a declaration (a `.toml` file), or on the command line as",
        "`--set SETTING=VALUE`. A secret is never written down: `env:NAME` or `file:PATH` says where it is.",
    ]
    kinds: dict[str, SourceKind] = registry.members("vestibule.sources", "SOURCE", third_parties=False)
    for name, kind in kinds.items():
        rows = [_row(one, kind) for one in fields(kind.settings)]
        lines += ["", f"## `{name}`: {kind.title}", "", *table(("Setting", "Default", "Meaning"), rows)]
    return "\n".join(lines) + "\n"


def _row(one: Field[Any], kind: SourceKind) -> tuple[str, str, str]:
    meaning = one.metadata["meaning"]
    if one.metadata["choices"]:
        meaning += f" ({', '.join(one.metadata['choices'])})"
    if one.name == kind.address:
        meaning += "; SOURCE itself, where it is one"
    return f"`{one.name}`", _default(one), prose(f"{meaning[0].upper()}{meaning[1:]}.")


def _default(one: Field[Any]) -> str:
    if one.metadata.get("secret"):
        return "none (a secret)" if one.default == "" else "must be given (a secret)"
    if one.default_factory is not MISSING or one.default in ("", ()):
        return "none"
    if one.default is MISSING:
        return "must be given"
    text = str(one.default).lower() if isinstance(one.default, bool) else str(one.default)
    return f"`{text}`"
