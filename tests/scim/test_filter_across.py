"""One filter over several types: what a type lacks counts as no value there (R106)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scim.compiled import ENTERPRISE, GROUPS, USERS
from vestibule.scim.errors import InvalidFilter
from vestibule.scim.filter.across import EVERYTHING, resolve_across
from vestibule.scim.filter.evaluate import matches
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve
from vestibule.scim.filter.resolved import ResolvedFilter

TYPES = (USERS, GROUPS)


def across(text: str) -> dict[str, ResolvedFilter]:
    filter = parse_filter(text)
    return resolve_across({type.name: filter for type in TYPES}, TYPES)


def of_user(text: str) -> ResolvedFilter:
    return resolve(parse_filter(text), USERS)


def of_group(text: str) -> ResolvedFilter:
    return resolve(parse_filter(text), GROUPS)


@pytest.mark.requirement("R106")
@pytest.mark.parametrize(
    ("text", "user", "group"),
    [
        ('displayName eq "x"', 'displayName eq "x"', 'displayName eq "x"'),
        ('userName eq "x"', 'userName eq "x"', None),
        ("members pr", None, "members pr"),
        ('userName ne "x"', 'userName ne "x"', EVERYTHING),
        ("userName eq null", "userName eq null", EVERYTHING),
        ("userName ne null", "userName ne null", None),
        ("not (userName pr)", "not (userName pr)", EVERYTHING),
        (
            'userName eq "x" or displayName eq "y"',
            'userName eq "x" or displayName eq "y"',
            'displayName eq "y"',
        ),
        ('userName eq "x" and displayName eq "y"', 'userName eq "x" and displayName eq "y"', None),
        ('not (userName eq "x") and id pr', 'not (userName eq "x") and id pr', "id pr"),
        ('emails[type eq "work"]', 'emails[type eq "work"]', None),
        (f'{ENTERPRISE}:department eq "x"', f'{ENTERPRISE}:department eq "x"', None),
        ('meta.resourceType eq "User"', EVERYTHING, None),
        ('meta.resourceType eq "user"', None, None),
        ('meta.resourceType ne "User"', None, EVERYTHING),
        ('not (meta.resourceType eq "User")', None, EVERYTHING),
        ('meta.resourceType sw "Gr"', None, EVERYTHING),
        ('meta[resourceType eq "User"]', EVERYTHING, None),
        ("meta.resourceType pr", EVERYTHING, EVERYTHING),
        ("meta.resourceType eq null", None, None),
        ('meta.resourceType eq "Group" and displayName sw "a"', None, 'displayName sw "a"'),
        ('meta.resourceType eq "User" or displayName sw "a"', EVERYTHING, 'displayName sw "a"'),
        ('meta.resourceType eq "Group" or userName sw "a"', 'userName sw "a"', EVERYTHING),
    ],
)
def test_by_type(text: str, user: Any, group: Any) -> None:
    """What the type alone decides is decided, and types that cannot match are left out."""
    expected = {
        "User": of_user(user) if isinstance(user, str) else user,
        "Group": of_group(group) if isinstance(group, str) else group,
    }
    assert across(text) == {name: filter for name, filter in expected.items() if filter is not None}


@pytest.mark.requirement("R106")
@pytest.mark.parametrize("document", [{}, {"displayName": "x"}, {"displayName": "y"}])
def test_a_group_without_a_user_name_is_like_one_whose_user_name_is_unassigned(
    document: dict[str, Any],
) -> None:
    """Every operator and every joining: the constants stand for what evaluating would have given."""
    tests = ['userName eq "x"', 'userName ne "x"', 'userName gt "x"', "userName pr", "userName eq null"]
    for one in tests:
        for text in (
            one,
            f"not ({one})",
            f'{one} or displayName eq "x"',
            f'not ({one}) and displayName eq "x"',
        ):
            found = across(text).get("Group")
            assert (found is not None and matches(found, document)) == matches(of_user(text), document), text


@pytest.mark.requirement("R106", "R117")
@pytest.mark.parametrize(
    "text",
    [
        'nobody eq "x"',
        "displayName gt true",
        'name eq "x"',
        "active gt true",
        "password pr",
        "userName gt null",
    ],
)
def test_what_no_type_takes(text: str) -> None:
    with pytest.raises(InvalidFilter):
        across(text)
