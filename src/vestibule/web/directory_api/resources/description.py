"""What the sending side's API says of itself: its OpenAPI document, its problems, and who is asking."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import orjson
from starlette.responses import Response

from vestibule.web.api.message import Field, message
from vestibule.web.api.problems import NoSuchPlace, known_problems, title_of
from vestibule.web.api.schemas import About, faults_of, openapi_document
from vestibule.web.directory_api.resource import resource
from vestibule.web.directory_api.side import ISSUED_BY, Call

RESOURCE = resource("description", "Description", "What the API says of itself, and who is asking.")

ABOUT = About(
    "Vestibule directory API", "The sending side: directory, applications, plans and runs.", ISSUED_BY
)


@message
class Caller:
    """Who an API token speaks for, and what it may do."""

    id: str
    name: str
    scopes: list[str]
    expires: str | None


@message
class ProblemType:
    """A type of problem."""

    type: Annotated[str, Field(description="Its address.")]
    status: int
    title: str
    operations: Annotated[list[str], Field(description="Which operations may answer with it.")]


@RESOURCE.get("/me", name="me", scope=None)
async def me(call: Call) -> Caller:
    """Who the API token speaks for."""
    token = call.token
    return Caller(id=token.id, name=token.name, scopes=list(token.scopes), expires=token.expires_at)


@RESOURCE.get("/openapi.json", name="openapi", scope=None, open=True)
async def openapi(call: Call) -> Response:
    """The OpenAPI document of this API."""
    document = openapi_document(call.resources, call.bureau.public_url(), version("vestibule"), ABOUT)
    return Response(orjson.dumps(document), media_type="application/json")


@RESOURCE.get("/problems/{slug}", name="problem", scope=None, open=True)
async def problem(call: Call, slug: Annotated[str, Field(max_length=100)]) -> ProblemType:
    """What a type of problem means; its `type` in every answer leads here."""
    operations = [one for resource in call.resources for one in resource.operations]
    types = known_problems([fault for operation in operations for fault in faults_of(operation)])
    if slug not in types:
        raise NoSuchPlace(f"There is no type of problem {slug!r}; there are {', '.join(types)}.")
    fault = types[slug]
    return ProblemType(
        type=f"{call.bureau.public_url()}/api/v1/problems/{slug}",
        status=fault.status,
        title=title_of(fault),
        operations=[one.id for one in operations if fault in faults_of(one)],
    )
