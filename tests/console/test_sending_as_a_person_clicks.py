"""P1–P8, P10, A and G from the sending side: an administrator clicks, and the product has the person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser

from tests.console.conftest import Person
from tests.console.directory import Directory, directory_served
from tests.console.serving import Served
from vestibule.tenancy.domains import add_domain
from vestibule.tenancy.tenant import Tenant

PEOPLE = """login,email,firstName,lastName,displayName
mika,mika.laine@corp.test,Mika,Laine,Mika Laine
hanako,hanako.sato@corp.test,花子,佐藤,佐藤 花子
kim.mj,kim@corp.test,Min-jun,Kim,Kim Min-jun
guest,guest@mail.example,Guillaume,Guest,Guillaume Guest
nao,nao@corp.test,Nao,Ito,Nao Ito
"""
GROUPS = "id,name,description\nsales,Sales EMEA,\nall,Everybody,\n"
MEMBERSHIPS = "group,login\nsales,mika\nsales,hanako\nall,mika\nall,hanako\nall,kim.mj\n"
_PATIENCE_SECONDS = 20.0
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class There:
    """A product's tenant, as its SCIM address shows it."""

    def __init__(self, server: Served, tenant: Tenant) -> None:
        self.tenant = tenant
        self.token = server.token(tenant)
        self.base = server.base(tenant)

    def users(self) -> dict[str, dict[str, Any]]:
        """Everybody, by user name."""
        return {user["userName"]: user for user in self._list("/Users")}

    def teams(self) -> dict[str, int]:
        """The number of members of each team."""
        return {group["displayName"]: len(group.get("members", [])) for group in self._list("/Groups")}

    def edits(self, user_name: str, **attributes: str) -> None:
        """Somebody edits a user in the product itself."""
        path = f"/Users/{self.users()[user_name]['id']}"
        operation = {"op": "replace", "value": attributes}
        self._sends("PATCH", path, {"schemas": [_PATCH], "Operations": [operation]})

    def has(self, user_name: str, given: str, family: str) -> str:
        """Somebody who is in the product without having been sent; their id."""
        body = {"schemas": [_USER], "userName": user_name, "name": {"givenName": given, "familyName": family}}
        emails = [{"value": user_name, "type": "work", "primary": True}]
        found: str = self._sends("POST", "/Users", {**body, "emails": emails, "active": True})["id"]
        return found

    def _sends(self, method: str, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        answer = httpx2.request(method, f"{self.base}{path}", json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def _list(self, path: str) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx2.get(f"{self.base}{path}?count=200", headers=headers)
        found: list[dict[str, Any]] = answer.json()["Resources"]
        return found


def comes(look: Callable[[], bool]) -> None:
    """It becomes so within some seconds."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """The company's, empty."""
    with directory_served(tmp_path_factory.mktemp("directory")) as one:
        yield one


@pytest.fixture(scope="module")
def mia(chromium: Browser, directory: Directory) -> Iterator[Person]:
    """Its administrator, for the whole story."""
    one = Person(chromium, directory)
    one.sign_in(directory.administrator("mia@corp.test"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def sales(server: Served) -> There:
    """A GetAccept entity, sign-on confirmed, its domain proven, one account in it from before."""
    tenant = server.tenant("Clicked Sales", "getaccept")
    server.do(add_domain(server.stage.site.desk, tenant, "corp.test"))
    server.existing(
        tenant, "userName,givenName,familyName,email\nmika.laine@corp.test,Mika,Laine,mika.laine@corp.test\n"
    )
    return There(server, tenant)


def to(mia: Person, application: str, *words: str) -> None:
    """One application's tab."""
    mia.menu("Applications", application, *words)


def tick(mia: Person, name: str) -> None:
    """Tick somebody in a list."""
    mia.page.get_by_label(name).first.check()


def test_the_directory_is_imported_once_its_changes_were_seen(mia: Person, tmp_path: Path) -> None:
    for name, text in (("people", PEOPLE), ("groups", GROUPS), ("memberships", MEMBERSHIPS)):
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    mia.menu("Directory", "Import")
    for name in ("people", "groups", "memberships"):
        mia.page.locator(f"#{name}").set_input_files(tmp_path / f"{name}.csv")
    mia.press("Read the files")
    mia.sees("people join")
    mia.sees("Sales EMEA")
    mia.press("Import")
    mia.sees("Imported. What it changes is sent to the applications.")
    mia.menu("People")
    mia.sees("佐藤 花子")


def test_g_an_application_of_the_catalog_opens_provisioning_after_sign_on(mia: Person) -> None:
    mia.menu("Applications")
    mia.page.get_by_role("link", name="Browse App Catalog").first.click()
    mia.page.get_by_label("Search the catalog").fill("accept")
    mia.press("Search")
    mia.page.get_by_role("link", name="Add GetAccept").click()
    mia.press("Add")
    mia.sees("Set up Sign On next")
    mia.menu("Provisioning")
    mia.sees("Sign On comes first")
    mia.page.get_by_role("link", name="Sign On", exact=True).first.click()
    mia.page.get_by_label("SAML 2.0").check()
    mia.page.get_by_label("Application username format").select_option("okta-username")
    mia.press("Save")
    mia.sees("Saved.")


def test_p6_assigned_before_provisioning_people_wait(mia: Person) -> None:
    to(mia, "GetAccept", "Assignments")
    mia.page.get_by_role("link", name="Assign to People").click()
    tick(mia, "Mika Laine")
    mia.page.get_by_label("User type").select_option("Manager")
    mia.press("Assign")
    mia.sees("They wait until provisioning is set up.")


def test_p3_credentials_are_tested_and_what_is_wrong_is_told(mia: Person, sales: There) -> None:
    to(mia, "GetAccept", "Provisioning")
    mia.page.get_by_role("link", name="Configure API integration").click()
    mia.page.get_by_label("Base URL").fill(sales.base)
    mia.page.get_by_label("API token").fill(sales.token[:-4])
    mia.press("Test API Credentials")
    mia.sees("The token is wrong.")
    mia.page.get_by_label("Base URL").fill(f"{sales.base}/nowhere")
    mia.page.get_by_label("API token").fill(sales.token)
    mia.press("Save")
    mia.sees("The Base URL is wrong.")
    mia.page.get_by_label("Base URL").fill(sales.base)
    mia.press("Test API Credentials")
    mia.sees("The application was verified successfully.")


def test_p8a_p8_sign_on_and_user_name_are_compared_and_the_format_mends_it(mia: Person) -> None:
    mia.sees("Sign On and Provisioning differ for 1 of the people assigned")
    mia.press("Save")
    mia.sees("API integration is enabled.")
    mia.page.get_by_role("link", name="Sign On", exact=True).first.click()
    mia.page.get_by_label("Application username format").select_option("email")
    mia.press("Save")
    mia.sees("Sign On and Provisioning agree")


def test_p4_only_what_is_ticked_under_to_app_is_sent(mia: Person) -> None:
    mia.menu("Provisioning")
    mia.page.get_by_role("link", name="Edit To App").click()
    mia.page.get_by_label("Deactivate Users").uncheck()
    mia.press("Save")
    mia.sees("What is ticked is sent from now on.")
    mia.page.get_by_role("link", name="Edit To App").click()
    mia.page.get_by_label("Deactivate Users").check()
    mia.press("Save")
    mia.sees("What is ticked is sent from now on.")


def test_p7_provision_user_links_who_was_there_and_doubles_nobody(mia: Person, sales: There) -> None:
    mia.menu("Assignments")
    mia.sees("from before provisioning")
    mia.page.get_by_role("button", name="Provision User: mika").click()
    mia.sees("The run has ended")
    mia.sees("1 linked")
    comes(lambda: "mika.laine@corp.test" in sales.users())
    assert len(sales.users()) == 1


def test_p6_g_assigned_groups_are_provisioned_with_their_user_type(mia: Person, sales: There) -> None:
    to(mia, "GetAccept", "Assignments")
    mia.page.get_by_role("link", name="Assign to Groups").click()
    tick(mia, "Everybody")
    mia.page.get_by_label("User type").select_option("User")
    mia.press("Assign")
    mia.sees("They are provisioned now.")
    comes(lambda: len(sales.users()) == 3)
    assert sales.users()["mika.laine@corp.test"]["userType"] == "Manager", "a person's own value wins"
    assert sales.users()["kim@corp.test"]["userType"] == "User"
    mia.page.get_by_role("link", name="佐藤 花子").click()
    mia.sees("in scope by the group Everybody")


def test_p5_an_edited_mapping_is_previewed_and_sent_with_the_next_push(mia: Person, sales: There) -> None:
    to(mia, "GetAccept", "Provisioning")
    mia.page.get_by_role("link", name="Go to Profile Editor").click()
    mia.page.get_by_role("link", name="Display name", exact=True).click()
    mia.page.get_by_label("Value: the expression").fill('user.lastName + " (" + user.login + ")"')
    mia.page.get_by_label("Preview for the person").fill("kim.mj")
    mia.press("Preview")
    mia.sees("Kim (kim.mj)")
    mia.press("Save")
    mia.sees("Everybody whom it changes is sent again.")
    comes(lambda: sales.users()["kim@corp.test"]["displayName"] == "Kim (kim.mj)")


def test_g_a_pushed_group_is_a_team_with_its_members(mia: Person, sales: There) -> None:
    to(mia, "GetAccept", "Push Groups")
    mia.page.get_by_role("link", name="Find groups by name").click()
    mia.page.get_by_label("Group", exact=True).fill("Sales EMEA")
    mia.press("Push")
    mia.sees("The group is pushed.")
    comes(lambda: sales.teams() == {"Sales EMEA": 2})
    mia.page.get_by_role("button", name="Push now Sales EMEA").click()
    mia.sees("the whole membership is said again")
    mia.page.locator("summary", has_text="Unlink").click()
    mia.page.get_by_label("Delete it in the application").check()
    mia.page.get_by_role("button", name="Unlink Sales EMEA").last.click()
    mia.sees("Unlinked")
    comes(lambda: sales.teams() == {})


def test_p10_unassigned_somebody_is_inactive_and_comes_back_as_the_same(mia: Person, sales: There) -> None:
    to(mia, "GetAccept", "Assignments")
    before = sales.users()["kim@corp.test"]["id"]
    mia.page.get_by_role("button", name="Unassign Everybody").click()
    comes(lambda: sales.users()["kim@corp.test"]["active"] is False)
    assert sales.users()["mika.laine@corp.test"]["active"] is True, "assigned by themselves"
    mia.page.get_by_role("link", name="Assign to People").click()
    tick(mia, "Kim Min-jun")
    mia.press("Assign")
    comes(lambda: sales.users()["kim@corp.test"]["active"] is True)
    assert sales.users()["kim@corp.test"]["id"] == before


def test_reconcile_lists_what_was_edited_there_and_mends_it(mia: Person, sales: There) -> None:
    sales.edits("mika.laine@corp.test", displayName="Somebody else")
    to(mia, "GetAccept", "Provisioning")
    mia.page.get_by_role("link", name="Reconcile").click()
    mia.press("Read the application")
    mia.sees("Somebody else is there")
    assert sales.users()["mika.laine@corp.test"]["displayName"] == "Somebody else"
    mia.press("Mend")
    mia.sees("The run has ended")
    comes(lambda: sales.users()["mika.laine@corp.test"]["displayName"] == "Laine (mika)")


def test_force_sync_sends_everybody_again(mia: Person, sales: There) -> None:
    sales.edits("mika.laine@corp.test", displayName="Edited again")
    to(mia, "GetAccept", "Provisioning")
    mia.page.locator("summary", has_text="Force Sync").click()
    mia.press("Send everybody again")
    mia.sees("The run has ended")
    comes(lambda: sales.users()["mika.laine@corp.test"]["displayName"] == "Laine (mika)")


def test_import_now_links_who_was_there_once_it_is_confirmed(mia: Person, sales: There) -> None:
    before = sales.has("nao@corp.test", "Nao", "Ito")
    to(mia, "GetAccept", "Import")
    mia.press("Import Now")
    mia.sees("Exact match")
    mia.page.get_by_role("link", name="Exact match").click()
    mia.sees("nao@corp.test")
    mia.press("Confirm Assignments")
    mia.sees("Linked and assigned.")
    comes(lambda: sales.users()["nao@corp.test"].get("displayName") == "Ito (nao)")
    assert sales.users()["nao@corp.test"]["id"] == before


def test_an_api_token_is_issued_shown_once_and_revoked(mia: Person, directory: Directory) -> None:
    mia.menu("Administrators", "API tokens")
    mia.page.get_by_label("Name").fill("hr")
    mia.page.get_by_label("People and groups").select_option("read")
    mia.press("Issue token")
    mia.sees("it is not shown again")
    secret = mia.page.locator("#secret").inner_text()
    address = f"{directory.application.address()}/api/v1/people"
    shown = {"Authorization": f"Bearer {secret}"}
    assert httpx2.get(address, headers=shown).status_code == 200
    mia.menu("API tokens")
    mia.page.locator("summary", has_text="Revoke").click()
    mia.press("Revoke for good")
    mia.sees("The next request with it is refused.")
    assert httpx2.get(address, headers=shown).status_code == 401


def test_p8_a_user_name_that_is_refused_is_a_task_that_leads_to_its_story(mia: Person, sales: There) -> None:
    to(mia, "GetAccept", "Sign On")
    mia.page.get_by_label("Application username format").select_option("okta-username")
    mia.press("Save")
    to(mia, "GetAccept", "Assignments")
    mia.page.get_by_role("link", name="Assign to People").click()
    tick(mia, "Guillaume Guest")
    mia.press("Assign")
    mia.sees("They are provisioned now.")
    mia.page.get_by_text("a task").first.wait_for()
    mia.menu("Tasks")
    mia.page.locator("td a[href*='/r/']").first.wait_for()
    mia.page.get_by_label("All of them").check()
    mia.press("Dismiss")
    mia.sees("Dismissed.")


def test_where_plans_are_wanted_nothing_is_sent_before_one_is_approved(mia: Person, sales: There) -> None:
    to(mia, "GetAccept", "Provisioning")
    mia.page.get_by_label("Only approved plans are applied").check()
    mia.page.locator("form", has=mia.page.get_by_label("Only approved plans")).get_by_role("button").click()
    mia.sees("Saved.")
    mia.menu("Sign On")
    mia.page.get_by_label("Application username format").select_option("email")
    mia.press("Save")
    mia.sees("Saved.")
    mia.menu("Plans")
    mia.page.get_by_label("Application").select_option(label="GetAccept")
    mia.press("Make a plan")
    mia.sees("Guillaume Guest")
    assert "guest@mail.example" not in sales.users()
    mia.press("Approve")
    mia.sees("The plan is approved.")
    mia.press("Apply")
    mia.sees("The run has ended")
    comes(lambda: "guest@mail.example" in sales.users())


def test_a_acall_takes_its_attributes_and_has_no_groups(mia: Person, server: Served) -> None:
    tenant = server.tenant("Clicked Office", "acall")
    there = There(server, tenant)
    mia.menu("Applications")
    mia.page.get_by_role("link", name="Browse App Catalog").first.click()
    mia.page.get_by_role("link", name="Add ACALL").click()
    mia.press("Add")
    mia.page.get_by_label("SAML 2.0").check()
    mia.press("Save")
    mia.menu("Push Groups")
    mia.sees("This product has no groups")
    mia.menu("Provisioning")
    mia.page.get_by_role("link", name="Configure API integration").click()
    mia.page.get_by_label("Base URL").fill(f"{server.url}/scim/v2")
    mia.page.get_by_label("API token").fill(there.token)
    mia.press("Save")
    mia.sees("API integration is enabled.")
    mia.menu("Assignments")
    mia.page.get_by_role("link", name="Assign to People").click()
    tick(mia, "佐藤 花子")
    mia.page.get_by_label("Primary role").select_option("admin")
    mia.press("Assign")
    comes(lambda: "hanako.sato@corp.test" in there.users())
    found = there.users()["hanako.sato@corp.test"]
    assert found["name"]["familyName"] == "佐藤"
    assert [role["value"] for role in found["roles"] if role.get("primary")] == ["admin"]


def test_the_product_shows_who_came(chromium: Browser, server: Served, sales: There) -> None:
    one = Person(chromium, server)
    one.sign_in(server.administrator("mia@clicked.test", sales.tenant))
    one.menu("People")
    one.page.get_by_role("link", name="Laine (mika)").click()
    one.sees("userType decides")
    one.close()
