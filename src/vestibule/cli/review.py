"""People who existed before and wait for somebody to say: link, or keep apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.output import done, say, show_rows
from vestibule.cli.tenant import TenantArgument
from vestibule.cli.tenant_room import in_tenant

if TYPE_CHECKING:
    from vestibule.web.tenant_room import TenantRoom

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


@app.command("list")
def list_reviews(
    ctx: typer.Context,
    tenant: TenantArgument,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were answered.")] = False,
) -> None:
    """Who waits: the name the identity provider sent, and the people who existed before that it may mean."""

    from vestibule.directory.reviewing import candidates_of, told_review  # noqa: PLC0415

    async def work(room: TenantRoom) -> list[dict[str, Any]]:
        reviews = await room.log.reviews(room.tenant.id, closed=everything)
        return [
            told_review(
                review,
                await candidates_of(room.directory, room.tenant.id, review),
                room.connection_name(review.connection),
            )
            for review in reviews
        ]

    rows = in_tenant(ctx, tenant, work)
    for row in rows:
        row["who"] = [one["userName"] or one["id"] for one in row["candidates"]]
    show_rows(ctx, rows, _COLUMNS, nothing="Nobody waits for review.")


@app.command()
def link(
    ctx: typer.Context, tenant: TenantArgument, review: ReviewArgument, person: PersonOption = None
) -> None:
    """Say that the person asked for is the one who existed before; the identity provider's next try takes them over."""

    from vestibule.directory.reviewing import candidates_of, link_request, review_of  # noqa: PLC0415

    async def work(room: TenantRoom) -> dict[str, Any]:
        entry = await review_of(room.log, room.tenant.id, review, room.tenant.slug)
        answer = link_request(entry, await candidates_of(room.directory, room.tenant.id, entry), person)
        change = await room.carry_out(answer, entry.connection)
        return {
            "id": entry.id,
            "outcome": "linked",
            "person": answer.user_id,
            "userName": entry.user_name,
            "reason": change.explanation.reason,
        }

    record = in_tenant(ctx, tenant, work)
    done(ctx, f"Linked: {record['userName']} is the person {record['person']} who existed before.", record)
    say("The identity provider's next try succeeds; in Okta: Dashboard → Tasks → Retry.")


@app.command("keep-apart")
def keep_apart(
    ctx: typer.Context, tenant: TenantArgument, review: ReviewArgument, person: PersonOption = None
) -> None:
    """Say that these are different people: whoever existed before stays untouched."""

    from vestibule.directory.reviewing import candidates_of, keep_apart_request, review_of  # noqa: PLC0415

    async def work(room: TenantRoom) -> dict[str, Any]:
        entry = await review_of(room.log, room.tenant.id, review, room.tenant.slug)
        answer = keep_apart_request(entry, await candidates_of(room.directory, room.tenant.id, entry), person)
        change = await room.carry_out(answer, entry.connection)
        return {
            "id": entry.id,
            "outcome": "kept_apart",
            "person": None if answer.from_all else answer.user_id,
            "userName": entry.user_name,
            "reason": change.explanation.reason,
        }

    record = in_tenant(ctx, tenant, work)
    whom = f"the person {record['person']}" if record["person"] else "all candidates"
    done(ctx, f"Kept apart: {record['userName']} is somebody else than {whom}.", record)
