"""PATCH operations in other forms than the RFC's (W108–W115, W126, W130, K17–K22)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scim.compiled import (
    CORE,
    ENTERPRISE,
    GROUPS,
    PATCH_OP,
    USERS,
    WSOS,
    add,
    person,
    remove,
    replace,
    team,
)
from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects import entra, generic, okta, strict
from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.dialects.repair import repair_filter, repair_patch
from vestibule.scim.errors import InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue
from vestibule.scim.patch import AddMembers, ClearMembers, Patched, RemoveMembers, apply_patch, parse_patch


def sent(
    *operations: Any,
    dialect: Dialect = entra.DIALECT,
    type: CompiledType = USERS,
    document: dict[str, Any] | None = None,
) -> Patched:
    """What a PATCH in that dialect does, all the way through."""
    body = {"schemas": [PATCH_OP], "Operations": list(operations)}
    repaired = repair_patch(dialect, type, body)
    message = parse_patch(repaired.body, strict=dialect.strict)
    held = document or (team() if type is GROUPS else person())
    return apply_patch(type, held, message, upsert=dialect.upsert_on_no_target, strict=dialect.strict)


class TestEntra:
    """Its forms, one by one, by what they do to Hanako."""

    @pytest.mark.requirement("K17", "K18")
    @pytest.mark.parametrize("value", ["False", "false", False])
    def test_disable(self, value: Any) -> None:
        """W108."""
        operation = {"op": "Replace", "path": "active", "value": value}
        assert sent(operation).document == person(active=False)

    @pytest.mark.requirement("K19")
    def test_a_path_to_what_is_not_there(self) -> None:
        """W109, K19."""
        operation = {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+81501"}
        assert sent(operation).document["phoneNumbers"] == [{"value": "+81501", "type": "mobile"}]

    @pytest.mark.requirement("K20")
    def test_no_path_with_paths_for_keys(self) -> None:
        """W110, K20."""
        value = {
            "displayName": "H",
            "name.givenName": "Hana",
            'emails[type eq "work"].value': "h@new.test",
            f"{ENTERPRISE}:employeeNumber": "7",
            ENTERPRISE: {"division": "East"},
        }
        document = sent({"op": "Replace", "value": value}).document
        assert document["displayName"] == "H"
        assert document["name"] == {"familyName": "佐藤", "givenName": "Hana"}
        assert document["emails"][0] == {"value": "h@new.test", "type": "work", "primary": True}
        assert document[ENTERPRISE]["employeeNumber"] == "7"
        assert document[ENTERPRISE]["division"] == "East"
        assert document[ENTERPRISE]["department"] == "Sales"

    def test_role_by_quoted_boolean(self) -> None:
        """W112: else each change appends a role."""
        held = person(roles=[{"value": "general", "primary": True}])
        operation = {"op": "Replace", "path": 'roles[primary eq "True"].value', "value": "admin"}
        assert sent(operation, document=held).document["roles"] == [{"value": "admin", "primary": True}]

    @pytest.mark.requirement("K22")
    def test_manager(self) -> None:
        """W113, K22."""
        path = f"{ENTERPRISE}:manager"
        assert sent(add(path, "m2")).document[ENTERPRISE]["manager"] == {"value": "m2"}
        assert "manager" not in sent(replace(path, "")).document[ENTERPRISE]

    def test_a_schema_that_is_not_declared(self) -> None:
        """One mapping too many does not fail the rest."""
        operations = [add("urn:acme:2.0:User:badge", "7"), replace("displayName", "H")]
        assert sent(*operations).document == person(displayName="H")

    def test_empty_text_removes(self) -> None:
        """W114."""
        assert sent(replace("displayName", "")).document == person(displayName=None)
        emails = sent(replace('emails[type eq "home"].value', "")).document["emails"]
        assert [email["type"] for email in emails] == ["work"]


class TestMembers:
    """W111, K21: remove with a list removes these, never all."""

    @pytest.mark.requirement("K21")
    @pytest.mark.parametrize("dialect", [entra.DIALECT, generic.DIALECT], ids=lambda d: d.name)
    @pytest.mark.parametrize(
        ("value", "membership"),
        [
            pytest.param([{"$ref": None, "value": "u1"}], [RemoveMembers(("u1",))], id="one"),
            pytest.param([{"value": "u1"}, {"value": "u2"}], [RemoveMembers(("u1", "u2"))], id="several"),
            pytest.param({"value": "u1"}, [RemoveMembers(("u1",))], id="an object"),
            pytest.param("u1", [RemoveMembers(("u1",))], id="a bare id"),
            pytest.param(["u1", "u2"], [RemoveMembers(("u1", "u2"))], id="bare ids"),
            pytest.param([], [], id="none at all"),
        ],
    )
    def test_removes_these(self, dialect: Dialect, value: Any, membership: list[Any]) -> None:
        operation = {"op": "Remove", "path": "members", "value": value}
        assert list(sent(operation, dialect=dialect, type=GROUPS).membership) == membership

    @pytest.mark.requirement("K21", "K32")
    def test_a_thousand(self) -> None:
        ids = [f"user-{number:036}" for number in range(1000)]
        operation = {"op": "Remove", "path": "members", "value": [{"value": id} for id in ids]}
        removed = sent(operation, type=GROUPS).membership
        assert [value for each in removed for value in each.values] == ids  # type: ignore[union-attr]

    @pytest.mark.requirement("K21")
    @pytest.mark.parametrize("value", [[{"display": "x"}], [{"value": ""}], [{"value": "u1"}, None], [1]])
    def test_refuses_what_names_nobody(self, value: Any) -> None:
        with pytest.raises(InvalidValue, match="nothing was removed"):
            sent({"op": "Remove", "path": "members", "value": value}, type=GROUPS)

    def test_without_a_list_all_go(self) -> None:
        assert sent(remove("members"), type=GROUPS).membership == (ClearMembers(),)

    def test_add_with_null_references(self) -> None:
        operation = {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "u1"}]}
        assert sent(operation, type=GROUPS).membership == (AddMembers(("u1",)),)


class TestRemoveWithValue:
    def test_of_a_multi_valued_attribute(self) -> None:
        operation = {"op": "Remove", "path": "emails", "value": [{"value": "hanako@home.test"}]}
        assert [email["type"] for email in sent(operation).document["emails"]] == ["work"]

    def test_of_a_single_value(self) -> None:
        operation = {"op": "Remove", "path": "displayName", "value": "佐藤 花子"}
        assert sent(operation).document == person(displayName=None)

    def test_beside_a_filter(self) -> None:
        operation = {"op": "Remove", "path": 'emails[type eq "home"]', "value": ""}
        assert len(sent(operation).document["emails"]) == 1


class TestMessage:
    def test_without_schemas(self) -> None:
        body = {"Operations": [replace("active", False)]}
        for dialect in (okta.DIALECT, entra.DIALECT, generic.DIALECT):
            repaired = repair_patch(dialect, USERS, body)
            assert len(parse_patch(repaired.body)) == 1
            assert repaired.tolerances == {"missing_schemas": 1}
        with pytest.raises(InvalidSyntax):
            parse_patch(repair_patch(strict.DIALECT, USERS, body).body)

    @pytest.mark.parametrize("body", [{}, {"Operations": {}}, {"Operations": "x"}, {"Operations": None}])
    def test_what_is_no_message_is_left_to_the_engine(self, body: dict[str, Any]) -> None:
        assert repair_patch(generic.DIALECT, USERS, body).body is body

    def test_an_empty_path_is_none(self) -> None:
        """No client is known to send it, so nothing is guessed."""
        with pytest.raises(InvalidPath):
            sent({"op": "replace", "path": "", "value": {"active": False}}, dialect=generic.DIALECT)

    def test_an_alias_in_a_path(self) -> None:
        """W125."""
        operation = replace("urn:scim:schemas:extension:enterprise:2.0:department", "IT")
        assert sent(operation, dialect=generic.DIALECT).document[ENTERPRISE]["department"] == "IT"

    def test_operations_that_are_none(self) -> None:
        with pytest.raises(InvalidSyntax, match="Operation 1 must be an object"):
            sent("x", dialect=generic.DIALECT)


class TestOkta:
    def test_flat_names_of_an_extension(self) -> None:
        """W65, W196."""
        value = {WSOS: {"name.familyNamePhonetic": "サトウ"}}
        document = sent(replace(None, value), dialect=okta.DIALECT).document
        assert document[WSOS] == {"name": {"familyNamePhonetic": "サトウ"}}

    def test_role_under_the_core_urn(self) -> None:
        """W70."""
        document = sent(replace(None, {CORE: {"roles": ["admin"]}}), dialect=okta.DIALECT).document
        assert document["roles"] == [{"value": "admin"}]


class TestQueryFilter:
    """W112 in a query."""

    @pytest.mark.requirement("K18")
    def test_text_for_a_boolean(self) -> None:
        text = 'active eq "True" and emails[primary eq "false" and value eq "true"]'
        repaired = repair_filter(entra.DIALECT, USERS, text)
        assert str(repaired.filter) == 'active eq true and emails[primary eq false and value eq "true"]'
        assert repaired.tolerances == {"quoted_booleans": 1}
        assert repaired.notes == ("text was compared with true or false, and read as that",)

    @pytest.mark.parametrize("dialect", [entra.DIALECT, strict.DIALECT, okta.DIALECT], ids=lambda d: d.name)
    def test_clean(self, dialect: Dialect) -> None:
        repaired = repair_filter(dialect, USERS, 'userName eq "true"')
        assert (str(repaired.filter), repaired.tolerances) == ('userName eq "true"', {})

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("externalId eq jyoung", 'externalId eq "jyoung"'),
            ("userName EQ o’brien@corp.test", 'userName eq "o’brien@corp.test"'),
            ("active eq True and x", None),
            ("externalId eq jy oung", None),
            ("externalId co jyoung", None),
            ('externalId eq jy"oung', None),
            ("externalId eq (jyoung)", None),
            ("externalId eq jy\\oung", None),
        ],
    )
    def test_without_quotes(self, text: str, meant: str | None) -> None:
        """W123: only where that is the whole of it."""
        for dialect in (entra.DIALECT, generic.DIALECT):
            if meant is None:
                with pytest.raises(InvalidFilter):
                    repair_filter(dialect, USERS, text)
            else:
                repaired = repair_filter(dialect, USERS, text)
                assert (str(repaired.filter), repaired.tolerances) == (meant, {"bare_value": 1})
        for dialect in (okta.DIALECT, strict.DIALECT):
            with pytest.raises(InvalidFilter):
                repair_filter(dialect, USERS, text)
