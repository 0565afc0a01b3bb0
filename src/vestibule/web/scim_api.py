"""The SCIM routes: ``/scim/v2/…`` and ``/t/{slug}/scim/v2/…``.

Plain ASGI and six paths. A request is admitted, routed, answered, logged; every rule stands
further in.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from vestibule.directory.facts import TenantRoles
from vestibule.directory.request import Standing
from vestibule.directory.seats import seats_of
from vestibule.directory.store import DirectoryStore, LookAhead, Recorded
from vestibule.feed.doorkeeper import Doorkeeper
from vestibule.profiles.profile import ApplicationProfile, Role
from vestibule.scim.checker import CompiledType
from vestibule.scim.dialects.dialect import Dialect
from vestibule.scim.errors import MethodNotAllowed, NotFound, NotOffered, ScimError
from vestibule.scim.messages import search_parameters
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.store import PromptReads, TenancyStore
from vestibule.tenancy.token import read_authorization
from vestibule.web import scim_discovery
from vestibule.web.authentication import Authentication
from vestibule.web.bulk import answer_bulk
from vestibule.web.cursor import Cursors
from vestibule.web.errors import error_reply, note_fault, unforeseen
from vestibule.web.exchange import USER_BODY_LIMIT, Exchange, Reply, media_type
from vestibule.web.look_ahead import look_ahead
from vestibule.web.lookup_at_once import LookupsAhead, LookupsAtOnce
from vestibule.web.metrics import Metrics
from vestibule.web.rate_limit import RateLimit
from vestibule.web.recognition import Recognition
from vestibule.web.redaction import redacted_body, redacted_query
from vestibule.web.rendering import render_list
from vestibule.web.scim_reads import read_one, read_page
from vestibule.web.scim_search import read_joint_page, read_stretch
from vestibule.web.scim_writes import create, delete_one, patch_one, read_object, replace_one
from vestibule.web.scope import ScimScope


class ScimApi:
    """Answers SCIM requests for every tenant of one store."""

    def __init__(
        self,
        store: DirectoryStore,
        authentication: Authentication,
        dialects: Mapping[str, Dialect],
        public_url: Callable[[], str],
        clock: Callable[[], str],
        new_id: Callable[[], str],
        metrics: Metrics,
        cursors: Cursors,
        rate_limit: RateLimit | None = None,
        doorkeeper: Doorkeeper | None = None,
        security_events: bool = False,
    ) -> None:
        self._capabilities = scim_discovery.capabilities(security_events=security_events)
        self._doorkeeper = doorkeeper
        self._authentication = authentication
        self._store = store
        self._rate_limit = rate_limit
        self._admit = rate_limit.admit if rate_limit is not None else authentication.admit
        self._looks_ahead = authentication.looks_ahead
        self._recognition = Recognition(dialects, authentication.note_recognised)
        self._public_url = public_url
        self._clock = clock
        self._new_id = new_id
        self._metrics = metrics
        self._cursors = cursors

    def lookups(
        self, store: TenancyStore, reads: PromptReads | None, new_request_id: Callable[[], str]
    ) -> LookupsAtOnce | LookupsAhead | None:
        """The shortest way of a lookup; None where tokens are counted."""
        if self._rate_limit is not None:
            return None
        parts = (
            self._authentication,
            self._recognition,
            self._public_url,
            self._clock,
            new_request_id,
            self._metrics,
            self._store.record,
        )
        if reads is not None:
            return LookupsAtOnce(reads, *parts)
        return LookupsAhead(store, *parts) if self._looks_ahead else None

    async def answer(self, exchange: Exchange, slug: str | None, path: str) -> Reply:
        """The reply to one request; ``path`` is what follows ``/scim/v2``. Never raises."""
        dialect = ""
        try:
            public_url = self._public_url()
            base_url = f"{public_url}/t/{slug}/scim/v2" if slug is not None else f"{public_url}/scim/v2"
            segments = [segment for segment in path.split("/") if segment]
            kind = segments[0].lower() if segments else ""
            if kind == "serviceproviderconfig" and exchange.method == "GET" and len(segments) == 1:
                if self._rate_limit is not None:
                    await self._rate_limit.pass_openly(exchange, slug)
                reply = scim_discovery.service_provider_config(self._capabilities, base_url, exchange.query)
            else:
                ahead = look_ahead(exchange, segments, base_url) if self._looks_ahead else None
                admission, profile = await self._admit(exchange, slug, ahead)
                chosen = self._recognition.dialect(admission, exchange)
                dialect = chosen.name
                part = exchange.part
                if part is not None and part.fault is not None:
                    raise part.fault
                scope = self._scope(exchange, admission, profile, chosen, public_url, base_url, ahead)
                reply = await self._route(scope, exchange, slug, kind, segments)
                self._recognition.look(admission, exchange, chosen)
        except ScimError as error:
            reply = error_reply(error, self._public_url(), exchange.request_id)
        except Exception as fault:
            reply = error_reply(
                unforeseen(fault, exchange.request_id), self._public_url(), exchange.request_id
            )
        if reply.body and not reply.content_type:
            reply.content_type = media_type(exchange.headers)
        duration = time.perf_counter() - exchange.started
        if exchange.part is None:
            self._metrics.observe(exchange.method, reply.status, duration)
        if exchange.tolerances:
            self._metrics.tolerated(tuple(exchange.tolerances))
        if not reply.recorded and b"vestibule-dry-run" not in exchange.headers:
            try:
                self._store.record(_recorded(exchange, reply, exchange.admission, dialect, duration))
            except Exception as fault:
                note_fault(fault, exchange.request_id)
        return reply

    async def rehearse(
        self, exchange: Exchange, admission: Admission, profile: ApplicationProfile, path: str
    ) -> Reply:
        """What a request would be answered now, in the admission's dialect; a write is a dry run. Never raises.

        The exchange carries ``vestibule-dry-run``, so that nothing is changed; nothing is logged and counted.
        """
        public_url = self._public_url()
        base_url = f"{public_url}/scim/v2"
        segments = [segment for segment in path.split("/") if segment]
        try:
            chosen = self._recognition.dialect(admission, exchange)
            scope = self._scope(exchange, admission, profile, chosen, public_url, base_url, None)
            kind = segments[0].lower() if segments else ""
            return await self._route(scope, exchange, None, kind, segments)
        except ScimError as error:
            return error_reply(error, public_url, exchange.request_id)

    def _scope(
        self,
        exchange: Exchange,
        admission: Admission,
        profile: ApplicationProfile,
        chosen: Dialect,
        public_url: str,
        base_url: str,
        ahead: LookAhead | None,
    ) -> ScimScope:
        standing = Standing(
            tenant=admission.tenant,
            connection=admission.connection,
            profile=profile,
            dialect=chosen.name,
            actor=f"token:{admission.token_name}",
            request_id=exchange.request_id,
            public_url=public_url,
            settings_version=admission.settings_version,
            strict=chosen.strict,
            upsert=chosen.upsert_on_no_target,
            match_people=chosen.match_people,
            seats=seats_of(profile, admission.plan, admission.settings_version),
        )
        part = exchange.part
        new_id = self._new_id if part is None else part.new_id
        ask = partial(doorkeeper.refusal, admission.tenant_slug) if (doorkeeper := self._doorkeeper) else None
        return ScimScope(self._store, admission, standing, chosen, base_url, self._clock, new_id, ahead, ask)

    async def _route(
        self, scope: ScimScope, exchange: Exchange, slug: str | None, kind: str, segments: list[str]
    ) -> Reply:
        profile = scope.standing.profile
        for type in profile.types.values():
            if type.endpoint[1:].lower() == kind:
                return await self._resource_route(scope, exchange, type, segments[1:])
        if kind == "groups" and not profile.teams:
            return _without_teams(scope, exchange, segments)
        match kind:
            case "serviceproviderconfig" | "resourcetypes" | "schemas" | "openapi.json" if (
                exchange.method != "GET"
            ):
                raise _not_allowed(exchange, "GET")
            case "openapi.json" if len(segments) == 1:
                return scim_discovery.openapi(
                    self._capabilities, profile, scope.base_url, await _own_roles(scope)
                )
            case "resourcetypes":
                return scim_discovery.resource_types(
                    profile, scope.base_url, exchange.query, _one_name(segments)
                )
            case "schemas":
                return scim_discovery.schemas(
                    profile, scope.base_url, exchange.query, _one_name(segments), await _own_roles(scope)
                )
            case "me":
                raise NotOffered("/Me is not offered: a token speaks for a directory, not for a person.")
            case "bulk":
                if exchange.method != "POST" or len(segments) > 1:
                    raise _not_allowed(exchange, "POST")
                return await answer_bulk(scope, exchange, lambda one, path: self.answer(one, slug, path))
            case "" | ".search":
                return await self._root(scope, exchange, segments)
        raise NotFound(
            f"There is nothing at {exchange.path[:200]!r}. SCIM endpoints here: {_endpoints(scope)}."
        )

    async def _root(self, scope: ScimScope, exchange: Exchange, segments: list[str]) -> Reply:
        """A query over all resource types, by GET on the base URL or POST on its ``.search`` (R106, R130)."""
        allowed = "POST" if segments else "GET"
        if len(segments) > 1:
            raise NotFound(f"There is nothing at {exchange.path[:200]!r}. A search has no paths below it.")
        if exchange.method != allowed:
            raise _not_allowed(exchange, allowed)
        parameters: Mapping[str, Any] = exchange.query
        if segments:
            parameters = search_parameters(await read_object(exchange, USER_BODY_LIMIT))
        types = tuple(scope.standing.profile.types.values())
        if "cursor" in parameters:
            return await read_stretch(scope, exchange, types, parameters, self._cursors)
        return await read_joint_page(scope, exchange, types, parameters)

    async def _resource_route(
        self, scope: ScimScope, exchange: Exchange, type: CompiledType, rest: list[str]
    ) -> Reply:
        method = exchange.method
        if not rest:
            if method == "GET":
                if "cursor" in exchange.query:
                    return await read_stretch(scope, exchange, (type,), exchange.query, self._cursors)
                return await read_page(scope, exchange, type, exchange.query)
            if method == "POST":
                return await create(scope, exchange, type)
            raise _not_allowed(exchange, "GET, POST")
        if len(rest) > 1:
            raise NotFound(
                f"There is nothing at {exchange.path[:200]!r}. Resources have no paths below their id."
            )
        if rest[0].lower() == ".search":
            if method != "POST":
                raise _not_allowed(exchange, "POST")
            parameters = search_parameters(await read_object(exchange, USER_BODY_LIMIT))
            if "cursor" in parameters:
                return await read_stretch(scope, exchange, (type,), parameters, self._cursors)
            return await read_page(scope, exchange, type, parameters)
        handler = _ON_ONE.get(method)
        if handler is None:
            raise _not_allowed(exchange, "GET, PUT, PATCH, DELETE")
        return await handler(scope, exchange, type, rest[0])


_Handler = Callable[[ScimScope, Exchange, CompiledType, str], Awaitable[Reply]]
_ON_ONE: Mapping[str, _Handler] = {
    "GET": read_one,
    "PUT": replace_one,
    "PATCH": patch_one,
    "DELETE": delete_one,
}


async def _own_roles(scope: ScimScope) -> Sequence[Role]:
    """Roles of the tenant's own, where the product takes any from a person's attributes."""
    if not scope.standing.profile.role_sources:
        return ()
    key = TenantRoles()
    roles: Sequence[Role] = (await scope.store.facts(scope.tenant, (key,)))[key]
    return roles


def _without_teams(scope: ScimScope, exchange: Exchange, segments: list[str]) -> Reply:
    """A product without teams: an empty list for the connection test (W6), 501 in words for the rest."""
    product = scope.standing.profile.product.name
    if exchange.method == "GET" and len(segments) == 1:
        return Reply(200, render_list((), 0, 1), subject_type="Group")
    if exchange.method == "GET":
        raise NotFound(f"{product} has no teams, so there is no group here.")
    raise NotOffered(
        f"{product} has no teams, so groups cannot be pushed to it. Remove the group from Push Groups; "
        "people are provisioned by assignment."
    )


def _recorded(
    exchange: Exchange, reply: Reply, admission: Admission | None, dialect: str, duration: float
) -> Recorded:
    payload: dict[str, Any] = {
        "query": redacted_query(exchange.query_string, exchange.query_read),
        "user_agent": exchange.header(b"user-agent")[:200],
    }
    if reply.status >= 400:
        payload["request"] = redacted_body(exchange.body_read)
        payload["response"] = redacted_body(bytes(reply.body))
    return Recorded(
        id=exchange.request_id,
        tenant=admission.tenant if admission else None,
        connection=admission.connection if admission else None,
        at=exchange.at,
        method=exchange.method,
        path=exchange.path[:512],
        status=reply.status,
        duration_us=int(duration * 1e6),
        dialect=dialect,
        token_name=admission.token_name if admission else _shown_token(exchange),
        subject_type=reply.subject_type,
        subject_id=reply.subject_id[:64],
        rule=reply.rule,
        reason=reply.reason,
        payload=payload,
        notes=exchange.notes,
        tolerances=exchange.tolerances,
    )


def _shown_token(exchange: Exchange) -> str:
    """By which a cut, mistyped or unknown token is called: it tells its tenant's page that one came."""
    return read_authorization(exchange.header(b"authorization")).id


def _one_name(segments: list[str]) -> str:
    if len(segments) > 2:
        raise NotFound("There is nothing below one schema or resource type.")
    return segments[1] if len(segments) == 2 else ""


def _endpoints(scope: ScimScope) -> str:
    own = [type.endpoint for type in scope.standing.profile.types.values()]
    return ", ".join([*own, "/Bulk", "/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])


def _not_allowed(exchange: Exchange, allowed: str) -> ScimError:
    if exchange.method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        sentence = f"{exchange.method} is not offered on {exchange.path[:200]!r}; {allowed} is."
    else:
        sentence = f"The method {exchange.method[:20]!r} is not part of SCIM."
    return MethodNotAllowed(sentence, allowed)
