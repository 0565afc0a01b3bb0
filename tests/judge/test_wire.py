"""What a run costs the server, and that nothing the server does makes it do more."""

from __future__ import annotations

import asyncio

import pytest

from tests.judge.crooked import Answer, Asked, Crooked, serving
from vestibule.judge.ledger import Ledger
from vestibule.judge.report import Outcome
from vestibule.judge.run import Assignment, NotAScimServer, judge
from vestibule.judge.wire import LONGEST_ANSWER, Limits, Stopped, Wire

BEGAN = "2026-01-02T03:04:05Z"
TOKEN = "Bearer secret-token-of-this-test"


def wire_to(address: str, **limits: float) -> Wire:
    """A wire with nothing made yet."""
    return Wire(address, TOKEN, Ledger(), Limits(**limits))  # type: ignore[arg-type]


@pytest.mark.parametrize("budget", [20, 60, 150])
async def test_no_run_costs_more_than_its_budget(budget: int) -> None:
    crooked = Crooked()
    async with serving(crooked) as address:
        report = await judge(Assignment(address, TOKEN, limits=Limits(requests=budget)), began=BEGAN)
    assert len(crooked.asked) == report.requests <= budget
    assert "--max-requests" in report.stopped
    assert report.exit_status == 1
    assert report.left == []
    assert list(crooked.people) == ["1"]


async def test_no_check_begins_after_its_time() -> None:
    async with serving(Crooked()) as address:
        report = await judge(Assignment(address, TOKEN, limits=Limits(seconds=0.0)), began=BEGAN)
    assert "--max-seconds" in report.stopped
    assert {result.outcome for result in report.results} == {Outcome.UNTRIED}


async def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else() -> None:
    elsewhere = Crooked()

    async with serving(elsewhere) as other:

        async def away(asked: Asked) -> Answer:
            return 307, b"", {"Location": f"{other}{asked.path}"}

        async with serving(Crooked(instead=away)) as address:
            with pytest.raises(NotAScimServer, match="redirects to"):
                await judge(Assignment(address, TOKEN), began=BEGAN)
    assert elsewhere.asked == []


async def test_a_server_that_stops_answering_ends_the_run() -> None:
    over = asyncio.Event()

    async def hangs(asked: Asked) -> Answer | None:
        if asked.method == "POST":
            await over.wait()
        return None

    crooked = Crooked(instead=hangs)
    async with serving(crooked) as address:
        assignment = Assignment(address, TOKEN, limits=Limits(timeout=0.2))
        report = await asyncio.wait_for(judge(assignment, began=BEGAN), 60)
        over.set()
    assert "without an answer" in report.stopped
    assert report.exit_status == 1


async def test_who_never_answers_is_no_server() -> None:
    over = asyncio.Event()

    async def hangs(asked: Asked) -> Answer | None:
        await over.wait()
        return None

    async with serving(Crooked(instead=hangs)) as address:
        with pytest.raises(NotAScimServer, match="does not answer"):
            await judge(Assignment(address, TOKEN, limits=Limits(timeout=0.1)), began=BEGAN)
        over.set()


@pytest.mark.parametrize(
    ("status", "body", "kind", "sentence"),
    [
        (200, b"<html>Sign in</html>", "text/html", "There is no SCIM server at"),
        (404, b"<html>Not found</html>", "text/html", "There is no SCIM server at"),
        (401, b"{}", "application/json", "The token is not accepted"),
    ],
)
async def test_what_is_no_scim_server_is_refused_in_words(
    status: int, body: bytes, kind: str, sentence: str
) -> None:
    async def same(asked: Asked) -> Answer:
        return status, body, {"Content-Type": kind}

    async with serving(Crooked(instead=same)) as address:
        with pytest.raises(NotAScimServer, match=sentence):
            await judge(Assignment(address, TOKEN), began=BEGAN)


async def test_an_endless_answer_is_cut_off() -> None:
    async def endless(asked: Asked) -> Answer:
        return 200, b"x" * (LONGEST_ANSWER + 1), {}

    async with serving(Crooked(instead=endless)) as address:
        wire = wire_to(address)
        exchange = await wire.send("GET", "/Users")
        await wire.close()
    assert exchange.status == 0
    assert "longer than 8 MiB" in exchange.failure


async def test_too_many_requests_are_waited_for() -> None:
    waits = iter(["0", "0"])

    async def busy(asked: Asked) -> Answer | None:
        wait = next(waits, None)
        return None if wait is None else (429, b"", {"Retry-After": wait})

    crooked = Crooked(instead=busy)
    async with serving(crooked) as address:
        wire = wire_to(address)
        exchange = await wire.send("GET", "/Users")
        await wire.close()
    assert exchange.status == 200
    assert wire.requests == len(crooked.asked) == 3


async def test_at_most_eight_are_under_way() -> None:
    now, most = 0, 0

    async def counted(asked: Asked) -> Answer | None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        return None

    async with serving(Crooked(instead=counted)) as address:
        wire = wire_to(address)
        await asyncio.gather(*(wire.send("GET", "/Users") for _ in range(30)))
        await wire.close()
    assert most == 8


async def test_the_budget_counts_before_the_request_is_sent() -> None:
    crooked = Crooked()
    async with serving(crooked) as address:
        wire = wire_to(address, requests=6)
        await wire.send("GET", "/Users")
        await wire.send("GET", "/Users")
        with pytest.raises(Stopped, match="6 requests"):
            await wire.send("GET", "/Users")
        await wire.close()
    assert len(crooked.asked) == 2  # four are kept back for the cleaning
