"""A source as a declaration: a TOML file with its name, its kind and its settings.

``name`` is whose people they are: an import of another source leaves them alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vestibule.refused import Refused
from vestibule.sources.kind import SourceKind

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Declared:
    """Which source, of which kind, and how it is set."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


def declared_source(
    where: str,
    kinds: Mapping[str, SourceKind],
    *,
    kind: str = "",
    name: str = "",
    given: Mapping[str, Any] | None = None,
) -> Declared:
    """The source that an address, a file or a declaration stands for. Raises Refused.

    ``given`` are settings beside it, which win over those of a declaration.
    """
    if kind and kind not in kinds:
        raise Refused(f"There is no kind of source {kind!r}. There are: {', '.join(kinds)}.")
    if not kind and where.endswith(".toml"):
        found = _read(where, kinds)
        return Declared(
            found.kind, {**found.settings, **(given or {})}, checked_source_name(name or found.name)
        )
    kind = kind or next((one for one, what in kinds.items() if what.takes(where)), "")
    if not kind and "://" not in where and not Path(where).exists():
        raise Refused(
            f"{where}: there is no such file or folder. An address begins with https:// or the like."
        )
    if not kind:
        raise Refused(
            f"{where}: what kind of source is that? Say --kind with one of {', '.join(kinds)}, or give a folder "
            "with people.csv, a .json or .jsonl file, a SCIM base URL, or a .toml file that declares a source."
        )
    return Declared(kind, {kinds[kind].address: where, **(given or {})}, checked_source_name(name))


def _read(where: str, kinds: Mapping[str, SourceKind]) -> Declared:
    path = Path(where)
    try:
        if path.stat().st_size > _LARGEST:
            raise Refused(f"{where} is longer than {_LARGEST >> 20} MiB: that is no declaration of a source.")
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise Refused(f"{where} cannot be read: {fault.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Refused(f"{where} is no TOML: {fault}.") from None
    unknown = table.keys() - {"name", "kind", "settings"}
    if unknown:
        raise Refused(f"{where}: {sorted(unknown)[0]!r} is not known. Allowed: name, kind, settings.")
    kind = str(table.get("kind", ""))
    if kind not in kinds:
        raise Refused(f"{where}: kind is {kind!r}. Allowed: {', '.join(kinds)}.")
    settings = table.get("settings", {})
    if not isinstance(settings, dict):
        raise Refused(f"{where}: settings is a table: [settings].")
    return Declared(kind, settings, str(table.get("name", "")))


def checked_source_name(name: str) -> str:
    """The source's own name, "" for the only one there is. Raises Refused."""
    if name and not _NAME.fullmatch(name):
        raise Refused(
            f"A source cannot be named {name!r}: use small letters, digits and hyphens, 63 at most."
        )
    return name
