"""Rows of the sign-on tables: what is selected, and the value that becomes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from vestibule.sign_on.store import Attempt, Once, Session, StoredKeyPair, StoredSetup

Row = Sequence[Any]

SETUP = "SELECT tenant, issuer, document, secret, read_at, read_fault, worked_at, changed_at FROM sign_on "
KEY_PAIR = "SELECT tenant, id, certificate, private_key, created_at FROM sign_on_key "
ONCE = "SELECT tenant, kind, key, expires_at, document FROM sign_on_once "
_SESSION = (
    "tenant", "hash", "person", "sign_in", "protocol", "subject", "subject_format", "session_index",
    "created_at", "expires_at",
)  # fmt: skip
SESSION_COLUMNS = ", ".join(_SESSION)
SESSION = f"SELECT {SESSION_COLUMNS} FROM sign_on_session "
#: Whose access was ended has no session, whatever rows there are.
SESSION_IN_FORCE = (
    f"SELECT {', '.join(f's.{name}' for name in _SESSION)} FROM sign_on_session s"
    " JOIN resource r ON r.tenant = s.tenant AND r.id = s.person AND r.state <> 'tombstone' AND r.access <> 'ended' "
)
ATTEMPT = "SELECT tenant, at, rule, person, is_test, request_id, payload, seq FROM sign_on_attempt "
ATTEMPT_COLUMNS = "tenant, at, rule, person, is_test, request_id, payload"


def as_setup(row: Row) -> StoredSetup:
    """From ``SETUP``."""
    tenant, issuer, document, secret, *rest = row
    return StoredSetup(tenant, issuer, json.loads(document), secret, *rest)


def as_key_pair(row: Row) -> StoredKeyPair:
    """From ``KEY_PAIR``."""
    return StoredKeyPair(*row)


def as_once(row: Row) -> Once:
    """From ``ONCE``."""
    return Once(row[0], row[1], row[2], row[3], json.loads(row[4]))


def as_session(row: Row) -> Session:
    """From ``SESSION`` and ``SESSION_IN_FORCE``."""
    return Session(*row)


def as_attempt(row: Row) -> Attempt:
    """From ``ATTEMPT``."""
    tenant, at, rule, person, is_test, request_id, payload, seq = row
    return Attempt(
        tenant, at, rule, person, bool(is_test), request_id, json.loads(payload) if payload else None, seq
    )


def session_row(session: Session) -> tuple[Any, ...]:
    """The values of ``SESSION_COLUMNS``."""
    return (
        session.tenant, session.hash, session.person, session.sign_in, session.protocol, session.subject,
        session.subject_format, session.session_index, session.created_at, session.expires_at,
    )  # fmt: skip


def attempt_row(attempt: Attempt) -> tuple[Any, ...]:
    """The values of ``ATTEMPT_COLUMNS``."""
    payload = json.dumps(attempt.payload, ensure_ascii=False) if attempt.payload is not None else None
    return (
        attempt.tenant, attempt.at, attempt.rule, attempt.person, attempt.is_test, attempt.request_id, payload,
    )  # fmt: skip


def document_text(document: Any) -> str:
    """JSON as it is kept."""
    return json.dumps(document, ensure_ascii=False)
