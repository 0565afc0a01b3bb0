"""Which dialect a request is read in, and what its connection's traffic shows by and by."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.dialects.recognition import Recognised, by_traffic, by_user_agent
from vestibule.scim.errors import Unavailable
from vestibule.tenancy.admission import Admission
from vestibule.web.exchange import Exchange

#: What is spoken where nobody is recognised.
UNRECOGNISED = "generic"
#: So many names are remembered; somebody who makes up new ones all the time starts it over.
_REMEMBERED = 1000

#: Connection, dialect, why, when.
Note = Callable[[int, str, str, str], None]


class Recognition:
    """Pinned by an administrator; else what the client calls itself; else what its traffic has shown."""

    def __init__(self, dialects: Mapping[str, Dialect], note: Note) -> None:
        self._dialects = dialects
        self._note = note
        self._named: dict[str, Recognised | None] = {}

    def dialect(self, admission: Admission, exchange: Exchange) -> Dialect:
        """The dialect of this request. Unavailable where the pinned one is not installed here."""
        if admission.dialect:
            return self._pinned(admission)
        agent = exchange.header(b"user-agent")[:200]
        try:
            named = self._named[agent]
        except KeyError:
            named = self._remember(agent)
        if named is not None:
            if admission.recognised_why != named.why or admission.recognised != named.dialect.name:
                self._keep(admission, exchange, named)
            return named.dialect
        return self._dialects.get(admission.recognised) or self._dialects[UNRECOGNISED]

    def look(self, admission: Admission, exchange: Exchange, spoken: Dialect) -> None:
        """Look for signs of the client in a write that was answered, as long as nobody is recognised.

        What they show holds from the connection's next requests on.
        """
        body = exchange.document
        if body is None or spoken.name != UNRECOGNISED or admission.dialect:
            return
        shown = by_traffic(self._dialects.values(), exchange.query, body)
        if shown is not None and admission.recognised_why != shown.why:
            self._keep(admission, exchange, shown)

    def _pinned(self, admission: Admission) -> Dialect:
        pinned = self._dialects.get(admission.dialect)
        if pinned is None:
            raise Unavailable(
                f"This connection is pinned to the dialect {admission.dialect!r}, which is not installed here. "
                f"There are: {', '.join(self._dialects)}. Pin one of these, or have it recognised: vestibule "
                f"connection dialect {admission.tenant_slug} auto",
                retry_after=60,
            )
        return pinned

    def _remember(self, agent: str) -> Recognised | None:
        if len(self._named) >= _REMEMBERED:
            self._named.clear()
        named = self._named[agent] = by_user_agent(self._dialects.values(), agent)
        return named

    def _keep(self, admission: Admission, exchange: Exchange, recognised: Recognised) -> None:
        if b"vestibule-dry-run" not in exchange.headers:
            self._note(admission.connection, recognised.dialect.name, recognised.why, exchange.at)
