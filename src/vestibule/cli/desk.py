"""An operator's desk over the database of this call, for every command about tenants."""

from __future__ import annotations

import getpass
import os
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from vestibule.cli.database import with_store
from vestibule.clock import utc_clock

if TYPE_CHECKING:
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.desk import Desk
    from vestibule.tenancy.tenant import Tenant

T = TypeVar("T")


def at_desk(ctx: typer.Context, work: Callable[[Desk], Awaitable[T]]) -> T:
    """What ``work`` gives, handed a desk whose store is open."""

    async def worked(store: ReceivingStore) -> T:
        return await work(desk_over(store))

    return with_store(ctx, worked)


def desk_over(store: ReceivingStore) -> Desk:
    """A desk for whoever runs this command."""
    from vestibule.directory.profile_check import ProfileChecker  # noqa: PLC0415
    from vestibule.profiles.shelf import ProfileShelf  # noqa: PLC0415
    from vestibule.tenancy.desk import Desk  # noqa: PLC0415

    checker = ProfileChecker(store.directory, store.derivation)
    shelf = ProfileShelf(store.tenancy)
    return Desk(store.tenancy, shelf, utc_clock(), secrets.token_bytes, operator(), checker)


def operator() -> str:
    """Whose hand it is, for the audit: the user of this system."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"operator:{os.getuid()}"


def tenant_record(tenant: Tenant) -> dict[str, Any]:
    """A tenant as ``--json`` prints it."""
    return {
        "slug": tenant.slug,
        "name": tenant.name,
        "account": tenant.account,
        "profile": tenant.profile,
        "plan": tenant.plan,
        "provisioning": tenant.provisioning.value,
        "suspended": tenant.suspended,
        "ssoConfirmed": tenant.sso_confirmed,
        "created": tenant.created_at,
    }
