"""*Import users* from an application: whom of those who are there stands for whom of us. Pure matching, then confirmed.

- *exact*: the user name there is the one that the application username format gives, or an e-mail is ours.
- *partial*: given and family name are those of exactly one of us.
- *new*: nobody of us. They are listed, and can be written as rows for the directory's people.csv: a person
  is the directory's to make.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from vestibule.provisioning.app_user import AppUser, AppUserState
from vestibule.provisioning.application import Application
from vestibule.provisioning.assignment import Assignment, Subject
from vestibule.provisioning.connector import Connector
from vestibule.provisioning.source import Person, fold_login
from vestibule.provisioning.store import ProvisioningStore
from vestibule.refused import Refused

_PAGE = 100


class Match(StrEnum):
    """How sure it is."""

    EXACT = "exact"
    PARTIAL = "partial"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class ImportedUser:
    """Somebody there who is not linked yet, and who of us that seems to be."""

    external_id: str
    user_name: str
    email: str
    given_name: str
    family_name: str
    active: bool
    match: Match
    person_id: str = ""
    login: str = ""


class People:
    """All of us, by what they can be found by. What two have in common finds neither."""

    def __init__(self) -> None:
        self._by_name: dict[str, str] = {}
        self._by_names: dict[tuple[str, str], str] = {}
        self._logins: dict[str, str] = {}

    def add(self, application: Application, person: Person) -> None:
        """One more."""
        self._logins[person.id] = person.login
        for name in {fold_login(application.username_of(person)), fold_login(person.email)} - {""}:
            self._by_name[name] = person.id if self._by_name.get(name, person.id) == person.id else ""
        given, family = person.attributes.get("firstName", ""), person.attributes.get("lastName", "")
        names = (given.casefold(), family.casefold())
        if all(names):
            self._by_names[names] = person.id if names not in self._by_names else ""

    def matched(self, user: Mapping[str, Any]) -> ImportedUser:
        """Who that is."""
        name = user.get("name") if isinstance(user.get("name"), dict) else {}
        given, family = str(name.get("givenName") or ""), str(name.get("familyName") or "")  # type: ignore[union-attr]
        emails = [str(one.get("value") or "") for one in user.get("emails") or [] if isinstance(one, dict)]
        user_name = str(user.get("userName") or "")
        match, person_id = Match.NEW, ""
        for key in (user_name, *emails):
            if found := self._by_name.get(fold_login(key)):
                match, person_id = Match.EXACT, found
                break
        else:
            if found := self._by_names.get((given.casefold(), family.casefold())):
                match, person_id = Match.PARTIAL, found
        return ImportedUser(
            str(user.get("id") or ""),
            user_name,
            emails[0] if emails else "",
            given,
            family,
            user.get("active") is not False,
            match,
            person_id,
            self._logins.get(person_id, ""),
        )


async def imported_users(
    store: ProvisioningStore,
    application: Application,
    connector: Connector,
    seen: Callable[[int], None] = lambda seen: None,
) -> AsyncIterator[ImportedUser]:
    """Everybody there who is not linked. Inactive ones are not brought in as new (W58). Raises Failures.

    ``seen`` is told how many were read so far.
    """
    people = People()
    count = 0
    after = ""
    while page := await store.people(after):
        for person in page:
            people.add(application, person)
        after = fold_login(page[-1].login)
    waiting: list[Mapping[str, Any]] = []
    async for user in connector.users():
        waiting.append(user)
        count += 1
        if len(waiting) == _PAGE:
            seen(count)
            for found in await _unlinked(store, application, people, waiting):
                yield found
            waiting = []
    seen(count)
    for found in await _unlinked(store, application, people, waiting):
        yield found


async def confirm(
    store: ProvisioningStore, application: Application, users: Sequence[ImportedUser]
) -> list[ImportedUser]:
    """Link these, each to the person it was matched with, and assign them; those that were.

    Raises Refused, and then none is, where one of them or somebody of us is linked otherwise already, or two
    are to one.
    """
    there = await store.people_there(application.id, [user.external_id for user in users])
    checked: list[tuple[ImportedUser, bool]] = []
    taken: set[str] = set()
    for user in users:
        facts = await store.person_facts(application.id, user.person_id)
        known = facts.app_user
        is_linked = known is not None and known.external_id not in ("", user.external_id)
        if is_linked or user.person_id in taken:
            raise Refused(f"{facts.person.login} is linked to another user there: nobody was linked.")
        if there.get(user.external_id, user.person_id) != user.person_id:
            raise Refused(f"{user.user_name} is linked to somebody else by now: nobody was linked.")
        taken.add(user.person_id)
        checked.append((user, bool(facts.assignments)))
    for user, is_assigned in checked:
        if not is_assigned:
            await store.assign(application.id, [Assignment(Subject.PERSON, user.person_id)])
        state = AppUserState.ACTIVE if user.active else AppUserState.INACTIVE
        await store.note_app_user(
            application.id, AppUser(user.person_id, state, user.external_id, user.user_name)
        )
    return list(users)


async def matched_by_hand(store: ProvisioningStore, user: ImportedUser, login: str) -> ImportedUser:
    """That user, who somebody says is the person of that login. Raises UnknownName."""
    person = await store.person(login)
    return replace(user, person_id=person.id, login=person.login)


def as_people(users: Iterable[ImportedUser]) -> Iterator[tuple[str, str, str, str]]:
    """The new ones as rows for the directory's people.csv, its header first."""
    yield "login", "email", "firstName", "lastName"
    for user in users:
        if user.match is Match.NEW:
            yield user.user_name, user.email, user.given_name, user.family_name


async def _unlinked(
    store: ProvisioningStore, application: Application, people: People, users: Sequence[Mapping[str, Any]]
) -> list[ImportedUser]:
    linked = await store.people_there(application.id, [str(user.get("id")) for user in users])
    found = [people.matched(user) for user in users if str(user.get("id")) not in linked]
    return [one for one in found if one.active or one.match is not Match.NEW]
