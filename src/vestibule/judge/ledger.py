"""What this run created, and therefore may change and remove. Nothing else."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

#: Ids that a URL would read as something else.
_NO_IDS = frozenset({"", ".", ".."})
#: So many names are looked for one by one.
_MOST_UNSURE = 20
#: Stands in the place of a name where there is none.
NAMELESS = "(answered to a POST, and bears no name of this run: look at it before you remove it)"
_CHANGES = frozenset({"PUT", "PATCH", "DELETE"})


class NotOurs(Exception):
    """A check was about to change something that this run did not create: a fault of the judge."""


@dataclass(frozen=True, slots=True)
class Made:
    """One resource of ours on the server."""

    endpoint: str
    id: str
    name: str


@dataclass(slots=True)
class Ledger:
    """Names of this run begin with ``prefix``, which nobody else has."""

    prefix: str = field(default_factory=lambda: f"vcheck-{secrets.token_hex(5)}")
    _made: dict[tuple[str, str], Made] = field(default_factory=dict)
    _gone: set[tuple[str, str]] = field(default_factory=set)
    _kept: set[tuple[str, str]] = field(default_factory=set)
    _invented: set[str] = field(default_factory=set)
    _unsure: list[tuple[str, str]] = field(default_factory=list)
    _nameless: dict[tuple[str, str], Made] = field(default_factory=dict)

    def is_ours(self, document: Any) -> bool:
        """Whether a resource bears this run's prefix in a name that we gave it."""
        if not isinstance(document, dict):
            return False
        names = (document.get("userName"), document.get("displayName"), document.get("externalId"))
        return any(isinstance(name, str) and name.lower().startswith(self.prefix) for name in names)

    def note(self, endpoint: str, id: Any, name: str = "") -> None:
        """Remember that we made it. An id that cannot stand in a URL is left alone."""
        if isinstance(id, str) and id not in _NO_IDS:
            self._made.setdefault((endpoint, id), Made(endpoint, id, name))

    def leave(self, endpoint: str, id: Any) -> None:
        """A POST was answered with something that bears no name of ours: it is not touched, and told."""
        if isinstance(id, str) and id not in _NO_IDS:
            self._nameless.setdefault((endpoint, id), Made(endpoint, id, NAMELESS))

    def nameless(self) -> list[Made]:
        """What was answered to a POST and is not known to be ours."""
        return [
            made for key, made in self._nameless.items() if key not in self._made and key not in self._gone
        ]

    def gone(self, endpoint: str, id: str) -> None:
        """Forget what is removed; its id stays ours, so that its being gone can be looked at."""
        if self._made.pop((endpoint, id), None):
            self._gone.add((endpoint, id))

    def keep(self, endpoint: str, id: str) -> None:
        """Leave it until the end of the run."""
        self._kept.add((endpoint, id))

    def left(self, *, kept: bool) -> list[Made]:
        """What is still there, groups before people; with ``kept`` what was to stay until the end too."""
        found = [made for key, made in self._made.items() if kept or key not in self._kept]
        return sorted(found, key=lambda made: "group" not in made.endpoint.lower())

    def doubt(self, endpoint: str, name: Any) -> None:
        """A POST of that name had no readable answer: something may be there."""
        if (
            isinstance(name, str)
            and name.lower().startswith(self.prefix)
            and len(self._unsure) < _MOST_UNSURE
        ):
            self._unsure.append((endpoint, name))

    def unsure(self, endpoint: str) -> list[str]:
        """Names of what may have been created there without our knowing its id."""
        return [name for where, name in self._unsure if where == endpoint]

    @property
    def doubts(self) -> int:
        """How many names are to be looked for."""
        return len(self._unsure)

    def invent(self) -> str:
        """An id that no resource has."""
        id = str(uuid.uuid4())
        self._invented.add(id)
        return id

    def permit(self, method: str, path: str, body: Any = None) -> None:
        """Raises NotOurs where the request would change what this run did not make."""
        for changing, target in [(method, path), *_operations(path, body)]:
            if changing.upper() in _CHANGES:
                endpoint, _, id = target.partition("?")[0].rpartition("/")
                if not self.has(endpoint, unquote(id)):
                    raise NotOurs(f"{changing} {target}: this run did not create that.")

    def has(self, endpoint: str, id: str) -> bool:
        """Whether this run made it, also where it is gone by now, or made the id up."""
        # By endpoint too: a server that numbers its resources has a user 7 and a group 7.
        return id in self._invented or (endpoint, id) in self._made or (endpoint, id) in self._gone


def _operations(path: str, body: Any) -> Iterator[tuple[str, str]]:
    if path.rstrip("/").lower().endswith("/bulk") and isinstance(body, dict):
        for operation in body.get("Operations") or ():
            target = str(operation.get("path", ""))
            if "bulkId:" not in target:
                yield str(operation.get("method", "")), target
