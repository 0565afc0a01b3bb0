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
    #: *Sync Password*: a random one for everybody who is created (W23).
    PASSWORD = "password"


#: Ticked unless somebody says otherwise.
USUAL_OPERATIONS = frozenset({Operation.CREATE, Operation.UPDATE, Operation.DEACTIVATE})


class SignOn(StrEnum):
    """How people sign in to an application (*Sign On*), which comes before Provisioning opens."""

    UNSET = ""
    SAML = "saml"
    OIDC = "oidc"
    #: Secure web authentication: a password that the identity provider types.
    SWA = "swa"
    #: Set up somewhere else.
    ELSEWHERE = "elsewhere"


#: *Application username format* (W51), as expressions; ``custom:EXPRESSION`` is the fifth.
USERNAME_FORMATS: Mapping[str, str] = {
    "okta-username": "user.login",
    "email": "user.email",
    "email-prefix": 'String.substringBefore(user.email, "@")',
    "none": "null",
}
CUSTOM_FORMAT = "custom:"

#: How an application lets us in (W8).
AUTHENTICATIONS = ("bearer", "header", "oauth")

#: *Unique identifier field for users* (W18).
UNIQUE_IDENTIFIERS = ("userName", "externalId", "emails.value", 'emails[type eq "work"].value')


@dataclass(frozen=True, slots=True)
class Connection:
    """Where an application is, and the token that it gave. Neither repr nor log shows the token."""

    base_url: str
    token: str = field(repr=False)
    #: ``bearer`` sends "Bearer TOKEN", ``header`` the token exactly as typed (W9); for ``oauth`` the
    #: token is the client secret, for which access tokens are fetched from ``token_url``.
    authentication: str = "bearer"
    token_url: str = ""
    client_id: str = ""
    scope: str = ""


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
    operations: frozenset[Operation] = USUAL_OPERATIONS
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
    #: The catalogue entry it was added from; "" for one that is known by its profile alone.
    catalogue: str = ""
    #: *Enable API integration*: while it is off nothing is sent (C9339).
    enabled: bool = True
    sign_on: SignOn = SignOn.UNSET
    #: The expression that fills the e-mail attribute of the SAML setting (P8a).
    sign_on_email: str = ""

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
        _check_authentication(application.connection)
    if application.sign_on_email:
        compile_expression(application.sign_on_email)
    return application


def open_provisioning(application: Application) -> None:
    """Raises Refused where Sign On is still to be set up: Okta opens Provisioning only then."""
    if application.catalogue and application.sign_on is SignOn.UNSET:
        raise Refused(
            f"Provisioning of {application.name} opens once Sign On is set up: "
            f"vestibule app sign-on {application.name} --saml-email user.email (or --method oidc, swa, elsewhere)."
        )


def _check_authentication(connection: Connection) -> None:
    if connection.authentication not in AUTHENTICATIONS:
        raise Refused(
            f"Authentication {connection.authentication!r} is not known. Allowed: {', '.join(AUTHENTICATIONS)}."
        )
    if connection.authentication == "oauth":
        if not connection.client_id or not connection.token_url:
            raise Refused(
                "OAuth 2.0 client credentials need a token URL and a client id: --token-url, --client-id."
            )
        check_base_url(connection.token_url)


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
