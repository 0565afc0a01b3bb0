"""The sending side's part: the files of a company, and what its administrator sets up from them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from vestibule.profiles.builtin import builtin_profile
from vestibule.provisioning.application import Application, Connection
from vestibule.provisioning.assignment import Assignment, Subject, check_values
from vestibule.provisioning.external_name import CORE_USER
from vestibule.provisioning.import_csv import Fault, read_directory, read_rows
from vestibule.provisioning.mapping import DataType, MappingRow, changed_mapping, default_mapping
from vestibule.provisioning.push_group import PushGroup
from vestibule.provisioning.source import SourceChange, difference
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
    """How many steps of the story were told with this data folder: a run that is killed goes on there."""

    def __init__(self, data: Path) -> None:
        self._path = data / _PROGRESS

    def steps_told(self) -> int | None:
        """None where the story was not begun."""
        if not self._path.exists():
            return None
        return int(json.loads(self._path.read_text("utf-8"))["steps_told"])

    def note(self, steps: int) -> None:
        """So many are told now."""
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"steps_told": steps}), "utf-8")
        new.replace(self._path)


async def import_directory(sending: Sending, files: Files, steps: int) -> tuple[SourceChange, list[Fault]]:
    """Read the directory with so many steps of changes over it; what that changed."""
    reading, faults = read_directory(files.folder, files.changes[:steps])
    change = difference(await sending.store.known(), reading, new_source_id)
    await sending.store.apply_source(change)
    return change, faults


async def application_of(sending: Sending, name: str, profile: str, connection: Connection) -> Application:
    """The application, added at the first run with its mapping; its address is what it is now."""
    known = {application.name: application for application in await sending.store.applications()}
    if name in known:
        application = replace(known[name], connection=connection, quarantined="")
        await sending.store.change_application(application)
        return application
    declared = builtin_profile(profile)
    assert declared is not None
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
    """Assign people and groups as assignments.csv says; how many that are new or changed."""
    faults: list[Fault] = []
    rows = await sending.store.mapping(application.id)
    made = []
    for row in read_rows(files.folder / ASSIGNMENTS, ("application", "subject", "name"), faults):
        given = row.values
        if row.line < 0 or given["application"] != application.profile:
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
    return await sending.store.assign(application.id, made)


async def push_groups(sending: Sending, files: Files, application: Application) -> int:
    """Push the groups that push_groups.csv names and that are not pushed yet; how many."""
    faults: list[Fault] = []
    pushed = {facts.group.group_id for facts in await sending.store.push_facts(application.id)}
    count = 0
    for row in read_rows(files.folder / PUSH_GROUPS, ("application", "group"), faults):
        if row.line < 0 or row.values["application"] != application.profile:
            continue
        group = await sending.store.source_group(row.values["group"])
        if group.id not in pushed:
            await sending.store.put_push_group(application.id, PushGroup(group.id, group.name))
            count += 1
    if faults:
        raise Refused(str(faults[0]))
    return count
