"""Access tokens: ask for one, issue, list, rotate, revoke."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.desk import at_desk, operator
from vestibule.cli.output import asked, done, print_json, say, show_rows
from vestibule.cli.tenant import TenantArgument

if TYPE_CHECKING:
    from vestibule.tenancy.access_tokens import Issued
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Tenant
    from vestibule.tenancy.token import Token

app = typer.Typer(help="Access tokens: ask for one, issue, list, rotate, revoke.")

_LIFETIME = re.compile(r"(\d+)([smhd]?)")
_UNITS = {"": "days", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}

ExpiresIn = Annotated[
    str, typer.Option("--expires-in", metavar="D", help="Days (or 12h, 30m, 90s), or never.")
]
TokenArguments = Annotated[
    list[str],
    typer.Argument(metavar="[TENANT] TOKEN", help="The token's id, its name, or the token itself."),
]


@app.command()
def request(
    ctx: typer.Context,
    tenant: TenantArgument,
    note: Annotated[str, typer.Option(help="What the operators should know.")] = "",
) -> None:
    """Ask for a token on a customer's behalf; the request waits in the operators' queue."""
    from vestibule.tenancy.access_tokens import request_token  # noqa: PLC0415

    async def work(desk: Desk) -> tuple[int, Tenant]:
        found = await desk.tenant(tenant)
        return await request_token(desk, found, asked_by=operator(), note=note), found

    number, found = at_desk(ctx, work)
    done(
        ctx,
        f"Request {number} of tenant {found.slug} waits. "
        f"To answer it: vestibule token issue {found.slug} --for {number}",
        {"request": number, "tenant": found.slug},
    )


@app.command()
def requests(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Show answered ones too.")] = False,
) -> None:
    """The queue of token requests, oldest first."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [
            {
                "request": asked_for.id,
                "tenant": asked_for.tenant_slug,
                "askedAt": asked_for.asked_at,
                "askedBy": asked_for.asked_by,
                "note": asked_for.note,
                "token": asked_for.token,
                "answeredAt": asked_for.answered_at,
            }
            for asked_for in await desk.store.token_requests(answered=everything)
        ]

    columns = {"request": "REQUEST", "tenant": "TENANT", "askedAt": "ASKED", "askedBy": "BY", "note": "NOTE"}
    show_rows(ctx, at_desk(ctx, work), columns, nothing="No request waits.")


@app.command()
def issue(
    ctx: typer.Context,
    tenant: TenantArgument,
    answers: Annotated[
        int | None, typer.Option("--for", metavar="REQUEST", help="The request it answers.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the token is called in lists.")] = "",
    expires_in: ExpiresIn = "365",
    draft: Annotated[bool, typer.Option("--draft", help="Leave provisioning as it is.")] = False,
) -> None:
    """Issue a token, and switch provisioning on. The token alone is printed, this once."""
    from vestibule.tenancy.access_tokens import issue_token  # noqa: PLC0415
    from vestibule.tenancy.gate import why_closed  # noqa: PLC0415

    lifetime = lifetime_of(expires_in)

    async def work(desk: Desk) -> tuple[Issued, Tenant, str | None]:
        found = await desk.tenant(tenant)
        issued = await issue_token(desk, found, name=name, lifetime=lifetime, request=answers, draft=draft)
        found = await desk.tenant(found.slug)
        return issued, found, why_closed(found, await desk.profile_of(found))

    issued, found, closed = at_desk(ctx, work)
    _hand_over(ctx, issued, found.slug)
    if closed:
        say(f"It does not open the door yet. {closed}")


@app.command("list")
def list_tokens(ctx: typer.Context, tenant: TenantArgument) -> None:
    """A tenant's tokens, newest first. Secrets are kept nowhere and cannot be shown."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        found = await desk.tenant(tenant)
        now = desk.clock()
        return [_record(token, now) for token in await desk.store.tokens(found.id)]

    columns = {
        "id": "ID",
        "name": "NAME",
        "state": "STATE",
        "created": "CREATED",
        "expires": "EXPIRES",
        "lastUsed": "LAST USED",
    }
    show_rows(ctx, at_desk(ctx, work), columns, nothing=f"No token yet: vestibule token issue {tenant}")


@app.command()
def rotate(
    ctx: typer.Context,
    token: TokenArguments,
    expires_in: ExpiresIn = "365",
    keep_old_for: Annotated[
        str,
        typer.Option(
            metavar="D", help="Let the old one live on so long (7, 12h, 30m); by default it ends at once."
        ),
    ] = "0",
) -> None:
    """Put a new token in the place of one. The new token alone is printed, this once."""
    from vestibule.tenancy.access_tokens import rotate_token  # noqa: PLC0415

    lifetime, overlap = lifetime_of(expires_in), lifetime_of(keep_old_for)

    async def work(desk: Desk) -> tuple[Issued, Token]:
        old = await _find(desk, token)
        return await rotate_token(desk, old, lifetime=lifetime, keep_old_for=overlap), old

    issued, old = at_desk(ctx, work)
    _hand_over(ctx, issued, None)
    say(f"The token {old.id} {'lives on for a while' if overlap else 'is revoked'}.")


@app.command()
def revoke(ctx: typer.Context, token: TokenArguments) -> None:
    """End a token for good; the next request with it is refused."""
    from vestibule.tenancy.access_tokens import revoke_token  # noqa: PLC0415

    async def work(desk: Desk) -> Token:
        found = await _find(desk, token)
        await revoke_token(desk, found)
        return found

    ended = at_desk(ctx, work)
    done(ctx, f"The token {ended.id} is revoked.", {"id": ended.id, "name": ended.name, "state": "revoked"})


async def _find(desk: Desk, words: list[str]) -> Token:
    """TOKEN, or TENANT TOKEN; a tenant alone means its only live token."""
    from vestibule.tenancy.access_tokens import find_token, only_live_token  # noqa: PLC0415
    from vestibule.tenancy.errors import UnknownToken  # noqa: PLC0415

    if len(words) > 2:
        raise typer.BadParameter("give TOKEN, or TENANT TOKEN")
    if len(words) == 2:
        return await find_token(desk, words[1], await desk.tenant(words[0]))
    try:
        return await find_token(desk, words[0])
    except UnknownToken:
        if found := await desk.store.tenants_named(words[0]):
            return await only_live_token(desk, found[0])
        raise


def _hand_over(ctx: typer.Context, issued: Issued, tenant: str | None) -> None:
    record = issued.record
    if asked(ctx).json:
        print_json(
            {"token": issued.secret, "id": record.id, "name": record.name, "expires": record.expires_at}
        )
    else:
        typer.echo(issued.secret)
    whose = f" of tenant {tenant}" if tenant else ""
    until = f"until {record.expires_at[:10]}" if record.expires_at else "without end"
    say(f"Token {record.id}{whose}, good {until}. It is not shown again: store it in a safe place.")


def _record(token: Token, now: str) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "state": token.state(now),
        "created": token.created_at,
        "expires": token.expires_at,
        "revoked": token.revoked_at,
        "lastUsed": token.last_used_at,
    }


def lifetime_of(text: str) -> timedelta | None:
    """Days unless a unit is given; None is for ever."""
    if text == "never":
        return None
    match = _LIFETIME.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is neither a number of days (or 12h, 30m, 90s) nor never")
    try:
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    except OverflowError:
        raise typer.BadParameter(f"{text!r} is too long; say never") from None
