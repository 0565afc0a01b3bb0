"""What goes on in a process of the sending side: bounded, and ended with what is forgotten."""

from __future__ import annotations

import asyncio
from itertools import count

from vestibule.provisioning.under_way import Findings, Kept


def kept(most: int) -> tuple[Kept[Findings], list[str]]:
    ended: list[str] = []
    numbers = count(1)
    return Kept[Findings](lambda: f"r{next(numbers)}", most, "Try again.", "It was stopped."), ended


def begin(room: Kept[Findings], ended: list[str], *, waits: bool = True) -> Findings:
    one = Findings(
        id=room.new_id(), by="mia", began="2026-11-30T12:00:00.000Z", application_id=1, kind="drift"
    )

    async def work() -> None:
        try:
            if waits:
                await asyncio.sleep(60)
        finally:
            ended.append(one.id)

    return room.start(one, work)


async def test_what_is_dropped_goes_on_no_longer() -> None:
    room, ended = kept(4)
    one = begin(room, ended)
    await asyncio.sleep(0)
    room.drop(one.id)
    await asyncio.sleep(0.01)
    assert ended == [one.id]
    assert room.find(one.id) is None
    room.drop("r99")


async def test_what_has_ended_is_forgotten_before_what_goes_on() -> None:
    room, ended = kept(3)
    first, second = begin(room, ended), begin(room, ended, waits=False)
    await asyncio.sleep(0.01)
    third, fourth = begin(room, ended), begin(room, ended)
    await asyncio.sleep(0.01)
    assert [one.id for one in room.all()] == [fourth.id, third.id, first.id]
    assert ended == [second.id]
    fifth = begin(room, ended)
    await asyncio.sleep(0.01)
    assert [one.id for one in room.all()] == [fifth.id, fourth.id, third.id]
    assert ended == [second.id, first.id]
    await room.stop()
    assert len(ended) == 5
