"""Carries out the job of one person: what is then wanted is planned, sent and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import Connector, Failure, NotThere, Skipped
from vestibule.provisioning.job import Job, Kind
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.plan import PersonFacts, PlannedUser, plan_user
from vestibule.provisioning.plan_file import user_fingerprint
from vestibule.provisioning.record import Recorder

#: An operation of a plan is sent as it was planned, or not.
CHANGED_SINCE = "Not sent: it has changed since the plan was made."
_ALREADY_GONE = "The user was already gone at the application; the assignment is closed."


async def send_user(
    application: Application,
    rows: Sequence[MappingRow],
    connector: Connector,
    recorder: Recorder,
    job: Job,
    facts: PersonFacts,
) -> None:
    """Bring one counterpart in step. Failures are recorded, never raised."""
    known = facts.app_user or AppUser(job.subject_id)
    planned = plan_user(application, rows, facts, forced=job.forced)
    if planned.kind is Kind.NOTHING:
        await recorder.done(job, Kind.NOTHING, detail=planned.note)
        return
    if job.fingerprint and user_fingerprint(facts, planned) != job.fingerprint:
        await recorder.done(job, Kind.NOTHING, detail=CHANGED_SINCE)
        return
    try:
        kind, counterpart, detail = await _send(connector, planned, known, recorder.now())
    except Failure as failure:
        faulty = replace(known, fault=str(failure), fault_hash=planned.fault_hash)
        await recorder.failed(job, planned.kind, failure, app_user=faulty)
    else:
        await recorder.done(job, kind, app_user=counterpart, detail=detail)


async def _send(
    connector: Connector, planned: PlannedUser, known: AppUser, at: str
) -> tuple[Kind, AppUser, str]:
    if planned.fault:
        raise Skipped(f"Nothing was sent: {planned.fault}.")
    if planned.kind in (Kind.DEACTIVATE, Kind.DELETE):
        deletes, detail = planned.kind is Kind.DELETE, ""
        try:
            await (connector.delete if deletes else connector.deactivate)(known.external_id)
        except NotThere:  # W100a
            detail = _ALREADY_GONE
        inactive = replace(known, state=AppUserState.INACTIVE, fault="", fault_hash="", inactive_since=at)
        return planned.kind, AppUser(known.person_id) if deletes else inactive, detail
    user = planned.user
    assert user is not None
    kind, external_id, detail = planned.kind, known.external_id, ""
    if kind is Kind.UPDATE:
        try:
            await connector.update(external_id, user)
        except NotThere:  # W100a: the link is broken; look up again, then create
            counterpart = await connector.assign(user)
            kind = Kind.LINK if counterpart.found else Kind.CREATE
            external_id = counterpart.external_id
            detail = "The user was gone at the application and was looked up again."
    else:
        counterpart = await connector.assign(user, external_id)
        external_id = counterpart.external_id
        if counterpart.found and kind is Kind.CREATE:
            kind = Kind.LINK
    active = AppUser(
        known.person_id,
        AppUserState.ACTIVE,
        external_id,
        user.user_name,
        planned.sent_hash,
        planned.sent_variables,
        sent_values=planned.values,
    )
    return kind, active, detail
