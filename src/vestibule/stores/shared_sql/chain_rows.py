"""Rows of the audit trail as its chain sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.directory.audit_chain import ChainedEntry

#: Where the head of the chain is kept, in ``setting``.
HEAD = "audit_head"

CHAINED = """
SELECT seq, tenant, at, actor, action, subject_type, subject_id, request_id, payload, salt, payload_hash, chain
FROM audit"""

#: What an entry that is not sealed yet has: the first fields of ``ChainedEntry``.
UNSEALED = """
SELECT seq, coalesce(tenant, 0), at, actor, action, subject_type, subject_id, request_id, payload
FROM audit"""


def chained_of(row: Sequence[Any]) -> ChainedEntry:
    """From ``CHAINED``."""
    seq, tenant, at, actor, action, subject_type, subject_id, request_id, payload, salt, hashed, chain = row
    return ChainedEntry(
        seq,
        tenant or 0,
        at,
        actor,
        action,
        subject_type,
        subject_id,
        request_id,
        payload,
        _bytes(salt),
        _bytes(hashed),
        _bytes(chain),
    )


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
