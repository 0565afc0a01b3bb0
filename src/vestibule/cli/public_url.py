"""The public URL of the links that commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from vestibule.cli.database import settings_of, with_store

if TYPE_CHECKING:
    from vestibule.settings import Settings
    from vestibule.stores.receiving import ReceivingStore
    from vestibule.tenancy.store import TenancyStore


async def public_url_of(settings: Settings, tenancy: TenancyStore) -> str:
    """The setting, else where ``vestibule serve`` listens or last did, else where it would."""
    return settings.public_url or await tenancy.listening_url() or f"http://{settings.host}:{settings.port}"


def public_url(ctx: typer.Context) -> str:
    """The same for a command that has closed its store."""
    settings = settings_of(ctx)

    async def work(store: ReceivingStore) -> str:
        return await public_url_of(settings, store.tenancy)

    return settings.public_url or with_store(ctx, work)
