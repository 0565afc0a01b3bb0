"""A directory from CSV files: people.csv, groups.csv, memberships.csv, nested.csv, and files of changes.

Every row stands on a line of its own. A broken row is reported with file, line and reason,
and the good ones are read all the same; what is done with them is one transaction
(:func:`vestibule.provisioning.source.difference`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vestibule.provisioning.reading import (
    Fault,
    Names,
    Row,
    UnreadableSource,
    in_order,
    membership_fault,
    person_fault,
    person_row,
    reading_of,
    value_fault,
)
from vestibule.provisioning.source import GroupRow, Reading, fold_login
from vestibule.provisioning.wording import number_of

PEOPLE = "people.csv"
GROUPS = "groups.csv"
MEMBERSHIPS = "memberships.csv"
NESTED = "nested.csv"

_NAMES = Names(PEOPLE, GROUPS, MEMBERSHIPS, NESTED)
#: A line of values, each bare or quoted as a whole: a stray quotation mark is half of a value that began elsewhere.
_VALUE = r'(?:"(?:[^"]|"")*+"|[^",]*+)'
_LINE = re.compile(rf"{_VALUE}(?:,{_VALUE})*+")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_directory(folder: Path, changes: Sequence[Path] = ()) -> tuple[Reading, list[Fault]]:
    """The directory in ``folder`` with the folders of changes laid over it, in order.

    Without groups.csv, memberships.csv or nested.csv there are none. Raises UnreadableSource.
    """
    faults: list[Fault] = []
    reading = reading_of(
        _open(folder / PEOPLE, ("login", "email"), faults),
        _open_where_it_is(folder / GROUPS, ("name",), faults),
        _open_where_it_is(folder / MEMBERSHIPS, ("group", "login"), faults),
        _open_where_it_is(folder / NESTED, ("group", "member"), faults),
        names=_NAMES,
        faults=faults,
    )
    for step in changes:
        reading = _lay_over(reading, step, faults)
    return reading, in_order(faults)


def read_rows(path: Path, columns: Sequence[str], faults: list[Fault]) -> Iterator[Row]:
    """The good rows of any CSV file with a header that has ``columns``; broken ones go to ``faults``."""
    return iter(_open(path, columns, faults))


def _open_where_it_is(path: Path, required: Sequence[str], faults: list[Fault]) -> list[Row]:
    return _open(path, required, faults) if path.exists() else []


def _open(path: Path, required: Sequence[str], faults: list[Fault]) -> list[Row]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableSource(f"{path.name} cannot be read: {error.strerror} ({path})") from error
    text = data.decode("utf-8-sig", "surrogateescape")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if data.startswith(_UTF_16) or _is_not_utf8(lines[0]):
        raise UnreadableSource(f"{path.name} is no UTF-8 text: save it as CSV in UTF-8.")
    header = [name.strip() for name in _cells(lines[0])[0]]
    missing = [name for name in required if name not in header]
    if missing:
        raise UnreadableSource(
            f"{path.name}: the first line must name the columns; missing: {', '.join(missing)}; "
            f"found: {', '.join(header) or 'nothing'}. Values are separated by commas."
        )
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise UnreadableSource(f"{path.name}: the first line names a column twice: {', '.join(doubled)}")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells, problem = _cells(line)
        reason = problem or _row_fault(cells, header, line)
        if reason:
            faults.append(Fault(path.name, number, reason))
            broken = {"login": cells[header.index("login")].strip()} if _login_readable(cells, header) else {}
            rows.append(Row(number, broken, broken=True))
        else:
            rows.append(Row(number, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
    return rows


def _cells(line: str) -> tuple[list[str], str]:
    if not _LINE.fullmatch(line):
        return [], (
            "a quotation mark is not closed on this line, or stands in the middle of a value: put the whole value "
            "in quotation marks, and double those inside"
        )
    return next(csv.reader([line], strict=True), []), ""


def _row_fault(cells: list[str], header: list[str], line: str) -> str:
    if _is_not_utf8(line):
        return "the line is not UTF-8"
    if len(cells) != len(header):
        return f"{number_of(len(cells), 'value')}, but the header has {number_of(len(header), 'column')}"
    for name, cell in zip(header, cells, strict=True):
        if reason := value_fault(name, cell):
            return reason
    return ""


def _is_not_utf8(line: str) -> bool:
    return any("\udc80" <= mark <= "\udcff" for mark in line)


def _login_readable(cells: list[str], header: list[str]) -> bool:
    """Whether a broken row still tells whose it is: the login must stand where the header says."""
    if "login" not in header:
        return False
    at = header.index("login")
    return len(cells) > at and bool(cells[at].strip()) and not value_fault("login", cells[at])


def _group_fault(groups: Mapping[str, GroupRow], key: str, name: str) -> str:
    if not key or not name:
        return "id is empty" if not key else f"group {key!r} is new and has no name"
    other = next((o for o in groups.values() if o.name.casefold() == name.casefold() and o.key != key), None)
    return f"name {name!r} is already group {other.key!r}" if other else ""


def _lay_over(reading: Reading, folder: Path, faults: list[Fault]) -> Reading:
    """Changes name a login (or group id) and the columns that change, an empty one stays; memberships say add or remove."""
    people = dict(reading.people)
    if (folder / PEOPLE).exists():
        for row in _open(folder / PEOPLE, ("login",), faults):
            known = people.get(fold_login(row.values.get("login", "")))
            if row.broken:
                continue
            before = (
                {"login": row.values["login"], **known.attributes, "status": known.status} if known else {}
            )
            values = {**before, **{name: value for name, value in row.values.items() if value}}
            reason = person_fault(values)
            if known is None and not row.values.get("email"):
                reason = f"login {row.values['login']!r} is not in {PEOPLE}, and a new person needs an email"
            if reason:
                faults.append(Fault(f"{folder.name}/{PEOPLE}", row.line, reason))
                continue
            people[fold_login(values["login"])] = person_row(values)
    groups = dict(reading.groups)
    if (folder / GROUPS).exists():
        for row in _open(folder / GROUPS, ("id", "name"), faults):
            if not row.broken:
                key = row.values["id"]
                before_change = groups.get(key, GroupRow(key, ""))
                name = row.values["name"] or before_change.name
                reason = _group_fault(groups, key, name)
                if reason:
                    faults.append(Fault(f"{folder.name}/{GROUPS}", row.line, reason))
                    continue
                description = row.values.get("description") or before_change.description
                groups[key] = GroupRow(key, name, description)
    pairs = set(reading.memberships)
    reading = replace(reading, people=people, groups=groups)
    if (folder / MEMBERSHIPS).exists():
        for row in _open(folder / MEMBERSHIPS, ("group", "login", "change"), faults):
            if row.broken:
                continue
            pair = (row.values["group"], fold_login(row.values["login"]))
            reason = membership_fault(reading, row, _NAMES)
            if not reason and row.values["change"] not in ("add", "remove"):
                reason = f"change {row.values['change']!r} is not known; allowed: add, remove"
            if reason:
                faults.append(Fault(f"{folder.name}/{MEMBERSHIPS}", row.line, reason))
            elif row.values["change"] == "add":
                pairs.add(pair)
            else:
                pairs.discard(pair)
    return replace(reading, memberships=frozenset(pairs))
