"""Imports of the directory, and runs that go on by themselves, over the sending side's API."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.directory_api.conftest import Office, office

PEOPLE = "login,email,firstName,lastName\nana,ana@corp.test,Given,ana\nbo,bo@corp.test,Given,Moved\nnew,n@c.test,N,W\n"
GROUPS = "id,name,description\nall,Everyone,\n"
MEMBERSHIPS = "group,login\nall,ana\nall,new\n"
FILES = {"people.csv": PEOPLE, "groups.csv": GROUPS, "memberships.csv": MEMBERSHIPS}


async def over(api: Office, path: str, *ongoing: str) -> Any:
    """What it is once it goes on no more."""
    for _ in range(500):
        found = await api("GET", path)
        assert found.status == 200, found.json
        if found.json["state"] not in ongoing:
            return found.json
        await asyncio.sleep(0.01)
    raise AssertionError(f"{path} came to no end")


async def test_files_are_read_looked_at_and_confirmed(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        begun = await api("POST", "/imports", {"files": FILES})
        assert (begun.status, begun.json["by"]) == (202, "api:all")
        path = f"/imports/{begun.json['id']}"
        read = await over(api, path, "reading")
        assert (read["state"], read["origin"]) == ("ready", "people.csv, groups.csv, memberships.csv")
        counts = {name: count for name, count in read["counts"].items() if count}
        assert counts == {
            "people_added": 1, "people_changed": 2, "people_gone": 1, "members_added": 1, "members_removed": 2,
        }  # fmt: skip
        first = (await api("GET", f"{path}/changes?count=2")).json
        rest = (await api("GET", f"{path}/changes?count=2&cursor={first['next']}")).json
        rows = [(row["what"], row["name"]) for row in first["items"] + rest["items"]]
        assert rows[:4] == [("joins", "new"), ("changes", "ana"), ("changes", "bo"), ("leaves", "cy")]
        assert (await api("GET", "/people/new")).status == 404, "nothing counts before it is confirmed"
        done = await api("POST", f"{path}/confirm", {})
        assert (done.status, done.json["counts"]["people_added"]) == (200, 1)
        assert (await api("GET", "/people/new")).json["groups"] == ["Everyone"]
        assert (await api("GET", path)).status == 404
        entry = (await api("GET", "/audit?count=1000")).json["items"][-1]
        assert (entry["actor"], entry["action"]) == ("api:all", "directory.imported")


async def test_the_safeguard_holds_an_import_until_somebody_says_that_they_did_leave(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        header, *_, stranger = PEOPLE.splitlines()
        begun = await api("POST", "/imports", {"files": {"people.csv": f"{header}\n{stranger}\n"}})
        path = f"/imports/{begun.json['id']}"
        assert (await over(api, path, "reading"))["safeguard"] == "3 of 3 people"
        held = await api("POST", f"{path}/confirm", {})
        assert (held.status, "3 of 3 people would be gone" in held.json["detail"]) == (422, True)
        assert (await api("GET", "/people/ana")).json["person"]["status"] == "ACTIVE"
        assert (await api("POST", f"{path}/confirm", {"acceptLeavers": True})).status == 200
        assert (await api("GET", "/people/ana")).json["person"]["status"] == "DEPROVISIONED"


async def test_what_the_directory_was_changed_by_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        ids = []
        for files in (FILES, {**FILES, "people.csv": PEOPLE.replace("Moved", "Elsewhere")}):
            begun = await api("POST", "/imports", {"files": files})
            ids.append(begun.json["id"])
            await over(api, f"/imports/{ids[-1]}", "reading")
        assert [one["id"] for one in (await api("GET", "/imports")).json["items"]] == ids
        accepted = {"acceptLeavers": True}
        assert (await api("POST", f"/imports/{ids[0]}/confirm", accepted)).status == 200
        late = await api("POST", f"/imports/{ids[1]}/confirm", accepted)
        assert (late.status, "read the source again" in late.json["detail"]) == (409, True)
        assert (await api("GET", "/people/bo")).json["person"]["attributes"]["lastName"] == "Moved"
        assert (await api("DELETE", f"/imports/{ids[1]}")).status == 204
        assert (await api("GET", "/imports")).json["items"] == []


async def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        for body, words in (
            ({}, "people.csv is missing or empty"),
            ({"files": {"staff.xlsx": "x"}}, "'staff.xlsx' is not read"),
            ({"files": {"../people.csv": "x"}}, "'../people.csv' is not read"),
            ({"files": FILES, "name": "No Name"}, "small letters, digits and hyphens"),
            ({"source": "ldap"}, "There is no source 'ldap' here"),
            ({"source": "ldap", "files": FILES}, "not both"),
        ):
            refused = await api("POST", "/imports", body)
            assert (refused.status, words in refused.json["detail"]) == (422, True), refused.json
        begun = await api("POST", "/imports", {"files": {"directory.json": "{"}})
        read = await over(api, f"/imports/{begun.json['id']}", "reading")
        assert (read["state"], "no JSON" in read["fault"]) == ("failed", True)
        early = await api("POST", f"/imports/{begun.json['id']}/confirm", {})
        assert (early.status, "no JSON" in early.json["detail"]) == (409, True)
        begun = await api(
            "POST", "/imports", {"files": {**FILES, "people.csv": f"{PEOPLE},x@c.test,No,Login\n"}}
        )
        read = await over(api, f"/imports/{begun.json['id']}", "reading")
        assert (read["faultCount"], read["faults"][0]["line"]) == (1, 5)
        reader = await api.hand("directory:read", name="reader")
        assert (await reader("POST", "/imports", {"files": FILES})).status == 403
        assert (await api("GET", "/sources")).json["items"] == []


async def test_a_run_goes_on_by_itself_and_tells_how_far_it_is(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        await api("POST", "/applications/app/assignments", {"groups": ["Everyone"]})
        api.server.delay = 0.05
        begun = await api("POST", "/applications/app/background-runs", {})
        assert (begun.status, begun.json["state"], begun.json["report"]) == (202, "running", None)
        path = f"/applications/app/background-runs/{begun.json['id']}"
        done = await over(api, path, "running")
        assert (done["state"], done["report"]["creates"], done["fault"]) == ("done", 3, "")
        assert done["progress"][0] == {
            "stage": "users",
            "settled": 3,
            "total": 3,
            "latest": done["progress"][0]["latest"],
        }
        forced = await api("POST", "/applications/app/background-runs", {"forced": True})
        again = await over(api, f"/applications/app/background-runs/{forced.json['id']}", "running")
        assert (again["title"], again["report"]["updates"]) == ("Force Sync", 3)
        listed = (await api("GET", "/applications/app/background-runs")).json["items"]
        assert [one["id"] for one in listed] == [begun.json["id"], forced.json["id"]]


async def test_a_run_that_may_not_be_is_refused_at_once_and_one_that_fails_says_why(tmp_path: Path) -> None:
    async with office(tmp_path) as api:
        await api("POST", "/applications/app/assignments", {"people": ["ana"]})
        await api.sending.desk("administrator:mia").set_engine("app", needs_approval=True)
        refused = await api("POST", "/applications/app/background-runs", {})
        assert (refused.status, "Only approved plans" in refused.json["detail"]) == (422, True)
        plan = (await api("POST", "/applications/app/plans", {})).json["id"]
        early = await api("POST", "/applications/app/background-runs", {"plan": plan})
        assert (early.status, "approve" in early.json["detail"]) == (422, True)
        await api("POST", f"/applications/app/plans/{plan}/approve")
        begun = await api("POST", "/applications/app/background-runs", {"plan": plan})
        path = "/applications/app/background-runs"
        assert (await over(api, f"{path}/{begun.json['id']}", "running"))["report"]["creates"] == 1
        await api.sending.desk("administrator:mia").set_engine("app", needs_approval=False)
        await api.sending.desk("administrator:mia").integration("app", on=False)
        begun = await api("POST", path, {})
        failed = await over(api, f"{path}/{begun.json['id']}", "running")
        assert (failed["state"], "is off" in failed["fault"]) == ("failed", True)
        assert (await api("GET", f"{path}/00")).status == 404
