"""Tokens of the management API: issue, list, revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vestibule.cli.database import with_store
from vestibule.cli.desk import desk_over
from vestibule.cli.output import asked, done, print_json, say, show_rows
from vestibule.cli.token import ExpiresIn, lifetime_of

if TYPE_CHECKING:
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.api_token import ApiToken
    from vestibule.tenancy.api_tokens import IssuedApiToken

app = typer.Typer(help="Tokens of the management API (/api/v1): issue, list, revoke.")

_COLUMNS = {
    "id": "ID",
    "name": "NAME",
    "state": "STATE",
    "boundTo": "BOUND TO",
    "scopes": "SCOPES",
    "created": "CREATED",
    "expires": "EXPIRES",
    "lastUsed": "LAST USED",
}


@app.command()
def issue(
    ctx: typer.Context,
    scopes: Annotated[
        list[str],
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="What it may do, such as people:read or tenants:write; * is everything, *:read all that reads. "
            "Give several. An unknown one is answered with those there are.",
        ),
    ],
    name: Annotated[str, typer.Option(help="What the audit calls it.")] = "",
    tenant: Annotated[
        str | None, typer.Option(metavar="TENANT", help="Bind it to one tenant: it sees no other.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="Bind it to the tenants of one customer account.")
    ] = None,
    expires_in: ExpiresIn = "365",
) -> None:
    """Issue an API token, for the whole installation unless it is bound. The token alone is printed, this once."""
    from vestibule.tenancy.api_tokens import issue_api_token  # noqa: PLC0415

    if tenant is not None and account is not None:
        raise typer.BadParameter("--tenant and --account exclude each other")
    lifetime = lifetime_of(expires_in)

    async def work(store: ReceivingStore) -> IssuedApiToken:
        desk = desk_over(store)
        found = await desk.tenant(tenant) if tenant is not None else None
        return await issue_api_token(
            desk, store.api_tokens, scopes, name=name, account=account, tenant=found, lifetime=lifetime
        )

    issued = with_store(ctx, work)
    record = issued.record
    if asked(ctx).json:
        print_json({"token": issued.secret, **_record(record, record.created_at)})
    else:
        typer.echo(issued.secret)
    until = f"until {record.expires_at[:10]}" if record.expires_at else "without end"
    say(
        f"API token {record.id} ({record.name}) of {record.bound_to}, good {until}: {', '.join(record.scopes)}. "
        "It is not shown again: store it in a safe place."
    )


@app.command("list")
def list_tokens(ctx: typer.Context) -> None:
    """The API tokens, newest first. Secrets are kept nowhere and cannot be shown."""

    async def work(store: ReceivingStore) -> list[dict[str, Any]]:
        now = desk_over(store).clock()
        return [_record(token, now) for token in await store.api_tokens.api_tokens()]

    show_rows(
        ctx, with_store(ctx, work), _COLUMNS, nothing="No API token yet: vestibule api-token issue --help"
    )


@app.command()
def revoke(
    ctx: typer.Context,
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, its name, or the token itself.")],
) -> None:
    """End an API token for good; the next request with it is refused."""
    from vestibule.tenancy.api_tokens import find_api_token, revoke_api_token  # noqa: PLC0415

    async def work(store: ReceivingStore) -> ApiToken:
        found = await find_api_token(store.api_tokens, token)
        await revoke_api_token(desk_over(store), store.api_tokens, found)
        return found

    ended = with_store(ctx, work)
    done(
        ctx,
        f"The API token {ended.id} ({ended.name}) is revoked.",
        {"id": ended.id, "name": ended.name, "state": "revoked"},
    )


def _record(token: ApiToken, now: str) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "state": token.state(now),
        "boundTo": token.bound_to,
        "account": token.account,
        "tenant": token.tenant_slug,
        "scopes": list(token.scopes),
        "created": token.created_at,
        "createdBy": token.created_by,
        "expires": token.expires_at,
        "revoked": token.revoked_at,
        "lastUsed": token.last_used_at,
    }
