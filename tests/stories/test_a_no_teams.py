"""ACALL has no teams: the connection test and group push do no harm (W6)."""

from __future__ import annotations

import pytest

from tests.stories.stage import Stage


@pytest.mark.requirement("R60")
def test_no_teams_at_acall(stage: Stage) -> None:
    """A, no teams: an empty list, no Group among the resource types, a refusal in words."""
    tenant, application = stage.both("acall")
    assert application.test()["verdict"] == "good"
    assert tenant.hand("GET", "/Groups?count=100").json["totalResults"] == 0
    kinds = [kind["name"] for kind in tenant.hand("GET", "/ResourceTypes").json["Resources"]]
    assert kinds == ["User"]
    answer = tenant.hand(
        "POST",
        "/Groups",
        {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales Tokyo"},
    )
    assert answer.status == 501
    assert "ACALL has no teams" in answer.detail


def test_a_pushed_group_sends_nothing_and_people_are_provisioned_all_the_same(stage: Stage) -> None:
    """A, no teams: somebody pushed a group."""
    tenant, application = stage.both("acall")
    application.push("kitano-sales-tokyo")
    application.assign("hanako.sato@kitano.example")
    application.counts(creates=1)
    assert tenant.writes() == [("POST", "/Users")]
