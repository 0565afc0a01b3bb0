"""Assigned values: a person's own over a group's, the group with the highest priority first (W74)."""

from __future__ import annotations

import pytest

from vestibule.provisioning.assignment import Assignment, Subject, check_values, effective_values
from vestibule.provisioning.external_name import CORE_USER
from vestibule.provisioning.mapping import MappingRow
from vestibule.refused import Refused

TYPES = ("Administrator", "Manager", "User")
ROWS = (
    MappingRow("userType", "userType", CORE_USER, scope="group", enum=TYPES),
    MappingRow("note", "nickName", CORE_USER),
)


def of_group(priority: int, **values: str) -> Assignment:
    return Assignment(Subject.GROUP, f"g{priority}", priority, values)


def of_person(**values: str) -> Assignment:
    return Assignment(Subject.PERSON, "p", 0, values)


@pytest.mark.parametrize(
    ("assignments", "values"),
    [
        ([], {}),
        ([of_group(1, userType="User")], {"userType": "User"}),
        ([of_group(2, userType="User"), of_group(1, userType="Manager")], {"userType": "Manager"}),
        ([of_group(1, userType="User"), of_person(userType="Administrator")], {"userType": "Administrator"}),
        ([of_group(1), of_group(2, userType="User")], {"userType": "User"}),
        ([of_person(userType=""), of_group(1, userType="User")], {"userType": "User"}),
        ([of_group(1, note="personal")], {}),
    ],
)
def test_effective_values(assignments: list[Assignment], values: dict[str, str]) -> None:
    assert effective_values(assignments, ROWS) == values


@pytest.mark.parametrize(
    ("values", "subject", "words"),
    [
        ({"userType": "Boss"}, Subject.PERSON, "Allowed: Administrator, Manager, User"),
        ({"nothing": "x"}, Subject.PERSON, "no attribute 'nothing'"),
        ({"note": "x"}, Subject.GROUP, "note is personal"),
    ],
)
def test_a_value_that_cannot_be_assigned(values: dict[str, str], subject: Subject, words: str) -> None:
    with pytest.raises(Refused, match=words):
        check_values(values, ROWS, subject)
