"""The peers: what is installed in which version, and how each is served."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TOKEN = "peer-token"
_APPLICATIONS = Path(__file__).resolve().parent / "applications"


@dataclass(frozen=True, slots=True)
class Peer:
    """One server. ``path`` is where its base URL ends; the token is always the same."""

    registry: str
    packages: tuple[str, ...]
    path: str
    serve: Callable[[Path, int], list[str]]
    variables: Mapping[str, str]

    def installation(self, folder: Path) -> Sequence[Sequence[str]]:
        """The commands that install it into a folder."""
        if self.registry == "npm":
            return [["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *self.packages]]
        pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet", *self.packages]
        return [[sys.executable, "-m", "venv", str(folder / "venv")], pip]

    def command(self, folder: Path, port: int) -> list[str]:
        """What serves it, in the foreground."""
        return self.serve(folder, port)

    def environment(self, port: int) -> dict[str, str]:
        """What its application reads."""
        return {"PEER_PORT": str(port), "PEER_TOKEN": TOKEN, **self.variables}


def _scim2_server(folder: Path, port: int) -> list[str]:
    command = str(folder / "venv" / "bin" / "scim2-server")
    return [command, "--hostname", "127.0.0.1", "--port", str(port), "--bearer-token", TOKEN]


def _django(folder: Path, _port: int) -> list[str]:
    return [str(folder / "venv" / "bin" / "python"), str(_APPLICATIONS / "django_project.py"), str(folder)]


def _node(application: str) -> Callable[[Path, int], list[str]]:
    def serve(folder: Path, _port: int) -> list[str]:
        return ["node", str(_APPLICATIONS / application), str(folder)]

    return serve


PEERS: Mapping[str, Peer] = {
    "scim2-server": Peer("PyPI", ("scim2-server==0.8.3",), "/v2", _scim2_server, {}),
    "django-scim2": Peer(
        "PyPI",
        ("django-scim2==0.23.0", "django==5.2.19"),
        "/scim/v2",
        _django,
        {"PYTHONDONTWRITEBYTECODE": "1"},
    ),
    "scimmy-routers": Peer(
        "npm",
        ("scimmy-routers@1.3.2", "scimmy@1.3.5", "express@4.21.2"),
        "/scim",
        _node("scimmy_routers.mjs"),
        {},
    ),
    "saml-jackson": Peer(
        "npm", ("@boxyhq/saml-jackson@26.2.0", "express@5.3.0"), "/scim", _node("saml_jackson.mjs"), {}
    ),
}
