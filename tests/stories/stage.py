"""Where the stories play: one server, a company of its own for each story, and the commands that people type.

The receiving side is a process of its own and is spoken to over HTTP; the sending side keeps the
company of examples/directory. Operators and administrators act through the command line.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from bench.servers import Vestibule
from tests.served import Answer, Hand
from vestibule.cli.main import app

EXAMPLE = Path(__file__).parents[2] / "examples" / "directory"
WSOS = "urn:ietf:params:scim:schemas:extension:wsos:2.0:User"

#: The story is told with the directory on SQLite, and then on PostgreSQL.
either_directory = pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)

#: What a run that sends nothing reports.
NOTHING = {
    "creates": 0, "links": 0, "updates": 0, "deactivations": 0, "reactivations": 0, "group_changes": 0,
    "failures": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Commands:
    """``vestibule …`` on the databases of one story."""

    environment: Mapping[str, str]

    def __call__(self, *words: str, refused: bool = False) -> Said:
        """Run it; it must end with 0, or with 1 where it is to be refused."""
        result = CliRunner().invoke(app, list(words), env=dict(self.environment))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == (1 if refused else 0), (words, result.stdout, result.stderr)
        return Said(result.exit_code, result.stdout, result.stderr)

    def json(self, *words: str, refused: bool = False) -> Any:
        """What it prints with --json."""
        return self(*words, "--json", refused=refused).json


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer's tenant at the product, looked at from outside."""

    commands: Commands
    slug: str
    url: str
    token: str
    hand: Hand

    def person(self, user_name: str) -> dict[str, Any]:
        """The one user that a lookup by userName finds."""
        found = self.people(f'userName eq "{user_name}"')
        assert len(found) == 1, (user_name, found)
        return found[0]

    def people(self, filter: str = "") -> list[dict[str, Any]]:
        """Users, as an identity provider reads them."""
        return self._list("/Users", filter)

    def teams(self) -> dict[str, list[str]]:
        """Team names, with the userNames of their members."""
        names = {user["id"]: user["userName"] for user in self.people()}
        return {
            group["displayName"]: sorted(names[member["value"]] for member in group.get("members", []))
            for group in self._list("/Groups")
        }

    def team_id(self, name: str) -> str:
        """The id of a team."""
        return next(str(group["id"]) for group in self._list("/Groups") if group["displayName"] == name)

    def shown(self, person: str) -> dict[str, Any]:
        """``vestibule user show``: role with its reason, state, access."""
        record: dict[str, Any] = self.commands.json("user", "show", self.slug, person)
        return record

    def requests(self) -> list[dict[str, Any]]:
        """What came, oldest first."""
        found: list[dict[str, Any]] = self.commands.json("request", "list", self.slug, "--limit", "2000")
        return found[::-1]

    def writes(self) -> list[tuple[str, str]]:
        """Method and path (below the base) of every write that came, oldest first."""
        return [
            (request["method"], str(request["path"]).partition("/scim/v2")[2])
            for request in self.requests()
            if request["method"] != "GET"
        ]

    def events(self) -> list[str]:
        """The kinds of all events, in order."""
        out = self.commands("events", "tail", "--tenant", self.slug, "--json").out
        return [json.loads(line)["type"] for line in out.splitlines()]

    def _list(self, endpoint: str, filter: str = "") -> list[dict[str, Any]]:
        answer = self.hand("GET", f"{endpoint}?count=1000" + (f"&filter={quote(filter)}" if filter else ""))
        assert answer.status == 200, answer
        resources: list[dict[str, Any]] = answer.json["Resources"]
        return resources


