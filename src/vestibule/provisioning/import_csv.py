"""A directory from CSV files: people.csv, groups.csv, memberships.csv, and files of changes.

Every row stands on a line of its own. A broken row is reported with file, line and reason,
and the good ones are read all the same; what is done with them is one transaction
(:func:`vestibule.provisioning.source.difference`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vestibule.provisioning.source import GroupRow, PersonRow, Reading, Status, fold_login
from vestibule.provisioning.wording import number_of
from vestibule.refused import Refused

PEOPLE = "people.csv"
GROUPS = "groups.csv"
MEMBERSHIPS = "memberships.csv"

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LONGEST = 4_096
#: A line of values, each bare or quoted as a whole: a stray quotation mark is half of a value that began elsewhere.
_VALUE = r'(?:"(?:[^"]|"")*+"|[^",]*+)'
_LINE = re.compile(rf"{_VALUE}(?:,{_VALUE})*+")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class UnreadableFile(Refused):
    """The file as a whole is of no use; the message names file and cure. Nothing was imported."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was not imported, and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """One good row: its line and its values by column."""

    line: int
    values: dict[str, str]


def read_directory(folder: Path, changes: Sequence[Path] = ()) -> tuple[Reading, list[Fault]]:
    """The directory in ``folder`` with the folders of changes laid over it, in order.

    Without groups.csv or memberships.csv there are none. Raises UnreadableFile.
    """
    faults: list[Fault] = []
    reading = _people(_open(folder / PEOPLE, ("login", "email"), faults), faults)
    if (folder / GROUPS).exists():
        reading = _groups(reading, _open(folder / GROUPS, ("name",), faults), faults)
    if (folder / MEMBERSHIPS).exists():
        rows = _open(folder / MEMBERSHIPS, ("group", "login"), faults)
        reading = _memberships(reading, rows, faults)
    for step in changes:
        reading = _lay_over(reading, step, faults)
    files = list(dict.fromkeys(fault.file for fault in faults))
    return reading, sorted(faults, key=lambda fault: (files.index(fault.file), fault.line))


def read_rows(path: Path, columns: Sequence[str], faults: list[Fault]) -> Iterator[Row]:
    """The good rows of any CSV file with a header that has ``columns``; broken ones go to ``faults``."""
    return iter(_open(path, columns, faults))


def _open(path: Path, required: Sequence[str], faults: list[Fault]) -> list[Row]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror} ({path})") from error
    text = data.decode("utf-8-sig", "surrogateescape")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if data.startswith(_UTF_16) or _is_not_utf8(lines[0]):
        raise UnreadableFile(f"{path.name} is no UTF-8 text: save it as CSV in UTF-8.")
    header = [name.strip() for name in _cells(lines[0])[0]]
    missing = [name for name in required if name not in header]
    if missing:
        raise UnreadableFile(
            f"{path.name}: the first line must name the columns; missing: {', '.join(missing)}; "
            f"found: {', '.join(header) or 'nothing'}. Values are separated by commas."
        )
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise UnreadableFile(f"{path.name}: the first line names a column twice: {', '.join(doubled)}")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells, problem = _cells(line)
        reason = problem or _row_fault(cells, header, line)
        if reason:
            faults.append(Fault(path.name, number, reason))
            broken = {"login": cells[header.index("login")].strip()} if _login_readable(cells, header) else {}
            rows.append(Row(-number, broken))
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
        if _CONTROL.search(cell):
            return f"{name} holds a control character"
        if len(cell) > _LONGEST:
            return f"{name} is {len(cell)} characters long; {_LONGEST} are allowed"
    return ""


def _is_not_utf8(line: str) -> bool:
    return any("\udc80" <= mark <= "\udcff" for mark in line)


def _login_readable(cells: list[str], header: list[str]) -> bool:
    """Whether a broken row still tells whose it is: the login must stand where the header says."""
    if "login" not in header:
        return False
    at = header.index("login")
    return len(cells) > at and bool(cells[at].strip()) and not _CONTROL.search(cells[at])


def _people(rows: Iterable[Row], faults: list[Fault]) -> Reading:
    people: dict[str, PersonRow] = {}
    first_line: dict[str, int] = {}
    unread: set[str] = set()
    complete = True
    for row in rows:
        login = row.values.get("login", "")
        key = fold_login(login)
        if row.line < 0:
            complete = complete and bool(key)
            unread.add(key)
            continue
        reason = _person_fault(row.values)
        if not reason and key in people:
            reason = f"login {login!r} is already on line {first_line[key]}"
        if reason:
            faults.append(Fault(PEOPLE, row.line, reason))
            complete = complete and bool(key)
            if key not in people:
                unread.add(key)
            continue
        people[key] = _person(row.values)
        first_line[key] = row.line
    return Reading(people=people, unread=frozenset(unread - set(people) - {""}), people_complete=complete)


def _person_fault(values: dict[str, str]) -> str:
    if not values.get("login"):
        return "login is empty"
    email = values.get("email", "")
    if not _EMAIL.fullmatch(email):
        return f"email {email!r} is no e-mail address"
    status = values.get("status", "").upper()
    if status and status not in Status.__members__:
        return f"status {values['status']!r} is not known; allowed: {', '.join(Status)}"
    return ""


def _person(values: dict[str, str]) -> PersonRow:
    status = Status(values.get("status", "").upper() or Status.ACTIVE)
    attributes = {name: value for name, value in values.items() if value and name != "status"}
    return PersonRow(values["login"], attributes, status)


def _groups(reading: Reading, rows: Iterable[Row], faults: list[Fault]) -> Reading:
    groups: dict[str, GroupRow] = {}
    names: dict[str, int] = {}
    complete = True
    for row in rows:
        if row.line < 0:
            complete = False
            continue
        name = row.values["name"]
        key = row.values.get("id") or name
        reason = "name is empty" if not name else ""
        if not reason and key in groups:
            reason = f"group {key!r} is already in the file"
        if not reason and name.casefold() in names:
            reason = f"name {name!r} is already on line {names[name.casefold()]}"
        if reason:
            faults.append(Fault(GROUPS, row.line, reason))
            complete = False
            continue
        groups[key] = GroupRow(key, name, row.values.get("description", ""))
        names[name.casefold()] = row.line
    return replace(reading, groups=groups, groups_complete=complete)


def _memberships(reading: Reading, rows: Iterable[Row], faults: list[Fault]) -> Reading:
    pairs: set[tuple[str, str]] = set()
    complete = True
    for row in rows:
        if row.line < 0:
            complete = False
            continue
        pair = (row.values["group"], fold_login(row.values["login"]))
        reason = _membership_fault(reading, pair, row)
        if not reason and pair in pairs:
            reason = f"{row.values['login']!r} is already in group {row.values['group']!r}"
        if reason:
            faults.append(Fault(MEMBERSHIPS, row.line, reason))
        else:
            pairs.add(pair)
    return replace(reading, memberships=frozenset(pairs), memberships_complete=complete)


def _membership_fault(reading: Reading, pair: tuple[str, str], row: Row) -> str:
    if pair[0] not in reading.groups and reading.groups_complete:
        return f"group {row.values['group']!r} is not in {GROUPS}"
    if pair[1] not in reading.people and pair[1] not in reading.unread:
        return f"login {row.values['login']!r} is not in {PEOPLE}"
    return ""


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
            if row.line < 0:
                continue
            before = (
                {"login": row.values["login"], **known.attributes, "status": known.status} if known else {}
            )
            values = {**before, **{name: value for name, value in row.values.items() if value}}
            reason = _person_fault(values)
            if known is None and not row.values.get("email"):
                reason = f"login {row.values['login']!r} is not in {PEOPLE}, and a new person needs an email"
            if reason:
                faults.append(Fault(f"{folder.name}/{PEOPLE}", row.line, reason))
                continue
            people[fold_login(values["login"])] = _person(values)
    groups = dict(reading.groups)
    if (folder / GROUPS).exists():
        for row in _open(folder / GROUPS, ("id", "name"), faults):
            if row.line > 0:
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
            if row.line < 0:
                continue
            pair = (row.values["group"], fold_login(row.values["login"]))
            reason = _membership_fault(reading, pair, row)
            if not reason and row.values["change"] not in ("add", "remove"):
                reason = f"change {row.values['change']!r} is not known; allowed: add, remove"
            if reason:
                faults.append(Fault(f"{folder.name}/{MEMBERSHIPS}", row.line, reason))
            elif row.values["change"] == "add":
                pairs.add(pair)
            else:
                pairs.discard(pair)
    return replace(reading, memberships=frozenset(pairs))
