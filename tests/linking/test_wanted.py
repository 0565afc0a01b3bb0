"""Which account a person is to be linked with: the profile's paths in order, and what names none (S21)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from vestibule.directory.resource import Resource, State
from vestibule.linking.wanted import wanted_of
from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.profiles.profile import ApplicationProfile

_PATH = """slack = 'accounts[type eq "slack"].value'"""
_OFFICE = builtin_texts()["acall"]
_FALLS_BACK = """slack = ['accounts[type eq "slack"].value', "userName"]"""


def _profile(text: str = _OFFICE) -> ApplicationProfile:
    return load_profile(text, "mine.toml")


def _person(**document: Any) -> Resource:
    return Resource("u1", "User", 1, "", "", json.dumps({"userName": "ana@corp.test", **document}).encode())


@pytest.mark.parametrize(
    ("accounts", "alone", "falling_back"),
    [
        ([{"type": "slack", "value": "a@corp.test"}], "a@corp.test", "a@corp.test"),
        ([{"type": "google", "value": "g@corp.test"}], None, "ana@corp.test"),
        ([], None, "ana@corp.test"),
        ([{"type": "slack", "value": ""}], None, "ana@corp.test"),
    ],
)
def test_the_first_path_that_has_a_value_names_it(
    accounts: list[dict[str, str]], alone: str | None, falling_back: str
) -> None:
    person = _person(accounts=accounts)
    assert _PATH in _OFFICE
    for text, value in ((_OFFICE, alone), (_OFFICE.replace(_PATH, _FALLS_BACK), falling_back)):
        wanted = wanted_of(person, _profile(text), "slack")
        assert (wanted.value if wanted else None) == value


def test_a_group_a_stranger_and_another_service_name_none() -> None:
    profile = _profile(_OFFICE.replace(_PATH, _FALLS_BACK))
    assert wanted_of(replace(_person(), type="Group"), profile, "slack") is None
    assert wanted_of(replace(_person(), state=State.UNCLAIMED), profile, "slack") is None
    assert wanted_of(_person(), profile, "github") is None
