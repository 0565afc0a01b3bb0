"""An application: a product people are provisioned to, as its Provisioning tab has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from vestibule.provisioning.expression import compile_expression
from vestibule.provisioning.source import Person
from vestibule.refused import Refused


class Mode(StrEnum):
    """How users are activated and groups written: a catalogue app by PATCH, a wizard app by PUT (W39, W91)."""

    PATCH = "patch"
    PUT = "put"


class Operation(StrEnum):
    """What *To App* offers to tick (W49). What is not ticked sends nothing."""

    CREATE = "create"
    UPDATE = "update"
    DEACTIVATE = "deactivate"


#: *Application username format* (W51), as expressions; ``custom:EXPRESSION`` is the fifth.
USERNAME_FORMATS: Mapping[str, str] = {
    "okta-username": "user.login",
    "email": "user.email",
    "email-prefix": 'String.substringBefore(user.email, "@")',
    "none": "null",
}
CUSTOM_FORMAT = "custom:"

#: *Unique identifier field for users* (W18).
UNIQUE_IDENTIFIERS = ("userName", "externalId", "emails.value", 'emails[type eq "work"].value')


@dataclass(frozen=True, slots=True)
class Connection:
    """Where an application is, and the token that it gave. Neither repr nor log shows the token."""

    base_url: str
    token: str = field(repr=False)
    #: ``bearer`` sends "Bearer TOKEN", ``header`` the token exactly as typed (W9).
    authentication: str = "bearer"


@dataclass(frozen=True, slots=True)
class Application:
    """What people are assigned to. Without a connection nothing is sent (W50)."""

    id: int
    name: str
    profile: str
    mode: Mode = Mode.PATCH
    #: Which connector speaks to it: a name of the folder ``connectors``.
    connector: str = "scim"
    connection: Connection | None = None
    operations: frozenset[Operation] = frozenset(Operation)
    username_format: str = "email"
    unique_identifier: str = "userName"
    #: Headers and merging exactly as Okta's (W1–W3, W156, W157); else our name, and the safer merge.
    as_okta: bool = False
    #: *Create and update*, or *create only*: whether a later change of the user name is sent (W51).
    update_username: bool = True
    pushes_groups: bool = True
    member_batch: int = 500
    #: Why everything of this application has stopped, until an administrator acts; "" runs.
    quarantined: str = ""

    @property
    def username_expression(self) -> str:
        """The expression that the application username format stands for."""
        custom = self.username_format.removeprefix(CUSTOM_FORMAT)
        return USERNAME_FORMATS.get(self.username_format, custom)

    def username_of(self, person: Person) -> str:
        """The application user name of a person; "" where the format gives none."""
        value = compile_expression(self.username_expression)(person.attributes)
        return value if isinstance(value, str) else ""


def connection_of(application: Application) -> Connection:
    """Its connection; raises Refused where it has none."""
    if application.connection is None:
        raise Refused(
            f"{application.name} has no URL and token yet: vestibule app connect {application.name}."
        )
    return application.connection


def check_application(application: Application) -> Application:
    """The application, if it can be sent to; raises Refused naming what is wrong and what is allowed."""
    if application.username_format.startswith(CUSTOM_FORMAT):
        compile_expression(application.username_format.removeprefix(CUSTOM_FORMAT))
    elif application.username_format not in USERNAME_FORMATS:
        raise Refused(
            f"Application username format {application.username_format!r} is not known. "
            f"Allowed: {', '.join(USERNAME_FORMATS)}, custom:EXPRESSION."
        )
    if application.unique_identifier not in UNIQUE_IDENTIFIERS:
        raise Refused(
            f"Unique identifier {application.unique_identifier!r} is not known. "
            f"Allowed: {', '.join(UNIQUE_IDENTIFIERS)}."
        )
    if application.connection:
        check_base_url(application.connection.base_url)
        if any(ord(mark) < 33 or ord(mark) > 126 for mark in application.connection.token):
            raise Refused("The token holds a blank or a sign that cannot be in a token: copy it again.")
        if not application.connection.token:
            raise Refused("The token is empty.")
    return application


def check_base_url(url: str) -> None:
    """Raises Refused unless ``url`` can be a SCIM base URL that a token may be sent to (W11)."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"{url!r} is no SCIM base URL: it starts with https:// and a host name.")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise Refused(f"{url!r}: a SCIM base URL has no user name, question mark or number sign.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise Refused(f"{url!r}: the token would travel in clear. Use https://.")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
