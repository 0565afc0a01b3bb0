"""What can be sorted by, and what is refused in words (R121, R122)."""

from __future__ import annotations

import pytest

from tests.scim.compiled import CORE, ENTERPRISE, GROUPS, USERS, WSOS
from vestibule.scim.attribute import Attribute, Type
from vestibule.scim.checker import compile_type
from vestibule.scim.errors import InvalidValue
from vestibule.scim.schema import ResourceType, Schema
from vestibule.scim.sorting import is_descending, sort_target, sort_targets


@pytest.mark.requirement("R121", "R122", "R92")
@pytest.mark.parametrize(
    ("sort_by", "target"),
    [
        ("userName", "userName"),
        ("USERNAME", "userName"),
        (" userName ", "userName"),
        (f"{CORE}:username", "userName"),
        ("name.familyName", "name.familyName"),
        ("emails", "emails.value"),
        ("emails.type", "emails.type"),
        (f"{ENTERPRISE}:department", f"{ENTERPRISE}:department"),
        (f"{ENTERPRISE.upper()}:MANAGER.displayname", f"{ENTERPRISE}:manager.displayName"),
        (f"{WSOS}:badges", f"{WSOS}:badges.value"),
        ("meta.lastModified", "meta.lastModified"),
        ("id", "id"),
        ("schemas", "schemas"),
    ],
)
def test_what_is_sorted_by(sort_by: str, target: str) -> None:
    """A multi-valued attribute alone is its value."""
    assert str(sort_target(sort_by, USERS)) == target


@pytest.mark.requirement("R121")
@pytest.mark.parametrize(
    ("sort_by", "says"),
    [
        ("nobody", "nobody is no attribute of User"),
        ("department", "needs its URN"),
        ("name", "Sort by one of its parts, such as"),
        ("addresses", "addresses is complex"),
        ("meta", "meta is complex"),
        (ENTERPRISE, "is complex"),
        ("password", "never returned"),
        ('emails[type eq "work"].value', "sortBy is no attribute"),
        ("userName,title", "sortBy is no attribute"),
        ("userName desc", "sortBy is no attribute"),
        (".", "sortBy is no attribute"),
        ("x" * 20_000, "sortBy is no attribute"),
        ("é", "sortBy"),
    ],
)
def test_what_cannot_be_sorted_by(sort_by: str, says: str) -> None:
    with pytest.raises(InvalidValue, match=says) as refused:
        sort_target(sort_by, USERS)
    assert len(refused.value.detail) < 600


@pytest.mark.requirement("R106", "R121")
def test_over_several_types() -> None:
    """Who lacks it has no value; what nobody has is refused, and what cannot be compared."""
    targets = sort_targets("userName", (USERS, GROUPS))
    assert (str(targets["User"]), targets["Group"]) == ("userName", None)
    with pytest.raises(InvalidValue, match="no attribute of User or Group"):
        sort_targets("nobody", (USERS, GROUPS))
    rooms = compile_type(
        ResourceType(
            "Room", "/Rooms", "Rooms", Schema("urn:x:Room", "Room", "", (Attribute("title", Type.INTEGER),))
        )
    )
    with pytest.raises(InvalidValue, match="numbers in one type and text in another"):
        sort_targets("title", (USERS, rooms))


@pytest.mark.requirement("R122")
@pytest.mark.parametrize(
    ("order", "descending"),
    [
        (None, False),
        ("", False),
        ("ascending", False),
        ("Descending", True),
        ("DESCENDING", True),
        (" descending ", True),
    ],
)
def test_the_way(order: str | None, descending: bool) -> None:
    assert is_descending(order) is descending


@pytest.mark.parametrize("order", ["desc", "down", "-1", "x" * 1000])
def test_another_way(order: str) -> None:
    with pytest.raises(InvalidValue, match="ascending or descending"):
        is_descending(order)
