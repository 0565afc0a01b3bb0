"""``vestibule explain`` and ``request`` on a bulk request and its operations."""

from __future__ import annotations

from tests import cast
from tests.bulk.batches import BULK_REQUEST
from tests.cli.conftest import CommandLine
from tests.cli.provider import provider_of


def test_a_bulk_request_and_each_operation_have_a_story(cli: CommandLine) -> None:
    okta = provider_of(cli)
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "h", "data": cast.hanako()},
        {"method": "DELETE", "path": "/Users/nobody"},
    ]
    done = okta("POST", "/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})
    assert done.status == 200
    whole = cli("explain", done.request, "--json").json
    assert whole["reason"].startswith("2 operations: 1 done, 1 refused (2).")
    made = cli("explain", f"{done.request}:1", "--json").json
    assert made["body"]["userName"] == "hanako.sato@corp.test"
    assert [event["type"] for event in made["events"]] == ["user.created"]
    link = done.json["Operations"][1]["response"]["detail"].rpartition(" ")[2]
    assert cli("explain", link, "--json").json["status"] == 404
    assert "DELETE /scim/v2/Users/nobody" in cli("request", "show", link).out
    recording = cli("request", "export", f"{done.request}:1").json
    assert "/Users" in [step.get("path") for step in recording["steps"]]
    refused = cli("request", "export", done.request)
    assert refused.code == 1
    assert f"{done.request}:1 is the first" in refused.err
