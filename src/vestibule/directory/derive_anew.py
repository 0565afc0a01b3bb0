"""After a profile or the folding has changed: columns, search form, keys and served form, made again.

In small steps, each a transaction with its progress: killed half-way it goes on from there. Who
writes meanwhile writes rows that are current already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import orjson

from vestibule.directory.change import ResourceWrite
from vestibule.directory.derivation import Derivable, DerivationStore, Progress
from vestibule.directory.derived import Derived
from vestibule.profiles.profile import ApplicationProfile
from vestibule.scim.fold import FOLD_VERSION

#: Rows in one step: some milliseconds of the writer's time.
_STEP = 100


def derived_as(profile: ApplicationProfile) -> str:
    """What ``Tenant.derived`` is where every row follows from this profile and this folding."""
    return f"{profile.version}/{FOLD_VERSION}"


def has_this_folding(derived: str) -> bool:
    """Whether a tenant's rows were folded as this program folds."""
    return derived.endswith(f"/{FOLD_VERSION}")


async def derive_anew(
    store: DerivationStore,
    tenant: int,
    profile: ApplicationProfile,
    clock: Callable[[], str],
    *,
    pause: float = 0.0,
) -> Progress:
    """Derive what is left to derive; the progress at the end. ``pause`` seconds between two steps."""
    target = derived_as(profile)
    progress = await store.progress(tenant)
    if progress is None or progress.target != target or progress.ended_at is not None:
        progress = Progress(target, "", 0, 0, clock())
    while rows := await store.rows_after(tenant, progress.after, _STEP):
        writes = [write for row in rows if (write := _renewed(profile, row)) is not None]
        progress = replace(
            progress,
            after=rows[-1].resource.id,
            looked=progress.looked + len(rows),
            renewed=progress.renewed + len(writes),
        )
        progress = await store.renew(tenant, writes, progress)
        if writes:
            await asyncio.sleep(pause)
    return await store.renew(tenant, (), replace(progress, ended_at=clock()))


def is_of(profile_version: int, profile: ApplicationProfile) -> bool:
    """Whether a row follows from that profile; a negative version says that it holds what is not shown."""
    return profile_version in (profile.version, -profile.version)


def find_anew(profile: ApplicationProfile) -> Callable[[str, bytes], str]:
    """The search form of a stored document by the name of its type, as it would be derived now."""

    def find(type_name: str, doc: bytes) -> str:
        type = profile.types.get(type_name)
        return orjson.dumps(type.search_form(orjson.loads(doc))).decode() if type else "{}"

    return find


def _renewed(profile: ApplicationProfile, row: Derivable) -> ResourceWrite | None:
    """The row as it shall be, None where it is so, or where the profile has no such type."""
    before, type = row.resource, profile.types.get(row.resource.type)
    if type is None or (is_of(before.profile_version, profile) and row.fold_version == FOLD_VERSION):
        return None
    derived = Derived(type, profile, type.with_schemas(before.document()), before)
    return derived.write(replace(before, **derived.columns), before)
