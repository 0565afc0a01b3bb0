"""What the two products and the default are, as the scenarios say."""

from __future__ import annotations

import pytest

from vestibule.profiles.builtin import DEFAULT, builtin_profile, builtin_texts
from vestibule.profiles.logo import logo_bytes
from vestibule.profiles.profile import AddressStyle, ApplicationProfile, DeleteRule, SsoFirst, UserNameRule
from vestibule.scim.errors import InvalidValue
from vestibule.scim.filter.tree import AttributePath


def profile(name: str) -> ApplicationProfile:
    found = builtin_profile(name)
    assert found is not None
    return found


def test_acall() -> None:
    acall = profile("acall")
    assert {name: plan.provisioning for name, plan in acall.plans.items()} == {
        "basic": False,
        "business": True,
        "enterprise": True,
    }
    assert acall.default_plan == "business"
    assert [(role.name, role.default) for role in acall.roles] == [("admin", False), ("general", True)]
    assert (acall.teams, "Group" in acall.types) == (False, False)
    assert acall.address is AddressStyle.SHARED
    assert acall.user_name is UserNameRule.EMAIL
    assert acall.required == ("name.familyName", "name.givenName")
    assert (acall.delete, acall.sso_first) == (DeleteRule.TOMBSTONE, SsoFirst.OFF)


def test_acall_adds_accounts_to_the_core_user() -> None:
    target = profile("acall").types["User"].target(AttributePath("accounts", "type"))
    assert target is not None
    assert target.extension is None
    assert target.attribute.multi_valued
    assert target.leaf.closed
    assert target.leaf.canonical_values == ("slack", "google")


def test_acall_has_an_extension_with_a_complex_name() -> None:
    urn = "urn:ietf:params:scim:schemas:extension:wsos:2.0:User"
    target = profile("acall").types["User"].target(AttributePath("name", None, urn))
    assert target is not None
    assert [sub.name for sub in target.attribute.sub_attributes] == [
        "familyNamePhonetic",
        "givenNamePhonetic",
        "additionalInformation",
    ]


def test_getaccept() -> None:
    getaccept = profile("getaccept")
    assert list(getaccept.plans) == ["standard"]
    assert [role.name for role in getaccept.roles] == ["Administrator", "Manager", "User"]
    assert all(role.rights for role in getaccept.roles)
    assert getaccept.role_sources[0] == "userType"
    assert getaccept.teams
    assert getaccept.address is AddressStyle.TENANT
    assert getaccept.delete is DeleteRule.INACTIVATE
    assert getaccept.sso_first is SsoFirst.REQUIRE
    assert getaccept.product.wording["tenant"] == "entity"


def test_generic_is_the_default_and_asks_for_nothing_of_its_own() -> None:
    generic = profile(DEFAULT)
    assert generic.name == "generic"
    assert (generic.required, generic.roles, generic.user_name) == ((), (), UserNameRule.ANY)


def test_what_the_rules_require_shows_in_the_schema() -> None:
    target = profile("acall").types["User"].target(AttributePath("name", "familyName"))
    assert target is not None
    assert target.leaf.required


def test_every_built_in_profile_bears_the_name_of_its_file_and_has_a_logo() -> None:
    for name in builtin_texts():
        found = profile(name)
        assert found.name == name
        assert (logo_bytes(found.product.logo) or b"").startswith(b"<svg")


def test_no_logo_of_an_unknown_name() -> None:
    assert logo_bytes("../load.py") is None


def test_acall_keeps_one_account_of_each_type_the_last_one() -> None:
    accounts = [
        {"type": "slack", "value": "old@corp.test"},
        {"type": "google", "value": "g@corp.test"},
        {"type": "slack", "value": "new@corp.test"},
    ]
    checked = profile("acall").types["User"].check({"userName": "a@corp.test", "accounts": accounts})
    assert checked.document["accounts"] == [accounts[2], accounts[1]]
    with pytest.raises(InvalidValue, match="slack"):
        profile("acall").types["User"].check(
            {"userName": "a@corp.test", "accounts": [{"type": "x", "value": "y"}]}
        )
