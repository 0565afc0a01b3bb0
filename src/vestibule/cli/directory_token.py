"""``vestibule directory token``: tokens of the sending side's API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

from vestibule.cli.output import asked, done, print_json, say, show_rows
from vestibule.cli.sending import desk_of, with_sending

if TYPE_CHECKING:
    from vestibule.provisioning.api_token import ApiToken
    from vestibule.sending import Sending

tokens = typer.Typer(no_args_is_help=True, help="Tokens of the sending side's API: issue, list, revoke.")

_SCOPES = typer.Option(
    ..., "--scope", metavar="SCOPE", help="What it may do, as directory:read or runs:write; several times."
)


@tokens.command("issue")
def issue(
    ctx: typer.Context,
    scopes: list[str] = _SCOPES,
    name: str = typer.Option("", help="What the audit trail calls it."),
    days: int = typer.Option(365, min=0, max=36_500, help="Days until it expires; 0 never."),
) -> None:
    """Issue an API token. The token alone is printed, this once."""

    async def work(sending: Sending) -> tuple[str, ApiToken]:
        lifetime = timedelta(days=days) if days else None
        return await desk_of(sending).issue_token(sending.new_api_secret, scopes, name, lifetime)

    text, token = with_sending(ctx, work)
    if asked(ctx).json:
        print_json({"token": text, **_record(token, token.created_at)})
    else:
        typer.echo(text)
    until = f"until {token.expires_at[:10]}" if token.expires_at else "without end"
    say(
        f"API token {token.id} ({token.name}), good {until}: {', '.join(token.scopes)}. It is not shown again."
    )


@tokens.command("list")
def list_(ctx: typer.Context) -> None:
    """The API tokens, newest first. Secrets are kept nowhere and cannot be shown."""

    async def work(sending: Sending) -> list[dict[str, Any]]:
        now = sending.clock().isoformat(timespec="milliseconds")
        return [_record(token, now) for token in await sending.store.api_tokens()]

    columns = {
        "id": "Id",
        "name": "Name",
        "state": "State",
        "scopes": "Scopes",
        "expires": "Expires",
        "last_used": "Last used",
    }
    show_rows(ctx, with_sending(ctx, work), columns, nothing="No API token yet.")


@tokens.command("revoke")
def revoke(ctx: typer.Context, token: str = typer.Argument(..., help="Its id or name.")) -> None:
    """End an API token for good; the next request with it is refused."""

    async def work(sending: Sending) -> ApiToken:
        return await desk_of(sending).revoke_token(token)

    ended = with_sending(ctx, work)
    done(ctx, f"The API token {ended.id} ({ended.name}) is revoked.", {"id": ended.id, "name": ended.name})


def _record(token: ApiToken, now: str) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "state": token.state(now),
        "scopes": list(token.scopes),
        "created": token.created_at,
        "created_by": token.created_by,
        "expires": token.expires_at,
        "last_used": token.last_used_at,
    }
