"""The add operation (RFC 7644 §3.5.2.1; R144–R152)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scim.compiled import ENTERPRISE, WSOS, add, after, patched, person, remove, replace
from vestibule.scim.absent import ABSENT
from vestibule.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget, ScimError

WORK = {"value": "hanako.sato@corp.test", "type": "work", "primary": True}
HOME = {"value": "hanako@home.test", "type": "home"}


class TestSingle:
    @pytest.mark.requirement("R151")
    def test_sets_and_replaces(self) -> None:
        assert after(add("title", "Lead")) == person(title="Lead")
        assert after(add("title", "Lead"), document=person(title="Intern")) == person(title="Lead")

    @pytest.mark.requirement("R151")
    def test_lays_over_a_complex_one(self) -> None:
        """R151: the sub-attributes not named stay."""
        assert after(add("name", {"middleName": "M"}))["name"] == {
            "familyName": "佐藤",
            "givenName": "花子",
            "middleName": "M",
        }

    def test_a_sub_attribute(self) -> None:
        assert after(add("name.middleName", "M"))["name"]["middleName"] == "M"

    def test_a_sub_attribute_of_what_is_not_there(self) -> None:
        assert after(add("name.givenName", "Mika"), document=person(name=None))["name"] == {
            "givenName": "Mika"
        }

    @pytest.mark.requirement("R92")
    def test_names_in_any_letter_case(self) -> None:
        assert after(add("NAME.MIDDLENAME", "M"))["name"]["middleName"] == "M"

    @pytest.mark.requirement("R17")
    def test_null_is_unassigned(self) -> None:
        """R17."""
        assert after(add("title", None), document=person(title="x")) == person()


class TestMultiValued:
    @pytest.mark.requirement("R151")
    def test_appends(self) -> None:
        other = {"value": "h@other.test", "type": "other"}
        assert after(add("emails", [other]))["emails"] == [WORK, HOME, other]

    def test_a_single_value_too(self) -> None:
        other = {"value": "h@other.test", "type": "other"}
        assert after(add("emails", other))["emails"] == [WORK, HOME, other]

    @pytest.mark.parametrize("value", [[], None, ""])
    def test_nothing_to_add(self, value: Any) -> None:
        assert after(add("emails", value)) == person()

    @pytest.mark.requirement("R152")
    def test_what_is_there_changes_nothing(self) -> None:
        """R152."""
        assert after(add("emails", [HOME, WORK])) == person()

    @pytest.mark.requirement("R16")
    def test_same_type_and_value_complete_each_other(self) -> None:
        """R16: the pair is not repeated."""
        assert after(add("emails", [{**HOME, "display": "Hanako"}]))["emails"] == [
            WORK,
            {**HOME, "display": "Hanako"},
        ]

    @pytest.mark.requirement("R147")
    def test_a_new_primary_is_the_only_one(self) -> None:
        """R147."""
        other = {"value": "h@other.test", "type": "other", "primary": True}
        assert after(add("emails", [other]))["emails"] == [{**WORK, "primary": False}, HOME, other]

    @pytest.mark.requirement("R147")
    def test_an_old_value_becomes_primary(self) -> None:
        assert after(add("emails", [{**HOME, "primary": True}]))["emails"] == [
            {**WORK, "primary": False},
            {**HOME, "primary": True},
        ]

    @pytest.mark.requirement("R152")
    def test_repeating_the_primary_changes_nothing(self) -> None:
        assert after(add("emails", [WORK])) == person()

    def test_is_bounded(self) -> None:
        with pytest.raises(InvalidValue, match="1,000 are allowed"):
            after(add("emails", [{"value": f"{n}@x"} for n in range(999)]))


class TestValuePath:
    def test_sub_attribute_of_what_matches(self) -> None:
        emails = after(add('emails[type eq "home"].display', "At home"))["emails"]
        assert emails == [WORK, {"value": "hanako@home.test", "display": "At home", "type": "home"}]

    def test_object_is_laid_over_what_matches(self) -> None:
        emails = after(add('emails[type eq "home"]', {"display": "At home"}))["emails"]
        assert emails == [WORK, {"value": "hanako@home.test", "display": "At home", "type": "home"}]

    @pytest.mark.requirement("R159")
    def test_no_match(self) -> None:
        with pytest.raises(NoTarget, match='emails\\[type eq "other"\\] finds no value'):
            after(add('emails[type eq "other"].value', "x@y"))

    @pytest.mark.requirement("K19")
    def test_no_match_with_upsert(self) -> None:
        """K19, W109."""
        emails = after(add('emails[type eq "other"].value', "x@y"), upsert=True)["emails"]
        assert emails == [WORK, HOME, {"value": "x@y", "type": "other"}]


class TestWithoutPath:
    @pytest.mark.requirement("R150")
    def test_an_object_of_attributes(self) -> None:
        """R150."""
        value = {"nickName": "Hana", "name": {"middleName": "M"}, "emails": [{"value": "x@y"}]}
        document = after(add(None, value))
        assert document["nickName"] == "Hana"
        assert document["name"]["givenName"] == "花子"
        assert document["emails"] == [WORK, HOME, {"value": "x@y"}]

    @pytest.mark.requirement("R22", "R150")
    def test_an_extension_by_its_urn(self) -> None:
        document = after(add(None, {ENTERPRISE: {"division": "East"}}))
        assert document[ENTERPRISE]["division"] == "East"
        assert document[ENTERPRISE]["department"] == "Sales"

    def test_what_nobody_declared_is_dropped_and_told(self) -> None:
        result = patched(add(None, {"shoeSize": 41, "title": "Lead"}))
        assert result.document == person(title="Lead")
        assert result.dropped == ("shoeSize",)

    @pytest.mark.requirement("K44")
    def test_what_nobody_declared_is_refused_in_strict(self) -> None:
        """K44."""
        with pytest.raises(InvalidPath, match="a path is needed"):
            after(add(None, {"title": "x"}), strict=True)
        with pytest.raises(InvalidSyntax, match="shoeSize is no attribute"):
            after(add(ENTERPRISE, {"shoeSize": 41}), strict=True)

    @pytest.mark.parametrize("key", ["name.givenName", f"{ENTERPRISE}:department", "NAME.givenname"])
    def test_a_path_in_a_keys_place_is_refused(self, key: str) -> None:
        """It belongs to the dialects (W110); dropping it would lose the value."""
        with pytest.raises(InvalidPath, match="plain attribute names"):
            after(add(None, {key: "x"}))

    def test_what_only_the_server_writes_is_passed_over(self) -> None:
        value = {"schemas": [], "meta": {"version": "x"}, "groups": [{"value": "g"}], "id": "u1"}
        assert after(add(None, value)) == person()

    def test_another_id_is_refused(self) -> None:
        with pytest.raises(Mutability, match="id is readOnly"):
            after(add(None, {"id": "u2"}))


class TestExtension:
    @pytest.mark.requirement("R22", "R145")
    def test_attribute_by_its_urn(self) -> None:
        """R145: schemas grows."""
        document = after(add(f"{WSOS}:level", 3))
        assert document[WSOS] == {"level": 3}
        assert document["schemas"][-1] == WSOS

    def test_whole_object(self) -> None:
        assert after(add(ENTERPRISE, {"division": "East"}))[ENTERPRISE]["division"] == "East"

    def test_multi_valued(self) -> None:
        document = after(
            add(f"{WSOS}:badges", [{"value": "1", "type": "door"}]), add(f"{WSOS}:badges", {"value": "2"})
        )
        assert document[WSOS]["badges"] == [{"value": "1", "type": "door"}, {"value": "2"}]

    def test_declared_order_whatever_the_order_of_operations(self) -> None:
        one = after(add(f"{WSOS}:level", 3), add(f"{WSOS}:name", {"givenNamePhonetic": "ハナコ"}))
        other = after(add(f"{WSOS}:name", {"givenNamePhonetic": "ハナコ"}), add(f"{WSOS}:level", 3))
        assert str(one) == str(other)


class TestImmutable:
    @pytest.mark.requirement("R144")
    def test_its_first_value(self) -> None:
        """R144."""
        assert after(add(f"{WSOS}:badgeNumber", "7"))[WSOS] == {"badgeNumber": "7"}

    @pytest.mark.requirement("R69", "R144")
    @pytest.mark.parametrize(
        "operation", [add(f"{WSOS}:badgeNumber", "8"), replace(WSOS, {"badgeNumber": "8"}), remove(WSOS)]
    )
    def test_no_second_one(self, operation: dict[str, Any]) -> None:
        with pytest.raises(Mutability, match="immutable"):
            after(operation, document=person(**{WSOS: {"badgeNumber": "7"}}))

    def test_the_same_again(self) -> None:
        document = person(**{WSOS: {"badgeNumber": "7"}})
        assert after(add(f"{WSOS}:badgeNumber", "7"), document=document) == document


@pytest.mark.requirement("R47", "R54", "R93", "R144")
@pytest.mark.parametrize(
    ("operation", "error", "said"),
    [
        pytest.param(add("nope", 1), InvalidPath, "nope is no attribute of User", id="unknown"),
        pytest.param(add("department", "x"), InvalidPath, "needs its URN", id="extension without URN (R93)"),
        pytest.param(add("name.nope", 1), InvalidPath, "name.nope is no", id="unknown sub-attribute"),
        pytest.param(
            add('emails[type eq "work"].nope', 1), InvalidPath, "There are: value", id="after a bracket"
        ),
        pytest.param(add("emails.value", "x"), InvalidPath, "Say which one", id="a part of several values"),
        pytest.param(add("id", "x"), Mutability, "readOnly", id="id"),
        pytest.param(add("meta.version", "x"), Mutability, "readOnly", id="meta"),
        pytest.param(add("groups", [{"value": "g"}]), Mutability, "readOnly", id="groups (R47)"),
        pytest.param(add(f"{ENTERPRISE}:manager.displayName", "x"), Mutability, "readOnly", id="R54"),
        pytest.param(add("active", "True"), InvalidValue, "true or false", id="text for a boolean"),
        pytest.param(add("active", None), InvalidValue, "cannot be emptied", id="nothing for active"),
        pytest.param(add("userName", ""), InvalidValue, "required", id="nothing for userName"),
        pytest.param(add("userName", None), InvalidValue, "required", id="null for userName"),
        pytest.param(add("name", "Hanako"), InvalidValue, "an object", id="text for a complex one"),
        pytest.param(add("emails", ["x@y"]), InvalidValue, "an object", id="text for a complex value"),
        pytest.param(add(ENTERPRISE, "x"), InvalidValue, "an object", id="text for an extension"),
    ],
)
def test_refuses(operation: dict[str, Any], error: type[ScimError], said: str) -> None:
    with pytest.raises(error) as refusal:
        after(operation)
    assert said in refusal.value.detail


class TestBesideTheDocument:
    def test_external_id(self) -> None:
        assert patched(add("externalId", "00u1")).external_id == "00u1"
        assert patched(add(None, {"externalId": "00u1"})).external_id == "00u1"
        assert patched(add("title", "x")).external_id is ABSENT
        assert patched(add("externalId", "00u1")).document == person()

    @pytest.mark.requirement("R43")
    def test_password_is_taken_note_of_and_never_kept(self) -> None:
        """R41."""
        result = patched(replace(None, {"password": "k3Tq9ab1"}))
        assert result.password_given
        assert "k3Tq9ab1" not in str(result)


class TestWhole:
    @pytest.mark.requirement("R146")
    def test_operations_apply_in_order(self) -> None:
        """R146."""
        document = after(
            add("emails", [{"value": "x@y", "type": "other"}]),
            replace('emails[type eq "other"].display', "X"),
            remove('emails[type eq "home"]'),
        )
        assert document["emails"] == [WORK, {"value": "x@y", "display": "X", "type": "other"}]

    def test_a_fault_names_its_operation(self) -> None:
        with pytest.raises(InvalidValue, match="operation 2: add active"):
            after(add("title", "x"), add("active", "perhaps"))

    def test_a_patch_made_to_be_slow_is_refused(self) -> None:
        emails = [{"value": f"{n}@x", "type": "other"} for n in range(900)]
        condition = " or ".join(['value eq "y"'] * 400 + ['value eq "1@x"'])
        slow = [replace(f"emails[{condition}].display", str(n)) for n in range(100)]
        with pytest.raises(InvalidSyntax, match="too many values"):
            after(*slow, document=person(emails=emails))
