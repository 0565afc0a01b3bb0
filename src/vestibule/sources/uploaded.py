"""Files that somebody uploads: laid in a folder of their own for as long as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vestibule.refused import Refused
from vestibule.sources.declaration import checked_source_name

_CSV = ("people.csv", "groups.csv", "memberships.csv")
_PEOPLE = _CSV[0]
#: How the one file of a source ends, and the kind of source that it is.
_ALONE = {".json": "json", ".jsonl": "jsonl"}


@dataclass(frozen=True, slots=True)
class Upload:
    """What came, the kind of source that it is, and the source's own name."""

    files: Mapping[str, bytes]
    kind: str
    name: str

    @property
    def origin(self) -> str:
        """The names of the files."""
        return ", ".join(self.files)

    def write(self, folder: Path) -> str:
        """Lay the files in that folder; where the source is then."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return str(folder) if self.kind == "csv" else str(folder / next(iter(self.files)))


def checked_upload(files: Mapping[str, bytes], name: str = "") -> Upload:
    """The upload that these files are, by their names; empty ones are left out. Raises Refused."""
    given = {file: content for file, content in files.items() if content}
    if len(given) == 1:
        (file,) = given
        for ending, kind in _ALONE.items():
            if file == f"directory{ending}":
                return Upload(given, kind, checked_source_name(name))
    for file in given:
        if file not in _CSV:
            raise Refused(
                f"A file {file[:80]!r} is not read. Send people.csv, with groups.csv and memberships.csv where there are "
                "any; or directory.json or directory.jsonl alone."
            )
    if _PEOPLE not in given:
        raise Refused("people.csv is missing or empty: without it everybody would leave.")
    return Upload(given, "csv", checked_source_name(name))
