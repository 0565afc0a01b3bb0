"""Push rules."""

from __future__ import annotations

from dataclasses import replace

from vestibule.provisioning.push_rule import Fit, PushRule
from vestibule.provisioning.store import NameTaken
from vestibule.stores.shared_sql.sending.statements import Database, Statements


class PushRules:
    """``vestibule.provisioning.push_rule_store.PushRuleStore``."""

    database: Database

    async def push_rules(self, application_id: int) -> list[PushRule]:
        rows = await self.database.fetch(
            "SELECT id, name, fit, text, part, active FROM push_rule WHERE application_id = ? ORDER BY id",
            (application_id,),
        )
        return [PushRule(row[0], row[1], Fit(row[2]), row[3], row[4], bool(row[5])) for row in rows]

    async def add_push_rule(self, application_id: int, rule: PushRule) -> PushRule:
        def work(connection: Statements) -> int:
            added: int | None = connection.value(
                "INSERT INTO push_rule (application_id, name, name_folded, fit, text, part, active) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (application_id, name_folded) DO NOTHING RETURNING id",
                (
                    application_id,
                    rule.name,
                    rule.name.casefold(),
                    rule.fit,
                    rule.text,
                    rule.part,
                    rule.active,
                ),
            )
            if added is None:
                raise NameTaken(f"There is a push rule {rule.name!r} already. Give it another name.")
            return added

        return replace(rule, id=await self.database.write(work))

    async def change_push_rule(self, application_id: int, rule: PushRule) -> None:
        values = (rule.name, rule.name.casefold(), rule.fit, rule.text, rule.part, rule.active)
        await self.database.write(
            lambda connection: connection.change(
                "UPDATE push_rule SET name = ?, name_folded = ?, fit = ?, text = ?, part = ?, active = ? "
                "WHERE application_id = ? AND id = ?",
                (*values, application_id, rule.id),
            )
        )

    async def drop_push_rule(self, application_id: int, rule_id: int) -> None:
        await self.database.write(
            lambda connection: connection.change(
                "DELETE FROM push_rule WHERE application_id = ? AND id = ?", (application_id, rule_id)
            )
        )
