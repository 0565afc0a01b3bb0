"""Where commands make sign-ins: the desk over the database of this call, and the link that is printed."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from vestibule.cli.database import with_store
from vestibule.cli.desk import desk_over, operator
from vestibule.cli.output import asked, print_json, say
from vestibule.cli.public_url import public_url
from vestibule.clock import utc_clock

if TYPE_CHECKING:
    from vestibule.sign_in.administrator import Administrator, Grant
    from vestibule.sign_in.administrators import SignInDesk
    from vestibule.stores.receiving import ReceivingStore

T = TypeVar("T")


def at_sign_in_desk(ctx: typer.Context, work: Callable[..., Awaitable[T]]) -> T:
    """What ``work`` gives, handed the desk, and the open store where it asks for one."""
    from vestibule.sign_in.administrators import SignInDesk  # noqa: PLC0415

    async def worked(store: ReceivingStore) -> T:
        desk = SignInDesk(store.sign_in, utc_clock(), secrets.token_bytes, operator())
        given: tuple[Any, ...] = (desk, store) if len(inspect.signature(work).parameters) > 1 else (desk,)
        return await work(*given)

    return with_store(ctx, worked)


async def link_of(desk: SignInDesk, one: Administrator) -> str:
    """The code of a link that lets them in once."""
    from vestibule.sign_in.administrators import issue_link  # noqa: PLC0415

    return await issue_link(desk, one)


async def grant_of(store: ReceivingStore, named: str, *, whole_account: bool = False) -> tuple[Grant, int]:
    """What an administrator of the tenant of that slug or name looks after, and the tenant's number."""
    from vestibule.sign_in.administrator import Grant  # noqa: PLC0415

    tenant = await desk_over(store).tenant(named)
    accounts = {account.name: account.id for account in await store.tenancy.accounts()}
    return Grant(accounts[tenant.account], None if whole_account else tenant.id), tenant.id


def hand_over_link(ctx: typer.Context, one: Administrator, code: str) -> None:
    """Print the link alone; what is said beside it goes to standard error."""
    link = f"{public_url(ctx)}/welcome/{code}"
    if asked(ctx).json:
        print_json({"email": one.email, "link": link})
    else:
        typer.echo(link)
    say(f"It lets {one.email} in once, within 24 hours. Hand it over where nobody else reads it.")
