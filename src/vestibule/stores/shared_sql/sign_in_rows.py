"""Rows of the sign-in tables: what is selected, and the value that becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.sign_in.administrator import Administrator, Grant
from vestibule.sign_in.session import Session

Row = Sequence[Any]

#: The columns of an administrator ``a``; ``{grants}`` is the store's aggregate of "account:tenant".
ADMINISTRATOR = (
    "a.id, a.email, a.name, a.is_operator, a.created_at, a.signed_in_at, a.password <> '', a.language,"
    " (SELECT {grants} FROM administrator_grant g WHERE g.administrator = a.id)"
)
ADMINISTRATOR_WIDTH = 9
SESSION = "s.id, s.administrator, s.created_at, s.seen_at, s.ends_at, s.user_agent, s.viewing"


def as_administrator(row: Row) -> Administrator:
    """From ``ADMINISTRATOR``."""
    id, email, name, is_operator, created_at, signed_in_at, has_password, language, grants = row
    return Administrator(
        id=id,
        email=email,
        name=name,
        is_operator=bool(is_operator),
        created_at=created_at,
        grants=tuple(_grant(text) for text in sorted((grants or "").split(",")) if text),
        signed_in_at=signed_in_at,
        has_password=bool(has_password),
        language=language,
    )


def as_session(row: Row) -> Session:
    """From ``SESSION``."""
    return Session(*row)


def _grant(text: str) -> Grant:
    account, _, tenant = text.partition(":")
    return Grant(int(account), int(tenant) or None)
