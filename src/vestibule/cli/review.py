"""People who existed before and wait for somebody to say: link, or keep apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.output import done, say, show_rows
from vestibule.cli.tenant import TenantArgument
from vestibule.cli.tenant_room import TenantRoom, in_tenant
from vestibule.refused import Refused

if TYPE_CHECKING:
    from vestibule.directory.resource import Resource
    from vestibule.directory.story import Review

app = typer.Typer(help="People who existed before and wait for somebody to say: link, or keep apart.")

ReviewArgument = Annotated[str, typer.Argument(metavar="ID", help="As `vestibule review list` shows it.")]
PersonOption = Annotated[
    str | None,
    typer.Option(
        metavar="PERSON", help="Which candidate, where there are several: id, userName or e-mail address."
    ),
]

_COLUMNS = {
    "id": "ID",
    "userName": "ASKED FOR",
    "who": "EXISTED BEFORE",
    "matchedBy": "SAME",
    "askedAt": "SINCE",
    "outcome": "ANSWER",
}


class ReviewRefused(Refused):
    """No such review, or it is not clear which candidate is meant."""


@app.command("list")
def list_reviews(
    ctx: typer.Context,
    tenant: TenantArgument,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were answered.")] = False,
) -> None:
    """Who waits: the name the identity provider sent, and the people who existed before that it may mean."""

    async def work(room: TenantRoom) -> list[dict[str, Any]]:
        reviews = await room.log.reviews(room.tenant.id, closed=everything)
        return [await _record(room, review) for review in reviews]

    rows = in_tenant(ctx, tenant, work)
    for row in rows:
        row["who"] = [one["userName"] or one["id"] for one in row["candidates"]]
    show_rows(ctx, rows, _COLUMNS, nothing="Nobody waits for review.")


@app.command()
def link(
    ctx: typer.Context, tenant: TenantArgument, review: ReviewArgument, person: PersonOption = None
) -> None:
    """Say that the person asked for is the one who existed before; the identity provider's next try takes them over."""

    async def work(room: TenantRoom) -> dict[str, Any]:
        from vestibule.directory.request import Link  # noqa: PLC0415

        entry = await _entry(room, review)
        chosen = await _chosen(room, entry, person)
        if chosen is None:
            raise ReviewRefused(
                f"The review {entry.id} has {len(entry.candidates)} candidates, and one person is meant. Name them with "
                f"--person: {', '.join([c.user_name or c.id for c in await _candidates(room, entry)])}."
            )
        reason = await room.carry_out(Link(entry.id, chosen.id), entry.connection)
        return {
            "id": entry.id,
            "outcome": "linked",
            "person": chosen.id,
            "userName": entry.user_name,
            "reason": reason,
        }

    record = in_tenant(ctx, tenant, work)
    done(ctx, f"Linked: {record['userName']} is the person {record['person']} who existed before.", record)
    say("The identity provider's next try succeeds; in Okta: Dashboard → Tasks → Retry.")


@app.command("keep-apart")
def keep_apart(
    ctx: typer.Context, tenant: TenantArgument, review: ReviewArgument, person: PersonOption = None
) -> None:
    """Say that these are different people: whoever existed before stays untouched."""

    async def work(room: TenantRoom) -> dict[str, Any]:
        from vestibule.directory.request import KeepApart  # noqa: PLC0415

        entry = await _entry(room, review)
        chosen = await _chosen(room, entry, person)
        answer = (
            KeepApart(entry.id, chosen.id)
            if chosen
            else KeepApart(entry.id, entry.candidates[0], from_all=True)
        )
        reason = await room.carry_out(answer, entry.connection)
        return {
            "id": entry.id,
            "outcome": "kept_apart",
            "person": chosen.id if chosen else None,
            "userName": entry.user_name,
            "reason": reason,
        }

    record = in_tenant(ctx, tenant, work)
    whom = f"the person {record['person']}" if record["person"] else "all candidates"
    done(ctx, f"Kept apart: {record['userName']} is somebody else than {whom}.", record)


async def _entry(room: TenantRoom, id: str) -> Review:
    """The review of that id; the last part of the link in the refusal is understood too."""
    wanted = id.rstrip("/").rpartition("/")[2]
    for review in await room.log.reviews(room.tenant.id, closed=True):
        if review.id == wanted:
            return review
    raise ReviewRefused(
        f"There is no review {wanted!r} in tenant {room.tenant.slug!r}. `vestibule review list {room.tenant.slug}` "
        "shows who waits."
    )


async def _chosen(room: TenantRoom, entry: Review, word: str | None) -> Resource | None:
    """The candidate meant: the one named, or the only one; None where there are several and none is named."""
    candidates = await _candidates(room, entry)
    if word is None:
        return candidates[0] if len(entry.candidates) == 1 and candidates else None
    wanted = word.casefold()
    for candidate in candidates:
        if wanted in (candidate.id, candidate.user_name, candidate.email):
            return candidate
    listed = ", ".join(candidate.user_name or candidate.id for candidate in candidates)
    raise ReviewRefused(f"{word!r} is no candidate of the review {entry.id}; these are: {listed}.")


async def _candidates(room: TenantRoom, entry: Review) -> list[Resource]:
    from vestibule.directory.facts import ById  # noqa: PLC0415

    keys = [ById("User", id, entry.connection) for id in entry.candidates]
    facts = await room.directory.facts(room.tenant.id, keys)
    return [facts[key] for key in keys if facts[key] is not None]


async def _record(room: TenantRoom, review: Review) -> dict[str, Any]:
    known = {person.id: person for person in await _candidates(room, review)}
    evidence = dict(review.evidence or {})
    return {
        "id": review.id,
        "userName": review.user_name,
        "candidates": [_candidate(id, known.get(id)) for id in review.candidates],
        "reason": review.reason,
        "matchedBy": evidence.get("matched_by"),
        "domainsHeld": evidence.get("domains_held", []),
        "domainsProven": evidence.get("domains_proven", []),
        "request": evidence.get("request"),
        "connection": room.connection_name(review.connection),
        "askedAt": review.asked_at,
        "outcome": review.outcome,
        "closedAt": review.closed_at,
        "person": review.user_id or None,
    }


def _candidate(id: str, person: Resource | None) -> dict[str, Any]:
    document = person.document() if person else {}
    return {
        "id": id,
        "userName": document.get("userName"),
        "email": person.email if person else None,
        "displayName": document.get("displayName"),
        "state": person.state.value if person else None,
    }
