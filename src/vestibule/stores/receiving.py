"""The receiving side's store: what every room keeps, behind one database URL."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

from vestibule.directory.audit_chain import AuditChain
from vestibule.directory.derivation import DerivationStore
from vestibule.directory.overview import DirectoryOverview
from vestibule.directory.store import DirectoryStore
from vestibule.directory.story import DirectoryLog
from vestibule.erasing.store import ErasureStore
from vestibule.feed.store import ConsumerStore, FeedStore, StateStore
from vestibule.linking.store import LinkingStore
from vestibule.registry import members
from vestibule.rotating import SealedStore
from vestibule.security_events.store import SecurityEventStore
from vestibule.sign_in.store import SignInStore
from vestibule.sign_on.store import SignOnStore
from vestibule.stores.url import DatabaseUrlError, without_password
from vestibule.tenancy.logos import LogoStore
from vestibule.tenancy.store import (
    ApiTokenStore,
    PromptReads,
    RepeatStore,
    SetUpLinkStore,
    SetUpStepStore,
    TenancyStore,
)
from vestibule.webhooks.gap import GapStore
from vestibule.webhooks.store import WebhookStore


class ReceivingStore(Protocol):
    """One database, answering each room's own Protocol. Bound to the loop that calls ``start``."""

    @property
    def tenancy(self) -> TenancyStore:
        """Who may come in."""
        ...

    @property
    def prompt_reads(self) -> PromptReads | None:
        """What it answers without waiting; None where every answer comes over a network."""
        ...

    @property
    def audit_chain(self) -> AuditChain:
        """The seals of the audit trail."""
        ...

    @property
    def api_tokens(self) -> ApiTokenStore:
        """Who may use the management API."""
        ...

    @property
    def repeats(self) -> RepeatStore:
        """Answers of the API kept by their idempotency keys."""
        ...

    @property
    def set_up_links(self) -> SetUpLinkStore:
        """One-time links for set-up."""
        ...

    @property
    def set_up_steps(self) -> SetUpStepStore:
        """Steps of set-up guides that were marked by hand."""
        ...

    @property
    def sign_in(self) -> SignInStore:
        """Who may use the console."""
        ...

    @property
    def logos(self) -> LogoStore:
        """Logos in the place of the profiles' own."""
        ...

    @property
    def directory(self) -> DirectoryStore:
        """People and groups."""
        ...

    @property
    def derivation(self) -> DerivationStore:
        """Every row in turn, to be checked or derived anew."""
        ...

    @property
    def sign_on(self) -> SignOnStore:
        """How people come in: set-ups, sessions, attempts."""
        ...

    @property
    def linking(self) -> LinkingStore:
        """Ties to outside services, and people's accounts there."""
        ...

    @property
    def erasure(self) -> ErasureStore:
        """Every place that may speak of a person who is to be erased."""
        ...

    @property
    def sealed(self) -> SealedStore:
        """Stored secrets, to be sealed anew."""
        ...

    @property
    def log(self) -> DirectoryLog:
        """What happened: requests, events, audit entries, reviews."""
        ...

    @property
    def overview(self) -> DirectoryOverview:
        """What people in front of a screen look at."""
        ...

    @property
    def feed(self) -> FeedStore:
        """The log on its way out to the product."""
        ...

    @property
    def states(self) -> StateStore:
        """People as the product should hold them, and its answers."""
        ...

    @property
    def consumers(self) -> ConsumerStore:
        """How far each follower of the log is."""
        ...

    @property
    def webhooks(self) -> WebhookStore:
        """Where events are sent, and what came of it."""
        ...

    @property
    def gaps(self) -> GapStore:
        """Events that were forgotten before somebody they are sent to had them."""
        ...

    @property
    def security_events(self) -> SecurityEventStore:
        """What signs security event tokens, and what receivers fetch."""
        ...

    def load(self) -> tuple[int, int, int, int]:
        """Changes committed by this process, their transactions, requests waiting now, connections in use now."""
        ...

    async def schema_version(self) -> int:
        """The number of the last migration step done; 0 in a new database that was opened without migrating."""
        ...

    async def start(self) -> None:
        """Open and migrate. Unavailable where the database is locked for too long."""
        ...

    async def stop(self) -> None:
        """Write what is buffered, close everything."""
        ...


def open_receiving_store(
    url: str,
    *,
    schema: str = "vestibule",
    migrates: bool = True,
    waiting: Callable[[float], None] | None = None,
    appends_apart: bool = False,
) -> ReceivingStore:
    """The store for that URL, not started yet: each package of this folder names its ``SCHEMES``.

    ``appends_apart``: where one process writes at a time, new people are written by one of their own.

    DatabaseUrlError where none takes it.
    """
    scheme = url.partition("://")[0]
    for package, schemes in members(
        "vestibule.stores", "SCHEMES", third_parties=False, folders_only=True
    ).items():
        if scheme in schemes:
            room = import_module(f"vestibule.stores.{package}.receiving")
            opened = room.open_store(
                url, schema=schema, migrates=migrates, waiting=waiting, appends_apart=appends_apart
            )
            return cast(ReceivingStore, opened)
    raise DatabaseUrlError(
        f"{without_password(url)!r}: no store of this installation takes {scheme}:// addresses"
    )
