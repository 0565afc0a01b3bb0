"""Every table of the receiving side, declared once: what a move carries over, and how it differs between the stores.

A test goes red for a table or a column of either store's migrations that stands neither here nor in
``LEFT_BEHIND``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Columns bear the same names on both stores, apart from what is said here."""

    name: str
    #: Columns that PostgreSQL has alone, with what a row from elsewhere gets there.
    only_there: Mapping[str, int] = field(default_factory=dict)
    #: Columns that are NULL on SQLite where PostgreSQL has 0: whose row it is, if no tenant's.
    nobody: tuple[str, ...] = ()
    #: Its text tells what clients sent, and may hold U+0000, which PostgreSQL keeps nowhere: U+FFFD stands for it.
    tells: bool = False
    #: (column, values): rows that stay where they are.
    stays: tuple[str, tuple[str, ...]] | None = None


#: What a moved SQLite file and a target under way say of themselves, in ``setting``.
MOVED = "moved"
UNFINISHED = "unfinished_move"

#: Kept in sixteen rows on PostgreSQL, added up when read: one of them is as good as all.
_SLOT = {"slot": 0}

#: Those that others refer to come first.
RECEIVING = (
    Table("account"),
    Table("tenant"),
    Table("connection"),
    Table("token"),
    Table("token_request"),
    Table("api_token"),
    Table("setup_link"),
    Table("setup_step"),
    Table("domain"),
    Table("tenant_role"),
    Table("administrator"),
    Table("administrator_grant"),
    Table("sign_in_link"),
    Table("console_session"),
    Table("profile"),
    Table("profile_current"),
    Table("setting", stays=("name", (MOVED, UNFINISHED))),
    Table("logo"),
    Table("resource"),
    Table("external_id"),
    Table("key"),
    Table("member"),
    Table("pending_member"),
    Table("derivation"),
    Table("counter", only_there=_SLOT),
    Table("seat"),
    Table("review"),
    Table("review_candidate"),
    Table("event"),
    Table("leaver"),
    Table("told_once"),
    Table("acknowledgement"),
    Table("consumer"),
    Table("parked_event"),
    Table("audit", nobody=("tenant",)),
    Table("request_log", nobody=("tenant",), tells=True),
    Table("request_batch"),
    Table("job"),
    Table("tolerance_day", only_there=_SLOT),
    Table("sign_on"),
    Table("sign_on_key"),
    Table("sign_on_once"),
    Table("sign_on_session"),
    Table("sign_on_attempt"),
    Table("service_connection"),
    Table("service_consent"),
    Table("linked_account"),
    Table("staged_member"),
    Table("webhook_endpoint"),
    Table("webhook_held"),
    Table("webhook_attempt", tells=True),
    Table("webhook_delivered"),
    Table("webhook_resend"),
    Table("webhook_gap"),
    Table("set_key"),
)

#: What no move carries over, with the reason.
LEFT_BEHIND = {
    "repeat": "answers kept for a day; a key that is sent again after the move is carried out anew",
    "migration": "each store has steps of its own",
    "sqlite_sequence": "SQLite's own; the numbers go on in PostgreSQL's sequences",
    "admission_version": "PostgreSQL's own; anew with every change of who may come in",
    "webhook_courier": "who delivers at the moment; after a move it is somebody else",
    "tolerance_count": "of a version before tolerance_day, never on PostgreSQL",
}
