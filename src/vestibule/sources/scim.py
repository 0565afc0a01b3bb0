"""Another SCIM server: its users and groups, by index pages or by cursors (RFC 7644 §3.4.2.4, RFC 9865).

A list that is shorter than the server promised, or that gives somebody twice, is not a directory:
nothing is imported then, for whoever is missing would be taken for a leaver.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from vestibule.connectors.scim.client import ScimClient
from vestibule.provisioning.application import Application, Connection, check_application
from vestibule.provisioning.connector import Failure
from vestibule.provisioning.from_scim import profile_of
from vestibule.provisioning.reading import Fault, Names, UnreadableSource, in_order
from vestibule.provisioning.source import Reading
from vestibule.sources.kind import SourceKind, secret, setting
from vestibule.sources.objects import Collected

_AUTO, _INDEX, _CURSOR = "auto", "index", "cursor"
#: More pages than this are no directory but a server that goes in circles.
_MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class ScimSettings:
    """Where the server is and how it is read."""

    url: str = setting("the SCIM base URL")
    token: str = secret("the access token")
    authentication: str = setting("how the token is sent", "bearer", choices=("bearer", "header"))
    pages: str = setting(
        "by which pages; auto takes cursors where the server says that it has them",
        _AUTO,
        choices=(_AUTO, _INDEX, _CURSOR),
    )
    page_size: int = setting("how many at once", 100)
    groups: bool = setting("whether groups are read", True)


class ScimSource:
    """A SCIM server. ``transport`` takes the network's place for a server in the same process."""

    def __init__(self, settings: ScimSettings, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._settings = settings
        connection = Connection(settings.url, settings.token, settings.authentication)
        application = check_application(Application(0, settings.url, "generic", connection=connection))
        self._client = ScimClient(application, connection, transport=transport)
        self._by_cursor = settings.pages == _CURSOR

    async def read(self) -> tuple[Reading, list[Fault]]:
        """Everybody, then every group. Raises UnreadableSource."""
        collected = Collected(Names("users", "groups", "members", "nested groups"))
        try:
            if self._settings.pages == _AUTO:
                self._by_cursor = await self._offers_cursors()
            logins = await self._people(collected)
            if self._settings.groups:
                await self._groups(collected, logins)
        except Failure as failure:
            raise UnreadableSource(f"{self._settings.url}: {failure}") from None
        finally:
            await self._client.close()
        reading = collected.reading()
        return reading, in_order(collected.faults)

    async def _offers_cursors(self) -> bool:
        try:
            document = await self._client.document("/ServiceProviderConfig", "read what the server can do")
        except Failure:
            return False
        pagination = document.get("pagination")
        return isinstance(pagination, Mapping) and pagination.get("cursor") is True

    async def _people(self, collected: Collected) -> dict[str, str]:
        logins: dict[str, str] = {}
        async for user in self._all("Users"):
            told = profile_of(user)
            login = told.get("login")
            collected.person(told, place=f"user {user['id']}")
            if isinstance(login, str):
                logins[user["id"]] = login
        return logins

    async def _groups(self, collected: Collected, logins: Mapping[str, str]) -> None:
        groups = [group async for group in self._all("Groups")]
        keys = {group["id"] for group in groups}
        for group in groups:
            place = f"group {group.get('displayName') or group['id']}"
            collected.group({"id": group["id"], "name": group.get("displayName")}, place=place)
            for member in await self._members(group):
                value = str(member.get("value")) if isinstance(member, Mapping) else ""
                if value in logins:
                    collected.membership(group["id"], logins[value], place=place)
                elif value in keys:
                    collected.nested(group["id"], value, place=place)
                else:
                    collected.incomplete_memberships(
                        f"member {value!r} is neither a user nor a group there", place=place
                    )

    async def _members(self, group: Mapping[str, Any]) -> list[Any]:
        """Of a list some servers leave the members out: the group itself has them."""
        if "members" not in group:
            group = await self._client.get("Groups", str(group["id"]), "read a group")
        members = group.get("members")
        return members if isinstance(members, list) else []

    async def _all(self, endpoint: str) -> AsyncIterator[dict[str, Any]]:
        pages = self._by_cursors(endpoint) if self._by_cursor else self._by_index(endpoint)
        seen: set[str] = set()
        promised = 0
        async for page, total in pages:
            promised = total
            for resource in page:
                id = resource.get("id") if isinstance(resource, dict) else None
                if not isinstance(id, str) or not id:
                    raise UnreadableSource(f"{self._settings.url}: a resource of /{endpoint} has no id.")
                if id in seen:
                    raise UnreadableSource(
                        f"{self._settings.url}: /{endpoint} gave {id} twice; its order changes from page to page. "
                        "Try again when nobody writes there, or read by cursors."
                    )
                seen.add(id)
                yield resource
        if len(seen) < promised:
            raise UnreadableSource(
                f"{self._settings.url}: /{endpoint} promised {promised} and gave {len(seen)}. Nothing was imported, "
                "for the others would be taken for leavers."
            )

    async def _by_index(self, endpoint: str) -> AsyncIterator[tuple[list[Any], int]]:
        start = 1
        for _ in range(_MOST_PAGES):
            page = await self._client.page(endpoint, start, self._settings.page_size)
            resources, total = self._page(page, endpoint)
            yield resources, total
            start += len(resources)
            if not resources or start > total:
                return

    async def _by_cursors(self, endpoint: str) -> AsyncIterator[tuple[list[Any], int]]:
        """RFC 9865 §2: the first request has an empty cursor, the last answer none."""
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = await self._client.cursor_page(endpoint, cursor, self._settings.page_size)
            yield self._page(page, endpoint)
            cursor = str(page.get("nextCursor") or "")
            if not cursor:
                return
        raise UnreadableSource(f"{self._settings.url}: the cursors of /{endpoint} come to no end.")

    def _page(self, page: Mapping[str, Any], endpoint: str) -> tuple[list[Any], int]:
        resources, total = page.get("Resources", []), page.get("totalResults", 0)
        if not isinstance(resources, list) or not isinstance(total, int):
            raise UnreadableSource(
                f"{self._settings.url}: /{endpoint} answers with something that is no list."
            )
        return resources, total


SOURCE = SourceKind(
    "another SCIM server",
    ScimSettings,
    ScimSource,
    address="url",
    takes=lambda where: where.startswith(("https://", "http://")),
)
