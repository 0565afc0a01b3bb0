"""Which dialects there are, whom they recognise, and that a clean body costs them nothing."""

from __future__ import annotations

import timeit

import pytest

from tests.scim.compiled import CORE, ENTERPRISE, GROUPS, PATCH_OP, USERS
from vestibule.registry import members
from vestibule.scim.dialects import entra, generic, okta, strict
from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.dialects.repair import repair_document, repair_patch

DIALECTS = [okta.DIALECT, entra.DIALECT, generic.DIALECT, strict.DIALECT]

#: The body of W21 with an extension.
CREATE = {
    "schemas": [CORE, ENTERPRISE],
    "userName": "mika.laine@corp.test",
    "name": {"givenName": "Mika", "familyName": "Laine"},
    "emails": [{"primary": True, "value": "mika.laine@corp.test", "type": "work"}],
    "displayName": "Mika Laine",
    "locale": "en-US",
    "title": "Lead",
    "externalId": "00u1abcdEFGH2ijkl3m4",
    "groups": [],
    "password": "k3Tq9ab1",
    "active": True,
    ENTERPRISE: {"department": "Sales", "manager": {"value": "m1"}},
}
DEACTIVATE = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "value": {"active": False}}]}
MEMBERSHIP = {
    "schemas": [PATCH_OP],
    "Operations": [
        {"op": "remove", "path": 'members[value eq "u1"]'},
        {"op": "add", "path": "members", "value": [{"value": "u2", "display": "mika.laine@corp.test"}]},
    ],
}


def test_the_folder_is_the_list() -> None:
    found = members("vestibule.scim.dialects", "DIALECT", third_parties=False)
    assert sorted(found) == ["entra", "generic", "okta", "strict"]
    assert all(dialect.name == name for name, dialect in found.items())


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Okta SCIM Client 1.0.0", "okta"),
        ("OKTA SCIM Integration", "okta"),
        ("Microsoft Azure AD provisioning", "entra"),
        ("python-httpx/1.0", None),
        ("", None),
    ],
)
def test_recognises(agent: str, name: str | None) -> None:
    recognised = [dialect.name for dialect in DIALECTS if dialect.recognises(agent)]
    assert recognised == ([name] if name else [])


def test_what_the_dialects_allow() -> None:
    assert [d.name for d in DIALECTS if d.upsert_on_no_target] == ["entra", "generic"]
    assert [d.name for d in DIALECTS if d.match_people] == ["okta", "entra", "generic"]
    assert [d.name for d in DIALECTS if d.strict] == ["strict"]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
class TestCleanBodies:
    def test_come_back_as_they_are(self, dialect: Dialect) -> None:
        assert repair_document(dialect, USERS, CREATE).body is CREATE
        assert repair_patch(dialect, USERS, DEACTIVATE).body is DEACTIVATE
        assert repair_patch(dialect, GROUPS, MEMBERSHIP).body is MEMBERSHIP

    def test_cost_next_to_nothing(self, dialect: Dialect) -> None:
        """Some 5 and 3 µs on the machine it was written on; ten times that would be a defect."""
        document = min(timeit.repeat(lambda: repair_document(dialect, USERS, CREATE), number=1000, repeat=5))
        patch = min(timeit.repeat(lambda: repair_patch(dialect, USERS, DEACTIVATE), number=1000, repeat=5))
        assert document < 0.05
        assert patch < 0.03
