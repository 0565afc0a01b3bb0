"""Random filter trees in canonical form, for properties of the parser and of resolve."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from vestibule.scim.filter.tree import (
    And,
    AttributePath,
    Compare,
    Filter,
    Not,
    Operator,
    Or,
    Present,
    ValuePath,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

names = st.one_of(
    st.sampled_from(["userName", "not", "and", "or", "pr", "eq", "$ref", "x-y_z", "true"]),
    st.builds(str.__add__, st.sampled_from(_LETTERS), st.text(_LETTERS + "0123456789-_$", max_size=8)),
)
urns = st.sampled_from(
    [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:okta:acme_1:1.0:user:custom",
    ]
)
paths = st.builds(AttributePath, names, st.none() | names, st.none() | urns)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
numbers = st.one_of(
    st.integers(-(10**30), 10**30),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9),
    st.sampled_from([Decimal("1E+3"), Decimal("-2.5E-7"), Decimal("0.0")]),
)
literals = texts | numbers | st.booleans() | st.none()
leaves = st.builds(Compare, paths, st.sampled_from(Operator), literals) | st.builds(Present, paths)


def _grown(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.builds(Not, inner) | st.builds(And, several) | st.builds(Or, several)


value_filters = st.recursive(leaves, _grown, max_leaves=6)
filters = st.recursive(leaves | st.builds(ValuePath, paths, value_filters), _grown, max_leaves=12)
