"""What linking asks of a service's connector: small Protocols, by ability, and faults named by what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from vestibule.linking.linked_account import Member
from vestibule.linking.service_connection import Credentials, Granted
from vestibule.refused import Refused


class ConsentRefused(Refused):
    """Connecting did not work; the message says why and what the administrator does next."""


class TryLater(Exception):
    """The service does not answer as it should: again after ``seconds``, where it says how long; else later each time."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


class TokenEnded(Exception):
    """The access token does not open the service any more; a renewed one may."""


class ReconnectNeeded(Exception):
    """The credentials do not open the service any more; an administrator has to connect again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Part of all members. ``next`` None is the end; a page may be short or empty before it (S11)."""

    members: Sequence[Member]
    next: str | None


@dataclass(frozen=True, slots=True)
class Registration:
    """What the operator registered at the service, and where the service is; never a tenant's to set."""

    client_id: str
    client_secret: str = field(repr=False)
    #: By the names of the service's own settings: {"url": "https://slack.com"}.
    addresses: Mapping[str, str] = field(default_factory=dict)


class Service(Protocol):
    """One outside service, as the operator has set it up."""

    @property
    def name(self) -> str:
        """Its word in profiles and commands: ``slack``."""
        ...

    @property
    def label(self) -> str:
        """Its name in sentences: ``Slack``."""
        ...

    @property
    def client_id(self) -> str:
        """What the operator registered it as: an administrator of a workspace may have to let it in."""
        ...

    @property
    def has_domains(self) -> bool:
        """Whether members' addresses are in domains of the workspace's own."""
        ...

    def why_refused(self, error: str) -> str:
        """What the consent page's own word for a refusal means, and the way out; "" for one that says nothing."""
        ...

    def consent_url(self, redirect_uri: str, state: str, verifier: str, nonce: str) -> str:
        """Where the administrator's browser is sent."""
        ...

    async def granted(self, code: str, redirect_uri: str, verifier: str, nonce: str) -> Granted:
        """Exchange the code, and make sure that an administrator of a workspace consented. ConsentRefused."""
        ...

    async def refreshed(self, credentials: Credentials, now: str) -> Credentials | None:
        """Credentials that hold, where these are about to end; None where they hold. ReconnectNeeded, TryLater.

        Single-use refresh tokens are gone afterwards (S20): keep what comes back before using it.
        """
        ...

    async def page(self, credentials: Credentials, cursor: str | None) -> MemberPage:
        """A part of all members, deactivated ones included. TryLater, TokenEnded, ReconnectNeeded."""
        ...

    async def find(self, credentials: Credentials, key: str, member_id: str) -> Sequence[Member]:
        """Who has that key (``Wanted.key``); a ``member_id`` known from before is asked first (S26).

        () where nobody has. TryLater, TokenEnded, ReconnectNeeded.
        """
        ...

    async def revoke(self, credentials: Credentials) -> None:
        """Tell the service that they are not used any more, as well as it goes; raises nothing."""
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...


@runtime_checkable
class KeyedService(Protocol):
    """A service that can be connected by a key that its administrator made, too: nobody's consent, nobody's tie (G6)."""

    async def keyed(self, key: str, subject: str) -> Granted:
        """What the key opens, acting as that administrator. ConsentRefused."""
        ...
