"""What the API asks of the sending side: whoever wires it hands one in. ``vestibule.sending`` says what each promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from vestibule.provisioning.application import Application
from vestibule.provisioning.connector import CredentialsTest, Exchange
from vestibule.provisioning.desk import Desk
from vestibule.provisioning.drift import Drift
from vestibule.provisioning.importing import Import
from vestibule.provisioning.report import Progress, RunReport
from vestibule.provisioning.store import ProvisioningStore
from vestibule.provisioning.worker import Worker


class Engine(Protocol):
    """The same functions that the command line calls."""

    @property
    def store(self) -> ProvisioningStore: ...

    def desk(self, actor: str) -> Desk: ...

    def clock(self) -> datetime: ...

    def declared_sources(self) -> Sequence[str]: ...

    def offered_source(self, name: str) -> Any: ...

    async def prepare_import(self, declared: Any, *, share: float | None = None) -> Import: ...

    def uploaded(self, files: Mapping[str, bytes], name: str = "") -> Any: ...

    async def prepare_upload(self, upload: Any) -> Import: ...

    async def test(self, application: Application) -> CredentialsTest: ...

    async def refresh(self, application: Application) -> list[Drift]: ...

    async def check_unplanned(self, application: Application) -> None: ...

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
