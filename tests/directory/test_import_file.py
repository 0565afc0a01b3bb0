"""The file of ``user import``, by tables: what a column means, which rows are broken and why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import ENTERPRISE_USER, WSOS_USER
from tests.directory.products import PLAIN
from vestibule.directory.import_file import ImportFile, UnreadableFile, read_people

USER = PLAIN.types["User"]


def read(text: str | bytes) -> ImportFile:
    return read_people(text if isinstance(text, bytes) else text.encode(), USER, "people.csv")


def work(value: str) -> list[dict[str, Any]]:
    return [{"value": value, "type": "work", "primary": True}]


COLUMNS = [
    ("givenName", "Mika", {"name": {"givenName": "Mika"}}),
    ("name.givenName", "Mika", {"name": {"givenName": "Mika"}}),
    ("NAME.GIVENNAME", "Mika", {"name": {"givenName": "Mika"}}),
    ("formatted", "Mika Laine", {"name": {"formatted": "Mika Laine"}}),
    ("email", "m@corp.test", {"emails": work("m@corp.test")}),
    ("emails", "m@corp.test", {"emails": work("m@corp.test")}),
    ("emails.value", "m@corp.test", {"emails": work("m@corp.test")}),
    ("phoneNumbers.value", "+358 1", {"phoneNumbers": work("+358 1")}),
    ("roles.value", "admin", {"roles": [{"value": "admin", "primary": True}]}),
    ("accounts.type", "slack", {"accounts": [{"type": "slack"}]}),
    ("title", "Dr., MD", {"title": "Dr., MD"}),
    ("active", "FALSE", {"active": False}),
    ("active", "yes", {"active": True}),
    ("department", "R&D", {ENTERPRISE_USER: {"department": "R&D"}}),
    (f"{ENTERPRISE_USER}:department", "R&D", {ENTERPRISE_USER: {"department": "R&D"}}),
    ("manager", "boss", {ENTERPRISE_USER: {"manager": {"value": "boss"}}}),
    ("familyNamePhonetic", "ライネ", {WSOS_USER: {"name": {"familyNamePhonetic": "ライネ"}}}),
    ("displayName", "", {}),
]


@pytest.mark.parametrize(("column", "cell", "expected"), COLUMNS, ids=[f"{c}={v}" for c, v, _ in COLUMNS])
def test_what_a_column_means(column: str, cell: str, expected: dict[str, Any]) -> None:
    quoted = f'"{cell}"' if "," in cell else cell
    found = read(f"userName,{column}\nmika,{quoted}\n")
    assert found.faults == ()
    assert found.rows[0].document == {"userName": "mika", **expected}


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("shoeSize", "no such attribute"),
        ("id", "given by this directory"),
        ("externalId", "belongs to the identity provider"),
        ("password", "no password is ever kept"),
        ("groups", "come with the groups"),
        ("meta.created", "cannot be written"),
        ("name", "name one, such as name."),
        ("", "no name"),
    ],
)
def test_a_column_that_is_ignored_says_why(column: str, reason: str) -> None:
    found = read(f"userName,{column}\nmika,x\n")
    assert [name for name, _ in found.ignored] == [column]
    assert reason in found.ignored[0][1]
    assert found.rows[0].document == {"userName": "mika"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b",Mika,m@corp.test,true", "userName is empty"),
        (b"mika,Mika,nobody,true", "no e-mail address"),
        (b"mika,Mika,m@corp.test,perhaps", "true and false are allowed"),
        (b"mika,Mika,m@corp.test", "3 values, and the header 4"),
        (b"mika,Mika,m@corp.test,true,more", "5 values, and the header 4"),
        (b'"mika,Mika,m@corp.test,true', "quotation mark"),
        (b'"mika"x,Mika,m@corp.test,true', "quotation mark"),
        (b"mika,M\xeeka,m@corp.test,true", "no UTF-8 text (byte 0xEE"),
        (b"mi\xeeka,Mika,m@corp.test,true", "userName is no UTF-8"),
        (b"mika,Mi\x01ka,m@corp.test,true", "control character"),
        (b"FIRST,Mika,m@corp.test,true", "stands on line 2 already"),
    ],
)
def test_a_broken_row_is_told_and_the_others_are_read(row: bytes, reason: str) -> None:
    header = b"userName,givenName,email,active\n"
    found = read(header + b"first,F,f@corp.test,true\n" + row + b"\nlast,L,l@corp.test,true\n")
    assert [(fault.line, reason in fault.reason) for fault in found.faults] == [(3, True)]
    assert [(good.line, good.document["userName"]) for good in found.rows] == [(2, "first"), (4, "last")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"givenName,familyName\nMika,Laine\n", "userName is missing"),
        (b"login,email,firstName\nmika,m@corp.test,Mika\n", "Okta's names"),
        (b"userName;givenName\nmika;Mika\n", "semicolons"),
        (b"userName\tgivenName\nmika\tMika\n", "tabs"),
        (b"userName,email,emails.value\nmika,a@b.test,c@d.test\n", "mean the same attribute"),
        (b"userName,username\nmika,mika\n", "mean the same attribute"),
        (b'userName,"givenName\nmika,Mika\n', "not closed"),
        (b"userName,pr\xe9nom\nmika,Mika\n", "no UTF-8"),
        ("userName,givenName\nmika,Mika\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_of_no_use_is_refused_whole(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=r"people\.csv") as refused:
        read(data)
    assert reason in str(refused.value)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_byte_order_mark_and_quotes(end: str) -> None:
    text = end.join(["userName,displayName", 'mika,"Laine, Mika ""M"""', "", "hanako,佐藤 花子", ""])
    found = read(b"\xef\xbb\xbf" + text.encode())
    assert found.faults == ()
    assert [(row.line, row.document["displayName"]) for row in found.rows] == [
        (2, 'Laine, Mika "M"'),
        (4, "佐藤 花子"),
    ]


def test_a_quoted_value_may_have_line_breaks() -> None:
    found = read('userName,displayName\nmika,"Mika\nLaine"\nhanako,Hanako\n')
    assert found.faults == ()
    assert [row.document["displayName"] for row in found.rows] == ["Mika\nLaine", "Hanako"]


def test_an_open_quotation_mark_does_not_swallow_the_rows_after_it() -> None:
    rows = "".join(f'user{number},"Name {number}"\n' for number in range(50))
    found = read(f'userName,displayName\nbroken,"Mika\n{rows}')
    assert [fault.line for fault in found.faults] == [2]
    assert len(found.rows) == 50


def test_a_header_alone_is_nobody() -> None:
    assert read("userName,email\n") == ImportFile((), ())
