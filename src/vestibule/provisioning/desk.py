"""Where an administrator of the sending side works: every act checks its rule, writes, and is in the audit trail.

Command line, API and console are doors to this one room. Names are those that people read: of
applications, groups and rules in any letter case, of people their logins (or ids).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from vestibule.profiles.profile import ApplicationProfile
from vestibule.provisioning import group_push
from vestibule.provisioning.api_token import (
    ApiToken,
    NewSecret,
    TokenNameTaken,
    UnknownToken,
    checked_scopes,
)
from vestibule.provisioning.application import Application, Operation, check_application, open_provisioning
from vestibule.provisioning.assignment import Assignment, Subject, check_values
from vestibule.provisioning.audit import AuditEntry
from vestibule.provisioning.catalogue import Catalogue
from vestibule.provisioning.engine_settings import EngineSettings, check_settings
from vestibule.provisioning.importing import Import, keep
from vestibule.provisioning.logo import checked_logo
from vestibule.provisioning.mapping import MappingRow, changed_mapping
from vestibule.provisioning.person_attributes import check_attributes
from vestibule.provisioning.plan_file import PlanFile
from vestibule.provisioning.planning import Planning, approved
from vestibule.provisioning.play_acting import playing, retrying_as
from vestibule.provisioning.push_desk import PushDesk
from vestibule.provisioning.retry import SCHEDULES
from vestibule.provisioning.setting_up import Wanted, added_application, checked_name, reconnected, signed_on
from vestibule.provisioning.store import ChangedMeanwhile, ProvisioningStore, UnknownName
from vestibule.provisioning.threshold import Limits
from vestibule.provisioning.user_import import ImportedUser, confirm

_MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Around:
    """What the desk asks of the rest: the catalogue, profiles by name, a test of credentials, an import's rules."""

    catalogue: Catalogue
    profile: Callable[[str], Awaitable[ApplicationProfile]]
    #: Raises Refused with the test's sentence where the credentials are not good.
    verify: Callable[[Application], Awaitable[None]]
    clock: Callable[[], datetime]


