"""Coming in, staying in and going out: by password, by link, by the session's cookie."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from vestibule.scim.fold import fold
from vestibule.sign_in.administrator import Administrator, Grant
from vestibule.sign_in.administrators import (
    NOBODY,
    SignInDesk,
    become_first_administrator,
    become_first_operator,
)
from vestibule.sign_in.attempts import Attempts
from vestibule.sign_in.errors import LinkUsed, WrongPassword
from vestibule.sign_in.password import is_password, kept_password, refuse_weak
from vestibule.sign_in.session import LONGEST, NewSession, Session, later, secret_hash, shortened
from vestibule.sign_in.store import SignInStore

#: So many passwords are looked at together; each takes 19 MiB and some 30 ms of a core.
_AT_ONCE = 2
_ID_LENGTH = 12


class Reception:
    """Lets administrators in. One for each process: it counts wrong passwords."""

    def __init__(
        self,
        store: SignInStore,
        clock: Callable[[], str],
        random: Callable[[int], bytes],
        seconds: Callable[[], float],
        *,
        first_gets: Grant | None = None,
    ) -> None:
        self.store = store
        #: What the first one to come in looks after; None makes them an operator.
        self.first_gets = first_gets
        self._clock = clock
        self._random = random
        self._attempts = Attempts(seconds)
        self._looking = asyncio.Semaphore(_AT_ONCE)

    def desk(self, actor: str) -> SignInDesk:
        """Where sign-ins are made by ``actor``."""
        return SignInDesk(self.store, self._clock, self._random, actor)

    async def by_password(self, email: str, password: str, place: str, user_agent: str) -> str:
        """The secret of a new session. ``WrongPassword``, ``TooManyAttempts``; ``place`` is where it comes from."""
        folded = fold(email.strip()[:254])
        self._attempts.refuse_too_many(folded, place)
        one = await self.store.administrator_named(folded)
        kept = await self.store.password(one.id) if one is not None else ""
        async with self._looking:
            good = await asyncio.to_thread(is_password, password, kept)
        if one is None or not good:
            self._attempts.note_wrong(folded, place)
            raise WrongPassword()
        self._attempts.forget(folded)
        return await self._begin(one, "password", user_agent)

    async def whose_link(self, secret: str) -> Administrator | None:
        """Whom the link would let in; None for the first operator, who is nobody yet. ``LinkUsed``."""
        meant = await self.store.link(secret_hash(secret), self._clock())
        if meant is None:
            raise LinkUsed()
        if meant == NOBODY:
            return None
        one = await self.store.administrator(meant)
        if one is None:
            raise LinkUsed()
        return one

    async def by_link(self, secret: str, user_agent: str) -> str:
        """The secret of a new session; the link is used up. ``LinkUsed``."""
        meant = await self.store.take_link(secret_hash(secret), self._clock())
        one = await self.store.administrator(meant) if meant else None
        if one is None:
            raise LinkUsed()
        return await self._begin(one, "link", user_agent)

    async def become_first(self, secret: str, email: str, name: str) -> Administrator:
        """Whoever has the first link, as the first operator or administrator. ``LinkUsed``, ``BadEmail``."""
        if self.first_gets is None:
            return await become_first_operator(self.desk(f"operator:{email}"), secret, email, name)
        desk = self.desk(f"administrator:{email}")
        return await become_first_administrator(desk, secret, email, name, self.first_gets)

    async def admitted(self, one: Administrator, user_agent: str) -> str:
        """The secret of a session for somebody who has just proven who they are in another way."""
        return await self._begin(one, "first link", user_agent)

    async def who(self, secret: str) -> tuple[Session, Administrator] | None:
        """Whose session it is, None where there is none or it is over; that they are there is noted."""
        if not secret or len(secret) > 128:
            return None
        found = await self.store.session(secret_hash(secret))
        now = self._clock()
        if found is None or found[0].is_over(now):
            return None
        session, one = found
        if session.is_worth_noting(now):
            await self.store.touch_session(session.id, now)
            session = replace(session, seen_at=now)
        return session, one

    async def choose_password(self, one: Administrator, password: str, user_agent: str) -> str:
        """Another password; every session ends, and a new one begins, whose secret it is. ``WeakPassword``."""
        refuse_weak(password, one.email)
        async with self._looking:
            kept = await asyncio.to_thread(kept_password, password)
        desk = self.desk(one.actor)
        entry = desk.entry("administrator.password_chosen", one.email)
        await self.store.put_password(one.id, kept, _home(one), entry, self._clock())
        return await self._begin(one, "new password", user_agent)

    async def leave(self, session: Session, one: Administrator) -> None:
        """Sign out of this browser."""
        await self.end(one, session.id, one)

    async def end(self, one: Administrator, session: str, by: Administrator) -> bool:
        """End a session of theirs; False where there is none of that id."""
        entry = self.desk(by.actor).entry("session.ended", one.email, session=session)
        return await self.store.end_session(session, one.id, _home(one), entry, self._clock())

    async def _begin(self, one: Administrator, way: str, user_agent: str) -> str:
        desk, now = self.desk(one.actor), self._clock()
        secret = desk.secret()
        session = Session(
            id=self._random(_ID_LENGTH // 2).hex(),
            administrator=one.id,
            created_at=now,
            seen_at=now,
            ends_at=later(now, LONGEST),
            user_agent=shortened(user_agent),
        )
        entry = desk.entry("administrator.signed_in", one.email, by=way, session=session.id)
        await self.store.add_session(NewSession(session, secret_hash(secret)), _home(one), entry, now)
        return secret


def _home(one: Administrator) -> int | None:
    """In whose audit what they do about themselves is told: their tenant's, else the installation's."""
    return next((grant.tenant for grant in one.grants if grant.tenant is not None), None)
