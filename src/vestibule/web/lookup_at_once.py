"""The commonest request of all by the shortest way: one person by userName.

Two thirds of what identity providers ask is this (W17), and a connection says the same head each
time. So what follows from the head and the address (who calls, with which profile, in which dialect)
is settled once, and holds as long as the store hands out the very same admission; what is left of a
request is one statement and a row in the log. Whatever is not as plain as that goes the general way
(``ScimApi``), which makes every refusal and every repair; both ways give the same bytes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from vestibule.directory.as_declared import as_declared
from vestibule.directory.links import has_links
from vestibule.directory.store import LookAhead, Recorded, Row
from vestibule.profiles.profile import ApplicationProfile
from vestibule.scim.checker import CompiledType
from vestibule.scim.fold import fold_user_name
from vestibule.scim.projection import Projection
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.store import PromptReads, TenancyStore
from vestibule.web.authentication import Authentication
from vestibule.web.errors import note_fault
from vestibule.web.exchange import Exchange, media_type, nothing_more
from vestibule.web.metrics import Metrics
from vestibule.web.recognition import Recognition
from vestibule.web.redaction import redacted_filter
from vestibule.web.rendering import render, render_list

#: A plus would be a space. A first page of any size holds the one there may be.
_LOOKUP = re.compile(
    rb"((?:/t/([a-z0-9-]{1,63}))?/scim/v2)/Users"
    rb"\?(filter=userName(?:%20|\+)eq(?:%20|\+)%22([\w.@%-]{1,200})%22"
    rb"(?:&startIndex=1)?(?:&count=[1-9][0-9]{0,2})?)"
)
_MOST_ADDRESSES = 8


@dataclass(slots=True)
class Head:
    """A request's head behind its first line, as one connection sends it again and again."""

    headers: dict[bytes, bytes]
    #: Bytes of the body that it announced when it was read.
    length: int
    #: Whether it is remembered without that number, which is another one each time.
    varies: bool = False
    #: What was settled for it, by the address that was called.
    callers: dict[bytes, Caller] = field(default_factory=dict)

    def said(self, announced: re.Match[bytes] | None, arrived: int) -> dict[bytes, bytes] | None:
        """The headers of a request that begins with it, whose body has ``arrived`` bytes; None where that is not all of it.

        ``announced`` is the length in the request's own head, found only where the head is remembered without.
        """
        if announced is None:
            return self.headers if self.length == arrived and not self.varies else None
        if not self.varies or int(announced[1]) != arrived:
            return None
        return {**self.headers, b"content-length": announced[1]}

    def keep(self, address: bytes, caller: Caller | None) -> Caller | None:
        """Remember who calls that address."""
        if caller is not None:
            if len(self.callers) >= _MOST_ADDRESSES:
                self.callers.clear()
            self.callers[address] = caller
        return caller


@dataclass(slots=True)
class Caller:
    """Who sends such a head to one address, and all of the answer that does not depend on the person."""

    admission: Admission
    token_hash: bytes
    profile: ApplicationProfile
    type: CompiledType
    dialect: str
    base_url: str
    user_agent: str
    content_type: bytes

    def is_let_in(self, at: str) -> bool:
        """Whether the token has not come to its end, which comes without a change of anything."""
        expires_at = self.admission.expires_at
        return expires_at is None or expires_at > at


#: Address, slug, query, folded userName; when it came, and by which moment the time is taken.
Wanted = tuple[bytes, bytes | None, bytes, str, str, float]


#: An answer, one to be waited for, or none: then the general way is to go.
LookedUp = bytes | Coroutine[Any, Any, bytes | None] | None


