"""What follows from the documents anew, row by row: what a store must offer for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vestibule.directory.change import ResourceWrite
from vestibule.directory.resource import Resource
from vestibule.scim.frozen import frozen


@frozen
class Derivable:
    """A resource, and the folding that its columns were made with."""

    resource: Resource
    fold_version: str


@frozen
class Collision:
    """A person whose userName, folded anew, is somebody else's: they keep the column they had."""

    id: str
    user_name: str


@frozen
class Progress:
    """How far a tenant's rows are derived anew. ``target`` names the profile version and the folding."""

    target: str
    #: The id of the last row that was looked at; "" before the first.
    after: str
    looked: int
    renewed: int
    started_at: str
    ended_at: str | None = None
    collisions: tuple[Collision, ...] = ()


class DerivationStore(Protocol):
    """Every row of a tenant, in small steps. ``Unavailable`` as other stores raise it."""

    async def rows_after(self, tenant: int, after: str, limit: int) -> Sequence[Derivable]:
        """The rows whose ids come next after ``after``, of every type and state, tombstones too; () where none is left."""
        ...

    async def progress(self, tenant: int) -> Progress | None:
        """How far it came last, None where nothing was ever derived anew."""
        ...

    async def renew(self, tenant: int, writes: Sequence[ResourceWrite], progress: Progress) -> Progress:
        """Replace what follows from the documents, and keep ``progress``, in one transaction; the progress kept.

        A row that is no longer at ``expected_version`` was written anew by somebody else, and is left
        alone. A folded userName that another person has becomes a collision, added to the progress;
        that row keeps the column it had. Neither version nor ``modified`` moves. With ``ended_at`` the
        tenant is *derived* as ``target`` says (``Tenant.derived``).
        """
        ...
