"""A directory from files: broken rows are told, good ones are read, a second reading is a difference."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from vestibule.provisioning.import_csv import read_directory
from vestibule.provisioning.reading import UnreadableSource
from vestibule.provisioning.safeguard import needs_consent
from vestibule.provisioning.source import (
    GroupRow,
    Known,
    Person,
    PersonRow,
    Reading,
    SourceGroup,
    Status,
    difference,
)

HEADER = "login,email,firstName,lastName,employeeNumber,status\n"


def folder(
    path: Path, people: str | bytes, groups: str = "", memberships: str = "", *, header: str = HEADER
) -> Path:
    path.mkdir(exist_ok=True)
    content = people if isinstance(people, bytes) else people.encode()
    (path / "people.csv").write_bytes(header.encode() + content)
    if groups:
        (path / "groups.csv").write_text("id,name\n" + groups, "utf-8")
    if memberships:
        (path / "memberships.csv").write_text("group,login\n" + memberships, "utf-8")
    return path


GOOD = "good,good@x.test,G,Ood,,\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b",a@x.test,A,B,,\n", "login is empty"),
        (b"a,no-mail,A,B,,\n", "email 'no-mail' is no e-mail address"),
        (
            b"a,a@x.test,A,B,,FIRED\n",
            "status 'FIRED' is not known; allowed: ACTIVE, SUSPENDED, DEPROVISIONED",
        ),
        (b"a,a@x.test,A\n", "3 values, but the header has 6 columns"),
        (b"a,a@x.test,A,B,,,too,many\n", "8 values"),
        (b'a,a@x.test,"A,B,,\n', "a quotation mark is not closed on this line"),
        (b'a,a@x.test,A"B,B,,\n', "stands in the middle of a value"),
        (b"a,a@x.test,\xff,B,,\n", "the line is not UTF-8"),
        (b"a,a@x.test,A\x00,B,,\n", "firstName holds a control character"),
        (b"GOOD,good@x.test,A,B,,\n", "login 'GOOD' is already on line 2"),
        (b"a,a@x.test," + b"x" * 5000 + b",B,,\n", "firstName is 5000 characters long"),
    ],
)
def test_a_broken_row_is_told_with_its_line_and_the_others_are_read(
    tmp_path: Path, row: bytes, reason: str
) -> None:
    path = folder(tmp_path, GOOD.encode() + row + b"last,last@x.test,L,Ast,,\n")
    reading, faults = read_directory(path)
    assert set(reading.people) == {"good", "last"}
    assert [(fault.file, fault.line) for fault in faults] == [("people.csv", 3)]
    assert reason in faults[0].reason


def test_a_value_of_two_lines_makes_nobody_of_its_second_line(tmp_path: Path) -> None:
    path = folder(tmp_path, GOOD + '"a\nb",b@x.test,A,B,,\n')
    reading, faults = read_directory(path)
    assert set(reading.people) == {"good"}
    assert [fault.line for fault in faults] == [3, 4]


def test_faults_come_in_the_order_of_the_lines(tmp_path: Path) -> None:
    path = folder(tmp_path, ",a@x.test,A,B,,\n" + "few\n" + "b,no-mail,A,B,,\n", "s,Sales\n,x\nfew\n")
    _, faults = read_directory(path)
    assert [(fault.file, fault.line) for fault in faults] == [
        ("people.csv", 2), ("people.csv", 3), ("people.csv", 4), ("groups.csv", 4),
    ]  # fmt: skip


def test_a_file_in_another_encoding_is_refused_whole(tmp_path: Path) -> None:
    path = folder(tmp_path, "")
    (path / "people.csv").write_text(HEADER + GOOD, "utf-16")
    with pytest.raises(UnreadableSource, match="save it as CSV in UTF-8"):
        read_directory(path)


def test_changes_that_name_nobody_or_nothing_are_told(tmp_path: Path) -> None:
    base = folder(tmp_path / "base", GOOD, "s,Sales\nt,Team\n")
    step = tmp_path / "step"
    step.mkdir()
    (step / "people.csv").write_text("login,status\nghost,DEPROVISIONED\n", "utf-8")
    (step / "groups.csv").write_text("id,name\n,Nameless\ns,\nt,SALES\nu,\n", "utf-8")
    reading, faults = read_directory(base, [step])
    assert {key: group.name for key, group in reading.groups.items()} == {"s": "Sales", "t": "Team"}
    assert [str(fault) for fault in faults] == [
        "step/people.csv, line 2: login 'ghost' is not in people.csv, and a new person needs an email",
        "step/groups.csv, line 2: id is empty",
        "step/groups.csv, line 4: name 'SALES' is already group 's'",
        "step/groups.csv, line 5: group 'u' is new and has no name",
    ]


def test_an_employee_number_of_two_people_renames_nobody(tmp_path: Path) -> None:
    known = Known({"old": Person("1", "old", {"employeeNumber": "7"})})
    numbers = count()
    rows = "b,b@x.test,B,B,7,\nc,c@x.test,C,C,7,\n"
    change = difference(
        known, read_directory(folder(tmp_path, rows))[0], lambda prefix: f"{prefix}{next(numbers)}"
    )
    assert len(change.people_added) == 2
    assert [person.id for person in change.people_gone] == ["1"]


def test_memberships_must_name_what_there_is(tmp_path: Path) -> None:
    path = folder(tmp_path, GOOD, "g,Group\n", "g,good\ng,GOOD\ng,nobody\nnone,good\n")
    reading, faults = read_directory(path)
    assert reading.memberships == {("g", "good")}
    assert [fault.line for fault in faults] == [3, 4, 5]


@pytest.mark.parametrize(
    ("header", "words"),
    [("login,email,login\n", "twice: login"), ("name,mail\n", "missing: login, email"), ("", "found:")],
)
def test_a_file_without_its_columns_is_refused_whole(tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(UnreadableSource, match=words):
        read_directory(folder(tmp_path, "", header=header))


def test_no_file_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"people\.csv cannot be read"):
        read_directory(tmp_path)


def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes("\ufefflogin,email\r\nä,ä@x.test\r\n".encode())
    reading, faults = read_directory(tmp_path)
    assert faults == []
    assert reading.people["ä"].attributes == {"login": "ä", "email": "ä@x.test"}


def test_changes_are_laid_over(tmp_path: Path) -> None:
    path = folder(tmp_path / "d", GOOD + "two,two@x.test,T,Wo,,\n", "g,Group\n", "g,good\n")
    step = tmp_path / "1"
    step.mkdir()
    (step / "people.csv").write_text("login,lastName,status\ngood,New,\ntwo,,DEPROVISIONED\n")
    (step / "memberships.csv").write_text("group,login,change\ng,good,remove\ng,two,add\n")
    (step / "groups.csv").write_text("id,name\ng,Renamed\n")
    reading, faults = read_directory(path, [step])
    assert faults == []
    assert reading.people["good"].attributes["lastName"] == "New"
    assert reading.people["good"].attributes["firstName"] == "G"
    assert reading.people["two"].status is Status.DEPROVISIONED
    assert reading.memberships == {("g", "two")}
    assert reading.groups["g"].name == "Renamed"


def keep(reading: Reading, known: Known | None = None) -> Known:
    numbers = count(1)
    change = difference(known or Known(), reading, lambda prefix: f"{prefix}{next(numbers)}")
    people = {**(known.people if known else {})}
    for person in (*change.people_added, *change.people_changed, *change.people_gone):
        people = {key: kept for key, kept in people.items() if kept.id != person.id}
        people[person.login.casefold()] = person
    groups = {group.key: group for group in change.groups_added}
    return Known(people, groups, change.members_added)


def test_the_same_directory_again_is_no_change(tmp_path: Path) -> None:
    reading, _ = read_directory(folder(tmp_path, GOOD, "g,Group\n", "g,good\n"))
    assert difference(keep(reading), reading, str).is_empty


def test_whoever_is_gone_is_deprovisioned_and_kept(tmp_path: Path) -> None:
    known = keep(read_directory(folder(tmp_path, GOOD + "two,two@x.test,T,Wo,,\n"))[0])
    change = difference(known, read_directory(folder(tmp_path, GOOD))[0], str)
    assert [person.login for person in change.people_gone] == ["two"]
    assert change.people_gone[0].status is Status.DEPROVISIONED


def test_whose_row_is_broken_is_not_taken_for_gone(tmp_path: Path) -> None:
    known = keep(read_directory(folder(tmp_path, GOOD + "two,two@x.test,T,Wo,,\n"))[0])
    reading, faults = read_directory(folder(tmp_path, GOOD + "two,broken,T,Wo,,\n"))
    assert len(faults) == 1
    assert difference(known, reading, str).is_empty


def test_a_row_without_a_readable_login_keeps_everybody(tmp_path: Path) -> None:
    known = keep(read_directory(folder(tmp_path, GOOD + "two,two@x.test,T,Wo,,\n"))[0])
    reading, _ = read_directory(folder(tmp_path, GOOD + '"tw,two@x.test,T,Wo,,\n'))
    assert difference(known, reading, str).is_empty


def test_a_new_login_with_a_known_employee_number_is_a_rename(tmp_path: Path) -> None:
    known = keep(read_directory(folder(tmp_path, "old,a@x.test,A,B,E7,\n"))[0])
    change = difference(known, read_directory(folder(tmp_path, "new,a@x.test,A,B,E7,\n"))[0], str)
    assert change.people_added == ()
    assert change.people_gone == ()
    assert [(person.id, person.login) for person in change.people_changed] == [("00u1", "new")]


def test_many_leavers_at_once_need_a_word() -> None:
    people = {f"p{n}": Person(f"{n}", f"p{n}", {"email": "x@x"}) for n in range(100)}
    known = Known(people)
    change = difference(known, Reading(), str)
    assert needs_consent(known, change)
    pairs = frozenset(("g", f"{n}") for n in range(100))
    in_groups = Known(people, {"g": SourceGroup("g", "g", "All")}, pairs)
    rows = {key: PersonRow(key, person.attributes) for key, person in people.items()}
    without_memberships = Reading(rows, {"g": GroupRow("g", "All")})
    assert needs_consent(in_groups, difference(in_groups, without_memberships, str))
    everybody = Known({key: people[key] for key in ("p1", "p2", "p3")})
    assert needs_consent(everybody, difference(everybody, Reading(), str))
    one = difference(Known({"p": people["p1"]}), Reading(), str)
    assert not needs_consent(Known({"p": people["p1"]}), one)
