"""The client's own log: what it sent, and which answers it heard. A line is whole or not there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Sent:
    """A write on its way. ``user`` is the person it is about, by id; for a create by userName."""

    number: int
    lane: str
    kind: str
    user: str
    group: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer to ``number`` was heard: from here on it must hold."""

    number: int
    status: int
    request_id: str
    #: The id the server gave, for a create.
    user: str = ""


class Journal:
    """Appends lines; many lanes may write at once."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()
        self._next = sum(1 for entry in read_journal(path) if isinstance(entry, Sent))
        self.heard = 0

    def sent(self, lane: str, kind: str, user: str, group: str = "", value: Any = None) -> int:
        """Note what is about to be sent; its number."""
        with self._lock:
            entry = Sent(self._next, lane, kind, user, group, value)
            self._next += 1
            self._write({"sent": asdict(entry)})
            return entry.number

    def note(self, heard: Heard) -> None:
        """Note an answer."""
        with self._lock:
            self.heard += 1
            self._write({"heard": asdict(heard)})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")


def read_journal(path: Path) -> Iterator[Sent | Heard]:
    """Every entry in order."""
    for line in path.read_text("utf-8").splitlines():
        [(kind, entry)] = json.loads(line).items()
        yield Sent(**entry) if kind == "sent" else Heard(**entry)
