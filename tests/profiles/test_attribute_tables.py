"""The help pages' attribute tables hold against the rows of the scenarios, written out here."""

from __future__ import annotations

import pytest

from vestibule.profiles.attribute_table import attribute_table, optional_rows, required_rows
from vestibule.profiles.builtin import builtin_profile
from vestibule.profiles.profile import ApplicationProfile

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
WSOS = "urn:ietf:params:scim:schemas:extension:wsos:2.0:User"

#: Scenario A, *Mandatory attributes*: attribute, default value in Okta.
ACALL_MANDATORY = [
    ("userName", "user.email"),
    ("name.familyName", "user.lastName"),
    ("name.givenName", "user.firstName"),
]

#: Scenario A, *Optional attributes*: attribute, namespace, external name in Okta, meaning.
ACALL_OPTIONAL = [
    ("Slack account", CORE, "accounts.^[type=='slack'].value", "E-mail of the Slack account"),
    (
        "Google account",
        CORE,
        "accounts.^[type=='google'].value",
        "E-mail of the G Suite (Google Workspace) account",
    ),
    ("Primary role", CORE, "roles.^[primary==true].value", "`admin` or `general`"),
    ("Display name", CORE, "displayName", ""),
    ("Phonetic family name", WSOS, "name.familyNamePhonetic", "For Chinese, Japanese and Korean names"),
    ("Phonetic given name", WSOS, "name.givenNamePhonetic", "For Chinese, Japanese and Korean names"),
    ("Additional information", WSOS, "name.additionalInformation", "Free text"),
]


def profile(name: str) -> ApplicationProfile:
    found = builtin_profile(name)
    assert found is not None
    return found


def test_acall_asks_for_the_mandatory_attributes() -> None:
    rows = required_rows(profile("acall"))
    assert [(external, default) for _, default, external, _, _ in rows] == ACALL_MANDATORY


def test_acall_says_where_the_user_name_must_come_from() -> None:
    assert "equals the login e-mail attribute of SAML SSO" in required_rows(profile("acall"))[0][4]


def test_acall_offers_the_optional_attributes() -> None:
    rows = optional_rows(profile("acall"))
    assert [
        (label, namespace, external, meaning) for label, _, external, namespace, meaning in rows
    ] == ACALL_OPTIONAL


def test_the_table_in_markdown_has_a_line_for_each_attribute() -> None:
    acall = profile("acall")
    lines = [line for line in attribute_table(acall).splitlines() if line.startswith("| ")]
    assert len(lines) == len(acall.attributes) + 2 * 2  # two tables, each with headings and a rule
    assert (
        f"| Slack account |  | `accounts.^[type=='slack'].value` | {CORE} | E-mail of the Slack account |"
        in lines
    )


def test_getaccept_has_the_user_type_on_assignments_of_groups_too() -> None:
    row = next(row for row in profile("getaccept").attributes if row.variable == "userType")
    assert row.enum == ("Administrator", "Manager", "User")
    assert row.scope == "group"


@pytest.mark.parametrize("name", ["acall", "getaccept", "generic"])
def test_every_mapped_attribute_is_declared(name: str) -> None:
    found = profile(name)
    variables = [row.variable for row in found.attributes]
    assert len(variables) == len(set(variables))
    assert variables[0] == "userName"
