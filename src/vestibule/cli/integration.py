"""Slack and Google Workspace: connect a workspace, and see whose account is linked there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from vestibule.cli.database import settings_of, with_store
from vestibule.cli.desk import desk_over, operator
from vestibule.cli.output import asked, done, print_json, say, show_one, show_rows
from vestibule.cli.public_url import public_url_of
from vestibule.cli.tenant import TenantArgument

if TYPE_CHECKING:
    from vestibule.linking.connecting import Connecting, Offered
    from vestibule.linking.linked_account import LinkedAccount
    from vestibule.linking.service_connection import ServiceConnection
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.desk import Desk

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="Slack and Google Workspace: connect a workspace, and see whose account is linked.",
)

ServiceArgument = Annotated[str, typer.Argument(metavar="SERVICE", help="slack or google.")]

_LABELS = {
    "service": "Service",
    "state": "State",
    "changedBy": "By",
    "changedAt": "Since",
    "reason": "Because",
    "notBefore": "Asked again at",
    "workspace": "Workspace",
    "connectedBy": "Connected by",
    "connectedAt": "Connected at",
    "lastFullAt": "Last looked at everybody",
    "progress": "Under way",
    "accounts": "Accounts",
}
_COLUMNS = {
    "service": "SERVICE",
    "state": "STATE",
    "workspace": "WORKSPACE",
    "accounts": "ACCOUNTS",
    "reason": "BECAUSE",
}
_ACCOUNTS = {
    "user": "PERSON",
    "value": "NAMED",
    "state": "STATE",
    "member": "FOUND",
    "since": "SINCE",
    "reason": "BECAUSE",
}


@app.command("list")
def list_integrations(ctx: typer.Context, tenant: TenantArgument) -> None:
    """The services that the tenant's product has, and how each one stands."""

    async def work(store: ReceivingStore, desk: Desk) -> list[dict[str, Any]]:
        found = await desk.tenant(tenant)
        profile = await desk.profile_of(found)
        connected = {one.service: one for one in await store.linking.connections(found.id)}
        return [
            await _told(store, connected[name])
            if name in connected
            else {"service": name, "state": "not connected", "accounts": {}}
            for name in profile.services
        ]

    show_rows(ctx, _at_desk(ctx, work), _COLUMNS, nothing="The product names no accounts at other services.")


@app.command()
def show(ctx: typer.Context, tenant: TenantArgument, service: ServiceArgument) -> None:
    """One service: the workspace, who connected it, and how many accounts are in each state."""

    async def work(store: ReceivingStore, desk: Desk) -> dict[str, Any] | None:
        found = await store.linking.connection((await desk.tenant(tenant)).id, service)
        return await _told(store, found) if found else None

    told = _at_desk(ctx, work)
    show_one(ctx, told or {"service": service, "state": "not connected"}, _LABELS)


@app.command()
def connect(
    ctx: typer.Context,
    tenant: TenantArgument,
    service: ServiceArgument,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            exists=True,
            dir_okay=False,
            help="Google: the JSON key of a service account with domain-wide delegation, in place of a consent.",
        ),
    ] = None,
    acting_as: Annotated[
        str, typer.Option("--acting-as", metavar="EMAIL", help="The administrator that the key acts as.")
    ] = "",
) -> None:
    """Print the address of the service's consent page: open it as an administrator of the workspace."""
    if key_file is not None:
        _connect_by_key(ctx, tenant, service, key_file.read_text("utf-8", "replace"), acting_as)
        return

    async def work(store: ReceivingStore, desk: Desk) -> str:
        found = await desk.tenant(tenant)
        profile = await desk.profile_of(found)
        return await (await _connecting(ctx, store)).begin(found.id, profile, service, operator())

    address = _at_desk(ctx, work)
    if asked(ctx).json:
        print_json({"url": address})
        return
    typer.echo(address)
    say(
        "Open it in a browser, as an administrator of the workspace. The page after it names the next command."
    )


def _connect_by_key(ctx: typer.Context, tenant: str, service: str, key: str, acting_as: str) -> None:
    async def work(store: ReceivingStore, desk: Desk) -> Offered:
        found = await desk.tenant(tenant)
        profile = await desk.profile_of(found)
        connecting = await _connecting(ctx, store)
        return await connecting.with_key(found.id, profile, service, operator(), key, acting_as)

    offered = _at_desk(ctx, work)
    workspace, other = offered.workspace, offered.differs_from
    told = {"workspace": workspace.name, "grantedBy": offered.granted_by, "code": offered.code}
    if asked(ctx).json:
        print_json(told | {"differsFrom": other.name if other else None})
        return
    say(f"The key opens the workspace {workspace.name}, as {offered.granted_by}.")
    if other is not None:
        say(f"This is another workspace than before: until now {other.name} was connected.")
    say("Is it the right one? Then keep it, within ten minutes:")
    typer.echo(f"vestibule integration confirm {service} {offered.code}")


@app.command()
def confirm(
    ctx: typer.Context,
    service: ServiceArgument,
    code: Annotated[str, typer.Argument(metavar="CODE", help="As the page after the consent shows it.")],
) -> None:
    """Keep a connection that was granted; everybody's account is looked up from now on."""

    async def work(store: ReceivingStore, desk: Desk) -> dict[str, Any]:
        return await _told(store, await (await _connecting(ctx, store)).confirm(service, code, operator()))

    told = _at_desk(ctx, work)
    done(ctx, f"Connected: {told['workspace']}.", told)


