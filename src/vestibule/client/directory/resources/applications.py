"""What people are assigned to, and how they are provisioned there."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vestibule.client.calls import Ask
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.pages import page_of


@dataclass(frozen=True, slots=True)
class ApplicationShown:
    """An application. Its token is never shown."""

    name: str
    profile: str
    catalogue: str
    mode: str
    #: The SCIM base URL; empty where there is no connection.
    url: str
    #: What is ticked under *To App*.
    operations: list[str]
    username_format: str
    unique_identifier: str
    update_username: bool
    pushes_groups: bool
    enabled: bool
    sign_on: str
    sign_on_email: str
    #: Why everything has stopped; empty where nothing has.
    quarantined: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """What *Test API Credentials* found."""

    verdict: str
    sentence: str


@dataclass(frozen=True, slots=True)
class AttributeShown:
    """An attribute of the application, and what fills it."""

    variable: str
    external_name: str
    namespace: str
    expression: str
    type: str
    applies_on: str
    scope: str
    required: bool
    enum: list[str]


class Applications:
    """What people are assigned to, and how they are provisioned there."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> Iterator[ApplicationShown]:
        """All of them, in order of name."""
        return self._carrier.items(
            Ask("GET", "/applications", page_of(ApplicationShown), query={"count": count})
        )

    def add(
        self,
        *,
        name: str,
        catalogue: str = "",
        profile: str | None = None,
        url: str = "",
        token: str = "",
        username_format: str | None = None,
        unique_identifier: str = "userName",
        play: str = "",
        idempotency_key: str | None = None,
    ) -> ApplicationShown:
        """Add an application with the default mapping of its product."""
        answer: ApplicationShown = self._carrier.call(
            Ask(
                "POST",
                "/applications",
                ApplicationShown,
                body={
                    "name": name,
                    "catalogue": catalogue,
                    "profile": profile,
                    "url": url,
                    "token": token,
                    "username_format": username_format,
                    "unique_identifier": unique_identifier,
                    "play": play,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def show(self, application: str) -> ApplicationShown:
        """One application."""
        answer: ApplicationShown = self._carrier.call(
            Ask(
                "GET",
                "/applications/{application}",
                ApplicationShown,
                path_values={"application": application},
            )
        )
        return answer

    def change(
        self,
        application: str,
        *,
        operations: Sequence[Literal["create", "update", "deactivate", "password"]] | None = None,
        username_format: str | None = None,
        unique_identifier: str | None = None,
        update_username: bool | None = None,
        pushes_groups: bool | None = None,
        enabled: bool | None = None,
        idempotency_key: str | None = None,
    ) -> ApplicationShown:
        """*To App*: what is ticked, and the settings beside it."""
        answer: ApplicationShown = self._carrier.call(
            Ask(
                "PATCH",
                "/applications/{application}",
                ApplicationShown,
                path_values={"application": application},
                body={
                    "operations": operations,
                    "username_format": username_format,
                    "unique_identifier": unique_identifier,
                    "update_username": update_username,
                    "pushes_groups": pushes_groups,
                    "enabled": enabled,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def connect(
        self,
        application: str,
        *,
        url: str,
        token: str,
        header_token: bool = False,
        idempotency_key: str | None = None,
    ) -> ApplicationShown:
        """Enter URL and token, or new ones."""
        answer: ApplicationShown = self._carrier.call(
            Ask(
                "PUT",
                "/applications/{application}/connection",
                ApplicationShown,
                path_values={"application": application},
                body={"url": url, "token": token, "header_token": header_token},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def sign_on(
        self,
        application: str,
        *,
        method: str = "saml",
        saml_email: str = "",
        idempotency_key: str | None = None,
    ) -> ApplicationShown:
        """Set up Sign On, after which Provisioning of an application of the catalogue opens."""
        answer: ApplicationShown = self._carrier.call(
            Ask(
                "PUT",
                "/applications/{application}/sign-on",
                ApplicationShown,
                path_values={"application": application},
                body={"method": method, "saml_email": saml_email},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def test(self, application: str, *, idempotency_key: str | None = None) -> TestResult:
        """*Test API Credentials*. Good ones end the application's quarantine."""
        answer: TestResult = self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/test",
                TestResult,
                path_values={"application": application},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def mapping(self, application: str, *, count: int = 100) -> Iterator[AttributeShown]:
        """The attribute mapping, by variable."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/mapping",
                page_of(AttributeShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    def map(
        self,
        application: str,
        variable: str,
        *,
        expression: str | None = None,
        external_name: str | None = None,
        namespace: str | None = None,
        type: str | None = None,
        applies_on: str | None = None,
        scope: str | None = None,
        enum: Sequence[str] | None = None,
        anyway: bool = False,
        idempotency_key: str | None = None,
    ) -> AttributeShown:
        """Change what fills an attribute, or add one."""
        answer: AttributeShown = self._carrier.call(
            Ask(
                "PUT",
                "/applications/{application}/mapping/{variable}",
                AttributeShown,
                path_values={"application": application, "variable": variable},
                body={
                    "expression": expression,
                    "external_name": external_name,
                    "namespace": namespace,
                    "type": type,
                    "applies_on": applies_on,
                    "scope": scope,
                    "enum": enum,
                    "anyway": anyway,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def unmap(self, application: str, variable: str, *, idempotency_key: str | None = None) -> None:
        """Take an attribute away."""
        self._carrier.call(
            Ask(
                "DELETE",
                "/applications/{application}/mapping/{variable}",
                None,
                path_values={"application": application, "variable": variable},
                idempotency_key=idempotency_key,
            )
        )


class AsyncApplications:
    """What people are assigned to, and how they are provisioned there."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self._carrier = carrier

    def list(self, *, count: int = 100) -> AsyncIterator[ApplicationShown]:
        """All of them, in order of name."""
        return self._carrier.items(
            Ask("GET", "/applications", page_of(ApplicationShown), query={"count": count})
        )

    async def add(
        self,
        *,
        name: str,
        catalogue: str = "",
        profile: str | None = None,
        url: str = "",
        token: str = "",
        username_format: str | None = None,
        unique_identifier: str = "userName",
        play: str = "",
        idempotency_key: str | None = None,
    ) -> ApplicationShown:
        """Add an application with the default mapping of its product."""
        answer: ApplicationShown = await self._carrier.call(
            Ask(
                "POST",
                "/applications",
                ApplicationShown,
                body={
                    "name": name,
                    "catalogue": catalogue,
                    "profile": profile,
                    "url": url,
                    "token": token,
                    "username_format": username_format,
                    "unique_identifier": unique_identifier,
                    "play": play,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def show(self, application: str) -> ApplicationShown:
        """One application."""
        answer: ApplicationShown = await self._carrier.call(
            Ask(
                "GET",
                "/applications/{application}",
                ApplicationShown,
                path_values={"application": application},
            )
        )
        return answer

    async def change(
        self,
        application: str,
        *,
        operations: Sequence[Literal["create", "update", "deactivate", "password"]] | None = None,
        username_format: str | None = None,
        unique_identifier: str | None = None,
        update_username: bool | None = None,
        pushes_groups: bool | None = None,
        enabled: bool | None = None,
        idempotency_key: str | None = None,
    ) -> ApplicationShown:
        """*To App*: what is ticked, and the settings beside it."""
        answer: ApplicationShown = await self._carrier.call(
            Ask(
                "PATCH",
                "/applications/{application}",
                ApplicationShown,
                path_values={"application": application},
                body={
                    "operations": operations,
                    "username_format": username_format,
                    "unique_identifier": unique_identifier,
                    "update_username": update_username,
                    "pushes_groups": pushes_groups,
                    "enabled": enabled,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def connect(
        self,
        application: str,
        *,
        url: str,
        token: str,
        header_token: bool = False,
        idempotency_key: str | None = None,
    ) -> ApplicationShown:
        """Enter URL and token, or new ones."""
        answer: ApplicationShown = await self._carrier.call(
            Ask(
                "PUT",
                "/applications/{application}/connection",
                ApplicationShown,
                path_values={"application": application},
                body={"url": url, "token": token, "header_token": header_token},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def sign_on(
        self,
        application: str,
        *,
        method: str = "saml",
        saml_email: str = "",
        idempotency_key: str | None = None,
    ) -> ApplicationShown:
        """Set up Sign On, after which Provisioning of an application of the catalogue opens."""
        answer: ApplicationShown = await self._carrier.call(
            Ask(
                "PUT",
                "/applications/{application}/sign-on",
                ApplicationShown,
                path_values={"application": application},
                body={"method": method, "saml_email": saml_email},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def test(self, application: str, *, idempotency_key: str | None = None) -> TestResult:
        """*Test API Credentials*. Good ones end the application's quarantine."""
        answer: TestResult = await self._carrier.call(
            Ask(
                "POST",
                "/applications/{application}/test",
                TestResult,
                path_values={"application": application},
                idempotency_key=idempotency_key,
            )
        )
        return answer

    def mapping(self, application: str, *, count: int = 100) -> AsyncIterator[AttributeShown]:
        """The attribute mapping, by variable."""
        return self._carrier.items(
            Ask(
                "GET",
                "/applications/{application}/mapping",
                page_of(AttributeShown),
                path_values={"application": application},
                query={"count": count},
            )
        )

    async def map(
        self,
        application: str,
        variable: str,
        *,
        expression: str | None = None,
        external_name: str | None = None,
        namespace: str | None = None,
        type: str | None = None,
        applies_on: str | None = None,
        scope: str | None = None,
        enum: Sequence[str] | None = None,
        anyway: bool = False,
        idempotency_key: str | None = None,
    ) -> AttributeShown:
        """Change what fills an attribute, or add one."""
        answer: AttributeShown = await self._carrier.call(
            Ask(
                "PUT",
                "/applications/{application}/mapping/{variable}",
                AttributeShown,
                path_values={"application": application, "variable": variable},
                body={
                    "expression": expression,
                    "external_name": external_name,
                    "namespace": namespace,
                    "type": type,
                    "applies_on": applies_on,
                    "scope": scope,
                    "enum": enum,
                    "anyway": anyway,
                },
                idempotency_key=idempotency_key,
            )
        )
        return answer

    async def unmap(self, application: str, variable: str, *, idempotency_key: str | None = None) -> None:
        """Take an attribute away."""
        await self._carrier.call(
            Ask(
                "DELETE",
                "/applications/{application}/mapping/{variable}",
                None,
                path_values={"application": application, "variable": variable},
                idempotency_key=idempotency_key,
            )
        )
