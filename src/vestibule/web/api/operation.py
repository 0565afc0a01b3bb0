"""An operation of the API as one declaration: method, path, scope, parameters, body, answer, refusals."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin, get_type_hints

from starlette.responses import Response

from vestibule.refused import Refused
from vestibule.scim.errors import ScimError
from vestibule.tenancy.scopes import known_scopes
from vestibule.web.api.paging import Page

Handler = Callable[..., Awaitable[Any]]
Fault = type[Refused] | type[ScimError]

_IN_PATH = re.compile(r"\{(\w+)\}")
BODY_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path or query parameter; ``type`` has its constraints (``Annotated``). ``wire`` is its name outside."""

    name: str
    wire: str
    type: Any
    default: Any = inspect.Parameter.empty

    @property
    def required(self) -> bool:
        """Whether a request must have it."""
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Operation:
    """What the frame carries out, the OpenAPI document describes and the client calls."""

    resource: str
    name: str
    method: str
    path: str
    handler: Handler
    #: None: whoever has a token, or nobody at all where ``open``.
    scope: str | None
    status: int
    raises: tuple[Fault, ...]
    #: No token is needed.
    open: bool
    body_limit: int
    produces: str
    #: It heeds If-Match: the version that the caller read.
    versioned: bool
    path_parameters: tuple[Parameter, ...] = ()
    query_parameters: tuple[Parameter, ...] = ()
    body: Any = None
    #: The type of the answer; of its items where it is a page; None for 204 and what streams.
    answer: Any = None
    is_page: bool = False

    @property
    def id(self) -> str:
        """``tenants.create``: resource and name, as the client has them."""
        return f"{self.resource}.{self.name}"

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method not in ("GET", "HEAD")

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return inspect.cleandoc(self.handler.__doc__ or "").partition("\n")[0]

    @property
    def description(self) -> str:
        """The rest of its docstring."""
        return inspect.cleandoc(self.handler.__doc__ or "").partition("\n")[2].strip()


@dataclass(slots=True)
class Resource:
    """A resource of the API: what it is called, and its operations in the order in which they are declared."""

    name: str
    title: str
    description: str
    operations: list[Operation] = field(default_factory=list)
    #: What a token can be given on this side.
    scopes: tuple[str, ...] = field(default_factory=known_scopes)

    def get(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare an operation that reads."""
        return self._declare("GET", path, **declared)

    def post(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare an operation that makes or does something."""
        return self._declare("POST", path, **declared)

    def put(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare an operation that sets something as a whole."""
        return self._declare("PUT", path, **declared)

    def patch(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare an operation that changes what is named."""
        return self._declare("PATCH", path, **declared)

    def delete(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Declare an operation that ends something."""
        return self._declare("DELETE", path, **declared)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        name: str,
        scope: str | None,
        status: int = 200,
        raises: tuple[Fault, ...] = (),
        open: bool = False,
        body_limit: int = BODY_LIMIT,
        produces: str = "application/json",
        versioned: bool = False,
    ) -> Callable[[Handler], Handler]:
        if scope is not None and scope not in self.scopes:
            raise ValueError(f"{self.name}.{name}: there is no scope {scope!r}")

        def declare(handler: Handler) -> Handler:
            hints = get_type_hints(handler, include_extras=True)
            answer = hints.pop("return", None)
            is_page = get_origin(answer) is Page
            streams = isinstance(answer, type) and issubclass(answer, Response)
            plain = answer is None or answer is type(None) or streams
            in_path, in_query = _parameters(handler, path, hints)
            self.operations.append(
                Operation(
                    self.name,
                    name,
                    method,
                    path,
                    handler,
                    scope,
                    204 if answer is type(None) and status == 200 else status,
                    raises,
                    open,
                    body_limit,
                    produces,
                    versioned,
                    in_path,
                    in_query,
                    hints.get("body"),
                    None if plain else get_args(answer)[0] if is_page else answer,
                    is_page,
                )
            )
            return handler

        return declare


def _parameters(
    handler: Handler, path: str, hints: Mapping[str, Any]
) -> tuple[tuple[Parameter, ...], tuple[Parameter, ...]]:
    in_path = _IN_PATH.findall(path)
    declared = inspect.signature(handler).parameters
    found = {
        name: Parameter(name, _wire(name), hints[name], declared[name].default)
        for name in declared
        if name not in ("call", "body")
    }
    missing = set(in_path) - found.keys()
    if missing:
        raise ValueError(f"{path}: the function takes no {', '.join(missing)}")
    return (
        tuple(found[name] for name in in_path),
        tuple(parameter for name, parameter in found.items() if name not in in_path),
    )


def _wire(name: str) -> str:
    """``open_only`` → ``openOnly``; a trailing underscore spares a builtin's name."""
    first, *others = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in others)
