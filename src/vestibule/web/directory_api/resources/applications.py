"""Applications: adding one, its steps, what is ticked, and how its attributes are mapped."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from vestibule.provisioning.application import Application, Operation
from vestibule.provisioning.catalogue import UnknownEntry
from vestibule.provisioning.expression import InvalidExpression
from vestibule.provisioning.mapping import MappingRow
from vestibule.provisioning.person_attributes import UnknownAttribute
from vestibule.provisioning.setting_up import Wanted
from vestibule.provisioning.store import NameTaken, UnknownName
from vestibule.refused import Refused
from vestibule.web.api.message import Field, message
from vestibule.web.api.paging import DEFAULT_COUNT, CountParameter, CursorParameter, Page, page_by_key
from vestibule.web.directory_api.resource import ApplicationName, resource
from vestibule.web.directory_api.side import Call

RESOURCE = resource(
    "applications", "Applications", "What people are assigned to, and how they are provisioned there."
)

Tick = Literal["create", "update", "deactivate", "password"]
Text = Annotated[str, Field(max_length=2000)]
Secret = Annotated[str, Field(min_length=1, max_length=8000, description="Never shown again.")]


@message
class ApplicationShown:
    """An application. Its token is never shown."""

    name: str
    profile: str
    catalogue: str
    mode: str
    url: Annotated[str, Field(description="The SCIM base URL; empty where there is no connection.")]
    operations: Annotated[list[str], Field(description="What is ticked under *To App*.")]
    username_format: str
    unique_identifier: str
    update_username: bool
    pushes_groups: bool
    enabled: bool
    sign_on: str
    sign_on_email: str
    quarantined: Annotated[str, Field(description="Why everything has stopped; empty where nothing has.")]


@message
class NewApplication:
    """An application to be added. One from the catalogue is connected after Sign On."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    catalogue: Text = ""
    profile: Text | None = None
    url: Text = ""
    token: Annotated[str, Field(max_length=8000)] = ""
    username_format: Text | None = None
    unique_identifier: Text = "userName"
    play: Annotated[
        str, Field(max_length=40, description="okta-catalogue, okta-wizard, entra, vestibule.")
    ] = ""


@message
class ApplicationChange:
    """What is not named stays."""

    operations: Annotated[list[Tick] | None, Field(max_length=4, description="All that is to be ticked.")] = (
        None
    )
    username_format: Text | None = None
    unique_identifier: Text | None = None
    update_username: bool | None = None
    pushes_groups: bool | None = None
    enabled: Annotated[bool | None, Field(description="*Enable API integration*.")] = None


@message
class NewConnection:
    """*Configure API integration*. An application of the catalogue is tested before it is saved."""

    url: Text
    token: Secret
    header_token: Annotated[bool, Field(description="The token is sent without the word Bearer.")] = False


@message
class SignOnSetting:
    """*Sign On*."""

    method: Annotated[str, Field(max_length=40, description="saml, oidc, swa, elsewhere.")] = "saml"
    saml_email: Text = ""


@message
class TestResult:
    """What *Test API Credentials* found."""

    verdict: str
    sentence: str


@message
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


@message
class AttributeChange:
    """What is not named stays; a new attribute needs its external name."""

    expression: Text | None = None
    external_name: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    namespace: Annotated[str | None, Field(max_length=500)] = None
    type: Annotated[str | None, Field(max_length=40)] = None
    applies_on: Annotated[str | None, Field(max_length=40)] = None
    scope: Annotated[str | None, Field(max_length=40)] = None
    enum: Annotated[list[Annotated[str, Field(max_length=500)]] | None, Field(max_length=500)] = None
    anyway: Annotated[
        bool, Field(description="Also where the expression names what nobody in the directory has.")
    ] = False


@RESOURCE.get("/applications", name="list", scope="applications:read")
async def list_applications(
    call: Call, cursor: CursorParameter = None, count: CountParameter = DEFAULT_COUNT
) -> Page[ApplicationShown]:
    """All of them, in order of name."""
    rows = [shown(application) for application in await call.store.applications()]
    return page_by_key(rows, lambda row: row.name.casefold(), count, await call.places(), cursor)


@RESOURCE.post(
    "/applications",
    name="add",
    scope="applications:write",
    status=201,
    raises=(NameTaken, UnknownEntry, Refused),
)
async def add(call: Call, body: NewApplication) -> ApplicationShown:
    """Add an application with the default mapping of its product."""
    wanted = Wanted(
        name=body.name,
        profile=body.profile,
        url=body.url,
        token=body.token,
        username_format=body.username_format,
        unique_identifier=body.unique_identifier,
    )
    added, _ = await call.desk.add(wanted, from_=body.catalogue, play=body.play)
    return shown(added)


@RESOURCE.get("/applications/{application}", name="show", scope="applications:read", raises=(UnknownName,))
async def show(call: Call, application: ApplicationName) -> ApplicationShown:
    """One application."""
    return shown(await call.application(application))


