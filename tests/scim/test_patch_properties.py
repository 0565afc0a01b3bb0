"""What holds for every PATCH, however odd: an answer in SCIM's words, or a canonical document (R148, R17)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scim.compiled import CORE, ENTERPRISE, GROUPS, PATCH_OP, USERS, WSOS, person, team
from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects import entra, generic, okta, strict
from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.dialects.repair import repair_document, repair_patch
from vestibule.scim.errors import ScimError
from vestibule.scim.patch import apply_patch, parse_patch

DIALECTS = [okta.DIALECT, entra.DIALECT, generic.DIALECT, strict.DIALECT]

texts = st.sampled_from(
    ["", "x", "True", "false", "a@x", "work", "home", '{"value":"admin"}', "[1]", "[", "😀", "\0"]
)
simple = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
keys = st.sampled_from(
    [
        "value",
        "type",
        "primary",
        "Primary",
        "$ref",
        "display",
        "givenName",
        "name.givenName",
        "department",
        "manager",
        "level",
        "badges",
        "name",
        "emails",
        "roles",
        "members",
        "active",
        "id",
        "externalId",
        "schemas",
        "urn:x:y",
        f"{ENTERPRISE}:department",
        ENTERPRISE,
        WSOS,
        CORE,
        "userName",
        'emails[type eq "work"].value',
    ]
)
values = st.recursive(
    simple,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
paths = st.sampled_from(
    [
        "userName",
        "active",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        'emails[type eq "work"]',
        "externalId",
        'emails[type eq "home"].value',
        "emails[primary eq true].primary",
        'emails[type eq "new"].value',
        "roles",
        'roles[primary eq "True"].value',
        ENTERPRISE,
        f"{ENTERPRISE}:department",
        f"{ENTERPRISE}:manager",
        "members",
        'members[value eq "u1"]',
        'members[type eq "User"]',
        f"{WSOS}:badges",
        f'{WSOS}:badges[type eq "x"].value',
        WSOS,
        f"{WSOS}:name.familyNamePhonetic",
        f"{WSOS}:badgeNumber",
        "id",
        "meta",
        "groups",
        "password",
        "nope",
        "schemas",
        "",
        "x y",
        "urn:nobody:1.0:User:x",
        'name[givenName eq "花子"]',
        "emails[not (value pr)]",
    ]
)
operations = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "Replace", "move"])},
    optional={"path": paths, "value": values},
)
messages = st.builds(
    lambda several: {"schemas": [PATCH_OP], "Operations": several}, st.lists(operations, max_size=4)
)


def primaries(document: dict[str, Any]) -> list[int]:
    lists = [value for value in document.values() if isinstance(value, list)]
    return [sum(isinstance(v, dict) and v.get("primary") is True for v in each) for each in lists]


@pytest.mark.requirement("R14", "R145")
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
@pytest.mark.parametrize("type", [USERS, GROUPS], ids=lambda t: t.name)
@settings(max_examples=100, deadline=None)
@given(message=messages)
def test_a_patch_ends_in_a_canonical_document_or_a_scim_error(
    dialect: Dialect, type: CompiledType, message: dict[str, Any]
) -> None:
    held = person() if type is USERS else team()
    before = deepcopy((held, message))
    try:
        repaired = repair_patch(dialect, type, message)
        parsed = parse_patch(repaired.body, strict=dialect.strict)
        result = apply_patch(
            type, held, parsed, upsert=dialect.upsert_on_no_target, strict=dialect.strict
        ).document
    except ScimError:
        result = held
    assert (held, message) == before
    assert result["id"] == held["id"]
    assert "members" not in result
    assert "externalId" not in result
    assert type.with_schemas(result) == result
    again = type.check(result).document
    assert {**again, "id": held["id"]} == result
    assert all(count < 2 for count in primaries(result))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.name)
@settings(max_examples=100, deadline=None)
@given(body=st.dictionaries(keys | st.sampled_from(["Operations", "active"]), values, max_size=5))
def test_repairs_take_any_object(dialect: Dialect, body: dict[str, Any]) -> None:
    before = deepcopy(body)
    for type in (USERS, GROUPS):
        document = repair_document(dialect, type, body)
        repair_patch(dialect, type, body)
        assert body == before
        assert repair_document(dialect, type, document.body).body == document.body, "repaired twice"
