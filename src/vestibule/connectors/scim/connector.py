"""All abilities of the SCIM connector for one application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx2

from vestibule.connectors.http import TIMEOUT_SECONDS
from vestibule.connectors.scim.client import ScimClient
from vestibule.connectors.scim.credentials import test_credentials
from vestibule.connectors.scim.groups import GroupsByPatch, GroupsByPut, GroupSequences
from vestibule.connectors.scim.users import ByPatch, ByPut, UserSequences, random_password
from vestibule.provisioning.application import Application, Mode, connection_of
from vestibule.provisioning.connector import CredentialsTest, Exchange, NotUnderstood, Pacing

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
    ) -> None:
        self._application = application
        client = ScimClient(
            application,
            connection_of(application),
            connections=connections,
            transport=transport,
            pace=pace,
            watch=watch,
            timeout=timeout,
            headers=headers,
        )
        by_put = application.mode is Mode.PUT
        UserSequences.__init__(
            self,
            client,
            ByPut() if by_put else ByPatch(),
            faithful=application.as_okta,
            new_password=new_password,
        )
        GroupSequences.__init__(self, client, GroupsByPut() if by_put else GroupsByPatch())
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

    async def close(self) -> None:
        await self._client.close()

    async def _import(self, endpoint: str) -> AsyncIterator[dict[str, Any]]:
        """Okta goes on at the previous start plus 100, whatever came (W55); otherwise at what did come.

        A list that ends before what it promised is no list: whoever is missing is not gone.
        """
        start, came = 1, 0
        while True:
            page = await self._client.page(endpoint, start, _PAGE)
            total = page.get("totalResults")
            if not isinstance(total, int):
                raise NotUnderstood(f"Import {endpoint}: totalResults is no number.")
            resources = page.get("Resources") or []
            for resource in resources:
                yield resource
            came += len(resources)
            start += _PAGE if self._application.as_okta else len(resources)
            if start > total:
                return
            if not resources:
                raise NotUnderstood(
                    f"Import {endpoint}: {total} were promised and {came} came. Nobody is taken for gone."
                )
