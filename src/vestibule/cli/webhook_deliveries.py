"""``vestibule webhook test``, ``deliveries`` and ``resend``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.output import asked, done, print_json, say, show_rows
from vestibule.cli.webhook_desk import at_deliveries, at_webhooks, say_gaps

if TYPE_CHECKING:
    from vestibule.tenancy.desk import Desk
    from vestibule.webhooks.attempt import Held
    from vestibule.webhooks.deliveries import Happened
    from vestibule.webhooks.desk import WebhookDesk
    from vestibule.webhooks.gap import Gap

_Endpoint = Annotated[str, typer.Argument(metavar="ENDPOINT", help="Its id: we_…, or st_… of a stream.")]
_LIMIT = 100


def test(ctx: typer.Context, endpoint: _Endpoint) -> None:
    """Send a signed test event now, and say what came back. Exit 1 where it was not taken."""
    from vestibule.webhooks.deliveries import send_test  # noqa: PLC0415

    async def work(desk: WebhookDesk, _: Desk) -> Happened:
        return await send_test(desk, await desk.endpoint(endpoint))

    happened = at_webhooks(ctx, work)
    attempt = happened.attempt
    came = attempt.fault or f"It answered {attempt.status} after {attempt.milliseconds} ms."
    done(ctx, f"{'Taken.' if happened.taken else 'Not taken.'} {came}", _record(happened))
    if attempt.answer and not asked(ctx).json:
        say(attempt.answer)
    if not happened.taken:
        raise typer.Exit(1)


def deliveries(
    ctx: typer.Context,
    endpoint: _Endpoint,
    event: Annotated[int | None, typer.Option(metavar="SEQ", help="Only attempts for this event.")] = None,
    dead: Annotated[
        bool, typer.Option("--dead", help="The dead letters: events that were given up.")
    ] = False,
    waiting: Annotated[bool, typer.Option("--waiting", help="The events that are held back.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = _LIMIT,
) -> None:
    """What was tried, newest first, with the answers; or the dead letters. What was forgotten before is said beside it."""
    from vestibule.webhooks.attempt import HeldState  # noqa: PLC0415
    from vestibule.webhooks.deliveries import history  # noqa: PLC0415

    async def tried(desk: WebhookDesk, _: Desk) -> tuple[list[dict[str, Any]], Sequence[Gap]]:
        meant = await desk.endpoint(endpoint)
        found = await history(desk, meant, event=event, limit=limit)
        return [_record(one) for one in found], (await desk.gaps.gaps([meant.id])).get(meant.id, ())

    async def held(desk: WebhookDesk, _: Desk) -> list[dict[str, Any]]:
        state = HeldState.DEAD if dead else HeldState.WAITING
        found = await desk.store.held(await desk.endpoint(endpoint), state, limit=limit)
        return [_held_record(one) for one in found]

    if dead or waiting:
        columns = {"event": "EVENT", "subject": "ABOUT", "attempts": "ATTEMPTS", "next": "NEXT ATTEMPT"}
        show_rows(ctx, at_deliveries(ctx, held), columns, nothing="There is none.")
        return
    columns = {
        "at": "AT",
        "event": "EVENT",
        "type": "TYPE",
        "taken": "TAKEN",
        "status": "STATUS",
        "milliseconds": "MS",
        "attempt": "ATTEMPT",
        "fault": "WHY",
        "answer": "ANSWER",
    }
    rows, gaps = at_deliveries(ctx, tried)
    show_rows(ctx, rows, columns, nothing="Nothing was sent yet.")
    say_gaps(gaps)


def resend(
    ctx: typer.Context,
    endpoint: _Endpoint,
    event: Annotated[int | None, typer.Option(metavar="SEQ", help="This event.")] = None,
    first: Annotated[
        int | None, typer.Option("--from", metavar="SEQ", help="All events from this one …")
    ] = None,
    last: Annotated[
        int | None, typer.Option("--to", metavar="SEQ", help="… up to this one; else up to now.")
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="All events since then: 2026-01-31 or 2026-01-31T08:00:00Z.")
    ] = "",
    dead: Annotated[bool, typer.Option("--dead", help="The dead letters.")] = False,
) -> None:
    """Send again: one event, a range, all since a moment, or the dead letters. The server does it, in order."""
    from vestibule.security_events.errors import NotResent  # noqa: PLC0415
    from vestibule.webhooks.deliveries import (  # noqa: PLC0415
        first_event_since,
        resend_dead,
        resend_event,
        resend_range,
    )
    from vestibule.webhooks.endpoint import POLL  # noqa: PLC0415

    asked_for = [event is not None, first is not None, bool(since), dead]
    if asked_for.count(True) != 1:
        raise typer.BadParameter("say one of --event, --from, --since, --dead")
    moment = _moment(since) if since else ""

    async def work(desk: WebhookDesk, _: Desk) -> str:
        found = await desk.endpoint(endpoint)
        if event is not None:
            await resend_event(desk, found, event)
            return f"Event {event} is sent again."
        if dead:
            return f"{await resend_dead(desk, found)} dead letters are sent again."
        if found.kind == POLL:
            raise NotResent(found.id)
        begin = await first_event_since(desk.log, moment) if since else first or 1
        end = last or await desk.store.last_event()
        await resend_range(desk, found, begin, end)
        return f"The events from {begin} to {end} are sent again."

    sentence = at_deliveries(ctx, work)
    if asked(ctx).json:
        print_json({"endpoint": endpoint, "said": sentence})
    else:
        typer.echo(sentence)


def _moment(text: str) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time: 2026-01-31 or 2026-01-31T08:00:00Z") from None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _record(happened: Happened) -> dict[str, Any]:
    attempt = happened.attempt
    return {
        "at": attempt.at,
        "event": attempt.event,
        "type": attempt.type,
        "taken": happened.taken,
        "status": attempt.status,
        "milliseconds": attempt.milliseconds,
        "attempt": attempt.number,
        "fault": attempt.fault,
        "answer": attempt.answer,
    }


def _held_record(held: Held) -> dict[str, Any]:
    return {
        "event": held.event,
        "subject": held.subject.partition("/")[2],
        "state": held.state.value,
        "attempts": held.attempts,
        "next": held.due,
    }
