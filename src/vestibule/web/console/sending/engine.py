"""What the sending side's console asks of the sending side: whoever wires it hands one in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence, Set
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from vestibule.profiles.profile import ApplicationProfile
from vestibule.provisioning.api_token import NewSecret
from vestibule.provisioning.application import Application
from vestibule.provisioning.catalogue import Catalogue
from vestibule.provisioning.connector import CredentialsTest, Exchange
from vestibule.provisioning.desk import Desk
from vestibule.provisioning.drift import Drift
from vestibule.provisioning.importing import Import
from vestibule.provisioning.report import Progress, RunReport
from vestibule.provisioning.sign_on import Comparison
from vestibule.provisioning.store import ProvisioningStore
from vestibule.provisioning.user_import import ImportedUser
from vestibule.provisioning.worker import Worker


class Engine(Protocol):
    """The same functions that the command line calls; ``vestibule.sending`` says what each promises."""

    @property
    def store(self) -> ProvisioningStore: ...

    @property
    def catalogue(self) -> Catalogue: ...

    async def profile(self, name_or_file: str) -> ApplicationProfile: ...

    def catalogue_logo(self, name: str) -> bytes: ...

    def declared_sources(self) -> Sequence[str]: ...

    def offered_source(self, name: str) -> Any: ...

    async def prepare_import(self, declared: Any, *, share: float | None = None) -> Import: ...

    def uploaded(self, files: Mapping[str, bytes], name: str = "") -> Any: ...

    async def prepare_upload(self, upload: Any) -> Import: ...

    def desk(self, actor: str) -> Desk: ...

    async def probe(self, application: Application) -> CredentialsTest: ...

    async def test(self, application: Application) -> CredentialsTest: ...

    async def compare_sign_on(self, application: Application, *, most: int = 0) -> Comparison: ...

    async def refresh(self, application: Application) -> list[Drift]: ...

    def drift(
        self, application: Application, *, mends: bool = False, seen: Callable[[int], None] = ...
    ) -> AsyncIterator[Drift]: ...

    async def mend(
        self,
        application: Application,
        desk: Desk,
        *,
        progress: Callable[[Progress], None] = ...,
        longest_wait: float = 0.0,
    ) -> tuple[list[Drift], RunReport]: ...

    async def imported_users(
        self, application: Application, seen: Callable[[int], None] = ...
    ) -> list[ImportedUser]: ...

    async def check_unplanned(self, application: Application) -> None: ...

    def new_api_secret(self) -> NewSecret: ...

    async def perform(
        self, worker: Worker, application: Application, plan_id: int, accepted: Set[str] = frozenset()
    ) -> RunReport: ...

    def worker(
        self,
        application: Application,
        *,
        progress: Callable[[Progress], None] = ...,
        longest_wait: float = 0.0,
        watch: Callable[[Exchange], None] | None = None,
    ) -> AbstractAsyncContextManager[Worker]: ...
