"""The expressions of a mapping (W74)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from vestibule.provisioning.application import Application
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.expression import InvalidExpression, UnfitValue, compile_expression
from vestibule.provisioning.external_name import CORE_USER
from vestibule.provisioning.mapping import DataType, MappingRow, mapped_values
from vestibule.provisioning.plan import PersonFacts, plan_user
from vestibule.provisioning.source import Person

PERSON = {"firstName": "Mika", "lastName": "Laine", "email": "Mika.Laine@corp.test"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("user.email", "Mika.Laine@corp.test"),
        ("user.nothing", None),
        ('"work"', "work"),
        ("'work'", "work"),
        ("null", None),
        ("true", True),
        ('user.firstName + " " + user.lastName', "Mika Laine"),
        ('user.firstName + user.nothing + "!"', "Mika!"),
        ('String.substringBefore(user.email, "@")', "Mika.Laine"),
        ('String.substringAfter(user.email, "@")', "corp.test"),
        ("String.toLowerCase(user.email)", "mika.laine@corp.test"),
        ('user.nothing != null ? "work" : null', None),
        ("user.email != null ? 'work' : null", "work"),
        ('user.nothing == "" ? "none" : "some"', "none"),
        ("(user.firstName == 'Mika') ? ('a' + 'b') : 'c'", "ab"),
    ],
)
def test_value(text: str, value: object) -> None:
    assert compile_expression(text)(PERSON) == value


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ('"Boss"', {"Boss"}),
        ('"Bo" + "ss"', {"Boss"}),
        ('String.toUpperCase("boss")', {"BOSS"}),
        ("user.title", set()),
        ('user.title + "!"', set()),
        (
            'user.title == "CEO" ? "Administrator" : (user.a != null ? "Manager" : null)',
            {"Administrator", "Manager", None},
        ),
        ('user.title == "CEO"', {True, False}),
    ],
)
def test_the_constants_it_can_give(text: str, constants: set[object]) -> None:
    assert compile_expression(text).constants == constants


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("user.email +", 13),
        ("email", 1),
        ("__import__('os')", 1),
        ("String.toUpperCase(user.email", 30),
        ("String.substringBefore(user.email)", 35),
        ("user.a ? 'b'", 13),
        ("user.a; user.b", 7),
        ("'open", 1),
        ("(" * 100 + "user.a" + ")" * 100, 31),
    ],
)
def test_a_fault_tells_its_position(text: str, position: int) -> None:
    with pytest.raises(InvalidExpression, match=f"position {position} "):
        compile_expression(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('join(" ", user.firstName, user.middleName, user.lastName)', "Mika Laine"),
        ('String.replace(user.email, "corp", "x")', "Mika.Laine@x.test"),
        ('replaceFirst("aaa", "a", "b")', "baa"),
        ("substring(user.email, 0, 4)", "Mika"),
        ('toUpperCase(substringBefore(user.firstName, "k")) + removeSpaces(" a b")', "MIab"),
        ('user.firstName.startsWith("M") && user.lastName != "x" ? "a" : "b"', "a"),
        ('!(user.title == null) || user.email.matches("^mika") ? "a" : "b"', "b"),
        ("int(user.number) + 1", "8"),
        ("user.email.size() > 3", True),
        ('"a\\"b"', 'a"b'),
        ('user.title == "CEO" ? "A" : user.title == "X" ? "B" : "C"', "C"),
        ('appuser.userType == "Manager" ? "m" : null', "m"),
        ("appuser.nothing", None),
        ("user.number.contains('7') ? user.name.first : ''", "dotted"),
    ],
)
def test_okta_functions_and_what_cel_adds(text: str, value: object) -> None:
    person = {**PERSON, "number": "7", "name.first": "dotted"}
    assert compile_expression(text)(person, {"userType": "Manager"}) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("user.title < 5", "No such overload"),
        ("user.firstName + 1", "string \\+ int"),
        ("[1].map(x, x)", "position 5 'map' was found"),
        ('user.title.nope("x")', "one of startsWith"),
        ('join("x")', "position 10 join has 1 value"),
        ("user.", "position 1 'user.' was found"),
        ('user["x"]', "position 1 'user' was found"),
        ("user.a.b == user.a_b", "an attribute that differs in more than a dot"),
        ("x" * 5_000, "4000 are allowed"),
        ("!" * 500 + "true", "fewer brackets"),
        ("user.a == null ? 1 : " * 100 + "2", "fewer brackets"),
    ],
)
def test_what_cannot_work_for_anybody_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidExpression, match=said):
        compile_expression(text)


def test_what_cannot_work_for_somebody_is_told_with_attribute_and_person() -> None:
    row = MappingRow("grade", "grade", CORE_USER, "int(user.grade) + 1")
    ana = Person("1", "ana", {"grade": "three"})
    with pytest.raises(UnfitValue, match=r"grade of ana: .* \(int\(user\.grade\) \+ 1\)"):
        mapped_values([row], ana, "", {})


def test_a_fault_of_one_person_keeps_that_person_back_alone() -> None:
    rows = [
        MappingRow("userName", "userName", CORE_USER),
        MappingRow("grade", "grade", CORE_USER, "int(user.grade)", type=DataType.INTEGER),
    ]
    application = Application(1, "app", "generic")
    assignments = (Assignment(Subject.PERSON, "1"),)
    ana = Person("1", "ana", {"email": "a@x.test", "grade": "three"})
    faulty = plan_user(application, rows, PersonFacts(ana, assignments))
    assert faulty.fault.startswith("grade of ana: ")
    mika = Person("1", "mika", {"email": "m@x.test", "grade": "3"})
    planned = plan_user(application, rows, PersonFacts(mika, assignments))
    assert planned.user is not None
    assert planned.user.created()["grade"] == 3


def test_two_threads_do_not_see_each_others_person() -> None:
    expression = compile_expression('user.login + "@" + user.login')

    def many(login: str) -> set[object]:
        return {expression({"login": login}) for _ in range(2_000)}

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(many, "abcd"))
    assert found == [{f"{login}@{login}"} for login in "abcd"]


@pytest.mark.parametrize(
    ("type", "value", "sent"),
    [
        (DataType.INTEGER, "7", 7),
        (DataType.NUMBER, "7.5", 7.5),
        (DataType.BOOLEAN, "True", True),
        (DataType.STRING_ARRAY, "a; b", ["a", "b"]),
        (DataType.INTEGER, "", None),
    ],
)
def test_a_value_is_sent_in_its_type(type: DataType, value: str, sent: object) -> None:
    row = MappingRow("x", "x", CORE_USER, "user.x", type=type)
    ((_, found),) = mapped_values([row], Person("1", "ana", {"x": value}), "", {})
    assert found.value == sent


@pytest.mark.parametrize(
    ("type", "value"), [(DataType.INTEGER, "7.5"), (DataType.NUMBER, "nan"), (DataType.NUMBER, "x")]
)
def test_a_value_that_is_not_of_its_type_is_told(type: DataType, value: str) -> None:
    row = MappingRow("x", "x", CORE_USER, "user.x", type=type)
    with pytest.raises(UnfitValue, match="x of ana: "):
        mapped_values([row], Person("1", "ana", {"x": value}), "", {})
