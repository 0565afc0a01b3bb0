"""Which rows a filter can match at all, where an index knows: the rest is read only for these."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass

from vestibule.scim.filter.resolved import AllOf, AnyOf, ResolvedFilter, SearchValue, Test, Within
from vestibule.scim.filter.tree import Operator
from vestibule.scim.target import Target
from vestibule.stores.shared_sql.dialect import Bindings
from vestibule.stores.shared_sql.filter_sql import Asking
from vestibule.stores.shared_sql.nesting import groups_below

#: More alternatives than these are searched in one pass rather than one by one.
_MOST_ALTERNATIVES = 50


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

    ``indexed`` are the attribute paths that have key rows. Only the chosen way is bound.
    """
    way = _Narrowing(bindings, asking, indexed).of(filter)
    return Narrow(way.rank, way.sql()) if way else None


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to narrow, not bound yet."""

    rank: int
    sql: Callable[[], str]


@dataclass(frozen=True, slots=True)
class _Narrowing:
    bindings: Bindings
    asking: Asking
    indexed: Collection[str]

    def of(self, filter: ResolvedFilter) -> _Way | None:
        match filter:
            case Test(target, Operator.EQ, value):
                return self._test(target, value)
            case Within(_, inner):
                return self.of(inner)
            case AllOf(filters):
                found = [way for way in map(self.of, filters) if way is not None]
                return min(found, key=lambda way: way.rank, default=None)
            case AnyOf(filters) if len(filters) <= _MOST_ALTERNATIVES:
                ways = [way for way in map(self.of, filters) if way is not None]
                if len(ways) < len(filters):
                    return None
                rank = max(2, *(way.rank for way in ways))
                return _Way(rank, lambda: " UNION ".join(way.sql() for way in ways))
        return None

    def _test(self, target: Target, value: SearchValue) -> _Way | None:
        path = str(target)
        match path:
            case "id":
                return _Way(0, lambda: self._rows(f"id = {self._bind(value)}"))
            case "userName" if self.asking.has_names:
                return _Way(0, lambda: self._alive(f"user_name = {self._bind(value)}"))
            case "externalId":
                return _Way(1, lambda: self._external_id(value))
            case "displayName" if self.asking.has_names:
                return _Way(1, lambda: self._alive(f"display_name = {self._bind(value)}"))
            case "emails.value" if self.asking.has_names:
                return _Way(2, lambda: self._email(self._bind(value)))
            case "members.value" if self.asking.type == "Group":
                return _Way(3, lambda: self._holders(value))
            case "groups.value" if self.asking.type == "User":
                return _Way(3, lambda: groups_below(self.asking.tenant, self._bind(value)))
            case _ if path in self.indexed:
                text = value if isinstance(value, str) else json.dumps(value, default=str)
                return _Way(4, lambda: self._keys(path, self._bind(text)))
        return None

    def _rows(self, condition: str) -> str:
        return f"SELECT seq FROM resource WHERE tenant = {self.asking.tenant} AND {condition}"

    def _alive(self, condition: str) -> str:
        return self._rows(f"{condition} AND state <> 'tombstone'")

    def _external_id(self, value: SearchValue) -> str:
        bound, connection = self._bind(value), self.asking.connection
        by_column = self._alive(f"connection = {connection} AND external_id = {bound}")
        return (
            f"{by_column} UNION SELECT resource FROM external_id WHERE tenant = {self.asking.tenant} "
            f"AND connection = {connection} AND type = {self._bind(self.asking.type)} AND value = {bound}"
        )

    def _email(self, bound: str) -> str:
        return f"{self._alive(f'email = {bound}')} UNION {self._keys('emails.value', bound)}"

    def _holders(self, value: SearchValue) -> str:
        return (
            "SELECT n.grp FROM resource x JOIN member n ON n.tenant = x.tenant AND n.member = x.seq "
            f"WHERE x.tenant = {self.asking.tenant} AND x.id = {self._bind(value)}"
        )

    def _keys(self, attribute: str, value: str) -> str:
        return (
            f"SELECT resource FROM key WHERE tenant = {self.asking.tenant} "
            f"AND attribute = {self._bind(attribute)} AND value = {value}"
        )

    def _bind(self, value: SearchValue) -> str:
        return self.bindings.bind(value)
