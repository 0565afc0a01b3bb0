"""What Slack and Google answer on bad days, and what the connection's card says then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count, cycle

import pytest

from tests.doubles.google import user as google_user
from tests.doubles.slack import user
from tests.linking.places import ACTOR, Place
from vestibule.clock import as_text
from vestibule.linking import sync
from vestibule.linking.backoff import FIRST_SECONDS, LONGEST_ASKED_SECONDS, LONGEST_SECONDS
from vestibule.linking.linked_account import LinkState
from vestibule.linking.service_connection import ConnectionState, ServiceConnection

_JSON = {"content-type": "application/json"}
_HTML = {"content-type": "text/html"}


class _Always(list[tuple[int, dict[str, str], bytes]]):
    """One answer to everything, whoever asks."""

    def pop(self, _: object = 0) -> tuple[int, dict[str, str], bytes]:
        return self[0]


async def connection(here: Place, service: str) -> ServiceConnection:
    """As the card shows it."""
    found: ServiceConnection = await here.store.connection(here.tenant.record.id, service)
    return found


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            (429, {"retry-after": "7", **_JSON}, b'{"ok":false,"error":"ratelimited"}'),
            "7 seconds of patience",
        ),
        ((500, _HTML, b"<html>oops</html>"), "status 500 and no JSON"),
        ((200, _HTML, b"<html>sign in</html>"), "no JSON"),
        ((200, _JSON, b'{"ok":false,"error":"fatal_error"}'), "error 'fatal_error'"),
        ((200, _JSON, b'{"ok":true}'), "has no members in it"),
    ],
)
async def test_slack_is_asked_again_later(
    here: Place, answer: tuple[int, dict[str, str], bytes], says: str
) -> None:
    await here.hire("ana", slack="ana@corp.test")
    here.slack.add(user("U1", "ana@corp.test", "Ana"))
    await here.connect("slack")
    here.slack.instead.append(answer)
    await here.engine.round()
    waiting = await connection(here, "slack")
    assert waiting.state is ConnectionState.CONNECTED
    assert says in waiting.reason
    assert waiting.not_before > here.clock.text()
    await here.settle()
    assert (await here.account("ana")).state is LinkState.LINKED
    assert (await connection(here, "slack")).reason == ""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("token_revoked", "token was revoked"),
        ("token_expired", "token has ended"),
        ("not_authed", "does not accept the token"),
        ("team_access_not_granted", "may not see this workspace"),
        ("account_inactive", "was removed from the workspace"),
        ("invalid_auth", "does not accept the token"),
        ("missing_scope", "lacks the scope"),
    ],
)
async def test_a_broken_slack_connection_is_said_and_accounts_turn_stale(
    here: Place, error: str, says: str
) -> None:
    await here.hire("ana", slack="ana@corp.test")
    await here.connect("slack")
    await here.settle()
    here.slack.instead.append((200, _JSON, b'{"ok":false,"error":"%s"}' % error.encode()))
    await here.connecting.sync_now(here.tenant.record.id, "slack", ACTOR)
    await here.settle()
    broken = await connection(here, "slack")
    assert broken.state is ConnectionState.RECONNECT_NEEDED
    assert says in broken.reason
    assert (await here.account("ana")).state is LinkState.STALE
    await here.connect("slack")
    await here.settle()
    assert (await here.account("ana")).state is LinkState.NOT_FOUND


async def test_a_token_revoked_in_the_middle_of_a_run_leaves_no_half(here: Place) -> None:
    for number in range(450):
        here.slack.add(user(f"U{number:04}", f"p{number}@corp.test", f"P {number}"))
    await here.hire("ana", slack="p449@corp.test")
    await here.connect("slack")
    here.slack.limited = True
    here.slack.instead += []
    original = here.slack._list

    def list_then_break(form: dict[str, str]) -> object:
        if form.get("cursor"):
            here.slack.tokens.clear()
        return original(form)

    here.slack._list = list_then_break  # type: ignore[method-assign, assignment]
    await here.settle()
    assert (await connection(here, "slack")).state is ConnectionState.RECONNECT_NEEDED
    here.slack._list = original  # type: ignore[method-assign]
    await here.connect("slack")
    await here.settle()
    assert (await here.account("ana")).member_id == "U0449"


@pytest.mark.parametrize("service", ["slack", "google"])
@pytest.mark.parametrize(
    "cursors",
    [
        pytest.param(lambda: cycle(["again"]), id="the same cursor"),
        pytest.param(lambda: cycle("abcde"), id="a circle of five"),
        pytest.param(lambda: chain("xyz", cycle("ab")), id="a circle after a while"),
        pytest.param(lambda: map(str, count(1)), id="cursors without end"),
    ],
)
async def test_a_list_without_end_is_left_and_nothing_is_said_of_anybody(
    here: Place, service: str, cursors: Callable[[], Iterator[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "MOST_PAGES", 20)
    await here.hire("ana", **{service: "ana@corp.test"})
    await here.connect(service)
    double = getattr(here, service)
    double.cursors = cursors()
    for _ in range(5):
        await here.engine.round()
    waiting = await connection(here, service)
    assert "does not end" in waiting.reason
    assert (await here.account("ana", service)).state is LinkState.PENDING
    double.cursors = None
    await here.settle()
    assert (await here.account("ana", service)).state is LinkState.NOT_FOUND


@pytest.mark.parametrize("service", ["slack", "google"])
async def test_empty_pages_are_no_end(here: Place, service: str) -> None:
    """S11: a page may be empty while another one follows."""
    await here.hire("ana", **{service: "ana@corp.test"})
    await here.connect(service)
    empty = {
        "slack": b'{"ok":true,"members":[],"response_metadata":{"next_cursor":"0"}}',
        "google": b'{"nextPageToken":"0"}',
    }
    double = getattr(here, service)
    double.instead.append((200, _JSON, empty[service]))
    double.add(
        user("U1", "ana@corp.test", "Ana") if service == "slack" else google_user("2", "ana@corp.test", "Ana")
    )
    await here.settle()
    assert (await here.account("ana", service)).state is LinkState.LINKED


async def test_tokens_that_end_in_the_middle_of_a_run_are_renewed(here: Place) -> None:
    """Google's after an hour, Slack's by rotation: the run goes on where it was."""
    here.slack.rotates = True
    for number in range(4100):
        here.slack.add(user(f"U{number:04}", f"p{number}@corp.test", f"P {number}"))
    here.slack.limited = True
    for number in range(1600):
        here.google.add(google_user(str(number + 10), f"p{number}@corp.test", f"P {number}"))
    await here.hire("ana", slack="p4099@corp.test", google="p1599@corp.test")
    await here.connect("slack")
    await here.connect("google")
    original = here.google._list

    async def list_then_end(request: object) -> object:
        answer = await original(request)  # type: ignore[arg-type]
        if here.google.calls["list"] == 2:
            here.google.tokens.clear()
        return answer

    here.google._list = list_then_end  # type: ignore[method-assign, assignment]
    while not here.slack.refused["users.list"]:
        await here.engine.round()
    here.slack.tokens.clear()
    here.clock.now += 11 * 3600
    here.google._list = original  # type: ignore[method-assign]
    await here.settle()
    for service, pages in (("slack", 21), ("google", 4)):
        assert (await connection(here, service)).last_full["pages"] == pages
        assert (await here.account("ana", service)).state is LinkState.LINKED


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "userRateLimitExceeded"),
        (403, "quotaExceeded"),
        (429, "rateLimitExceeded"),
        (503, "backendError"),
        (500, ""),
        (200, "<html>"),
        (400, "<html>"),
        (200, "[]"),
    ],
)
async def test_google_is_asked_again_later(here: Place, status: int, reason: str) -> None:
    await here.hire("ana", google="ana@corp.test")
    await here.connect("google")
    is_odd = reason.startswith(("<", "["))
    body = reason if is_odd else f'{{"error":{{"code":{status},"errors":[{{"reason":"{reason}"}}]}}}}'
    here.google.instead.append((status, _HTML if is_odd else _JSON, body.encode()))
    await here.engine.round()
    told = (await connection(here, "google")).reason
    assert ("Google answered with" if is_odd else "patience") in told
    assert "<" not in told
    await here.settle()
    assert (await here.account("ana", "google")).state is LinkState.NOT_FOUND


@pytest.mark.parametrize("service", ["slack", "google"])
@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
async def test_a_service_that_fails_is_left_alone_for_twice_as_long_each_time(
    here: Place, service: str, chance: float
) -> None:
    """G12: between half of the doubled wait and all of it, an hour at most; what is answered begins anew."""
    here.engine._chance = lambda: chance
    await here.connect(service)
    double = getattr(here, service)
    double.instead = _Always([(503, _JSON, b"{}")])
    for failures in range(1, 13):
        before = here.clock.now
        await here.engine.round()
        waiting = await connection(here, service)
        assert waiting.failures == failures
        here.clock.now += 0.01
        await here.engine.round()
        assert await connection(here, service) == waiting, "it is left alone"
        while here.clock.text() < waiting.not_before:
            here.clock.now += 0.25
        whole = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (failures - 1))
        assert abs(here.clock.now - before - whole * (0.5 + chance / 2)) < 0.5
    double.instead = []
    await here.settle()
    assert (await connection(here, service)).failures == 0
    double.instead = _Always([(503, _JSON, b"{}")])
    await here.connecting.sync_now(here.tenant.record.id, service, ACTOR)
    await here.engine.round()
    assert (await connection(here, service)).failures == 1


async def test_how_long_a_service_asks_for_is_obeyed_and_a_thousand_years_are_a_day(here: Place) -> None:
    for service, name in (("slack", "Slack"), ("google", "Google")):
        await here.connect(service)
        getattr(here, service).instead.append((429, {"retry-after": "9" * 300, **_JSON}, b"{}"))
        await here.engine.round()
        waiting = await connection(here, service)
        assert waiting.not_before == as_text(here.clock.now + LONGEST_ASKED_SECONDS)
        assert waiting.reason == f"{name} asks for 999999999 seconds of patience."
        assert waiting.state is ConnectionState.CONNECTED


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("forbidden", "does not let whoever connected it read users"),
        ("insufficientPermissions", "does not let whoever connected it read users"),
        ("accessNotConfigured", "Admin SDK API is off"),
    ],
)
async def test_google_refuses_for_good(here: Place, reason: str, says: str) -> None:
    await here.connect("google")
    body = f'{{"error":{{"code":403,"errors":[{{"reason":"{reason}"}}]}}}}'
    here.google.instead.append((403, _JSON, body.encode()))
    await here.settle()
    broken = await connection(here, "google")
    assert broken.state is ConnectionState.RECONNECT_NEEDED
    assert says in broken.reason


async def test_an_access_token_that_ended_is_renewed_and_a_consent_that_ended_is_said(here: Place) -> None:
    await here.hire("ana", google="ana@corp.test")
    here.google.add(google_user("2", "ana@corp.test", "Ana"))
    await here.connect("google")
    here.google.tokens.clear()
    await here.settle()
    assert (await here.account("ana", "google")).state is LinkState.LINKED
    here.clock.now += 3600
    here.google.refresh_tokens.clear()
    await here.connecting.sync_now(here.tenant.record.id, "google", ACTOR)
    await here.settle()
    assert "Google's consent is over" in (await connection(here, "google")).reason


async def test_slacks_rotating_tokens_are_kept_before_they_are_used(here: Place) -> None:
    here.slack.rotates = True
    await here.connect("slack")
    await here.settle()
    here.slack.tokens.clear()
    [refresh] = here.slack.refresh_tokens
    here.clock.now += 11 * 3600
    await here.settle()
    assert here.slack.refresh_tokens
    assert refresh not in here.slack.refresh_tokens
    assert (await connection(here, "slack")).state is ConnectionState.CONNECTED


async def test_a_google_address_of_another_domain_is_nobody(here: Place) -> None:
    await here.connect("google")
    await here.settle()
    await here.hire("ana", google="ana@elsewhere.test")
    here.google.instead.append((403, _JSON, b'{"error":{"code":403,"errors":[{"reason":"forbidden"}]}}'))
    await here.settle()
    assert (await here.account("ana", "google")).state is LinkState.NOT_FOUND
    assert (await connection(here, "google")).state is ConnectionState.CONNECTED
