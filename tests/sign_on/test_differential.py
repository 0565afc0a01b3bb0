"""What python3-saml rejects, we reject: the short form; ``make differential`` is the long one."""

from __future__ import annotations

from tests.sign_on.differential import EXPECTED, compare, frozen, make, mutated, name_of, ours, theirs
from tests.sign_on.hostile import MALLORY
from tests.sign_on.stage import keys
from vestibule.dev_idp.mint import response
from vestibule.sign_on.response import accepted


def test_nothing_that_it_rejects_is_accepted() -> None:
    tally = compare(mutated(60, seed=7))
    assert tally.too_lax == []
    assert tally.both_reject > 20


def test_both_accept_what_is_honest() -> None:
    """Else the comparison would prove nothing."""
    ways = ({"sign_response": False}, {"sign_assertion": False}, {}, {"attributes": {}})
    tally = compare(response(make(MALLORY, **more), keys("idp")) for more in ways)
    assert tally.both_accept == len(ways)


def test_both_open_an_encrypted_name() -> None:
    """A second opinion on what is read of it."""
    certificate = keys("our certificate").certificate
    message = response(make(MALLORY, attributes={}, encrypt_name_id_for=certificate), keys("idp"))
    with frozen():
        assert (ours(message), theirs(message)) == ("", "")
        assert accepted(message, EXPECTED).name_id == name_of(message) == MALLORY
