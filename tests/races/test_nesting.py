"""Groups that add each other at the same moment: no circle comes about, and nobody is told 409 or 412."""

from __future__ import annotations

import pytest

from tests.database import STORES
from tests.served import Hand, at_once, patch

pytestmark = pytest.mark.parametrize("server", STORES, indirect=True)


@pytest.mark.requirement("R53")
def test_groups_that_would_close_a_circle_at_once(hand: Hand) -> None:
    for round in range(5):
        ids = [hand.create_group(f"Circle {round}-{number}") for number in range(8)]
        wires = [
            hand.wire(
                "PATCH",
                f"/Groups/{group}",
                patch({"op": "add", "path": "members", "value": [{"value": ids[at - 1]}]}),
            )
            for at, group in enumerate(ids)
        ]
        answers = at_once(hand.port, wires)
        assert sorted(answer.status for answer in answers) == [204] * 7 + [400]
        refused = next(answer for answer in answers if answer.status == 400)
        assert "directly or through others" in refused.detail
        assert sum(len(hand.member_ids(id)) for id in ids) == 7
