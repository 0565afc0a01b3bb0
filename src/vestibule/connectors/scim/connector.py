"""All abilities of the SCIM connector for one application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx2

from vestibule.connectors.http import TIMEOUT_SECONDS
from vestibule.connectors.scim.client import ScimClient
from vestibule.connectors.scim.credentials import test_credentials
from vestibule.connectors.scim.groups import GroupsByPatch, GroupsByPut, GroupSequences
from vestibule.connectors.scim.rate import Rate
from vestibule.connectors.scim.users import ByPatch, ByPut, UserSequences, random_password
from vestibule.provisioning.application import Application, Mode, Operation, connection_of
from vestibule.provisioning.connector import CredentialsTest, Exchange, NotUnderstood, Pacing
from vestibule.provisioning.service_limits import NO_LIMITS, ServiceLimits

_PAGE = 100


class ScimConnector(UserSequences, GroupSequences):
    """``vestibule.provisioning.connector.Connector`` over SCIM 2.0.

    Raises Refused for an application without a connection.
    """

    def __init__(
        self,
        application: Application,
        *,
        connections: int = 8,
        transport: httpx2.AsyncBaseTransport | None = None,
        new_password: Callable[[], str] = random_password,
        pace: Pacing | None = None,
        watch: Callable[[Exchange], None] | None = None,
        timeout: float = TIMEOUT_SECONDS,
        headers: Mapping[str, str] | None = None,
        limits: ServiceLimits = NO_LIMITS,
        writes: Rate | None = None,
        reads: Rate | None = None,
    ) -> None:
        self._application = application
        self._limits = limits
        client = ScimClient(
            application,
            connection_of(application),
            connections=connections,
            transport=transport,
            pace=pace,
            watch=watch,
            timeout=timeout,
            headers=headers,
            limits=limits,
            writes=writes,
            reads=reads,
        )
        by_put = application.mode is Mode.PUT
        UserSequences.__init__(
            self,
            client,
            ByPut() if by_put else ByPatch(),
            faithful=application.as_okta,
            new_password=new_password,
            sends_password=application.as_okta or Operation.PASSWORD in application.operations,
            limits=limits,
        )
        groups_by_put = by_put and limits.group_put
        GroupSequences.__init__(self, client, GroupsByPut() if groups_by_put else GroupsByPatch())
        self._client = client

    async def test_credentials(self) -> CredentialsTest:
        """Two constant reads (W5); a wizard app asks for groups only where it pushes them (W6)."""
        groups = self._application.mode is Mode.PATCH or self._application.pushes_groups
        return await test_credentials(self._client, groups=groups)

    def users(self) -> AsyncIterator[dict[str, Any]]:
        """Everybody the application holds, in pages of 100 (W53)."""
        return self._import("Users")

    def groups(self) -> AsyncIterator[dict[str, Any]]:
        """Every group the application holds."""
        return self._import("Groups")

    @property
    def replaces_members(self) -> bool:
        """Whether a whole membership can be said at once."""
        return self._limits.replaces_members or (
            self._application.mode is Mode.PUT and self._limits.group_put
        )

    @property
    def members_at_once(self) -> int:
        """How many membership changes one request may have."""
        return min(self._application.member_batch, self._limits.members_per_patch)

    async def close(self) -> None:
        await self._client.close()

    async def _import(self, endpoint: str) -> AsyncIterator[dict[str, Any]]:
        """Okta goes on at the previous start plus 100, whatever came (W55); otherwise at what did come.

        A list that ends before what it promised is no list: whoever is missing is not gone.
        """
        start, came = 1, 0
        size = min(_PAGE, self._limits.page_size)
        while True:
            page = await self._client.page(endpoint, start, size)
            total = page.get("totalResults")
            if not isinstance(total, int):
                raise NotUnderstood(f"Import {endpoint}: totalResults is no number.")
            resources = page.get("Resources") or []
            for resource in resources:
                yield resource
            came += len(resources)
            start += size if self._application.as_okta else len(resources)
            if start > total:
                return
            if not resources:
                raise NotUnderstood(
                    f"Import {endpoint}: {total} were promised and {came} came. Nobody is taken for gone."
                )
