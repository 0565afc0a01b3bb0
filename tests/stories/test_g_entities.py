"""G, entities: a customer account holds several; each has its own Tenant URL and its own access token."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.stories.stage import Stage


def test_two_entities_of_one_account(stage: Stage) -> None:
    """G, entities: the administrator selects one, and sets provisioning up for it."""
    stage.read_directory()
    nordics = stage.tenant("getaccept", name="nordics", account="Aldermoor Group")
    gulf = stage.tenant("getaccept", name="gulf", account="Aldermoor Group")
    accounts = {
        tenant["slug"]: tenant["account"]
        for tenant in stage.commands.json("tenant", "list")
        if tenant["slug"] in (nordics.slug, gulf.slug)
    }
    assert set(accounts.values()) == {"Aldermoor Group"}
    assert len(accounts) == 2
    assert nordics.url.endswith(f"/t/{nordics.slug}/scim/v2")
    assert nordics.url != gulf.url
    assert nordics.token != gulf.token

    to_nordics = stage.application(nordics, "getaccept", name="GetAccept Nordics")
    to_gulf = stage.application(gulf, "getaccept", name="GetAccept Gulf")
    to_nordics.assign("mika.laine@aldermoor.test", userType="User")
    to_gulf.assign("maryam.haddad@aldermoor.test", userType="User")
    to_nordics.counts(creates=1)
    to_gulf.counts(creates=1)
    assert [user["userName"] for user in nordics.people()] == ["mika.laine@aldermoor.test"]
    assert [user["userName"] for user in gulf.people()] == ["maryam.haddad@aldermoor.test"]


@pytest.mark.requirement("R78", "R180")
def test_the_token_of_one_entity_opens_no_other(stage: Stage) -> None:
    """G, entities: nothing of the other is said, not even that it exists."""
    nordics = stage.tenant("getaccept", name="nordics")
    gulf = stage.tenant("getaccept", name="gulf")
    gulf.hand.create("maryam.haddad@aldermoor.test")
    stranger = replace(nordics.hand, base=gulf.hand.base)
    nowhere = replace(nordics.hand, base="/t/there-is-none/scim/v2")
    for path in ("/Users", "/Groups", "/Schemas", '/Users?filter=userName%20eq%20"x"'):
        ours, unknown = stranger("GET", path), nowhere("GET", path)
        assert ours.status == unknown.status == 401
        assert ours.detail == unknown.detail
        assert "this token is not for this Tenant URL" in ours.detail
