"""The example profile with a resource type of its own."""

from __future__ import annotations

from pathlib import Path

from tests.installation import Site, Tenant
from vestibule.tenancy.kept_profiles import keep_profile

FILE = Path(__file__).parents[2] / "examples" / "profiles" / "devices.toml"
DEVICE = "urn:example:params:scim:schemas:core:2.0:Device"
WARRANTY = "urn:example:params:scim:schemas:extension:warranty:2.0:Device"


def text(*replaced: tuple[str, str]) -> str:
    """The file's text, with pieces replaced; each must be there."""
    content = FILE.read_text("utf-8")
    for old, new in replaced:
        assert old in content, old
        content = content.replace(old, new, 1)
    return content


async def tenant_with_devices(site: Site, *replaced: tuple[str, str], slug: str = "") -> Tenant:
    """A new tenant of a product with devices."""
    await keep_profile(site.desk, text(*replaced), "devices.toml")
    return await site.tenant("devices", slug)


def device(serial: str, **more: object) -> dict[str, object]:
    """A device as a client sends it."""
    return {"schemas": [DEVICE], "serialNumber": serial, **more}
