"""The application catalogue: what an application is before anybody has added it.

A declaration is read whole or refused, naming the file, the key and what is allowed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from vestibule.provisioning.application import AUTHENTICATIONS, USERNAME_FORMATS, Mode
from vestibule.provisioning.service_limits import ServiceLimits
from vestibule.refused import Refused

#: What Okta calls how an application came to be, and how it is therefore spoken to (W39, W91).
KINDS: Mapping[str, Mode] = {"catalogue": Mode.PATCH, "wizard": Mode.PUT}


class FaultyDeclaration(Refused):
    """A declaration of the catalogue is wrong; the message says where."""


class UnknownEntry(Refused):
    """There is no such application in the catalogue."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """An application as it is offered."""

    name: str
    title: str
    logo: str
    kind: str
    profile: str
    authentication: str
    base_url: str = ""
    username_format: str = "email"
    groups: bool = True
    setup: str = ""
    limits: ServiceLimits = field(default_factory=ServiceLimits)

    @property
    def mode(self) -> Mode:
        """How users are activated and groups written."""
        return KINDS[self.kind]


class Catalogue:
    """All entries, by name."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._entries = {name: read_entry(name, text) for name, text in texts}

    def entries(self) -> list[CatalogueEntry]:
        """In alphabetical order of their names."""
        return [self._entries[name] for name in sorted(self._entries)]

    def entry(self, name: str) -> CatalogueEntry:
        """The entry of that name; raises UnknownEntry naming those there are."""
        found = self._entries.get(name)
        if found is None:
            raise UnknownEntry(
                f"There is no application {name!r} in the catalogue. There are: {', '.join(sorted(self._entries))}."
            )
        return found

    def authentication(self, name: str) -> str:
        """How an entry's token is sent."""
        found = self._entries.get(name)
        return found.authentication if found else "bearer"

    def limits(self, name: str) -> ServiceLimits:
        """Those of an entry; of an application from nowhere, or from one that is gone, none."""
        found = self._entries.get(name)
        return found.limits if found else ServiceLimits()


def read_entry(name: str, text: str) -> CatalogueEntry:
    """The entry of that declaration; raises FaultyDeclaration."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise FaultyDeclaration(f"{name}.toml is no TOML: {fault}.") from None
    limits = table.pop("limits", {})
    if not isinstance(limits, dict):
        raise FaultyDeclaration(f"{name}.toml: limits is a table.")
    read = _values(f"{name}.toml", CatalogueEntry, table, leave_out=("name", "limits"))
    entry = CatalogueEntry(
        name=name, **read, limits=ServiceLimits(**_values(f"{name}.toml, limits", ServiceLimits, limits))
    )
    _check(f"{name}.toml", "kind", entry.kind, KINDS)
    _check(f"{name}.toml", "authentication", entry.authentication, AUTHENTICATIONS)
    if not entry.username_format.startswith("custom:"):
        _check(f"{name}.toml", "username_format", entry.username_format, USERNAME_FORMATS)
    least = (entry.limits.members_per_patch, entry.limits.page_size, entry.limits.write_burst)
    if min(least) < 1:
        raise FaultyDeclaration(
            f"{name}.toml, limits: members_per_patch, page_size and write_burst are 1 at least."
        )
    return entry


def _values(
    place: str, declared: type[Any], table: Mapping[str, Any], leave_out: tuple[str, ...] = ()
) -> dict[str, Any]:
    known = {one.name: one for one in fields(declared) if one.name not in leave_out}
    for key in table:
        if key not in known:
            raise FaultyDeclaration(f"{place}: {key!r} is not known. Allowed: {', '.join(known)}.")
    for key, one in known.items():
        if key not in table and one.default is MISSING and one.default_factory is MISSING:
            raise FaultyDeclaration(f"{place}: {key} is missing.")
    return {key: _typed(f"{place}: {key}", str(known[key].type), value) for key, value in table.items()}


def _typed(place: str, kind: str, value: Any) -> Any:
    if kind.startswith("tuple"):
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise FaultyDeclaration(f"{place} is a list of texts.")
    wanted: type = {"bool": bool, "int": int}.get(kind, str)
    if type(value) is not wanted or (isinstance(value, int) and value < 0):
        raise FaultyDeclaration(f"{place} cannot be {value!r}.")
    return value


def _check(place: str, key: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        said = f"{place}: {key} cannot be {value!r}. Allowed: {', '.join(allowed)}."
        raise FaultyDeclaration(said)
