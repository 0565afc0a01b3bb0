"""PATCH paths (RFC 7644 §3.5.2, R143) and attribute paths (§3.10, R92)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scim.filter_trees import names, paths, value_filters
from vestibule.scim.errors import InvalidPath
from vestibule.scim.filter.tree import AttributePath, Compare, Operator, Path
from vestibule.scim.path import parse_attribute_path, parse_path

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def eq(name: str, value: str) -> Compare:
    return Compare(AttributePath(name), Operator.EQ, value)


@pytest.mark.requirement("R143")
@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("members", Path(AttributePath("members")), id="attribute"),
        pytest.param(" active ", Path(AttributePath("active")), id="spaces around"),
        pytest.param("name.familyName", Path(AttributePath("name", "familyName")), id="sub-attribute"),
        pytest.param(
            'addresses[type eq "work"]',
            Path(AttributePath("addresses"), eq("type", "work")),
            id="value path",
        ),
        pytest.param(
            'members[value eq "2819c223"].display',
            Path(AttributePath("members"), eq("value", "2819c223"), "display"),
            id="sub-attribute of a value path",
        ),
        pytest.param(
            f"{ENTERPRISE}:manager",
            Path(AttributePath("manager", urn=ENTERPRISE)),
            id="extension attribute",
        ),
        pytest.param(
            f"{ENTERPRISE}:manager.displayName",
            Path(AttributePath("manager", "displayName", ENTERPRISE)),
            id="extension sub-attribute",
        ),
        pytest.param(
            'urn:acme:2.0:User:badges[type eq "door"].value',
            Path(AttributePath("badges", urn="urn:acme:2.0:User"), eq("type", "door"), "value"),
            id="value path in an extension",
        ),
    ],
)
def test_reads(text: str, path: Path) -> None:
    assert parse_path(text) == path


@pytest.mark.requirement("R143")
@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        pytest.param("", 1, "an attribute name", id="nothing"),
        pytest.param("/name/familyName", 1, "an attribute name", id="JSON pointer"),
        pytest.param("name..familyName", 5, "an attribute path", id="two dots"),
        pytest.param("name.", 5, "an attribute path", id="dot at the end"),
        pytest.param("a b", 3, '"[" or the end', id="two words"),
        pytest.param('emails[type eq "work"', 22, '"]"', id="open bracket"),
        pytest.param('emails[type eq "work"]value', 23, "a sub-attribute or the end", id="no dot"),
        pytest.param('emails[type eq "work"].value.x', 24, "the name of a sub-attribute", id="two subs"),
        pytest.param('emails[type eq "work"][value pr]', 23, "a sub-attribute or the end", id="two filters"),
        pytest.param('emails[type equals "work"]', 13, "an operator", id="unknown operator"),
        pytest.param("emails.0.value", 7, "an attribute path", id="index"),
    ],
)
def test_refuses_with_the_position(text: str, position: int, expected: str) -> None:
    with pytest.raises(InvalidPath) as refusal:
        parse_path(text)
    assert f"at character {position}: " in refusal.value.detail
    assert expected in refusal.value.detail


def test_nesting_and_length_are_bounded() -> None:
    with pytest.raises(InvalidPath, match="deeper"):
        parse_path("a[" + "(" * 10_000)
    with pytest.raises(InvalidPath, match="at most"):
        parse_path("a" * 20_000)


@pytest.mark.requirement("R143")
@given(paths, st.none() | value_filters, st.none() | names)
def test_a_path_prints_itself_back(attribute: AttributePath, inner: object, sub: str | None) -> None:
    path = Path(attribute, inner, sub if inner else None)  # type: ignore[arg-type]
    assert parse_path(str(path)) == path


class TestUrnAlone:
    """A schema's URN as a path is the extension object."""

    @pytest.mark.parametrize("text", [ENTERPRISE, ENTERPRISE.upper()])
    def test_known(self, text: str) -> None:
        assert parse_attribute_path(text, urns=(ENTERPRISE,)) == AttributePath("", urn=text)

    def test_that_can_be_nothing_else(self) -> None:
        urn = "urn:okta:custom:group:1.0"
        assert parse_attribute_path(urn) == AttributePath("", urn=urn)
        assert str(parse_path(urn)) == urn

    def test_unknown_reads_as_an_attribute(self) -> None:
        """Only the resource type can tell; see ``CompiledType.target``."""
        assert parse_attribute_path("urn:x:2.0:User") == AttributePath("User", urn="urn:x:2.0")
