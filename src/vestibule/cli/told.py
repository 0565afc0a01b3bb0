"""The story in a terminal: one request, or all that happened to a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import typer

#: So many lines of a body, and changes of one event, are shown; ``--json`` has all.
_MOST_LINES = 40
_MOST_CHANGES = 30
_INDENT = "    "


def told_moment(at: str) -> str:
    """``2026-01-02 03:04:05 UTC``."""
    return f"{at[:10]} {at[11:19]} UTC"


def role_lines(role: Mapping[str, Any] | None) -> Iterator[str]:
    """Which value was sent, which rule won, what was ignored and why."""
    if not role:
        yield "The request that decided it is no longer in the log."
        return
    if role.get("at"):
        request = f", request {role['request']}" if role.get("request") else ""
        yield f"Decided {told_moment(role['at'])}{request}."
    sent = role.get("sent") or {}
    yield "Sent: " + (
        "; ".join(f"{path} = {', '.join(values)}" for path, values in sent.items()) or "nothing about a role"
    )
    yield f"Rule: {role.get('rule')}. {role.get('why') or ''}".rstrip()
    for path, reason in (role.get("ignored") or {}).items():
        yield f"Ignored: {path} ({reason})"


def print_request(told: Mapping[str, Any], *, tenant: str, bodies: bool = True) -> None:
    """What came, which rule decided and why, what changed."""
    ok = told["status"] < 400
    typer.secho(f"{told['method']} {told['path']} → {_status(told['status'])}", bold=True)
    _print(
        ("Request", told["request"]),
        ("When", f"{told_moment(told['at'])}, answered in {told['milliseconds']} ms"),
        ("Tenant", tenant),
        ("From", _sender(told)),
        ("Query", told["query"]),
    )
    typer.echo("\nWhat was decided")
    _print(("Rule", told["rule"] or ("—" if ok else "refused at the door")), ("Why", told["reason"] or _READ))
    for note in told["notes"]:
        _print(("Note", note))
    if not ok:
        _print(("Told", _sentence(told["answer"])))
    for review in told.get("reviews", ()):
        _print_review(review, tenant)
    if told["role"]:
        typer.echo("\nThe role")
        for line in role_lines(told["role"]):
            typer.echo(f"{_INDENT}{line}")
    typer.echo("\nWhat changed")
    if told["events"]:
        for event in told["events"]:
            print_event(event)
    else:
        typer.echo(
            f"{_INDENT}Nothing." if ok else f"{_INDENT}Nothing of any person or group: it was refused."
        )
    if bodies:
        _print_body("What came", told["body"])
        _print_body("What was answered", told["answer"] if ok else None)
    if told["forgotten"]:
        typer.echo("\nThe personal values of this request were erased.")


def print_event(event: Mapping[str, Any]) -> None:
    """One event and what changed from what to what."""
    typer.echo(f"{_INDENT}{event['type']}: {event['means'] or event['subjectId']}")
    if event.get("member_id"):
        typer.echo(f"{_INDENT}{_INDENT}member {event['member_id']} ({event.get('member_type')})")
    for change in event["changes"][:_MOST_CHANGES]:
        before, after = _value(change["before"]), _value(change["after"])
        typer.echo(f"{_INDENT}{_INDENT}{change['path']}: {before} → {after}")
    if len(event["changes"]) > _MOST_CHANGES:
        typer.echo(f"{_INDENT}{_INDENT}… {len(event['changes']) - _MOST_CHANGES} more; --json has all.")
    if event["forgotten"]:
        typer.echo(f"{_INDENT}{_INDENT}The values were erased.")


def print_entry(entry: Mapping[str, Any]) -> None:
    """One entry of a person's story."""
    moment = told_moment(entry["at"])
    if entry["kind"] == "request":
        typer.secho(f"{moment}  {entry['method']} {entry['path']} → {_status(entry['status'])}", bold=True)
        _print(
            ("Request", entry["request"]),
            ("From", _sender(entry)),
            ("Rule", entry["rule"]),
            ("Why", entry["reason"]),
        )
        for note in entry["notes"]:
            _print(("Note", note))
        for line in role_lines(entry["role"]) if entry["role"] else ():
            typer.echo(f"{_INDENT}Role: {line}")
        for event in entry["events"]:
            print_event(event)
    elif entry["kind"] == "event":
        typer.secho(moment, bold=True)
        print_event(entry)
    elif entry["kind"] == "product":
        said = "has applied the state" if entry["outcome"] == "applied" else "refused the state"
        typer.secho(f"{moment}  The product ({entry['by']}) {said} {entry['version']}", bold=True)
        _print(
            ("Why", "(erased)" if entry["forgotten"] else entry["reason"]),
            ("Ended", "confirmed: sessions and keys are gone" if entry["confirmsEnd"] else ""),
        )
    else:
        typer.secho(f"{moment}  {entry['action']} by {entry['actor']}", bold=True)
        for line in role_lines(entry["role"]) if entry["role"] else ():
            typer.echo(f"{_INDENT}Role: {line}")
        for name, value in entry["details"].items():
            typer.echo(f"{_INDENT}{name}: {_value(value)}")


_READ = "It was a read: nothing was decided."


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _sender(told: Mapping[str, Any]) -> str:
    agent = told["userAgent"] or "no user agent"
    parts = [agent]
    if told["dialect"]:
        parts.append(f"read as {told['dialect']}")
    if told.get("tenant", "") is None:
        # What is kept of a token that nobody knows is what it is called by: nobody was let in with it.
        parts.append(f"let in by no token ({told['token']} came)" if told["token"] else "let in by no token")
    else:
        parts.append(f"token {told['token']}" if told["token"] else "let in by no token")
    return ", ".join(parts)


def _sentence(answer: Any) -> str:
    """What the identity provider was told: the sentence of the error."""
    return str(answer.get("detail", "")) if isinstance(answer, dict) else str(answer or "")


def _print_review(review: Mapping[str, Any], tenant: str) -> None:
    typer.echo("\nWhat to do")
    if review["outcome"] == "open":
        typer.echo(f"{_INDENT}The same person:   vestibule review link {tenant} {review['id']}")
        typer.echo(f"{_INDENT}Different people:  vestibule review keep-apart {tenant} {review['id']}")
        typer.echo(f"{_INDENT}All of a domain:   vestibule domain add {tenant} DOMAIN, once it is proven")
        typer.echo(f"{_INDENT}Then have the identity provider try again.")
    else:
        answer = "linked" if review["outcome"] == "linked" else "kept apart"
        typer.echo(f"{_INDENT}The review {review['id']} was answered since: {answer}.")


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"


def _print(*rows: tuple[str, Any]) -> None:
    for label, value in rows:
        if value:
            typer.echo(f"{_INDENT}{label:<9}{value}")


def _print_body(title: str, body: Any) -> None:
    if body is None:
        return
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
    lines = text.splitlines()
    typer.echo(f"\n{title}")
    for line in lines[:_MOST_LINES]:
        typer.echo(f"{_INDENT}{line}")
    if len(lines) > _MOST_LINES:
        typer.echo(f"{_INDENT}… {len(lines) - _MOST_LINES} more lines; --json has all.")
