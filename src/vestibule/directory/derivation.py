"""What follows from the documents anew, row by row: what a store must offer for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vestibule.directory.resource import Resource
from vestibule.scim.frozen import frozen


@frozen
class Derivable:
    """A resource, and the folding that its columns were made with."""

    resource: Resource
    fold_version: str


class DerivationStore(Protocol):
    """Every row of a tenant, in small steps. ``Unavailable`` as other stores raise it."""

    async def rows_after(self, tenant: int, after: str, limit: int) -> Sequence[Derivable]:
        """The rows whose ids come next after ``after``, of every type and state, tombstones too; () where none is left."""
        ...
