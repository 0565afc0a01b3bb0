"""The three example products: how each is served, and how many lines of its own it has."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

FOLDER = Path(__file__).parents[2] / "examples" / "products"
_PATIENCE = 90.0
PERSON = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "hanako.sato@corp.test",
    "name": {"givenName": "Hanako", "familyName": "Sato"},
    "active": True,
}


@dataclass(frozen=True, slots=True)
class Product:
    """One of them: what it is installed with beside Vestibule, and the command that serves it."""

    name: str
    installs: tuple[str, ...]
    command: tuple[str, ...]

    def lines(self) -> int:
        """How many lines of code it has: comments, docstrings and empty lines apart."""
        found: set[int] = set()
        with (FOLDER / f"{self.name}.py").open("rb") as file:
            at_start = True
            for token in tokenize.tokenize(file.readline):
                if token.type == tokenize.STRING and at_start:
                    continue
                if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING):
                    at_start = True
                elif token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER):
                    at_start = False
                    found.update(range(token.start[0], token.end[0] + 1))
        return len(found)


PRODUCTS = (
    Product("fastapi_product", ("fastapi",), ("uvicorn", "fastapi_product:app", "--port", "{port}")),
    Product("flask_product", ("flask",), ("flask", "--app", "flask_product", "run", "--port", "{port}")),
    Product("django_product", ("django",), ("uvicorn", "django_product:app", "--port", "{port}")),
)


@contextmanager
def served(product: Product, folder: Path, python: str = sys.executable) -> Iterator[str]:
    """The product as its README would have it run; its address. Its databases are in ``folder``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    base = f"http://127.0.0.1:{port}"
    command = [part.format(port=port) for part in product.command]
    with (folder / "served.log").open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", *command],
            cwd=FOLDER,
            env={**os.environ, **environment(folder), "VESTIBULE_PUBLIC_URL": f"{base}/provisioning"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                if httpx2.get(f"{base}/members").status_code == 200:
                    break
            except httpx2.TransportError:
                pass
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "served.log").read_text())
            time.sleep(0.05)
        yield base
    finally:
        process.terminate()
        process.wait(30)


def environment(folder: Path) -> dict[str, str]:
    """Where product and Vestibule keep what they have."""
    return {
        "VESTIBULE_DATABASE": f"sqlite:///{folder}/vestibule.db",
        "PRODUCT_DATABASE": str(folder / "product.db"),
        # None is left among the examples; what is installed has its own.
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def provision(base: str, folder: Path, python: str = sys.executable) -> list[object]:
    """Make a tenant and a token, send a person as an identity provider does; the product's own table once it is there."""
    told = {**os.environ, **environment(folder)}
    for command in (("tenant", "create", "corp"), ("token", "issue", "corp")):
        done = subprocess.run(
            [python, "-m", "vestibule.cli.main", *command],
            env=told,
            capture_output=True,
            text=True,
            check=True,
        )
    client = httpx2.Client(
        base_url=f"{base}/provisioning/scim/v2",
        headers={"authorization": f"Bearer {done.stdout.strip()}", "content-type": "application/scim+json"},
    )
    made = client.post("/Users", json=PERSON)
    assert made.status_code == 201, made.text
    rows = _once(base, lambda rows: bool(rows))
    leaves = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": False}],
    }
    assert client.patch(f"/Users/{made.json()['id']}", json=leaves).status_code == 200
    _once(base, lambda rows: not rows[0][1])
    client.close()
    return rows


def _once(base: str, holds: object) -> list[object]:
    deadline = time.monotonic() + _PATIENCE
    while True:
        rows: list[object] = httpx2.get(f"{base}/members").json()
        if holds(rows):  # type: ignore[operator]
            return rows
        assert time.monotonic() < deadline, rows
        time.sleep(0.02)
