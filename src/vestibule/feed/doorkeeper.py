"""The admission hook: the product is asked before somebody is let in, and its reason is what the administrator reads.

It is asked for changes that give something (a person created, linked, active again), and never for those that
take away: nobody's leaving waits for it. One answer has two seconds; what happens without one is a setting.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from vestibule.directory.change import Change
from vestibule.directory.events import UserCreated, UserLinked, UserReactivated

if TYPE_CHECKING:
    import httpx2

_log = structlog.get_logger("vestibule.admission")

LIMIT_SECONDS = 2.0
#: So many are asked at once; beyond, the product is taken as not answering, so that requests do not pile up.
_AT_ONCE = 64
_LONGEST_REASON = 500
_LARGEST_ANSWER = 64 * 1024
#: What these say refuses; any other answer but 2xx is none.
_REFUSALS = (403, 409, 422)
_ASKED = frozenset({UserCreated.type, UserLinked.type, UserReactivated.type})
_NO_ANSWER = "The product could not be asked whether it admits this person. Try again later."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the product is asked: may this person come in like this?"""

    tenant: str
    #: What would happen: ``user.created``, ``user.linked``, ``user.reactivated``.
    type: str
    id: str
    identity: Mapping[str, Any]
    role: str | None


#: None or "" admits; a text refuses, and is shown to the identity provider's administrator.
Hook = Callable[[Asked], str | None] | Callable[[Asked], Awaitable[str | None]]


class Doorkeeper:
    """Asks the product. ``admits_without`` is what a hook that fails or is too slow means."""

    def __init__(self, hook: Hook, *, admits_without: bool) -> None:
        self._hook = hook
        self._admits_without = admits_without
        self._under_way = 0

    async def refusal(self, tenant: str, change: Change) -> str:
        """Why the product does not want the change; "" where it does, or need not be asked."""
        told = next((event for event in change.events if event.type in _ASKED), None)
        if told is None or not change.resources:
            return ""
        resource = next(w.resource for w in change.resources if w.resource.id == told.subject_id)
        asked = Asked(tenant, told.type, resource.id, resource.document(), resource.role)
        if self._under_way >= _AT_ONCE:
            return self._without("too many are asked at once")
        self._under_way += 1
        try:
            # In a task of its own: a request may be begun outside any task, and a time-out needs one.
            return await asyncio.get_running_loop().create_task(self._asked(asked))
        finally:
            self._under_way -= 1

    async def close(self) -> None:
        """Let go of what the hook holds open."""
        if isinstance(self._hook, HttpHook):
            await self._hook.close()

    async def _asked(self, asked: Asked) -> str:
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                if inspect.iscoroutinefunction(self._hook) or isinstance(self._hook, HttpHook):
                    said: Any = await self._hook(asked)
                else:
                    said = await asyncio.to_thread(self._hook, asked)
        except Exception as fault:
            return self._without(type(fault).__name__)
        if said is not None and not isinstance(said, str):
            return self._without(f"it answered with a {type(said).__name__}")
        return (said or "").strip()[:_LONGEST_REASON]

    def _without(self, why: str) -> str:
        _log.warning("the admission hook gave no answer", why=why, admitted=self._admits_without)
        return "" if self._admits_without else _NO_ANSWER


class HttpHook:
    """Asks by a signed POST. 2xx admits; 403, 409 and 422 refuse with the ``reason`` of a JSON body.

    ``sign`` gives the headers of a body, by Standard Webhooks.
    """

    def __init__(self, url: str, sign: Callable[[str, int, bytes], Mapping[str, str]]) -> None:
        self._url = url
        self._sign = sign
        self._client: httpx2.AsyncClient | None = None
        # Here rather than with the first question, which has two seconds.
        from httpx2 import AsyncClient  # noqa: PLC0415

        self._open = AsyncClient

    async def close(self) -> None:
        """Close the connections; the next question opens others."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def __call__(self, asked: Asked) -> str | None:
        """Its answer. Raises where there is none."""
        if self._client is None:
            self._client = self._open(timeout=LIMIT_SECONDS, follow_redirects=False)
        body = json.dumps(
            {
                "type": asked.type,
                "tenant": asked.tenant,
                "id": asked.id,
                "identity": asked.identity,
                "role": asked.role,
            }
        ).encode()
        # Each question is a message of its own: whoever verifies may refuse an id that came before.
        id = f"adm_{secrets.token_hex(16)}"
        headers = {"content-type": "application/json", **self._sign(id, int(time.time()), body)}
        async with self._client.stream("POST", self._url, content=body, headers=headers) as answer:
            if answer.is_success:
                return None
            if answer.status_code not in _REFUSALS:
                raise ValueError(f"the product answered {answer.status_code}")
            said = b""
            async for part in answer.aiter_bytes():
                said += part
                if len(said) > _LARGEST_ANSWER:
                    raise ValueError(f"the product answered with more than {_LARGEST_ANSWER} bytes")
        told = json.loads(said)
        if not isinstance(told, dict) or not isinstance(told.get("reason"), str):
            raise ValueError("the product refused without a reason")
        return str(told["reason"]) or "The product does not admit this person."