@app.command()
def sync(ctx: typer.Context, tenant: TenantArgument, service: ServiceArgument) -> None:
    """Look at everybody's account again, as soon as may be; a running server does it."""

    async def work(store: ReceivingStore, desk: Desk) -> None:
        found = await desk.tenant(tenant)
        await (await _connecting(ctx, store)).sync_now(found.id, service, operator())

    _at_desk(ctx, work)
    done(
        ctx,
        f"{service} is looked at again; `vestibule integration show` tells how far it is.",
        {"asked": True},
    )


@app.command()
def pause(ctx: typer.Context, tenant: TenantArgument, service: ServiceArgument) -> None:
    """Ask nothing more of the service until ``resume``; its credentials are kept."""

    async def work(store: ReceivingStore, desk: Desk) -> None:
        await (await _connecting(ctx, store)).pause((await desk.tenant(tenant)).id, service, operator())

    _at_desk(ctx, work)
    done(ctx, f"{service} is paused; `vestibule integration resume` goes on.", {"paused": True})


@app.command()
def resume(ctx: typer.Context, tenant: TenantArgument, service: ServiceArgument) -> None:
    """Go on after ``pause``: everybody's account is looked at again."""

    async def work(store: ReceivingStore, desk: Desk) -> None:
        await (await _connecting(ctx, store)).resume((await desk.tenant(tenant)).id, service, operator())

    _at_desk(ctx, work)
    done(ctx, f"{service} is connected, and looked at again.", {"resumed": True})


@app.command()
def disconnect(ctx: typer.Context, tenant: TenantArgument, service: ServiceArgument) -> None:
    """Forget the credentials, here and at the service; what was linked is shown as not connected."""

    async def work(store: ReceivingStore, desk: Desk) -> None:
        found = await desk.tenant(tenant)
        await (await _connecting(ctx, store)).disconnect(found.id, service, operator())

    _at_desk(ctx, work)
    done(ctx, f"{service} is disconnected.", {"disconnected": True})


@app.command()
def accounts(
    ctx: typer.Context,
    tenant: TenantArgument,
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="slack or google.")] = None,
    state: Annotated[
        str | None,
        typer.Option(
            help="pending, linked, not_found, deactivated, conflict, invalid, stale, not_connected."
        ),
    ] = None,
    outliving: Annotated[
        bool, typer.Option("--outliving", help="Active there although their access here has ended.")
    ] = False,
) -> None:
    """People's accounts: how each was named, what was found, and why not."""

    async def work(store: ReceivingStore, desk: Desk) -> list[dict[str, Any]]:
        found = await desk.tenant(tenant)
        rows: list[LinkedAccount] = []
        after = ""
        while page := await store.linking.accounts(
            found.id, service, state=_state(state), outliving=outliving, after=after, limit=1000
        ):
            rows += page
            if len(page) < 1000:
                break
            after = page[-1].user_id
        return [_account(row) for row in rows]

    show_rows(ctx, _at_desk(ctx, work), _ACCOUNTS, nothing="There is no such account.")


def _state(word: str | None) -> Any:
    from vestibule.linking.linked_account import LinkState  # noqa: PLC0415

    if word is None:
        return None
    try:
        return LinkState(word)
    except ValueError:
        allowed = ", ".join(LinkState)
        raise typer.BadParameter(
            f"{word!r} is no state; there are: {allowed}", param_hint="--state"
        ) from None


def _account(row: LinkedAccount) -> dict[str, Any]:
    found = f"{row.name} <{row.email}>" if row.email else row.name
    marks = [word for word, there in (("guest", row.is_guest), ("by alias", row.is_alias)) if there]
    return {
        "user": row.user_id,
        "service": row.service,
        "value": row.value,
        "state": row.state.value,
        "member": " ".join([found, *marks]) if row.member_id else "",
        "memberId": row.member_id,
        "guest": row.is_guest,
        "alias": row.is_alias,
        "active": row.is_active,
        "since": row.since,
        "checkedAt": row.checked_at,
        "seenAt": row.seen_at,
        "outlivesSince": row.outlives_since,
        "reason": row.reason,
    }


async def _told(store: ReceivingStore, one: ServiceConnection) -> dict[str, Any]:
    workspace = one.workspace
    progress = one.progress
    return {
        "service": one.service,
        "state": one.state.value,
        "changedBy": one.changed_by,
        "changedAt": one.changed_at,
        "reason": one.reason,
        "notBefore": one.not_before,
        "workspace": f"{workspace.name} ({workspace.domain})" if workspace.domain else workspace.name,
        "workspaceId": workspace.id,
        "connectedBy": one.connected_by,
        "connectedAt": one.connected_at,
        "lastFullAt": one.last_full_at,
        "lastFull": dict(one.last_full),
        "progress": f"{progress.phase}: {progress.pages} pages, {progress.members} members"
        if progress
        else None,
        "accounts": dict(await store.linking.counts(one.tenant, one.service)),
    }


def _at_desk(ctx: typer.Context, work: Callable[[ReceivingStore, Desk], Awaitable[T]]) -> T:
    async def worked(store: ReceivingStore) -> T:
        return await work(store, desk_over(store))

    return with_store(ctx, worked)


async def _connecting(ctx: typer.Context, store: ReceivingStore) -> Connecting:
    import os  # noqa: PLC0415

    from vestibule.clock import utc_clock  # noqa: PLC0415
    from vestibule.key_ring import KeyRing, new_key  # noqa: PLC0415
    from vestibule.linking.connecting import Connecting  # noqa: PLC0415
    from vestibule.services import services_of  # noqa: PLC0415

    settings = settings_of(ctx)

    async def keys() -> KeyRing:
        text = settings.keys.get_secret_value()
        return KeyRing.from_text(text or await store.tenancy.kept_key("secrets", new_key()))

    public_url = await public_url_of(settings, store.tenancy)
    return Connecting(store.linking, services_of(settings), keys, utc_clock(), os.urandom, lambda: public_url)
