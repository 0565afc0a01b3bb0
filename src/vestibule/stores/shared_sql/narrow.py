"""Which rows a filter can match at all, where an index knows: the rest is read only for these."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from vestibule.scim.filter.resolved import AllOf, AnyOf, ResolvedFilter, SearchValue, Test, Within
from vestibule.scim.filter.tree import Operator
from vestibule.scim.target import Target
from vestibule.stores.shared_sql.dialect import Bindings
from vestibule.stores.shared_sql.filter_sql import Asking

#: More alternatives than these are searched in one pass rather than one by one.
_MOST_ALTERNATIVES = 50
_ALIVE = "state <> 'tombstone'"


@dataclass(frozen=True, slots=True)
class Narrow:
    """SQL that gives the ``seq`` of every row that can match, through an index.

    ``rank`` orders by how few they will be; at 0 it is one at most.
    """

    rank: int
    sql: str


def narrow(
    filter: ResolvedFilter, bindings: Bindings, asking: Asking, indexed: Collection[str] = ()
) -> Narrow | None:
    """The narrowing of ``filter``, or None where every row must be looked at.

    ``indexed`` are the attribute paths that have key rows.
    """
    return _Narrowing(bindings, asking, indexed).of(filter)


@dataclass(frozen=True, slots=True)
class _Narrowing:
    bindings: Bindings
    asking: Asking
    indexed: Collection[str]

    def of(self, filter: ResolvedFilter) -> Narrow | None:
        match filter:
            case Test(target, Operator.EQ, value):
                return self._test(target, value)
            case Within(_, inner):
                return self.of(inner)
            case AllOf(filters):
                found = [n for n in map(self.of, filters) if n is not None]
                return min(found, key=lambda n: n.rank, default=None)
            case AnyOf(filters) if len(filters) <= _MOST_ALTERNATIVES:
                alternatives = []
                for each in filters:
                    alternative = self.of(each)
                    if alternative is None:
                        return None
                    alternatives.append(alternative)
                rank = max(2, *(n.rank for n in alternatives))
                return Narrow(rank, " UNION ".join(n.sql for n in alternatives))
        return None

    def _test(self, target: Target, value: SearchValue) -> Narrow | None:
        tenant, path = self.asking.tenant, str(target)
        rows = f"SELECT seq FROM resource WHERE tenant = {tenant} AND"
        if path == "id":
            return Narrow(0, f"{rows} id = {self._bind(value)}")
        if path == "userName":
            return Narrow(0, f"{rows} user_name = {self._bind(value)} AND {_ALIVE}")
        if path == "externalId":
            bound = self._bind(value)
            by_column = f"{rows} connection = {self.asking.connection} AND external_id = {bound} AND {_ALIVE}"
            by_row = (
                f"SELECT resource FROM external_id WHERE tenant = {tenant} "
                f"AND connection = {self.asking.connection} AND type = {self._bind(self.asking.type)} AND value = {bound}"
            )
            return Narrow(1, f"{by_column} UNION {by_row}")
        if path == "displayName":
            return Narrow(1, f"{rows} display_name = {self._bind(value)} AND {_ALIVE}")
        if path == "emails.value" and isinstance(value, str):
            bound = self._bind(value)
            return Narrow(2, f"{rows} email = {bound} AND {_ALIVE} UNION {self._keys(path, bound)}")
        if path in self.indexed:
            bound = self._bind(value if isinstance(value, str) else json.dumps(value, default=str))
            return Narrow(4, self._keys(path, bound))
        if (self.asking.type, path) in (("Group", "members.value"), ("User", "groups.value")):
            ours, theirs = ("grp", "member") if path == "members.value" else ("member", "grp")
            return Narrow(
                3,
                f"SELECT n.{ours} FROM resource x JOIN member n ON n.tenant = x.tenant AND n.{theirs} = x.seq "
                f"WHERE x.tenant = {tenant} AND x.id = {self._bind(value)}",
            )
        return None

    def _keys(self, attribute: str, value: str) -> str:
        return (
            f"SELECT resource FROM key WHERE tenant = {self.asking.tenant} "
            f"AND attribute = {self._bind(attribute)} AND value = {value}"
        )

    def _bind(self, value: SearchValue) -> str:
        return self.bindings.bind(value)
