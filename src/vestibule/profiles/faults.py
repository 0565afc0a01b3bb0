"""Faults of a profile file: all of them, each with file, key, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vestibule.refused import Refused


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``key`` is dotted, with positions: ``attributes[3].owner``."""

    file: str
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: found {self.found}; allowed: {self.allowed}"


class UnreadableProfile(Refused):
    """The file cannot be read, or is no UTF-8 text."""

    def __init__(self, file: str, error: Exception) -> None:
        super().__init__(f"The profile {file} cannot be read: {error}")


class FaultyProfile(Refused):
    """The file is no application profile; ``faults`` has every reason."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
