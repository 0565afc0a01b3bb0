"""G, SSO first: provisioning opens once sign-on is set up, or an operator confirms it, which is audited."""

from __future__ import annotations

from tests.served import read_store
from tests.stories.stage import Stage
from vestibule.directory.story import LoggedAudit
from vestibule.stores.receiving import ReceivingStore


def audited(stage: Stage, slug: str) -> list[str]:
    async def look(store: ReceivingStore) -> list[LoggedAudit]:
        (tenant,) = await store.tenancy.tenants_named(slug)
        entries = [*await store.log.audit(None), *await store.log.audit(tenant.id)]
        return sorted((entry for entry in entries if entry.subject_id == slug), key=lambda entry: entry.seq)

    entries = read_store(stage.server, look)
    assert all(entry.actor.startswith("operator:") for entry in entries)
    return [entry.action for entry in entries]


def test_refused_until_sign_on_is_confirmed(stage: Stage) -> None:
    """G, SSO first: the token is good, and does not open the door yet."""
    stage.commands("tenant", "create", "sso-later", "--profile", "getaccept")
    issued = stage.commands("token", "issue", "sso-later")
    assert "does not open the door yet" in issued.err
    assert "single sign-on (SSO)" in issued.err
    tenant = stage.known("sso-later", issued.out.strip())
    application = stage.application(tenant, "getaccept")
    verdict = application.test(refused=True)
    assert verdict["verdict"] == "not allowed"
    assert "single sign-on (SSO) set up before user provisioning" in verdict["sentence"]
    assert "GetAccept support" in verdict["sentence"]

    stage.commands("tenant", "sso", "sso-later", "--confirmed")
    assert application.test()["verdict"] == "good"
    stage.commands("tenant", "sso", "sso-later", "--not-confirmed")
    application.test(refused=True)
    confirmations = [
        action for action in audited(stage, "sso-later") if "sign_on" in action or "sso" in action
    ]
    assert len(confirmations) == 2


def test_other_products_do_not_ask_for_it(stage: Stage) -> None:
    """G, SSO first: off for ACALL and generic."""
    for profile in ("acall", "generic"):
        assert stage.application(stage.tenant(profile), profile).test()["verdict"] == "good"
