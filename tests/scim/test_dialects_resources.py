"""Values under another key than the RFC's (W64, W65, W70, W81, W105, W106, W110, W125, W196)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scim.compiled import CORE, ENTERPRISE, GROUPS, PATCH_OP, USERS, WSOS, replace
from vestibule.scim.dialects import entra, generic, okta, strict
from vestibule.scim.dialects.repair import repair_document, repair_patch

ENTRA_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


@pytest.mark.parametrize(
    ("sent", "meant", "quirk"),
    [
        pytest.param(
            {"title": "x", CORE: {"roles": [{"value": "a"}], "title": "y"}},
            {"title": "x", "roles": [{"value": "a"}]},
            "core_urn_object",
            id="object under the core URN (W70); a key of the resource wins",
        ),
        pytest.param(
            {"name.givenName": "Ana", "name": {"familyName": "Ruiz"}},
            {"name": {"familyName": "Ruiz", "givenName": "Ana"}},
            "paths_as_keys",
            id="dotted name",
        ),
        pytest.param(
            {WSOS: {"name.familyNamePhonetic": "サトウ", "name.givenNamePhonetic": "ハナコ"}},
            {WSOS: {"name": {"familyNamePhonetic": "サトウ", "givenNamePhonetic": "ハナコ"}}},
            "paths_as_keys",
            id="dotted name in an extension (W65, W196)",
        ),
        pytest.param(
            {f"{ENTERPRISE}:department": "IT", ENTERPRISE: {"division": "East"}},
            {ENTERPRISE: {"division": "East", "department": "IT"}},
            "paths_as_keys",
            id="URN-qualified name",
        ),
        pytest.param(
            {f"{ENTERPRISE}:manager": "m1"},
            {ENTERPRISE: {"manager": {"value": "m1"}}},
            "paths_as_keys",
            id="URN-qualified, its value repaired too",
        ),
        pytest.param({f"{CORE}:title": "x"}, {"title": "x"}, "paths_as_keys", id="core URN-qualified"),
        pytest.param(
            {"urn:scim:schemas:extension:enterprise:2.0": {"department": "IT"}},
            {ENTERPRISE: {"department": "IT"}},
            "alias_urns",
            id="alias of the enterprise URN (W125)",
        ),
        pytest.param(
            {"schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]},
            {"schemas": [CORE, ENTERPRISE]},
            "alias_urns",
            id="aliases in schemas (W125)",
        ),
    ],
)
def test_moved(sent: dict[str, Any], meant: dict[str, Any], quirk: str) -> None:
    repaired = repair_document(generic.DIALECT, USERS, sent)
    assert repaired.body == meant
    assert repaired.tolerances[quirk] == 1
    assert repair_document(strict.DIALECT, USERS, sent).body is sent


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"shoe.size": 41}, id="unknown dotted name: the engine drops it"),
        pytest.param({"emails.value": "a@x"}, id="part of several values"),
        pytest.param({"urn:x:1.0:User": {"a": 1}}, id="undeclared extension"),
        pytest.param({"a..b": 1, "": 2, ":": 3, "urn:": 4}, id="no path at all"),
    ],
)
def test_what_means_nothing_stays(body: dict[str, Any]) -> None:
    assert repair_document(generic.DIALECT, USERS, body).body == body


def test_entras_group_schema_is_left_out() -> None:
    """W106."""
    body = {"schemas": [GROUPS.base_urn, ENTRA_GROUP], "displayName": "Sales"}
    assert repair_document(entra.DIALECT, GROUPS, body).body["schemas"] == [GROUPS.base_urn]
    alone = {"schemas": [ENTRA_GROUP], "displayName": "Sales"}
    assert repair_document(entra.DIALECT, GROUPS, alone).body["schemas"] == [GROUPS.base_urn]


@pytest.mark.parametrize("dialect", [okta.DIALECT, entra.DIALECT, generic.DIALECT], ids=lambda d: d.name)
class TestEmptyRoles:
    """W81, W105: said by every Entra create, and it must not clear roles."""

    def test_dropped_and_told(self, dialect: Any) -> None:
        repaired = repair_document(dialect, USERS, {"schemas": [CORE], "userName": "x", "roles": []})
        assert repaired.body == {"schemas": [CORE], "userName": "x"}
        assert repaired.kept == {"roles"}
        assert repaired.tolerances == {"empty_roles": 1}

    def test_meant_in_a_patch(self, dialect: Any) -> None:
        body = {"schemas": [PATCH_OP], "Operations": [replace("roles", []), replace(None, {"roles": []})]}
        assert repair_patch(dialect, USERS, body).body == body


def test_other_empty_lists_stay() -> None:
    body = {"schemas": [CORE], "groups": [], "emails": []}
    assert repair_document(okta.DIALECT, USERS, body).body is body
