"""Several clients at the same moment."""

from __future__ import annotations

from vestibule.judge.bench import Bench
from vestibule.judge.check import EVERYBODY, Topic, check
from vestibule.judge.wire import AT_ONCE

TOPIC = Topic(140, "At the same moment")


@check(
    "R38",
    "R74",
    roles=EVERYBODY,
    means="Two cycles of an identity provider at once make two accounts of one person.",
)
async def one_of_many_creates(bench: Bench) -> None:
    """Of several POSTs of one userName at the same moment exactly one succeeds, and the others get 409."""
    body = bench.specimens.user()
    answers = await bench.at_once(bench.post(bench.users, body) for _ in range(AT_ONCE))
    statuses = sorted(answer.status for answer in answers)
    wrong = [answer for answer in answers if answer.status not in (201, 409)][:1]
    shown = wrong or answers[:2]
    told = ", ".join(str(status) for status in statuses)
    bench.expect(
        statuses == [201] + [409] * (AT_ONCE - 1), shown, f"201 once and 409 {AT_ONCE - 1} times", told
    )


@check(
    "R82",
    "R151",
    needs=("Group", "patch"),
    roles=EVERYBODY,
    means="People are missing in a group although each change was confirmed; nobody will send it again.",
)
async def no_member_is_lost(bench: Bench) -> None:
    """Members added at the same moment, each acknowledged, are all there."""
    first, *people = await bench.people(AT_ONCE + 1)
    group = await bench.group(first)
    answers = await bench.at_once(
        bench.patch(group.path, {"op": "add", "path": "members", "value": [{"value": one.id}]})
        for one in people
    )
    done = {one.id for one, answer in zip(people, answers, strict=True) if answer.status in (200, 204)}
    shown = await bench.get(group.path)
    found = {str(one.get("value")) for one in shown.document.get("members") or ()}
    bench.expect(
        done <= found,
        [answers[0], shown],
        f"all {len(done)} members that were acknowledged",
        f"{len(found & done)} of them",
    )
    refused = [answer for answer in answers if answer.status not in (200, 204)]
    bench.expect(not refused, refused[:1], "each of them acknowledged")


@check(
    "R82",
    needs=("patch",),
    means="One of two changes disappears although both were confirmed.",
)
async def no_change_is_lost(bench: Bench) -> None:
    """Changes of different attributes of one person at the same moment, each acknowledged, all hold."""
    names = [
        name
        for name in ("displayName", "nickName", "title", "userType", "locale")
        if bench.kind("User").declares(name)
    ]
    made = await bench.user()
    values = {name: "en-GB" if name == "locale" else f"{bench.prefix} {name}" for name in names}
    answers = await bench.at_once(
        bench.patch(made.path, {"op": "replace", "path": name, "value": value})
        for name, value in values.items()
    )
    shown = await bench.get(made.path)
    for (name, value), answer in zip(values.items(), answers, strict=True):
        if answer.status in (200, 204) and shown.document.get(name) != value:
            bench.fault((answer, shown), f"{name} {value!r}", f"{shown.document.get(name)!r}")
