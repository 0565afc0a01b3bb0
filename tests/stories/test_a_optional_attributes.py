"""A, optional attributes: each lands in the right place, under its namespace."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.stage import WSOS, Stage

HANAKO = "hanako.sato@kitano.example"

#: variable → (mapping, what the user then holds).
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "slackAccount": ("user.slackAccount", {"accounts": [{"type": "slack", "value": HANAKO}]}),
    "googleAccount": ("user.googleAccount", {"accounts": [{"type": "google", "value": HANAKO}]}),
    "displayName": ("user.displayName", {"displayName": "佐藤 花子"}),
    "familyNamePhonetic": ("user.familyNamePhonetic", {WSOS: {"name": {"familyNamePhonetic": "サトウ"}}}),
    "givenNamePhonetic": ("user.givenNamePhonetic", {WSOS: {"name": {"givenNamePhonetic": "ハナコ"}}}),
    "additionalInformation": ("user.note", {WSOS: {"name": {"additionalInformation": "3F reception"}}}),
}


def test_all_of_them_together(stage: Stage) -> None:
    """A, optional attributes: the accounts on the core schema, the phonetic names under wsos, the role."""
    tenant, application = stage.both("acall")
    for variable, (expression, _) in ROWS.items():
        stage.commands("app", "map", application.name, variable, "--expression", expression)
    application.assign(HANAKO, primaryRole="admin")
    application.counts(creates=1)
    user = tenant.person(HANAKO)
    assert {account["type"]: account["value"] for account in user["accounts"]} == {
        "slack": HANAKO,
        "google": HANAKO,
    }
    assert user["roles"] == [{"value": "admin", "primary": True}]
    assert user["displayName"] == "佐藤 花子"
    assert user[WSOS] == {
        "name": {
            "familyNamePhonetic": "サトウ",
            "givenNamePhonetic": "ハナコ",
            "additionalInformation": "3F reception",
        }
    }
    assert WSOS in user["schemas"]
    application.counts()


@pytest.mark.parametrize("variable", ROWS)
def test_each_alone_then_changed_then_gone(stage: Stage, variable: str) -> None:
    """A, optional attributes: one value, in its place and nowhere else; it goes when it goes in the directory.

    Okta itself leaves an account behind whose value went away (W157); our own merge takes it along.
    """
    expression, expected = ROWS[variable]
    tenant, application = stage.both("acall", as_okta=False)
    stage.commands("app", "map", application.name, "displayName", "--remove")
    row = ("--external-name", "displayName") if variable == "displayName" else ()
    stage.commands("app", "map", application.name, variable, "--expression", expression, *row)
    application.assign(HANAKO)
    application.counts(creates=1)
    user = tenant.person(HANAKO)
    held = {key: user[key] for key in ("accounts", "displayName", WSOS) if key in user}
    assert held == expected

    stage.edit(
        "people.csv",
        "花子,佐藤,佐藤 花子,サトウ,ハナコ,Facility Manager,Facilities,Kitano Works,K1001,ja-JP,+81-50-1234-5678,"
        f"{HANAKO},{HANAKO},3F reception,",
        "花子,佐藤,,,,Facility Manager,Facilities,Kitano Works,K1001,ja-JP,+81-50-1234-5678,,,,",
    )
    stage.read_directory()
    application.counts(updates=1)
    user = tenant.person(HANAKO)
    assert not {"accounts", "displayName", WSOS} & user.keys()


def test_primary_role_is_admin_or_general(stage: Stage) -> None:
    """A, primary role: general where nothing is said; by group; an unknown one refused at both ends."""
    tenant, application = stage.both("acall")
    application.assign(groups=("acall-admins",), primaryRole="admin")
    application.assign("doyun.kim@kitano.example")
    application.apply()
    admin = next(user for user in tenant.people() if user.get("roles"))
    assert admin["roles"] == [{"value": "admin", "primary": True}]
    assert tenant.shown(admin["userName"])["role"] == "admin"
    doyun = tenant.shown("doyun.kim@kitano.example")
    assert (doyun["role"], doyun["roleExplanation"]["rule"]) == ("general", "default role")

    refused = stage.commands(
        *("app", "assign", application.name, "--person", "doyun.kim@kitano.example"),
        *("--set", "primaryRole=owner"),
        refused=True,
    )
    assert "Allowed: admin, general" in refused.err
    path = f"/Users/{doyun['id']}"
    operation = {"op": "replace", "path": "roles", "value": [{"value": "owner", "primary": True}]}
    answer = tenant.hand(
        "PATCH",
        path,
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]},
    )
    assert (answer.status, answer.json["scimType"]) == (400, "invalidValue")
    assert '"owner"' in answer.detail
    assert '"admin", "general"' in answer.detail


def test_an_account_of_an_unknown_service_is_refused(stage: Stage) -> None:
    """A, accounts: slack and google are what there is."""
    tenant = stage.tenant("acall")
    answer = tenant.hand(
        "POST",
        "/Users",
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": HANAKO,
            "name": {"familyName": "佐藤", "givenName": "花子"},
            "accounts": [{"type": "fax", "value": "x"}],
        },
    )
    assert answer.status == 400
    assert "fax" in answer.detail
    assert "slack" in answer.detail
