"""The seals that installations have: whoever writes the JSON, it is the same, byte for byte."""

from __future__ import annotations

import json
from hashlib import sha256

from hypothesis import example, given
from hypothesis import strategies as st

from vestibule.directory.audit_chain import ChainedEntry, Head, link

_TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)


@example("a\x7fb", '\x1f"\\', "\u2028", 1, None)
@given(
    _TEXTS,
    _TEXTS,
    _TEXTS | st.none(),
    st.integers(0, 1 << 62),
    st.binary(min_size=32, max_size=32) | st.none(),
)
def test_a_seal_covers_the_same_bytes_whatever_is_in_them(
    actor: str, subject: str, request_id: str | None, seq: int, hashed: bytes | None
) -> None:
    entry = ChainedEntry(
        seq, 3, "2026-01-02T03:04:05.678Z", actor, "user.created", "User", subject, request_id, None
    )
    covered = [
        seq,
        3,
        entry.at,
        actor,
        "user.created",
        "User",
        subject,
        request_id,
        hashed.hex() if hashed else None,
    ]
    text = json.dumps(covered, ensure_ascii=True, separators=(",", ":")).encode()
    before = Head().chain
    assert link(before, entry, hashed) == sha256(before + text).digest()
