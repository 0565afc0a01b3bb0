"""Groups that are created at an application, or linked."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Literal

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.directory.resources.assignments import Counted
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class PushGroupShown:
    """A push group, and how far it is from being in step."""

    id: str
    group: str
    state: str
    id_there: str
    name_there: str
    rule: str
    to_add: int
    to_remove: int
    #: Assigned members who have no id there yet.
    without_id: int
    fault: str


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A push rule."""

    name: str
    fit: str
    text: str
    part: str
    active: bool


class PushGroups:
    """Groups that are created at an application, or linked."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, application: str, *, count: int = 100) -> Iterator[PushGroupShown]:
        """The push groups of an application, in order of ids."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/push-groups",
                page_of(PushGroupShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    def push(
        self,
        application: str,
        group: str,
        *,
        now: bool = False,
        hold_back: bool = False,
        link_to: str = "",
        keep_name: bool = False,
        idempotency_key: str | None = None,
    ) -> None:
        """Push a group, push it now, link it, or hold it back; the next run sends it."""
        self._carrier.call(
            Ask(
                "PUT",
                "/applications/{application}/push-groups/{group}",
                None,
                path_values={"application": application, "group": group},
                body={"now": now, "hold_back": hold_back, "link_to": link_to, "keep_name": keep_name},
                idempotency_key=idempotency_key,
            )
        )

    def unlink(
        self, application: str, group: str, *, delete: bool = False, idempotency_key: str | None = None
    ) -> None:
        """Push a group no longer. Its people stay either way."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/applications/{application}/push-groups/{group}",
                None,
                path_values={"application": application, "group": group},
                query={"delete": delete},
                idempotency_key=idempotency_key,
            )
        )

    def rules(self, application: str, *, count: int = 100) -> Iterator[RuleShown]:
        """The push rules of an application, by name."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/push-rules",
                page_of(RuleShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    def add_rule(
        self,
        application: str,
        *,
        name: str,
        fit: Literal["starts with", "ends with", "contains"],
        text: str,
        part: Literal["name", "description"] = "name",
        idempotency_key: str | None = None,
    ) -> Counted:
        """Add a push rule; how many groups it pushes from now on."""
        answer: Counted = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/push-rules",
                Counted,
                path_values={"application": application},
                body={"name": name, "fit": fit, "text": text, "part": part},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def drop_rule(
        self, application: str, rule: str, *, delete_groups: bool = False, idempotency_key: str | None = None
    ) -> Counted:
        """Forget a push rule, and push its groups no longer; how many those are."""
        answer: Counted = self._carrier.call(
            Ask(
                "DELETE",
                "/applications/{application}/push-rules/{rule}",
                Counted,
                path_values={"application": application, "rule": rule},
                query={"delete_groups": delete_groups},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncPushGroups:
    """Groups that are created at an application, or linked."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, application: str, *, count: int = 100) -> AsyncIterator[PushGroupShown]:
        """The push groups of an application, in order of ids."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/push-groups",
                page_of(PushGroupShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    async def push(
        self,
        application: str,
        group: str,
        *,
        now: bool = False,
        hold_back: bool = False,
        link_to: str = "",
        keep_name: bool = False,
        idempotency_key: str | None = None,
    ) -> None:
        """Push a group, push it now, link it, or hold it back; the next run sends it."""
        await self._carrier.call(
            Ask(
                "PUT",
                "/applications/{application}/push-groups/{group}",
                None,
                path_values={"application": application, "group": group},
                body={"now": now, "hold_back": hold_back, "link_to": link_to, "keep_name": keep_name},
                idempotency_key=idempotency_key,
            )
        )

    async def unlink(
        self, application: str, group: str, *, delete: bool = False, idempotency_key: str | None = None
    ) -> None:
        """Push a group no longer. Its people stay either way."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/applications/{application}/push-groups/{group}",
                None,
                path_values={"application": application, "group": group},
                query={"delete": delete},
                idempotency_key=idempotency_key,
            )
        )

    def rules(self, application: str, *, count: int = 100) -> AsyncIterator[RuleShown]:
        """The push rules of an application, by name."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/push-rules",
                page_of(RuleShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    async def add_rule(
        self,
        application: str,
        *,
        name: str,
        fit: Literal["starts with", "ends with", "contains"],
        text: str,
        part: Literal["name", "description"] = "name",
        idempotency_key: str | None = None,
    ) -> Counted:
        """Add a push rule; how many groups it pushes from now on."""
        answer: Counted = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/push-rules",
                Counted,
                path_values={"application": application},
                body={"name": name, "fit": fit, "text": text, "part": part},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def drop_rule(
        self, application: str, rule: str, *, delete_groups: bool = False, idempotency_key: str | None = None
    ) -> Counted:
        """Forget a push rule, and push its groups no longer; how many those are."""
        answer: Counted = await self._carrier.call(
            Ask(
                "DELETE",
                "/applications/{application}/push-rules/{rule}",
                Counted,
                path_values={"application": application, "rule": rule},
                query={"delete_groups": delete_groups},
                idempotency_key=idempotency_key,
            )
        )
        return answer
