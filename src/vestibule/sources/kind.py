"""What a kind of source is: its settings as a dataclass, and how it is recognised by an address alone.

Settings come from a declaration or from the command line as words; they are checked here, once,
and a fault names the key, what was found and what is allowed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from vestibule.provisioning.importing import Source
from vestibule.refused import Refused


@dataclass(frozen=True, slots=True)
class SourceKind:
    """``settings`` is a frozen dataclass made of :func:`setting` and :func:`secret` fields."""

    title: str
    settings: type[Any]
    open: Callable[[Any], Source]
    #: The setting that the address on the command line fills.
    address: str
    #: Whether an address is one of this kind, where nobody has said.
    takes: Callable[[str], bool] = lambda where: False

    def opened(self, given: Mapping[str, Any]) -> Source:
        """The source with these settings. Raises Refused naming the setting that is wrong."""
        return self.open(checked(self.settings, given, self.title))


def setting(meaning: str, default: Any = MISSING, *, choices: tuple[str, ...] = ()) -> Any:
    """A field: what it means, its default, and the words allowed."""
    metadata = {"meaning": meaning, "choices": choices}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


def secret(meaning: str, default: Any = MISSING) -> Any:
    """A field that is never written down: ``env:NAME`` or ``file:PATH`` says where it is."""
    metadata = {"meaning": meaning, "secret": True, "choices": ()}
    if default is MISSING:
        return field(metadata=metadata, repr=False)
    return field(default=default, metadata=metadata, repr=False)


def checked(settings: type[Any], given: Mapping[str, Any], title: str) -> Any:
    """The settings as the dataclass; raises Refused."""
    known = {one.name: one for one in fields(settings)}
    for name in given:
        if name not in known:
            raise Refused(f"{title}: the setting {name!r} is not known. There are: {', '.join(known)}.")
    values = {}
    for name, one in known.items():
        if name in given:
            values[name] = _value(one, given[name], title)
        elif one.default is MISSING and one.default_factory is MISSING:
            raise Refused(f"{title}: the setting {name} is missing: {one.metadata['meaning']}.")
    return settings(**values)


def _value(one: Field[Any], given: Any, title: str) -> Any:
    place = f"{title}: the setting {one.name}"
    if one.metadata.get("secret"):
        return _secret(place, given)
    kind = str(one.type)
    if kind.startswith("Mapping"):
        if isinstance(given, Mapping) and all(isinstance(value, str) for value in given.values()):
            return dict(given)
        raise Refused(f'{place} is a table of texts: name = "value".')
    if kind.startswith("tuple"):
        if isinstance(given, list | tuple) and all(isinstance(value, str) for value in given):
            return tuple(given)
        raise Refused(f"{place} is a list of texts.")
    if kind == "bool":
        return _truth(place, given)
    if kind == "int":
        return _number(place, given)
    if not isinstance(given, str):
        raise Refused(f"{place} is a text; found: {given!r}.")
    if one.metadata["choices"] and given not in one.metadata["choices"]:
        raise Refused(f"{place} cannot be {given!r}. Allowed: {', '.join(one.metadata['choices'])}.")
    return given


def _truth(place: str, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    if given in ("true", "false"):
        return bool(given == "true")
    raise Refused(f"{place} is true or false; found: {given!r}.")


def _number(place: str, given: Any) -> int:
    text = str(given)
    if isinstance(given, bool) or not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
        raise Refused(f"{place} is a whole number; found: {given!r}.")
    return int(text)


def _secret(place: str, given: Any) -> str:
    how, _, where = given.partition(":") if isinstance(given, str) else ("", "", "")
    if how == "env" and where:
        found = os.environ.get(where)
        if not found:
            raise Refused(f"{place} is to be in the environment variable {where}, which is not set.")
        return found
    if how == "file" and where:
        try:
            return Path(where).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise Refused(f"{place} is to be in the file {where}, which cannot be read: {fault}") from None
    raise Refused(f"{place} is a secret: say where it is, as env:NAME or file:PATH.")
