"""What the resources of the sending side share: their scopes, and parameters in paths."""

from __future__ import annotations

from typing import Annotated

from vestibule.provisioning.api_token import known_scopes
from vestibule.web.api.message import Field
from vestibule.web.api.operation import Resource

ApplicationName = Annotated[
    str, Field(min_length=1, max_length=100, description="The application's name, in any letter case.")
]
PlanId = Annotated[int, Field(ge=1, le=2**53, description="The plan's number.")]
Login = Annotated[str, Field(min_length=1, max_length=1000, description="A login or id.")]
GroupName = Annotated[str, Field(min_length=1, max_length=1000, description="A group's name, key or id.")]


def resource(name: str, title: str, description: str) -> Resource:
    """A resource of the sending side."""
    return Resource(name, title, description, scopes=known_scopes())
