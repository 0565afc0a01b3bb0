"""The steps of setting an application up, as Okta has them: add it, Sign On, then URL and token."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vestibule.profiles.external_name import parse_external_name
from vestibule.profiles.profile import ApplicationProfile
from vestibule.provisioning.application import (
    USUAL_OPERATIONS,
    Application,
    Connection,
    Mode,
    Operation,
    SignOn,
    check_application,
    open_provisioning,
)
from vestibule.provisioning.catalogue import CatalogueEntry
from vestibule.provisioning.mapping import MappingRow, default_mapping
from vestibule.refused import Refused

_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """An application as somebody asks for it; None takes what the catalogue says, or the usual."""

    name: str
    profile: str | None = None
    url: str = ""
    token: str = ""
    authentication: str = ""
    token_url: str = ""
    client_id: str = ""
    scope: str = ""
    mode: str | None = None
    operations: frozenset[Operation] = USUAL_OPERATIONS
    username_format: str | None = None
    unique_identifier: str = "userName"
    as_okta: bool = False
    groups: bool = True
    update_username: bool = True


def added_application(
    wanted: Wanted, entry: CatalogueEntry | None, product: ApplicationProfile
) -> tuple[Application, tuple[MappingRow, ...]]:
    """The application and its default mapping. Raises Refused naming what is wrong and what is allowed.

    One from the catalogue gets no URL and token yet: Sign On comes first.
    """
    mode = wanted.mode or (entry.mode if entry else Mode.PATCH)
    if mode not in tuple(Mode):
        raise Refused(f"Mode {mode!r} is not known. Allowed: {', '.join(Mode)}.")
    connection = None
    if wanted.url or wanted.token:
        connection = Connection(
            wanted.url,
            wanted.token,
            wanted.authentication or (entry.authentication if entry else "bearer"),
            wanted.token_url,
            wanted.client_id,
            wanted.scope,
        )
    application = Application(
        0,
        wanted.name,
        product.name,
        Mode(mode),
        connection=connection,
        operations=wanted.operations,
        username_format=wanted.username_format or (entry.username_format if entry else "email"),
        unique_identifier=wanted.unique_identifier,
        as_okta=wanted.as_okta,
        update_username=wanted.update_username,
        pushes_groups=wanted.groups and product.teams and (entry is None or entry.groups),
        catalogue=entry.name if entry else "",
    )
    if connection:
        open_provisioning(application)
    if entry and entry.limits.user_filters and wanted.unique_identifier not in entry.limits.user_filters:
        raise Refused(
            f"{entry.title} cannot be asked for users by {wanted.unique_identifier}. "
            f"Allowed: {', '.join(entry.limits.user_filters)}."
        )
    rows = default_mapping(product.attributes)
    return check_application(application), _required(rows, entry.limits.required if entry else ())


def signed_on(application: Application, method: str, saml_email: str) -> Application:
    """The application with Sign On set up. Raises Refused."""
    allowed = [one for one in SignOn if one]
    if method not in allowed:
        raise Refused(f"Sign-on method {method!r} is not known. Allowed: {', '.join(allowed)}.")
    if method == SignOn.SAML and not saml_email:
        raise Refused(
            "SAML needs the expression of its e-mail attribute: --saml-email user.email. It must give what "
            "Provisioning sends as user name."
        )
    email = saml_email if method == SignOn.SAML else ""
    return check_application(replace(application, sign_on=SignOn(method), sign_on_email=email))


def reconnected(
    application: Application,
    *,
    url: str | None = None,
    token: str = "",
    token_url: str | None = None,
    client_id: str | None = None,
    scope: str | None = None,
    header_token: bool | None = None,
    usual: str = "bearer",
) -> Application:
    """With another URL or token; what is not said stays. Raises Refused, also where Sign On is not set up yet.

    ``usual`` is how the token is sent where there was no connection.
    """
    open_provisioning(application)
    known = application.connection or Connection("", "", usual)
    authentication = known.authentication
    if header_token is not None:
        authentication = "header" if header_token else "bearer"
    if token_url:
        authentication = "oauth"
    connection = Connection(
        url or known.base_url,
        token or known.token,
        authentication,
        token_url or known.token_url,
        client_id or known.client_id,
        known.scope if scope is None else scope,
    )
    return check_application(replace(application, connection=connection, quarantined=""))


def _required(rows: tuple[MappingRow, ...], names: tuple[str, ...]) -> tuple[MappingRow, ...]:
    """The rows with those marked required that the service refuses a user without (W136)."""
    return tuple(replace(row, required=row.required or _plain(row) in names) for row in rows)


def _plain(row: MappingRow) -> str:
    return ".".join(parse_external_name(row.external_name).names)


def checked_name(name: str) -> str:
    """The label of an application. Raises Refused."""
    if not name.strip():
        raise Refused("The application has no name: say what it is called.")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise Refused(f"An application's name has {_LONGEST_NAME} signs at most, all of which can be seen.")
    return name
