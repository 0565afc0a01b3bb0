"""What push rules ask of a store."""

from __future__ import annotations

from typing import Protocol

from vestibule.provisioning.push_rule import PushRule


class PushRuleStore(Protocol):
    """Rules of an application, in order of their ids."""

    async def push_rules(self, application_id: int) -> list[PushRule]:
        """All of an application."""
        ...

    async def add_push_rule(self, application_id: int, rule: PushRule) -> PushRule:
        """Keep a new one; comes back with its id. NameTaken."""
        ...

    async def change_push_rule(self, application_id: int, rule: PushRule) -> None:
        """Keep it as it now is."""
        ...

    async def drop_push_rule(self, application_id: int, rule_id: int) -> None:
        """Forget it; what becomes of its groups is said for each of them."""
        ...
