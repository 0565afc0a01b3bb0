"""The story: what came, which rule decided and why, what changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.logged import slug_of
from vestibule.cli.output import asked, print_json, say
from vestibule.cli.tenant_room import room_of
from vestibule.cli.told import print_entry, print_request, role_lines
from vestibule.refused import Refused

if TYPE_CHECKING:
    from vestibule.directory.resource import Resource
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.web.tenant_room import TenantRoom

app = typer.Typer()

_REQUEST = re.compile(r"(?:.*/r/)?([0-9a-f]{24}(?::\d{1,4}(?::mended)?)?)/?")


class NobodyMeant(Refused):
    """The word fits no request and nobody, or several people."""


@app.command()
def explain(
    ctx: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="PERSON|REQUEST-ID",
            help="An id, userName or e-mail address (or a group's id or name); or a request number, "
            "as in X-Request-Id and at the end of every error's text. The whole link is fine too.",
        ),
    ],
    tenant: Annotated[str | None, typer.Option(metavar="TENANT", help="Look in this tenant only.")] = None,
) -> None:
    """The story of a person or of one request: what came, which rule decided and why, what changed."""
    settings = settings_of(ctx)

    async def work(store: ReceivingStore) -> dict[str, Any]:
        numbered = _REQUEST.fullmatch(subject.strip())
        if numbered:
            return await _request_story(store, numbered[1])
        desk = desk_over(store)
        tenants = [await desk.tenant(tenant)] if tenant else await desk.store.tenants()
        rooms = [await room_of(store, desk, one, settings) for one in tenants]
        room, resource = await _the_one(rooms, subject)
        return await _resource_story(room, resource)

    story = with_store(ctx, work)
    if asked(ctx).json:
        print_json(story)
    elif "timeline" in story:
        _print_resource(story)
    else:
        print_request(story, tenant=story["tenant"] or "none: nobody was let in")
        if story["subjectId"] and story["subjectType"] == "User":
            say(f"\nAll of this person's story: vestibule explain {story['subjectId']}")


async def _request_story(store: ReceivingStore, id: str) -> dict[str, Any]:
    from vestibule.directory.logged import events_caused_by, request_numbered, reviews_asked_by  # noqa: PLC0415
    from vestibule.directory.telling import told_request  # noqa: PLC0415

    request = await request_numbered(store.log, id)
    events = await events_caused_by(store.log, request)
    reviews = await reviews_asked_by(store.log, request)
    return {
        "tenant": await slug_of(store, request.tenant),
        **told_request(request, events),
        "reviews": [{"id": review.id, "outcome": review.outcome} for review in reviews],
    }


async def _resource_story(room: TenantRoom, resource: Resource) -> dict[str, Any]:
    from vestibule.directory.telling import role_reason, timeline  # noqa: PLC0415

    story = await room.log.story_of(room.tenant.id, resource.id)
    document = await room.rendered(resource)
    return {
        "tenant": room.tenant.slug,
        "type": resource.type,
        "id": resource.id,
        "name": document.get("userName") or document.get("displayName"),
        "state": resource.state.value,
        "active": resource.active,
        "access": resource.access.value,
        "role": resource.role,
        "roleExplanation": role_reason(story),
        "resource": document,
        "timeline": timeline(story),
    }


async def _the_one(rooms: list[TenantRoom], word: str) -> tuple[TenantRoom, Resource]:
    found = [(room, resource) for room in rooms for resource in await _meant(room, word)]
    if len(found) == 1:
        return found[0]
    if not found:
        where = f"tenant {rooms[0].tenant.slug!r}" if len(rooms) == 1 else f"any of {len(rooms)} tenants"
        raise NobodyMeant(
            f"{word!r} is no id, userName, e-mail address or group name in {where}, and no request number (24 of "
            "0-9 and a-f). `vestibule user list TENANT --all` shows everybody, `vestibule request list TENANT` what came."
        )
    listed = "\n".join(
        f"  vestibule explain {resource.id} --tenant {room.tenant.slug}    "
        f"{resource.document().get('userName') or resource.document().get('displayName')} ({resource.state.value})"
        for room, resource in found
    )
    raise NobodyMeant(f"{word!r} fits several. Which one?\n{listed}")


async def _meant(room: TenantRoom, word: str) -> tuple[Resource, ...]:
    from vestibule.directory.named import groups_named, people_named  # noqa: PLC0415

    people = await people_named(room.directory, room.tenant.id, room.connection, word)
    if people:
        return people
    connections = [connection.id for connection in room.connections]
    return await groups_named(room.directory, room.tenant.id, connections, word)


_STATES = {
    "managed": "is managed by the identity provider",
    "unclaimed": "existed before, and no identity provider manages them yet",
    "tombstone": "was deleted by the identity provider",
}


def _print_resource(story: dict[str, Any]) -> None:
    typer.secho(f"{story['name']} ({story['type']} {story['id']}, tenant {story['tenant']})", bold=True)
    sentence = f"{story['name']} {_STATES[story['state']]}"
    if story["type"] == "User":
        active = "active" if story["active"] else "inactive"
        sentence += f"; {active}, access {story['access']}"
    typer.echo(f"{sentence}.")
    if story["role"]:
        typer.echo(f"\nRole: {story['role']}")
        for line in role_lines(story["roleExplanation"]):
            typer.echo(f"    {line}")
    typer.echo("\nWhat happened, oldest first")
    if not story["timeline"]:
        typer.echo("    Nothing is in the log (any more).")
    for entry in story["timeline"]:
        typer.echo()
        print_entry(entry)
    say("\nOne request with what was sent and answered: vestibule explain REQUEST")
