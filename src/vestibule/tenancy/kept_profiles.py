"""Copying a profile from a file into the database, and the installation's default."""

from __future__ import annotations

from vestibule.profiles.load import is_profile_file, load_profile, profile_text
from vestibule.profiles.profile import ApplicationProfile
from vestibule.profiles.shelf import StoredProfile
from vestibule.tenancy.desk import Desk
from vestibule.tenancy.errors import InvalidatesPeople


async def keep_profile(desk: Desk, text: str, file: str, *, accept: bool = False) -> ApplicationProfile:
    """Copy the profile into the database; its name means it from now on. ``FaultyProfile``.

    ``InvalidatesPeople`` where somebody of a tenant that has it would not fit any more, unless that is
    accepted. The same content a second time changes nothing.
    """
    profile = load_profile(text, file)
    known = await desk.store.stored_profile(profile.name)
    if known is None or known.version != profile.version:
        payload: dict[str, object] = {"version": profile.version}
        if accepted := await _unfit(desk, profile, accept):
            payload["accepted"] = accepted
        now = desk.clock()
        entry = desk.entry("profile.kept", "Profile", profile.name, payload)
        await desk.store.keep_profile(StoredProfile(profile.name, profile.version, text, now), entry, now)
    return profile


async def profile_named(desk: Desk, name_or_file: str, *, accept: bool = False) -> ApplicationProfile:
    """The profile of that name; a path ending in .toml is copied into the database first.

    ``UnknownProfile``, ``FaultyProfile``, ``UnreadableProfile``, ``InvalidatesPeople``.
    """
    if not is_profile_file(name_or_file):
        return await desk.profiles.current(name_or_file)
    return await keep_profile(desk, profile_text(name_or_file), name_or_file, accept=accept)


async def choose_default_profile(desk: Desk, name_or_file: str) -> ApplicationProfile:
    """What a new tenant takes where none is named. Raises as ``profile_named`` does."""
    profile = await profile_named(desk, name_or_file)
    if await desk.store.default_profile() != profile.name:
        entry = desk.entry("profile.made_default", "Profile", profile.name)
        await desk.store.set_default_profile(profile.name, entry, desk.clock())
    return profile


async def _unfit(desk: Desk, profile: ApplicationProfile, accept: bool) -> dict[str, int]:
    """How many of each tenant with that profile would not fit it any more; refused unless accepted."""
    unfit: dict[str, int] = {}
    for tenant in await desk.store.tenants():
        if tenant.profile == profile.name and desk.checker is not None:
            before = await desk.profiles.current(profile.name)
            checked = await desk.checker.check(tenant.id, profile, before)
            if checked.invalidates and not accept:
                raise InvalidatesPeople(profile.name, tenant.slug, checked)
            if checked.invalidates:
                unfit[tenant.slug] = checked.unfit
    return unfit
