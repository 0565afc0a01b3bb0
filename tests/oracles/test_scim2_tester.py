"""Judges from outside: scim2-tester and scim2-client (pinned) against the real server, over a socket.

No check may fail. Whatever else is not plain success stands in ``REASONS``, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import PatchOp, PatchOperation, SearchRequest
from scim2_tester import CheckResult, Status, check_server

from tests.served import Hand, hand_of, serving

FAILURES = (Status.ERROR, Status.CRITICAL)
FINE = (Status.SUCCESS, Status.COMPLIANT)

#: (check, resource type) → (status, how its own reason begins, why it is so here).
REASONS: dict[tuple[str, str | None], tuple[Status, str, str]] = {}


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield hand_of(server, "judged", "--profile", "generic")


@pytest.fixture(params=["/scim/v2", "/t/judged/scim/v2"], ids=["shared address", "Tenant URL"])
def client(request: pytest.FixtureRequest, hand: Hand) -> Iterator[SyncSCIMClient]:
    base = f"http://127.0.0.1:{hand.port}{request.param}"
    with Client(base_url=base, headers={"Authorization": f"Bearer {hand.token}"}) as http:
        yield SyncSCIMClient(http)


def test_no_check_fails_and_every_other_result_has_its_reason(client: SyncSCIMClient) -> None:
    results = check_server(client)
    assert [shown(result) for result in results if result.status in FAILURES] == []
    others = {
        (str(result.title), result.resource_type): result for result in results if result.status not in FINE
    }
    assert others.keys() == REASONS.keys(), [shown(result) for result in others.values()]
    for key, result in others.items():
        status, begins, _why = REASONS[key]
        assert result.status is status
        assert (result.reason or "").startswith(begins), shown(result)
    assert len(results) > 100


def test_discovery_and_a_whole_life_by_scim2_client(client: SyncSCIMClient) -> None:
    """Every answer is validated against what /Schemas says."""
    client.discover()
    user_model, group_model = client.get_resource_model("User"), client.get_resource_model("Group")
    assert user_model is not None
    assert group_model is not None

    user = client.create(
        user_model(
            user_name="Robin.Vale@corp.test",
            name={"givenName": "Robin", "familyName": "Vale"},
            emails=[{"value": "robin.vale@corp.test", "type": "work", "primary": True}],
            active=True,
        )
    )
    found = client.query(
        user_model, query_parameters=SearchRequest(filter='userName eq "robin.vale@CORP.test"')
    )
    assert [one.id for one in found.resources] == [user.id]
    searched = client.query(user_model, query_parameters=SearchRequest(filter="active eq true", count=1))
    assert searched.items_per_page == 1

    user.title = "Counsel"
    assert client.replace(user).title == "Counsel"
    operation = PatchOperation(op=PatchOperation.Op.replace_, path="active", value=False)
    client.modify(user_model, user.id, PatchOp[user_model](operations=[operation]))
    assert client.query(user_model, user.id).active is False

    group = client.create(group_model(display_name="Vale's team", members=[{"value": user.id}]))
    assert [member.value for member in client.query(group_model, group.id).members] == [user.id]
    assert [one.value for one in client.query(user_model, user.id).groups] == [group.id]
    client.delete(group_model, group.id)
    client.delete(user_model, user.id)
    assert (
        client.query(user_model, query_parameters=SearchRequest(filter='title eq "Counsel"')).total_results
        == 0
    )


def shown(result: CheckResult) -> str:
    return f"{result.status.name} {result.title} {result.resource_type}: {result.reason}"
