"""Faults of the sending side: each caused by what an administrator did, by the directory, or by the application's answers.

None by inserting a row. A row says the page that an administrator opens first, and the words that name cause, field and
cure there. ``docs/reference/faults-in-the-console.md`` has this table too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.connectors.scim_server import CORE_USER, TOKEN, ScimServer, error, scim_server
from tests.console.company import Company, company
from tests.console.hand import Hand
from vestibule.provisioning.application import Operation
from vestibule.provisioning.desk import Desk
from vestibule.provisioning.report import RunReport
from vestibule.provisioning.setting_up import Wanted
from vestibule.sending import Sending

_PEOPLE = "login,email,firstName,lastName,nickName"
#: Enough that the safeguard and the thresholds have something to say.
_MANY = 15
_OWN = "applications/1"
#: What a page says while something goes on.
_MOVING = ("The source is read", "The application is read", "Under way")


@dataclass
class Firm:
    """A company of a few people with one application, a server on a socket; and its administrator's browser."""

    company: Company
    there: ScimServer
    hand: Hand

    @property
    def sending(self) -> Sending:
        """Its engine."""
        return self.company.server.sending

    @property
    def desk(self) -> Desk:
        """Where another administrator works."""
        return self.sending.desk("administrator:kim")

    async def person(self, login: str = "ada") -> str:
        """Their id."""
        return (await self.sending.store.person(login)).id

    async def assigns(self, *people: str) -> None:
        """These are assigned."""
        await self.desk.assign("Files", people or ("ada",), [], {})

    async def run(self, name: str = "Files") -> RunReport:
        """Everything that is due is sent."""
        async with self.sending.worker(await self.sending.store.application(name)) as worker:
            return await worker.apply()

    async def reads(self, people: str, groups: str = "", memberships: str = "") -> None:
        """The directory now says so."""
        files = {"people.csv": people, "groups.csv": groups, "memberships.csv": memberships}
        upload = self.sending.uploaded({name: text.encode() for name, text in files.items()})
        prepared = await self.sending.prepare_upload(upload)
        await self.desk.keep_import(prepared, "test", accept_leavers=True)

    async def uploads(self, people: str) -> None:
        """The administrator uploads a file, and waits until it is read."""
        await self.hand.open("import")
        files = {"people": ("people.csv", people.encode())}
        data = {"form_token": self.hand.mark}
        self.hand.page = await self.hand.client.post("import", data=data, files=files, follow_redirects=True)
        await self._over(str(self.hand.page.url))

    async def finds(self, path: str, form: dict[str, str]) -> None:
        """The administrator presses a button, and waits until it is over."""
        await self.hand.open(path)
        await self.hand.send(path, form)
        assert self.hand.page is not None
        await self._over(str(self.hand.page.url))

    async def _over(self, path: str) -> None:
        """The open page moves no more."""
        for _ in range(500):
            if not any(words in self.hand.text for words in _MOVING):
                return
            await asyncio.sleep(0.02)
            await self.hand.open(path)
        raise AssertionError(f"{path} came to no end: {self.hand.text[:2000]}")


