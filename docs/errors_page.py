"""The reference page of errors: the wire's classes, the gate's own sentences, the command line's refusals."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import vestibule
from docs.markdown import prose, table
from vestibule.profiles.builtin import builtin_texts
from vestibule.profiles.load import load_profile
from vestibule.profiles.profile import Plan, SsoFirst
from vestibule.refused import Refused
from vestibule.scim import errors as scim_errors
from vestibule.scim.errors import ScimError
from vestibule.tenancy import gate
from vestibule.tenancy.admission import Admission
from vestibule.tenancy.tenant import Provisioning
from vestibule.tenancy.token import Presented, TokenFault


def errors_page() -> str:
    """What SCIM clients get, what the gate says, and what the command line refuses."""
    wire = [
        (str(error.status), f"`{error.scim_type}`" if error.scim_type else "—", prose(error.__doc__))
        for error in wire_errors()
    ]
    lines = [
        "# Errors",
        "",
        "## What a SCIM client gets",
        "",
        "Every error is a SCIM Error message (RFC 7644 §3.12), also for unknown paths and a missing token. Its",
        "`detail` says what is wrong, with which value, and what to do, and ends with the link to the request's",
        "story; identity providers show it in their task lists.",
        "",
        *table(("status", "scimType", "when"), wire),
        "",
        "429 and 503 carry `Retry-After` in whole seconds, 401 `WWW-Authenticate`, 405 `Allow`.",
        "",
        "## What the gate says",
        "",
        "The same door for every request: token, Tenant URL, tenant, plan, sign-on, provisioning, in this order.",
        "The example is a tenant *Example Sales* of the product Vestibule.",
        "",
        *table(("what is wrong", "status", "sentence"), list(gate_refusals())),
        "",
        "## What the command line refuses",
        "",
        "With exit code 1, and the sentence on standard error.",
        "",
        *table(("refusal", "when"), [(f"`{one.__name__}`", prose(one.__doc__)) for one in refusals()]),
    ]
    return "\n".join(lines) + "\n"


def wire_errors() -> list[type[ScimError]]:
    """Every class of SCIM errors, by status."""
    found = [one for one in vars(scim_errors).values() if inspect.isclass(one) and issubclass(one, ScimError)]
    return sorted((one for one in found if one is not ScimError), key=lambda one: (one.status, one.__name__))


def refusals() -> list[type[Refused]]:
    """Every refusal of a command line or console, by name."""
    for module in walk_packages(vestibule.__path__, "vestibule."):
        if not module.name.endswith("__main__"):
            import_module(module.name)

    def below(parent: type[Refused]) -> Iterator[type[Refused]]:
        for child in parent.__subclasses__():
            yield child
            yield from below(child)

    ours = {one for one in below(Refused) if one.__module__.startswith("vestibule.")}
    return sorted(ours, key=lambda one: (one.__name__, one.__module__))


def gate_refusals() -> Iterator[tuple[str, str, str]]:
    """(what is wrong, status, sentence), each sentence made by the gate itself."""
    for fault in TokenFault:
        presented = Presented(fault=fault, length=40 if fault is TokenFault.CUT else 0)
        yield _told(f"token {fault.value}", gate.presented_refusal(presented))
    yield _told("token well-formed, but never issued here", gate.unknown_token())
    for what, given, address in _KNOWN_BUT_REFUSED:
        yield _told(what, gate.refusal(replace(_ADMITTED, **given), _PRODUCT, address, "2027-01-01"))


def _told(what: str, refusal: ScimError | None) -> tuple[str, str, str]:
    if refusal is None:
        raise ValueError(f"the gate lets this in: {what}")
    return what, str(refusal.status), refusal.detail


_PRODUCT = replace(
    load_profile(builtin_texts()["generic"], "generic.toml"),
    plans={"basic": Plan("basic", provisioning=False, label="Basic"), "standard": Plan("standard")},
    sso_first=SsoFirst.REQUIRE,
)
_ADMITTED = Admission(
    token="",
    token_name="Okta",
    expires_at=None,
    revoked_at=None,
    connection=1,
    dialect="",
    tenant=1,
    tenant_slug="example-sales",
    tenant_name="Example Sales",
    suspended=False,
    account="Example",
    plan="standard",
    profile="generic",
    profile_version=0,
    provisioning=Provisioning.ON,
    sso_confirmed=True,
    settings_version=1,
)
#: What is wrong, how the tenant or token differs from one that is let in, the tenant in the Tenant URL.
_KNOWN_BUT_REFUSED: Sequence[tuple[str, Mapping[str, Any], str | None]] = (
    ("token revoked", {"revoked_at": "2026-06-01"}, None),
    ("token expired", {"expires_at": "2026-06-01"}, None),
    ("token of another tenant, or an unknown Tenant URL", {}, "another-tenant"),
    ("tenant suspended", {"suspended": True}, None),
    ("plan without provisioning", {"plan": "basic"}, None),
    ("sign-on not set up, where the product wants it first", {"sso_confirmed": False}, None),
    ("provisioning draft", {"provisioning": Provisioning.DRAFT}, None),
    ("provisioning paused", {"provisioning": Provisioning.PAUSED}, None),
)
