"""The people of an import file, each in a transaction of their own: what is refused leaves nothing half-way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from vestibule.directory.change import Change
from vestibule.directory.import_file import ImportFile, ImportRow, RowFault
from vestibule.directory.request import Import, Standing
from vestibule.directory.run import carry_out
from vestibule.directory.store import DirectoryStore

#: So many rows wait for the disk together.
_AT_ONCE = 64


@dataclass(slots=True)
class ImportReport:
    """How an import went, as counts; ``faults`` are all rows that were refused, in the order of the file."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[RowFault] = field(default_factory=list)
    #: What was left out of rows that were taken: (line, note).
    notes: list[tuple[int, str]] = field(default_factory=list)


async def import_people(
    store: DirectoryStore,
    standing: Standing,
    file: ImportFile,
    clock: Callable[[], str],
    new_id: Callable[[], str],
    progress: Callable[[int], None] = lambda done: None,
) -> ImportReport:
    """Import every good row; ``progress`` is told how many are done. ``Unavailable`` as the store raises it."""
    report = ImportReport(faults=list(file.faults))

    async def bring(row: ImportRow) -> Change:
        return (await carry_out(store, standing, Import(row.document), clock, new_id)).change

    for start in range(0, len(file.rows), _AT_ONCE):
        rows = file.rows[start : start + _AT_ONCE]
        for row, change in zip(rows, await asyncio.gather(*map(bring, rows)), strict=True):
            _note(report, row, change)
        progress(start + len(rows))
    report.faults.sort(key=lambda fault: fault.line)
    return report


def _note(report: ImportReport, row: ImportRow, change: Change) -> None:
    answer = change.answer
    if answer.error is not None:
        report.faults.append(RowFault(row.line, answer.error.detail, str(row.document.get("userName", ""))))
        return
    report.notes += [(row.line, note) for note in change.explanation.notes]
    if not change.changes_something:
        report.unchanged += 1
    elif answer.status == 201:
        report.created += 1
    else:
        report.updated += 1
