"""Resource rows as SQLite reads them."""

from __future__ import annotations

from vestibule.stores.shared_sql.nesting import groups_array
from vestibule.stores.shared_sql.rows import FRAGMENT, RESOURCE_WIDTH, resource_columns, resource_of

__all__ = ["FRAGMENT", "RESOURCE", "RESOURCE_WIDTH", "groups_sql", "resource_of"]

#: The fields of ``Resource`` in its order. Parameter 2 is the asking connection.
RESOURCE = resource_columns("?2")


def groups_sql(base: str) -> str:
    """The user's groups as a JSON array in bytes, NULL for none. Parameter 1 is the tenant."""
    return groups_array("?1", FRAGMENT.format(base=base, type="{type}"), _array)


def _array(fragment: str, order: str) -> str:
    return f"CAST('[' || group_concat({fragment}) || ']' AS BLOB)"
