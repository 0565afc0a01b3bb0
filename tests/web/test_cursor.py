"""Cursors sealed and opened: nobody reads, alters or moves one (R189, R192, R193)."""

from __future__ import annotations

import base64
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestibule.directory.store import Boundary
from vestibule.key_ring import KeyRing
from vestibule.scim.errors import ExpiredCursor, InvalidCursor
from vestibule.web.cursor import CURSOR_SECONDS, MAX_CURSOR, Cursors, Heading, fingerprint

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
AT = "2026-01-02T03:04:05.678Z"


async def cursors(*keys: bytes) -> Cursors:
    async def ring() -> KeyRing:
        return KeyRing(list(keys or (OLD,)))

    ready = Cursors(ring)
    await ready.ready()
    return ready


def sealed(cursors: Cursors, key: Any = "k", **more: Any) -> str:
    cursor = cursors.seal(Boundary(key, 7), "query", AT, **more)
    assert cursor is not None
    return cursor


KEYS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=512),
)


@pytest.mark.requirement("R189")
@given(key=KEYS, seq=st.integers(0, 2**62), backward=st.booleans())
async def test_what_is_sealed_is_opened(key: Any, seq: int, backward: bool) -> None:
    """Whatever is sorted by, exactly; and only unreserved characters are used, few enough for a URL."""
    ready = await cursors()
    cursor = ready.seal(Boundary(key, seq), "query", AT, backward=backward)
    assert cursor is not None
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", cursor)
    assert len(cursor) <= MAX_CURSOR
    opened = ready.open(cursor, "query", AT)
    assert opened == Heading(Boundary(key, seq), backward)
    assert type(opened.boundary.key) is type(key)


async def test_nobody_reads_it() -> None:
    """What people are sorted by is theirs: it does not stand in URLs and logs."""
    cursor = sealed(await cursors(), "hanako.sato@corp.test")
    assert b"hanako" not in base64.urlsafe_b64decode(cursor + "===")


@pytest.mark.requirement("R189", "R193")
async def test_nobody_alters_it() -> None:
    """Not one character, and neither its beginning nor its end."""
    ready = await cursors()
    cursor = sealed(ready)
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    meant = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    others = [cursor[:n] for n in range(1, len(cursor))] + [cursor[n:] for n in range(1, len(cursor))]
    chance = random.Random(1)
    for at in range(len(cursor)):
        others.append(cursor[:at] + chance.choice(signs.replace(cursor[at], "")) + cursor[at + 1 :])
    for other in others:
        if base64.urlsafe_b64decode(other + "=" * (-len(other) % 4) if len(other) % 4 != 1 else "") == meant:
            continue  # bits of the last character that mean nothing
        with pytest.raises(InvalidCursor):
            ready.open(other, "query", AT)


@pytest.mark.requirement("R193")
@pytest.mark.parametrize(
    "forged",
    [
        "x",
        "null",
        "0",
        "==",
        "AAAA",
        "A" * 64,
        "\0",
        "é",
        "\ud800",
        " ",
        "a b",
        "x" * MAX_CURSOR,
        "A" * 1_000_000,
    ],
)
async def test_what_is_no_cursor(forged: str) -> None:
    with pytest.raises(InvalidCursor, match="begin again with an empty cursor"):
        (await cursors()).open(forged, "query", AT)


@pytest.mark.requirement("R192", "R197", "R199")
async def test_it_is_good_for_its_query_alone() -> None:
    """And the refusal is the same sentence as for one that was made up."""
    ready = await cursors()
    with pytest.raises(InvalidCursor) as foreign:
        ready.open(sealed(ready), "another", AT)
    with pytest.raises(InvalidCursor) as forged:
        ready.open("forged", "query", AT)
    assert str(foreign.value) == str(forged.value)


async def test_keys_may_be_rotated() -> None:
    """A cursor opens while its key is in the ring."""
    cursor = sealed(await cursors(OLD))
    assert (await cursors(NEW, OLD)).open(cursor, "query", AT).boundary == Boundary("k", 7)
    with pytest.raises(InvalidCursor):
        (await cursors(NEW)).open(cursor, "query", AT)


@pytest.mark.requirement("R193", "R196")
@pytest.mark.parametrize(
    ("at", "is_good"),
    [
        ("2026-01-02T04:04:05.999Z", True),
        ("2026-01-02T04:04:06.000Z", False),
        ("2026-01-03T03:04:05.678Z", False),
        ("2026-01-02T03:04:00.000Z", True),
    ],
)
async def test_it_ends_after_its_time(at: str, is_good: bool) -> None:
    """Not sooner, and not because two servers' clocks differ."""
    ready = await cursors()
    cursor = sealed(ready)
    if is_good:
        assert ready.open(cursor, "query", at).boundary.seq == 7
    else:
        with pytest.raises(ExpiredCursor, match=f"{CURSOR_SECONDS} seconds"):
            ready.open(cursor, "query", at)


async def test_no_place_no_cursor() -> None:
    assert (await cursors()).seal(None, "query", AT) is None


def test_queries_are_told_apart() -> None:
    """What stands in one parameter cannot pass for another's."""
    asked = [
        fingerprint(1, "a", None),
        fingerprint(1, None, "a"),
        fingerprint(1, "a,", ""),
        fingerprint(11, "a"),
    ]
    assert len(set(asked)) == len(asked)
