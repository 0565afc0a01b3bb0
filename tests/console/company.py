"""A company's directory with its console, in this process: and the same administrators as everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.console.hand import Hand
from tests.database import new_own_database
from vestibule.clock import utc_clock
from vestibule.directory_serving import PREFIX, WHOLE_DIRECTORY, DirectoryServer
from vestibule.key_ring import new_key
from vestibule.settings import Settings
from vestibule.sign_in.administrator import Administrator
from vestibule.sign_in.administrators import SignInDesk, add_administrator, issue_link

ADDRESS = "https://directory.test"
EXAMPLE = Path(__file__).parents[2] / "examples" / "directory"


@dataclass(frozen=True, slots=True)
class Company:
    """A directory, served."""

    server: DirectoryServer
    random: Callable[[int], bytes]

    @property
    def sign_ins(self) -> SignInDesk:
        """Where sign-ins are made."""
        return SignInDesk(self.server.sending.store.sign_in, utc_clock(), self.random, "operator:test")

    async def administrator(self, email: str = "mia@corp.test") -> Administrator:
        """Somebody who administers it."""
        return await add_administrator(self.sign_ins, email, WHOLE_DIRECTORY)

    async def link(self, one: Administrator) -> str:
        """Where they sign in, once."""
        return f"{self.server.public_url()}/welcome/{await issue_link(self.sign_ins, one)}"

    def stranger(self) -> Hand:
        """A browser that nobody signed in."""
        transport = httpx2.ASGITransport(self.server)
        return Hand(httpx2.AsyncClient(transport=transport, base_url=f"{ADDRESS}{PREFIX}/"))

    async def hand(self, email: str = "mia@corp.test") -> Hand:
        """A browser in which an administrator signed in by a link."""
        hand = self.stranger()
        address = await self.link(await self.administrator(email))
        await hand.open(address)
        await hand.send(address, {"password": ""})
        return hand

    async def reads_the_example(self) -> None:
        """The directory of examples/directory."""
        sending = self.server.sending
        prepared = await sending.prepare_import(sending.declared_source(str(EXAMPLE)))
        await sending.desk("operator:test").keep_import(prepared, "the example")


@asynccontextmanager
async def company(random: Callable[[int], bytes], **settings: object) -> AsyncIterator[Company]:
    """A new one, reached over https."""
    place = new_own_database()
    given = {
        "directory_database": place.url,
        "schema": place.schema,
        "directory_public_url": ADDRESS,
        "keys": new_key(),
        **settings,
    }
    server = DirectoryServer(Settings(**given), watches=False)  # type: ignore[arg-type]
    async with server.lifespan():
        yield Company(server, random)