class Lookups:
    """What both stores' ways have in common: reading the first line, and making the answer of the rows."""

    def __init__(
        self,
        authentication: Authentication,
        recognition: Recognition,
        public_url: Callable[[], str],
        clock: Callable[[], str],
        new_request_id: Callable[[], str],
        metrics: Metrics,
        record: Callable[[Recorded], None],
    ) -> None:
        self._authentication = authentication
        self._recognition = recognition
        self._public_url = public_url
        self._clock = clock
        self._new_request_id = new_request_id
        self._metrics = metrics
        self._record = record

    def _wanted(self, url: bytes) -> Wanted | None:
        """What is asked for, where it is a plain lookup."""
        found = _LOOKUP.fullmatch(url)
        if found is None:
            return None
        address, slug, query, user_name = found.groups()
        if b"%" in user_name:
            # What addresses hold, nearly always.
            user_name = user_name.replace(b"%40", b"@").replace(b"%2B", b"+").replace(b"%2b", b"+")
            if b"%" in user_name:
                return None
        folded = fold_user_name(user_name.decode())
        return address, slug, query, folded, self._clock(), time.perf_counter()

    def _caller(
        self, exchange: Exchange, address: bytes, admission: Admission, profile: ApplicationProfile
    ) -> Caller | None:
        """Somebody who was let in, by the very functions of the general way; None for whom it is not as usual."""
        if b"vestibule-dry-run" in exchange.headers:
            return None
        type = profile.types.get("User")
        if type is None or type.endpoint != "/Users" or not _is_usual(Projection.from_query(type, {})):
            return None
        return Caller(
            admission=admission,
            token_hash=self._authentication.hash_of(exchange),
            profile=profile,
            type=type,
            dialect=self._recognition.dialect(admission, exchange).name,
            base_url=self._public_url() + address.decode(),
            user_agent=exchange.header(b"user-agent")[:200],
            content_type=media_type(exchange.headers),
        )

    def _answer(self, wanted: Wanted, caller: Caller, rows: Sequence[Row]) -> bytes | None:
        address, _, query, folded, at, started = wanted
        type, admission = caller.type, caller.admission
        if as_declared(caller.profile, rows) is not rows or has_links(type, rows):
            return None
        items = [render(row.resource, caller.base_url, type.endpoint, row.groups) for row in rows]
        body = render_list(items, len(items), 1)
        assert isinstance(body, bytes), "people are small"
        request_id = self._new_request_id()
        duration = time.perf_counter() - started
        self._metrics.observe("GET", 200, duration)
        row = Recorded(
            id=request_id,
            tenant=admission.tenant,
            connection=admission.connection,
            at=at,
            method="GET",
            path=(address + b"/Users").decode(),
            status=200,
            duration_us=int(duration * 1e6),
            dialect=caller.dialect,
            token_name=admission.token_name,
            subject_type=type.name,
            payload={"query": redacted_filter(query, folded), "user_agent": caller.user_agent},
        )
        try:
            self._record(row)
        except Exception as fault:
            note_fault(fault, request_id)
        return b"x-request-id: %b\r\ncontent-length: %d\r\ncontent-type: %b\r\n\r\n%b" % (
            request_id.encode(),
            len(body),
            caller.content_type,
            body,
        )


class LookupsAtOnce(Lookups):
    """From a store that reads without waiting: ``reads``."""

    def __init__(self, reads: PromptReads, *parts: Any) -> None:
        super().__init__(*parts)
        self._reads = reads

    def answer(self, url: bytes, head: Head) -> bytes | None:
        """The answer from ``x-request-id`` on, its body included; None, and nothing done, where the general way is to go."""
        wanted = self._wanted(url)
        if wanted is None:
            return None
        address, slug, _, folded, at, _ = wanted
        try:
            caller = head.callers.get(address)
            if caller is None or not self._still_holds(caller, at):
                caller = self._settle(address, slug, head, at)
                if caller is None:
                    return None
            admission = caller.admission
            rows = self._reads.people_named(admission.tenant, admission.connection, caller.base_url, folded)
        except Exception:  # the general way meets it again, and tells it
            return None
        self._authentication.touch(admission, at)
        return self._answer(wanted, caller, rows)

    def _still_holds(self, caller: Caller, at: str) -> bool:
        """Whether nobody has committed anything since; a token's end comes without a commit."""
        return self._reads.admission(caller.token_hash) is caller.admission and caller.is_let_in(at)

    def _settle(self, address: bytes, slug: bytes | None, head: Head, at: str) -> Caller | None:
        exchange = exchange_of(head, at)
        passed = self._authentication.admit_at_once(exchange, slug.decode() if slug is not None else None)
        return head.keep(address, self._caller(exchange, address, *passed)) if passed is not None else None


class LookupsAhead(Lookups):
    """From a store over a network, which reads the person together with the token."""

    def __init__(self, store: TenancyStore, *parts: Any) -> None:
        super().__init__(*parts)
        self._store = store

    def answer(self, url: bytes, head: Head) -> Coroutine[Any, Any, bytes | None] | None:
        """As ``LookupsAtOnce``, to be driven by whoever asks; it too may end in None."""
        wanted = self._wanted(url)
        return None if wanted is None else self._looked_up(wanted, head)

    async def _looked_up(self, wanted: Wanted, head: Head) -> bytes | None:
        address, slug, _, folded, at, _ = wanted
        caller = head.callers.get(address)
        base_url = caller.base_url if caller is not None else self._public_url() + address.decode()
        ahead = LookAhead("User", "userName", folded, base_url)
        try:
            if caller is not None:
                admission = await self._store.admit(caller.token_hash, ahead)
                if admission is not caller.admission or not caller.is_let_in(at):
                    caller = None
            if caller is None:
                exchange = exchange_of(head, at)
                passed = await self._authentication.admit(
                    exchange, slug.decode() if slug is not None else None, ahead
                )
                caller = head.keep(address, self._caller(exchange, address, *passed))
        except Exception:  # the general way meets it again, and tells it
            return None
        if caller is None or ahead.rows is None:
            return None
        self._authentication.touch(caller.admission, at)
        return self._answer(wanted, caller, ahead.rows)


def exchange_of(head: Head, at: str) -> Exchange:
    """A request with that head, for what is settled by it alone."""
    return Exchange("GET", "", b"", head.headers, nothing_more, "", at, 0.0)


def _is_usual(projection: Projection) -> bool:
    return projection.is_default and projection.wants_groups
