"""Lookups: the filters by which identity providers ask whether a person is known (W26).

They find people who existed before, whom no other list shows (design: *Adopting*).
"""

from __future__ import annotations

from vestibule.scim.filter.resolved import AllOf, ResolvedFilter, Test, Within
from vestibule.scim.filter.tree import Operator

_NAMES = (("userName",), ("emails", "value"))


def is_lookup(resolved: ResolvedFilter) -> bool:
    """Whether it is one ``eq`` on userName or an e-mail address, or that and ``active eq``, in any order."""
    if isinstance(resolved, AllOf) and len(resolved.filters) == 2:
        one, other = resolved.filters
        return (_names_a_person(one) and _is_active(other)) or (_is_active(one) and _names_a_person(other))
    return _names_a_person(resolved)


def _names_a_person(resolved: ResolvedFilter) -> bool:
    if isinstance(resolved, Test):
        return resolved.operator is Operator.EQ and resolved.target.keys in _NAMES
    return isinstance(resolved, Within) and resolved.target.keys == ("emails",) and _is_work(resolved.filter)


def _is_work(resolved: ResolvedFilter) -> bool:
    """``type eq "work" and value eq …``, in any order."""
    if not isinstance(resolved, AllOf) or len(resolved.filters) != 2:
        return False
    tests = [each for each in resolved.filters if isinstance(each, Test) and each.operator is Operator.EQ]
    asked = {test.target.leaf.name: test.value for test in tests}
    return asked.keys() == {"type", "value"} and asked["type"] == "work"


def _is_active(resolved: ResolvedFilter) -> bool:
    return (
        isinstance(resolved, Test)
        and resolved.operator is Operator.EQ
        and resolved.target.keys == ("active",)
    )
