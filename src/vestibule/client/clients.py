"""The two clients: every resource of the API as an attribute."""

# Written from the OpenAPI document by `make docs`; changes here are lost.

from __future__ import annotations

from vestibule.client.carriers import AsyncCarrier, Carrier
from vestibule.client.resources.audit import AsyncAudit, Audit
from vestibule.client.resources.connections import AsyncConnections, Connections
from vestibule.client.resources.description import AsyncDescription, Description
from vestibule.client.resources.domains import AsyncDomains, Domains
from vestibule.client.resources.events import AsyncEvents, Events
from vestibule.client.resources.integrations import AsyncIntegrations, Integrations
from vestibule.client.resources.people import AsyncPeople, People
from vestibule.client.resources.profiles import AsyncProfiles, Profiles
from vestibule.client.resources.requests import AsyncRequests, Requests
from vestibule.client.resources.reviews import AsyncReviews, Reviews
from vestibule.client.resources.roles import AsyncRoles, Roles
from vestibule.client.resources.sessions import AsyncSessions, Sessions
from vestibule.client.resources.setup_links import AsyncSetupLinks, SetupLinks
from vestibule.client.resources.sign_on import AsyncSignOn, SignOn
from vestibule.client.resources.states import AsyncStates, States
from vestibule.client.resources.streams import AsyncStreams, Streams
from vestibule.client.resources.teams import AsyncTeams, Teams
from vestibule.client.resources.tenants import AsyncTenants, Tenants
from vestibule.client.resources.tokens import AsyncTokens, Tokens
from vestibule.client.resources.webhooks import AsyncWebhooks, Webhooks


class Resources:
    """What a client offers."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        #: Who did what to whom, in order; it is only ever added to.
        self.audit = Audit(carrier)
        #: One identity provider's tie to a tenant, and how it is read.
        self.connections = Connections(carrier)
        #: What the API says of itself, and who is asking.
        self.description = Description(carrier)
        #: What a tenant has proven to be its own: people under it are linked.
        self.domains = Domains(carrier)
        #: What happened, in the order of commits, none skipped.
        self.events = Events(carrier)
        #: Slack and Google Workspace: connections, and people's accounts there.
        self.integrations = Integrations(carrier)
        #: Whom identity providers sent, and those who existed before.
        self.people = People(carrier)
        #: A product, as a declaration.
        self.profiles = Profiles(carrier)
        #: What came, which rule decided, what changed and why.
        self.requests = Requests(carrier)
        #: Whether a person asked for is one who existed before: a human says.
        self.reviews = Reviews(carrier)
        #: What people may do in the product: the profile's roles, and a tenant's own.
        self.roles = Roles(carrier)
        #: Who is signed on, by SAML or OpenID Connect.
        self.sessions = Sessions(carrier)
        #: A link for a customer's administrator: it shows Tenant URL and a new access token, once.
        self.setup_links = SetupLinks(carrier)
        #: How a tenant's people come in: identity provider, certificates, what came.
        self.sign_on = SignOn(carrier)
        #: What the product should hold of each person, and what it says of that.
        self.states = States(carrier)
        #: A preview: changes of SCIM resources as signed tokens (RFC 9967), pushed (RFC 8935) or polled (RFC 8936). `VESTIBULE_SECURITY_EVENTS` switches it on.
        self.streams = Streams(carrier)
        #: The groups that identity providers push.
        self.teams = Teams(carrier)
        #: One directory each, kept apart from all others.
        self.tenants = Tenants(carrier)
        #: What an identity provider shows; each belongs to one tenant.
        self.tokens = Tokens(carrier)
        #: Addresses to which events are posted, signed as Standard Webhooks says: in order for each resource, at least once.
        self.webhooks = Webhooks(carrier)


class AsyncResources:
    """What a client offers."""

    def __init__(self, carrier: AsyncCarrier) -> None:
        self.carrier = carrier
        #: Who did what to whom, in order; it is only ever added to.
        self.audit = AsyncAudit(carrier)
        #: One identity provider's tie to a tenant, and how it is read.
        self.connections = AsyncConnections(carrier)
        #: What the API says of itself, and who is asking.
        self.description = AsyncDescription(carrier)
        #: What a tenant has proven to be its own: people under it are linked.
        self.domains = AsyncDomains(carrier)
        #: What happened, in the order of commits, none skipped.
        self.events = AsyncEvents(carrier)
        #: Slack and Google Workspace: connections, and people's accounts there.
        self.integrations = AsyncIntegrations(carrier)
        #: Whom identity providers sent, and those who existed before.
        self.people = AsyncPeople(carrier)
        #: A product, as a declaration.
        self.profiles = AsyncProfiles(carrier)
        #: What came, which rule decided, what changed and why.
        self.requests = AsyncRequests(carrier)
        #: Whether a person asked for is one who existed before: a human says.
        self.reviews = AsyncReviews(carrier)
        #: What people may do in the product: the profile's roles, and a tenant's own.
        self.roles = AsyncRoles(carrier)
        #: Who is signed on, by SAML or OpenID Connect.
        self.sessions = AsyncSessions(carrier)
        #: A link for a customer's administrator: it shows Tenant URL and a new access token, once.
        self.setup_links = AsyncSetupLinks(carrier)
        #: How a tenant's people come in: identity provider, certificates, what came.
        self.sign_on = AsyncSignOn(carrier)
        #: What the product should hold of each person, and what it says of that.
        self.states = AsyncStates(carrier)
        #: A preview: changes of SCIM resources as signed tokens (RFC 9967), pushed (RFC 8935) or polled (RFC 8936). `VESTIBULE_SECURITY_EVENTS` switches it on.
        self.streams = AsyncStreams(carrier)
        #: The groups that identity providers push.
        self.teams = AsyncTeams(carrier)
        #: One directory each, kept apart from all others.
        self.tenants = AsyncTenants(carrier)
        #: What an identity provider shows; each belongs to one tenant.
        self.tokens = AsyncTokens(carrier)
        #: Addresses to which events are posted, signed as Standard Webhooks says: in order for each resource, at least once.
        self.webhooks = AsyncWebhooks(carrier)
