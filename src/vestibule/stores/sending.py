"""The sending side's store: directory, applications and jobs, behind one database URL of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

from vestibule.key_ring import KeyRing
from vestibule.provisioning.store import ProvisioningStore
from vestibule.refused import Refused
from vestibule.registry import members
from vestibule.rotating import SealedValues
from vestibule.sign_in.store import SignInStore
from vestibule.stores.url import DatabaseUrlError, without_password
from vestibule.tenancy.store import RepeatStore


class NoSendingStore(Refused):
    """The database can hold the receiving side alone."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"The sending side (directory and applications) is not offered on {package}. Keep it in a file of its "
            "own: VESTIBULE_DIRECTORY_DATABASE=sqlite:////absolute/path/directory.db"
        )


class SendingStore(ProvisioningStore, RepeatStore, Protocol):
    """A ProvisioningStore that is opened and closed. Bound to the loop that calls ``start``."""

    #: What seals tokens, between ``start`` and ``stop``.
    keys: KeyRing
    #: Directory administrators.
    sign_in: SignInStore

    async def start(self) -> None:
        """Open and migrate. Unavailable where the database is locked for too long."""
        ...

    @property
    def sealed(self) -> SealedValues:
        """Those tokens, to be sealed anew."""
        ...

    @property
    def key_file(self) -> Path | None:
        """Where the keys stand where none were given; None where they were."""
        ...

    async def stop(self) -> None:
        """Write what was asked for, close everything."""
        ...


def open_sending_store(
    url: str,
    keys: KeyRing | None = None,
    *,
    schema: str = "vestibule",
    migrates: bool = True,
    waiting: Callable[[float], None] | None = None,
) -> SendingStore:
    """The store for that URL, not started yet: each package of this folder names its ``SCHEMES``.

    ``keys`` seals tokens; without it a key file beside a database that is a file is used. ``schema``
    is the receiving side's, where a database has schemas. DatabaseUrlError where no store takes
    the URL.
    """
    scheme = url.partition("://")[0]
    for package, schemes in members(
        "vestibule.stores", "SCHEMES", third_parties=False, folders_only=True
    ).items():
        if scheme in schemes:
            if find_spec(f"vestibule.stores.{package}.provisioning") is None:
                raise NoSendingStore(package)
            room = import_module(f"vestibule.stores.{package}.provisioning")
            return cast(
                SendingStore, room.open_store(url, keys, schema=schema, migrates=migrates, waiting=waiting)
            )
    raise DatabaseUrlError(
        f"{without_password(url)!r}: no store of this installation takes {scheme}:// addresses"
    )