class Desk(PushDesk):
    """Of one administrator, whose name stands in the audit trail as ``actor``: ``administrator:mia``, say."""

    def __init__(
        self,
        store: ProvisioningStore,
        around: Around,
        actor: str,
        *,
        seen: Application | None = None,
        seen_rows: Sequence[MappingRow] | None = None,
    ) -> None:
        self._store = store
        self._around = around
        self.actor = actor
        self._seen = seen
        self._seen_rows = seen_rows

    def seeing(self, application: Application, rows: Sequence[MappingRow] | None = None) -> Desk:
        """The desk of somebody who looks at an application (and its mapping) as it is here.

        Changing either raises ChangedMeanwhile where somebody else has changed it since.
        """
        return Desk(self._store, self._around, self.actor, seen=application, seen_rows=rows)

    async def note(self, action: str, application: str, **details: Any) -> None:
        """An act that writes nothing by itself, such as a run that somebody asked for."""
        await self._store.keep_audit(self._entry(action, "Application", application, details))

    async def keep_import(
        self, prepared: Import, source: str, *, accept_leavers: bool = False, was_looked_at: bool = False
    ) -> None:
        """Let a prepared import count; new groups that a push rule takes are pushed from now on.

        Raises Refused where the safeguard holds it. ``was_looked_at``: some time passed since it was prepared, so
        that ChangedMeanwhile is raised where the directory is no longer as it was then.
        """
        if was_looked_at and await self._store.known(prepared.change.source) != prepared.known:
            raise ChangedMeanwhile(
                "The directory was changed meanwhile. Nothing was imported: read the source again."
            )
        counts = {name: count for name, count in prepared.counts().items() if count}
        told = self._by("directory.imported", "Source", source, counts)
        await keep(told, prepared, accept_leavers=accept_leavers)
        for application in await self._store.applications():
            await group_push.push_by_rules(self._store, application)

    async def add(
        self, wanted: Wanted, *, from_: str = "", play: str = ""
    ) -> tuple[Application, tuple[MappingRow, ...]]:
        """A new application with its default mapping; ``from_`` names an entry of the catalogue. Raises Refused."""
        entry = self._around.catalogue.entry(from_) if from_ else None
        product = await self._around.profile(wanted.profile or (entry.profile if entry else "generic"))
        application, rows = added_application(wanted, entry, product)
        if play:
            application = playing(application, play)
        details = {
            "catalogue": application.catalogue,
            "profile": application.profile,
            **_address(application),
        }
        told = self._by("application.added", "Application", application.name, details)
        added = await told.add_application(application, rows)
        if play:
            await self._store.set_engine_settings(added.id, retrying_as(EngineSettings(), play))
        return added, rows

    async def connect(self, name: str, *, unverified: bool = False, **given: Any) -> Application:
        """*Configure API integration*: URL and token, or new ones (``setting_up.reconnected``).

        An application of the catalogue is tested first, and saved only with credentials that are good.
        """
        before = await self._before(name)
        usual = self._around.catalogue.authentication(before.catalogue)
        changed = reconnected(before, usual=usual, **given)
        if changed.catalogue and not unverified:
            await self._around.verify(changed)
        details = {**_address(changed), "new_token": bool(given.get("token"))}
        await self._on(changed, "application.connected", details).change_application(changed, seen=before)
        return changed

    async def change(
        self, name: str, *, ticks: Mapping[Operation, bool] | None = None, play: str = "", **settings: Any
    ) -> Application:
        """*To App*: ``ticks`` are ticked or unticked, and fields of the application set. What is not named stays."""
        before = await self._before(name)
        ticked = {operation: operation in before.operations for operation in Operation} | dict(ticks or {})
        operations = frozenset(operation for operation, is_ticked in ticked.items() if is_ticked)
        changed = check_application(replace(before, operations=operations, **settings))
        if play:
            changed = playing(changed, play)
            known = await self._store.engine_settings(changed.id)
            await self._store.set_engine_settings(changed.id, retrying_as(known, play))
        details = {"operations": sorted(str(one) for one in operations), **settings}
        if play:
            details["as"] = play
        await self._on(changed, "application.changed", details).change_application(changed, seen=before)
        return changed

    async def sign_on(self, name: str, method: str, saml_email: str = "") -> Application:
        """*Sign On*. Raises Refused."""
        before = await self._before(name)
        changed = signed_on(before, method, saml_email)
        details = {"sign_on": str(changed.sign_on), "sign_on_email": changed.sign_on_email}
        await self._on(changed, "application.sign_on_set", details).change_application(changed, seen=before)
        return changed

    async def integration(self, name: str, *, on: bool) -> Application:
        """*Enable API integration*, or disable it. Raises Refused where Sign On is not set up yet."""
        application = await self._before(name)
        if on:
            open_provisioning(application)
        changed = replace(application, enabled=on)
        action = "application.integration_enabled" if on else "application.integration_disabled"
        await self._on(changed, action).change_application(changed, seen=application)
        return changed

    async def rename(self, name: str, to: str) -> Application:
        """Another label. Raises NameTaken, and Refused for one that nobody could read or type."""
        before = await self._before(name)
        changed = replace(before, name=checked_name(to))
        await self._on(changed, "application.renamed", {"was": name}).change_application(changed, seen=before)
        return changed

    async def put_logo(self, name: str, content: bytes | None) -> None:
        """Upload a logo; None has the catalogue's again. BadLogo."""
        application = await self._store.application(name)
        logo = checked_logo(content) if content is not None else None
        details = {"media_type": logo.media_type if logo else ""}
        told = self._on(application, "application.logo_changed", details)
        await told.put_logo(application.id, logo)

    async def map(
        self,
        name: str,
        variable: str,
        given: Mapping[str, Any],
        *,
        remove: bool = False,
        anyway: bool = False,
    ) -> tuple[Application, tuple[MappingRow, ...]]:
        """Change, add or take away one attribute of the mapping (``mapping.changed_mapping``); the rows as they are then.

        ``anyway``: the expression may name what nobody has yet, which else raises UnknownAttribute.
        """
        application = await self._store.application(name)
        before = await self._store.mapping(application.id)
        if self._seen_rows is not None and before != tuple(self._seen_rows):
            raise ChangedMeanwhile("The mapping was changed by somebody else meanwhile. Nothing was saved.")
        rows = changed_mapping(before, variable, given, remove=remove)
        if not anyway:
            await check_attributes(self._store, before, rows)
        details = {"variable": variable, "removed": remove} | {
            key: str(value) for key, value in given.items()
        }
        await self._on(application, "mapping.changed", details).set_mapping(application.id, rows, seen=before)
        return application, rows

    async def assign(
        self,
        name: str,
        people: Sequence[str],
        groups: Sequence[str],
        values: Mapping[str, str],
        priority: int = 0,
    ) -> int:
        """Assign people and groups; how many assignments are new or changed. Raises Refused, and then none is made."""
        application = await self._store.application(name)
        rows = await self._store.mapping(application.id)
        before = application.connection is None or not application.enabled
        made = []
        for login in people:
            check_values(values, rows, Subject.PERSON)
            person = await self._store.person(login)
            made.append(Assignment(Subject.PERSON, person.id, 0, values, before))
        for group_name in groups:
            check_values(values, rows, Subject.GROUP)
            group = await self._store.source_group(group_name)
            made.append(Assignment(Subject.GROUP, group.id, priority, values, before))
        details = {**_named(people, groups), "values": dict(values), "priority": priority}
        return await self._on(application, "assignment.made", details).assign(application.id, made)

    async def unassign(self, name: str, people: Sequence[str], groups: Sequence[str]) -> int:
        """Take assignments away; how many there were."""
        application = await self._store.application(name)
        person_ids = [(await self._store.person(login)).id for login in people]
        group_ids = [(await self._store.source_group(group, even_gone=True)).id for group in groups]
        told = self._on(application, "assignment.taken_away", _named(people, groups))
        gone = await told.unassign(application.id, Subject.PERSON, person_ids)
        return gone + await told.unassign(application.id, Subject.GROUP, group_ids)

    async def release_held(self, name: str) -> int:
        """*Provision User* for all who were assigned before provisioning was set up; how many assignments."""
        application = await self._store.application(name)
        return await self._on(application, "assignment.released").provision_held(application.id)

    async def set_engine(
        self,
        name: str,
        *,
        threshold_number: int | None = None,
        threshold_share: float | None = None,
        seen: EngineSettings | None = None,
        **given: Any,
    ) -> tuple[Application, EngineSettings]:
        """How the engine sends: what is named is changed (not None). Raises Refused.

        ChangedMeanwhile where it is no longer as ``seen``.
        """
        application = await self._store.application(name)
        before = await self._store.engine_settings(application.id)
        limits = Limits(
            before.limits.number if threshold_number is None else threshold_number,
            before.limits.share if threshold_share is None else threshold_share,
        )
        changes = {key: value for key, value in given.items() if value is not None}
        after = check_settings(replace(before, limits=limits, **changes), tuple(SCHEDULES))
        if after != before:
            details = {**changes, "threshold_number": limits.number, "threshold_share": limits.share}
            told = self._on(application, "engine.changed", details)
            await told.set_engine_settings(application.id, after, seen=seen or before)
        return application, after

    async def make_plan(self, name: str, by: str, *, refreshed: bool = False) -> PlanFile:
        """A plan, kept, to be read, approved and applied just so. ``by`` is who it is said to be made by."""
        application = await self._store.application(name)
        told = self._on(application, "plan.made", {"refreshed": refreshed})
        return await Planning(told, application, self._around.clock).make(by, refreshed=refreshed)

    async def approve_plan(self, name: str, id: int, by: str) -> PlanFile:
        """The plan, approved. Raises Refused where that is not for anybody to say any more."""
        application = await self._store.application(name)
        plan = approved(await self._store.plan(application.id, id), by, self._around.clock())
        await self._on(application, "plan.approved", {"plan": id}).change_plan(plan)
        return plan

    async def drop_plan(self, name: str, id: int) -> PlanFile:
        """Forget a plan that nobody wants; which that was."""
        application = await self._store.application(name)
        plan = await self._store.plan(application.id, id)
        await self._on(application, "plan.dropped", {"plan": id}).drop_plan(application.id, plan.id)
        return plan

    async def retry(self, name: str, whose: str | None = None) -> int:
        """*Retry Selected*: tasks of a person or group, or all, are queued again; how many."""
        application = await self._store.application(name)
        subject = await self._subject(whose)
        told = self._on(application, "task.retried", {"whose": whose or "all"})
        return await told.requeue(application.id, subject)

    async def dismiss(self, name: str, whose: str | None = None) -> int:
        """Tasks of a person or group, or all, are no more; how many."""
        application = await self._store.application(name)
        subject = await self._subject(whose)
        told = self._on(application, "task.dismissed", {"whose": whose or "all"})
        return await told.dismiss(application.id, subject)

    async def link_users(self, name: str, users: Sequence[ImportedUser]) -> list[ImportedUser]:
        """Confirm imported users; those that were linked. Raises Refused where somebody is linked otherwise."""
        application = await self._store.application(name)
        if not users:
            return []
        details = {"users": [user.user_name for user in users[:_MOST_NAMED]], "count": len(users)}
        return await confirm(self._on(application, "users.linked", details), application, users)

    async def issue_token(
        self,
        secret: Callable[[], NewSecret],
        scopes: Sequence[str],
        name: str = "",
        lifetime: timedelta | None = timedelta(days=365),
    ) -> tuple[str, ApiToken]:
        """A new API token, its text shown this once. ``lifetime`` None never ends. UnknownScope, TokenNameTaken."""
        granted, now = checked_scopes(scopes), self._around.clock()
        at = _text(now)
        while True:
            made = secret()
            until = _text(now + lifetime) if lifetime is not None else None
            token = ApiToken(made.id, name.strip() or made.id, granted, at, self.actor, until)
            details = {"name": token.name, "scopes": list(granted)}
            entry = self._entry("api_token.issued", "ApiToken", token.id, details)
            if await self._store.add_api_token(token, made.hash, entry):
                return made.text, token
            if any(one.name == token.name and not one.revoked_at for one in await self._store.api_tokens()):
                raise TokenNameTaken(f"There is an API token {token.name!r} already. Give it another name.")

    async def revoke_token(self, named: str) -> ApiToken:
        """End an API token, by id or name, for good. UnknownToken."""
        live = [one for one in await self._store.api_tokens() if not one.revoked_at]
        found = next((one for one in live if named in (one.id, one.name)), None)
        if found is None:
            names = ", ".join(one.name for one in live) or "none"
            raise UnknownToken(f"There is no API token {named!r} that is good. There are: {names}.")
        entry = self._entry("api_token.revoked", "ApiToken", found.id, {"name": found.name})
        await self._store.revoke_api_token(found.id, entry, entry.at)
        return found

    async def _before(self, name: str) -> Application:
        """The application as it is. ChangedMeanwhile where it is no longer as it was seen."""
        found = await self._store.application(name)
        if self._seen is not None and replace(found, quarantined="") != replace(self._seen, quarantined=""):
            raise ChangedMeanwhile(f"{name} was changed by somebody else meanwhile. Nothing was saved.")
        return found

    async def _subject(self, whose: str | None) -> str | None:
        if not whose:
            return None
        try:
            return (await self._store.person(whose)).id
        except UnknownName:
            pass
        try:
            return (await self._store.source_group(whose, even_gone=True)).id
        except UnknownName:
            raise UnknownName(f"There is no person and no group {whose!r} in the directory.") from None

    def _on(
        self, application: Application, action: str, details: Mapping[str, Any] | None = None
    ) -> ProvisioningStore:
        return self._by(action, "Application", application.name, details or {})

    def _by(self, action: str, kind: str, id: str, details: Mapping[str, Any]) -> ProvisioningStore:
        return self._store.audited(self._entry(action, kind, id, details))

    def _entry(self, action: str, kind: str, id: str, details: Mapping[str, Any]) -> AuditEntry:
        return AuditEntry(_text(self._around.clock()), self.actor, action, kind, id, details)


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")


def _address(application: Application) -> dict[str, Any]:
    return {"url": application.connection.base_url} if application.connection else {}


def _named(people: Sequence[str], groups: Sequence[str]) -> dict[str, Any]:
    return {"people": list(people[:_MOST_NAMED]), "groups": list(groups[:_MOST_NAMED])}
