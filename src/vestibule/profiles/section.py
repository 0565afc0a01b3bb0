"""Reads the tables of a TOML file by declared keys; whatever does not fit becomes a fault.

A reader asks for keys by type and gets a value in any case: the one found, or the default
where the key is absent or faulty. What nobody asked for is an unknown key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from vestibule.profiles.faults import Fault

E = TypeVar("E", bound=StrEnum)

_KINDS: Mapping[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    list: "an array",
    dict: "a table",
}


class Section:
    """One table of the file, with its dotted key and the list all faults go to."""

    def __init__(self, file: str, key: str, table: Mapping[str, Any], faults: list[Fault]) -> None:
        self.file = file
        self.key = key
        self.faults = faults
        self._table = table
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._table

    def fault(self, name: str, found: object, allowed: str) -> None:
        """Report a fault of a key of this table ("" for the table itself)."""
        shown = found if isinstance(found, _Words) else repr(found)
        self.faults.append(Fault(self.file, self._dotted(name), str(shown), allowed))

    def text(self, name: str, default: str = "", *, required: bool = False) -> str:
        """A text; an empty one is as good as none."""
        value: str = self._typed(name, str, default, required)
        if required and name in self._table and not value.strip():
            self.fault(name, value, "a text that is not empty")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        found: bool = self._typed(name, bool, default, False)
        return found

    def count(self, name: str) -> int | None:
        """A whole number of at least 1; None where the key is absent."""
        found: int | None = self._typed(name, int, None, False)
        if found is not None and found < 1:
            self.fault(name, found, "a whole number of at least 1")
            return None
        return found

    def word(self, name: str, words: type[E], default: E) -> E:
        """One of the words of an enumeration."""
        return words(self.one_of(name, [member.value for member in words], default.value))

    def one_of(self, name: str, words: Iterable[str], default: str, *, required: bool = False) -> str:
        """One of ``words``."""
        words = list(words)
        value: str = self._typed(name, str, default, required)
        if name in self._table and value not in words:
            if isinstance(self._table[name], str):
                self.fault(name, value, ", ".join(words))
            return default
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """An array of texts."""
        values = self._typed(name, list, [], False)
        for position, value in enumerate(values):
            if not isinstance(value, str):
                self.fault(f"{name}[{position + 1}]", value, _KINDS[str])
        return tuple(value for value in values if isinstance(value, str))

    def table(self, name: str) -> Section:
        """A table below this one; an empty one where it is absent."""
        return Section(self.file, self._dotted(name), self._typed(name, dict, {}, False), self.faults)

    def tables(self, name: str) -> list[Section]:
        """An array of tables."""
        values = self._typed(name, list, [], False)
        found = []
        for position, value in enumerate(values):
            if isinstance(value, dict):
                found.append(Section(self.file, f"{self._dotted(name)}[{position + 1}]", value, self.faults))
            else:
                self.fault(f"{name}[{position + 1}]", value, _KINDS[dict])
        return found

    def subtables(self) -> Iterator[tuple[str, Section]]:
        """Every table below this one by its name; what is no table was asked for by name, or is a fault."""
        for name, value in self._table.items():
            if isinstance(value, dict):
                yield name, self.table(name)

    def text_table(self) -> dict[str, str]:
        """All keys of this table, which are the author's own words, with their texts."""
        return {name: self.text(name) for name in self._table}

    def texts_table(self) -> dict[str, tuple[str, ...]]:
        """All keys of this table, which are the author's own words, each with its text or array of texts."""
        return {
            name: self.texts(name) if isinstance(value, list) else (self.text(name),)
            for name, value in self._table.items()
        }

    def refuse_unknown(self) -> None:
        """Report every key nobody asked for."""
        for name in self._table:
            if name not in self._asked:
                self.fault(name, _Words("an unknown key"), ", ".join(sorted(self._asked)) or "no key at all")

    def _typed(self, name: str, kind: type, default: Any, required: bool) -> Any:
        self._asked.add(name)
        if name not in self._table:
            if required:
                self.fault(name, _Words("nothing"), f"{_KINDS[kind]}; the key is required")
            return default
        value = self._table[name]
        if type(value) is not kind:
            self.fault(name, value, _KINDS[kind])
            return default
        return value

    def _dotted(self, name: str) -> str:
        shown = f'"{name}"' if any(mark in name for mark in ": ") else name
        return f"{self.key}.{shown}" if self.key and shown else self.key or shown


class _Words(str):
    """A description rather than a value: shown without quotation marks."""
