"""What must hold, beyond the rows themselves, for a Change to be what its facts said."""

from __future__ import annotations

from collections.abc import Sequence

from vestibule.directory.change import Change
from vestibule.directory.resource import State
from vestibule.scim.fold import fold_user_name
from vestibule.stores.postgresql.statement import Statement

#: SQLSTATE of the function ``conflict``: a precondition does not hold any more, decide again.
CONFLICT = "VS409"


def keys_to_hold(change: Change) -> list[str]:
    """What others may decide about at the same time with no row that both would write, as keys of locks."""
    keys = [
        _lock(kind, key)
        for kind, key in change.must_be_free
        if kind != "userName" or not _is_kept_by_index(change, key)
    ]
    keys += [f"{key.type} {key.attribute} {key.value}" for key in change.unique_keys]
    if _nested(change):
        keys.append("groups in groups")
    return sorted(set(keys))


def expect_free(statement: Statement, change: Change) -> str | None:
    """The part that waits for the keys and looks whether they are free, or None where there is none.

    Whatever writes names it, so that it comes first.
    """
    keys = keys_to_hold(change)
    if not keys:
        return None
    tenant = statement.tenant
    checks = [f"WHEN NOT hold_keys({tenant}, {statement.bind(keys, 'text[]')}) THEN false"]
    for call, otherwise in _checks(statement, change):
        checks.append(f"WHEN NOT {call.format(tenant=tenant)} THEN conflict('{otherwise}')")
    return statement.add("free", f"SELECT CASE {' '.join(checks)} ELSE true END AS ok")


def _checks(statement: Statement, change: Change) -> list[tuple[str, str]]:
    def texts(values: Sequence[str]) -> str:
        return statement.bind(list(values), "text[]")

    checks: list[tuple[str, str]] = []
    own = [write.resource.id for write in change.resources]
    asked = [(kind, key) for kind, key in change.must_be_free if kind not in ("waiting", "member")]
    if ids := [key for kind, key in asked if kind == "id"]:
        checks.append((f"ids_are_free({{tenant}}, {texts(ids)}, {texts(own)})", "an id is taken"))
    if names := [key for kind, key in asked if kind == "userName" and not _is_kept_by_index(change, key)]:
        checks.append(
            (f"user_names_are_free({{tenant}}, {texts(names)}, {texts(own)})", "a userName is taken")
        )
    if names := [key for kind, key in asked if kind == "displayName"]:
        managers = {write.resource.connection for write in change.resources if write.resource.type == "Group"}
        pairs = [(name, manager) for name in names for manager in managers]
        called, managed_by = texts([name for name, _ in pairs]), [manager for _, manager in pairs]
        connections = statement.bind(managed_by, "bigint[]")
        checks.append(
            (
                f"display_names_are_free({{tenant}}, {called}, {connections}, {texts(own)})",
                "a displayName is taken",
            )
        )
    if change.unique_keys:
        types = texts([key.type for key in change.unique_keys])
        attributes = texts([key.attribute for key in change.unique_keys])
        given = texts([key.value for key in change.unique_keys])
        checks.append(
            (
                f"keys_are_free({{tenant}}, {types}, {attributes}, {given}, {texts(own)})",
                "a unique value is taken",
            )
        )
    if values := [key for kind, key in change.must_be_free if kind == "member"]:
        asking = sorted({delta.connection for delta in change.pending if delta.present})
        folded = texts([fold_user_name(value) for value in values])
        connections = statement.bind(asking, "bigint[]")
        checks.append(
            (
                f"they_mean_nobody({{tenant}}, {texts(values)}, {folded}, {connections})",
                "a member value means somebody by now",
            )
        )
    if values := [key for kind, key in change.must_be_free if kind == "waiting"]:
        gone = [delta for delta in change.pending if not delta.present]
        groups, named = texts([delta.group_id for delta in gone]), texts([delta.value for delta in gone])
        checks.append(
            (f"nobody_waits({{tenant}}, {texts(values)}, {groups}, {named})", "a person is waited for by now")
        )
    if nested := _nested(change):
        groups, members = texts([group for group, _ in nested]), texts([member for _, member in nested])
        checks.append((f"no_cycle_closes({{tenant}}, {groups}, {members})", "a group would hold itself"))
    return checks


def _lock(kind: str, key: str) -> str:
    if kind == "displayName":
        return f"group {key}"
    return f"person {fold_user_name(key) if kind in ('member', 'id') else key}"


def _nested(change: Change) -> list[tuple[str, str]]:
    return [
        (delta.group_id, delta.member_id)
        for delta in change.members
        if delta.present and delta.member_type == "Group"
    ]


def _is_kept_by_index(change: Change, user_name: str) -> bool:
    """A row written under that userName meets the unique index."""
    return any(
        write.resource.user_name == user_name and write.resource.state is not State.TOMBSTONE
        for write in change.resources
    )
