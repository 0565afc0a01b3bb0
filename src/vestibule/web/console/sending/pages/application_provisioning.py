"""Applications → one → Provisioning: Configure API integration, Test API Credentials, To App (P3, P4)."""

from __future__ import annotations

import hashlib

from starlette.responses import Response

from vestibule.provisioning.application import Operation, SignOn
from vestibule.provisioning.connector import CredentialsTest, Verdict
from vestibule.provisioning.engine_settings import EngineSettings
from vestibule.provisioning.lint import lint
from vestibule.provisioning.preview import shown_mapping
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.setting_up import reconnected
from vestibule.provisioning.sign_on import Comparison
from vestibule.provisioning.under_way import Run
from vestibule.refused import Refused
from vestibule.web.console.languages import message
from vestibule.web.console.pages import Page
from vestibule.web.console.sending.visit import CHANGED_MEANWHILE, ApplicationVisit, SeenOtherwise
from vestibule.web.console.sending.wording import as_shown

_PAGE = "/provisioning"
_LONGEST_TOKEN = 4000
_SHOWN_ROWS = 12
_LONGEST_WAIT = 60.0

TICKS = {
    Operation.CREATE: (
        message("Create Users"),
        message("Creates or links a user in the application when somebody is assigned."),
    ),
    Operation.UPDATE: (
        message("Update User Attributes"),
        message("Sends changes of the profile to the application."),
    ),
    Operation.DEACTIVATE: (
        message("Deactivate Users"),
        message("Deactivates the user in the application when somebody is unassigned or leaves."),
    ),
    Operation.PASSWORD: (
        message("Sync Password"),
        message("Sends a random password for everybody who is created."),
    ),
}
VERDICTS = {
    Verdict.GOOD: message("The application was verified successfully."),
    Verdict.WRONG_TOKEN: message("The token is wrong."),
    Verdict.WRONG_URL: message("The Base URL is wrong."),
    Verdict.NOT_ALLOWED: message("URL and token are right, and the application does not allow provisioning."),
    Verdict.UNREACHABLE: message("The application cannot be reached."),
    Verdict.FAILING: message("The application answers with an error of its own."),
}
CURES = {
    Verdict.WRONG_TOKEN: message(
        "Copy the token from the product's set-up page again, and paste it as API token."
    ),
    Verdict.WRONG_URL: message("Copy the Base URL from the product's set-up page again."),
    Verdict.NOT_ALLOWED: message(
        "Have provisioning switched on in the product, for this plan and this tenant."
    ),
    Verdict.UNREACHABLE: message("Check the host name in the Base URL, and that this server may reach it."),
    Verdict.FAILING: message("Try again later; if it stays, show its sentence to whoever runs the product."),
}
DONE = {
    "saved": message("Saved."),
    "connected": message("API integration is enabled. Choose what is sent under To App."),
    "ticked": message("Saved. What is ticked is sent from now on."),
    "on": message("API integration is enabled: what changed meanwhile is sent now."),
    "off": message("API integration is disabled: nothing is sent until you enable it again."),
    "engine": message("Saved."),
}


async def _provisioning(visit: ApplicationVisit) -> Response:
    return await _shown(visit)


async def _shown(
    visit: ApplicationVisit,
    status: int = 200,
    *,
    fault: str = "",
    beside: str = "",
    tested: CredentialsTest | None = None,
    comparison: Comparison | None = None,
) -> Response:
    application, form = visit.application, visit.form
    connection = application.connection
    rows = await visit.store.mapping(application.id)
    entries = {entry.name: entry for entry in visit.engine.catalogue.entries()}
    entry = entries.get(application.catalogue)
    typed = form.has("base_url")
    usual = visit.engine.catalogue.authentication(application.catalogue)
    settings = await visit.store.engine_settings(application.id)
    return visit.show(
        "provisioning.html",
        status,
        entry=entry,
        is_open=not application.catalogue or application.sign_on is not SignOn.UNSET,
        is_editing=visit.query("edit", 10) or beside,
        base_url=form.line("base_url", 2000) if typed else connection.base_url if connection else "",
        token_url=form.line("token_url", 2000) if typed else connection.token_url if connection else "",
        client_id=form.line("client_id", 300) if typed else connection.client_id if connection else "",
        token=form.text("token", _LONGEST_TOKEN),
        is_enabling=form.has("enable") if typed else True,
        scope=form.line("scope", 300) if typed else connection.scope if connection else "",
        authentication=connection.authentication if connection else usual,
        ticks=[(one, *words) for one, words in TICKS.items()],
        mapping=shown_mapping(application, rows)[:_SHOWN_ROWS],
        mapping_count=len(rows),
        warnings=lint(application, rows),
        engine=settings,
        engine_seen=_mark_of(settings),
        state=await visit.store.engine_state(application.id),
        fault="",
        beside=beside,
        said=fault,
        tested=tested,
        verdicts=VERDICTS,
        cures=CURES,
        comparison=comparison,
        sentences=DONE,
    )


