"""A, token by request: the customer asks, the request waits in a queue, an operator answers it."""

from __future__ import annotations

import pytest

from tests.stories.stage import Stage


@pytest.mark.requirement("R76", "R186")
def test_asked_for_queued_and_answered(stage: Stage) -> None:
    """A, token by request: request → open request → issue --for; the token is shown once and kept nowhere."""
    stage.commands("tenant", "create", "asking-firm", "--profile", "acall")
    asked = stage.commands.json("token", "request", "asking-firm", "--note", "for Okta")
    number = str(asked["request"])

    queue = stage.commands.json("token", "requests")
    (waiting,) = [entry for entry in queue if entry["tenant"] == "asking-firm"]
    assert (str(waiting["request"]), waiting["note"], waiting["answeredAt"]) == (number, "for Okta", None)

    issued = stage.commands("token", "issue", "asking-firm", "--for", number)
    token = issued.out.strip()
    assert token.startswith("vst_scim_")
    assert "store it in a safe place" in issued.err
    assert not [e for e in stage.commands.json("token", "requests") if e["tenant"] == "asking-firm"]
    answered = stage.commands.json("token", "requests", "--all")
    (entry,) = [entry for entry in answered if entry["tenant"] == "asking-firm"]
    assert entry["answeredAt"] is not None
    assert token not in stage.commands("token", "list", "asking-firm", "--json").out

    tenant = stage.known("asking-firm", token)
    assert stage.application(tenant, "acall").test()["verdict"] == "good"


def test_a_request_is_answered_once_and_for_its_own_tenant(stage: Stage) -> None:
    """A, token by request: another tenant's number, or an answered one, is refused."""
    for slug in ("first-firm", "second-firm"):
        stage.commands("tenant", "create", slug, "--profile", "acall")
    number = str(stage.commands.json("token", "request", "first-firm")["request"])
    refused = stage.commands("token", "issue", "second-firm", "--for", number, refused=True)
    assert "no open token request" in refused.err
    stage.commands("token", "issue", "first-firm", "--for", number)
    stage.commands("token", "issue", "first-firm", "--for", number, refused=True)
    assert len(stage.commands.json("token", "list", "first-firm")) == 1
