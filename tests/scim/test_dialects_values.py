"""Wrong forms of one value, in documents and in PATCH alike (W69, W76–W81, W108, W112, W113, W132, K18, K22)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.scim.compiled import CORE, ENTERPRISE, PATCH_OP, USERS, add
from vestibule.scim.dialects import entra, generic, okta, strict
from vestibule.scim.dialects.repair import repair_document, repair_patch

TOLERANT = [okta.DIALECT, entra.DIALECT, generic.DIALECT]

FORMS = [
    pytest.param("roles", ["admin"], [{"value": "admin"}], "text_for_value", id="array of strings (W76)"),
    pytest.param("roles", "admin", [{"value": "admin"}], "text_for_value", id="one string (W78)"),
    pytest.param("Roles", "admin", [{"value": "admin"}], "text_for_value", id="key Roles (W79)"),
    pytest.param("roles", {"value": "admin"}, [{"value": "admin"}], "one_for_many", id="an object (W79)"),
    pytest.param(
        "roles",
        '[{"value":"admin","primary":"True"}]',
        [{"value": "admin", "primary": True}],
        "json_in_text",
        id="JSON in a string (W79)",
    ),
    pytest.param("roles", '{"value":"admin"}', [{"value": "admin"}], "json_in_text", id="one as JSON"),
    pytest.param("roles", ['{"value":"admin"}'], [{"value": "admin"}], "json_in_text", id="each as JSON"),
    pytest.param(
        "roles",
        [{"value": '{"id":"7","value":"admin","displayName":"Administrator"}'}],
        [{"value": "admin", "display": "Administrator"}],
        "json_in_text",
        id="JSON in its value (W112)",
    ),
    pytest.param("roles", "{not json", [{"value": "{not json"}], "text_for_value", id="text that is no JSON"),
    pytest.param(
        "roles",
        [{"primary": "true", "value": "admin"}],
        [{"primary": True, "value": "admin"}],
        "text_booleans",
        id="primary as text (W69, W192)",
    ),
    pytest.param(
        "roles",
        [{"Primary": "False", "value": "x"}, {"value": "y"}],
        [{"Primary": False, "value": "x"}, {"value": "y"}],
        "text_booleans",
        id="primary as text, in another letter case",
    ),
    pytest.param("active", "True", True, "text_booleans", id="active as text (W108)"),
    pytest.param("active", "false", False, "text_booleans", id="active as text, lower case"),
    pytest.param("emails", ["a@x", "b@x"], [{"value": "a@x"}, {"value": "b@x"}], "text_for_value", id="W132"),
]
CLEAN = [
    pytest.param("active", False, id="boolean"),
    pytest.param("title", "True", id="text that looks like a boolean"),
    pytest.param("roles", [{"value": "admin", "primary": True}], id="roles"),
    pytest.param("displayName", "[a]", id="text that looks like JSON"),
    pytest.param("active", "perhaps", id="text that is no boolean: the engine refuses it"),
    pytest.param("addresses", ["x"], id="text for what has no value: the engine refuses it"),
    pytest.param("emails", "", id="empty text unassigns"),
    pytest.param("roles", None, id="null unassigns"),
]


@pytest.mark.requirement("K18")
@pytest.mark.parametrize("dialect", TOLERANT, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize(("key", "sent", "meant", "quirk"), FORMS)
def test_in_a_document(dialect: Any, key: str, sent: Any, meant: Any, quirk: str) -> None:
    body = {"schemas": [CORE], "userName": "x", key: sent}
    before = deepcopy(body)
    repaired = repair_document(dialect, USERS, body)
    assert repaired.body[key] == meant
    assert repaired.tolerances[quirk] == 1
    assert any(note.startswith(key.lower()) for note in repaired.notes)
    assert body == before


@pytest.mark.requirement("K18")
@pytest.mark.parametrize("dialect", TOLERANT, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize(("key", "sent", "meant", "quirk"), FORMS)
def test_in_a_patch(dialect: Any, key: str, sent: Any, meant: Any, quirk: str) -> None:
    body = {"schemas": [PATCH_OP], "Operations": [add(key, sent), add(None, {key: sent})]}
    before = deepcopy(body)
    repaired = repair_patch(dialect, USERS, body)
    first, second = repaired.body["Operations"]
    assert first["value"] == meant
    assert second["value"] == {key: meant}
    assert repaired.tolerances[quirk] == 2
    assert body == before


@pytest.mark.parametrize(("key", "sent"), CLEAN)
def test_clean_values_stay(key: str, sent: Any) -> None:
    body = {"schemas": [CORE], "userName": "x", key: sent}
    repaired = repair_document(generic.DIALECT, USERS, body)
    assert repaired.body == body
    assert repaired.tolerances == {}


@pytest.mark.parametrize(("key", "sent", "meant", "quirk"), FORMS)
def test_strict_repairs_nothing(key: str, sent: Any, meant: Any, quirk: str) -> None:
    body = {"schemas": [CORE], "userName": "x", key: sent}
    assert repair_document(strict.DIALECT, USERS, body).body is body


class TestManager:
    """W113, K22: the id as plain text."""

    @pytest.mark.requirement("K22")
    def test_in_a_document(self) -> None:
        body = {"schemas": [CORE], ENTERPRISE: {"manager": "m1"}}
        repaired = repair_document(entra.DIALECT, USERS, body)
        assert repaired.body[ENTERPRISE] == {"manager": {"value": "m1"}}

    @pytest.mark.requirement("K22")
    @pytest.mark.parametrize(
        ("path", "sent", "meant"),
        [
            pytest.param(f"{ENTERPRISE}:manager", "m1", {"value": "m1"}, id="by path"),
            pytest.param(f"{ENTERPRISE}:manager", "", "", id="empty text: the engine removes"),
            pytest.param(
                ENTERPRISE, {"manager": "m1"}, {"manager": {"value": "m1"}}, id="the extension by path"
            ),
        ],
    )
    def test_in_a_patch(self, path: str, sent: Any, meant: Any) -> None:
        body = {"schemas": [PATCH_OP], "Operations": [add(path, sent)]}
        assert repair_patch(entra.DIALECT, USERS, body).body["Operations"][0]["value"] == meant


def test_deep_json_in_text_is_left_to_the_engine() -> None:
    body = {"schemas": [CORE], "roles": "[" * 60_000}
    repaired = repair_document(generic.DIALECT, USERS, body)
    assert repaired.body["roles"] == [{"value": "[" * 60_000}]