async def _connect(visit: ApplicationVisit) -> Response:
    """*Test API Credentials*, or *Save*: both test; only Save keeps."""
    visit.refuse_unseen()
    form = visit.form
    given = {
        "url": form.line("base_url", 2000),
        "token": "".join(form.text("token", _LONGEST_TOKEN).split()),
        "token_url": form.line("token_url", 2000) or None,
        "client_id": form.line("client_id", 300) or None,
        "scope": form.line("scope", 300) if form.has("scope") else None,
    }
    try:
        if not given["url"]:
            raise Refused(visit.say("Paste the Base URL that the product shows."))
        if not given["token"] and visit.application.connection is None:
            raise Refused(visit.say("Paste the token that the product shows."))
        usual = visit.engine.catalogue.authentication(visit.application.catalogue)
        wanted = reconnected(visit.application, usual=usual, **given)  # type: ignore[arg-type]
        tested = await visit.engine.probe(wanted)
        comparison = await visit.engine.compare_sign_on(wanted) if wanted.sign_on_email else None
        if form.line("do", 10) == "test" or tested.verdict is not Verdict.GOOD:
            status = 200 if tested.verdict is Verdict.GOOD else 422
            return await _shown(visit, status, beside="connection", tested=tested, comparison=comparison)
        changed = await visit.seeing.connect(visit.name, unverified=True, **given)
        if changed.enabled != form.has("enable"):
            await visit.desk.seeing(changed).integration(visit.name, on=form.has("enable"))
    except Refused as refusal:
        return await _shown(visit, 422, fault=as_shown(str(refusal)), beside="connection")
    return visit.go(visit.below(_PAGE), "connected")


async def _switch(visit: ApplicationVisit) -> Response:
    """*Enable API integration*, ticked or not."""
    visit.refuse_unseen()
    on = visit.form.line("enabled", 3) == "on"
    try:
        await visit.seeing.integration(visit.name, on=on)
    except Refused as refusal:
        return await _shown(visit, 422, fault=as_shown(str(refusal)))
    return visit.go(visit.below(_PAGE), "on" if on else "off")


async def _tick(visit: ApplicationVisit) -> Response:
    """*To App* → Edit → Save."""
    visit.refuse_unseen()
    ticks = {one: visit.form.has(f"tick_{one}") for one in Operation}
    try:
        await visit.seeing.change(visit.name, ticks=ticks, pushes_groups=visit.form.has("pushes_groups"))
    except Refused as refusal:
        return await _shown(visit, 422, fault=as_shown(str(refusal)), beside="to-app")
    return visit.go(visit.below(_PAGE), "ticked")


async def _test(visit: ApplicationVisit) -> Response:
    """*Test API Credentials* of what is saved; a good one ends the quarantine."""
    try:
        tested = await visit.engine.test(visit.application)
        comparison = (
            await visit.engine.compare_sign_on(visit.application) if visit.application.sign_on_email else None
        )
    except Refused as refusal:
        return await _shown(visit, 422, fault=as_shown(str(refusal)))
    if tested.verdict is Verdict.GOOD:
        visit.application = await visit.store.application(visit.name)
    return await _shown(visit, tested=tested, comparison=comparison)


async def _force_sync(visit: ApplicationVisit) -> Response:
    """*Force Sync*: everybody's attributes again, whatever was sent before."""
    application, engine = visit.application, visit.engine
    try:
        await engine.check_unplanned(application)
        await visit.desk.note("run.asked", visit.name, forced=True, accepted=[])
    except Refused as refusal:
        return await _shown(visit, 409, fault=as_shown(str(refusal)))

    async def work(run: Run) -> RunReport:
        async with engine.worker(application, progress=run.note, longest_wait=_LONGEST_WAIT) as worker:
            return await worker.apply(forced=True)

    title = visit.say("Force Sync")
    run = visit.office.runs.begin(application.id, title, visit.actor, visit.now, work)
    return visit.go(visit.below(f"/runs/{run.id}"))


async def _engine(visit: ApplicationVisit) -> Response:
    """How the engine sends: thresholds, and whether a plan must be approved first."""
    form = visit.form
    before = await visit.store.engine_settings(visit.application.id)
    if form.line("engine_seen", 64) != _mark_of(before):
        raise SeenOtherwise(CHANGED_MEANWHILE)
    try:
        number, share = form.line("threshold_number", 9), form.line("threshold_share", 9)
        if not number.isdigit() or not share.isdigit():
            raise Refused(visit.say("Both thresholds are whole numbers; the share is in per cent."))
        await visit.desk.set_engine(
            visit.name,
            threshold_number=int(number),
            threshold_share=int(share) / 100,
            needs_approval=form.has("needs_approval"),
            seen=before,
        )
    except Refused as refusal:
        return await _shown(visit, 422, fault=str(refusal), beside="engine")
    return visit.go(visit.below(_PAGE), "engine")


def _mark_of(settings: EngineSettings) -> str:
    """What tells these settings from what they were before."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:32]


PAGES = (
    Page(_PAGE, shows=_provisioning, does=_connect),
    Page(f"{_PAGE}/enabled", does=_switch),
    Page(f"{_PAGE}/to-app", does=_tick),
    Page(f"{_PAGE}/test", does=_test),
    Page(f"{_PAGE}/force-sync", does=_force_sync),
    Page(f"{_PAGE}/engine", does=_engine),
)
