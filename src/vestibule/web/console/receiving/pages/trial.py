"""Test connection: what Okta and Entra would send, tried on a scratch tenant with the same settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response

from vestibule.judge.check import Role
from vestibule.judge.redaction import authorization_of, redactor
from vestibule.judge.report import Outcome
from vestibule.judge.run import Assignment, Progress, judge
from vestibule.judge.wire import Limits
from vestibule.refused import Refused
from vestibule.web.console.pages import Page, nothing_there
from vestibule.web.console.receiving.tenant_visit import TenantVisit
from vestibule.web.console.streams import event, stream

_PAGE = "/settings/integrations/scim/test"
_LIMITS = Limits(400, 120, 30.0)
_DOMAIN = "example.com"
_LOOK_SECONDS = 0.4
#: The last event's name: the page stops listening.
_END = "end"


async def _test(visit: TenantVisit) -> Response:
    return visit.show(
        "trial.html",
        role=visit.query("as", 10) if visit.query("as", 10) in ("okta", "entra") else "",
        offered=visit.premises.scratch is not None,
    )


async def _stream(visit: TenantVisit) -> Response:
    """The trial itself: it lives as long as the page listens, and leaves nothing behind."""
    asked = visit.query("as", 10)
    if visit.premises.scratch is None or asked not in ("okta", "entra"):
        raise nothing_there()
    return stream(_tried(visit, Role(asked)))


async def _tried(visit: TenantVisit, role: Role) -> AsyncIterator[str]:
    tenant, make = visit.tenant, visit.premises.scratch
    assert make is not None
    stored = await visit.premises.tenancy.stored_profile(tenant.profile)
    roles = await visit.premises.tenancy.roles(tenant.id)
    seen: list[Progress] = []
    async with make(tenant, stored, roles) as place:
        assignment = Assignment(place.base_url, authorization_of(place.token), (role,), _LIMITS, _DOMAIN)
        judging = asyncio.create_task(judge(assignment, began=visit.now, progress=seen.append))
        try:
            shown = 0
            while not judging.done() and not visit.premises.stopping.is_set():
                await asyncio.wait((judging,), timeout=_LOOK_SECONDS)
                if len(seen) > shown:
                    shown = len(seen)
                    yield event("progress", visit.part("trial_progress.html", progress=seen[-1]))
            if not judging.done():
                return
            report = judging.result()
        except Refused as refusal:
            yield event("result", visit.part("trial_result.html", report=None, fault=str(refusal)))
            yield event(_END, "")
            return
        finally:
            if not judging.done():
                judging.cancel()
                await asyncio.wait((judging,))
    redacted = redactor(place.token)
    findings = [
        (result.check, [(redacted(fault.expected), redacted(fault.got)) for fault in result.faults])
        for result in (*report.of(Outcome.FAILED), *report.of(Outcome.WARNED))
    ]
    yield event(
        "result",
        visit.part(
            "trial_result.html",
            report=report,
            fault="",
            findings=findings,
            counts=[(outcome.value, len(report.of(outcome))) for outcome in Outcome],
        ),
    )
    yield event(_END, "")


PAGES = (Page(_PAGE, shows=_test), Page(f"{_PAGE}/stream", shows=_stream))
