"""The sending side's part: the files of a company, and what its administrator sets up from them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.assignment import Assignment, Subject, check_values
from vestibule.provisioning.external_name import CORE_USER
from vestibule.provisioning.import_csv import read_directory, read_rows
from vestibule.provisioning.mapping import DataType, MappingRow, changed_mapping, default_mapping
from vestibule.provisioning.push_group import PushGroup, PushState
from vestibule.provisioning.reading import Fault
from vestibule.provisioning.source import Person, SourceChange, Status, difference
from vestibule.refused import Refused
from vestibule.sending import Sending, new_source_id

ASSIGNMENTS = "assignments.csv"
PUSH_GROUPS = "push_groups.csv"
_PROGRESS = "story.json"

#: What the administrator fills in under *Attribute mappings*, beside the default mapping (P5).
MAPPINGS = {
    "acall": {
        "slackAccount": "user.slackAccount",
        "googleAccount": "user.googleAccount",
        "familyNamePhonetic": "user.familyNamePhonetic",
        "givenNamePhonetic": "user.givenNamePhonetic",
        "additionalInformation": "user.note",
    },
    "getaccept": {},
}

#: The attribute that Okta's template brings along and nobody deleted (W76): a list of texts, which
#: SCIM does not allow for roles. The product copes, because User type is sent as well.
STRAY_ROLES = MappingRow("roles", "roles", CORE_USER, label="Roles", type=DataType.STRING_ARRAY)


@dataclass(frozen=True, slots=True)
class Files:
    """The folder of a directory: people, groups, assignments, and folders of changes."""

    folder: Path

    @property
    def changes(self) -> list[Path]:
        """The steps of the story, in order."""
        folder = self.folder / "changes"
        return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


class StoryProgress:
    """How many steps of the story were begun with this data folder: a run that is killed goes on there.

    And on which port, so that the links of earlier runs lead somewhere.
    """

    def __init__(self, data: Path) -> None:
        self._path = data / _PROGRESS
        known = json.loads(self._path.read_text("utf-8")) if self._path.exists() else {}
        self.steps_told: int = known.get("steps_told", 0)
        self.port: int = known.get("port", 0)

    def note(self, *, steps_told: int | None = None, port: int | None = None) -> None:
        """So it is now."""
        self.steps_told = self.steps_told if steps_told is None else steps_told
        self.port = self.port if port is None else port
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"steps_told": self.steps_told, "port": self.port}), "utf-8")
        new.replace(self._path)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a reading of the directory changed, and in words whom it concerns, one sentence each."""

    change: SourceChange
    faults: list[Fault]
    sentences: list[str]
    #: Whoever was gone and is active again.
    returned: list[Person]


async def import_directory(sending: Sending, files: Files, steps: int) -> Imported:
    """Read the directory with so many steps of changes over it. Raises UnreadableSource."""
    reading, faults = read_directory(files.folder, files.changes[:steps])
    known = await sending.store.known()
    change = difference(known, reading, new_source_id)
    await sending.store.apply_source(change)
    people = {person.id: person for person in known.people.values()}
    groups = {group.id: group for group in known.groups.values()}
    changed = [(people[person.id], person) for person in (*change.people_changed, *change.people_gone)]
    sentences = [_sentence(before, after) for before, after in changed]
    sentences += [
        f"The group {groups[group.id].name} is now called {group.name}."
        for group in change.groups_changed
        if groups[group.id].name != group.name
    ]
    return Imported(
        change, faults, sentences, [after for before, after in changed if _returns(before, after)]
    )


def _returns(before: Person, after: Person) -> bool:
    return before.status is Status.DEPROVISIONED and after.status is Status.ACTIVE


def _sentence(before: Person, after: Person) -> str:
    if _returns(before, after):
        return f"{after.shown_name} is back."
    if before.status is Status.ACTIVE and after.status is not Status.ACTIVE:
        return f"{after.shown_name} leaves ({after.status.lower()})."
    if before.shown_name != after.shown_name:
        return f"{before.shown_name} is now called {after.shown_name}, with the address {after.email}."
    names = {*before.attributes, *after.attributes}
    differing = sorted(name for name in names if before.attributes.get(name) != after.attributes.get(name))
    return f"{after.shown_name} has other values: {', '.join(differing) or after.status.lower()}."


async def application_of(sending: Sending, name: str, profile: str, connection: Connection) -> Application:
    """The application, added at the first run with its mapping; its address is what it is now."""
    known = {application.name: application for application in await sending.store.applications()}
    if name in known:
        application = replace(known[name], connection=connection, quarantined="")
        await sending.store.change_application(application)
        return application
    declared = await sending.profile(profile)
    rows = default_mapping(declared.attributes)
    for variable, expression in MAPPINGS[profile].items():
        rows = changed_mapping(rows, variable, {"expression": expression})
    if profile == "getaccept":
        rows = (*rows, STRAY_ROLES)
    application = Application(
        0, name, profile, connection=connection, as_okta=True, pushes_groups=declared.teams
    )
    return await sending.store.add_application(application, rows)


async def assign(sending: Sending, files: Files, application: Application) -> int:
    """Assign people and groups as assignments.csv says, and nobody else; how many that changes."""
    faults: list[Fault] = []
    rows = await sending.store.mapping(application.id)
    made = []
    for row in read_rows(files.folder / ASSIGNMENTS, ("application", "subject", "name"), faults):
        given = row.values
        if row.broken or given["application"] != application.profile:
            continue
        subject = Subject(given["subject"])
        person = subject is Subject.PERSON
        found = await (sending.store.person if person else sending.store.source_group)(given["name"])
        known = {one.variable for one in rows}
        values = {key: value for key, value in given.items() if key in known and value}
        check_values(values, rows, subject)
        made.append(Assignment(subject, found.id, int(given.get("priority") or 0), values))
    if faults:
        raise Refused(str(faults[0]))
    changed = await sending.store.assign(application.id, made)
    kept = {(one.subject, one.subject_id) for one in made}
    for one in await sending.store.assignments(application.id):
        if (one.subject, one.subject_id) not in kept:
            changed += await sending.store.unassign(application.id, one.subject, [one.subject_id])
    return changed


async def push_groups(sending: Sending, files: Files, application: Application) -> int:
    """Push the groups that push_groups.csv names, and delete there what it names no longer; how many."""
    faults: list[Fault] = []
    pushed = {facts.group.group_id: facts.group for facts in await sending.store.push_facts(application.id)}
    count = 0
    for row in read_rows(files.folder / PUSH_GROUPS, ("application", "group"), faults):
        if row.broken or row.values["application"] != application.profile:
            continue
        group = await sending.store.source_group(row.values["group"])
        known = pushed.pop(group.id, None)
        if known is None or known.state is PushState.DELETING:
            await sending.store.put_push_group(application.id, PushGroup(group.id, group.name))
            count += 1
    if faults:
        raise Refused(str(faults[0]))
    for known in pushed.values():
        await sending.store.put_push_group(application.id, replace(known, state=PushState.DELETING))
    return count + len(pushed)
