"""A company's directory of so many people, provisioned over HTTP: what the sending side's pages are measured on.

Groups of every size: one of everybody, ten divisions, teams of two hundred, and contractors, who all stand at the
end of the alphabet. Three applications: one that everybody has, with the groups that it is pushed; one of three
people; and one that waits for the approval of a plan that concerns everybody.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx2

from bench.call import HOST
from bench.people import person
from bench.process import Child, python, url
from bench.servers import Vestibule, free_port

#: What concerns everybody takes minutes.
_LONGEST_SECONDS = 1800.0
_TEAM = 200
_DIVISIONS = 10
#: One person in so many is a contractor.
_CONTRACTORS = 20
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PRODUCT, SMALL, PLANNED = "Product", "Small", "Planned"


class DirectoryPopulation:
    """The directory beside ``product``, a server that its people are provisioned to."""

    def __init__(
        self, folder: Path, people: int, product: Vestibule, place: Mapping[str, str] | None = None
    ) -> None:
        self.people = people
        self._source = folder / "source"
        self._product = product
        kept = {"VESTIBULE_DIRECTORY_DATABASE": f"sqlite:///{folder / 'directory.db'}"}
        self.side = Vestibule(folder, "sending", place or kept)
        self.port = 0
        self._child: Child | None = None

    def load(self) -> Iterator[str]:
        """Fill it, and say what is being done."""
        yield "Importing the directory"
        self._write()
        self._do("directory", "import", str(self._source))
        yield "Setting up the applications"
        for name, whom in ((PRODUCT, ()), (SMALL, self.logins()[-3:]), (PLANNED, ())):
            token = self._product.new_tenant(f"sending-{name.lower()}")
            base = f"http://{HOST}:{self._product.port}/t/sending-{name.lower()}/scim/v2"
            self.side.command("app", "add", name, "--url", base, "--token", token)
            chosen = [part for login in whom for part in ("--person", login)] or ["--group", "Everybody"]
            self.side.command("app", "assign", name, *chosen)
        groups = [name for name in self.groups() if name.startswith(("Division", "Team"))][:50]
        self.side.command("app", "push-group", PRODUCT, "Contractors", *groups)
        yield "Planning for everybody"
        self.side.command("app", "engine", PLANNED, "--approval")
        self._do("app", "plan", PLANNED, "--save")
        yield "Provisioning everybody"
        self._do("app", "apply", SMALL)
        self._do("app", "apply", PRODUCT)

    def start(self) -> None:
        """Its console, which sends nothing by itself."""
        self.port = self.port or free_port()
        command = ("-m", "vestibule.cli.main", "directory", "serve", "--no-watch", "--host", HOST)
        self._child = Child(
            python(*command, "--port", str(self.port)),
            self.side.log,
            health=url(self.port, "/directory/"),
            environment=self.side.environment(),
        )

    def stop(self) -> None:
        """End the console."""
        if self._child is not None:
            self._child.stop()

    def administrator_link(self) -> str:
        """The one-time link of somebody who administers it."""
        return self.side.command("directory", "administrator", "add", "it@bench.example")

    def pages(self, client: httpx2.Client) -> list[str]:
        """What no link leads to, or leads to for one of them alone: searches, each application, groups of every size."""
        rare, many, nobody = f"q=E{self.people - 1:06d}", "q=corp.example", "q=nobody at all"
        found = [f"/directory/people?{typed}" for typed in (rare, many, nobody)]
        found.append("/directory/people?after=z")
        for group in ("Everybody", "Contractors", "Division 1", "Team 1"):
            links = client.get("/directory/groups", params={"q": group}).text
            found += re.findall(rf'href="(/directory/groups/[0-9A-Za-z]+)">{group}<', links)[:1]
        links = client.get("/directory/applications").text
        for own in sorted(set(re.findall(r'href="(/directory/applications/\d+)"', links))):
            found += [f"{own}/{page}" for page in ("assignments", "push-groups", "sign-on", "provisioning")]
            found += [f"{own}/assignments?{typed}" for typed in (rare, many, nobody)]
            found.append(f"{own}/assignments/assign?to=people&{rare}")
        return found

    def logins(self) -> list[str]:
        """Everybody's, in order."""
        return sorted(_login(number) for number in range(self.people))

    def groups(self) -> dict[str, Sequence[int]]:
        """The numbers of each group's members, by its name."""
        everybody = range(self.people)
        found: dict[str, Sequence[int]] = {"Everybody": everybody, "Contractors": everybody[::_CONTRACTORS]}
        for number in range(_DIVISIONS):
            found[f"Division {number + 1}"] = everybody[number::_DIVISIONS]
        for number, at in enumerate(range(0, self.people, _TEAM)):
            found[f"Team {number + 1}"] = everybody[at : at + _TEAM]
        return found

    def _do(self, *arguments: str) -> None:
        """A command that takes long."""
        self.side.command(*arguments, seconds=_LONGEST_SECONDS)

    def _write(self) -> None:
        self._source.mkdir(parents=True)
        groups = self.groups()
        _csv(
            self._source / "people.csv",
            "login,email,firstName,lastName,displayName,title,nickName,employeeNumber,department,costCenter",
            (_row(number) for number in range(self.people)),
        )
        _csv(self._source / "groups.csv", "id,name,description", ((name, name, "") for name in groups))
        _csv(
            self._source / "memberships.csv",
            "group,login",
            ((name, _login(number)) for name, members in groups.items() for number in members),
        )


def _login(number: int) -> str:
    prefix = "z.contractor" if number % _CONTRACTORS == 0 else "person"
    return f"{prefix}.{number:06d}@corp.example"


def _row(number: int) -> tuple[str, ...]:
    sent = person(number)
    work = sent[_ENTERPRISE]
    name = sent["name"]
    return (
        _login(number), _login(number), name["givenName"], name["familyName"], sent["displayName"], sent["title"],
        sent["nickName"], work["employeeNumber"], work["department"], work["costCenter"],
    )  # fmt: skip


def _csv(path: Path, header: str, rows: Iterator[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as written:
        written.write(header + "\n")
        csv.writer(written, lineterminator="\n").writerows(rows)
