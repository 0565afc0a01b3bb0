"""Whom a dialect is recognised by: what a client calls itself, else what nobody else sends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scim.compiled import CORE, GROUPS, PATCH_OP
from vestibule.scim.dialects import entra, generic, okta, strict
from vestibule.scim.dialects.recognition import by_traffic, by_user_agent

DIALECTS = [entra.DIALECT, generic.DIALECT, okta.DIALECT, strict.DIALECT]
ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
OKTA_CREATE = {"externalId": "00u1abcdEFGH2ijkl3m4", "groups": [], "password": "k3Tq9ab1"}


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Okta SCIM Client 1.0.0", "okta"),
        ("Microsoft Azure AD provisioning", "entra"),
        ("python-httpx/1.0", None),
        ("", None),
        ("okta to azure bridge", None),
    ],
)
def test_by_what_it_calls_itself(agent: str, name: str | None) -> None:
    found = by_user_agent(DIALECTS, agent)
    assert (found.dialect.name if found else None) == name
    if found:
        assert agent in found.why


def test_a_long_or_odd_name_is_shown_short_and_printable() -> None:
    found = by_user_agent(DIALECTS, "okta\x1b[2J" + "x" * 500)
    assert found is not None
    assert len(found.why) < 200
    assert found.why.isprintable()


@pytest.mark.parametrize(
    ("query", "body", "name", "fact"),
    [
        pytest.param({}, {"schemas": [GROUPS.base_urn, ADSCIM]}, "entra", "W106", id="Microsoft's schema"),
        pytest.param({"aadOptscim062020": ""}, {"schemas": [PATCH_OP]}, "entra", "W115", id="its flag"),
        pytest.param({"AzureAdScimPatch2017": ""}, {}, "entra", "W115", id="its other flag"),
        pytest.param({}, {"schemas": [CORE], **OKTA_CREATE}, "okta", "W22", id="Okta's create"),
        pytest.param({}, {"schemas": ["urn:scim:schemas:core:2.0"]}, "generic", "W125", id="OneLogin's URN"),
    ],
)
def test_by_what_nobody_else_sends(query: Any, body: Any, name: str, fact: str) -> None:
    found = by_traffic(DIALECTS, query, body)
    assert found is not None
    assert found.dialect.name == name
    assert fact in found.why


@pytest.mark.parametrize(
    ("query", "body"),
    [
        pytest.param({}, {"schemas": [CORE], "userName": "x"}, id="plain SCIM"),
        pytest.param({}, {**OKTA_CREATE, "groups": ["x"]}, id="groups that are not empty"),
        pytest.param({}, {**OKTA_CREATE, "externalId": "00u1"}, id="an id that is too short"),
        pytest.param({}, {**OKTA_CREATE, "externalId": 20}, id="an id that is no text"),
        pytest.param({}, {"schemas": [CORE], "active": "True"}, id="text for a boolean: several send it"),
        pytest.param({}, {"schemas": "x"}, id="schemas of another type"),
        pytest.param({"aadOptscim062020": ""}, OKTA_CREATE, id="signs of two"),
    ],
)
def test_where_it_is_not_plain_nobody_is_recognised(query: Any, body: Any) -> None:
    assert by_traffic(DIALECTS, query, body) is None


def test_strict_is_never_recognised() -> None:
    assert not strict.DIALECT.signs
    assert not strict.DIALECT.recognises("strict")
