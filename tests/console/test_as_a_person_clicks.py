"""P1–P8, P10, A and G, and webhooks, as an administrator clicks through them, with Okta's part over HTTP."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack

from standardwebhooks import Webhook

from tests.console.conftest import Person
from tests.console.okta import Okta
from tests.console.serving import Served
from tests.webhooks.receiver import answer, receiving
from vestibule.sign_in.administrator import Administrator
from vestibule.tenancy.tenant import Tenant


def test_p1_p2_p2a_p3_from_sign_in_to_a_connection_that_works(
    person: Person, server: Served, sales: Tenant, mia: Administrator
) -> None:
    person.sign_in(mia)
    person.menu("Settings", "Integrations")
    person.page.get_by_role("link", name="SCIM user provisioning: Settings").click()
    url = person.page.locator("#base-url").inner_text()
    assert url == server.base(sales)
    person.press("Create an access token")
    token = person.page.locator("#secret").inner_text()
    assert re.fullmatch(r"vst_scim_[0-9A-Za-z]{49}", token)

    okta = Okta(url, token)
    refused = okta.test_api_credentials()
    assert refused.status_code == 403
    assert "press Save" in refused.json()["detail"]
    person.sees("A request arrived, and was refused.")

    person.press("Save")
    person.sees("Provisioning is on")
    assert token not in person.page.content(), "the token is shown once"
    assert okta.test_api_credentials().status_code == 200
    person.sees("It works: the identity provider was let in.")


def test_p2_an_address_has_a_button_that_copies_it(
    person: Person, server: Served, sales: Tenant, mia: Administrator
) -> None:
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.sign_in(mia)
    person.open(f"/tenants/{sales.slug}/settings/integrations/scim")
    person.page.get_by_role("button", name="Copy Tenant URL").click()
    person.page.get_by_role("button", name="Copy Tenant URL").get_by_text("Copied").wait_for()
    assert person.page.evaluate("navigator.clipboard.readText()") == server.base(sales)


def test_p3_a_cut_token_and_another_entitys_token_are_told_apart(
    person: Person, server: Served, sales: Tenant
) -> None:
    account = sales.account
    other = server.tenant("Legal of the same account", "getaccept", account=account)
    boss = server.administrator("boss@corp.test", sales, whole=True)
    token, others = server.token(sales), server.token(other)
    person.sign_in(boss)
    person.open(f"/tenants/{sales.slug}/settings/integrations/scim")
    person.sees("Waiting for the first request")
    assert Okta(server.base(sales), token[:-7]).test_api_credentials().status_code == 401
    person.sees("it is cut, only 51 of 58 characters arrived")
    assert Okta(server.base(sales), others).test_api_credentials().status_code == 401
    person.sees("It showed the token of Legal of the same account")


def test_p6_an_assigned_person_appears_and_explains_the_role(
    person: Person, sales: Tenant, mia: Administrator, okta: Okta
) -> None:
    assert okta.provision("mika.laine@corp.test", userType="Manager").status_code == 201
    person.sign_in(mia)
    person.menu("People")
    person.page.get_by_role("link", name="Mika Laine").click()
    person.sees("userType decides")
    person.sees("It is the first source that has a value.")
    person.sees("Nobody of that userName or e-mail address was known here.")


def test_p7_an_account_that_existed_is_linked_after_review_and_never_doubled(
    person: Person, server: Served, sales: Tenant, mia: Administrator, okta: Okta
) -> None:
    server.existing(
        sales, "userName,givenName,familyName,email\nguest@mail.example,Guillaume,Guest,guest@mail.example\n"
    )
    refused = okta.provision("guest@mail.example")
    assert refused.status_code == 403, "Okta finds them, and its PUT waits for review"
    link = re.search(r"http\S+/reviews/\S+", refused.json()["detail"])
    assert link
    person.sign_in(mia)
    person.open(link[0])
    person.sees("Guillaume Guest")
    person.page.locator("input.choose").first.check()
    person.press("Link those chosen")
    person.sees("Linked. The next try of the identity provider succeeds")
    assert okta.provision("guest@mail.example").status_code in (200, 201)
    person.open(f"/tenants/{sales.slug}/people")
    assert person.page.locator("tbody tr").count() == 1


def test_p8_a_user_name_that_is_no_address_leads_from_the_link_in_the_task_to_cause_and_cure(
    person: Person, mia: Administrator, okta: Okta
) -> None:
    refused = okta.provision("kim.mj")
    assert refused.status_code == 400
    link = refused.json()["detail"].rpartition(" ")[2]
    person.sign_in(mia)
    person.open(link)
    person.sees("Application username format")
    person.sees("What would it do today?")
    person.press("Replay as a dry run")
    person.sees("It would be refused")


def test_p10_a_leaver_is_inactive_and_comes_back_as_the_same_person(
    person: Person, sales: Tenant, mia: Administrator, okta: Okta
) -> None:
    id = okta.provision("layla@corp.test", "Layla", "Haddad").json()["id"]
    okta.deactivate(id)
    person.sign_in(mia)
    person.menu("People")
    person.page.get_by_role("link", name="inactive", exact=True).click()
    person.page.get_by_role("link", name="Layla Haddad").click()
    person.sees("ended")
    assert okta.provision("layla@corp.test").json()["id"] == id
    person.page.reload()
    person.page.locator(".head .tag", has_text="active").wait_for()


def test_somebody_is_deactivated_by_hand_and_reactivated(
    person: Person, sales: Tenant, mia: Administrator, okta: Okta
) -> None:
    id = okta.provision("tom@corp.test", "Tom", "Berg").json()["id"]
    person.sign_in(mia)
    person.open(f"/tenants/{sales.slug}/people/{id}")
    person.page.locator("summary.danger").click()
    person.press("Deactivate Tom Berg")
    person.sees("Deactivated. Access has ended")
    assert okta.send("GET", f"/Users/{id}").json()["active"] is False
    person.press("Reactivate")
    person.sees("Active again.")
    person.menu("Settings", "Audit")
    person.sees(f"administrator:{mia.email}")


def test_a_plan_gate_token_by_request_and_the_one_time_link(
    person: Person, server: Served, chromium: object
) -> None:
    works = server.tenant("Works of the plan gate", "acall")
    ken = server.administrator("ken@works.test", works)
    person.sign_in(ken)
    person.menu("Settings", "Integrations")
    person.page.get_by_role("link", name="SCIM user provisioning: Settings").click()
    person.sees("issued by ACALL customer success on request")
    assert person.page.get_by_role("button", name="Create an access token").count() == 0
    person.page.get_by_label("Anything they should know").fill("Okta, by Friday")
    person.press("Request an API token")
    person.sees("waits for an answer")

    operator = Person(chromium, server)  # type: ignore[arg-type]
    operator.sign_in(server.do(server.stage.operator("op@vestibule.test")))
    operator.menu("Token requests")
    operator.sees("Okta, by Friday")
    operator.page.get_by_role("button", name=f"Answer {works.slug}").click()
    link = operator.page.locator("#link").inner_text()
    operator.close()

    person.open(link)
    person.press("Show the token, once")
    token = person.page.locator("#new-secret").inner_text()
    base = person.page.locator("#base-url").inner_text()
    assert base == f"{server.url}/scim/v2"
    assert Okta(base, token).test_api_credentials().status_code == 200
    person.open(link)
    person.sees("This set-up link is over")


def test_g_an_account_with_several_entities_chooses_and_always_sees_which(
    person: Person, server: Served
) -> None:
    first = server.tenant("Entity one", "getaccept", account="Group of entities")
    second = server.tenant("Entity two", "getaccept", account="Group of entities", confirmed=False)
    person.sign_in(server.administrator("boss@group.test", first, whole=True))
    person.sees("Which one shall it be?")
    person.page.get_by_role("link", name="Entity one").click()
    person.page.get_by_label("Choose the entity").select_option(label="Entity two")
    person.page.wait_for_url(f"**/tenants/{second.slug}/overview")
    person.open(f"/tenants/{second.slug}/settings/integrations/scim")
    person.sees("wants single sign-on (SSO) set up before user provisioning")
    assert person.page.get_by_role("button", name="Save").is_disabled()


def test_g_teams_roles_trouble_and_deleted_people_come_back(
    person: Person, sales: Tenant, mia: Administrator, okta: Okta
) -> None:
    id = okta.provision(
        "ana@corp.test", "Ana", "Silva", userType="User", roles=[{"value": "Administrator", "primary": True}]
    ).json()["id"]
    assert okta.push_group("Sales EMEA", id, "00unobody").status_code == 201
    okta.send("DELETE", f"/Users/{id}")
    person.sign_in(mia)
    person.sees("A role is said twice")
    person.sees("delete the attribute `roles`")
    person.sees("Members of groups who are nobody here yet: 1")
    person.menu("Teams")
    person.page.get_by_role("link", name="Sales EMEA").click()
    person.sees("00unobody")
    person.open(f"/tenants/{sales.slug}/people?show=deleted")
    person.page.get_by_role("link", name="Ana Silva").click()
    person.press("Restore")
    person.sees("Restored: the same person")
    assert okta.send("GET", f"/Users/{id}").status_code == 200


def test_activity_shows_requests_as_they_come(
    person: Person, sales: Tenant, mia: Administrator, okta: Okta
) -> None:
    person.sign_in(mia)
    person.menu("Activity")
    person.sees("No request has arrived yet")
    okta.provision("live@corp.test", "Live", "Row")
    person.page.locator("tbody tr", has_text="POST").first.wait_for()


def test_a_token_is_rotated_without_a_gap(
    person: Person, server: Served, sales: Tenant, mia: Administrator
) -> None:
    old = server.token(sales)
    person.sign_in(mia)
    person.open(f"/tenants/{sales.slug}/settings/integrations/scim")
    person.page.get_by_role("button", name=re.compile("^Rotate ")).click()
    new = person.page.locator("#secret").inner_text()
    person.sees("waiting for the identity provider to use the new one")
    for token in (old, new):
        assert Okta(server.base(sales), token).test_api_credentials().status_code == 200
    server.do(server.application.store.tenancy.flush())  # type: ignore[attr-defined]
    person.open(f"/tenants/{sales.slug}/settings/integrations/scim")
    person.sees("the identity provider is now using the new one")


def test_an_operator_sees_a_customers_screens_marked_and_audited(
    person: Person, server: Served, sales: Tenant
) -> None:
    person.sign_in(server.do(server.stage.operator("seer@vestibule.test")))
    person.open(f"/tenants/{sales.slug}/overview")
    person.sees("These are a customer's screens")
    person.open(f"/operator/customers/{sales.slug}")
    person.press("See their screens")
    person.sees("You are an operator, and look at the screens of")
    person.menu("Settings", "Audit")
    person.sees("tenant.screens_seen")
    person.press("Back to the operators' pages")
    person.open(f"/tenants/{sales.slug}/overview")
    person.sees("These are a customer's screens")


def test_the_guide_ticks_itself(person: Person, sales: Tenant, mia: Administrator, okta: Okta) -> None:
    person.sign_in(mia)
    person.open(f"/tenants/{sales.slug}/settings/integrations/scim/guide/okta-catalog")
    assert person.page.locator(".steps > li.done").count() == 0
    person.page.wait_for_timeout(1700)
    okta.test_api_credentials()
    person.sees("Done so far: steps 1, 2, 3")
    person.page.get_by_role("link", name="Show the steps anew").click()
    assert person.page.locator(".steps > li.done").count() == 3


def test_a_webhook_from_its_address_to_a_delivery_that_is_sent_again(
    person: Person, server: Served, sales: Tenant, mia: Administrator, okta: Okta
) -> None:
    room = AsyncExitStack()
    receiver = server.do(room.enter_async_context(receiving(lambda _: answer(200, b"Filed in payroll."))))
    person.sign_in(mia)
    person.menu("Settings", "Integrations")
    person.page.get_by_role("link", name="Webhooks: Endpoints").click()
    person.page.get_by_label("What it is for").fill("Payroll")
    person.page.get_by_label("Address to post to").fill("http://10.0.0.1/hook")
    person.press("Add the endpoint")
    person.sees("10.0.0.1 is not on the public Internet")
    person.page.get_by_label("Address to post to").fill(receiver.url)
    person.page.get_by_text("Only some events").click()
    person.page.get_by_label("user.created").check()
    person.press("Add the endpoint")
    secret = person.page.locator("#secret").inner_text()
    person.press("Send a test event")
    person.sees("The endpoint took the test event.")
    person.sees("Filed in payroll.")
    verified = Webhook(secret).verify(receiver.came[-1].body, dict(receiver.came[-1].headers))
    assert verified["type"] == "webhook.test"

    deliveries = person.page.locator("#deliveries")
    assert okta.provision("mika.laine@corp.test").status_code == 201
    row = deliveries.get_by_role("row").filter(has_text="user.created")
    row.wait_for()
    assert "200" in row.inner_text()
    row.get_by_role("button").click()
    person.sees("It is sent again")
    server.do(receiver.has(3))
    assert receiver.came[1].headers["webhook-id"] == receiver.came[2].headers["webhook-id"]

    person.page.get_by_text("Remove", exact=True).click()
    person.page.get_by_label("To remove it, type Payroll").fill("Payroll")
    person.press("Remove the endpoint")
    person.sees("The endpoint is removed.")
    server.do(room.aclose())
