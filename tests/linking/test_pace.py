"""People against Slack's and Google's real limits, on one clock that the test moves; ``make linking`` has ten thousand.

Double and engine share it: the time that passes is the time that the limits dictate.
"""

from __future__ import annotations

import math

from tests.cast import CORE_USER
from tests.doubles.google import user as google_user
from tests.doubles.slack import TIERS, user
from tests.linking.places import Place, place

PEOPLE, MEMBERS = 500, 4_500


async def hired(here: Place, many: int) -> None:
    """So many people, provisioned side by side."""
    bodies = [
        {
            "schemas": [CORE_USER],
            "userName": f"p{number}@corp.test",
            "name": {"givenName": "P", "familyName": str(number)},
            "accounts": [
                {"type": "slack", "value": f"p{number}@corp.test"},
                {"type": "google", "value": f"p{number}@corp.test"},
            ],
        }
        for number in range(many)
    ]
    await here.tenant.post_all("/Users", bodies)


async def test_a_full_run_takes_what_the_limits_dictate_and_no_look_up() -> None:
    async with place() as here:
        here.slack.limited = here.google.limited = True
        for number in range(MEMBERS):
            here.slack.add(user(f"U{number:06}", f"p{number}@corp.test", f"P {number}"))
            here.google.add(google_user(str(number + 10), f"p{number}@corp.test", f"P {number}"))
        await hired(here, PEOPLE)
        await here.connect("slack")
        await here.connect("google")
        began = here.clock.now
        await here.settle(5_000)
        counts = {name: await here.store.counts(here.tenant.record.id, name) for name in ("slack", "google")}
        assert counts == {name: {"linked": PEOPLE, "outliving": 0} for name in ("slack", "google")}
        pages = math.ceil((MEMBERS + 1) / 200)
        windows = math.ceil(pages / TIERS["users.list"]) - 1
        assert here.clock.now - began <= 1.1 * 60 * windows
        assert here.slack.calls["users.list"] == pages + here.slack.refused["users.list"]
        assert here.slack.refused["users.list"] == windows
        assert here.slack.calls["users.lookupByEmail"] == 0
        assert here.google.calls["list"] == math.ceil((MEMBERS + 1) / 500)
        assert here.google.calls["get"] == 1