@RESOURCE.patch(
    "/applications/{application}",
    name="change",
    scope="applications:write",
    raises=(UnknownName, Refused, InvalidExpression),
)
async def change(call: Call, application: ApplicationName, body: ApplicationChange) -> ApplicationShown:
    """*To App*: what is ticked, and the settings beside it."""
    given: dict[str, Any] = {
        "username_format": body.username_format,
        "unique_identifier": body.unique_identifier,
        "update_username": body.update_username,
        "pushes_groups": body.pushes_groups,
    }
    settings = {name: value for name, value in given.items() if value is not None}
    changed = await call.application(application)
    if settings or body.operations is not None:
        ticked = body.operations
        ticks = {} if ticked is None else {one: one.value in ticked for one in Operation}
        changed = await call.desk.change(application, ticks=ticks, **settings)
    if body.enabled is not None:
        changed = await call.desk.integration(application, on=body.enabled)
    return shown(changed)


@RESOURCE.put(
    "/applications/{application}/connection",
    name="connect",
    scope="applications:write",
    raises=(UnknownName, Refused),
)
async def connect(call: Call, application: ApplicationName, body: NewConnection) -> ApplicationShown:
    """Enter URL and token, or new ones."""
    changed = await call.desk.connect(
        application, url=body.url, token=body.token, header_token=body.header_token or None
    )
    return shown(changed)


@RESOURCE.put(
    "/applications/{application}/sign-on",
    name="sign_on",
    scope="applications:write",
    raises=(UnknownName, Refused, InvalidExpression),
)
async def sign_on(call: Call, application: ApplicationName, body: SignOnSetting) -> ApplicationShown:
    """Set up Sign On, after which Provisioning of an application of the catalogue opens."""
    return shown(await call.desk.sign_on(application, body.method, body.saml_email))


@RESOURCE.post(
    "/applications/{application}/test",
    name="test",
    scope="applications:write",
    raises=(UnknownName, Refused),
)
async def test(call: Call, application: ApplicationName) -> TestResult:
    """*Test API Credentials*. Good ones end the application's quarantine."""
    found = await call.application(application)
    await call.desk.note("credentials.tested", found.name)
    result = await call.bureau.engine.test(found)
    return TestResult(verdict=str(result.verdict), sentence=result.sentence)


@RESOURCE.get(
    "/applications/{application}/mapping",
    name="mapping",
    scope="applications:read",
    raises=(UnknownName,),
)
async def mapping(
    call: Call,
    application: ApplicationName,
    cursor: CursorParameter = None,
    count: CountParameter = DEFAULT_COUNT,
) -> Page[AttributeShown]:
    """The attribute mapping, by variable."""
    found = await call.application(application)
    rows = [_attribute(row) for row in await call.store.mapping(found.id)]
    return page_by_key(rows, lambda row: row.variable, count, await call.places(found.id), cursor)


Variable = Annotated[str, Field(min_length=1, max_length=200, description="The attribute's variable name.")]


@RESOURCE.put(
    "/applications/{application}/mapping/{variable}",
    name="map",
    scope="applications:write",
    raises=(UnknownName, Refused, InvalidExpression, UnknownAttribute),
)
async def map_(
    call: Call, application: ApplicationName, variable: Variable, body: AttributeChange
) -> AttributeShown:
    """Change what fills an attribute, or add one."""
    given: dict[str, Any] = {
        "expression": body.expression,
        "external_name": body.external_name,
        "namespace": body.namespace,
        "type": body.type,
        "applies_on": body.applies_on,
        "scope": body.scope,
        "enum": tuple(body.enum) if body.enum is not None else None,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    try:
        _, rows = await call.desk.map(application, variable, wanted, anyway=body.anyway)
    except UnknownAttribute as fault:
        raise UnknownAttribute(f'{fault.what} If that is meant, give "anyway": true.') from None
    return _attribute(next(row for row in rows if row.variable == variable))


@RESOURCE.delete(
    "/applications/{application}/mapping/{variable}",
    name="unmap",
    scope="applications:write",
    raises=(UnknownName, Refused),
)
async def unmap(call: Call, application: ApplicationName, variable: Variable) -> None:
    """Take an attribute away."""
    await call.desk.map(application, variable, {}, remove=True)


def shown(application: Application) -> ApplicationShown:
    """An application as the API has it."""
    connection = application.connection
    return ApplicationShown(
        name=application.name,
        profile=application.profile,
        catalogue=application.catalogue,
        mode=str(application.mode),
        url=connection.base_url if connection else "",
        operations=sorted(str(one) for one in application.operations),
        username_format=application.username_format,
        unique_identifier=application.unique_identifier,
        update_username=application.update_username,
        pushes_groups=application.pushes_groups,
        enabled=application.enabled,
        sign_on=str(application.sign_on),
        sign_on_email=application.sign_on_email,
        quarantined=application.quarantined,
    )


def _attribute(row: MappingRow) -> AttributeShown:
    return AttributeShown(
        variable=row.variable,
        external_name=row.external_name,
        namespace=row.namespace,
        expression=row.expression,
        type=str(row.type),
        applies_on=str(row.applies_on),
        scope=row.scope,
        required=row.required,
        enum=list(row.enum),
    )
