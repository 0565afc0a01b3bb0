"""Facts: which were read, and how keys are told apart."""

from __future__ import annotations

import pytest

from vestibule.directory.facts import ByEmail, ById, ByUserName, Facts, Inactivated, Missing, Waiting

NAME, ADDRESS = ByUserName("hanako@corp.test", 1), ByEmail("hanako@corp.test", 1)
DELETED = Inactivated("hanako@corp.test", 1)


def test_keys_of_one_text_are_three_by_their_hashes_already() -> None:
    assert len({hash(key) for key in (NAME, ADDRESS, DELETED)}) == 3
    assert (
        len({NAME, ADDRESS, DELETED, ByEmail("hanako@corp.test", 1), ByUserName("hanako@corp.test", 1)}) == 3
    )


def test_what_was_not_read_is_named_in_the_order_asked() -> None:
    waiting = Waiting(frozenset({"hanako@corp.test"}))
    facts = Facts({ADDRESS: ()})
    assert facts.unread((NAME, ADDRESS, waiting)) == (NAME, waiting)
    assert Facts().unread((NAME, ADDRESS)) == (NAME, ADDRESS)
    assert facts.and_these({NAME: (), waiting: ()}).unread((NAME, ADDRESS, waiting)) == ()
    with pytest.raises(Missing) as missing:
        facts.demand(NAME, ADDRESS, waiting)
    assert missing.value.keys == (NAME, waiting)
    facts.demand(ADDRESS)


def test_an_answer_of_none_was_read() -> None:
    person = ById("User", "u1", 1)
    facts = Facts({person: None})
    assert (facts[person], facts.unread((person,))) == (None, ())
