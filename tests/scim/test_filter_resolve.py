"""What a filter means in a resource type (R92, R93, R112, R117, R120)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.scim.compiled import CORE, ENTERPRISE, USERS, WSOS
from vestibule.scim.errors import InvalidFilter
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve
from vestibule.scim.filter.resolved import AllOf, AnyOf, Has, Negation, Test, Within
from vestibule.scim.filter.tree import Operator
from vestibule.scim.path import parse_attribute_path
from vestibule.scim.target import Target


def target(path: str) -> Target:
    found = USERS.target(parse_attribute_path(path))
    assert found is not None
    return found


def compares(path: str, value: object, operator: Operator = Operator.EQ) -> Test:
    return Test(target(path), operator, value)  # type: ignore[arg-type]


@pytest.mark.requirement("R7", "R29", "R31", "R92", "R110", "R120")
@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        pytest.param('userName eq "Bob@X"', compares("userName", "bob@x"), id="userName by its own rule"),
        pytest.param('USERNAME EQ "bob"', compares("userName", "bob"), id="letter case of names (R110)"),
        pytest.param(f'{CORE}:userName eq "bob"', compares("userName", "bob"), id="core URN (R92)"),
        pytest.param('title co "STRASSE"', compares("title", "strasse", Operator.CO), id="folded text"),
        pytest.param('externalId eq "A1"', compares("externalId", "A1"), id="caseExact text stays (R31)"),
        pytest.param('id eq "A1"', compares("id", "A1"), id="id is caseExact (R29)"),
        pytest.param('meta.resourceType eq "User"', compares("meta.resourceType", "User"), id="meta"),
        pytest.param(
            'meta.lastModified gt "2026-01-02T05:04:05+02:00"',
            compares("meta.lastModified", "2026-01-02T03:04:05.000Z", Operator.GT),
            id="instant in UTC (R7)",
        ),
        pytest.param("active ne false", compares("active", False, Operator.NE), id="boolean"),
        pytest.param(f"{WSOS}:level ge 3", compares(f"{WSOS}:level", 3, Operator.GE), id="integer"),
        pytest.param(f"{WSOS}:level eq 1e1", compares(f"{WSOS}:level", 10), id="exponent of a whole number"),
        pytest.param(
            f"{WSOS}:level lt 2.5", compares(f"{WSOS}:level", Decimal("2.5"), Operator.LT), id="fraction"
        ),
        pytest.param(
            f"{WSOS}:level lt 1e100",
            compares(f"{WSOS}:level", Decimal(1 << 64), Operator.LT),
            id="beyond 64 bits is one number beyond all that is kept",
        ),
        pytest.param(
            f'{ENTERPRISE}:manager.value eq "M1"',
            compares(f"{ENTERPRISE}:manager.value", "M1"),
            id="extension",
        ),
        pytest.param('emails eq "A@x"', compares("emails.value", "a@x"), id="value of a multi-valued one"),
        pytest.param('emails co "@X"', compares("emails.value", "@x", Operator.CO), id="value, with co"),
        pytest.param("emails pr", Has(target("emails")), id="pr of a complex one"),
        pytest.param("title eq null", Negation(Has(target("title"))), id="eq null"),
        pytest.param("name ne null", Has(target("name")), id="ne null, complex"),
        pytest.param(
            'emails[type eq "Work" and primary eq true]',
            Within(
                target("emails"), AllOf((compares("emails.type", "work"), compares("emails.primary", True)))
            ),
            id="value path",
        ),
        pytest.param(
            "not (title pr) or active eq true",
            AnyOf((Negation(Has(target("title"))), compares("active", True))),
            id="connectives",
        ),
        pytest.param(
            'name[familyName eq "x"]',
            Within(target("name"), compares("name.familyName", "x")),
            id="value path on a single complex value",
        ),
        pytest.param(
            'x509Certificates.value eq "AbC="',
            compares("x509Certificates.value", "AbC="),
            id="binary is exact",
        ),
    ],
)
def test_means(text: str, meaning: object) -> None:
    assert resolve(parse_filter(text), USERS) == meaning


@pytest.mark.requirement("R41", "R93", "R112", "R117")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('nope eq "x"', "nope is no attribute of User", id="unknown"),
        pytest.param('department eq "x"', "needs its URN", id="extension without URN (R93)"),
        pytest.param('name.nope eq "x"', "name.nope is no attribute", id="unknown sub-attribute"),
        pytest.param('emails[nope eq "x"]', "There are: value, display, type, primary", id="in brackets"),
        pytest.param('emails[emails.type eq "x"]', "no sub-attribute", id="repeated name in brackets"),
        pytest.param('name eq "x"', "name is complex", id="complex (R117)"),
        pytest.param('addresses eq "x"', "addresses is complex", id="multi-valued without value (R117)"),
        pytest.param("active gt true", "takes eq, ne, pr, not gt", id="order of booleans (R112)"),
        pytest.param('active co "t"', "takes eq, ne, pr, not co", id="part of a boolean"),
        pytest.param('x509Certificates.value gt "A"', "not gt", id="order of binaries (R112)"),
        pytest.param('active eq "True"', 'true or false without quotes, not "True"', id="text for a boolean"),
        pytest.param("userName eq 1", "text in double quotes, not 1", id="number for text"),
        pytest.param("title gt null", "null takes eq and ne", id="order of null"),
        pytest.param('meta.created gt "2026-01-02"', "2026-01-31T08:00:00Z", id="date without time (R6)"),
        pytest.param('meta.created sw "2026"', "not sw", id="part of an instant"),
        pytest.param(f"{WSOS}:level eq true", "a number, not true", id="boolean for a number"),
        pytest.param('password eq "x"', "never returned", id="password (R41)"),
        pytest.param('title[value eq "x"]', "no sub-attributes", id="value path on text"),
    ],
)
def test_refuses(text: str, said: str) -> None:
    with pytest.raises(InvalidFilter) as refusal:
        resolve(parse_filter(text), USERS)
    assert said in refusal.value.detail
