"""Imports that were read and do not count yet: what each would change is looked at first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from vestibule.provisioning.importing import Import

#: So many wait at a time, the oldest is forgotten first; each may be a whole directory.
_KEPT = 4


@dataclass(frozen=True, slots=True)
class PendingImport:
    """An import with where it came from, who read it and when; ``source`` is the source's own name."""

    id: str
    origin: str
    source: str
    by: str
    at: str
    prepared: Import


class PendingImports:
    """In one process."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._waiting: OrderedDict[str, PendingImport] = OrderedDict()

    def add(self, origin: str, source: str, by: str, at: str, prepared: Import) -> PendingImport:
        """Keep one for its page."""
        pending = PendingImport(self._new_id(), origin, source, by, at, prepared)
        self._waiting[pending.id] = pending
        while len(self._waiting) > _KEPT:
            self._waiting.popitem(last=False)
        return pending

    def find(self, id: str) -> PendingImport | None:
        """The one of that id, until it counts or is dropped."""
        return self._waiting.get(id)

    def drop(self, id: str) -> None:
        """Forget it."""
        self._waiting.pop(id, None)
