"""JSON Lines: an object on each line; one with a login is a person, any other a group."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from vestibule.provisioning.reading import Fault, Names, in_order
from vestibule.provisioning.source import Reading
from vestibule.sources.kind import SourceKind, setting
from vestibule.sources.objects import Collected
from vestibule.sources.text_file import read_text


@dataclass(frozen=True, slots=True)
class JsonLinesSettings:
    """Where the file is."""

    file: str = setting("the file of JSON lines")


class JsonLinesSource:
    """A file of JSON lines: a broken line costs that line alone."""

    def __init__(self, settings: JsonLinesSettings) -> None:
        self._file = settings.file

    async def read(self) -> tuple[Reading, list[Fault]]:
        """Off the loop: a large file takes seconds."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> tuple[Reading, list[Fault]]:
        name, text = read_text(self._file)
        collected = Collected(Names(name, name, name, name))
        for number, line in enumerate(text.split("\n"), start=1):
            if not line.strip():
                continue
            try:
                told = json.loads(line)
            except json.JSONDecodeError as fault:
                collected.broken_line(f"this is no JSON: {fault.msg} (column {fault.colno})", line=number)
                continue
            except RecursionError:
                collected.broken_line("it is nested too deeply", line=number)
                continue
            if isinstance(told, dict) and "login" not in told and "name" in told:
                collected.group(told, line=number)
            else:
                collected.person(told, line=number)
        reading = collected.reading()
        return reading, in_order(collected.faults)


SOURCE = SourceKind(
    "JSON lines",
    JsonLinesSettings,
    JsonLinesSource,
    address="file",
    takes=lambda where: where.endswith((".jsonl", ".ndjson")),
)
