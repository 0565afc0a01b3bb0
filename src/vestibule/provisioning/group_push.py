"""Group Push as an administrator does it: push, link, hold back, unlink, by name or by rule (W82–W97).

Nothing is sent here: what is to be sent is noted, and the next run sends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.provisioning.application import Application
from vestibule.provisioning.push_group import PushFacts, PushGroup, PushState
from vestibule.provisioning.push_rule import PushRule, check_rule, rule_of
from vestibule.provisioning.source import SourceGroup
from vestibule.provisioning.store import ProvisioningStore, UnknownName
from vestibule.refused import Refused


async def push(
    store: ProvisioningStore,
    application: Application,
    group: SourceGroup,
    *,
    now: bool = False,
    link_to: str = "",
    keep_name: bool = False,
    rule_id: int = 0,
) -> PushGroup:
    """Push a group; one that was held back says its whole membership again (C9320), and so does *Push Now* (C9316).

    ``link_to`` is the name of a group that is there: its members stay (C9315), and it is renamed unless
    ``keep_name`` (C9330). Raises Refused where the group is linked already.
    """
    known = await _known(store, application, group) or PushGroup(group.id, group.name, rule_id=rule_id)
    if link_to and known.external_id:
        raise Refused(
            f"{group.name} is linked already. Unlink it first: "
            f"vestibule app push-group {application.name} {group.name!r} --unlink."
        )
    resumed = known.state is PushState.PAUSED and bool(known.external_id)
    pushed = replace(
        known,
        state=PushState.ACTIVE,
        full_push=known.full_push or now or resumed,
        link_name=link_to or known.link_name,
        keep_name=keep_name if link_to else known.keep_name,
    )
    await store.put_push_group(application.id, pushed)
    return pushed


async def hold_back(store: ProvisioningStore, application: Application, group: SourceGroup) -> None:
    """Send nothing for a group until it is pushed again (C9319)."""
    known = await _known(store, application, group) or PushGroup(group.id, group.name)
    await store.put_push_group(application.id, replace(known, state=PushState.PAUSED))


async def unlink(
    store: ProvisioningStore, application: Application, group: SourceGroup, *, delete: bool
) -> None:
    """Push a group no longer; it is deleted there (C9318) or left as it is (C9321). Its people stay either way."""
    known = await _known(store, application, group)
    if known is None:
        raise Refused(f"{group.name} is not pushed to {application.name}: there is nothing to unlink.")
    if delete and known.external_id:
        await store.put_push_group(application.id, replace(known, state=PushState.DELETING))
    else:
        await store.drop_push_group(application.id, group.id)


async def add_rule(
    store: ProvisioningStore, application: Application, rule: PushRule
) -> tuple[PushRule, int]:
    """A new rule, and how many groups it pushes from now on (C9323). Raises Refused."""
    added = await store.add_push_rule(application.id, check_rule(rule))
    return added, await push_by_rules(store, application)


async def rule_named(store: ProvisioningStore, application: Application, name: str) -> PushRule:
    """By name in any letter case; raises UnknownName."""
    rules = await store.push_rules(application.id)
    found = next((rule for rule in rules if rule.name.casefold() == name.casefold()), None)
    if found is None:
        names = ", ".join(rule.name for rule in rules) or "none"
        raise UnknownName(f"{application.name} has no push rule {name!r}. There are: {names}.")
    return found


async def activate_rule(
    store: ProvisioningStore, application: Application, rule: PushRule, *, active: bool
) -> int:
    """Hold back, or push again, the groups of a rule (C9324); how many those are."""
    await store.change_push_rule(application.id, replace(rule, active=active))
    groups = await _of_rule(store, application, rule)
    for facts in groups:
        group = SourceGroup(facts.group.group_id, "", facts.group.name)
        if active:
            await push(store, application, group)
        else:
            await hold_back(store, application, group)
    return len(groups) + (await push_by_rules(store, application) if active else 0)


async def drop_rule(
    store: ProvisioningStore, application: Application, rule: PushRule, *, delete_groups: bool
) -> int:
    """Forget a rule; its groups are deleted there (C9325) or left as they are (C9326). How many those are."""
    groups = await _of_rule(store, application, rule)
    for facts in groups:
        group = SourceGroup(facts.group.group_id, "", facts.group.name)
        await unlink(store, application, group, delete=delete_groups)
    await store.drop_push_rule(application.id, rule.id)
    return len(groups)


async def push_by_rules(store: ProvisioningStore, application: Application) -> int:
    """Push what active rules take and is not pushed yet; how many. A group that no longer fits stays as it is."""
    rules = [rule for rule in await store.push_rules(application.id) if rule.active]
    if not rules:
        return 0
    pushed = {facts.group.group_id for facts in await store.push_facts(application.id)}
    count = 0
    for group, _ in await store.source_groups():
        rule = None if group.id in pushed else rule_of(group, rules)
        if rule is not None:
            await push(store, application, group, rule_id=rule.id)
            count += 1
    return count


async def _of_rule(store: ProvisioningStore, application: Application, rule: PushRule) -> Sequence[PushFacts]:
    return [facts for facts in await store.push_facts(application.id) if facts.group.rule_id == rule.id]


async def _known(store: ProvisioningStore, application: Application, group: SourceGroup) -> PushGroup | None:
    found = await store.push_facts(application.id, group.id)
    return found[0].group if found else None
