"""One connection's turn: follow the people, look up what is new, or go through everything.

A turn ends after some requests, or where the service asks for patience; what was reached is kept, so
that the next turn (of this process or another) goes on there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from vestibule.clock import as_text
from vestibule.directory.change import AuditEntry
from vestibule.directory.derivation import DerivationStore
from vestibule.directory.facts import ById
from vestibule.directory.resource import Resource
from vestibule.directory.store import DirectoryStore
from vestibule.directory.story import DirectoryLog
from vestibule.key_ring import KeyRing
from vestibule.linking.backoff import LONGEST_ASKED_SECONDS, wait_after
from vestibule.linking.connecting import open_credentials, seal_credentials
from vestibule.linking.connector import MemberPage, ReconnectNeeded, Service, TokenEnded, TryLater
from vestibule.linking.linked_account import LinkedAccount, Member, Outcome, Wanted
from vestibule.linking.matching import CONFLICT, match
from vestibule.linking.service_connection import (
    ConnectionState,
    Credentials,
    Progress,
    ServiceConnection,
)
from vestibule.linking.store import LinkingStore
from vestibule.linking.wanted import ID_PREFIX, wanted_of
from vestibule.profiles.profile import ApplicationProfile

#: Everything is looked at again so often, a little later for each by chance (S24).
FULL_EVERY_SECONDS = 6 * 3600.0
_SPREAD = 0.1
#: Up to so many are looked up one by one; more take less by list (S25, G13).
MOST_LOOK_UPS = 40
#: So many requests are sent in one turn.
_MOST_REQUESTS = 10
#: So many rows, or events, are worked on before requests have their turn.
_STEP = 100
_EVENTS = 200
#: A list with more pages than this does not end; one whose cursors go in circles is noticed sooner.
MOST_PAGES = 2000
_ENDLESS_WAIT = 3600.0
#: With more domains than this nothing is said of them.
_MOST_DOMAINS = 600

ACTOR = "vestibule:linking"


class Turn:
    """What one turn works with."""

    def __init__(
        self,
        *,
        store: LinkingStore,
        directory: DirectoryStore,
        derivation: DerivationStore,
        log: DirectoryLog,
        service: Service,
        profile: ApplicationProfile,
        keys: KeyRing,
        seconds: Callable[[], float],
        chance: Callable[[], float],
        pause: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._directory = directory
        self._derivation = derivation
        self._log = log
        self._service = service
        self._profile = profile
        self._keys = keys
        self._seconds = seconds
        self._chance = chance
        self._pause = pause
        self._requests = 0
        #: Whether the service gave what it was asked for, in this turn.
        self._answered = False

    async def take(self, connection: ServiceConnection) -> None:
        """Work on a claimed connection, and let it go."""
        seen = connection.seen_event
        try:
            seen = await self._follow(connection)
            try:
                await self._work(connection, await self._credentials(connection), seen)
            except TokenEnded:
                credentials = await self._credentials(connection, ended=True)
                kept = await self._store.connection(connection.tenant, connection.service)
                try:
                    await self._work(kept or connection, credentials, seen)
                except TokenEnded:
                    raise ReconnectNeeded(
                        f"{self._service.label} does not accept renewed tokens either. Connect it again."
                    ) from None
        except TryLater as later:
            failures = 1 if self._answered else connection.failures + 1
            kept = await self._store.connection(connection.tenant, connection.service)
            await self._store.release(
                connection,
                seen_event=seen,
                not_before=self._not_before(later, failures),
                progress=kept.progress if kept else connection.progress,
                reason=later.reason,
                failures=failures,
            )
        except ReconnectNeeded as needed:
            kept = await self._store.connection(connection.tenant, connection.service)
            if kept is None or kept.state is not ConnectionState.CONNECTED:
                return  # paused or disconnected meanwhile: that stands
            entry = AuditEntry(
                ACTOR, "integration.broke", "Integration", connection.service, {"reason": needed.reason}
            )
            await self._store.end_connection(
                connection.tenant,
                connection.service,
                ConnectionState.RECONNECT_NEEDED,
                needed.reason,
                entry,
                self._now(),
            )

    async def _work(self, connection: ServiceConnection, credentials: Credentials, seen: int) -> None:
        progress = connection.progress
        pending = await self._store.pending(connection.tenant, connection.service, MOST_LOOK_UPS + 1)
        if progress is None and (connection.next_full_at <= self._now() or len(pending) > MOST_LOOK_UPS):
            now = self._now()
            progress = Progress(run=now, started_at=now)
        if progress is None:
            await self._look_up(connection, credentials, pending)
            await self._store.release(connection, seen_event=seen, not_before="")
        else:
            await self._go_on(connection, credentials, progress, seen)

    async def _follow(self, connection: ServiceConnection) -> int:
        """The people of the events since: their rows as they are wanted now. The last event's number."""
        seen = connection.seen_event
        while events := await self._log.events(seen, _EVENTS, tenant=connection.tenant):
            changed = dict.fromkeys(event.subject_id for event in events if event.subject_type == "User")
            keys = {user_id: ById("User", user_id, 0) for user_id in changed}
            found = await self._directory.facts(connection.tenant, list(keys.values()))
            await self._want(connection, [one for one in found.values() if one is not None])
            gone = [user_id for user_id, key in keys.items() if found[key] is None]
            if gone:
                await self._store.want_nothing(connection.tenant, connection.service, gone, self._now())
            seen = events[-1].seq
            if len(events) < _EVENTS:
                break
            await self._pause()
        return seen

    async def _want(self, connection: ServiceConnection, resources: Sequence[Resource]) -> None:
        wanted: list[Wanted] = []
        nothing: list[str] = []
        for resource in resources:
            one = wanted_of(resource, self._profile, connection.service)
            if one is not None:
                wanted.append(one)
            elif resource.type == "User":
                nothing.append(resource.id)
        if wanted:
            await self._store.want(connection.tenant, connection.service, wanted, self._now())
        if nothing:
            await self._store.want_nothing(connection.tenant, connection.service, nothing, self._now())

    async def _credentials(self, connection: ServiceConnection, *, ended: bool = False) -> Credentials:
        sealed = await self._store.credentials(connection.tenant, connection.service)
        if sealed is None:
            raise ReconnectNeeded("Its credentials are gone. Connect it again.")
        place = connection.tenant, connection.service
        credentials = open_credentials(self._keys, *place, sealed)
        if ended:
            credentials = Credentials(credentials.values, self._now())
        renewed = await self._service.refreshed(credentials, self._now())
        if renewed is None:
            return credentials
        await self._store.keep_credentials(*place, seal_credentials(self._keys, *place, renewed))
        return renewed

    async def _look_up(
        self, connection: ServiceConnection, credentials: Credentials, pending: Sequence[LinkedAccount]
    ) -> None:
        for account in pending:
            wanted = _as_wanted(account)
            found: Sequence[Member] = ()
            if account.key:
                found = await self._service.find(credentials, account.key, account.member_id)
                self._answered = True
            domains = connection.last_full.get("domains", ())
            await self._settle(connection, [match(wanted, found, self._service.label, domains)])

    async def _settle(self, connection: ServiceConnection, outcomes: Sequence[Outcome]) -> None:
        reason = CONFLICT.format(service=self._service.label)
        await self._store.settle(connection.tenant, connection.service, outcomes, reason, self._now())

    async def _go_on(
        self, connection: ServiceConnection, credentials: Credentials, progress: Progress, seen: int
    ) -> None:
        """A full run: all people, then all members, then both together."""
        if progress.phase == "people":
            progress = await self._through_people(connection, progress)
        while progress.phase == "members":
            if self._requests >= _MOST_REQUESTS:
                await self._store.release(connection, seen_event=seen, progress=progress)
                return
            progress = await self._next_page(connection, credentials, progress)
        progress = await self._through_accounts(connection, progress)
        await self._store.clear_stage(connection.tenant, connection.service)
        again = FULL_EVERY_SECONDS * (1 + _SPREAD * self._chance())
        await self._store.release(
            connection,
            seen_event=seen,
            next_full_at=self._after(again),
            not_before="",
            last_full_at=self._now(),
            last_full={
                "pages": progress.pages,
                "members": progress.members,
                "people": progress.people,
                "matched": progress.matched,
                **({"domains": progress.domains} if progress.domains else {}),
            },
        )

    async def _through_people(self, connection: ServiceConnection, progress: Progress) -> Progress:
        await self._store.clear_stage(connection.tenant, connection.service)
        while rows := await self._derivation.rows_after(connection.tenant, progress.after, _STEP):
            await self._want(connection, [row.resource for row in rows])
            progress = replace(
                progress,
                after=rows[-1].resource.id,
                people=progress.people + sum(row.resource.type == "User" for row in rows),
            )
            await self._pause()
        return replace(progress, phase="members", after="")

    async def _next_page(
        self, connection: ServiceConnection, credentials: Credentials, progress: Progress
    ) -> Progress:
        self._requests += 1
        page = await self._service.page(credentials, progress.cursor)
        self._answered = True
        if page.next is not None and (
            page.next in (progress.cursor, progress.anchor) or progress.pages >= MOST_PAGES
        ):
            await self._store.clear_stage(connection.tenant, connection.service)
            await self._store.stage(
                connection.tenant,
                connection.service,
                (),
                Progress(progress.run, started_at=progress.started_at),
            )
            raise TryLater(
                f"{self._service.label}'s list of members does not end: its cursors repeat.", _ENDLESS_WAIT
            )
        pages = progress.pages + 1
        before, progress = (
            progress,
            replace(
                progress,
                pages=pages,
                members=progress.members + len(page.members),
                domains=self._domains(progress, page),
                cursor=page.next,
                # Brent: a cursor is kept for twice as many pages each time, and met again in any circle.
                anchor=progress.anchor if pages & (pages - 1) else page.next or "",
                phase="members" if page.next is not None else "match",
            ),
        )
        # In small steps; how far the run is, with the last one. What is staged twice counts once.
        place, members = (connection.tenant, connection.service), page.members
        while len(members) > _STEP:
            await self._store.stage(*place, members[:_STEP], before)
            members = members[_STEP:]
            await self._pause()
        await self._store.stage(*place, members, progress)
        return progress

    def _domains(self, progress: Progress, page: MemberPage) -> tuple[str, ...]:
        """Those so far and the page's; () where they tell nothing, or are too many to be a workspace's own."""
        if not self._service.has_domains or (progress.pages and not progress.domains):
            return ()
        found = {key.rpartition("@")[2] for member in page.members for key in member.keys if "@" in key}
        domains = tuple(dict.fromkeys((*progress.domains, *sorted(found))))
        return domains if len(domains) <= _MOST_DOMAINS else ()

    async def _through_accounts(self, connection: ServiceConnection, progress: Progress) -> Progress:
        place = connection.tenant, connection.service
        while accounts := await self._store.after(*place, progress.after, _STEP):
            keys = dict.fromkeys(account.key for account in accounts if account.key)
            staged = await self._store.staged(*place, list(keys))
            # Whose address changed there since is followed by the member's id (S26).
            moved = {
                one.user_id: f"{ID_PREFIX}{one.member_id}"
                for one in accounts
                if one.member_id and all(found.id != one.member_id for found in staged.get(one.key, ()))
            }
            if moved:
                staged = {**staged, **await self._store.staged(*place, list(moved.values()))}
            outcomes = [
                match(
                    _as_wanted(one),
                    (*staged.get(moved.get(one.user_id, ""), ()), *staged.get(one.key, ())),
                    self._service.label,
                    progress.domains,
                )
                for one in accounts
            ]
            await self._settle(connection, outcomes)
            matched = sum(bool(outcome.member_id) for outcome in outcomes)
            progress = replace(progress, after=accounts[-1].user_id, matched=progress.matched + matched)
            await self._pause()
        return progress

    def _now(self) -> str:
        return as_text(self._seconds())

    def _not_before(self, later: TryLater, failures: int) -> str:
        """When it is asked again: a little later than it asks for, by chance, so that many do not come at once."""
        if later.seconds is None:
            return self._after(wait_after(failures, self._chance()))
        asked = min(later.seconds, LONGEST_ASKED_SECONDS)
        return self._after(asked + min(2.0, asked * 0.05) * self._chance())

    def _after(self, seconds: float) -> str:
        return as_text(self._seconds() + seconds)


def _as_wanted(account: LinkedAccount) -> Wanted:
    return Wanted(account.user_id, account.value, account.key, account.is_active)
