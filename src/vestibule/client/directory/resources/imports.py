"""The directory read from a source: what it would change is looked at before it counts."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that cannot be imported; the others can."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportShown:
    """An import that does not count yet."""

    id: str
    #: reading, ready or failed
    state: str
    #: The files, or the source.
    origin: str
    #: The source's own name.
    source: str
    by: str
    began: str
    #: Why nothing came of it; empty where something did.
    fault: str
    #: How much of each kind it would change.
    counts: dict[str, int]
    #: What would be gone, where that is more than the safeguard lets pass.
    safeguard: str
    fault_count: int
    #: The first 200.
    faults: list[RowFault]


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """One line of what an import would change."""

    #: joins, comes back, changes, leaves, new, gone or members
    what: str
    #: person or group
    kind: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Imported:
    """How much of each kind was changed."""

    counts: dict[str, int]


class Imports:
    """The directory read from a source: what it would change is looked at before it counts."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def sources(self, *, count: int = 100) -> Iterator[str]:
        """The sources that this server offers, by name."""
        return self._carrier.items(Ask("GET", "/sources", page_of(str), query={"count": count}))

    def begin(
        self,
        *,
        files: dict[str, str] | None = None,
        source: str | None = None,
        name: str = "",
        idempotency_key: str | None = None,
    ) -> ImportShown:
        """Begin to read a source. Nothing counts before it is confirmed; ask for it until it is ready."""
        answer: ImportShown = self._carrier.call(
            Ask(
                "POST",
                "/imports",
                ImportShown,
                body={"files": dict(files or {}), "source": source, "name": name},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def list(self, *, count: int = 100) -> Iterator[ImportShown]:
        """Imports that are being read, or wait for confirmation; a server remembers the last four."""
        return self._carrier.items(Ask("GET", "/imports", page_of(ImportShown), query={"count": count}))

    def show(self, id: str) -> ImportShown:
        """One import: whether it is read, and how much it would change."""
        answer: ImportShown = self._carrier.call(
            Ask("GET", "/imports/{id}", ImportShown, path_values={"id": id})
        )
        return answer

    def drop(self, id: str, *, idempotency_key: str | None = None) -> None:
        """Forget it. Nothing was imported."""
        self._carrier.call(
            Ask("DELETE", "/imports/{id}", None, path_values={"id": id}, idempotency_key=idempotency_key)
        )

    def changes(self, id: str, *, count: int = 100) -> Iterator[ChangeShown]:
        """What it would change: joiners, movers and leavers, then groups."""
        return self._carrier.items(
            Ask(
                "GET",
                "/imports/{id}/changes",
                page_of(ChangeShown),
                path_values={"id": id},
                query={"count": count},
            )
        )

    def confirm(
        self, id: str, *, accept_leavers: bool = False, idempotency_key: str | None = None
    ) -> Imported:
        """Let it count. What it changes is sent to the applications by whatever sends."""
        answer: Imported = self._carrier.call(
            Ask(
                "POST",
                "/imports/{id}/confirm",
                Imported,
                path_values={"id": id},
                body={"accept_leavers": accept_leavers},
                idempotency_key=idempotency_key,
            )
        )
        return answer


class AsyncImports:
    """The directory read from a source: what it would change is looked at before it counts."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def sources(self, *, count: int = 100) -> AsyncIterator[str]:
        """The sources that this server offers, by name."""
        return self._carrier.items(Ask("GET", "/sources", page_of(str), query={"count": count}))

    async def begin(
        self,
        *,
        files: dict[str, str] | None = None,
        source: str | None = None,
        name: str = "",
        idempotency_key: str | None = None,
    ) -> ImportShown:
        """Begin to read a source. Nothing counts before it is confirmed; ask for it until it is ready."""
        answer: ImportShown = await self._carrier.call(
            Ask(
                "POST",
                "/imports",
                ImportShown,
                body={"files": dict(files or {}), "source": source, "name": name},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def list(self, *, count: int = 100) -> AsyncIterator[ImportShown]:
        """Imports that are being read, or wait for confirmation; a server remembers the last four."""
        return self._carrier.items(Ask("GET", "/imports", page_of(ImportShown), query={"count": count}))

    async def show(self, id: str) -> ImportShown:
        """One import: whether it is read, and how much it would change."""
        answer: ImportShown = await self._carrier.call(
            Ask("GET", "/imports/{id}", ImportShown, path_values={"id": id})
        )
        return answer

    async def drop(self, id: str, *, idempotency_key: str | None = None) -> None:
        """Forget it. Nothing was imported."""
        await self._carrier.call(
            Ask("DELETE", "/imports/{id}", None, path_values={"id": id}, idempotency_key=idempotency_key)
        )

    def changes(self, id: str, *, count: int = 100) -> AsyncIterator[ChangeShown]:
        """What it would change: joiners, movers and leavers, then groups."""
        return self._carrier.items(
            Ask(
                "GET",
                "/imports/{id}/changes",
                page_of(ChangeShown),
                path_values={"id": id},
                query={"count": count},
            )
        )

    async def confirm(
        self, id: str, *, accept_leavers: bool = False, idempotency_key: str | None = None
    ) -> Imported:
        """Let it count. What it changes is sent to the applications by whatever sends."""
        answer: Imported = await self._carrier.call(
            Ask(
                "POST",
                "/imports/{id}/confirm",
                Imported,
                path_values={"id": id},
                body={"accept_leavers": accept_leavers},
                idempotency_key=idempotency_key,
            )
        )
        return answer
