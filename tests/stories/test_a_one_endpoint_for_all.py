"""A, one endpoint for all tenants: the SCIM base URL does not vary; the token alone tells the tenant."""

from __future__ import annotations

import pytest

from tests.stories.stage import Stage


@pytest.mark.requirement("R25", "R78")
def test_two_customers_at_one_address(stage: Stage) -> None:
    """A, one endpoint: the same person in both, apart; neither sees the other's."""
    first, to_first = stage.both("acall")
    second = stage.tenant("acall", name="other")
    to_second = stage.application(second, "acall", name="acall for the other")
    assert first.url == second.url == f"http://127.0.0.1:{stage.server.port}/scim/v2"

    to_first.assign("hanako.sato@kitano.example", "doyun.kim@kitano.example")
    to_second.assign("hanako.sato@kitano.example")
    to_first.counts(creates=2)
    to_second.counts(creates=1)
    assert len(first.people()) == 2
    assert [user["userName"] for user in second.people()] == ["hanako.sato@kitano.example"]
    ours, theirs = first.people('userName sw "hanako"')[0], second.people()[0]
    assert ours["id"] != theirs["id"]
    assert first.hand("GET", f"/Users/{theirs['id']}").status == 404
    assert ours["meta"]["location"].startswith(f"{first.url}/Users/")
