"""The expressions of a mapping (W74)."""

from __future__ import annotations

import pytest

from vestibule.provisioning.expression import InvalidExpression, compile_expression

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
