"""SCIM requests of one application: paths, headers, and answers turned into failures by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import quote

import httpx2

from vestibule.connectors.http import TIMEOUT_SECONDS, Answer, NoAnswer, Outbound, redact
from vestibule.connectors.scim.access import access_of
from vestibule.connectors.scim.rate import Rate
from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.connector import (
    AlreadyThere,
    Busy,
    Exchange,
    Failing,
    NotThere,
    NotUnderstood,
    Pacing,
    Refused,
    StopRun,
    Unreachable,
)
from vestibule.provisioning.retry import retry_after
from vestibule.provisioning.service_limits import NO_LIMITS, ServiceLimits

SCIM_JSON = "application/scim+json"
#: What Okta sends (W1–W3); ours differs by the name alone.
OKTA_AGENT = "Okta SCIM Client 1.0.0"
OWN_AGENT = "Vestibule SCIM Client 1.0.0"
#: How many Okta asks for (W17, W53).
_USUAL_PAGE = 100

PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"


class ScimClient:
    """Sends single SCIM requests; every failing answer raises a Failure."""

    def __init__(
        self,
        application: Application,
        connection: Connection,
        *,
        connections: int = 8,
        transport: httpx2.AsyncBaseTransport | None = None,
        pace: Pacing | None = None,
        watch: Callable[[Exchange], None] | None = None,
        timeout: float = TIMEOUT_SECONDS,
        headers: Mapping[str, str] | None = None,
        limits: ServiceLimits = NO_LIMITS,
        writes: Rate | None = None,
        reads: Rate | None = None,
    ) -> None:
        self._pace = pace
        self._watch = watch
        self._base = connection.base_url.rstrip("/")
        self._access = access_of(connection, transport)
        self._outbound = Outbound(
            _headers(application, headers), connections=connections, timeout=timeout, transport=transport
        )
        self._page_size = min(_USUAL_PAGE, limits.page_size)
        self._writes = writes or Rate(limits.writes_per_second, limits.write_burst)
        self._reads = reads or Rate(limits.reads_per_minute / 60, limits.write_burst)

    async def find(self, endpoint: str, attribute: str, value: str) -> list[dict[str, Any]]:
        """The resources whose attribute equals the value (W17); 404 is nobody (W19)."""
        text = value.replace("\\", "\\\\").replace('"', '\\"')
        expression = quote(f'{attribute} eq "{text}"', safe="")
        path = f"/{endpoint}?filter={expression}&startIndex=1&count={self._page_size}"
        answer = await self.raw("GET", path)
        if answer.status == 404:
            return []
        document = self._document(answer, f"look up {attribute} {value}")
        found = document.get("Resources") or []
        total = document.get("totalResults")
        if not found and isinstance(total, int) and total > 0:
            raise NotUnderstood(
                f"Look up {attribute} {value}: the answer says that there are {total} and shows none. Creating another "
                "would make a duplicate."
            )
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise NotUnderstood(
                f"Look up {attribute} {value}: the answer's Resources are no list of resources."
            )
        return found

    async def page(self, endpoint: str, start: int, count: int = 100) -> dict[str, Any]:
        """One page of an import (W53)."""
        answer = await self.raw("GET", f"/{endpoint}?startIndex={start}&count={count}")
        return self._document(answer, f"read {endpoint}")

    async def cursor_page(self, endpoint: str, cursor: str, count: int = 100) -> dict[str, Any]:
        """The page that a cursor stands for, "" for the first (RFC 9865 §2.1)."""
        answer = await self.raw("GET", f"/{endpoint}?cursor={quote(cursor, safe='')}&count={count}")
        return self._document(answer, f"read {endpoint}")

    async def document(self, path: str, doing: str) -> dict[str, Any]:
        """Any one document, such as /ServiceProviderConfig."""
        return self._document(await self.raw("GET", path), doing)

    async def get(self, endpoint: str, id: str, doing: str) -> dict[str, Any]:
        """One resource, whole. Another one than was asked for is never written to."""
        document = self._document(await self.raw("GET", _path(endpoint, id)), doing)
        answered = document.get("id")
        if answered is not None and answered != id:
            raise NotUnderstood(f"{_sentence(doing)}: {id} was asked for, and {answered} came.")
        return document

    async def read(self, path: str, doing: str) -> dict[str, Any]:
        """What is at a path, which has its own query; a list, say."""
        return self._document(await self.raw("GET", path), doing)

    async def post(self, endpoint: str, body: dict[str, Any], doing: str) -> str:
        """Create; the new id. An answer without one is a failure (W25)."""
        document = self._document(await self.raw("POST", f"/{endpoint}", body), doing, reads=False)
        if not isinstance(document.get("id"), str) or not document["id"]:
            raise NotUnderstood(f"{_sentence(doing)}: the answer has no id.")
        return str(document["id"])

    async def put(self, endpoint: str, id: str, body: dict[str, Any], doing: str) -> dict[str, Any]:
        """Replace; the resource as it was answered, or nothing."""
        return self._written(await self.raw("PUT", _path(endpoint, id), body), doing)

    async def patch(
        self, endpoint: str, id: str, operations: list[dict[str, Any]], doing: str
    ) -> dict[str, Any]:
        """Change; 200 with the resource and 204 are both good (W43, W92). As it was answered, or nothing."""
        body = {"schemas": [PATCH_SCHEMA], "Operations": operations}
        return self._written(await self.raw("PATCH", _path(endpoint, id), body), doing)

    async def delete(self, endpoint: str, id: str, doing: str) -> None:
        """Delete."""
        self._check(await self.raw("DELETE", _path(endpoint, id)), doing)

    async def raw(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """The answer as it is. Raises Unreachable, and StopRun where no access token is given."""
        await (self._reads if method == "GET" else self._writes).turn()
        authorization = await self._access.header()
        answer = await self._send(method, path, body, authorization)
        if answer.status == 401 and self._access.refused(authorization):
            answer = await self._send(method, path, body, await self._access.header())
        return answer

    async def _send(self, method: str, path: str, body: dict[str, Any] | None, authorization: str) -> Answer:
        if self._pace is not None:
            await self._pace.turn()
        began = time.monotonic()
        headers = {"Authorization": authorization}
        if body is not None:
            headers["Content-Type"] = f"{SCIM_JSON}; charset=utf-8"
        try:
            answer = await self._outbound.send(method, f"{self._base}{path}", body, headers)
        except NoAnswer as fault:
            said = self.without_token(str(fault))
            self._show(Exchange(method, path, redact(body), 0, said, time.monotonic() - began))
            raise Unreachable(said) from None
        if self._pace is not None:
            self._pace.told(answer.status)
        if self._watch is not None:
            answered = redact(answer.document())
            seconds = time.monotonic() - began
            self._show(Exchange(method, path, redact(body), answer.status, answered, seconds))
        return answer

    def _show(self, exchange: Exchange) -> None:
        if self._watch is not None:
            self._watch(exchange)

    async def close(self) -> None:
        """Let the connections go."""
        await self._outbound.close()
        await self._access.close()

    def detail_of(self, answer: Answer) -> str:
        """The sentence of an Error body, or ""; never longer than a screen, never with the token.

        Nor with anything that a terminal would obey.
        """
        document = answer.document()
        detail = document.get("detail") if isinstance(document, dict) else None
        return self.without_token(_printable(detail))[:2_000] if isinstance(detail, str) else ""

    def without_token(self, text: str) -> str:
        """The text, should the other side have quoted our token in it."""
        for secret in self._access.secrets():
            text = text.replace(secret, "[redacted]")
        return text

    def _written(self, answer: Answer, doing: str) -> dict[str, Any]:
        self._check(answer, doing)
        document = answer.document()
        return document if isinstance(document, dict) else {}

    def _document(self, answer: Answer, doing: str, *, reads: bool = True) -> dict[str, Any]:
        self._check(answer, doing, reads=reads)
        document = answer.document()
        if not isinstance(document, dict):
            raise NotUnderstood(
                f"{_sentence(doing)}: the application answered {answer.status} without a SCIM resource.",
                answer.status,
            )
        return document

    def _check(self, answer: Answer, doing: str, *, reads: bool = False) -> None:
        if not 200 <= answer.status < 300:
            self._raise(answer, doing, reads)

    def _raise(self, answer: Answer, doing: str, reads: bool) -> NoReturn:
        status = answer.status
        detail = self.detail_of(answer)
        message = f"{_sentence(doing)}: {_status_line(status)}."
        if detail:
            message += f" Errors reported by remote server: {detail}"
        wait = retry_after(answer.headers.get("retry-after"))
        if status == 429:
            raise Busy(message, wait)
        if status >= 500 and status != 501:
            raise Failing(message, wait, status)
        # A 403 to a lookup is about the token, the plan or the tenant; to a write it may be about one person.
        if status == 401 or (status == 403 and reads):
            raise StopRun(message, status)
        if status == 404:
            raise NotThere(message, status)
        if status == 409:
            raise AlreadyThere(message, status)
        if 300 <= status < 400:
            message += " The base URL leads elsewhere; enter the address it leads to."
        raise Refused(message, status)


def _headers(application: Application, own: Mapping[str, str] | None) -> dict[str, str]:
    said = own or {
        "Accept": SCIM_JSON,
        "Accept-Charset": "utf-8",
        "Accept-Encoding": "gzip,deflate",
        "User-Agent": OKTA_AGENT if application.as_okta else OWN_AGENT,
    }
    return dict(said)


def _path(endpoint: str, id: str) -> str:
    return f"/{endpoint}/{quote(id, safe='')}"


def _status_line(status: int) -> str:
    """With the phrase that belongs to it: the other side's own may hold anything, our token included."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _printable(text: str) -> str:
    return "".join(mark if mark.isprintable() else " " for mark in text).strip()


def _sentence(doing: str) -> str:
    return doing[:1].upper() + doing[1:]
