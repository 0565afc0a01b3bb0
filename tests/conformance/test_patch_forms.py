"""Each form of a PATCH by what it leaves behind, over HTTP (RFC 7644 §3.5.2)."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import pytest

from tests.cast import ENTERPRISE_USER, patch
from tests.conformance.people import EVERYTHING, change, created, is_error, path_of, person
from tests.installation import Tenant

WORK = {"value": "mika@corp.test", "type": "work", "primary": True}
HOME = {"value": "mika@home.test", "type": "home"}
OTHER = {"value": "mika@other.test", "type": "other"}
NAME = {"familyName": "Laine", "givenName": "Mika"}
BEFORE = {"title": "Boss", "name": NAME, "emails": [WORK, HOME], ENTERPRISE_USER: {"department": "Sales"}}
DEPARTMENT = f"{ENTERPRISE_USER}:department"

#: What is sent, and which keys are what afterwards; None is gone.
FORMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "R151 add, single": (change("add", "title", "Chief"), {"title": "Chief"}),
    "R151 add, not there": (change("add", "nickName", "Mikki"), {"nickName": "Mikki"}),
    "R151 add, complex": (change("add", "name", {"middleName": "M"}), {"name": {**NAME, "middleName": "M"}}),
    "R151 add, a part": (change("add", "name.middleName", "M"), {"name": {**NAME, "middleName": "M"}}),
    "R151 add, several": (change("add", "emails", [OTHER]), {"emails": [WORK, HOME, OTHER]}),
    "R151 add, one of several": (change("add", "emails", OTHER), {"emails": [WORK, HOME, OTHER]}),
    "R151 add, the extension": (
        change("add", ENTERPRISE_USER, {"division": "East"}),
        {ENTERPRISE_USER: {"department": "Sales", "division": "East"}},
    ),
    "R153 remove, single": (change("remove", "title"), {"title": None}),
    "R153 remove, not there": (change("remove", "nickName"), {}),
    "R153 remove, complex": (change("remove", "name"), {"name": None}),
    "R153 remove, a part": (change("remove", "name.givenName"), {"name": {"familyName": "Laine"}}),
    "R153 remove, all of several": (change("remove", "emails"), {"emails": None}),
    "R153 remove, what matches": (change("remove", 'emails[type eq "home"]'), {"emails": [WORK]}),
    "R153 remove, all that match": (change("remove", "emails[value pr]"), {"emails": None}),
    "R153 remove, a part of what matches": (
        change("remove", 'emails[value eq "mika@home.test"].type'),
        {"emails": [WORK, {"value": "mika@home.test"}]},
    ),
    "R153 remove, of an extension": (change("remove", DEPARTMENT), {ENTERPRISE_USER: None}),
    "R156 replace, not there": (change("replace", "nickName", "Mikki"), {"nickName": "Mikki"}),
    "R157 replace, complex": (
        change("replace", "name", {"givenName": "M"}),
        {"name": {**NAME, "givenName": "M"}},
    ),
    "R158 replace, all of several": (change("replace", "emails", [OTHER]), {"emails": [OTHER]}),
    "R158 replace, what matches": (
        change("replace", 'emails[type eq "home"]', {"value": "new@home.test"}),
        {"emails": [WORK, {"value": "new@home.test", "type": "home"}]},
    ),
    "R158 replace, a part of what matches": (
        change("replace", 'emails[type eq "work"].value', "new@corp.test"),
        {"emails": [{**WORK, "value": "new@corp.test"}, HOME]},
    ),
    "R158 replace, a part of all": (
        change("replace", "emails[value pr].display", "Mika"),
        {"emails": [{**WORK, "display": "Mika"}, {**HOME, "display": "Mika"}]},
    ),
    "R158 replace, of an extension": (
        change("replace", DEPARTMENT, "IT"),
        {ENTERPRISE_USER: {"department": "IT"}},
    ),
}
WITHOUT_PATH: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "R150 add": (
        change("add", None, {"nickName": "Mikki", "name": {"middleName": "M"}, "emails": [OTHER]}),
        {"nickName": "Mikki", "name": {**NAME, "middleName": "M"}, "emails": [WORK, HOME, OTHER]},
    ),
    "R155 replace": (
        change("replace", None, {"active": False, "title": "Chief"}),
        {"active": False, "title": "Chief"},
    ),
    "R155 replace, several": (change("replace", None, {"emails": [OTHER]}), {"emails": [OTHER]}),
    "R155 replace, an extension": (
        change("replace", None, {ENTERPRISE_USER: {"department": "IT"}}),
        {ENTERPRISE_USER: {"department": "IT"}},
    ),
    "K20 paths for keys": (
        change(
            "replace",
            None,
            {"name.givenName": "M", DEPARTMENT: "IT", 'emails[type eq "home"].value': "n@home.test"},
        ),
        {
            "name": {**NAME, "givenName": "M"},
            ENTERPRISE_USER: {"department": "IT"},
            "emails": [WORK, {"value": "n@home.test", "type": "home"}],
        },
    ),
}


async def leaves(tenant: Tenant, message: dict[str, Any], after: dict[str, Any]) -> None:
    """Send it to Mika and look: what is named is so, and all else as before, in the answer and by GET."""
    made = await created(tenant, person(**deepcopy(BEFORE)))
    answer = await tenant.patch(path_of(made), message)
    assert answer.status == 200, answer.json
    assert (await tenant.get(path_of(made))).json == answer.json
    expected = {**made, **after}
    held = {
        key: value for key, value in expected.items() if value is not None and key not in ("meta", "schemas")
    }
    assert {key: value for key, value in answer.json.items() if key not in ("meta", "schemas")} == held
    moved = {**BEFORE, **after} != BEFORE
    assert (answer.json["meta"]["version"] != made["meta"]["version"]) is moved


@pytest.mark.requirement("R143", "R151", "R153", "R156", "R157", "R158")
@pytest.mark.parametrize(("message", "after"), FORMS.values(), ids=FORMS.keys())
async def test_a_form_with_a_path(either: Tenant, message: dict[str, Any], after: dict[str, Any]) -> None:
    await leaves(either, message, after)


@pytest.mark.requirement("R142", "R150", "R155", "K5", "K20")
@pytest.mark.parametrize(("message", "after"), WITHOUT_PATH.values(), ids=WITHOUT_PATH.keys())
async def test_a_form_without_a_path(tenant: Tenant, message: dict[str, Any], after: dict[str, Any]) -> None:
    await leaves(tenant, message, after)


@pytest.mark.requirement("R140", "R141", "R142", "R150")
@pytest.mark.parametrize(
    ("message", "scim_type"),
    [
        pytest.param(
            {"schemas": ["urn:x"], "Operations": [{"op": "remove", "path": "title"}]},
            "invalidSyntax",
            id="schemas",
        ),
        pytest.param({"schemas": patch()["schemas"]}, "invalidSyntax", id="no Operations"),
        pytest.param(patch(), "invalidSyntax", id="none"),
        pytest.param({**patch(), "Operations": {}}, "invalidSyntax", id="no array"),
        pytest.param(patch({"op": "move", "path": "title"}), "invalidSyntax", id="unknown op"),
        pytest.param(patch({"path": "title", "value": "x"}), "invalidSyntax", id="no op"),
        pytest.param(
            patch({"op": ["add"], "path": "title", "value": "x"}), "invalidSyntax", id="several ops"
        ),
        pytest.param(patch({"op": "remove"}), "noTarget", id="remove without path"),
        pytest.param(patch({"op": "add", "path": "title"}), "invalidValue", id="add without value"),
        pytest.param(patch({"op": "replace", "value": "x"}), None, id="neither path nor object"),
    ],
)
async def test_what_is_no_patch(either: Tenant, message: dict[str, Any], scim_type: str | None) -> None:
    made = await created(either, person(title="Boss"))
    is_error(await either.patch(path_of(made), message), 400, scim_type)
    assert (await either.get(path_of(made))).json == made


@pytest.mark.requirement("R140")
async def test_a_patch_without_schemas_is_for_the_tolerant(tenant: Tenant, strict: Tenant) -> None:
    message = {"Operations": [{"op": "replace", "path": "title", "value": "Chief"}]}
    is_error(await strict.patch(path_of(await created(strict, person())), message), 400, "invalidSyntax")
    answer = await tenant.patch(path_of(await created(tenant, person())), message)
    assert answer.json["title"] == "Chief"


@pytest.mark.requirement("R2", "R92", "K17")
@pytest.mark.parametrize("op", ["add", "Add", "ADD", "replace", "Replace", "REPLACE"])
async def test_op_and_names_in_any_letter_case(either: Tenant, op: str) -> None:
    made = await created(either, person())
    message = {"SCHEMAS": patch()["schemas"], "operations": [{"OP": op, "Path": "TITLE", "VALUE": "Chief"}]}
    assert (await either.patch(path_of(made), message)).json["title"] == "Chief"


@pytest.mark.requirement("R146")
async def test_operations_see_what_those_before_them_did(either: Tenant) -> None:
    made = await created(either, person(**deepcopy(BEFORE)))
    answer = await either.patch(
        path_of(made),
        patch(
            {"op": "add", "path": "emails", "value": [OTHER]},
            {"op": "replace", "path": 'emails[type eq "other"].value', "value": "x@other.test"},
            {"op": "remove", "path": 'emails[value eq "mika@other.test" or type eq "home"]'},
            {"op": "remove", "path": "title"},
            {"op": "add", "path": "title", "value": "Chief"},
            {"op": "replace", "path": 'emails[value eq "x@other.test"].primary', "value": True},
        ),
    )
    assert answer.json["title"] == "Chief"
    assert answer.json["emails"] == [
        {**WORK, "primary": False},
        {"value": "x@other.test", "type": "other", "primary": True},
    ]


@pytest.mark.requirement("R12", "R20")
async def test_the_order_of_keys_means_nothing(either: Tenant) -> None:
    dice = random.Random(7643)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = dice.sample(list(value), len(value))
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(one) for one in value] if isinstance(value, list) else value

    def bare(document: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in document.items() if key not in ("id", "meta")}

    first = await created(either, deepcopy(EVERYTHING))
    await either.delete(path_of(first))
    for _ in range(5):
        made = await created(either, shuffled({**EVERYTHING, "schemas": EVERYTHING["schemas"][::-1]}))
        assert bare(made) == bare(first)
        put = await either.put(path_of(made), shuffled(made))
        assert put.json == made
        message = shuffled(
            patch({"op": "replace", "path": "title", "value": "x"}, {"op": "remove", "path": "title"})
        )
        assert bare((await either.patch(path_of(made), message)).json) == {
            key: value for key, value in bare(first).items() if key != "title"
        }
        await either.delete(path_of(made))
