"""The client is what the API's declarations say: every operation has its method, in either client."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from docs.client_modules import CLIENT, client_modules
from vestibule import registry
from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.clients import AsyncResources, Resources
from vestibule.client.directory import clients as directory
from vestibule.web.api.operation import Operation

MODULES = client_modules()
_SIDES = {
    "vestibule.web.api.resources": (Resources, AsyncResources),
    "vestibule.web.directory_api.resources": (directory.Resources, directory.AsyncResources),
}
OPERATIONS: list[tuple[str, Operation]] = [
    (side, operation)
    for side in _SIDES
    for resource in registry.members(side, "RESOURCE").values()
    for operation in resource.operations
    if operation.id != "description.openapi"
]


@pytest.mark.parametrize("path", sorted(MODULES), ids=lambda path: path.name)
def test_a_module_is_as_the_declarations_have_it(path: Path) -> None:
    assert path.exists(), f"{path.name} is missing: make docs writes it"
    assert path.read_text("utf-8") == MODULES[path](), f"{path.name} is stale: make docs writes it again"


def test_no_module_is_left_over() -> None:
    for folder in (CLIENT, CLIENT / "directory"):
        assert set((folder / "resources").glob("*.py")) <= set(MODULES)


@pytest.mark.parametrize(("side", "operation"), OPERATIONS, ids=lambda one: getattr(one, "id", one))
def test_an_operation_has_a_method_in_both_clients(side: str, operation: Operation) -> None:
    plain, asynchronous = _SIDES[side]
    for client in (
        plain(Carrier("http://x", "t", 1, None)),
        asynchronous(AsyncCarrier("http://x", "t", 1, None)),
    ):
        method = getattr(getattr(client, operation.resource), operation.name)
        taken = set(inspect.signature(method).parameters)
        wanted = {parameter.name for parameter in operation.path_parameters}
        wanted |= {
            one.name for one in operation.query_parameters if not (operation.is_page and one.name == "cursor")
        }
        assert wanted <= taken, operation.id
        assert ("idempotency_key" in taken) is operation.writes


def test_importing_the_client_brings_nothing_of_the_server() -> None:
    look = (
        "import sys, vestibule.client, vestibule.client.directory; "
        "print([m for m in sys.modules if m.startswith('vestibule.') and not m.startswith('vestibule.client')], "
        "[m for m in sys.modules if m.split('.')[0] in ('pydantic', 'starlette', 'uvicorn', 'typer', 'asyncpg')])"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"
