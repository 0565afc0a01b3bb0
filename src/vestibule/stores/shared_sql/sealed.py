"""Every column that keeps something sealed, declared once: what a change of keys goes through.

A test goes red for a column of bytes, in the migrations of either store and side, that stands neither here nor in
``NOT_SEALED``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of a table, the columns that its rows are found by, and what a value is bound to.

    A part of ``place`` in braces is the value of that key column; bytes stand in hexadecimal.
    """

    table: str
    column: str
    key: tuple[str, ...]
    place: tuple[str, ...]
    #: Key columns that hold bytes.
    bytes_in_key: tuple[str, ...] = ()
    #: Where not all rows are bound alike: which these are, in SQL and in a word.
    of: str = ""
    word: str = ""

    @property
    def name(self) -> str:
        """``table.column``, and of what where that is not all."""
        return f"{self.table}.{self.column}" + (f" of {self.word}" if self.word else "")

    def bound_to(self, values: Sequence[Any]) -> tuple[str, ...]:
        """The place of the row that has these values in its key."""
        told = {
            name: bytes(value).hex() if name in self.bytes_in_key else str(value)
            for name, value in zip(self.key, values, strict=True)
        }
        return tuple(part.format(**told) for part in self.place)


RECEIVING_SEALED = (
    SealedColumn("sign_on", "secret", ("tenant",), ("sign_on", "{tenant}", "{tenant}", "secret")),
    SealedColumn(
        "sign_on_key", "private_key", ("tenant", "id"), ("sign_on_key", "{tenant}", "{id}", "private_key")
    ),
    SealedColumn(
        "service_connection",
        "credentials",
        ("tenant", "service"),
        ("service_connection", "{tenant}", "{service}", "credentials"),
    ),
    SealedColumn(
        "service_consent",
        "sealed",
        ("state_hash",),
        ("service_consent", "{state_hash}"),
        bytes_in_key=("state_hash",),
    ),
    SealedColumn(
        "webhook_endpoint",
        "secret",
        ("tenant", "id"),
        ("webhook_endpoint", "{tenant}", "{id}", "secret"),
        of="kind = 'webhook'",
        word="webhooks",
    ),
    SealedColumn(
        "webhook_endpoint",
        "secret",
        ("tenant", "id"),
        ("webhook_endpoint", "{tenant}", "{id}", "authorization"),
        of="kind <> 'webhook'",
        word="streams",
    ),
    SealedColumn(
        "webhook_endpoint", "old_secret", ("tenant", "id"), ("webhook_endpoint", "{tenant}", "{id}", "secret")
    ),
    SealedColumn("set_key", "private_key", ("tenant", "id"), ("set_key", "{tenant}", "{id}", "private_key")),
    SealedColumn(
        "repeat", "answer", ("token", "idempotency_key"), ("repeat", "{token}", "{idempotency_key}")
    ),
)

SENDING_SEALED = (
    SealedColumn("application", "token", ("id",), ("application", "{id}", "token")),
    SealedColumn(
        "repeat", "answer", ("token", "idempotency_key"), ("repeat", "{token}", "{idempotency_key}")
    ),
)

#: Columns of bytes that keep nothing sealed, with what they keep.
NOT_SEALED = {
    "token.hash": "of an access token",
    "api_token.hash": "of an API token",
    "setup_link.code_hash": "of a code",
    "sign_in_link.hash": "of a link",
    "console_session.hash": "of a session",
    "sign_on_session.hash": "of a session",
    "service_consent.state_hash": "of what a browser brings back",
    "repeat.request_hash": "of a request",
    "resource.doc": "the served form",
    "request_batch.requests": "packed requests",
    "audit.salt": "of a seal",
    "audit.payload_hash": "of a seal",
    "audit.chain": "of a seal",
    "logo.content": "a picture",
    "application_logo.content": "a picture",
}
