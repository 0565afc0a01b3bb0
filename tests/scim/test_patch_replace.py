"""The replace operation (RFC 7644 §3.5.2.3; R155–R159)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scim.compiled import CORE, ENTERPRISE, add, after, person, remove, replace
from vestibule.scim.errors import InvalidFilter, InvalidPath, InvalidValue, Mutability, NoTarget, ScimError

WORK = {"value": "hanako.sato@corp.test", "type": "work", "primary": True}
HOME = {"value": "hanako@home.test", "type": "home"}


@pytest.mark.requirement("R155", "K5")
def test_deactivation_as_okta_sends_it() -> None:
    """W40, R155."""
    assert after({"op": "replace", "value": {"active": False}}) == person(active=False)


@pytest.mark.requirement("K17")
@pytest.mark.parametrize("op", ["replace", "Replace", "REPLACE"])
def test_op_in_any_letter_case(op: str) -> None:
    """K17."""
    assert after({"op": op, "path": "active", "value": False}) == person(active=False)


class TestSingle:
    def test_sets(self) -> None:
        assert after(replace("displayName", "Hana")) == person(displayName="Hana")

    @pytest.mark.requirement("R156")
    def test_what_is_not_there_is_added(self) -> None:
        """R156."""
        assert after(replace("title", "Lead")) == person(title="Lead")

    def test_the_same_changes_nothing(self) -> None:
        assert after(replace("displayName", "佐藤 花子")) == person()

    @pytest.mark.requirement("R157")
    def test_complex_changes_what_is_given(self) -> None:
        """R157."""
        assert after(replace("name", {"givenName": "Mika"}))["name"] == {
            "familyName": "佐藤",
            "givenName": "Mika",
        }

    def test_complex_with_null_in_it(self) -> None:
        assert after(replace("name", {"givenName": None}))["name"] == {"familyName": "佐藤"}

    def test_complex_with_every_part_empty_is_unassigned(self) -> None:
        assert "name" not in after(replace("name", {"givenName": "", "familyName": None}))

    def test_an_empty_object_changes_nothing(self) -> None:
        assert after(replace("name", {})) == person()

    def test_a_reference_does_not_outlive_its_value(self) -> None:
        manager = after(replace(f"{ENTERPRISE}:manager", {"value": "m2"}))[ENTERPRISE]["manager"]
        assert manager == {"value": "m2"}
        manager = after(replace(f"{ENTERPRISE}:manager.value", "m2"))[ENTERPRISE]["manager"]
        assert manager == {"value": "m2"}


class TestMultiValued:
    @pytest.mark.requirement("R158")
    def test_all_values(self) -> None:
        """R158."""
        assert after(replace("emails", [HOME]))["emails"] == [HOME]

    def test_equal_values_become_one(self) -> None:
        assert after(replace("emails", [HOME, HOME]))["emails"] == [HOME]

    @pytest.mark.requirement("R14")
    def test_the_last_primary_wins(self) -> None:
        """R14."""
        assert after(replace("emails", [WORK, {**HOME, "primary": True}]))["emails"] == [
            {**WORK, "primary": False},
            {**HOME, "primary": True},
        ]

    @pytest.mark.requirement("R158")
    def test_the_value_that_matches_stays_what_the_filter_says(self) -> None:
        emails = after(replace('emails[type eq "home"]', {"value": "h@new.test"}))["emails"]
        assert emails == [WORK, {"value": "h@new.test", "type": "home"}]

    @pytest.mark.requirement("R158")
    def test_it_is_replaced_whole(self) -> None:
        document = person(emails=[{**HOME, "display": "old"}])
        emails = after(replace('emails[type eq "home"]', {"value": "h@new.test"}), document=document)[
            "emails"
        ]
        assert emails == [{"value": "h@new.test", "type": "home"}]

    @pytest.mark.requirement("R158")
    def test_every_value_that_matches(self) -> None:
        emails = after(replace("emails[value pr].display", "Hanako"))["emails"]
        assert [email["display"] for email in emails] == ["Hanako", "Hanako"]

    @pytest.mark.requirement("R158")
    def test_a_sub_attribute_of_what_matches(self) -> None:
        emails = after(replace('emails[type eq "work"].value', "h@new.test"))["emails"]
        assert emails == [{**WORK, "value": "h@new.test"}, HOME]

    @pytest.mark.requirement("R147")
    def test_primary_by_path(self) -> None:
        """R147."""
        emails = after(replace('emails[type eq "home"].primary', True))["emails"]
        assert emails == [{**WORK, "primary": False}, {**HOME, "primary": True}]

    @pytest.mark.parametrize("value", [None, "", []])
    def test_nothing_for_what_matches(self, value: Any) -> None:
        assert after(replace('emails[type eq "home"]', value))["emails"] == [WORK]


class TestNoMatch:
    """R159, and what the upsert of K19 makes of it."""

    PATH = 'emails[type eq "other"].value'

    @pytest.mark.requirement("R159")
    def test_refused(self) -> None:
        with pytest.raises(NoTarget):
            after(replace(self.PATH, "x@y"))

    @pytest.mark.requirement("K19")
    @pytest.mark.parametrize(
        ("path", "value", "made"),
        [
            pytest.param(PATH, "x@y", {"value": "x@y", "type": "other"}, id="sub-attribute"),
            pytest.param(
                'emails[type eq "other"]', {"value": "x@y"}, {"value": "x@y", "type": "other"}, id="object"
            ),
            pytest.param(
                'emails[type eq "other" and display eq "X"].value',
                "x@y",
                {"value": "x@y", "display": "X", "type": "other"},
                id="two conditions",
            ),
        ],
    )
    def test_made_of_the_filter(self, path: str, value: Any, made: dict[str, Any]) -> None:
        assert after(replace(path, value), upsert=True)["emails"] == [WORK, HOME, made]

    @pytest.mark.requirement("K19")
    def test_where_nothing_was(self) -> None:
        document = after(replace('addresses[type eq "work"].locality', "Kyoto"), upsert=True)
        assert document["addresses"] == [{"locality": "Kyoto", "type": "work"}]

    def test_made_primary(self) -> None:
        """W112: the role of SingleAppRoleAssignment."""
        document = person(roles=[{"value": "general"}])
        roles = after(replace("roles[primary eq true].value", "admin"), upsert=True, document=document)[
            "roles"
        ]
        assert roles == [{"value": "general"}, {"value": "admin", "primary": True}]

    def test_nothing_is_made_of_nothing(self) -> None:
        assert after(replace(self.PATH, ""), upsert=True) == person()

    @pytest.mark.requirement("R159")
    @pytest.mark.parametrize(
        "path",
        [
            'emails[type eq "other" or type eq "third"].value',
            'emails[type sw "oth"].value',
            "emails[not (value pr)].value",
            'emails[type eq "a" and type eq "b"].value',
            "emails[value eq null].display",
        ],
    )
    def test_other_filters_make_nothing(self, path: str) -> None:
        with pytest.raises(NoTarget):
            after(replace(path, "x@y"), upsert=True)

    def test_a_single_complex_one(self) -> None:
        with pytest.raises(NoTarget):
            after(replace('name[givenName eq "Mika"].middleName', "M"), upsert=True)


class TestExtension:
    def test_whole(self) -> None:
        """As for any complex value: what is not given stays."""
        assert after(replace(ENTERPRISE, {"department": "IT"}))[ENTERPRISE] == {
            "department": "IT",
            "manager": {"value": "m1"},
        }

    @pytest.mark.parametrize("operation", [replace(ENTERPRISE, None), replace(None, {ENTERPRISE: None})])
    def test_null(self, operation: dict[str, Any]) -> None:
        document = after(operation)
        assert ENTERPRISE not in document
        assert document["schemas"] == [CORE]

    def test_without_path(self) -> None:
        document = after(replace(None, {ENTERPRISE.upper(): {"department": "IT"}}))
        assert document[ENTERPRISE]["department"] == "IT"


@pytest.mark.requirement("R144")
@pytest.mark.parametrize(
    ("operation", "error", "said"),
    [
        pytest.param(replace("emails", HOME), InvalidValue, "an array", id="one value for all of them"),
        pytest.param(replace("emails", "x@y"), InvalidValue, "an array", id="text for all of them"),
        pytest.param(replace(None, [1]), InvalidValue, "an object of attributes", id="no path, no object"),
        pytest.param(replace("userName", None), InvalidValue, "required", id="null for userName"),
        pytest.param(
            replace(None, {"active": None}), InvalidValue, "cannot be emptied", id="null for active"
        ),
        pytest.param(
            replace(None, {"active": ""}), InvalidValue, "cannot be emptied", id="nothing for active"
        ),
        pytest.param(replace("meta.version", "x"), Mutability, "readOnly", id="meta"),
        pytest.param(
            replace('emails[nope eq "x"].value', "y"),
            InvalidFilter,
            "no sub-attribute",
            id="unknown in brackets",
        ),
        pytest.param(
            replace('emails[primary eq "True"].value', "y"),
            InvalidFilter,
            "without quotes",
            id="quoted boolean",
        ),
        pytest.param(
            replace(f'{ENTERPRISE}[department eq "x"]', 1), InvalidPath, "Name the attribute", id="URN[…]"
        ),
    ],
)
def test_refuses(operation: dict[str, Any], error: type[ScimError], said: str) -> None:
    with pytest.raises(error) as refusal:
        after(operation)
    assert said in refusal.value.detail


@pytest.mark.requirement("R148")
@pytest.mark.parametrize("bad", range(4))
def test_all_or_nothing(bad: int) -> None:
    """R148: whichever operation fails, the document that came in is untouched (``patched`` looks)."""
    operations = [add("title", "x"), replace("name", {"givenName": "y"}), remove('emails[type eq "home"]')]
    operations.insert(bad, replace("active", "perhaps"))
    with pytest.raises(InvalidValue, match=f"operation {bad + 1}: "):
        after(*operations)
