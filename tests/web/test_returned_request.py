"""An attribute of *returned* request is shown after a write that named it, and where it is asked for (R73)."""

from __future__ import annotations

import pytest

from tests.installation import installation
from vestibule.profiles.builtin import builtin_texts
from vestibule.tenancy.kept_profiles import keep_profile

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BADGE = f"""
[[schemas]]
id = "{USER}"

[[schemas.attributes]]
name = "badge"
description = "The number on the badge."
returned = "request"
"""


@pytest.mark.requirement("R73")
async def test_it_is_shown_when_named_and_not_otherwise() -> None:
    text = builtin_texts()["generic"].replace('name = "generic"', 'name = "badges"') + BADGE
    async with installation() as site:
        await keep_profile(site.desk, text, "badges.toml")
        tenant = await site.tenant("badges")
        body = {"schemas": [USER], "userName": "mika@corp.test", "badge": "17"}
        made = await tenant.post("/Users", body)
        assert made.json["badge"] == "17"
        path = f"/Users/{made.json['id']}"
        assert "badge" not in (await tenant.get(path)).json
        assert (await tenant.get(f"{path}?attributes=badge")).json["badge"] == "17"

        def patch(operation: dict[str, object]) -> dict[str, object]:
            return {"schemas": [PATCH], "Operations": [operation]}

        named = await tenant.patch(path, patch({"op": "replace", "path": "badge", "value": "18"}))
        assert named.json["badge"] == "18"
        inside = await tenant.patch(path, patch({"op": "replace", "value": {"badge": "19"}}))
        assert inside.json["badge"] == "19"
        other = await tenant.patch(path, patch({"op": "replace", "path": "title", "value": "Boss"}))
        assert other.json["title"] == "Boss"
        assert "badge" not in other.json
