"""The sending side's store: directory, applications and jobs, behind one database URL of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

from vestibule.key_ring import KeyRing
from vestibule.provisioning.store import ProvisioningStore
from vestibule.registry import members
from vestibule.stores.url import DatabaseUrlError


class SendingStore(ProvisioningStore, Protocol):
    """A ProvisioningStore that is opened and closed. Bound to the loop that calls ``start``."""

    async def start(self) -> None:
        """Open and migrate. Unavailable where the database is locked for too long."""
        ...

    async def stop(self) -> None:
        """Write what was asked for, close everything."""
        ...


def open_sending_store(
    url: str,
    keys: KeyRing | None = None,
    *,
    migrates: bool = True,
    waiting: Callable[[float], None] | None = None,
) -> SendingStore:
    """The store for that URL, not started yet: each package of this folder names its ``SCHEMES``.

    ``keys`` seals tokens; without it a key file beside the database is used. DatabaseUrlError
    where no store takes the URL.
    """
    scheme = url.partition("://")[0]
    for package, schemes in members("vestibule.stores", "SCHEMES", third_parties=False).items():
        if scheme in schemes:
            room = import_module(f"vestibule.stores.{package}.provisioning")
            return cast(SendingStore, room.open_store(url, keys, migrates=migrates, waiting=waiting))
    raise DatabaseUrlError(f"{url!r}: no store of this installation takes {scheme}:// addresses")
