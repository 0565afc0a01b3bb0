"""Connect, confirm, pause, disconnect: what an administrator does with a service's connection.

Connecting takes two steps after the service's own consent page: what was granted is shown (which
workspace, and whether it is another one than before), and kept only once it is confirmed (S7).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from vestibule.directory.change import AuditEntry
from vestibule.key_ring import KeyRing
from vestibule.linking.connector import ConsentRefused, KeyedService, Service
from vestibule.linking.service_connection import (
    ConnectionState,
    Consent,
    Credentials,
    Granted,
    ServiceConnection,
    Workspace,
)
from vestibule.linking.store import LinkingStore
from vestibule.profiles.profile import ApplicationProfile
from vestibule.refused import Refused

#: Codes live about ten minutes at Slack (S2); so does what we keep for them.
CONSENT_LIFETIME = timedelta(minutes=10)

_TABLE = "service_connection"

#: Why nothing newer is known of accounts while an administrator has paused the connection.
PAUSED_REASON = "Paused here; what is known of accounts is from before."
#: The same where it was disconnected.
DISCONNECTED_REASON = "Disconnected here."
#: Reasons of accounts that are in these words.
CONNECTION_SENTENCES = (PAUSED_REASON, DISCONNECTED_REASON)


class NoSuchService(Refused):
    """The product has no such service, or the operator has not set it up."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A consent that came back: shown before it is saved. ``code`` confirms it, once, within ten minutes."""

    code: str
    tenant: int
    service: str
    actor: str
    workspace: Workspace
    granted_by: str
    #: The workspace connected before, where it is another one.
    differs_from: Workspace | None
    #: The page on which it was begun and is confirmed; "" where it was begun by a command.
    back_to: str = ""


