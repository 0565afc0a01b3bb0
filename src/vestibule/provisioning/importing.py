"""An import: what a source tells, what that changes, and whether it may count.

The same for the command line and the console: prepare, show, then keep (or not).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from vestibule.provisioning.elsewhere import without_others
from vestibule.provisioning.reading import Fault
from vestibule.provisioning.safeguard import SAFEGUARD_SHARE, losses
from vestibule.provisioning.source import Known, Person, Reading, SourceChange, Status, difference
from vestibule.provisioning.store import DirectorySourceStore
from vestibule.refused import Refused


class Source(Protocol):
    """What an import asks of a directory source."""

    async def read(self) -> tuple[Reading, list[Fault]]:
        """All that it holds, and what of it is broken. Raises UnreadableSource; then nothing counts."""
        ...


@dataclass(frozen=True, slots=True)
class Import:
    """A prepared import: nothing has been kept yet. ``losses`` is what the safeguard holds it for, or ""."""

    known: Known
    change: SourceChange
    faults: tuple[Fault, ...]
    losses: str

    def counts(self) -> dict[str, int]:
        """How much of each kind changes."""
        change = self.change
        return {
            "people_added": len(change.people_added),
            "people_changed": len(change.people_changed),
            "people_gone": len(change.people_gone),
            "groups_added": len(change.groups_added),
            "groups_changed": len(change.groups_changed),
            "groups_gone": len(change.groups_gone),
            "members_added": len(change.members_added),
            "members_removed": len(change.members_removed),
        }

    def rows(self) -> list[dict[str, Any]]:
        """Joiners, movers and leavers, and what changes of groups: a row for each, in that order."""
        return [*_people_rows(self.known, self.change), *_group_rows(self.known, self.change)]


async def prepare(
    store: DirectorySourceStore,
    source: Source,
    name: str,
    new_id: Callable[[str], str],
    *,
    share: float = SAFEGUARD_SHARE,
) -> Import:
    """Read a source and say what it would change. ``name`` is the source's own; another's people are left alone."""
    reading, faults = await source.read()
    reading, taken = without_others(reading, await store.elsewhere(name), name or "the directory")
    known = await store.known(name)
    change = difference(known, reading, new_id, name)
    return Import(known, change, (*faults, *taken), losses(known, change, share))


async def keep(store: DirectorySourceStore, prepared: Import, *, accept_leavers: bool = False) -> None:
    """Make the change. Raises Refused where the safeguard holds it and nobody has accepted that."""
    if prepared.losses and not accept_leavers:
        raise Refused(
            f"Nothing was imported: {prepared.losses} would be gone, which is more than the safeguard lets pass. "
            "If they did leave, say --accept-leavers."
        )
    await store.apply_source(prepared.change)


def _people_rows(known: Known, change: SourceChange) -> list[dict[str, Any]]:
    before = {person.id: person for person in known.people.values()}
    rows = [_row("joins", person, "") for person in change.people_added]
    for person in change.people_changed:
        old = before[person.id]
        rows.append(_row(_moved(old, person), person, "; ".join(_differences(old, person))))
    rows += [_row("leaves", person, "") for person in change.people_gone]
    return rows


def _moved(old: Person, new: Person) -> str:
    if old.status is new.status:
        return "changes"
    if old.status is Status.DEPROVISIONED:
        return "comes back"
    return "leaves" if new.status is Status.DEPROVISIONED else "changes"


def _differences(old: Person, new: Person) -> list[str]:
    said = [] if old.login == new.login else [f"login: {old.login} → {new.login}"]
    if old.status is not new.status:
        said.append(f"status: {old.status} → {new.status}")
    for name in sorted({*old.attributes, *new.attributes} - {"login"}):
        was, now = old.attributes.get(name, ""), new.attributes.get(name, "")
        if was != now:
            said.append(f"{name}: {was or '—'} → {now or '—'}")
    return said


def _row(what: str, person: Person, detail: str) -> dict[str, Any]:
    return {"what": what, "kind": "person", "name": person.login, "detail": detail or person.shown_name}


def _group_rows(known: Known, change: SourceChange) -> list[dict[str, Any]]:
    names = {group.id: group.name for group in known.groups.values()}
    names |= {group.id: group.name for group in (*change.groups_added, *change.groups_changed)}
    gone = {group.id for group in change.groups_gone}
    said: dict[str, str] = {group.id: "new" for group in change.groups_added}
    said |= {group.id: "changes" for group in change.groups_changed}
    said |= {group.id: "gone" for group in change.groups_gone}
    incoming, outgoing = _counted(change.members_added), _counted(change.members_removed)
    for group in sorted({*incoming, *outgoing} - said.keys(), key=lambda id: names.get(id, "")):
        said[group] = "members"
    old_names = {group.id: group.name for group in known.groups.values()}
    rows = []
    for group, what in said.items():
        detail = "" if group in gone else f"{incoming.get(group, 0)} in, {outgoing.get(group, 0)} out"
        old = old_names.get(group, names[group])
        if old != names[group]:
            detail = f"name: {old} → {names[group]}; {detail}"
        rows.append({"what": what, "kind": "group", "name": names[group], "detail": detail})
    return rows


def _counted(pairs: frozenset[tuple[str, str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for group, _ in pairs:
        counts[group] = counts.get(group, 0) + 1
    return counts
