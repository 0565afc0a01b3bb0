"""CSV files in a folder: people.csv, groups.csv, memberships.csv, nested.csv, and folders of changes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from vestibule.provisioning.import_csv import read_directory
from vestibule.provisioning.reading import Fault
from vestibule.provisioning.source import Reading
from vestibule.sources.kind import SourceKind, setting


@dataclass(frozen=True, slots=True)
class CsvSettings:
    """Where the files are."""

    folder: str = setting("the folder with people.csv")
    changes: tuple[str, ...] = setting("folders of changes to lay over it, in order", ())


class CsvSource:
    """A folder of CSV files."""

    def __init__(self, settings: CsvSettings) -> None:
        self._settings = settings

    async def read(self) -> tuple[Reading, list[Fault]]:
        """Off the loop: a large file takes seconds."""
        changes = [Path(folder) for folder in self._settings.changes]
        return await asyncio.to_thread(read_directory, Path(self._settings.folder), changes)


SOURCE = SourceKind(
    "CSV files", CsvSettings, CsvSource, address="folder", takes=lambda where: Path(where).is_dir()
)
