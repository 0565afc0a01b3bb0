"""The two clients: every resource of the API as an attribute."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.directory.resources.applications import Applications, AsyncApplications
from vestibule.client.directory.resources.assignments import Assignments, AsyncAssignments
from vestibule.client.directory.resources.audit import AsyncAudit, Audit
from vestibule.client.directory.resources.description import AsyncDescription, Description
from vestibule.client.directory.resources.groups import AsyncGroups, Groups
from vestibule.client.directory.resources.imports import AsyncImports, Imports
from vestibule.client.directory.resources.people import AsyncPeople, People
from vestibule.client.directory.resources.plans import AsyncPlans, Plans
from vestibule.client.directory.resources.push_groups import AsyncPushGroups, PushGroups
from vestibule.client.directory.resources.runs import AsyncRuns, Runs


class Resources:
    """What a client offers."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        #: What people are assigned to, and how they are provisioned there.
        self.applications = Applications(carrier)
        #: People and groups that were given an application.
        self.assignments = Assignments(carrier)
        #: Who did what to what, in order; it is only ever added to.
        self.audit = Audit(carrier)
        #: What the API says of itself, and who is asking.
        self.description = Description(carrier)
        #: Groups of the directory.
        self.groups = Groups(carrier)
        #: The directory read from a source: what it would change is looked at before it counts.
        self.imports = Imports(carrier)
        #: People of the directory, as its sources tell them.
        self.people = People(carrier)
        #: What a run would send, kept to be read, approved and applied so.
        self.plans = Plans(carrier)
        #: Groups that are created at an application, or linked.
        self.push_groups = PushGroups(carrier)
        #: Sending: a cycle, a plan, one person; and what waits for somebody.
        self.runs = Runs(carrier)


class AsyncResources:
    """What a client offers."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self.carrier = carrier
        #: What people are assigned to, and how they are provisioned there.
        self.applications = AsyncApplications(carrier)
        #: People and groups that were given an application.
        self.assignments = AsyncAssignments(carrier)
        #: Who did what to what, in order; it is only ever added to.
        self.audit = AsyncAudit(carrier)
        #: What the API says of itself, and who is asking.
        self.description = AsyncDescription(carrier)
        #: Groups of the directory.
        self.groups = AsyncGroups(carrier)
        #: The directory read from a source: what it would change is looked at before it counts.
        self.imports = AsyncImports(carrier)
        #: People of the directory, as its sources tell them.
        self.people = AsyncPeople(carrier)
        #: What a run would send, kept to be read, approved and applied so.
        self.plans = AsyncPlans(carrier)
        #: Groups that are created at an application, or linked.
        self.push_groups = AsyncPushGroups(carrier)
        #: Sending: a cycle, a plan, one person; and what waits for somebody.
        self.runs = AsyncRuns(carrier)
