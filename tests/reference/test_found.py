"""What the reference once found, each as the one case that shows it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.test_patches import PATCH_OP
from vestibule.scim.attribute import Attribute, Mutability, Returned, Type
from vestibule.scim.checker import CompiledType, compile_type
from vestibule.scim.errors import Mutability as MutabilityError
from vestibule.scim.filter.evaluate import matches
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve
from vestibule.scim.filter.resolved import Test
from vestibule.scim.patch import apply_patch, parse_patch
from vestibule.scim.schema import ResourceType, Schema

THING = "urn:example:Thing"


def things(*attributes: Attribute) -> CompiledType:
    return compile_type(ResourceType("Thing", "/Things", "", Schema(THING, "Thing", "", attributes)))


def patched(
    type: CompiledType, held: dict[str, Any], *operations: dict[str, Any], upsert: bool = False
) -> Any:
    message = {"schemas": [PATCH_OP], "Operations": list(operations)}
    return apply_patch(type, type.with_schemas(held), parse_patch(message), upsert=upsert).document


@pytest.mark.requirement("R17", "R157")
@pytest.mark.parametrize("op", ["add", "replace"])
def test_another_owner_whose_link_is_sent_as_null(op: str) -> None:
    reference = Attribute("$ref", Type.REFERENCE)
    type = things(Attribute("owner", Type.COMPLEX, sub_attributes=(Attribute("value"), reference)))
    value = {"owner": {"value": "m2", "$ref": None}}
    result = patched(type, {"owner": {"value": "m1", "$ref": "../Users/m1"}}, {"op": op, "value": value})
    assert result["owner"] == {"value": "m2"}


@pytest.mark.requirement("R154")
@pytest.mark.parametrize("path", ['phones[type eq "work"]', 'phones[type eq "work"].number'])
def test_the_last_value_of_what_is_required_cannot_be_removed(path: str) -> None:
    phones = Attribute(
        "phones",
        Type.COMPLEX,
        multi_valued=True,
        required=True,
        sub_attributes=(Attribute("number"), Attribute("type")),
    )
    with pytest.raises(MutabilityError):
        patched(things(phones), {"phones": [{"number": "1", "type": "work"}]}, {"op": "remove", "path": path})


@pytest.mark.requirement("R70", "R41")
@pytest.mark.parametrize(
    "hidden",
    [{"returned": Returned.NEVER}, {"mutability": Mutability.WRITE_ONLY}],
    ids=["never", "writeOnly"],
)
@pytest.mark.parametrize("path", ["lock.code", 'locks[door eq "front"].code'])
def test_a_part_that_is_never_returned_is_not_kept(path: str, hidden: dict[str, Any]) -> None:
    parts = (Attribute("door"), Attribute("code", **hidden))
    type = things(
        Attribute("lock", Type.COMPLEX, sub_attributes=parts),
        Attribute("locks", Type.COMPLEX, multi_valued=True, sub_attributes=parts),
    )
    held = {"lock": {"door": "front"}, "locks": [{"door": "front"}]}
    result = patched(type, held, {"op": "replace", "path": path, "value": "s3cret"})
    assert result == type.with_schemas(held)


@pytest.mark.requirement("R111")
def test_a_number_as_it_is_served_finds_itself() -> None:
    type = things(Attribute("weight", Type.DECIMAL), Attribute("part", Type.INTEGER))
    document = type.check({"weight": 1.2345678901234567e18, "part": 2**53}).document
    assert document["weight"] == 1234567890123456800
    for text in (
        "weight eq 1.2345678901234568e+18",
        "weight eq 1234567890123456800",
        "part eq 9007199254740992.5",
    ):
        assert matches(resolve(parse_filter(text), type), type.search_form(document)), text


@pytest.mark.requirement("R111")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("part eq -9223372036854775809", False),
        ("part gt -9223372036854775809", True),
        ("part gt -1e200", True),
        ("part lt 9223372036854775808.5", True),
    ],
)
def test_a_number_beyond_64_bits_is_beyond_the_least_one(text: str, expected: bool) -> None:
    """On the stores it is a double, which is -2^63 for -2^63 - 1."""
    type = things(Attribute("part", Type.INTEGER))
    resolved = resolve(parse_filter(text), type)
    assert isinstance(resolved, Test)
    assert matches(resolved, {"part": -(2**63)}) is expected
    assert abs(float(resolved.value)) > 2**63


@pytest.mark.requirement("K19")
def test_a_value_made_of_a_filter_takes_a_whole_number_in_any_notation() -> None:
    parts = (Attribute("level", Type.INTEGER), Attribute("name"))
    type = things(Attribute("floors", Type.COMPLEX, multi_valued=True, sub_attributes=parts))
    operation = {"op": "replace", "path": "floors[level eq 1e1].name", "value": "Roof"}
    assert patched(type, {}, operation, upsert=True)["floors"] == [{"level": 10, "name": "Roof"}]


@pytest.mark.requirement("R16")
def test_a_number_in_two_notations_is_one_value() -> None:
    type = things(Attribute("weights", Type.DECIMAL, multi_valued=True))
    assert type.check({"weights": [1, 1.0, -0.0, 0]}).document["weights"] == [1, 0]
