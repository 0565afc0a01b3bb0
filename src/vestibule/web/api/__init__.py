"""``/api/v1``: the management API and the host application's, one declaration for each operation.

A module of ``web/api/resources/`` is a resource: the folder is the list. It has a ``RESOURCE`` and functions
declared on it, and that declaration serves the check of every request, the OpenAPI document, the reference
page and the typed client alike::

    RESOURCE = Resource("tenants", "Tenants", "One directory each, kept apart from all others.")

    @message
    class NewTenant:
        name: Annotated[str, Field(min_length=1, max_length=200, description="Shown to people.")]
        plan: str | None = None

    @RESOURCE.post("/tenants", name="create", scope="tenants:write", status=201, raises=(SlugTaken,))
    async def create(call: Call, body: NewTenant) -> TenantShown:
        \"\"\"Make a tenant. (The first line is the summary, the rest the description.)\"\"\"
        return shown(await create_tenant(call.desk, body.name, plan=body.plan))

- Parameters: ``call``; those named in the path; ``body`` (a ``@message``: a typed, frozen dataclass, snake_case
  here, camelCase on the wire, unknown names refused); every other one is a query parameter, with its default.
- Answers: a ``@message``; ``Page[…]`` for lists (``paging.py`` seals their cursors); None for 204; a Starlette
  ``Response`` where it streams (declare ``produces="text/event-stream"``).
- ``scope`` is what the token must have (``tenancy/scopes.py`` has the table). ``await call.tenant(slug)`` gives
  the tenant, and refuses, in the same words, one that is not there and one that the token is not bound to.
  ``call.demand_installation()`` where only a token of the whole installation will do.
- ``call.desk`` is where the functions of tenancy work: their audit entries bear ``api:NAME`` and the request's id.
- Refusals: raise what the rooms raise (``Refused``, ``ScimError``); ``raises`` names them, so that they are
  documented. ``problems.py`` makes problem details of them (RFC 9457).
- The frame does the rest: authentication, scopes, rate limit, strict JSON, ``Idempotency-Key`` on every write,
  the request log, ``X-Request-Id``.
"""
