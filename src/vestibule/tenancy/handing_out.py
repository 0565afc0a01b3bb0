"""Who hands out a tenant's access tokens: its own administrators, or the vendor on request."""

from __future__ import annotations

from vestibule.profiles.profile import ApplicationProfile


def is_by_request(profile: ApplicationProfile) -> bool:
    """Whether the vendor hands them out, so that an administrator asks for one rather than makes it."""
    return bool(profile.product.wording.get("token_by_request"))
