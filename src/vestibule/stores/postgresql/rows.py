"""Resource rows as PostgreSQL reads them."""

from __future__ import annotations

from vestibule.stores.shared_sql.nesting import groups_array
from vestibule.stores.shared_sql.rows import FRAGMENT, resource_columns

#: The fields of ``Resource`` in its order. Parameter 2 is the asking connection.
RESOURCE = resource_columns("$2")


def found_by(condition: str, alias: str, table: str = "resource") -> str:
    """What stands after JOIN to have the few rows of the tenant $1 that an index finds by ``condition``.

    OFFSET 0 is a fence: whatever else is asked of them is asked outside, and leads to no other index.
    """
    return f"LATERAL (SELECT * FROM {table} WHERE tenant = $1 AND {condition} OFFSET 0) AS {alias}"


def groups_sql(base: str) -> str:
    """The user's groups as a JSON array in bytes, NULL for none. Parameter 1 is the tenant."""
    return groups_array("$1", FRAGMENT.format(base=base, type="{type}"), _array)


def _array(fragment: str, order: str) -> str:
    return f"convert_to('[' || string_agg({fragment}, ',' ORDER BY {order}) || ']', 'UTF8')"
