"""One JSON file: ``{"people": [...], "groups": [...]}``, or a list of people alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vestibule.provisioning.reading import Fault, Names, UnreadableSource, in_order
from vestibule.provisioning.source import Reading
from vestibule.sources.kind import SourceKind, setting
from vestibule.sources.objects import Collected
from vestibule.sources.text_file import read_text


@dataclass(frozen=True, slots=True)
class JsonSettings:
    """Where the file is."""

    file: str = setting("the JSON file")


class JsonSource:
    """A JSON file."""

    def __init__(self, settings: JsonSettings) -> None:
        self._file = settings.file

    async def read(self) -> tuple[Reading, list[Fault]]:
        """Off the loop: a large file takes seconds."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> tuple[Reading, list[Fault]]:
        name, text = read_text(self._file)
        collected = Collected(Names(name, name, name, name))
        try:
            for kind, line, told in elements(text):
                if kind == "groups":
                    collected.group(told, line=line)
                else:
                    collected.person(told, line=line)
        except json.JSONDecodeError as fault:
            raise UnreadableSource(f"{name}, line {fault.lineno}: this is no JSON: {fault.msg}.") from None
        except RecursionError:
            raise UnreadableSource(f"{name} is nested too deeply.") from None
        except _OtherShape as fault:
            raise UnreadableSource(f"{name}: {fault}") from None
        reading = collected.reading()
        return reading, in_order(collected.faults)


SOURCE = SourceKind(
    "a JSON file", JsonSettings, JsonSource, address="file", takes=lambda where: where.endswith(".json")
)


class _OtherShape(Exception):
    """JSON, but not of the shape that is read."""


def elements(text: str) -> Iterator[tuple[str, int, Any]]:
    """("people" or "groups", line, object) of every element, with the line on which it begins.

    Raises json.JSONDecodeError.
    """
    scanner = _Scanner(text)
    if scanner.peek() == "[":
        yield from (("people", line, told) for line, told in scanner.array())
    elif scanner.peek() == "{":
        yield from scanner.members()
    else:
        raise _OtherShape('it begins with neither { nor [: {"people": [...], "groups": [...]} is read.')
    scanner.end()


class _Scanner:
    """Goes through a document's outermost arrays, an element at a time, and counts lines."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line = 1
        self._counted = 0
        self._decode = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """The next sign that is no blank; "" at the end."""
        while self._position < len(self._text) and self._text[self._position] in " \t\r\n":
            self._position += 1
        return self._text[self._position : self._position + 1]

    def members(self) -> Iterator[tuple[str, int, Any]]:
        """The elements of an object's arrays ``people`` and ``groups``; any other member is a fault."""
        self._take("{")
        while self.peek() != "}":
            key = self._value()
            self._take(":")
            if key not in ("people", "groups"):
                raise _OtherShape(f"{key!r} is not known; people and groups are.")
            if self.peek() != "[":
                raise _OtherShape(f"{key} is no list.")
            yield from ((str(key), line, told) for line, told in self.array())
            if self.peek() != ",":
                break
            self._take(",")
        self._take("}")

    def array(self) -> Iterator[tuple[int, Any]]:
        """The elements of an array, each with its line."""
        self._take("[")
        while self.peek() != "]":
            line = self._line_here()
            yield line, self._value()
            if self.peek() != ",":
                break
            self._take(",")
        self._take("]")

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise json.JSONDecodeError("something follows the end", self._text, self._position)

    def _value(self) -> Any:
        self.peek()
        value, self._position = self._decode(self._text, self._position)
        return value

    def _take(self, sign: str) -> None:
        if self.peek() != sign:
            raise json.JSONDecodeError(f"{sign} was expected", self._text, self._position)
        self._position += 1

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._position)
        self._counted = self._position
        return self._line
