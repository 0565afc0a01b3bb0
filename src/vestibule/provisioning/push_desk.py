"""Where an administrator pushes groups, by name and by rule; part of the desk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from vestibule.provisioning import group_push
from vestibule.provisioning.application import Application
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.push_rule import PushRule
from vestibule.provisioning.store import ProvisioningStore


class PushDesk(ABC):
    """Acts on push groups; whoever inherits it brings the store, and the audit entry of each act."""

    _store: ProvisioningStore

    @abstractmethod
    def _on(
        self, application: Application, action: str, details: Mapping[str, Any] | None = None
    ) -> ProvisioningStore:
        """The store, which keeps that audit entry with what is done next."""

    async def push_group(
        self, name: str, group_name: str, *, now: bool = False, link_to: str = "", keep_name: bool = False
    ) -> PushGroup:
        """Push a group, or *Push Now* (``group_push.push``)."""
        application = await self._store.application(name)
        group = await self._store.source_group(group_name)
        details = {"group": group.name, "now": now, "link_to": link_to}
        told = self._on(application, "push_group.pushed", details)
        return await group_push.push(told, application, group, now=now, link_to=link_to, keep_name=keep_name)

    async def hold_back_group(self, name: str, group_name: str) -> None:
        """Send nothing for a group until it is pushed again."""
        application = await self._store.application(name)
        group = await self._store.source_group(group_name)
        told = self._on(application, "push_group.held_back", {"group": group.name})
        await group_push.hold_back(told, application, group)

    async def unlink_group(self, name: str, group_name: str, *, delete: bool = False) -> None:
        """Push a group no longer, and delete it there or leave it. Raises Refused where it is not pushed."""
        application = await self._store.application(name)
        group = await self._store.source_group(group_name, even_gone=True)
        told = self._on(application, "push_group.unlinked", {"group": group.name, "delete": delete})
        await group_push.unlink(told, application, group, delete=delete)

    async def add_rule(self, name: str, rule: PushRule) -> tuple[PushRule, int]:
        """A new push rule, and how many groups it pushes from now on. Raises Refused."""
        application = await self._store.application(name)
        details = {"rule": rule.name, "takes": rule.in_words()}
        told = self._on(application, "push_rule.added", details)
        return await group_push.add_rule(told, application, rule)

    async def activate_rule(self, name: str, rule_name: str, *, active: bool) -> int:
        """Push a rule's groups again, or hold them back; how many those are."""
        application = await self._store.application(name)
        rule = await group_push.rule_named(self._store, application, rule_name)
        action = "push_rule.activated" if active else "push_rule.deactivated"
        told = self._on(application, action, {"rule": rule.name})
        return await group_push.activate_rule(told, application, rule, active=active)

    async def drop_rule(self, name: str, rule_name: str, *, delete_groups: bool = False) -> int:
        """Forget a rule; its groups are deleted there or left. How many those are."""
        application = await self._store.application(name)
        rule = await group_push.rule_named(self._store, application, rule_name)
        told = self._on(application, "push_rule.dropped", {"rule": rule.name, "delete_groups": delete_groups})
        return await group_push.drop_rule(told, application, rule, delete_groups=delete_groups)
