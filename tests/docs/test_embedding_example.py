"""The example of the how-to page on embedding runs as it stands, but for the folder of its database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "embed.md"


async def test_the_example_serves_below_its_mount(tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    example = found[1].replace("/var/lib/product", str(tmp_path))
    names: dict[str, Any] = {}
    exec(compile(example, str(PAGE), "exec"), names)
    app = names["app"]
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://product.example") as client,
    ):
        config = await client.get("/provisioning/scim/v2/ServiceProviderConfig")
        assert config.status_code == 200
        refused = await client.get("/provisioning/scim/v2/Users")
        assert refused.status_code == 401
        link = refused.json()["detail"].rpartition(" ")[2]
        assert link.startswith("https://product.example/provisioning/r/")
        assert (await client.get(link)).status_code == 200
