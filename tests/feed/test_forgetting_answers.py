"""What the product said is forgotten with the events it is about, and never while these are kept."""

from __future__ import annotations

import time

from tests.database import new_own_database
from tests.installation import installation
from tests.served import patch, person
from vestibule.feed.acknowledgement import Outcome
from vestibule.housekeeping import Housekeeping
from vestibule.settings import Settings

DAY = 86_400.0


async def test_answers_go_with_their_events(each_store: None) -> None:
    async with installation(new_own_database()) as site:
        tenant, states = await site.tenant(), site.application.states
        id = str((await tenant.post("/Users", person("ada@example.com"))).json["id"])
        await tenant.patch(f"/Users/{id}", patch({"op": "replace", "path": "active", "value": False}))
        state = await states.person(tenant.record, id)
        answered = await states.acknowledge(tenant.record, id, state.version, Outcome.APPLIED, "", "product")
        assert answered.confirms_end
        store, settings = site.application.store, Settings(database="sqlite://", event_days=400)

        async def answers_after(days: float, settings: Settings = settings) -> int:
            await Housekeeping(store, settings, lambda: time.time() + days * DAY).round()
            assert await states.unconfirmed(tenant.record) == [], "what was confirmed stays so"
            return len((await store.log.story_of(tenant.record.id, id)).answers)

        assert await answers_after(399) == 1
        assert await answers_after(9999, Settings(database="sqlite://", event_days=0)) == 1
        assert await answers_after(401) == 0
