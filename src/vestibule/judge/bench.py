"""What a check works with: the server, ready-made people and groups, and ways to say what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from vestibule.judge.check import Fault, NotOffered, Role, Untried, Wrong
from vestibule.judge.discovered import Discovered, Kind
from vestibule.judge.exchange import Exchange
from vestibule.judge.specimen import Specimens
from vestibule.judge.watch import Watch
from vestibule.judge.wire import Wire
from vestibule.scim.schemas.enterprise_user import ENTERPRISE_USER

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTERPRISE = ENTERPRISE_USER.id


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that was created for a check."""

    kind: Kind
    id: str
    sent: Mapping[str, Any]
    created: Exchange

    @property
    def path(self) -> str:
        """Where it is, below the base URL."""
        return f"{self.kind.endpoint}/{quote(self.id, safe='')}"


@dataclass(slots=True)
class Bench:
    """One for a run. ``role`` is the one that is being judged for, ``faults`` those of the check under way."""

    wire: Wire
    server: Discovered
    specimens: Specimens
    watch: Watch
    faults: list[Fault] = field(default_factory=list)
    _shared: dict[str, Made] = field(default_factory=dict)

    # What to send

    @property
    def prefix(self) -> str:
        """What every name of this run begins with."""
        return self.wire.ledger.prefix

    @property
    def users(self) -> str:
        """The endpoint of people."""
        return self.kind("User").endpoint

    @property
    def groups(self) -> str:
        """The endpoint of groups."""
        return self.kind("Group").endpoint

    def kind(self, name: str) -> Kind:
        """A resource type. Raises NotOffered where the server does not list it."""
        found = self.server.kinds.get(name)
        if found is None:
            raise NotOffered(f"{name} is not among the server's resource types")
        return found

    def declared(self, *names: str, kind: str = "User") -> None:
        """Raises NotOffered unless the server's schema has these attributes."""
        for name in names:
            if not self.kind(kind).declares(name):
                raise NotOffered(f"the server's schema of {kind} has no {name}")

    def enterprise(self, *names: str) -> None:
        """Raises NotOffered unless people have the enterprise extension, with these attributes."""
        known = self.kind("User").extension(ENTERPRISE)
        if known is None or (known and any(name.lower() not in known for name in names)):
            raise NotOffered("the server's User does not have that part of the enterprise extension")

    async def get(self, path: str, headers: Mapping[str, str] | None = None, /, **query: Any) -> Exchange:
        """GET, with the query percent-encoded; a space is %20, as identity providers send it (R75)."""
        asked = urlencode(query, quote_via=quote) if query else ""
        return await self.wire.send("GET", f"{path}?{asked}" if asked else path, headers=headers)

    async def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Exchange:
        """POST."""
        return await self.wire.send("POST", path, body, headers)

    async def put(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Exchange:
        """PUT."""
        return await self.wire.send("PUT", path, body, headers)

    async def patch(self, path: str, *operations: Any, headers: Mapping[str, str] | None = None) -> Exchange:
        """PATCH with these operations."""
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return await self.wire.send("PATCH", path, body, headers)

    async def delete(self, path: str) -> Exchange:
        """DELETE."""
        return await self.wire.send("DELETE", path)

    # What to work on

    async def user(self, **attributes: Any) -> Made:
        """A new person. Raises Untried where the server creates none."""
        return await self._create("User", self.specimens.user(**attributes))

    async def group(self, *members: Made, **attributes: Any) -> Made:
        """A new group with these members. Raises Untried where it does not show them afterwards."""
        self.kind("Group")
        body = self.specimens.group(**attributes)
        if members:
            body["members"] = [{"value": member.id} for member in members]
        made = await self._create("Group", body)
        wanted = {member.id for member in members}
        if wanted <= _member_ids(made.created.document):
            return made
        # Some answer a POST without members, and some take none in a POST (R52 is judged on its own).
        if not wanted <= await self.member_ids(made):
            await self.patch(made.path, {"op": "add", "path": "members", "value": body["members"]})
            if not wanted <= await self.member_ids(made):
                raise Untried("a group does not show the members it was created with, nor those added later")
        return made

    async def made(self, exchange: Exchange, kind: str = "User") -> Made:
        """What a POST of a check's own created. Raises Untried where the answer does not say, or names another's."""
        found, id = self.kind(kind), exchange.document.get("id")
        if not isinstance(id, str) or not id:
            raise Untried(f"the answer to the POST has no id: {exchange.in_short()}")
        made = Made(found, id, exchange.document, exchange)
        if not self.wire.ledger.has(found.endpoint, id):
            shown = await self.get(made.path)
            if not self.wire.ledger.is_ours(shown.json):
                raise Untried(f"the answer to the POST names {id}, which is not what was sent")
            self.wire.ledger.note(found.endpoint, id, str(exchange.document.get("userName") or ""))
        return made

    async def shared(self, name: str, /, **attributes: Any) -> Made:
        """The person of that name whom several checks look at and none changes; made when first asked for."""
        if name not in self._shared:
            made = await self.user(**attributes)
            self.wire.ledger.keep(made.kind.endpoint, made.id)
            self._shared[name] = made
        return self._shared[name]

    async def resource(self, made: Made, **query: Any) -> dict[str, Any]:
        """It as the server shows it now. Raises Untried where it is not shown."""
        return self.need(await self.get(made.path, **query), 200).document

    async def people(self, number: int) -> list[Made]:
        """So many people to be members, whom several checks look at and none changes."""
        return [await self.shared(f"member {at}") for at in range(number)]

    async def member_ids(self, group: Made) -> set[str]:
        """Who is in a group now."""
        return _member_ids(await self.resource(group))

    async def _create(self, kind: str, body: dict[str, Any]) -> Made:
        found = self.kind(kind)
        exchange = await self.post(found.endpoint, body)
        if exchange.status != 201:
            raise Untried(f"POST {found.endpoint} did not create a {kind}: {exchange.in_short()}")
        return replace(await self.made(exchange, kind), sent=body)

    async def pause(self, seconds: float) -> None:
        """Let time pass, where a server may keep its times in whole seconds."""
        await asyncio.sleep(seconds)

    async def at_once(self, requests: Iterable[Any]) -> list[Exchange]:
        """The answers to requests that are under way together."""
        return list(await asyncio.gather(*requests))

    # What to say of it

    def expect(
        self,
        holds: bool,
        exchange: Exchange | Sequence[Exchange],
        expected: str,
        got: str = "",
        row: str = "",
    ) -> None:
        """Raises Wrong, which ends the check, unless it holds."""
        if not holds:
            raise Wrong(_fault(exchange, expected, got, row))

    def expect_status(self, exchange: Exchange, *statuses: int, row: str = "", why: str = "") -> None:
        """Raises Wrong unless the answer has one of these statuses."""
        wanted = " or ".join(str(status) for status in statuses)
        expected = f"status {wanted}{f', {why}' if why else ''}"
        self.expect(exchange.status in statuses, exchange, expected, row=row)

    def expect_refusal(
        self, exchange: Exchange, scim_type: str = "", *, status: int = 400, also: tuple[str, ...] = ()
    ) -> None:
        """Raises Wrong unless it is refused with that status, and with that scimType (or one of ``also``)."""
        expected = f"status {status}" + (f" with scimType {scim_type}" if scim_type else "")
        self.expect(exchange.status == status, exchange, expected)
        if scim_type:
            self.expect(exchange.scim_type in (scim_type, *also), exchange, expected)

    def fault(
        self, exchange: Exchange | Sequence[Exchange], expected: str, got: str = "", row: str = ""
    ) -> None:
        """Note something wrong and go on."""
        self.faults.append(_fault(exchange, expected, got, row))

    def need(self, exchange: Exchange, *statuses: int) -> Exchange:
        """A step on the way to what is judged. Raises Untried unless it has one of these statuses."""
        if exchange.status not in statuses:
            path = exchange.url.removeprefix(self.wire.base_url)
            raise Untried(f"{exchange.method} {path} did not succeed: {exchange.in_short()}")
        return exchange


def _member_ids(group: Mapping[str, Any]) -> set[str]:
    return {str(one.get("value")) for one in group.get("members") or () if isinstance(one, dict)}


def _fault(exchange: Exchange | Sequence[Exchange], expected: str, got: str, row: str) -> Fault:
    exchanges = (exchange,) if isinstance(exchange, Exchange) else tuple(exchange)
    return Fault(expected, got or (exchanges[-1].in_short() if exchanges else ""), exchanges, row)


__all__ = ["ENTERPRISE", "PATCH_OP", "Bench", "Made", "Role"]