class Connecting:
    """The steps; clock (UTC text), randomness and keys are arguments."""

    def __init__(
        self,
        store: LinkingStore,
        services: Mapping[str, Service],
        keys: Callable[[], Awaitable[KeyRing]],
        clock: Callable[[], str],
        random: Callable[[int], bytes],
        public_url: Callable[[], str],
    ) -> None:
        self._store = store
        self._services = services
        self._keys = keys
        self._clock = clock
        self._random = random
        self._public_url = public_url

    def service(self, name: str, profile: ApplicationProfile) -> Service:
        """The service of that name; ``NoSuchService`` where the product names no account there, or it is not set up."""
        if name not in profile.services:
            there = ", ".join(sorted(profile.services)) or "none"
            raise NoSuchService(f"{profile.product.name} has no service {name!r}; there are: {there}.")
        service = self._services.get(name)
        if service is None:
            raise NoSuchService(
                f"{name} is not set up on this server: the operator registers it there and sets "
                f"VESTIBULE_{name.upper()}_CLIENT_ID and VESTIBULE_{name.upper()}_CLIENT_SECRET."
            )
        return service

    def redirect_uri(self, service: str) -> str:
        """What is registered at the service."""
        return f"{self._public_url()}/integrations/{service}/callback"

    def labels(self) -> dict[str, str]:
        """The services that are set up, each with its name in sentences."""
        return {name: service.label for name, service in self._services.items()}

    def client_id(self, service: str) -> str:
        """What the operator registered the service as; "" where it is not set up."""
        found = self._services.get(service)
        return found.client_id if found is not None else ""

    def why_refused(self, service: str, error: str) -> str:
        """What the consent page's own word for a refusal means, in a sentence for whoever consented."""
        known = self._services[service].why_refused(error)
        label = self._services[service].label
        return known or f"{label} did not grant access: the request was cancelled or turned down there."

    async def begin(
        self, tenant: int, profile: ApplicationProfile, service: str, actor: str, back_to: str = ""
    ) -> str:
        """The address of the service's consent page, for the administrator's browser."""
        asked = self.service(service, profile)
        state, verifier, nonce = self._secret(), self._secret(), self._secret()
        await self._keep(
            state, tenant, service, actor, {"verifier": verifier, "nonce": nonce, "back_to": back_to}
        )
        return asked.consent_url(self.redirect_uri(service), state, verifier, nonce)

    async def come_back(self, service: str, state: str, code: str) -> Offered:
        """What was granted, to be shown. ``ConsentRefused`` with the way out."""
        tenant, actor, kept = await self._take(service, state)
        if "verifier" not in kept:
            raise ConsentRefused(_OVER)
        granted = await self._services[service].granted(
            code, self.redirect_uri(service), kept["verifier"], kept["nonce"]
        )
        return await self._offer(tenant, service, actor, granted, kept["back_to"])

    async def with_key(
        self, tenant: int, profile: ApplicationProfile, service: str, actor: str, key: str, subject: str
    ) -> Offered:
        """What a key opens, to be shown, where the service takes keys (Google: a service account's key file).

        ``subject`` is the administrator it acts as. ``ConsentRefused``, ``NoSuchService``.
        """
        asked = self.service(service, profile)
        if not isinstance(asked, KeyedService):
            raise NoSuchService(f"{asked.label} is connected by its own page, not by a key.")
        return await self._offer(tenant, service, actor, await asked.keyed(key, subject.strip()), "")

    def takes_keys(self, service: str) -> bool:
        """Whether it can be connected by a key."""
        return isinstance(self._services.get(service), KeyedService)

    async def offered(self, service: str, code: str, actor: str) -> Offered:
        """The offer that the code confirms, looked at once more. ``ConsentRefused`` as for ``confirm``."""
        digest = sha256(code.encode()).digest()
        found = await self._store.consent(digest, self._clock())
        if found is None or found[1] != service or found[2] != actor:
            raise ConsentRefused(_OVER)
        kept = json.loads((await self._keys()).open(found[3], "service_consent", digest.hex()))
        if "credentials" not in kept:
            raise ConsentRefused(_OVER)
        return await self._offered(code, found[0], service, actor, kept)

    async def confirm(self, service: str, code: str, actor: str) -> ServiceConnection:
        """Keep what was offered; everybody's account is looked up from now on.

        ``ConsentRefused`` for a code that is unknown, used or over, and for another actor than began.
        """
        tenant, began, kept = await self._take(service, code)
        if began != actor or "credentials" not in kept:
            raise ConsentRefused(_OVER)
        workspace = Workspace(**json.loads(kept["workspace"]))
        granted = Granted(
            workspace,
            Credentials(json.loads(kept["credentials"]), kept["expires_at"] or None),
            kept["granted_by"],
        )
        now = self._clock()
        connection = ServiceConnection(
            tenant, service, ConnectionState.CONNECTED, workspace, granted.granted_by, now
        )
        sealed = seal_credentials(await self._keys(), tenant, service, granted.credentials)
        entry = AuditEntry(
            actor, "integration.connect", "Integration", service, {"workspace": workspace.name}
        )
        await self._store.put_connection(connection, sealed, entry, now)
        return connection

    async def disconnect(self, tenant: int, service: str, actor: str) -> None:
        """Forget the credentials here first, then tell the service, unless another tenant uses them too (S7, S28)."""
        found = await self._store.connection(tenant, service)
        if found is None or found.state is ConnectionState.DISCONNECTED:
            raise NoSuchService(f"{service} is not connected.")
        sealed = await self._store.credentials(tenant, service)
        entry = AuditEntry(
            actor, "integration.disconnect", "Integration", service, {"workspace": found.workspace.name}
        )
        await self._store.end_connection(
            tenant, service, ConnectionState.DISCONNECTED, DISCONNECTED_REASON, entry, self._clock()
        )
        others = [
            one
            for one in await self._store.connections()
            if one.service == service
            and one.workspace.id == found.workspace.id
            and one.state is not ConnectionState.DISCONNECTED
        ]
        if sealed is not None and not others and service in self._services:
            credentials = open_credentials(await self._keys(), tenant, service, sealed)
            await self._services[service].revoke(credentials)

    async def sync_now(self, tenant: int, service: str, actor: str) -> None:
        """Have everything looked at as soon as may be; ``NoSuchService`` where it is not connected."""
        entry = AuditEntry(actor, "integration.sync", "Integration", service)
        if not await self._store.ask_full(tenant, service, entry, self._clock()):
            raise NoSuchService(f"{service} is not connected; connect it first.")

    async def pause(self, tenant: int, service: str, actor: str) -> None:
        """Ask nothing more of it until it is resumed; the credentials stay. ``NoSuchService`` where it is not connected."""
        found = await self._store.connection(tenant, service)
        if found is None or found.state is not ConnectionState.CONNECTED:
            raise NoSuchService(f"{service} is not connected.")
        entry = AuditEntry(actor, "integration.pause", "Integration", service)
        await self._store.end_connection(
            tenant, service, ConnectionState.PAUSED, PAUSED_REASON, entry, self._clock()
        )

    async def resume(self, tenant: int, service: str, actor: str) -> None:
        """Go on, with everybody looked at anew. ``NoSuchService`` where it is not paused."""
        found = await self._store.connection(tenant, service)
        sealed = await self._store.credentials(tenant, service)
        if found is None or sealed is None or found.state is not ConnectionState.PAUSED:
            raise NoSuchService(f"{service} is not paused.")
        entry = AuditEntry(actor, "integration.resume", "Integration", service)
        again = replace(found, state=ConnectionState.CONNECTED)
        await self._store.put_connection(again, sealed, entry, self._clock())

    async def _offer(self, tenant: int, service: str, actor: str, granted: Granted, back_to: str) -> Offered:
        """Keep what was granted until it is confirmed."""
        confirmation = self._secret()
        offer = {
            "workspace": json.dumps(asdict(granted.workspace)),
            "credentials": json.dumps(dict(granted.credentials.values)),
            "expires_at": granted.credentials.expires_at or "",
            "granted_by": granted.granted_by,
            "back_to": back_to,
        }
        await self._keep(confirmation, tenant, service, actor, offer)
        return await self._offered(confirmation, tenant, service, actor, offer)

    async def _offered(
        self, code: str, tenant: int, service: str, actor: str, kept: Mapping[str, str]
    ) -> Offered:
        workspace = Workspace(**json.loads(kept["workspace"]))
        before = await self._store.connection(tenant, service)
        differs = before.workspace if before and before.workspace.id != workspace.id else None
        return Offered(code, tenant, service, actor, workspace, kept["granted_by"], differs, kept["back_to"])

    async def _keep(
        self, secret: str, tenant: int, service: str, actor: str, what: Mapping[str, str]
    ) -> None:
        digest = sha256(secret.encode()).digest()
        sealed = (await self._keys()).seal(json.dumps(dict(what)), "service_consent", digest.hex())
        now = self._clock()
        until = _later(now, CONSENT_LIFETIME)
        await self._store.add_consent(Consent(digest, tenant, service, "", "", actor, until), sealed, now)

    async def _take(self, service: str, secret: str) -> tuple[int, str, Mapping[str, str]]:
        digest = sha256(secret.encode()).digest()
        taken = await self._store.take_consent(digest, self._clock())
        if taken is None or taken[1] != service:
            raise ConsentRefused(_OVER)
        tenant, _, actor, sealed = taken
        kept: dict[str, str] = json.loads((await self._keys()).open(sealed, "service_consent", digest.hex()))
        return tenant, actor, kept

    def _secret(self) -> str:
        return self._random(32).hex()


_OVER = "This connection attempt is over: it was used already, or took longer than ten minutes. Press Connect again."


def seal_credentials(keys: KeyRing, tenant: int, service: str, credentials: Credentials) -> bytes:
    """As they are kept: bound to their row."""
    text = json.dumps({"values": dict(credentials.values), "expires_at": credentials.expires_at})
    return keys.seal(text, _TABLE, str(tenant), service, "credentials")


def open_credentials(keys: KeyRing, tenant: int, service: str, sealed: bytes) -> Credentials:
    """What was sealed for that row. ``KeyRingRefused``."""
    read = json.loads(keys.open(sealed, _TABLE, str(tenant), service, "credentials"))
    return Credentials(read["values"], read["expires_at"])


def _later(at: str, span: timedelta) -> str:
    moment = datetime.fromisoformat(at).astimezone(UTC) + span
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
