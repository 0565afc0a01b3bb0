"""What python3-saml rejects, we reject: the short form; ``make differential`` is the long one."""

from __future__ import annotations

from tests.sign_on.differential import compare, make, mutated
from tests.sign_on.hostile import MALLORY
from tests.sign_on.stage import keys
from vestibule.dev_idp.mint import response


def test_nothing_that_it_rejects_is_accepted() -> None:
    tally = compare(mutated(80, seed=7))
    assert tally.too_lax == []
    assert tally.both_reject > 20


def test_both_accept_what_is_honest() -> None:
    """Else the comparison would prove nothing."""
    ways = ({"sign_response": False}, {"sign_assertion": False}, {}, {"attributes": {}})
    tally = compare(response(make(MALLORY, **more), keys("idp")) for more in ways)
    assert tally.both_accept == len(ways)
