"""A list's order, and the way through it from one place to the next, as SQL over ``seq`` and ``k``.

``k`` is the sort key. A resource without one comes last, or first in descending order (RFC 7644
§3.4.2.3, R121); the order of creation (``seq``) settles the rest, ascending either way.
"""

from __future__ import annotations

from vestibule.directory.store import Boundary
from vestibule.stores.shared_sql.dialect import Bindings


class Keyset:
    """One order; ``is_sorted`` False is the order of creation alone."""

    def __init__(self, *, is_sorted: bool, descending: bool) -> None:
        self._is_sorted = is_sorted
        self._descending = is_sorted and descending

    def order(self, alias: str = "", *, backward: bool = False) -> str:
        """What stands after ORDER BY; ``alias`` is that of the table with its dot."""
        seq = f"{alias}seq {'DESC' if backward else 'ASC'}"
        if not self._is_sorted:
            return seq
        way = "DESC" if self._descending != backward else "ASC"
        return f"({alias}k IS NULL) {way}, {alias}k {way}, {seq}"

    def after(self, boundary: Boundary, bindings: Bindings) -> str:
        """The condition of whatever stands after the boundary."""
        return self._beyond(boundary, bindings, ">", "<" if self._descending else ">", not self._descending)

    def before(self, boundary: Boundary, bindings: Bindings) -> str:
        """The condition of whatever stands before it; every row is either before or after."""
        return self._beyond(boundary, bindings, "<=", ">" if self._descending else "<", self._descending)

    def _beyond(
        self, boundary: Boundary, bindings: Bindings, seqs: str, keys: str, has_nulls_beyond: bool
    ) -> str:
        seq = f"seq {seqs} {bindings.bind(boundary.seq)}"
        if not self._is_sorted:
            return seq
        if boundary.key is None:
            same = f"(k IS NULL AND {seq})"
            return same if has_nulls_beyond else f"({same} OR k IS NOT NULL)"
        key = bindings.bind(boundary.key)
        beyond = f"(k {keys} {key} OR (k = {key} AND {seq}))"
        return f"({beyond} OR k IS NULL)" if has_nulls_beyond else beyond
