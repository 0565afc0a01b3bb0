"""Schema steps: numbered ``.sql`` and ``.py`` files of one folder, each done once and recorded.

A step and its record are one transaction, so that a process killed half-way leaves it undone,
and the next start goes on from there. Steps expand before later ones contract: the previous
version runs on the new schema, so steps it does not know are no fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from vestibule.refused import Refused

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.(sql|py)")


class MigrationError(Refused):
    """The migration folder or the database's record of it is not in order."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file of the folder."""

    number: int
    name: str
    path: Path

    def is_done(self, recorded: Mapping[int, str]) -> bool:
        """Whether the record has it. MigrationError where it has another one of that number."""
        name = recorded.get(self.number)
        if name is not None and name != self.name:
            raise MigrationError(
                f"step {self.number:04} is recorded as {name!r} in the database but is called {self.name!r} here"
            )
        return name is not None


def steps_of(folder: Path) -> tuple[Step, ...]:
    """The steps in order. Two of one number are a MigrationError."""
    found = []
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match:
            found.append(Step(int(match[1]), match[2], path))
    for one, other in pairwise(found):
        if one.number == other.number:
            raise MigrationError(f"{one.path.name} and {other.path.name} have the same number")
    return tuple(found)
