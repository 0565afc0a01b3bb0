"""``SecurityEventStore`` over any store: each method asks what ``shared_sql.security_events`` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vestibule.directory.change import AuditEntry
from vestibule.security_events.store import Known, SetKey
from vestibule.stores.linking_rows import Answers
from vestibule.stores.shared_sql import security_events
from vestibule.webhooks.attempt import Held
from vestibule.webhooks.endpoint import Endpoint


class SecurityEventRows:
    """A ``SecurityEventStore``."""

    def __init__(self, answers: Answers) -> None:
        self._read = answers.read
        self._write = answers.write

    async def keys(self) -> Sequence[SetKey]:
        """All."""
        return await self._read(security_events.keys)

    async def add_key(
        self, key: SetKey, audit: AuditEntry, at: str, *, old_until: str = "", only_first: bool = False
    ) -> None:
        """Keep it. Of two processes that make the first key at once both keep theirs, and the later one signs."""
        if only_first and await self._read(security_events.has_keys):
            return
        await self._write(lambda: security_events.add_key(key, at, old_until), None, audit, at)

    async def known(self, tenant: int, id: str) -> Known | None:
        """The resource of that id."""
        return await self._read(lambda: security_events.known(tenant, id))

    async def give_out(self, stream: Endpoint, after: int, upto: int, held: Sequence[Held]) -> bool:
        """Move the stream."""
        return await self._write(lambda: security_events.give_out(stream, after, upto, held))

    async def acknowledge(
        self, stream: Endpoint, taken: Sequence[int], refused: Mapping[int, str], at: str
    ) -> int:
        """Those wait no more."""
        return await self._write(lambda: security_events.acknowledge(stream, taken, refused, at))

    async def vanished(self, stream: Endpoint, events: Sequence[int]) -> None:
        """Dead letters."""
        await self._write(lambda: security_events.vanished(stream, events))