@dataclass(frozen=True, slots=True)
class Application:
    """An application in the company's directory, as its administrator in Okta has it."""

    commands: Commands
    name: str

    def assign(self, *logins: str, groups: tuple[str, ...] = (), **values: str) -> None:
        """*Assignments*: people and groups, with application attributes."""
        words = [word for login in logins for word in ("--person", login)]
        words += [word for group in groups for word in ("--group", group)]
        words += [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
        self.commands("app", "assign", self.name, *words)

    def unassign(self, *logins: str, groups: tuple[str, ...] = ()) -> None:
        """Take assignments away."""
        words = [word for login in logins for word in ("--person", login)]
        words += [word for group in groups for word in ("--group", group)]
        self.commands("app", "unassign", self.name, *words)

    def push(self, *groups: str) -> None:
        """*Push Groups*."""
        self.commands("app", "push-group", self.name, *groups)

    def apply(self, *, refused: bool = False) -> dict[str, Any]:
        """Provision; the run's report."""
        report: dict[str, Any] = self.commands.json("app", "apply", self.name, refused=refused)
        return report

    def counts(self, **expected: int) -> None:
        """Provision, and see that this and no more was sent."""
        report = self.apply(refused="failures" in expected)
        assert {key: report[key] for key in NOTHING} == {**NOTHING, **expected}, report

    def test(self, *, refused: bool = False) -> dict[str, str]:
        """*Test API Credentials*: verdict and sentence."""
        result: dict[str, str] = self.commands.json("app", "test", self.name, refused=refused)
        return result


@dataclass(slots=True)
class Stage:
    """One story's stage."""

    server: Vestibule
    commands: Commands
    name: str
    #: The story's own copy of examples/directory.
    folder: Path

    def edit(self, file: str, before: str, after: str) -> None:
        """Change a line of the directory's files."""
        path = self.folder / file
        text = path.read_text("utf-8")
        assert text.count(before) == 1, (file, before)
        path.write_text(text.replace(before, after), "utf-8")

    def read_directory(self, *changes: str) -> dict[str, Any]:
        """The company's directory as its files say, with these changes laid over it."""
        words = [word for change in changes for word in ("--changes", str(self.folder / "changes" / change))]
        imported: dict[str, Any] = self.commands.json("directory", "import", str(self.folder), *words)
        return imported

    def tenant(self, profile: str, *, name: str = "", token: str | None = None, account: str = "") -> Tenant:
        """A tenant with provisioning on; sign-on is confirmed where the product wants it first."""
        slug = f"{self.name}-{name or profile}"
        more = ("--account", account) if account else ()
        self.commands("tenant", "create", slug, "--profile", profile, *more)
        if profile == "getaccept":
            self.commands("tenant", "sso", slug, "--confirmed")
        secret = token if token is not None else self.commands("token", "issue", slug).out.strip()
        return self.known(slug, secret)

    def explained(self, sentence: str) -> dict[str, Any]:
        """``vestibule explain`` of the request that a refusal's text leads to; it is in the log within a second."""
        number = re.search(r"/r/([0-9a-f]{24})", sentence)
        assert number, sentence
        for _ in range(20):
            result = CliRunner().invoke(
                app, ["explain", number[1], "--json"], env=dict(self.commands.environment)
            )
            if result.exit_code == 0:
                break
            time.sleep(0.1)
        story: dict[str, Any] = json.loads(result.stdout)
        return story

    def known(self, slug: str, token: str) -> Tenant:
        """A tenant that is there, with its URL as the console shows it."""
        base = self.commands.json("tenant", "show", slug)["address"]
        hand = Hand(self.server.port, token, slug, base)
        return Tenant(self.commands, slug, f"http://127.0.0.1:{self.server.port}{base}", token, hand)

    def application(
        self, tenant: Tenant, profile: str, *options: str, name: str = "", as_okta: bool = True
    ) -> Application:
        """*Add application*, with URL and token of the tenant; it speaks and merges exactly as Okta does."""
        title = name or profile
        connection = ("--url", tenant.url, "--token", tenant.token, *(("--as-okta",) if as_okta else ()))
        self.commands("app", "add", title, "--profile", profile, *connection, *options)
        return Application(self.commands, title)

    def both(self, profile: str, *options: str, as_okta: bool = True) -> tuple[Tenant, Application]:
        """The directory, a tenant of that product, and the application that leads to it."""
        self.read_directory()
        tenant = self.tenant(profile)
        return tenant, self.application(tenant, profile, *options, as_okta=as_okta)


def detail(answer: Answer) -> tuple[int, str | None, str]:
    """Status, scimType and sentence of a SCIM error."""
    return answer.status, answer.json.get("scimType"), answer.detail
