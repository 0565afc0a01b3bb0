"""What a profile makes of the people, groups and other resources that a tenant has already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vestibule.directory.derivation import DerivationStore
from vestibule.directory.derived import key_value
from vestibule.directory.facts import TenantRoles
from vestibule.directory.fitness import Misfit, misfits, unique_values
from vestibule.directory.resource import Resource, State
from vestibule.directory.role_simulation import RoleComparison, RoleOutlook, RoleRules
from vestibule.directory.roles import rules
from vestibule.directory.store import DirectoryStore
from vestibule.profiles.profile import ApplicationProfile, Role
from vestibule.scim.document import Document

_STEP = 500
#: So many resources are named for each thing that does not fit.
MOST_EXAMPLES = 3
#: So many things are told apart; further ones are counted with the last.
_MOST_KINDS = 200


@dataclass(frozen=True, slots=True)
class Example:
    """One resource that something does not fit: how it is called, and the sentence."""

    id: str
    name: str
    sentence: str


@dataclass(slots=True)
class Finding:
    """One attribute of one type that does not fit: how many resources, and some of them."""

    type: str
    path: str
    hides: bool
    count: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class CheckedTenant:
    """What a profile would mean for one tenant. ``seen`` counts resources by type.

    ``roles`` says who would get another role with their next change, where two profiles were compared.
    """

    seen: dict[str, int] = field(default_factory=dict)
    unfit: int = 0
    found: dict[tuple[str, str, bool], Finding] = field(default_factory=dict)
    roles: RoleOutlook | None = None

    @property
    def findings(self) -> list[Finding]:
        """What does not fit first, then what is merely hidden; the most frequent first."""
        return sorted(self.found.values(), key=lambda one: (one.hides, -one.count, one.type, one.path))

    @property
    def invalidates(self) -> bool:
        """Whether anything is there that the profile does not allow."""
        return self.unfit > 0


@dataclass(frozen=True, slots=True)
class ProfileChecker:
    """Looks through what a tenant has."""

    directory: DirectoryStore
    derivation: DerivationStore

    async def check(
        self, tenant: int, profile: ApplicationProfile, before: ApplicationProfile | None = None
    ) -> CheckedTenant:
        """Everybody against ``profile``; with ``before``, only what fits that one and not ``profile``."""
        key = TenantRoles()
        roles: Sequence[Role] = (await self.directory.facts(tenant, (key,)))[key]
        checking = _Checking(profile, before, roles)
        after = ""
        while rows := await self.derivation.rows_after(tenant, after, _STEP):
            for row in rows:
                checking.look(row.resource)
            after = rows[-1].resource.id
        return checking.checked


class _Checking:
    def __init__(
        self, profile: ApplicationProfile, before: ApplicationProfile | None, roles: Sequence[Role]
    ) -> None:
        self._profile = profile
        self._before = before
        self._roles = roles
        self._holders: dict[tuple[str, str, str], str] = {}
        self._comparison: RoleComparison | None = None
        if before is not None:
            self._comparison = RoleComparison(
                RoleRules(rules(before.role_sources), before.roles_with(roles)),
                RoleRules(rules(profile.role_sources), profile.roles_with(roles)),
            )
        self.checked = CheckedTenant(roles=self._comparison.outlook if self._comparison else None)

    def look(self, resource: Resource) -> None:
        if resource.state is State.TOMBSTONE:
            return
        if self._comparison is not None:
            self._comparison.look(resource)
        checked, document = self.checked, resource.document()
        checked.seen[resource.type] = checked.seen.get(resource.type, 0) + 1
        found = [*misfits(self._profile, resource.type, document, self._roles)]
        found += self._doubles(resource, document)
        if self._before is not None and found:
            known = {(m.path, m.hides) for m in misfits(self._before, resource.type, document, self._roles)}
            found = [misfit for misfit in found if (misfit.path, misfit.hides) not in known]
        if any(not misfit.hides for misfit in found):
            checked.unfit += 1
        for misfit in found:
            self._note(resource, document, misfit)

    def _doubles(self, resource: Resource, document: Document) -> list[Misfit]:
        """Values that somebody before has, where the profile says they are unique (and ``before`` did not)."""
        was_unique: Mapping[str, object] = {}
        if self._before is not None:
            type = self._before.types.get(resource.type)
            was_unique = dict.fromkeys(type.unique) if type else {}
        found = []
        for path, value in unique_values(self._profile, resource.type, document):
            holder = self._holders.setdefault((resource.type, path, value), resource.id)
            if holder != resource.id and path not in was_unique:
                found.append(Misfit(path, f'{path} "{value[:80]}" is unique, and {holder} has it too.'))
        return found

    def _note(self, resource: Resource, document: Document, misfit: Misfit) -> None:
        found = self.checked.found
        place = resource.type, misfit.path, misfit.hides
        if place not in found and len(found) >= _MOST_KINDS:
            place = resource.type, "(further attributes)", misfit.hides
        finding = found.setdefault(place, Finding(*place))
        finding.count += 1
        if len(finding.examples) < MOST_EXAMPLES:
            name = self._name(resource, document)
            finding.examples.append(Example(resource.id, name, misfit.sentence))

    def _name(self, resource: Resource, document: Document) -> str:
        rules = self._profile.declared.get(resource.type)
        if rules is not None:
            return key_value(rules, document)
        return str(document.get("userName") or document.get("displayName") or "")
