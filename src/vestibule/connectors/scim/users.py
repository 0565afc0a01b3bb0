"""The sequences for users, by mode: a catalogue app activates by PATCH, a wizard app by PUT."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from vestibule.connectors.scim.client import ScimClient
from vestibule.connectors.scim.shape import shaped
from vestibule.provisioning.connector import AlreadyThere, Counterpart, NotUnderstood, UserToSend
from vestibule.provisioning.service_limits import NO_LIMITS, ServiceLimits

_USERS = "Users"
_PASSWORD_LENGTH = 8
_PASSWORD_SIGNS = string.ascii_letters + string.digits


class Activation(Protocol):
    """How a mode makes users active and inactive.

    ``echoes``: Okta sends the profile of a user it has just linked twice (W28).
    """

    echoes: ClassVar[bool]

    async def activate(self, client: ScimClient, id: str, found: dict[str, Any]) -> None:
        """Before the profile is sent; ``found`` is the resource as the lookup gave it."""
        ...

    async def deactivate(self, client: ScimClient, id: str) -> None: ...

    def in_profile(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body of the PUT that follows an assignment."""
        ...


class ByPatch:
    """Catalogue app: ``replace`` without path, an object, a real truth value (W39, W40)."""

    echoes: ClassVar[bool] = False

    async def activate(self, client: ScimClient, id: str, found: dict[str, Any]) -> None:
        if found.get("active") is not True:
            await self._say(client, id, True, "activate user")

    async def deactivate(self, client: ScimClient, id: str) -> None:
        await self._say(client, id, False, "deactivate user")

    def in_profile(self, body: dict[str, Any]) -> dict[str, Any]:
        return body

    async def _say(self, client: ScimClient, id: str, active: bool, doing: str) -> None:
        await client.patch(_USERS, id, [{"op": "replace", "value": {"active": active}}], doing)


class ByPut:
    """Wizard app: the GET answer echoed with ``active`` set (W28, W29, W44)."""

    echoes: ClassVar[bool] = True

    async def activate(self, client: ScimClient, id: str, found: dict[str, Any]) -> None:
        return None

    async def deactivate(self, client: ScimClient, id: str) -> None:
        body = await client.get(_USERS, id, "deactivate user")
        await client.put(_USERS, id, {**body, "active": False}, "deactivate user")

    def in_profile(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "active": True}


def random_password() -> str:
    """What Okta makes up for every new user (W23)."""
    return "".join(secrets.choice(_PASSWORD_SIGNS) for _ in range(_PASSWORD_LENGTH))


class UserSequences:
    """``vestibule.provisioning.connector.ProvisionsUsers`` over SCIM."""

    def __init__(
        self,
        client: ScimClient,
        activation: Activation,
        *,
        faithful: bool,
        new_password: Callable[[], str] = random_password,
        sends_password: bool | None = None,
        limits: ServiceLimits = NO_LIMITS,
    ) -> None:
        self._limits = limits
        self._sends_password = faithful if sends_password is None else sends_password
        self._client = client
        self._activation = activation
        self._faithful = faithful
        self._new_password = new_password

    async def assign(self, user: UserToSend, known_id: str = "") -> Counterpart:
        attribute, value = user.lookup
        found = await self._client.find(_USERS, attribute, value)
        if len(found) > 1:
            raise NotUnderstood(
                f"Create user {user.user_name}: the lookup found {len(found)} users; one at most may match."
            )
        if not found:
            return await self._create(user)
        id = str(found[0].get("id") or "")
        if not id:
            raise NotUnderstood(f"Link user {user.user_name}: the user that was found has no id.")
        await self._activation.activate(self._client, id, found[0])
        await self._send_profile(id, user, assigning=True)
        if self._faithful and self._activation.echoes and not known_id:
            await self._send_profile(id, user, assigning=True)
        return Counterpart(id, found=True)

    async def _create(self, user: UserToSend) -> Counterpart:
        """A POST. Unlike Okta, look once more where it may have been done although the answer does not tell (W153)."""
        body = shaped(self._created(user), self._limits)
        try:
            return Counterpart(await self._client.post(_USERS, body, f"create user {user.user_name}"))
        except (AlreadyThere, NotUnderstood) as failure:
            if self._faithful:
                raise
            found = await self._find_again(user)
            if len(found) != 1 or not found[0].get("id"):
                raise
            id = str(found[0]["id"])
            if isinstance(failure, NotUnderstood):
                return Counterpart(id)
        await self._activation.activate(self._client, id, found[0])
        await self._send_profile(id, user, assigning=True)
        return Counterpart(id, found=True)

    async def _find_again(self, user: UserToSend) -> list[dict[str, Any]]:
        """By what it was looked up by, then by the user name and the externalId."""
        for attribute, value in (user.lookup, ("userName", user.user_name), ("externalId", user.own_id)):
            if found := await self._client.find(_USERS, attribute, value):
                return found
        return []

    async def update(self, external_id: str, user: UserToSend) -> None:
        await self._send_profile(external_id, user, assigning=False)

    async def deactivate(self, external_id: str) -> None:
        await self._activation.deactivate(self._client, external_id)

    async def delete(self, external_id: str) -> None:
        await self._client.delete(_USERS, external_id, "delete user")

    async def _send_profile(self, id: str, user: UserToSend, *, assigning: bool) -> None:
        doing = f"update user {user.user_name}"
        answer = await self._client.get(_USERS, id, doing)
        body = user.merged(answer, faithful=self._faithful)
        if assigning:
            body = self._activation.in_profile(body)
        await self._client.put(_USERS, id, shaped(body, self._limits), doing)

    def _created(self, user: UserToSend) -> dict[str, Any]:
        """Okta adds an empty list of groups and a password for everybody; *Sync Password* the latter."""
        if self._faithful:
            return user.created(okta_password=self._new_password())
        body = user.created()
        return {**body, "password": self._new_password()} if self._sends_password else body
