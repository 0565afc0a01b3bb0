"""``SetUpStepStore`` over either database."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.change import AuditEntry
from vestibule.stores.linking_rows import Answers
from vestibule.stores.shared_sql.asking import Asking, ask, do
from vestibule.tenancy.api_token import MarkedStep

_STEPS = "SELECT guide, step, marked_at, marked_by FROM setup_step WHERE tenant = $1 ORDER BY guide, step"
_MARK = """
INSERT INTO setup_step (tenant, guide, step, marked_at, marked_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, guide, step) DO NOTHING"""
_UNMARK = "DELETE FROM setup_step WHERE tenant = $1 AND guide = $2 AND step = $3"


class SetUpStepRows:
    """A ``SetUpStepStore``."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def marked_steps(self, tenant: int) -> Sequence[MarkedStep]:
        """Those of all guides."""
        return await self._answers.read(lambda: _steps(tenant))

    async def mark_step(self, tenant: int, step: MarkedStep, audit: AuditEntry, at: str) -> None:
        """With the audit entry."""
        row = tenant, step.guide, step.step, step.at, step.by
        await self._answers.write(lambda: _done(_MARK, *row), tenant, audit, at)

    async def unmark_step(self, tenant: int, guide: str, step: str, audit: AuditEntry, at: str) -> None:
        """With the audit entry."""
        await self._answers.write(lambda: _done(_UNMARK, tenant, guide, step), tenant, audit, at)


def _steps(tenant: int) -> Asking[list[MarkedStep]]:
    return [MarkedStep(*row) for row in (yield ask(_STEPS, tenant))]


def _done(sql: str, *parameters: object) -> Asking[None]:
    yield do(sql, *parameters)
