"""Which filters are lookups: these find people who existed before, no others do (W26)."""

from __future__ import annotations

import pytest

from tests.scim.compiled import USERS
from vestibule.directory.lookup import is_lookup
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "mika"', True),
        ('emails.value eq "m@x.test"', True),
        ('emails eq "m@x.test"', True),
        ('emails[type eq "work"].value eq "m@x.test"', True),
        ('emails[value eq "m@x.test" and type eq "work"]', True),
        ('userName eq "mika" and active eq true', True),
        ('active eq true and userName eq "mika"', True),
        ('emails[value eq "m@x.test"]', False),
        ('emails[type eq "home" and value eq "m@x.test"]', False),
        ('userName eq "mika" or active eq true', False),
        ('userName eq "mika" and title eq "x"', False),
        ("active eq true and active eq true", False),
        ('userName sw "mika"', False),
        ('not (userName eq "mika")', False),
        ('displayName eq "Mika"', False),
        ('id eq "1"', False),
    ],
)
def test_is_lookup(text: str, expected: bool) -> None:
    assert is_lookup(resolve(parse_filter(text), USERS)) is expected
