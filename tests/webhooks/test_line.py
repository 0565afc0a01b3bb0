"""One endpoint's line: tables for each rule, and random lives for order, loss and what a kill leaves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from vestibule.clock import as_text
from vestibule.webhooks.attempt import Attempt, Held, HeldState
from vestibule.webhooks.backoff import DISABLED_AFTER, MOST_ATTEMPTS, OPENS_AT
from vestibule.webhooks.endpoint import Endpoint, Standing, State
from vestibule.webhooks.held_back import Due
from vestibule.webhooks.line import MOST_HELD, WIDEST, Line, Next
from vestibule.webhooks.message import Letter
from vestibule.webhooks.store import Claimed, Settled

ENDPOINT = Endpoint("we_1", 1, "https://product.test/hook", (), "", b"", State.ON, "", 0)
NOW = 1_800_000_000.0


def letter(event: int, subject: str = "") -> Letter:
    return Letter(event, 1, "user.updated", subject or f"s{event}", NOW, b"{}")


def line_with(*letters: Letter, endpoint: Endpoint = ENDPOINT, held: tuple[Held, ...] = ()) -> Line:
    line = Line(Claimed(endpoint, held))
    line.width = WIDEST
    for one in letters:
        line.take(one)
    return line


def letter_in(sent: Next) -> Letter:
    return letter(sent.event, sent.subject) if isinstance(sent, Due) else sent.letter


def send(line: Line, now: float = NOW) -> Next:
    sent = line.next(now)
    assert sent is not None
    return sent


def fail(line: Line, sent: Next, now: float = NOW, wait: float = 0.0) -> None:
    attempt = Attempt(letter_in(sent).event, "user.updated", as_text(now), 1, 500, 3, "", "")
    line.failed(sent, letter_in(sent), attempt, wait, now, lambda: 0.0)


def succeed(line: Line, sent: Next, now: float = NOW) -> None:
    line.succeeded(sent, letter_in(sent), 204, 3, now)


def settled(line: Line) -> Settled:
    found = line.take_settled()
    assert found is not None
    return found


def test_letters_about_one_resource_go_one_after_another_others_beside_them() -> None:
    line = line_with(letter(1, "a"), letter(2, "a"), letter(3, "b"))
    first, other = send(line), send(line)
    assert [letter_in(one).event for one in (first, other)] == [1, 3]
    assert line.next(NOW) is None
    succeed(line, first)
    assert letter_in(send(line)).event == 2


def test_the_place_in_the_log_moves_behind_what_is_settled_in_order() -> None:
    line = line_with(letter(1), letter(2), letter(3))
    one, two, three = send(line), send(line), send(line)
    succeed(line, three)
    succeed(line, two)
    assert settled(line).cursor == 0
    succeed(line, one)
    assert settled(line).cursor == 3


def test_a_failed_letter_is_held_back_with_those_behind_it_and_the_rest_goes_on() -> None:
    line = line_with(letter(1, "a"), letter(2, "b"), letter(3, "a"))
    first, other = send(line), send(line)
    succeed(line, other)
    fail(line, first)
    line.take(letter(4, "a"))
    told = settled(line)
    assert told.cursor == 4
    assert [(one.event, one.attempts) for one in told.held] == [(1, 1), (3, 0), (4, 0)]
    assert line.next(NOW + 4.9) is None
    again = send(line, NOW + 5)
    assert letter_in(again).event == 1
    succeed(line, again, NOW + 5)
    for event in (3, 4):
        following = send(line, NOW + 5)
        assert letter_in(following).event == event
        succeed(line, following, NOW + 5)
    assert settled(line).freed == (1, 3, 4)


def test_a_letter_is_given_up_after_ten_attempts_where_the_endpoint_takes_others() -> None:
    line = line_with(letter(1, "bad"))
    now = NOW
    for attempt in range(1, MOST_ATTEMPTS + 1):
        sent = send(line, now)
        fail(line, sent, now)
        line.take(letter(attempt + 1))
        now += 100_000
        between = line.next(now)
        if isinstance(between, Due):
            line.back_again(between)
            between = line.next(now)
        assert between is not None
        succeed(line, between, now)
    told = settled(line)
    assert [(one.event, one.state, one.attempts) for one in told.held] == [(1, HeldState.DEAD, MOST_ATTEMPTS)]
    assert line.next(now + 1e6) is None


def test_nothing_is_given_up_while_everything_fails_the_breaker_opens_instead() -> None:
    line = line_with(*(letter(event) for event in range(1, 30)))
    now, tries = NOW, 0
    while not line.disabled:
        sent = line.next(now)
        if sent is None:
            now += 60
            if line.behind and line.room():
                for event in range(line.own.position + 1, 30):
                    line.take(letter(event))
                    if not line.room():
                        break
            continue
        fail(line, sent, now)
        tries += 1
    assert now - NOW >= DISABLED_AFTER
    assert tries < 200
    told = settled(line)
    assert {one.state for one in told.held} == {HeldState.WAITING}
    assert told.disabled
    assert [event.type for event in told.told] == ["webhook.failing", "webhook.disabled"]


def test_while_the_breaker_is_open_little_is_held_in_memory() -> None:
    line = line_with(*(letter(event) for event in range(1, 50)))
    for _ in range(OPENS_AT):
        fail(line, send(line))
    assert line.is_open
    assert line.pending == 0
    assert line.behind
    assert line.next(NOW) is None
    told = settled(line)
    assert told.cursor == OPENS_AT
    assert len(told.held) == OPENS_AT


def test_when_it_recovers_everything_that_failed_is_due_at_once() -> None:
    line = line_with(*(letter(event) for event in range(1, 6)))
    for _ in range(OPENS_AT):
        fail(line, send(line))
    later = NOW + 4000
    for expected in range(OPENS_AT):
        sent = send(line, later)
        assert letter_in(sent).event == expected + 1
        succeed(line, sent, later)
    assert not line.is_open


def test_failing_is_told_once_and_recovery_too() -> None:
    line = line_with(*(letter(event) for event in range(1, 20)))
    now = NOW
    for _ in range(12):
        while (sent := line.next(now)) is None:
            now += 30
            for event in range(line.own.position + 1, 20):
                line.take(letter(event))
        fail(line, sent, now)
    while (sent := line.next(now)) is None:
        now += 30
    succeed(line, sent, now)
    assert [event.type for event in settled(line).told] == ["webhook.failing", "webhook.recovered"]


def test_retry_after_holds_for_the_whole_endpoint_whatever_else_succeeds() -> None:
    line = line_with(letter(1), letter(2), letter(3))
    first, second = send(line), send(line)
    fail(line, first, wait=60)
    succeed(line, second)
    assert line.next(NOW + 59) is None
    assert line.wakes_at() == NOW + 60
    assert line.next(NOW + 60) is not None


def test_gone_disables_and_loses_nothing() -> None:
    line = line_with(letter(1, "a"), letter(2, "a"), letter(3))
    sent = send(line)
    attempt = Attempt(1, "user.updated", as_text(NOW), 1, 410, 3, "", "")
    line.gone(sent, letter_in(sent), attempt, NOW)
    told = settled(line)
    assert "410" in told.disabled
    assert told.cursor == 2  # 1 and 2 are held back, 3 is read again
    assert [one.event for one in told.held] == [1, 2]
    assert line.next(NOW + 1e9) is None


def test_an_endpoint_that_has_too_much_held_back_is_read_no_further() -> None:
    line = line_with(letter(1, "a"))
    fail(line, send(line))
    for event in range(2, MOST_HELD + 1):
        line.take(letter(event, "a"))
    assert line.room() == 0
    assert line.wakes_at() == NOW + 5


def test_one_letter_at_a_time_until_the_endpoint_has_shown_that_it_answers() -> None:
    line = Line(Claimed(ENDPOINT))
    for event in range(1, 40):
        line.take(letter(event))
    under_way = []
    for expected in (1, 2, 4, 8, 8):
        while (sent := line.next(NOW)) is not None:
            under_way.append(sent)
        assert len(under_way) == expected
        succeed(line, under_way.pop())
    fail(line, under_way.pop())
    while under_way:
        succeed(line, under_way.pop(0))
        line.width = 1
    assert line.next(NOW) is not None
    assert line.next(NOW) is None


def reborn(told: Settled | None, standing: Standing, held: dict[int, Held], cursor: int) -> Line:
    endpoint = replace(ENDPOINT, cursor=cursor, standing=standing)
    return Line(Claimed(endpoint, tuple(one for one in held.values() if one.state is HeldState.WAITING)))


@settings(max_examples=300, deadline=None)
@given(
    subjects=st.lists(st.sampled_from("abcde"), min_size=1, max_size=40),
    moves=st.lists(
        st.tuples(
            st.sampled_from(["read", "send", "send", "take", "take", "fail", "write", "kill", "wait"]),
            st.integers(0, 7),
        ),
        max_size=120,
    ),
)
def test_whatever_happens_each_resource_comes_in_order_and_nothing_is_lost(
    subjects: list[str], moves: list[tuple[str, int]]
) -> None:
    log = [letter(event, subject) for event, subject in enumerate(subjects, 1)]
    cursor, held, standing = 0, dict[int, Held](), Standing()
    line, flying, now = reborn(None, standing, held, cursor), list[Next](), NOW
    taken: list[int] = []
    since_birth: dict[str, int] = defaultdict(int)

    def write() -> None:
        nonlocal cursor, standing
        told = line.take_settled()
        if told is None:
            return
        assert told.cursor >= cursor
        cursor, standing = told.cursor, told.standing
        for row in told.held:
            held[row.event] = row
        for event in told.freed:
            held.pop(event, None)
        missing = {one.event for one in log[:cursor]} - set(taken) - set(held)
        assert not missing, "the place in the log passed what was neither taken nor held back"

    def take(sent: Next) -> None:
        came = letter_in(sent)
        assert came.event > since_birth[came.subject], "out of order"
        since_birth[came.subject] = came.event
        taken.append(came.event)
        succeed(line, sent, now)

    for move, which in moves:
        match move:
            case "read":
                for one in log[line.own.position : line.own.position + min(line.room(), which + 1)]:
                    line.take(one)
            case "send" if (sent := line.next(now)) is not None:
                flying.append(sent)
            case "take" if flying:
                take(flying.pop(which % len(flying)))
            case "fail" if flying:
                fail(line, flying.pop(which % len(flying)), now)
            case "write":
                write()
            case "kill":
                line, flying = reborn(None, standing, held, cursor), []
                since_birth.clear()
            case "wait":
                now += 10**which / 10
    for _ in range(2000):
        if line.own.position >= len(log) and line.wakes_at() == float("inf") and not flying:
            break
        now = max(now, line.wakes_at()) if line.wakes_at() != float("inf") else now
        while line.room() and line.own.position < len(log):
            line.take(log[line.own.position])
        while (sent := line.next(now)) is not None:
            flying.append(sent)
        while flying:
            take(flying.pop(0))
        line.behind = line.own.position < len(log)
    write()
    dead = {event for event, row in held.items() if row.state is HeldState.DEAD}
    assert set(taken) | dead >= {one.event for one in log} or line.disabled
    assert line.disabled or cursor == len(log)
