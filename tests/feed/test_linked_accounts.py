"""The wanted state names a person's accounts elsewhere as they were found there, not only as they were sent."""

from __future__ import annotations

from tests.api.conftest import hand
from tests.cast import hanako
from tests.installation import installation
from vestibule.linking.linked_account import LinkState, Outcome, Wanted

AT = "2026-01-02T03:04:05.000Z"


async def test_a_linked_account_is_told_with_what_was_found(each_store: None) -> None:
    async with installation() as site:
        tenant = await site.tenant("acall")
        made = await tenant.post(
            "/Users", {**hanako(), "accounts": [{"type": "slack", "value": "hana@corp.test"}]}
        )
        assert made.status == 201, made.json
        id = made.json["id"]
        api = await hand(site)

        async def told() -> object:
            return (await api("GET", f"/tenants/{tenant.slug}/people/{id}/state")).json["linkedAccounts"]

        named = {"service": "slack", "account": "hana@corp.test", "state": "named", "id": "", "email": ""}
        assert await told() == [named]
        linking, here = site.application.store.linking, tenant.record.id
        await linking.want(here, "slack", [Wanted(id, "hana@corp.test", "hana@corp.test")], AT)
        assert await told() == [{**named, "state": "pending"}]
        found = Outcome(id, "hana@corp.test", LinkState.LINKED, member_id="U123", email="hana@corp.test")
        await linking.settle(here, "slack", [found], "two want it", AT)
        assert await told() == [{**named, "state": "linked", "id": "U123", "email": "hana@corp.test"}]
        page = await site.application.states.snapshot(tenant.record, None, 10)
        assert page.people[0].linked_accounts[0]["id"] == "U123"
