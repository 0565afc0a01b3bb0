"""Which documents match (R108, R111, R113–R118): the reference for the SQL compilers."""

from __future__ import annotations

import pytest

from tests.scim.compiled import ENTERPRISE, USERS, WSOS, person
from vestibule.scim.filter.evaluate import matches
from vestibule.scim.filter.parse import parse_filter
from vestibule.scim.filter.resolve import resolve

HANAKO = USERS.search_form(
    person(
        title="Größe",
        **{
            ENTERPRISE: {"department": "Sales"},
            WSOS: {"level": 3, "height": 1.72, "hiredAt": "2026-01-02T05:04:05.5+02:00"},
        },
    )
)


@pytest.mark.requirement("R7", "R15", "R55", "R108", "R111", "R113", "R115", "R116", "K23")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('userName eq "HANAKO.SATO@CORP.TEST"', True, id="eq in another case"),
        pytest.param('userName ne "hanako.sato@corp.test"', False, id="ne of the same"),
        pytest.param('userName ne "x"', True, id="ne of another"),
        pytest.param('nickName ne "x"', True, id="ne of what is not there"),
        pytest.param('nickName eq "x"', False, id="eq of what is not there"),
        pytest.param('userName sw "Hana"', True, id="sw"),
        pytest.param('userName ew "corp.test"', True, id="ew"),
        pytest.param('userName co "SATO"', True, id="co"),
        pytest.param('title eq "GRÖSSE"', True, id="folded beyond lower case"),
        pytest.param('title gt "gr"', True, id="gt"),
        pytest.param('title lt "gr"', False, id="lt"),
        pytest.param('userName ge "hanako.sato@corp.test"', True, id="ge of the same"),
        pytest.param('userName le "hanako.sato@corp.test"', True, id="le of the same"),
        pytest.param("title pr", True, id="pr"),
        pytest.param("nickName pr", False, id="pr of what is not there"),
        pytest.param("emails pr", True, id="pr of a complex one"),
        pytest.param("phoneNumbers pr", False, id="pr of an empty one (R113)"),
        pytest.param("name.middleName pr", False, id="pr of a part that is not there"),
        pytest.param("nickName eq null", True, id="eq null"),
        pytest.param("title eq null", False, id="eq null of what is there"),
        pytest.param('emails.value eq "hanako@home.test"', True, id="one value is enough (R115)"),
        pytest.param('emails.value ne "hanako@home.test"', False, id="ne over several values"),
        pytest.param('emails.type eq "work" and emails.value co "home"', True, id="conditions on two values"),
        pytest.param('emails[type eq "work" and value co "home"]', False, id="on one value (R116)"),
        pytest.param('emails[type eq "home"].value eq "HANAKO@home.test"', True, id="Entra's form (K23)"),
        pytest.param("emails[primary eq false]", True, id="primary left out is false (R15)"),
        pytest.param("emails.primary eq false", True, id="the same without brackets"),
        pytest.param('emails[not (type eq "work")]', True, id="negation inside"),
        pytest.param('not (emails[type eq "work"])', False, id="negation outside"),
        pytest.param('emails[type ne "work" and display ne "x"]', True, id="ne of a missing part inside"),
        pytest.param(f'{ENTERPRISE}:department eq "sales"', True, id="extension (R55)"),
        pytest.param(f'{ENTERPRISE}:division eq "x"', False, id="extension, not there"),
        pytest.param(f"{ENTERPRISE} pr", True, id="extension as a whole"),
        pytest.param(f"{WSOS}:level gt 2", True, id="integer"),
        pytest.param(f"{WSOS}:level eq 3.0", True, id="integer equals a decimal"),
        pytest.param(f"{WSOS}:level lt 1e100", True, id="integer below a giant"),
        pytest.param(f"{WSOS}:height eq 1.72", True, id="decimal"),
        pytest.param(f"{WSOS}:height le 1.7", False, id="decimal order"),
        pytest.param(f'{WSOS}:hiredAt eq "2026-01-02T03:04:05.500Z"', True, id="one instant (R7)"),
        pytest.param(f'{WSOS}:hiredAt gt "2026-01-02T04:00:00+02:00"', True, id="later"),
        pytest.param("active eq true", True, id="boolean"),
        pytest.param('active eq true and (title eq "x" or not (nickName pr))', True, id="nesting"),
    ],
)
def test_matches(text: str, expected: bool) -> None:
    assert matches(resolve(parse_filter(text), USERS), HANAKO) is expected


@pytest.mark.requirement("R118")
def test_a_default_is_compared_as_it_was_returned() -> None:
    """R118: the default of ``active`` is true."""
    find = USERS.search_form({"schemas": [], "userName": "x"})
    assert matches(resolve(parse_filter("active eq true"), USERS), find)
