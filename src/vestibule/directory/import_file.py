"""The file of ``vestibule user import``: people who existed before, as CSV whose header has SCIM names.

Pure: bytes in, SCIM documents out. A broken row is reported with its line and the reason, and
the good ones are read all the same. What the values mean is for the directory's rules to say.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.directory.import_column import Column, ColumnFault, read_column
from vestibule.refused import Refused
from vestibule.scim.checker import CompiledType
from vestibule.scim.document import Document
from vestibule.scim.errors import InvalidValue
from vestibule.scim.fold import fold_user_name

#: A quoted value with line breaks may go on over so many lines; beyond that a quotation mark is missing.
_MOST_LINES = 20
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NO_UTF8 = re.compile("[\udc80-\udcff]")
#: How the sending side's files (Okta's names) call what SCIM calls userName.
_OKTA_NAMES = frozenset({"login", "firstName", "lastName"})


class UnreadableFile(Refused):
    """The file as a whole is of no use; nothing of it was imported."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One person of the file: the line they stand on, and their document."""

    line: int
    document: Document


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that is not imported, and why; ``user_name`` is "" where it could not be read."""

    line: int
    reason: str
    user_name: str = ""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file as it was read. ``ignored`` are columns that nothing is taken from, each with the reason."""

    rows: tuple[ImportRow, ...]
    faults: tuple[RowFault, ...]
    ignored: tuple[tuple[str, str], ...] = ()


def read_people(data: bytes, type: CompiledType, file: str = "The file") -> ImportFile:
    """The people in ``data``. UnreadableFile where the header is of no use; ``file`` is its name."""
    lines = _lines(data, file)
    header = _header(lines[0] if lines else "", file)
    columns, ignored = _columns(header, type, file)
    rows: list[ImportRow] = []
    faults: list[RowFault] = []
    first_line: dict[str, int] = {}
    for line, cells, broken in _records(lines, len(header)):
        reason = broken or _text_fault(cells, header)
        user_name = _user_name(cells, columns) if len(cells) == len(header) else ""
        if reason:
            faults.append(RowFault(line, reason, "" if _NO_UTF8.search(user_name) else user_name))
            continue
        try:
            document = _document(cells, columns)
            folded = fold_user_name(user_name)
        except (InvalidValue, ColumnFault, ValueError) as fault:
            faults.append(RowFault(line, getattr(fault, "detail", str(fault)), user_name))
            continue
        if not user_name:
            faults.append(RowFault(line, "userName is empty; without one nobody can be known."))
        elif folded in first_line:
            faults.append(
                RowFault(
                    line,
                    f"The userName {user_name!r} stands on line {first_line[folded]} already "
                    "(letter case makes no difference).",
                    user_name,
                )
            )
        else:
            first_line[folded] = line
            rows.append(ImportRow(line, document))
    return ImportFile(tuple(rows), tuple(faults), tuple(ignored))


def _lines(data: bytes, file: str) -> list[str]:
    """The lines without their ends. Bytes that are no UTF-8 stay as lone surrogates, to be reported by line."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:200]:
        raise UnreadableFile(
            f"{file} is no UTF-8 text (it looks like UTF-16). Save it as CSV UTF-8 and import it again."
        )
    text = data.decode("utf-8-sig", "surrogateescape")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not text.strip():
        raise UnreadableFile(f"{file} is empty. Its first line must name the columns, userName among them.")
    return lines


def _header(line: str, file: str) -> list[str]:
    if _NO_UTF8.search(line):
        raise UnreadableFile(f"{file}: the first line is no UTF-8. Save it as CSV UTF-8 and import it again.")
    cells = _cells(line)
    if cells is None:
        raise UnreadableFile(f"{file}: the first line has a quotation mark that is not closed.")
    header = [cell.strip() for cell in cells]
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise UnreadableFile(f"{file} separates its columns by {name}. Save it with commas.")
    return header


def _columns(
    header: Sequence[str], type: CompiledType, file: str
) -> tuple[list[Column | None], list[tuple[str, str]]]:
    """A column of the document for each of the header, None where one is ignored; and why."""
    columns: list[Column | None] = []
    ignored: list[tuple[str, str]] = []
    taken: dict[tuple[str, ...], str] = {}
    for name in header:
        try:
            column = read_column(name, type)
        except ColumnFault as fault:
            columns.append(None)
            ignored.append((name, str(fault)))
            continue
        if column.keys in taken:
            raise UnreadableFile(
                f"{file}: the columns {taken[column.keys]!r} and {name!r} mean the same attribute. Leave one out."
            )
        taken[column.keys] = name
        columns.append(column)
    if ("userName",) not in taken:
        found = ", ".join(filter(None, header)) or "nothing"
        hint = (
            " These are Okta's names, as the files of `vestibule directory import` have them."
            if _OKTA_NAMES.intersection(header)
            else ""
        )
        raise UnreadableFile(
            f"{file}: the first line must name the columns in SCIM's words, and userName is missing; found: "
            f"{found}.{hint}"
        )
    return columns, ignored


def _records(lines: Sequence[str], width: int) -> Iterator[tuple[int, list[str], str]]:
    """Each row after the header: its first line, its cells, and what is wrong with it, or ""."""
    at = 1
    while at < len(lines):
        number, line = at + 1, lines[at]
        at += 1
        if not line.strip():
            continue
        cells = _cells(line)
        if cells is None:
            cells, at = _continued(lines, at, width)
        if cells is None:
            yield number, [], "A quotation mark is not closed, or text follows a closed one."
        elif len(cells) != width:
            yield number, cells, f"The row has {len(cells)} values, and the header {width} columns."
        else:
            yield number, [cell.strip() for cell in cells], ""


def _continued(lines: Sequence[str], at: int, width: int) -> tuple[list[str] | None, int]:
    """A value with line breaks, put together again; None where it is rather a quotation mark too many.

    A line that is a whole row by itself is never taken for the rest of the one before it.
    """
    gathered = lines[at - 1]
    for end in range(at, min(at + _MOST_LINES, len(lines))):
        own = _cells(lines[end])
        if own is not None and len(own) == width:
            break
        gathered += f"\n{lines[end]}"
        cells = _cells(gathered)
        if cells is not None and len(cells) == width:
            return cells, end + 1
    return None, at


def _cells(line: str) -> list[str] | None:
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        return None
    return rows[0] if rows else []


def _text_fault(cells: Sequence[str], header: Sequence[str]) -> str:
    for name, cell in zip(header, cells, strict=False):
        foreign = _NO_UTF8.search(cell)
        if foreign:
            byte = ord(foreign[0]) - 0xDC00
            return (
                f"{name} is no UTF-8 text (byte 0x{byte:02X}; the file may be Latin-1). "
                "Save it as CSV UTF-8 and import it again."
            )
        if _CONTROL.search(cell):
            return f"{name} holds a control character."
    return ""


def _user_name(cells: Sequence[str], columns: Sequence[Column | None]) -> str:
    at = next(i for i, column in enumerate(columns) if column and column.keys == ("userName",))
    return cells[at].strip()


def _document(cells: Sequence[str], columns: Sequence[Column | None]) -> Document:
    document: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        if column is not None and cell:
            column.put(document, cell)
    for column in columns:
        if column is not None:
            column.complete(document)
    return document
