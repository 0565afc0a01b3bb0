"""Resource rows as PostgreSQL reads them."""

from __future__ import annotations

from vestibule.stores.shared_sql.rows import FRAGMENT, resource_columns

#: The fields of ``Resource`` in its order. Parameter 2 is the asking connection.
RESOURCE = resource_columns("$2")


def groups_sql(base: str) -> str:
    """The user's groups as a JSON array in bytes, NULL for none. Parameter 1 is the tenant."""
    fragment = FRAGMENT.format(base=base, type="'direct'")
    return (
        f"(SELECT convert_to('[' || string_agg({fragment}, ',' ORDER BY m.grp) || ']', 'UTF8') "
        "FROM member m JOIN resource x ON x.tenant = m.tenant AND x.seq = m.grp "
        "WHERE m.tenant = $1 AND m.member = r.seq AND x.state = 'managed')"
    )
