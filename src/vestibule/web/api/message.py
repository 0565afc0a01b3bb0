"""What bodies and answers are made of: typed, frozen dataclasses; snake_case here, camelCase on the wire."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast, dataclass_transform

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

__all__ = ["Field", "adapter", "message"]

T = TypeVar("T")

_CONFIG = ConfigDict(
    extra="forbid",
    alias_generator=to_camel,
    validate_by_name=True,
    validate_by_alias=True,
    strict=True,
    serialize_by_alias=True,
)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
def message(cls: type[T]) -> type[T]:
    """A dataclass that is a JSON object outside: unknown names are refused, nothing is coerced."""
    return cast(type[T], dataclass(config=_CONFIG, frozen=True, kw_only=True)(cls))


@cache
def adapter(type: Any) -> TypeAdapter[Any]:
    """What reads, checks, writes and describes values of that type."""
    return TypeAdapter(type)