Cause = Callable[[Firm], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class DirectoryFault:
    """One fault. ``page`` is opened after it, "" where it is the page that the cause ends on; ``screen`` is its name."""

    name: str
    cause: Cause
    says: tuple[str, ...]
    page: str
    screen: str


@asynccontextmanager
async def firm(random: Callable[[int], bytes]) -> AsyncIterator[Firm]:
    """Ada, Bo and Cy, of whom Cy has no family name; one group; one application, connected, without anybody assigned."""
    async with company(random) as one, scim_server() as there:
        made = Firm(one, there, await one.hand())
        people = (
            f"{_PEOPLE}\nada,ada@corp.test,Ada,Lund,\nbo,bo@corp.test,Bo,Meyer,bobo\ncy,cy@corp.test,Cy,,\n"
        )
        await made.reads(people, "id,name,description\nall,Everybody,\n", "group,login\nall,ada\nall,bo\n")
        await made.desk.add(Wanted("Files", url=there.url, token=TOKEN))
        yield made


def people(count: int) -> str:
    """That many, as people.csv."""
    return f"{_PEOPLE}\n" + "".join(
        f"p{number:02},p{number:02}@corp.test,Given,Family,\n" for number in range(count)
    )


def done(*steps: Callable[[Firm], Awaitable[Any]]) -> Cause:
    """One after the other."""

    async def cause(firm: Firm) -> None:
        for step in steps:
            await step(firm)

    return cause


def ticks(tick: Operation) -> Cause:
    """Somebody unticks it under To App."""

    async def cause(firm: Firm) -> None:
        await firm.desk.change("Files", ticks={tick: False})

    return cause


def answers(method: str, path: str, *answer: Any) -> Cause:
    """From now on the application answers so."""

    async def cause(firm: Firm) -> None:
        firm.there.answering = lambda asked, at: (
            answer if asked == method and at.startswith(path) else None  # type: ignore[return-value]
        )

    return cause


async def assigned(firm: Firm) -> None:
    await firm.assigns()


async def ran(firm: Firm) -> None:
    await firm.run()


async def _added(firm: Firm) -> None:
    await firm.desk.rename("Files", "Old Files")
    await firm.desk.add(Wanted("Files"))


async def _of_the_catalog(firm: Firm) -> None:
    await firm.desk.add(Wanted("Sales"), from_="getaccept")


async def _before(firm: Firm) -> None:
    await firm.desk.add(Wanted("Later"))
    await firm.desk.assign("Later", ["ada"], [], {})
    await firm.desk.connect("Later", url=firm.there.url, token=TOKEN)


def settings(**given: Any) -> Cause:
    """To App is changed."""

    async def cause(firm: Firm) -> None:
        await firm.desk.change("Files", **given)

    return cause


async def _off(firm: Firm) -> None:
    await firm.desk.integration("Files", on=False)


async def _approval(firm: Firm) -> None:
    await firm.desk.set_engine("Files", needs_approval=True)


async def _without_a_family_name(firm: Firm) -> None:
    await firm.desk.add(Wanted("Sales", profile="acall", url=firm.there.url, token=TOKEN))
    await firm.desk.assign("Sales", ["cy"], [], {})
    await firm.run("Sales")


async def _saml(firm: Firm) -> None:
    await firm.desk.sign_on("Files", "saml", "user.email")
    await firm.desk.change("Files", username_format="okta-username")


async def _pushed(firm: Firm) -> None:
    await firm.desk.push_group("Files", "Everybody")


async def _group_gone(firm: Firm) -> None:
    await firm.reads(f"{_PEOPLE}\nada,ada@corp.test,Ada,Lund,\nbo,bo@corp.test,Bo,Meyer,\n")


async def _stale_plan(firm: Firm) -> None:
    await firm.assigns()
    plan = await firm.desk.make_plan("Files", "kim")
    await firm.desk.approve_plan("Files", plan.id, "kim")
    await firm.assigns("bo")
    await firm.reads(f"{_PEOPLE}\nada,ada@corp.test,Ada,Changed,\nbo,bo@corp.test,Bo,Meyer,\n")
    await firm.finds(f"plans/1/{plan.id}", {"do": "apply"})


async def _unapproved_plan(firm: Firm) -> None:
    await firm.assigns()
    await _approval(firm)
    plan = await firm.desk.make_plan("Files", "kim")
    await firm.finds(f"plans/1/{plan.id}", {"do": "apply"})


async def _many_unassigned(firm: Firm) -> None:
    await firm.reads(people(_MANY), "id,name,description\nall,Everybody,\n", "".join(
        ["group,login\n", *(f"all,p{number:02}\n" for number in range(_MANY))]
    ))  # fmt: skip
    await firm.desk.assign("Files", [], ["Everybody"], {})
    await firm.run()
    await firm.desk.unassign("Files", [], ["Everybody"])


async def _held_plan(firm: Firm) -> None:
    await _many_unassigned(firm)
    plan = await firm.desk.make_plan("Files", "kim")
    await firm.hand.open(f"plans/1/{plan.id}")


async def _held_run(firm: Firm) -> None:
    await _many_unassigned(firm)
    await firm.finds(f"{_OWN}/provisioning", {})
    await firm.finds(f"{_OWN}/provisioning/force-sync", {})


async def _safeguard(firm: Firm) -> None:
    await firm.reads(people(_MANY))
    await firm.uploads(people(1))


async def _broken_row(firm: Firm) -> None:
    await firm.uploads(f"{_PEOPLE}\nada,no address,Ada,Lund,\n,x@corp.test,No,Login,\n")


async def _no_column(firm: Firm) -> None:
    await firm.uploads("email,firstName\nada@corp.test,Ada\n")


async def _wrong_token(firm: Firm) -> None:
    await _connects(firm, token="wrong")


async def _wrong_url(firm: Firm) -> None:
    await _connects(firm, base_url=f"{firm.there.url}/nowhere")


async def _unreachable(firm: Firm) -> None:
    await _connects(firm, base_url="http://127.0.0.1:9/scim/v2")


async def _connects(firm: Firm, **given: str) -> None:
    path = f"{_OWN}/provisioning"
    await firm.hand.open(path, edit="connection")
    assert firm.hand.page is not None
    seen = firm.hand.page.text.partition('name="seen" value="')[2][:32]
    form = {"base_url": firm.there.url, "token": TOKEN, "enable": "on", "do": "save", "seen": seen}
    await firm.hand.send(path, {**form, **given})


async def _edited_there(firm: Firm) -> None:
    firm.there.user("ada@corp.test")["name"]["givenName"] = "Edited"
    await firm.finds(f"{_OWN}/reconcile", {"do": "read"})


async def _deleted_there(firm: Firm) -> None:
    firm.there.users.clear()
    await firm.finds(f"{_OWN}/reconcile", {"do": "read"})


async def _known_there(firm: Firm) -> None:
    firm.there.users["old"] = {
        "schemas": [CORE_USER], "id": "old", "userName": "lund", "active": True, "meta": {"resourceType": "User"},
        "name": {"givenName": "Ada", "familyName": "Lund"},
    }  # fmt: skip
    await firm.finds(f"{_OWN}/import", {})


async def _mapped_wrongly(firm: Firm) -> None:
    path = f"{_OWN}/mappings/attributes/displayName"
    await firm.hand.open(path)
    assert firm.hand.page is not None
    mark = firm.hand.page.text.partition('name="rows_mark" value="')[2][:32]
    form = {"external_name": "displayName", "namespace": CORE_USER, "type": "string", "scope": "personal"}
    sent = {
        **form,
        "applies_on": "create and update",
        "expression": "user.lastNam(",
        "rows_mark": mark,
        "do": "save",
    }
    await firm.hand.send(path, sent)


async def _both_changed(firm: Firm) -> None:
    path = f"{_OWN}/provisioning"
    await firm.hand.open(path, edit="to-app")
    assert firm.hand.page is not None
    seen = firm.hand.page.text.partition('name="seen" value="')[2][:32]
    await firm.desk.change("Files", ticks={Operation.DEACTIVATE: False})
    await firm.hand.send(f"{path}/to-app", {"seen": seen, "tick_create": "on"})


def _refuses(status: int, detail: str, **headers: str) -> tuple[Any, ...]:
    answered, _, document = error(status, detail)
    return answered, headers, document


_ASSIGNMENTS = "Applications → Assignments"
_PROVISIONING = "Applications → Provisioning"

DIRECTORY_FAULTS: tuple[DirectoryFault, ...] = (
    DirectoryFault(
        "Sign On was not set up",
        _of_the_catalog,
        ("Sign On comes first", "Provisioning opens once Sign On is set up"),
        "applications/2/provisioning",
        _PROVISIONING,
    ),
    DirectoryFault(
        "provisioning was not set up",
        done(_added, assigned),
        ("Provisioning is not set up, so nothing is sent", "press Configure API integration"),
        "applications/2/assignments",
        _ASSIGNMENTS,
    ),
    DirectoryFault(
        "API integration was disabled",
        done(assigned, _off),
        ("API integration is disabled, so nothing is sent", "press Enable API integration"),
        f"{_OWN}/assignments",
        _ASSIGNMENTS,
    ),
    DirectoryFault(
        "the token is wrong",
        _wrong_token,
        (
            "The token is wrong: it is unknown, expired or revoked there",
            "Copy the token from the product's set-up page again",
        ),
        "",
        _PROVISIONING,
    ),
    DirectoryFault(
        "the Base URL is wrong",
        _wrong_url,
        (
            "The Base URL is wrong",
            "/Users answered 404",
            "Copy the Base URL from the product's set-up page again",
        ),
        "",
        _PROVISIONING,
    ),
    DirectoryFault(
        "the application cannot be reached",
        _unreachable,
        ("The application cannot be reached", "Check the host name in the Base URL"),
        "",
        _PROVISIONING,
    ),
    DirectoryFault(
        "the token was revoked meanwhile",
        done(assigned, answers("POST", "/Users", *_refuses(401, "revoked")), ran),
        (
            "Everything for this application is stopped",
            "401 Unauthorized",
            "Provisioning, Test API Credentials",
        ),
        f"{_OWN}/assignments",
        _ASSIGNMENTS,
    ),
    DirectoryFault(
        "Create Users is not ticked",
        done(assigned, ticks(Operation.CREATE), ran),
        ("Create Users is not ticked under To App", "not sent"),
        f"{_OWN}/assignments",
        _ASSIGNMENTS,
    ),
    DirectoryFault(
        "Update User Attributes is not ticked",
        done(assigned, ran, ticks(Operation.UPDATE)),
        ("Update User Attributes is not ticked under To App",),
        f"{_OWN}/assignments",
        _ASSIGNMENTS,
    ),
    DirectoryFault(
        "Deactivate Users is not ticked",
        done(assigned, ran, ticks(Operation.DEACTIVATE)),
        ("Deactivate Users is not ticked under To App", "stays active there"),
        f"{_OWN}/assignments",
        _ASSIGNMENTS,
    ),
    DirectoryFault(
        "Push Groups is not ticked",
        done(_pushed, settings(pushes_groups=False)),
        ("Push Groups is off under To App: nothing of this is sent",),
        f"{_OWN}/push-groups",
        "Applications → Push Groups",
    ),
    DirectoryFault(
        "the person is not assigned",
        assigned,
        ("no assignment: neither the person nor a group of theirs is assigned",),
        f"{_OWN}/assignments/{{bo}}",
        "Applications → Assignments → the person",
    ),
    DirectoryFault(
        "the person was assigned before provisioning was set up",
        _before,
        ("Some were assigned before provisioning was set up", "They wait until you press Provision User"),
        "applications/2/assignments",
        _ASSIGNMENTS,
    ),
    DirectoryFault(
        "only approved plans are applied",
        done(_approval, assigned),
        ("Only approved plans are applied: what changes here waits for one", "with the next approved plan"),
        f"{_OWN}/assignments",
        _ASSIGNMENTS,
    ),
    DirectoryFault(
        "a mandatory attribute has no value",
        _without_a_family_name,
        ("mandatory and without a value: name.familyName (user.lastName)",),
        "tasks",
        "Tasks",
    ),
    DirectoryFault(
        "the application username format gives no user name",
        done(settings(username_format="custom:user.nickName"), assigned, ran),
        ("the application username format (custom:user.nickName) gives no user name",),
        "tasks",
        "Tasks",
    ),
    DirectoryFault(
        "the SAML e-mail attribute is not the user name that is provisioned",
        done(_saml, assigned),
        (
            "Sign On and Provisioning differ for 1 of the people assigned",
            "The e-mail attribute of SAML must be what is provisioned as user name",
            "ada@corp.test ada",
        ),
        f"{_OWN}/sign-on",
        "Applications → Sign On",
    ),
    DirectoryFault(
        "an expression of the mapping is broken",
        _mapped_wrongly,
        ("expression 'user.lastNam(': at position 1 'user.lastNam' was found",),
        "",
        "Profile Editor → the attribute",
    ),
    DirectoryFault(
        "the application refuses a person",
        done(answers("POST", "/Users", *_refuses(400, "No seats are left.")), assigned, ran),
        ("No seats are left.",),
        "tasks",
        "Tasks",
    ),
    DirectoryFault(
        "the application is down for a while",
        done(answers("POST", "/Users", *_refuses(503, "Maintenance until six.")), assigned, ran),
        ("Tried again by themselves", "Maintenance until six."),
        "tasks",
        "Tasks",
    ),
    DirectoryFault(
        "the application has been asked too much",
        done(
            answers("POST", "/Users", *_refuses(429, "Too many requests.", **{"retry-after": "600"})),
            assigned,
            ran,
        ),
        ("Tried again by themselves", "Next try", "429 Too Many Requests"),
        "tasks",
        "Tasks",
    ),
    DirectoryFault(
        "a group of that name is there, and is not the one",
        done(_pushed, answers("POST", "/Groups", *_refuses(409, "displayName Everybody is taken.")), ran),
        ("displayName Everybody is taken.", "push it with Link to the existing group"),
        f"{_OWN}/push-groups",
        "Applications → Push Groups",
    ),
    DirectoryFault(
        "members of a pushed group are not there yet",
        done(assigned, ticks(Operation.CREATE), _pushed, ran),
        ("1 wait until they are provisioned",),
        f"{_OWN}/push-groups",
        "Applications → Push Groups",
    ),
    DirectoryFault(
        "a pushed group left the directory",
        done(_pushed, ran, _group_gone),
        ("left the directory", "Unlink it, and say what becomes of it there"),
        f"{_OWN}/push-groups",
        "Applications → Push Groups",
    ),
    DirectoryFault(
        "the plan is stale",
        _stale_plan,
        (
            "Plan 1 is stale: 1 operation would be another one now, the first of them for ada",
            "Make a new one",
        ),
        "",
        "Plans → the plan",
    ),
    DirectoryFault(
        "the plan was not approved",
        _unapproved_plan,
        ("Plan 1 was not approved", "Approve"),
        "",
        "Plans → the plan",
    ),
    DirectoryFault(
        "a plan would deactivate too many",
        _held_plan,
        ("15 people of 15 would be deactivated: more than 10",),
        "",
        "Plans → the plan",
    ),
    DirectoryFault(
        "a run would deactivate too many",
        _held_run,
        (
            "Kept back",
            "15 people of 15 would be deactivated: more than 10",
            "make a plan, read it, and apply it with that accepted",
        ),
        "",
        "Applications → the run",
    ),
    DirectoryFault(
        "an import would lose too many",
        _safeguard,
        ("The safeguard holds it", "14 of 15 people would be gone", "They did leave: import it all the same"),
        "",
        "Directory → Import",
    ),
    DirectoryFault(
        "rows of people.csv are broken",
        _broken_row,
        (
            "Rows that cannot be imported; the others can",
            "people.csv, line 2: email 'no address' is no e-mail address",
            "people.csv, line 3",
        ),
        "",
        "Directory → Import",
    ),
    DirectoryFault(
        "people.csv lacks a column",
        _no_column,
        ("Nothing was imported", "the first line must name the columns; missing: login"),
        "",
        "Directory → Import",
    ),
    DirectoryFault(
        "somebody was edited in the application",
        done(assigned, ran, _edited_there),
        ("Changed there", "Edited is there, Ada was told", "Mend"),
        "",
        "Provisioning → Reconcile",
    ),
    DirectoryFault(
        "somebody was deleted in the application",
        done(assigned, ran, _deleted_there),
        ("Unknown there", "was created or linked, and is not there", "Mend"),
        "",
        "Provisioning → Reconcile",
    ),
    DirectoryFault(
        "somebody had an account by another user name",
        _known_there,
        ("Partial match", "Nobody is linked before you confirm it"),
        "",
        "Applications → Import",
    ),
    DirectoryFault(
        "two administrators changed the same",
        _both_changed,
        ("Somebody else changed this application meanwhile", "open the page again, look, and repeat"),
        "",
        _PROVISIONING,
    ),
)
