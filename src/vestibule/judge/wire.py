"""The one way to the server under judgement: counted, bounded in time, and never touching what is not ours."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

from vestibule.connectors.http import NoAnswer, Outbound
from vestibule.judge.exchange import Exchange
from vestibule.judge.ledger import Ledger

SCIM_JSON = "application/scim+json"
USER_AGENT = "vestibule-check"
#: So many requests are under way together, at most.
AT_ONCE = 8
#: After so many requests on end without an answer the server counts as gone.
_MOST_SILENCE = 3
#: 429 is waited for this long at most, and so often.
_LONGEST_WAIT = 30.0
_MOST_WAITS = 4
#: More of an answer is not read.
LONGEST_ANSWER = 8 * 1024 * 1024


class Stopped(Exception):
    """The run ends here: the budget is used up, the time is over, or the server is gone. Says which."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may cost the server."""

    requests: int = 600
    seconds: float = 600.0
    #: One request; Okta gives up after 60 seconds, and a judge need not wait longer than half of it.
    timeout: float = 30.0


class Wire:
    """Sends requests below one base URL. ``watch`` sees every exchange."""

    def __init__(
        self,
        base_url: str,
        authorization: str,
        ledger: Ledger,
        limits: Limits,
        *,
        watch: Callable[[Exchange], None] = lambda exchange: None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.authorization = authorization
        self.ledger = ledger
        self.limits = limits
        self.requests = 0
        self._watch = watch
        self._silence = 0
        self._cleaning = False
        self._until = math.inf
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._outbound, self._past = self._connect(), list[Outbound]()

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        authorization: str | None = None,
    ) -> Exchange:
        """One request; ``path`` begins with a slash and stands below the base URL. Raises Stopped.

        ``body`` is sent as it is where it is bytes, else as JSON. A header that is given as ""
        is left out. ``authorization`` takes the token's place; "" sends none. 429 is waited for.
        """
        self.ledger.permit(method, path, body)
        raw = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        sent = {"Accept": SCIM_JSON, "User-Agent": USER_AGENT}
        if raw:
            sent["Content-Type"] = SCIM_JSON
        sent = {name: value for name, value in {**sent, **(headers or {})}.items() if value}
        shown = self.authorization if authorization is None else authorization
        waits = 0
        while True:
            self._pay()
            try:
                async with self._gate:
                    exchange = await self._ask(method, path, raw, sent, shown)
            except asyncio.CancelledError:
                self._doubt(method, path, body)
                raise
            self._watch(exchange)
            if exchange.status != 429 or waits == _MOST_WAITS:
                break
            waits += 1
            await asyncio.sleep(_patience(exchange.header("retry-after"), waits))
        self._remember(method, path, body, exchange)
        return exchange

    def begin(self) -> None:
        """From now on the time of the run counts."""
        self._until = time.monotonic() + self.limits.seconds

    def expect_time(self) -> None:
        """Raises Stopped where the time of the run is over."""
        if time.monotonic() > self._until:
            raise Stopped(f"{self.limits.seconds:.0f} seconds are over (--max-seconds)")

    def clean(self) -> None:
        """From now on the cleaning is paid from what was kept back for it."""
        self._cleaning = True
        self._silence = 0

    async def close(self) -> None:
        """Let the connections go."""
        for outbound in (self._outbound, *self._past):
            await outbound.close()

    def _connect(self) -> Outbound:
        return Outbound(
            {},
            connections=AT_ONCE,
            timeout=self.limits.timeout,
            longest_seconds=self.limits.timeout * 2,
            longest_answer=LONGEST_ANSWER,
        )

    def _pay(self) -> None:
        if self._silence >= _MOST_SILENCE:
            raise Stopped(f"the server left {self._silence} requests on end without an answer")
        if not self._cleaning:
            if self.requests + self._kept_back() >= self.limits.requests:
                raise Stopped(f"the budget of {self.limits.requests} requests is used up (--max-requests)")
            self.expect_time()
        self.requests += 1

    def _kept_back(self) -> int:
        """Requests that the cleaning will need: one for each resource, and the looks for what was missed."""
        return len(self.ledger.left(kept=True)) + 3 * self.ledger.doubts + 4

    async def _ask(
        self, method: str, path: str, raw: bytes, sent: Mapping[str, str], authorization: str
    ) -> Exchange:
        url = self.base_url + path
        headers = {**sent, "Authorization": authorization} if authorization else dict(sent)
        began = time.perf_counter()
        try:
            answer = await self._outbound.send(method, url, raw or None, headers)
        except NoAnswer as failure:
            self._silence += 1
            seconds = time.perf_counter() - began
            return Exchange(method, url, headers, raw, failure=str(failure), seconds=seconds)
        self._silence = 0
        if answer.status >= 500:
            # Some servers hang up after a fault of theirs without a word: what comes next is not to suffer for it.
            self._past.append(self._outbound)
            self._outbound = self._connect()
            if len(self._past) > AT_ONCE:
                await self._past.pop(0).close()
        seconds = time.perf_counter() - began
        return Exchange(method, url, headers, raw, answer.status, answer.headers, answer.body, seconds)

    def _remember(self, method: str, path: str, body: Any, exchange: Exchange) -> None:
        bare = path.partition("?")[0].rstrip("/")
        endpoint, _, last = bare.rpartition("/")
        if method == "DELETE" and exchange.status in (200, 202, 204, 404):
            self.ledger.gone(endpoint, unquote(last))
        if method != "POST":
            return
        if not 200 <= exchange.status < 300:
            if not exchange.status or exchange.status >= 500:
                self._doubt(method, path, body)
        elif bare.lower().endswith("/bulk"):
            for operation in exchange.document.get("Operations") or ():
                if isinstance(operation, dict) and str(operation.get("method", "")).upper() == "POST":
                    self._remember_location(str(operation.get("location") or ""))
        elif not bare.endswith("/.search") and self.ledger.is_ours(exchange.json):
            document = exchange.document
            name = str(document.get("userName") or document.get("displayName"))
            self.ledger.note(bare, document.get("id"), name)
        else:
            self._doubt(method, path, body)
            if exchange.status == 201:
                self.ledger.leave(bare, exchange.document.get("id"))

    def _doubt(self, method: str, path: str, body: Any) -> None:
        if method == "POST" and isinstance(body, dict):
            bare = path.partition("?")[0].rstrip("/")
            self.ledger.doubt(bare, body.get("userName") or body.get("displayName"))

    def _remember_location(self, location: str) -> None:
        path = location.removeprefix(self.base_url)
        endpoint, _, id = path.rpartition("/")
        if endpoint.startswith("/") or "://" in endpoint:
            self.ledger.note("/" + endpoint.rpartition("/")[2], unquote(id))


def _patience(retry_after: str, waits: int) -> float:
    wanted = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 2.0**waits
    return min(wanted, _LONGEST_WAIT)
