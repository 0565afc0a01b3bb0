"""What the engine asks of a connector: small Protocols by ability, and failures by what to do next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from vestibule.provisioning.external_name import ExternalValue, build, merge


class Failure(Exception):
    """An attempt that did not succeed. The message is for an administrator (W100)."""

    outcome: ClassVar[str] = "failed"

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Busy(Failure):
    """429: try later, not before ``retry_after`` seconds where the application said so."""

    outcome = "busy"

    def __init__(self, message: str, retry_after: int | None = None, status: int | None = 429) -> None:
        super().__init__(message, status)
        self.retry_after = retry_after


class Failing(Failure):
    """5xx: its fault, and perhaps soon over."""

    outcome = "failing"

    def __init__(self, message: str, retry_after: int | None = None, status: int | None = 500) -> None:
        super().__init__(message, status)
        self.retry_after = retry_after


class Unreachable(Failure):
    """No answer: time-out, no connection, no name."""

    outcome = "unreachable"


class NotThere(Failure):
    """404: the counterpart is gone; look it up again."""

    outcome = "not there"


class AlreadyThere(Failure):
    """409: final after a lookup that found nobody (W152)."""

    outcome = "already there"


class Refused(Failure):
    """Any other 4xx: final until an administrator acts (W100)."""

    outcome = "refused"


class Skipped(Failure):
    """Nothing was sent, for a reason on our side: a mandatory attribute has no value."""

    outcome = "skipped"


class MembersDropped(Failure):
    """The application answered that all went well, and lists fewer members than it was sent."""

    outcome = "members dropped"


class NotUnderstood(Failure):
    """The answer is no SCIM: an empty body, another format, two users where one may be (W20, W25)."""

    outcome = "not understood"


class StopRun(Failure):
    """401 or 403: nothing else of this application can succeed either."""

    outcome = "stopped"


@dataclass(frozen=True, slots=True)
class UserToSend:
    """A person as an application shall hold them.

    ``on_create`` are all mapped values, ``on_update`` those applied on update. ``own_id`` goes
    out as externalId (W22); ``lookup`` is the unique identifier's attribute and value.
    """

    own_id: str
    user_name: str
    lookup: tuple[str, str]
    on_create: tuple[ExternalValue, ...]
    on_update: tuple[ExternalValue, ...]

    def created(self, *, okta_password: str | None = None) -> dict[str, Any]:
        """The body of a POST: the mapped values, whose they are, and that they are active.

        With a password, what Okta adds for everybody as well (W21–W24).
        """
        document = build(self.on_create) | {"externalId": self.own_id}
        if okta_password is not None:
            document |= {"groups": [], "password": okta_password}
        return document | {"active": True}

    def merged(self, answer: dict[str, Any], *, faithful: bool) -> dict[str, Any]:
        """The body of a PUT: the server's GET answer with the values written over it (W31, W33)."""
        document = merge(answer, self.on_update, faithful=faithful)
        document.setdefault("externalId", self.own_id)
        document.pop("password", None)
        return document


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The user at the application after a sequence. ``found``: it was there before, and was linked."""

    external_id: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, as a trace tells them: nothing secret in it. ``status`` 0 is no answer."""

    method: str
    path: str
    sent: Any = None
    status: int = 0
    answered: Any = None
    seconds: float = 0.0


class Pacing(Protocol):
    """Who says when the next request may be sent."""

    async def turn(self) -> None:
        """Come back when it may."""
        ...

    def told(self, status: int) -> None:
        """An answer came."""
        ...


class Verdict(StrEnum):
    """What a test of the credentials found."""

    GOOD = "good"
    WRONG_TOKEN = "wrong token"
    WRONG_URL = "wrong URL"
    NOT_ALLOWED = "not allowed"
    UNREACHABLE = "unreachable"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class CredentialsTest:
    """The verdict, and the sentence for the administrator."""

    verdict: Verdict
    sentence: str


class TestsCredentials(Protocol):
    """*Test API Credentials*."""

    async def test_credentials(self) -> CredentialsTest:
        """Never raises a Failure: every ending is a verdict."""
        ...


class ProvisionsUsers(Protocol):
    """Create Users, Update User Attributes, Deactivate Users. All raise Failures."""

    async def assign(self, user: UserToSend, known_id: str = "") -> Counterpart:
        """Look the user up; create it, or link, activate and update what is there (W17–W29, W47)."""
        ...

    async def update(self, external_id: str, user: UserToSend) -> None:
        """Bring the counterpart in step. NotThere where it is gone."""
        ...

    async def deactivate(self, external_id: str) -> None:
        """Make the counterpart inactive. NotThere where it is gone."""
        ...

    async def delete(self, external_id: str) -> None:
        """Delete the counterpart for good. NotThere where it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group, by the id there."""

    external_id: str
    display: str


class PushesGroups(Protocol):
    """Group Push. All raise Failures; NotThere where the group is gone."""

    @property
    def replaces_members(self) -> bool:
        """Whether ``replace_members`` is taken; else members are only added and removed."""
        ...

    @property
    def members_at_once(self) -> int:
        """How many membership changes one request may have."""
        ...

    async def find_group(self, name: str) -> str:
        """The id of the group of that name, or ""."""
        ...

    async def create_group(self, name: str, own_id: str = "") -> str:
        """Create it, empty (W83); its id. ``own_id`` is ours, where a client says it."""
        ...

    async def rename_group(self, external_id: str, name: str) -> None:
        """Say the name, changed or not (W85)."""
        ...

    async def change_members(
        self, external_id: str, name: str, add: Sequence[Member], remove: Sequence[Member]
    ) -> frozenset[str]:
        """Members in and out, as one request (W86, W90). Saying one twice is no fault.

        The ids of those who were sent and are not there by the application's own answer; empty
        where it does not list its members.
        """
        ...

    async def replace_members(self, external_id: str, name: str, members: Sequence[Member]) -> frozenset[str]:
        """The whole membership (W88). Comes back as from ``change_members``."""
        ...

    async def delete_group(self, external_id: str) -> None:
        """Delete it there; its members are not touched (W93)."""
        ...


class Imports(Protocol):
    """*Import Now*: everything the application holds, page by page (W53)."""

    def users(self) -> AsyncIterator[Mapping[str, Any]]: ...

    def groups(self) -> AsyncIterator[Mapping[str, Any]]: ...


class Connector(TestsCredentials, ProvisionsUsers, PushesGroups, Imports, Protocol):
    """All abilities, as the SCIM connector has them."""

    async def close(self) -> None:
        """Let the connections go."""
        ...
